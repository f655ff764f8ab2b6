"""The ties of a level, kept in the process and mended after a write instead of read again.

A revision names the contacts it moved; the ties of every pair that such a contact joins, or once joined, are read
again. So a write is seen by every question that starts after it, whichever process made it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import numpy as np

from db.arrays import read_arrays
from graph.hurry import hurried
from graph.questions import Asking
from graph.tie_arrays import Part, Ties, in_runs, laid_out, mended
from models.errors import TimedOut

EPOCH: Final = datetime(2000, 1, 1)
"""From which PostgreSQL, and so every array, counts time."""
STATES_KEPT: Final = 3
"""A question that began before a write still finds the state it is about."""
SHARE_OF_MEMORY: Final = 0.5
"""Part of the memory of a process that the ties of one level may take; more of them are searched in PostgreSQL."""
BYTES_PER_TIE: Final = 8
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

    parts: tuple[Part, ...]
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
    first = laid_out(state.parts, last, state.oldest)
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
    part = in_runs(*(found[name].astype(np.int32) for name in ("ego", "alter", "contacts")))
    read = state.bytes + BYTES_PER_TIE * len(part[0])
    return replace(state, parts=(*state.parts, part), following=following, newest=asking.version, bytes=read)


def _mended(asking: Asking, level: str, older: Ties) -> Ties | None:
    """Returns ties brought up to the question's snapshot; None when they are better read again."""
    given: dict[str, Any] = {"level": level, "since": older.version, "version": asking.version}
    asking.limit_time()
    moved = read_arrays(asking.session, _MOVED, given, {"ego": "i8", "alter": "i8", "contacts": "i4"})
    egos = np.unique(moved["ego"])
    if not egos.all() or len(egos) > MENDED_MAX:
        return None
    return mended(older, (moved["ego"], moved["alter"], moved["contacts"]), asking.version)


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
