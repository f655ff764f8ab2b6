"""The edges of a span of time, as arrays: kept in the process, and mended after a write instead of read again.

They are kept in chunks: one for each month, of the edges whose span ends in it, lies in one calendar year and has a
stated end, and one of the rest. Small chunks are read within the budget of one question, however large the record;
if not all are, the next question goes on from there. A revision names the contacts it moved; their rows are taken
out of a chunk, and what they are now is laid over it. So a write is seen by every question that starts after it,
whichever process made it.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import numpy as np

from db.engine import ids_of
from db.filters import Question
from graph.chronicle_rows import KINDS, NO_ROWS, REST, STRENGTH, Rows, joined, read_rows
from graph.edges import edge_source
from graph.ends import contact_filter
from graph.hops import Flags, Ints, World
from graph.neighbours import check
from graph.questions import Asking
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.edges import OF_NO_YEAR
from models.filters import ContactConditions
from models.graph import GraphQuestion
from models.restating import given
from models.status import HAPPENED
from models.vocabulary import STORED_LEVELS

STATES_KEPT: Final = 3
"""Of each chunk: a question that began before a write still finds the state it is about."""
OVERLAID_MAX: Final = 0.05
"""Part of a chunk that may be out of date before it is read again."""
OVERLAID_ROWS: Final = 500
"""Rows that may be in any case."""
MENDED_MAX: Final = 200
"""Contacts that may have moved for hops to be mended; more of them are looked for in each chunk."""
YEARS_PROBED: Final = 5
"""A longer window asks first which years the record has."""
IN_ARRAYS: Final = frozenset({"kind", "from_", "to", "certain", "status", "level"})
"""Filters that the kept arrays can answer; with others the edges are read for the question."""
EPOCH: Final = datetime(2000, 1, 1)
BYTES_PER_HOP: Final = 120
_HAPPENED: Final = [STRENGTH.index(status) for status in HAPPENED]
_TOUCHED: Final = "SELECT touched FROM revision WHERE revision_id > :since AND revision_id <= :version"
_EDGES: Final = "SELECT {selected} FROM edge d WHERE d.level = :level AND d.ego_id < d.alter_id"
_NEXT_YEAR: Final = """SELECT min(d.newest) FROM edge d
WHERE d.level = :level AND d.ego_id < d.alter_id AND d.newest > :after"""


@dataclass(frozen=True)
class Chunk:
    """One chunk in one state of the record; states share what did not change.

    Attributes:
        version: the graph version it describes.
        base: as read.
        alive: which rows of the base still stand.
        overlay: the present rows of contacts that moved since.
    """

    version: int
    base: Rows
    alive: Flags
    overlay: Rows

    @property
    def overlaid(self) -> int:
        """Rows that are not as they were read."""
        return len(self.overlay) + len(self.base) - int(np.count_nonzero(self.alive))


@dataclass(frozen=True)
class Moved:
    """What revisions moved.

    Attributes:
        contacts: those they name; None = not known, all may have moved.
        rows: the present edges of these contacts.
    """

    contacts: Ints | None
    rows: Rows

    @property
    def bytes(self) -> int:
        """What it takes."""
        return self.rows.bytes + 100


@dataclass(frozen=True)
class Hops:
    """What a question searches.

    Attributes:
        world: its hops; their ``row`` counts from 0 in ``rows``.
        rows: all that is known of each hop, from tail (ego) to head (alter).
        version: the graph version they describe.
        moved: rows that came or went since they were put together.
    """

    world: World
    rows: Rows
    version: int
    moved: int = 0

    def mended(self, contacts: Ints, fresh: Rows, version: int) -> "Hops":
        """Returns the hops with those of some contacts replaced.

        Cost: a copy of the arrays; one more where any row goes.
        """
        rows, world, gone = self.rows, self.world, 0
        stale = np.isin(rows.contact, contacts)
        if stale.any():
            gone = int(np.count_nonzero(stale))
            rows, world = rows.kept(~stale), world.kept(~np.isin(world.contact, contacts))
            world = replace(world, row=(np.cumsum(~stale) - 1)[world.row])
        world = world.joined(fresh.world(), len(rows))
        return Hops(world, joined([rows, fresh]), version, self.moved + gone + len(fresh))


def hops_of(asking: Asking, asked: GraphQuestion) -> Hops:
    """Returns the hops that a question's contacts make, each way that word may take.

    Raises:
        InvalidQuery: it refers to something that is not in the record.
        TimedOut: the edges could not be read within the budget; the chunks that were are kept.

    Cost: kept arrays are cut to the question in some ten ms for a quarter of a million hops; else they are read.
    """
    conditions = given(asked) & set(ContactConditions.model_fields)
    # Only some statuses may leave out one of the two edges over which a hop is relayed.
    all_edges = not asked.status or "any" in asked.status
    if not (conditions <= IN_ARRAYS and asked.level in STORED_LEVELS and all_edges):
        key = ("hops", asking.version, contact_filter(asked).model_dump_json())
        return asking.memory.kept(key, lambda: _put_together(asking, _read(asking, asked)), _bytes)

    def revise(kept: Hops | None) -> Hops:
        if kept is not None and kept.version >= asking.version:
            return kept
        fresh = None if kept is None else _moved_on(asking, asked, kept)
        return fresh or _put_together(asking, _from_chunks(asking, asked))

    found = asking.memory.revised(("hops", contact_filter(asked).model_dump_json()), revise, _bytes)
    # Whoever began before the last write puts together what he needs himself.
    return found if found.version == asking.version else _put_together(asking, _from_chunks(asking, asked))


def _put_together(asking: Asking, rows: Rows) -> Hops:
    rows = rows.both_ways()
    return Hops(rows.world(), rows, asking.version)


def _bytes(hops: Hops) -> int:
    return len(hops.rows) * BYTES_PER_HOP


def _moved_on(asking: Asking, asked: GraphQuestion, older: Hops) -> Hops | None:
    """Returns hops brought up to the question's snapshot; None when they are better put together anew."""
    moved = _moved_since(asking, asked.level, older.version)
    if moved.contacts is None or len(moved.contacts) > MENDED_MAX:
        return None
    fresh = older.mended(moved.contacts, moved.rows.kept(_wanted(moved.rows, asked)).both_ways(), asking.version)
    return fresh if fresh.moved <= max(OVERLAID_ROWS, len(fresh.rows) * OVERLAID_MAX) else None


