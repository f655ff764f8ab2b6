"""Paths in time where one number per actor is not enough: a longest wait between hops.

Labels are taken in the order of their objective, as Dijkstra does, so that the first one at the target is the best
path. At each actor a label is dropped when another is at least as good in all that matters for going on
(E. Martins, "On a multicriteria shortest path problem", European Journal of Operational Research 16, 1984).

With a longest wait the question is one about walks: who waits may have to go round. That no *actor* occurs twice
could not be decided fast (A. Casteigts and others, "Finding temporal paths under waiting time constraints",
Algorithmica 83, 2021: NP-hard); that no *contact* does is kept to.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from graph.chronology import path_by_rounds, reach_of, shortest_by_rounds, without_repeats
from graph.hops import BEFORE_ALL, NEVER, Allowance, CutShortError, Ints, Mode, Sought, World

ASK_TIME_EVERY: Final = 256
"""Labels between two looks at the clock."""
Cost = tuple[int, int, int, int]
"""What matters for going on, each the better the smaller: see ``_Label``."""


@dataclass(slots=True)
class _Label:
    """How word may have come to an actor.

    Attributes:
        actor: where word is.
        cost: when it is there (certain: end of the last hop; possible: latest beginning on the way); with a longest
            wait, minus the other end of when it may have come; for durations, minus when it set out (certain:
            beginning of the first hop; possible: earliest end on the way); with a longest path, the hops.
            What the question does not need is 0.
        came: the two ends of when word may have come: certain its last hop's bounds, possible what the wait leaves.
        left: when it set out, as in cost, whether the question needs it or not.
        hops: on the way.
        mask: watched contacts used.
        hop: the last one, as a place in the world; -1 at the source.
        before: the label from which it came.
    """

    actor: int
    cost: Cost
    came: tuple[int, int]
    left: int
    hops: int
    mask: int
    hop: int
    before: "_Label | None"


@dataclass(slots=True)
class _Labels:
    """One search; see ``path_by_labels``."""

    world: World
    sought: Sought
    allowance: Allowance
    bits: dict[int, int]
    latest: Ints
    settled: defaultdict[int, list[tuple[Cost, int]]] = field(default_factory=lambda: defaultdict(list))

    def find(self) -> list[int] | None:
        """Returns the hops of the best walk that uses no watched contact twice."""
        start = (BEFORE_ALL, BEFORE_ALL) if self.sought.mode == "certain" else (BEFORE_ALL, NEVER)
        target = self.sought.target
        first = _Label(self.sought.source, (BEFORE_ALL, -NEVER, -NEVER, 0), start, NEVER, 0, 0, -1, None)
        queue = [((0, 0), 0, first)]
        made, bound = 1, (NEVER, NEVER)
        while queue:
            key, _, label = heapq.heappop(queue)
            if label.actor == target:
                return _way_to(label)
            if self._worse(label):
                continue
            self.settled[label.actor].append((label.cost, label.mask))
            for fresh in self._onward(label):
                key = self._key(fresh)
                if key >= bound or self._too_late(fresh, target) or self._worse(fresh):
                    continue
                made += 1
                bound = key if fresh.actor == target else bound
                heapq.heappush(queue, (key, made, fresh))
                if made > self.allowance.steps or (made % ASK_TIME_EVERY == 0 and not self.allowance.in_time()):
                    raise CutShortError
        return None

    def _key(self, label: _Label) -> tuple[int, int]:
        """The objective, which no further hop makes smaller."""
        if self.sought.objective == "fewest-hops":
            return label.hops, label.came[self.sought.mode == "certain"]
        if self.sought.objective == "shortest-duration":
            arrived = label.came[1] if self.sought.mode == "certain" else label.came[0]
            return max(0, arrived - label.left), label.hops
        return label.came[self.sought.mode == "certain"], label.hops

    def _too_late(self, label: _Label, target: int) -> bool:
        """Whether no walk to the target begins after a label, however long its waits."""
        if label.actor == target:
            return False
        latest = int(self.latest[label.actor]) if label.actor < len(self.latest) else BEFORE_ALL
        return label.came[1] > latest if self.sought.mode == "certain" else label.came[0] >= latest

    def _worse(self, label: _Label) -> bool:
        """Whether a label at the same actor leaves it nothing that is better."""
        when, wait, left, hops = label.cost
        mask = label.mask
        for (a, b, c, d), used in self.settled[label.actor]:
            if a <= when and b <= wait and c <= left and d <= hops and used & ~mask == 0:
                return True
        return False

    def _onward(self, label: _Label) -> Iterator[_Label]:
        """Yields what each usable hop from an actor makes of a label."""
        world = self.world
        if label.actor >= world.actors or (self.sought.max_hops is not None and label.hops >= self.sought.max_hops):
            return
        begin, end = (int(at) for at in world.starts[label.actor : label.actor + 2])
        lo, hi = world.lo[begin:end], world.hi[begin:end]
        usable = lo >= label.came[1] if self.sought.mode == "certain" else hi > label.came[0]
        places = usable.nonzero()[0]
        columns = (world.head[begin:end], lo, hi, world.contact[begin:end])
        for place, head, lo_, hi_, contact in zip(
            (places + begin).tolist(), *(column[places].tolist() for column in columns), strict=True
        ):
            came = self._came(label, lo_, hi_)
            bit = self.bits.get(contact, 0)
            if came is None or bit & label.mask:
                continue
            yield self._grown(label, (place, head, lo_, hi_), came, bit)

    def _came(self, label: _Label, lo: int, hi: int) -> tuple[int, int] | None:
        """Returns when word may have come after a hop: certain its bounds, possible what order and waits leave.

        Possible instants before lie in [a, b). A hop's own instant is at least the one before, at most W later:
        [max(lo, a), min(hi, b + W)), which is empty unless the one end is less than the other.
        """
        wait = self.sought.longest_wait
        if label.hop < 0:
            return lo, hi
        if self.sought.mode == "certain":
            return (lo, hi) if wait is None or hi - label.came[0] <= wait else None
        came = max(lo, label.came[0]), hi if wait is None else min(hi, label.came[1] + wait)
        return came if came[0] < came[1] else None

    def _grown(self, label: _Label, hop: tuple[int, int, int, int], came: tuple[int, int], bit: int) -> _Label:
        place, head, lo, hi = hop
        certain = self.sought.mode == "certain"
        left = (lo if label.hop < 0 else label.left) if certain else min(label.left, hi)
        cost = (
            came[1] if certain else came[0],
            0 if self.sought.longest_wait is None else -(came[0] if certain else came[1]),
            -left if self.sought.objective == "shortest-duration" else 0,
            0 if self.sought.max_hops is None else label.hops + 1,
        )
        return _Label(head, cost, came, left, label.hops + 1, label.mask | bit, place, label)


def _way_to(label: _Label) -> list[int]:
    way = []
    at: _Label | None = label
    while at is not None and at.hop >= 0:
        way.append(at.hop)
        at = at.before
    return way[::-1]


def path_by_labels(world: World, sought: Sought, allowance: Allowance) -> list[int] | None:
    """Returns the hops of the best path, as places in the world, or None when there is none.

    Certain duration is what it lasts at most: end of the last hop minus beginning of the first. Possible duration
    is what it lasts at least: the latest beginning on the way minus the earliest end, or nothing. A certain wait
    is hi - lo of the hops around it; possible instants must allow all waits together.

    Args:
        world: of the hops.
        sought: the path; for the latest departure ask the turned world for what is sought there.
        allowance: how much may be done.

    Raises:
        CutShortError: the allowance was used up.

    Cost: labels that are better than the best path, times the hops at their actors; some hundred thousand a second.
    """
    # Whoever waits as long as he likes gets no further; so nothing is followed that such a search has not reached.
    latest = -reach_of(world.turned, sought.mode, sought.target, allowance, sought.max_hops).best

    def find(watched: Ints) -> list[int] | None:
        bits = {int(contact): 1 << number for number, contact in enumerate(watched)}
        return _Labels(world, sought, allowance, bits, latest).find()

    return without_repeats(world, find)


def _is_patient(world: World, mode: Mode, way: list[int], longest_wait: int) -> bool:
    """Whether a path keeps to a longest wait: certain between any two hops, possible for some instants of all."""
    bounds = list(zip(world.lo[way].tolist(), world.hi[way].tolist(), strict=True))
    if mode == "certain":
        return all(after[1] - before[0] <= longest_wait for before, after in pairwise(bounds))
    start, end = bounds[0]
    for lo, hi in bounds[1:]:
        start, end = max(lo, start), min(hi, end + longest_wait)
        if start >= end:
            return False
    return True


def best_path(world: World, sought: Sought, allowance: Allowance) -> list[int] | None:
    """Returns the rows of the hops of the best path, or None when there is none; see ``path_by_labels``.

    Raises:
        CutShortError: the allowance was used up.

    Cost: array work by rounds where one number per actor decides, labels one by one where it does not.
    """
    backwards = sought.objective == "latest-departure"
    if backwards:
        world, sought = world.turned, sought.turned
    by_rounds = shortest_by_rounds if sought.objective == "shortest-duration" else path_by_rounds
    way = by_rounds(world, sought, allowance)
    wait = sought.longest_wait
    # What is best whatever the waits is best within them too, if its own are short enough.
    if wait is not None and way is not None and not _is_patient(world, sought.mode, way, wait):
        way = path_by_labels(world, sought, allowance)
    rows = None if way is None else [int(world.row[hop]) for hop in way]
    return rows[::-1] if rows and backwards else rows
