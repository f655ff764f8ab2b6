"""Paths in time over hops whose dates are bounds: the search by rounds, for everything but waits and durations.

A path is *certain* when each hop ended before the next began, and *possible* when instants inside the bounds can be
chosen in its order; no contact occurs on it twice. With one number per actor, the later of the two searches below is
exact for walks. Where the walk found repeats a contact, the search is done again with that contact watched: a state
is then an actor and which of the watched contacts have been used (decremental state space relaxation: G. Righini
and M. Salani, Networks 51, 2008). The objectives are those of H. Wu and others, "Path problems in temporal graphs",
PVLDB 7, 2014, carried over from instants to bounds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from graph.hops import BEFORE_ALL, NEVER, Allowance, CutShortError, Ints, Mode, Sought, World

AROUND_MICROS: Final = 7 * 86_400_000_000
"""A path around a contact is first looked for among those that arrive within a week more, then four, then sixteen."""
EARLY_PARTS: Final = (1 / 8, 3 / 8)
"""Of the hops, those over which the earliest arrival is looked for first: most actors are reached early."""
FEW_HOPS: Final = 5_000
"""Up to which all are searched at once."""
MOST_WATCHED: Final = 10
"""Contacts watched at once; each doubles the states. In practice one or two decide."""


@dataclass(frozen=True, slots=True)
class Tree:
    """What a search by rounds reached: for each improvement of a state the hop that made it and the one before.

    Attributes:
        best: by state, when word is there; NEVER if it is not.
        last: by state, its last improvement; -1 if there is none.
        hop: by improvement, the place of its hop in the world.
        before: by improvement, the improvement from which the hop set out; -1 at the source.
        hops: by improvement, how many hops it took.
        masks: states of one actor.
    """

    best: Ints
    last: Ints
    hop: Ints
    before: Ints
    hops: Ints
    masks: int

    def way_to(self, actor: int) -> list[int] | None:
        """Returns the hops of the best walk to an actor, or None; the shorter of two that are as good."""
        states = np.arange(actor * self.masks, (actor + 1) * self.masks)
        states = states[self.last[states] >= 0] if (actor + 1) * self.masks <= len(self.last) else states[:0]
        if not len(states):
            return None
        order = np.lexsort((self.hops[self.last[states]], self.best[states]))
        at, way = int(self.last[states[order[0]]]), []
        while at >= 0:
            way.append(int(self.hop[at]))
            at = int(self.before[at])
        return way[::-1]


@dataclass(slots=True)
class _Search:
    """One search by rounds: all hops from the states that the round before improved, at once."""

    world: World
    mode: Mode
    source: int
    target: int | None
    watched: Ints
    allowance: Allowance
    since: int = BEFORE_ALL
    until: int = NEVER

    def run(self, max_hops: int | None, *, first_only: bool) -> Tree:
        """Goes on until nothing improves, the hops are used up or, with ``first_only``, the target is reached."""
        masks = 1 << len(self.watched)
        states = max(self.world.actors, self.source + 1) * masks
        best, last = np.full(states, NEVER), np.full(states, -1)
        chosen, marked = np.zeros(states, dtype=np.int64), np.zeros(states, dtype=np.bool_)
        best[self.source * masks] = self.since
        ring = np.array([self.source * masks])
        grown: list[tuple[Ints, Ints]] = []
        steps = entries = 0
        while len(ring) and (max_hops is None or len(grown) < max_hops):
            hop, origin, state, value = self._hops_from(ring, best, masks)
            steps += len(hop) + len(ring)
            if steps > self.allowance.steps or not self.allowance.in_time():
                raise CutShortError
            better = value < np.minimum(best[state], self._bound(best, masks))
            np.minimum.at(best, state[better], value[better])
            first = better & (value == best[state])
            hop, state, before = hop[first], state[first], last[origin[first]]
            marked[state] = True
            ring = np.flatnonzero(marked)
            marked[ring] = False
            # Of several hops that are as good the first in the world's order is kept, so that answers repeat.
            chosen[state[::-1]] = np.arange(len(state))[::-1]
            last[ring] = np.arange(entries, entries + len(ring))
            grown.append((hop[chosen[ring]], before[chosen[ring]]))
            entries += len(ring)
            if first_only and self._bound(best, masks) < self.until:
                break
        return self._tree(best, last, grown, masks)

    def _hops_from(self, ring: Ints, best: Ints, masks: int) -> tuple[Ints, Ints, Ints, Ints]:
        """Returns the usable hops of some states: place in the world, state before, state after, value after."""
        world, actors = self.world, ring // masks
        inside = actors < world.actors
        ring, actors = ring[inside], actors[inside]
        begin = world.starts[actors]
        count = world.starts[actors + 1] - begin
        origin = np.repeat(ring, count)
        hop = np.arange(len(origin)) + np.repeat(begin - np.concatenate(([0], np.cumsum(count)[:-1])), count)
        so_far = best[origin]
        lo, hi = world.lo[hop], world.hi[hop]
        usable = lo >= so_far if self.mode == "certain" else hi > so_far
        bits = self._bits_of(world.contact[hop]) if masks > 1 else np.zeros(len(hop), dtype=np.int64)
        mask = origin % masks
        usable &= (mask & bits) == 0
        hop, origin, so_far, lo, hi = hop[usable], origin[usable], so_far[usable], lo[usable], hi[usable]
        state = world.head[hop] * masks + (mask | bits)[usable]
        return hop, origin, state, hi if self.mode == "certain" else np.maximum(so_far, lo)

    def _bits_of(self, contact: Ints) -> Ints:
        bits = np.zeros(len(contact), dtype=np.int64)
        for number, one in enumerate(self.watched):
            bits[contact == one] = 1 << number
        return bits

    def _bound(self, best: Ints, masks: int) -> int:
        """Returns what is known of the target already: nothing that comes later can lead to a better path."""
        if self.target is None or (self.target + 1) * masks > len(best):
            return self.until
        return min(self.until, int(best[self.target * masks : (self.target + 1) * masks].min()))

    @staticmethod
    def _tree(best: Ints, last: Ints, grown: list[tuple[Ints, Ints]], masks: int) -> Tree:
        empty = np.zeros(0, dtype=np.int64)
        hops = [np.full(len(ring), number) for number, (ring, _) in enumerate(grown, start=1)]
        hop = np.concatenate([empty, *(one for one, _ in grown)])
        before = np.concatenate([empty, *(one for _, one in grown)])
        return Tree(best, last, hop, before, np.concatenate([empty, *hops]), masks)


def reach_of(world: World, mode: Mode, source: int, allowance: Allowance, max_hops: int | None = None) -> Tree:
    """Returns when word from an actor is earliest with everybody else, over walks.

    In *possible* a walk may use one contact twice; ``repeated_contacts`` says whether one does.

    Cost: each hop once for every improvement of its tail; a few rounds of array work.
    """
    none = np.zeros(0, dtype=np.int64)
    return _Search(world, mode, source, None, none, allowance).run(max_hops, first_only=False)


def repeated_contacts(world: World, way: Iterable[int]) -> list[int]:
    """Returns the contacts that occur twice among some hops."""
    contacts = [int(world.contact[hop]) for hop in way]
    return sorted({one for one in contacts if contacts.count(one) > 1})


def without_repeats(
    world: World, find: Callable[[Ints], list[int] | None], watched: Iterable[int] = (), most: int = MOST_WATCHED
) -> list[int] | None:
    """Returns the best path without a contact twice, from a search that keeps only watched contacts from it.

    Whatever the search finds is at least as good as the best path; once it repeats nothing, it is that path.

    Args:
        world: of the hops.
        find: searches with some contacts watched.
        watched: contacts to begin with.
        most: contacts watched.

    Raises:
        CutShortError: too many contacts would have to be watched.
    """
    watching = list(watched)
    while len(watching) <= most:
        way = find(np.array(watching, dtype=np.int64))
        repeats = repeated_contacts(world, way) if way else []
        if not repeats:
            return way
        watching += repeats
    raise CutShortError


def path_by_rounds(world: World, sought: Sought, allowance: Allowance) -> list[int] | None:
    """Returns the hops of the path that arrives earliest, as places in the world, or None when there is none.

    Certain arrival is the latest end of the last hop; possible arrival the latest beginning on the way. Of paths
    that arrive together the one of fewer hops is returned; where the fewest hops are the objective these count
    first, and arrival only among them.

    Raises:
        CutShortError: the allowance was used up.
    """

    fewest = sought.objective == "fewest-hops"
    if not fewest and len(world.tail) > FEW_HOPS:
        for part in EARLY_PARTS:
            early, until = world.early(sought.mode, part)
            rows = _between(early, sought, allowance, (BEFORE_ALL, until))
            if rows is not None:
                places = np.flatnonzero((world.hi if sought.mode == "certain" else world.lo) < until)
                return [int(places[row]) for row in rows]

    def find(watched: Ints) -> list[int] | None:
        search = _Search(world, sought.mode, sought.source, sought.target, watched, allowance)
        return search.run(sought.max_hops, first_only=fewest).way_to(sought.target)

    return without_repeats(world, find)


def path_around(world: World, sought: Sought, allowance: Allowance, way: list[int]) -> list[int] | None:
    """Returns the path that arrives earliest, given a walk that would be it but uses contacts twice.

    Args:
        world: of the hops.
        sought: the path.
        allowance: how much may be done.
        way: the walk.

    Raises:
        CutShortError: the allowance was used up.

    Cost: far less than of a new search where a path arrives not much later.
    """
    arrival, repeats = int(world.lo[way].max()), repeated_contacts(world, way)
    for until in (*(arrival + 2**power * AROUND_MICROS for power in (0, 2, 4)), NEVER):
        found = _between(world, sought, allowance, (BEFORE_ALL, until), repeats)
        if found is not None:
            return found
    return None


def _between(
    world: World, sought: Sought, allowance: Allowance, span: tuple[int, int], watched: Iterable[int] = ()
) -> list[int] | None:
    """Returns the path that arrives earliest, of those that set out not before a span and arrive before its end."""

    def find(watching: Ints) -> list[int] | None:
        search = _Search(world, sought.mode, sought.source, sought.target, watching, allowance, *span)
        return search.run(sought.max_hops, first_only=False).way_to(sought.target)

    return without_repeats(world, find, watched)


def duration_of(world: World, mode: Mode, way: list[int]) -> int:
    """Returns what a path lasts: certain at most, possible at least."""
    lo, hi = world.lo[way], world.hi[way]
    return int(hi[-1] - lo[0]) if mode == "certain" else max(0, int(lo.max() - hi.min()))


def shortest_by_rounds(world: World, sought: Sought, allowance: Allowance) -> list[int] | None:
    """Returns the hops of the path of the shortest duration, as places in the world, or None when there is none.

    A path that sets out at c or later arrives at e(c) or later, which grows with c. So once a path of duration d is
    known, a shorter one sets out after e(c) - d, and everything before is passed over. Certain paths set out with
    some lo of the source; a possible one is at most as early as its least hi says, which may be any hop's.

    Raises:
        CutShortError: the allowance was used up.

    Cost: about one search for each duration of the best path that fits into the window, most of them small.
    """
    best = _between(world, sought, allowance, (BEFORE_ALL, NEVER))
    if best is None:
        return None
    certain = sought.mode == "certain"
    # An instant before hi is as good as any: who is there no earlier than hi - 1 uses no hop that ended before hi.
    starts = np.unique(world.lo[world.tail == sought.source]) if certain else np.unique(world.hi) - 1
    shortest, after = duration_of(world, sought.mode, best), BEFORE_ALL
    while shortest > 0 and (place := int(np.searchsorted(starts, after, side="right"))) < len(starts):
        since = int(starts[place])
        until = since + 2 * shortest + 1
        way = _between(world, sought, allowance, (since, until))
        arrival = until if way is None else int(world.hi[way[-1]] if certain else max(since, world.lo[way].max()))
        if way is not None and duration_of(world, sought.mode, way) < shortest:
            best, shortest = way, duration_of(world, sought.mode, way)
        after = max(since, arrival - shortest - (not certain))
    return best
