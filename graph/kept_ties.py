"""The ties of a level as arrays: kept in the process, and mended after a write instead of read again.

For each actor there is a run of his counterparts, strongest first, in two arrays that all runs share. A state never
changes: a mended run is written behind the others, and the next state points to it. A revision names the contacts
it moved; the ties of every pair that such a contact joins, or once joined, are read again. So a write is seen by
every question that starts after it, whichever process made it.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from db.arrays import read_arrays
from graph.hurry import hurried
from graph.questions import Asking
from models.errors import TimedOut

Numbers = NDArray[np.int32]
Places = NDArray[np.int64]
EPOCH: Final = datetime(2000, 1, 1)
"""From which PostgreSQL, and so every array, counts time."""
STATES_KEPT: Final = 3
"""A question that began before a write still finds the state it is about."""
SHARE_OF_MEMORY: Final = 0.5
"""Part of the memory of a process that the ties of one level may take; more of them are searched in PostgreSQL."""
BYTES_PER_TIE: Final = 8
ROOM: Final = 0.25
"""Part of the shared arrays that is left for mended runs; then all runs are written anew, one after another."""
MENDED_MAX: Final = 2_000
"""Actors whose runs are mended one by one; after more than that everything is read again."""
PIECE_ACTORS: Final = 8_192
"""Ids that are read at once, at first; halved when it takes too long."""
PIECE_ACTORS_MIN: Final = 64
LOADING_SHARE: Final = 0.4
"""Part of a question's time that may go into reading what later ones will find."""
PATIENCE_SECONDS: Final = 0.25
"""How long a question waits for another one that reads or mends."""


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


@dataclass(frozen=True)
class Loading:
    """Ties of which some are read.

    Attributes:
        parts: near ends, far ends and contacts of each piece, in the order of runs.
        following: the first id that was not read yet.
        oldest: the graph version of the first piece.
        newest: that of the last one.
        piece: ids to be read at once.
        bytes: what is read by now.
    """

    parts: tuple[tuple[Numbers, Numbers, Numbers], ...]
    following: int
    oldest: int
    newest: int
    piece: int = PIECE_ACTORS
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class TooMany:
    """There are more ties than may be kept."""

    bytes: int = 0


Kept = tuple[Ties, ...] | Loading | TooMany


def kept_ties(asking: Asking, level: str) -> Ties | None:
    """Returns all ties of a stored level as the question's snapshot has them.

    Returns:
        None when they are not all read yet, are too many to be kept, or are of an older state than those kept.

    Cost: a part of the question's time until all are read; then one statement after a write, and nothing else.
    """
    most = int(asking.memory.bytes_max * SHARE_OF_MEMORY)

    def revise(kept: Kept | None) -> Kept:
        if isinstance(kept, TooMany):
            return kept
        if isinstance(kept, tuple):
            fresh = _mended(asking, level, kept[0]) if kept[0].version < asking.version else None
            if kept[0].version >= asking.version:
                return kept
            if fresh is not None:
                return (fresh, *kept)[:STATES_KEPT]
            kept = None
        return _read_on(asking, level, kept, most)

    try:
        kept = asking.memory.revised(("ties", level), revise, _bytes, patience_seconds=PATIENCE_SECONDS)
    except TimedOut:
        return None
    states = kept if isinstance(kept, tuple) else ()
    return next((state for state in states if state.version == asking.version), None)


def _bytes(kept: Kept) -> int:
    return kept[0].bytes if isinstance(kept, tuple) else kept.bytes


def _read_on(asking: Asking, level: str, kept: Loading | None, most: int) -> Kept:
    """Reads further pieces while there is time for it."""
    last = asking.execute(_LAST).scalar_one()
    state = kept or Loading((), 0, asking.version, asking.version)
    if asking.version < state.newest:
        return state
    until = asking.seconds_left * (1 - LOADING_SHARE)
    while state.following <= last:
        if asking.seconds_left <= until:
            return state
        state = _further(asking, level, state, until)
        if state.bytes > most:
            return TooMany()
    first = _laid_out(state, last)
    fresh = _mended(asking, level, first) if first.version < asking.version else first
    return (fresh,) if fresh is not None else Loading((), 0, asking.version, asking.version, state.piece)