def micros(moment: datetime) -> int:
    """Returns civil time as the arrays count it."""
    span = moment - EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def _from_chunks(asking: Asking, asked: GraphQuestion) -> Rows:
    start, end = asked.window
    parts = []
    for month in [REST, *_months(asking, asked.level, start, end)]:
        chunk = _chunk(asking, asked.level, month)
        base = np.flatnonzero(chunk.alive & _wanted(chunk.base, asked))
        parts += [chunk.base.kept(base), chunk.overlay.kept(_wanted(chunk.overlay, asked))]
    return joined(parts)


def _wanted(rows: Rows, asked: GraphQuestion) -> Flags:
    """Returns which rows a question is about; the twin of db.filters, and a test compares them."""
    start, end = asked.window
    wanted: Flags = np.ones(len(rows), dtype=np.bool_)
    if asked.certain:
        wanted &= rows.lo >= micros(start) if start else True
        wanted &= rows.hi <= micros(end) if end else True
    elif start or end:
        wanted &= rows.match_lo < micros(end or LAST_MOMENT)
        wanted &= rows.match_hi > micros(start or FIRST_MOMENT)
    if not asked.status:
        wanted &= np.isin(rows.status, _HAPPENED)
    if asked.kind:
        wanted &= np.isin(rows.kind, [KINDS.index(one) for one in asked.kind])
    return wanted


def _months(asking: Asking, level: str, start: datetime | None, end: datetime | None) -> list[int]:
    """Returns the months whose chunks a window needs: those of its last year to the end, since spans may go on."""
    first, last = start.year if start else 0, _last_year(end) if end else 9999
    years = list(range(first, last + 1))
    if len(years) > YEARS_PROBED:
        there = asking.memory.kept(
            ("years", level, asking.version), lambda: _years_there(asking, level), lambda found: len(found) * 8
        )
        years = [year for year in there if first <= year <= last]
    months = [year * 12 + month for year in years for month in range(12)]
    return [month for month in months if start is None or month >= start.year * 12 + start.month - 1]


