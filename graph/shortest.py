"""The shortest path between two actors over kept ties, by search from both ends.

The side whose ring has fewer ties is taken further (I. Pohl, "Bi-directional search", Machine Intelligence 6, 1971;
counted by ties, not by actors, since one actor may have as many as all others together). A ring is looked at from
its strongest ties on, and once it has met the other side no further than a stronger path is possible.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.questions import NODES, SECONDS
from graph.tie_arrays import Numbers, Places, Ties

Costs = NDArray[np.float64]
FIRST_TIES: Final = 4_000
"""Looked at before what is left of a ring is compared with the best path so far: often the strongest decide."""
TIES_AT_ONCE: Final = 100_000
"""The same from then on, and between two glances at the clock."""


@dataclass(slots=True)
class Reach:
    """What has been reached from one end.

    Attributes:
        cost: by actor, the least sum of 1 / contacts over the fewest hops to him; infinite if he is not reached.
        level: by actor, the fewest hops; -1 if he is not reached.
        ring: the actors reached last.
        hops: their hops.
    """

    cost: Costs
    level: NDArray[np.int8]
    ring: Places
    hops: int = 0

    @classmethod
    def of(cls, end: int, actors: int) -> "Reach":
        """Returns what is reached at first: the end itself."""
        made = cls(np.full(actors, np.inf), np.full(actors, -1, dtype=np.int8), np.array([end]))
        made.cost[end], made.level[end] = 0.0, 0
        return made

    def grow(self, heads: Numbers, costs: Costs) -> None:
        """Takes it a ring further."""
        fresh = self.level[heads] < 0
        heads, costs = heads[fresh], costs[fresh]
        np.minimum.at(self.cost, heads, costs)
        self.hops += 1
        self.level[heads] = self.hops
        self.ring = np.flatnonzero(self.level == self.hops)

    def way_to(self, actor: int, ties: Ties) -> list[int]:
        """Returns the actors of the strongest of the shortest paths from an actor back to the end."""
        way = [actor]
        for level in range(int(self.level[actor]) - 1, -1, -1):
            place = ties.run(way[-1])
            heads, contacts = ties.heads[place], ties.contacts[place]
            nearer = self.level[heads] == level
            heads, costs = heads[nearer], self.cost[heads[nearer]] + 1 / contacts[nearer]
            way.append(int(heads[np.argmin(costs)]))
        return way


@dataclass(slots=True)
class ShortestPath:
    """A search for one path.

    Attributes:
        ties: all ties of the level.
        most: longest path.
        nodes: actors whose ties may still be looked at.
        in_time: whether to go on.
        cut: the limit that ended the search; there may be a path, or a stronger one.
    """

    ties: Ties
    most: int
    nodes: int
    in_time: Callable[[], bool] = lambda: True
    cut: str = ""
    _best: float = np.inf
    _met: tuple[int, int] = (-1, -1)

    def between(self, source: int, target: int) -> list[int] | None:
        """Returns the actors of the strongest of the shortest paths, or None when none was found.

        Strongest is the least sum of 1 / contacts.

        Cost: the ties of the actors on the cheaper side; of the last ring often only the strongest.
        """
        actors = len(self.ties.begins)
        if max(source, target) >= actors:
            return None
        near, far = Reach.of(source, actors), Reach.of(target, actors)
        while near.hops + far.hops < self.most and len(near.ring) and len(far.ring) and not self.cut:
            one, other = (near, far) if self._ties_of(near) <= self._ties_of(far) else (far, near)
            self._expand(one, other)
            if self._best < np.inf:
                tail, head = self._met if one is near else self._met[::-1]
                return [*near.way_to(tail, self.ties)[::-1], *far.way_to(head, self.ties)]
        return None

    def _ties_of(self, side: Reach) -> int:
        return int(self.ties.counts[side.ring].sum())

    def _expand(self, side: Reach, other: Reach) -> None:
        """Takes one side a ring further, or finds where it meets the other."""
        ring = side.ring[self.ties.counts[side.ring] > 0]
        strongest = self.ties.contacts[self.ties.begins[ring]]
        least = side.cost[ring] + 1 / strongest + other.cost[other.ring].min()
        order = np.argsort(least, kind="stable")
        ring, least = ring[order], least[order]
        ends = np.cumsum(self.ties.counts[ring])
        begin, room = 0, FIRST_TIES
        seen: list[tuple[Numbers, Costs]] = [(ring[:0].astype(np.int32), least[:0])]
        while begin < len(ring) and least[begin] < self._best:
            self.cut = NODES if self.nodes <= 0 else "" if self.in_time() else SECONDS
            if self.cut:
                return
            seen_before = int(ends[begin - 1]) if begin else 0
            end = max(begin + 1, int(np.searchsorted(ends, seen_before + room, side="right")))
            end = min(end, begin + self.nodes)
            seen.append(self._look(side, other, ring[begin:end]))
            self.nodes -= end - begin
            begin, room = end, TIES_AT_ONCE
        if self._best == np.inf:
            side.grow(*(np.concatenate(columns) for columns in zip(*seen, strict=True)))

    def _look(self, side: Reach, other: Reach, part: Places) -> tuple[Numbers, Costs]:
        """Looks at the ties of a part of a ring; returns whom they lead to, and what each way there costs."""
        tails, heads, contacts = self.ties.of(part)
        costs = side.cost[tails] + 1 / contacts
        met = np.flatnonzero(other.level[heads] >= 0)
        if len(met):
            whole = costs[met] + other.cost[heads[met]]
            least = int(np.argmin(whole))
            if whole[least] < self._best:
                self._best = float(whole[least])
                self._met = int(tails[met[least]]), int(heads[met[least]])
        return heads, costs
