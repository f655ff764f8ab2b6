"""The month rollup: how many contacts fall on which months, pair by pair and unit by unit, at state level.

Only db.edges and db.rebuild write it, in the transaction that writes the edges.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from db.bulk import given_rows, raw, rows_as_json
from models.base import FIRST_MOMENT
from models.edges import ROLLED_LEVEL
from models.status import HAPPENED

KEY: Final = ("ego_id", "level", "alter_id", "since_month", "until_month", "kind")
_TYPES: Final = {
    **{"ego_id": "bigint", "level": "text", "alter_id": "bigint"},
    **{"since_month": "date", "until_month": "date", "kind": "text", "contacts": "integer"},
}
MonthKey = tuple[int, str, int, date, date, str]
_MOMENT: Final = timedelta(microseconds=1)


def mend_months(session: Session, gone: Iterable[Mapping[str, Any]], fresh: Iterable[Mapping[str, Any]]) -> None:
    """Brings the month rollup up to date with changed incidences and edges.

    Counts can be subtracted, unlike a tie's first and last: nothing is counted anew, and a row that another
    writer is changing is waited for by the statement itself. All rows are taken in one order.

    Args:
        gone: rows of incidence and edge that are no longer stored.
        fresh: rows that were not stored before.
    """
    store_months(session, dict(month_deltas(gone, fresh)))


def month_deltas(
    gone: Iterable[Mapping[str, Any]], fresh: Iterable[Mapping[str, Any]]
) -> Iterable[tuple[MonthKey, int]]:
    """Returns by how much rows of incidence and edge that went or came change the counts."""
    deltas: Counter[MonthKey] = Counter(map(month_key, counted(fresh)))
    deltas.subtract(map(month_key, counted(gone)))
    return deltas.items()


def store_months(session: Session, deltas: Mapping[MonthKey, int]) -> None:
    """Adds deltas to the counts, and drops what comes to nothing."""
    changed = sorted((key, delta) for key, delta in deltas.items() if delta)
    if not changed:
        return
    rows: list[dict[str, Any]] = [{**dict(zip(KEY, key, strict=True)), "contacts": delta} for key, delta in changed]
    with raw(session).cursor() as cursor:
        cursor.execute(_COUNT_IN, {"given": rows_as_json(rows)})
        lost = [row for row in rows if row["contacts"] < 0]
        if lost:
            cursor.execute(_DROP_EMPTY, {"given": rows_as_json(lost)})


def counted(rows: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """Returns the rows of incidence and edge that the rollup counts."""
    return (row for row in rows if row["level"] == ROLLED_LEVEL and row["status"] in HAPPENED)


def month_key(row: Mapping[str, Any]) -> MonthKey:
    """Returns where a row of incidence or edge is counted; a unit's own contacts stand beside itself."""
    since = row["match_earliest"].date().replace(day=1)
    until = max(row["match_latest"], FIRST_MOMENT + _MOMENT) - _MOMENT
    alter = row.get("alter_id", row["ego_id"])
    return row["ego_id"], row["level"], alter, since, until.date().replace(day=1), row["kind"]


_NAMES: Final = ", ".join(KEY)
_COUNTING_IN: Final = f"""
ON CONFLICT ({_NAMES}, clear_from) DO UPDATE SET contacts = tie_month.contacts + excluded.contacts
"""
_COUNT_IN: Final = f"""
INSERT INTO tie_month ({_NAMES}, contacts) SELECT {_NAMES}, contacts FROM {given_rows(_TYPES)} {_COUNTING_IN}
""".encode()
_DROP_EMPTY: Final = f"""
DELETE FROM tie_month t USING {given_rows(_TYPES)}
WHERE {" AND ".join(f"t.{name} = given.{name}" for name in KEY)} AND t.contacts <= 0
""".encode()
_SINCE: Final = "date_trunc('month', match_earliest)::date"
_UNTIL: Final = "date_trunc('month', greatest(match_latest - interval '1 microsecond', timestamp '0001-01-01'))::date"
_SUM: Final = f"""
INSERT INTO {{prefix}}tie_month ({_NAMES}, contacts)
SELECT ego_id, level, alter_id, {_SINCE}, {_UNTIL}, kind, count(*) FROM (
    SELECT ego_id, level, alter_id, match_earliest, match_latest, kind, status FROM {{prefix}}edge {{those}}
    UNION ALL
    SELECT ego_id, level, ego_id, match_earliest, match_latest, kind, status FROM {{prefix}}incidence {{those}}) counted
WHERE level = '{ROLLED_LEVEL}' AND status IN ({", ".join(f"'{status}'" for status in HAPPENED)})
GROUP BY 1, 2, 3, 4, 5, 6
"""
SUM_MONTHS: Final = _SUM.replace("{those}", "")
"""Fills an empty rollup from the edges and incidences stored, or, with a prefix, from those derived anew."""
OF_ADDED: Final = """
JOIN unnest(%(lows)s::bigint[], %(highs)s::bigint[]) AS added(low, high) ON contact_id BETWEEN low AND high
"""
"""SQL that leaves of edges or incidences those of contacts in these ranges, which the transaction added."""
COUNT_IN_NEW: Final = f"""{_SUM.format(prefix="", those=OF_ADDED)} ORDER BY 1, 2, 3, 4, 5, 6 {_COUNTING_IN}""".encode()
"""Counts in the contacts that a load has added."""
