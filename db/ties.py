"""Ties kept in step with their edges: at once where contacts change one by one, at its end where a load adds thousands.

Only db.edges, db.loading and db.rebuild come here, in the transaction that writes the edges.
"""

from bisect import bisect
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter
from typing import Any, Final

import psycopg
from sqlalchemy.orm import Session

from db.bulk import given_rows, raw, rows_as_json
from db.tie_months import COUNT_IN_NEW as COUNT_MONTHS_IN
from db.tie_months import OF_ADDED, MonthKey, mend_months, month_deltas, store_months
from models.status import HAPPENED
from models.vocabulary import COUNTED_KINDS

Pair = tuple[int, int, str]
"""Both ends of a tie and its level."""
Rows = Mapping[str, Sequence[Mapping[str, Any]]]
TIE_COLUMNS: Final = (
    *("contacts", "by_kind", "initiated_by_ego", "initiated_by_alter", "uncertain"),
    *("first_earliest", "first_latest", "last_earliest", "last_latest"),
)
_LATER: Final = "later"


@dataclass(slots=True)
class Later:
    """What a load leaves to be counted at its end: each tie is written once, and locked for a moment only.

    The edges of contacts that it adds are found in the table then. What it changes of older contacts is kept in mind,
    until the savepoint under which it was changed is sure to stand apart from what does.

    Attributes:
        transaction: of the load.
        ranges: numbers of the contacts that it adds, as first and last; other writers draw numbers meanwhile.
        pairs: those of which edges of older contacts came or went.
        months: what that makes of the month rollup.
        unsure: the same of the savepoint that is open.
    """

    transaction: Any = None
    ranges: list[tuple[int, int]] = field(default_factory=list)
    pairs: set[Pair] = field(default_factory=set)
    months: Counter[MonthKey] = field(default_factory=Counter)
    unsure: Counter[MonthKey] = field(default_factory=Counter)

    def adds(self, contact_ids: Iterable[int]) -> None:
        """Notes which contacts are new, before any edge of theirs is stored."""
        for number in sorted(contact_ids):
            if self.ranges and self.ranges[-1][1] == number - 1:
                self.ranges[-1] = (self.ranges[-1][0], number)
            else:
                self.ranges.append((number, number))

    def note(self, removed: Rows, added: Rows) -> None:
        """Notes rows of older contacts that came or went."""
        gone, fresh = ({table: self._older(rows) for table, rows in one.items()} for one in (removed, added))
        self.pairs |= {_pair(row) for row in chain(gone["edge"], fresh["edge"])}
        for key, delta in month_deltas(*(chain(one["incidence"], one["edge"]) for one in (gone, fresh))):
            self.unsure[key] += delta

    def keep(self) -> None:
        """Counts in what was noted last: its savepoint stands."""
        self.months.update(self.unsure)
        self.unsure.clear()

    def drop(self) -> None:
        """Forgets what was noted last: it was taken back. Pairs may stay, since they are counted anew."""
        self.unsure.clear()

    def _older(self, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        return [row for row in rows if not self._is_new(row["contact_id"])]

    def _is_new(self, number: int) -> bool:
        place = bisect(self.ranges, number, key=itemgetter(0))
        return place > 0 and number <= self.ranges[place - 1][1]


def count_later(session: Session) -> Later:
    """Leaves ties and months uncounted until ``count_now``; returns where to note what is new."""
    session.connection()  # There is no transaction before the first statement.
    later = left_for_later(session) or Later(session.get_transaction())
    session.info[_LATER] = later
    return later


def left_for_later(session: Session) -> Later | None:
    """Returns what a load has left to be counted, if there is one; one that was rolled back left nothing."""
    later: Later | None = session.info.get(_LATER)
    return later if later is not None and later.transaction is session.get_transaction() else None


def count(session: Session, removed: Rows, added: Rows) -> None:
    """Brings ties and months up to date with incidences and edges that came or went, now or at the end of the load."""
    later = left_for_later(session)
    if later is not None:
        later.note(removed, added)
        return
    mend_ties(session, removed["edge"], added["edge"])
    mend_months(session, *(chain(rows["incidence"], rows["edge"]) for rows in (removed, added)))


def count_now(session: Session) -> None:
    """Counts what a load has left: ties first, then months, each in one order.

    Cost: two statements over the edges that the load added, however many contacts these are.
    """
    later = left_for_later(session)
    if later is None:
        session.info.pop(_LATER, None)
        return
    later.keep()
    recount = sorted(later.pairs)
    given = dict(zip(("egos", "alters", "levels", "lows", "highs"), _columns(recount, later.ranges), strict=True))
    with raw(session).cursor() as cursor:
        if recount:
            cursor.execute(_LOCK_ALL, given)
        if later.ranges:
            cursor.execute(_COUNT_IN_NEW, given)
        _recount(cursor, recount, _lock_ties(cursor, recount) if recount else set())
        if later.ranges:
            cursor.execute(COUNT_MONTHS_IN, given)
    store_months(session, later.months)
    # Not before: a load that met another writer in a circle counts once more.
    session.info.pop(_LATER, None)


def _columns(pairs: Sequence[Pair], ranges: Sequence[tuple[int, int]]) -> list[list[Any]]:
    return [[pair[n] for pair in pairs] for n in range(3)] + [[one[n] for one in ranges] for n in range(2)]


def mend_ties(session: Session, removed: Sequence[Mapping[str, Any]], added: Sequence[Mapping[str, Any]]) -> None:
    """Brings the ties of changed edges up to date.

    Added edges are counted in. A pair that lost an edge is counted anew from its edges, after its tie is
    locked: a writer that is counting itself in meanwhile is waited for, and seen. Everybody locks in the same
    order. Where there is no tie to lock, two who begin one at once meet at its key, and one of them tries again.
    """
    recount = {_pair(row) for row in removed}
    deltas = tie_deltas(row for row in added if _pair(row) not in recount and row["status"] in HAPPENED)
    with raw(session).cursor() as cursor:
        there = _lock_ties(cursor, sorted({*recount, *deltas})) if recount else set()
        if deltas:
            cursor.execute(_COUNT_IN, {"given": rows_as_json([deltas[key] for key in sorted(deltas)])})
        _recount(cursor, recount, there)


def _recount(cursor: psycopg.Cursor[Any], pairs: Collection[Pair], there: Collection[Pair]) -> None:
    """Counts pairs anew from their edges; those that have a tie are locked."""
    for statements, some in (((_RECOUNT, _DROP_EMPTY), {*pairs} & {*there}), ((_BEGIN,), {*pairs} - {*there})):
        for statement in statements if some else ():
            cursor.executemany(statement, [_ends(pair) for pair in sorted(some)])


def _lock_ties(cursor: psycopg.Cursor[Any], pairs: Sequence[Pair]) -> set[Pair]:
    """Locks the ties of these pairs in their order, and returns the pairs that have one."""
    cursor.executemany(_LOCK_TIE, [_ends(pair) for pair in pairs], returning=True)
    found: set[Pair] = set()
    for pair in pairs:
        if cursor.fetchone() is not None:
            found.add(pair)
        cursor.nextset()
    return found


def _ends(pair: Pair) -> dict[str, Any]:
    return dict(zip(("ego_id", "alter_id", "level"), pair, strict=True))


def _pair(row: Mapping[str, Any]) -> Pair:
    return row["ego_id"], row["alter_id"], row["level"]


def tie_deltas(edges: Iterable[Mapping[str, Any]]) -> dict[Pair, dict[str, Any]]:
    """Returns what these edges add up to, pair by pair; the statuses are taken to count."""
    found: dict[Pair, dict[str, Any]] = {}
    for edge in edges:
        span = {"first_earliest": edge["earliest"], "first_latest": edge["latest"]}
        span |= {"last_earliest": edge["earliest"], "last_latest": edge["latest"]}
        counts = {"contacts": 0, "initiated_by_ego": 0, "initiated_by_alter": 0, "uncertain": 0}
        ends = {"ego_id": edge["ego_id"], "alter_id": edge["alter_id"], "level": edge["level"]}
        row = found.setdefault(_pair(edge), {**ends, **counts, **span, "by_kind": [0] * len(COUNTED_KINDS)})
        row["contacts"] += 1
        row["uncertain"] += not edge["certain"]
        row["by_kind"][COUNTED_KINDS.index(edge["kind"])] += 1
        for end in ("ego", "alter"):
            row[f"initiated_by_{end}"] += edge["initiated_by"] in (end, "both")
        for name, pick in (("first", min), ("last", max)):
            for side in ("earliest", "latest"):
                row[f"{name}_{side}"] = pick(row[f"{name}_{side}"], edge[side])
    return found


_TIE_KEY: Final = "ego_id = %(ego_id)s AND alter_id = %(alter_id)s AND level = %(level)s"
_LOCK_TIE: Final = f"SELECT 1 FROM tie WHERE {_TIE_KEY} FOR UPDATE".encode()
_SUMMED_KINDS: Final = ", ".join(f"tie.by_kind[{n}] + excluded.by_kind[{n}]" for n in range(1, len(COUNTED_KINDS) + 1))
_ALL_COLUMNS: Final = ", ".join(("ego_id", "alter_id", "level", *TIE_COLUMNS))
_TIE_TYPES: Final = {
    **{"ego_id": "bigint", "alter_id": "bigint", "level": "text", "contacts": "bigint", "by_kind": "bigint[]"},
    **dict.fromkeys(("initiated_by_ego", "initiated_by_alter", "uncertain"), "bigint"),
    **dict.fromkeys(("first_earliest", "first_latest", "last_earliest", "last_latest"), "timestamp"),
}
_COUNTING_IN: Final = f"""
ON CONFLICT (ego_id, alter_id, level, clear_from) DO UPDATE SET
    contacts = tie.contacts + excluded.contacts, by_kind = ARRAY[{_SUMMED_KINDS}],
    initiated_by_ego = tie.initiated_by_ego + excluded.initiated_by_ego,
    initiated_by_alter = tie.initiated_by_alter + excluded.initiated_by_alter,
    uncertain = tie.uncertain + excluded.uncertain,
    first_earliest = least(tie.first_earliest, excluded.first_earliest),
    first_latest = least(tie.first_latest, excluded.first_latest),
    last_earliest = greatest(tie.last_earliest, excluded.last_earliest),
    last_latest = greatest(tie.last_latest, excluded.last_latest)
"""
_COUNT_IN: Final = f"""
INSERT INTO tie ({_ALL_COLUMNS}) SELECT {_ALL_COLUMNS} FROM {given_rows(_TIE_TYPES)} {_COUNTING_IN}
""".encode()
_KIND_COUNTS: Final = ", ".join(f"count(*) FILTER (WHERE kind = '{kind}')" for kind in COUNTED_KINDS)
TIE_SUMS: Final = f"""
count(*), ARRAY[{_KIND_COUNTS}], count(*) FILTER (WHERE initiated_by IN ('ego', 'both')),
count(*) FILTER (WHERE initiated_by IN ('alter', 'both')), count(*) FILTER (WHERE NOT certain),
min(earliest), min(latest), max(earliest), max(latest)
"""
_HAPPENED: Final = ", ".join(f"'{status}'" for status in HAPPENED)
_COUNTED: Final = f"FROM edge WHERE {_TIE_KEY} AND status IN ({_HAPPENED})"
_BEGIN: Final = f"""
INSERT INTO tie ({_ALL_COLUMNS}) SELECT ego_id, alter_id, level, {TIE_SUMS} {_COUNTED} GROUP BY ego_id, alter_id, level
""".encode()
_RECOUNT: Final = f"""
UPDATE tie SET ({", ".join(TIE_COLUMNS)}) = (SELECT {TIE_SUMS} {_COUNTED})
WHERE {_TIE_KEY} AND EXISTS (SELECT {_COUNTED})
""".encode()
_DROP_EMPTY: Final = f"DELETE FROM tie WHERE {_TIE_KEY} AND NOT EXISTS (SELECT {_COUNTED})".encode()
_LEFT: Final = """
unnest(%(egos)s::bigint[], %(alters)s::bigint[], %(levels)s::text[]) AS l(ego_id, alter_id, level)
"""
_COUNT_IN_NEW: Final = f"""
INSERT INTO tie ({_ALL_COLUMNS}) SELECT ego_id, alter_id, level, {TIE_SUMS} FROM edge {OF_ADDED}
WHERE status IN ({_HAPPENED}) AND NOT EXISTS (SELECT FROM {_LEFT}
    WHERE l.ego_id = edge.ego_id AND l.alter_id = edge.alter_id AND l.level = edge.level)
GROUP BY ego_id, alter_id, level ORDER BY ego_id, alter_id, level {_COUNTING_IN}
""".encode()
_LOCK_ALL: Final = f"""
SELECT FROM tie WHERE (ego_id, alter_id, level) IN (
    SELECT ego_id, alter_id, level FROM edge {OF_ADDED} UNION SELECT ego_id, alter_id, level FROM {_LEFT})
ORDER BY ego_id, alter_id, level FOR UPDATE
""".encode()