def _further(asking: Asking, level: str, state: Loading, until: float) -> Loading:
    """Reads one piece more; halves the pieces if that takes too long."""
    following = state.following + state.piece
    bounds = {"level": level, "first": state.following, "following": following}
    columns = {"ego": "i8", "contacts": "i4", "alter": "i8"}
    try:
        with hurried(asking, 1 - max(until, 0) / asking.seconds_left) as step:
            step.limit_time()
            found = read_arrays(step.session, _PIECE, bounds, columns)
    except TimedOut:
        return replace(state, piece=max(PIECE_ACTORS_MIN, state.piece // 2))
    part = _in_runs(*(found[name].astype(np.int32) for name in ("ego", "alter", "contacts")))
    read = state.bytes + BYTES_PER_TIE * len(part[0])
    return replace(state, parts=(*state.parts, part), following=following, newest=asking.version, bytes=read)


def _in_runs(ego: Numbers, alter: Numbers, contacts: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Returns ties in the order of runs: the index gives it backwards, but no other plan has to."""
    ego, alter, contacts = ego[::-1], alter[::-1], contacts[::-1]
    falls = (ego[1:] < ego[:-1]) | (ego[1:] == ego[:-1]) & (_keys(alter, contacts)[1:] <= _keys(alter, contacts)[:-1])
    if not falls.all():
        order = np.lexsort((-_keys(alter, contacts), -ego))
        ego, alter, contacts = ego[order], alter[order], contacts[order]
    return ego, alter, contacts


def _keys(heads: Numbers | Places, contacts: Numbers | Places) -> Places:
    """Returns numbers that fall along a run: by contacts, then by id."""
    return (contacts.astype(np.int64) << 32) | heads


def _laid_out(state: Loading, last: int) -> Ties:
    """Returns the ties of all pieces."""
    ego, heads, contacts = (np.concatenate(columns) for columns in zip(*state.parts, strict=True))
    changes = np.flatnonzero(np.diff(ego)) + 1
    starts = np.concatenate(([0], changes)) if len(ego) else changes
    begins, counts = np.zeros(last + 1, dtype=np.int64), np.zeros(last + 1, dtype=np.int64)
    begins[ego[starts]] = starts
    counts[ego[starts]] = np.diff(np.concatenate((starts, [len(ego)])))
    return _with_room(Ties(state.oldest, begins, counts, heads, contacts, len(ego)))


def ties_of(ego: Places, alter: Places, contacts: Places) -> Ties:
    """Returns pairs as ties, whether they come from one end, from both, or more than once."""
    near, far = np.concatenate((ego, alter)), np.concatenate((alter, ego))
    _, first = np.unique((near << 32) | far, return_index=True)
    columns = (near[first], far[first], np.concatenate((contacts, contacts))[first])
    order = np.lexsort((-_keys(columns[1], columns[2]), -columns[0]))
    part = tuple(column[order].astype(np.int32) for column in columns)
    last = int(near.max(initial=0))
    return _laid_out(Loading(((part[0], part[1], part[2]),), 0, 0, 0), last)


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


def _mended(asking: Asking, level: str, older: Ties) -> Ties | None:
    """Returns ties brought up to the question's snapshot; None when they are better read again."""
    given: dict[str, Any] = {"level": level, "since": older.version, "version": asking.version}
    asking.limit_time()
    moved = read_arrays(asking.session, _MOVED, given, {"ego": "i8", "alter": "i8", "contacts": "i4"})
    egos = np.unique(moved["ego"])
    if not egos.all() or len(egos) > MENDED_MAX:
        return None
    return mended(older, (moved["ego"], moved["alter"], moved["contacts"]), asking.version)


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


_LAST: Final = "SELECT coalesce(max(actor_id), 0) FROM actor"
_PIECE: Final = """SELECT ego_id, contacts::int, alter_id FROM tie
WHERE level = :level AND ego_id >= :first AND ego_id < :following ORDER BY ego_id, contacts, alter_id"""
"""In the order of an index that holds all three."""
_MOVED: Final = """
WITH revised AS MATERIALIZED (SELECT touched FROM revision WHERE revision_id > :since AND revision_id <= :version),
moved AS MATERIALIZED (SELECT DISTINCT unnest(touched) AS contact_id FROM revised)
SELECT p.ego_id, p.alter_id, coalesce(t.contacts, 0)::int FROM (
    SELECT e.ego_id, e.alter_id FROM moved JOIN edge e USING (contact_id) WHERE e.level = :level
    UNION SELECT e.ego_id, e.alter_id FROM moved JOIN past.edge e USING (contact_id) WHERE e.level = :level) p
LEFT JOIN tie t ON t.ego_id = p.ego_id AND t.level = :level AND t.alter_id = p.alter_id
UNION ALL SELECT 0, 0, 0 FROM revised WHERE touched IS NULL
"""
"""Pairs that moved contacts join, or joined before; actor 0, who does not exist, where it is not known what moved."""
