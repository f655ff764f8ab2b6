"""Ties as arrays: for each actor a run of his counterparts, strongest first, in two arrays that all runs share.

A state never changes: a mended run is written behind the others, and the next state points to it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]
Places = NDArray[np.int64]
Part = tuple[Numbers, Numbers, Numbers]
ROOM: Final = 0.25
"""Part of the shared arrays that is left for mended runs; then all runs are written anew, one after another."""


@dataclass(frozen=True)
class Ties:
    """All ties of a level in one state of the record.

    Attributes:
        version: the graph version it describes.
        begins: by actor, where his run begins.
        counts: by actor, how many counterparts he has.
        heads: counterparts, run by run, strongest first.
        contacts: distinct contacts with each.
        used: how far the shared arrays are written.
    """

    version: int
    begins: Places
    counts: Places
    heads: Numbers
    contacts: Numbers
    used: int

    @property
    def bytes(self) -> int:
        """What it takes to keep."""
        return int(self.begins.nbytes + self.counts.nbytes + self.heads.nbytes + self.contacts.nbytes)

    def run(self, actor: int) -> slice:
        """Returns where the counterparts of an actor stand."""
        if actor >= len(self.begins):
            return slice(0, 0)
        begin = int(self.begins[actor])
        return slice(begin, begin + int(self.counts[actor]))

    def known(self, actors: Collection[int]) -> Places:
        """Returns those of some actors that have a place here."""
        found = np.fromiter(actors, np.int64, len(actors))
        return found[found < len(self.begins)]

    def places(self, actors: Places, most: int | None = None) -> tuple[Places, Places]:
        """Returns the ties of some actors, their ``most`` strongest or all: near end, and place in the arrays."""
        counts = self.counts[actors] if most is None else np.minimum(self.counts[actors], most)
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        return np.repeat(actors, counts), np.arange(total) + np.repeat(self.begins[actors] - ends + counts, counts)

    def of(self, actors: Places, most: int | None = None) -> tuple[Places, Numbers, Numbers]:
        """Returns the ties of some actors, their ``most`` strongest or all: near end, far end, distinct contacts.

        Cost: some ten million a second and more.
        """
        near, places = self.places(actors, most)
        return near, self.heads[places], self.contacts[places]


def in_runs(ego: Numbers, alter: Numbers, contacts: Numbers) -> Part:
    """Returns ties in the order of runs: backwards an index gives it, but no other plan has to."""
    ego, alter, contacts = ego[::-1], alter[::-1], contacts[::-1]
    falls = (ego[1:] < ego[:-1]) | (ego[1:] == ego[:-1]) & (_keys(alter, contacts)[1:] <= _keys(alter, contacts)[:-1])
    if not falls.all():
        order = np.lexsort((-_keys(alter, contacts), -ego))
        ego, alter, contacts = ego[order], alter[order], contacts[order]
    return ego, alter, contacts


def _keys(heads: Numbers | Places, contacts: Numbers | Places) -> Places:
    """Returns numbers that fall along a run: by contacts, then by id."""
    return (contacts.astype(np.int64) << 32) | heads


def laid_out(parts: Iterable[Part], last: int, version: int) -> Ties:
    """Returns the ties of some parts, each in the order of runs and none with an actor of another.

    Args:
        parts: near ends, far ends and contacts.
        last: the greatest actor there is.
        version: the graph version of the result.
    """
    ego, heads, contacts = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    changes = np.flatnonzero(np.diff(ego)) + 1
    starts = np.concatenate(([0], changes)) if len(ego) else changes
    begins, counts = np.zeros(last + 1, dtype=np.int64), np.zeros(last + 1, dtype=np.int64)
    begins[ego[starts]] = starts
    counts[ego[starts]] = np.diff(np.concatenate((starts, [len(ego)])))
    return _with_room(Ties(version, begins, counts, heads, contacts, len(ego)))


def ties_of(ego: Places, alter: Places, contacts: Places) -> Ties:
    """Returns pairs as ties, whether they come from one end, from both, or more than once."""
    near, far = np.concatenate((ego, alter)), np.concatenate((alter, ego))
    _, first = np.unique((near << 32) | far, return_index=True)
    columns = (near[first], far[first], np.concatenate((contacts, contacts))[first])
    order = np.lexsort((-_keys(columns[1], columns[2]), -columns[0]))
    one, other, count = (column[order].astype(np.int32) for column in columns)
    return laid_out([(one, other, count)], int(one.max(initial=0)), 0)


def _with_room(ties: Ties, least: int = 0) -> Ties:
    """Returns the same ties, one run after another, with room for mended ones behind them."""
    actors = np.flatnonzero(ties.counts)
    _, heads, contacts = ties.of(actors)
    room = np.zeros(max(least, int(len(heads) * ROOM)) + 1, dtype=np.int32)
    begins = np.zeros_like(ties.begins)
    begins[actors] = np.cumsum(ties.counts[actors]) - ties.counts[actors]
    used = len(heads)
    heads, contacts = (np.concatenate((column, room)) for column in (heads, contacts))
    return Ties(ties.version, begins, ties.counts, heads, contacts, used)


def mended(older: Ties, moved: tuple[Places, Places, Numbers], version: int) -> Ties:
    """Returns ties with some replaced.

    Args:
        older: as they were.
        moved: near end, far end and distinct contacts of each tie that may be another now, from both of its ends;
            0 = there is none any more.
        version: the graph version of the result.
    """
    ego, alter, contacts = moved
    egos = np.unique(ego)
    grown = max(0, int(egos.max(initial=-1)) + 1 - len(older.begins))
    begins, counts = (np.concatenate((column, np.zeros(grown, np.int64))) for column in (older.begins, older.counts))
    runs = [_run(older, int(one), alter[ego == one], contacts[ego == one]) for one in egos]
    length = sum(len(heads) for heads, _ in runs)
    state = Ties(version, begins, counts, older.heads, older.contacts, older.used)
    if older.used + length > len(older.heads):
        state = _with_room(state, length)
    used = state.used
    for actor, (heads, strengths) in zip(egos, runs, strict=True):
        place = slice(used, used + len(heads))
        state.heads[place], state.contacts[place] = heads, strengths
        state.begins[actor], state.counts[actor] = used, len(heads)
        used += len(heads)
    return replace(state, used=used)


def _run(ties: Ties, actor: int, alters: Places, contacts: Numbers) -> tuple[Numbers, Numbers]:
    """Returns the run of one actor with some counterparts replaced."""
    place = ties.run(actor)
    heads, strengths = ties.heads[place], ties.contacts[place]
    still = ~np.isin(heads, alters)
    heads, strengths = heads[still], strengths[still]
    stand = contacts > 0
    fresh, strong = alters[stand].astype(np.int32), contacts[stand]
    order = np.argsort(-_keys(fresh, strong))
    fresh, strong = fresh[order], strong[order]
    places = np.searchsorted(-_keys(heads, strengths), -_keys(fresh, strong))
    return np.insert(heads, places, fresh), np.insert(strengths, places, strong)