def _last_year(end: datetime) -> int:
    """The year of the last instant before an end."""
    return end.year - (end == datetime(end.year, 1, 1))


def _years_there(asking: Asking, level: str) -> list[int]:
    years: list[int] = []
    after = FIRST_MOMENT
    while (newest := asking.execute(_NEXT_YEAR, {"level": level, "after": after}).scalar_one()) is not None:
        years.append(_last_year(newest))
        after = datetime(years[-1] + 1, 1, 1)
    return years


def _chunk(asking: Asking, level: str, month: int) -> Chunk:
    """Returns a chunk as the question's snapshot has it."""

    def revise(states: tuple[Chunk, ...] | None) -> tuple[Chunk, ...]:
        if states and states[0].version >= asking.version:
            return states
        fresh = _mended(asking, level, month, states[0]) if states else None
        if fresh is None:
            return (_loaded(asking, level, month),)
        return (fresh, *(states or ()))[:STATES_KEPT]

    states = asking.memory.revised(("chunk", level, month), revise, lambda found: found[0].base.bytes)
    found = [state for state in states if state.version == asking.version]
    return found[0] if found else _loaded(asking, level, month)


def _loaded(asking: Asking, level: str, month: int) -> Chunk:
    """Returns a chunk as it is read."""
    parameters: dict[str, Any] = {"level": level}
    where = OF_NO_YEAR
    if month != REST:
        following = month + 1
        parameters["start"] = datetime(month // 12, month % 12 + 1, 1)
        parameters["end"] = datetime(following // 12, following % 12 + 1, 1)
        where = f"d.newest > :start AND d.newest <= :end AND NOT {OF_NO_YEAR}"
    base = read_rows(asking, f"{_EDGES} AND {where}", parameters, no_year=month == REST)
    return Chunk(asking.version, base, np.ones(len(base), dtype=np.bool_), base.kept(np.zeros(0, dtype=np.int64)))


def _mended(asking: Asking, level: str, month: int, older: Chunk) -> Chunk | None:
    """Returns a chunk brought up to the question's snapshot; None when it is better read again."""
    moved = _moved_since(asking, level, older.version)
    if moved.contacts is None:
        return None
    if not len(moved.contacts):
        return replace(older, version=asking.version)
    alive = older.alive & ~np.isin(older.base.contact, moved.contacts)
    still = older.overlay.kept(~np.isin(older.overlay.contact, moved.contacts))
    overlay = joined([still, moved.rows.kept(moved.rows.month == month)])
    fresh = Chunk(asking.version, older.base, alive, overlay)
    return fresh if fresh.overlaid <= max(OVERLAID_ROWS, len(older.base) * OVERLAID_MAX) else None


def _moved_since(asking: Asking, level: str, since: int) -> Moved:
    key = ("moved", level, since, asking.version)
    return asking.memory.kept(key, lambda: _moved(asking, level, since), lambda found: found.bytes)


def _moved(asking: Asking, level: str, since: int) -> Moved:
    """Returns what moved between a version and that of the question."""
    revisions = asking.execute(_TOUCHED, {"since": since, "version": asking.version}).scalars().all()
    if any(touched is None for touched in revisions):
        return Moved(None, NO_ROWS)
    contacts = np.unique(np.array([one for touched in revisions for one in touched], dtype=np.int64))
    if not len(contacts):
        return Moved(contacts, NO_ROWS)
    parameters = {"level": level, "contacts": contacts.tolist()}
    return Moved(contacts, read_rows(asking, f"{_EDGES} AND d.contact_id = ANY(:contacts)", parameters))


def _read(asking: Asking, asked: GraphQuestion) -> Rows:
    """Reads the edges of one question, by the filters of every other one."""
    wanted = contact_filter(asked)
    question = Question(wanted, ids_of(asking.session))
    source = edge_source(question, wanted)
    check(asking, question)
    where = " AND ".join([*question.conditions, "d.ego_id < d.alter_id"])
    statement = f"WITH {question.refs_cte()} SELECT {{selected}} FROM {source} WHERE {where}"
    return read_rows(asking, statement, question.params)
