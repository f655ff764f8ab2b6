"""The best paths of bounded length, in their order: a best-first search with exact lower bounds.

(P. Hart, N. Nilsson, B. Raphael, IEEE Transactions on Systems Science and Cybernetics 4, 1968.) A path is gone on
with by its best continuation, and by the next best when that one was taken: of an actor with very many ties only
those are looked at that are among the best.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from graph.questions import NODES
from graph.tie_arrays import Places, Ties
from models.errors import TimedOut

Costs = NDArray[np.float64]
Path = tuple[int, ...]
ACTORS_AT_ONCE: Final = 1_000
"""Whose ties are looked at between two glances at the clock."""


@dataclass(slots=True)
class BestPaths:
    """All paths between two actors that pass nobody twice.

    Attributes:
        ties: what may be gone along.
        weigh: what ties weigh, by their places in the arrays; greater than zero.
        target: where the paths end.
        most: hops.
        nodes: actors whose ties are looked at.
        in_time: whether to go on.
        cut: the limit by which some paths are left out.
    """

    ties: Ties
    weigh: Callable[[Places], Costs]
    target: int
    most: int
    nodes: int
    in_time: Callable[[], bool] = lambda: True
    cut: str = ""
    _bounds: list[Costs] = field(default_factory=list)
    _onward: dict[tuple[int, int], tuple[Places, Costs, Costs]] = field(default_factory=dict)

    def begin_at(self, source: int) -> Iterator[tuple[Path, float]]:
        """Yields paths from an actor, lightest first.

        Raises:
            TimedOut: there is no more time; what was yielded are the lightest.

        Cost: the ties of everybody within ``most`` - 1 hops of the target; then some ten µs for each step of a path.
        """
        if max(source, self.target) >= len(self.ties.begins):
            return
        self._find_bounds()
        queue: list[tuple[float, Path, float, int]] = []
        self._push(queue, (source,), 0.0, 0)
        while queue:
            if not self.in_time():
                raise TimedOut
            _, path, so_far, place = heapq.heappop(queue)
            self._push(queue, path, so_far, place + 1)
            heads, weights, _ = self._onward_from(path[-1], self.most - len(path) + 1)
            head, weight = int(heads[place]), so_far + float(weights[place])
            if head == self.target:
                yield (*path, head), weight
            elif head not in path:
                self._push(queue, (*path, head), weight, 0)

    def _push(self, queue: list[tuple[float, Path, float, int]], path: Path, so_far: float, place: int) -> None:
        """Remembers that a path can be gone on with, by its best continuation but ``place``."""
        left = self.most - len(path) + 1
        if left > 0:
            totals = self._onward_from(path[-1], left)[2]
            if place < len(totals):
                heapq.heappush(queue, (so_far + float(totals[place]), path, so_far, place))

    def _onward_from(self, actor: int, left: int) -> tuple[Places, Costs, Costs]:
        """Returns the ties of an actor from which the target is within reach: heads, weights, least weight in all."""
        if (actor, left) not in self._onward:
            places = self.ties.places(np.array([actor]))[1]
            heads = self.ties.heads[places].astype(np.int64)
            rest = self._bounds[left - 1][heads]
            there = np.flatnonzero(np.isfinite(rest))
            heads, weights = heads[there], self.weigh(places[there])
            totals = weights + rest[there]
            order = np.lexsort((heads, totals))
            self._onward[actor, left] = heads[order], weights[order], totals[order]
        return self._onward[actor, left]

    def _find_bounds(self) -> None:
        """Finds, for 0 … most - 1 hops left, the least weight from each actor to the target."""
        bounds = np.full(len(self.ties.begins), np.inf)
        bounds[self.target] = 0.0
        self._bounds = [bounds]
        ring = np.array([self.target])
        for _ in range(self.most - 1):
            before = self._bounds[-1]
            if len(ring) > self.nodes:
                self.cut = NODES
                ring = ring[np.argsort(before[ring], kind="stable")[: self.nodes]]
            now = before.copy()
            for begin in range(0, len(ring), ACTORS_AT_ONCE):
                if not self.in_time():
                    raise TimedOut
                near, places = self.ties.places(ring[begin : begin + ACTORS_AT_ONCE])
                np.minimum.at(now, self.ties.heads[places], before[near] + self.weigh(places))
            self._bounds.append(now)
            # Whose bound has not changed since has told his counterparts all he could.
            ring = np.flatnonzero(now < before)
