"""Lifts in Postgres: where each actor stands at each level, kept in step with his affiliations."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from db.bulk import copy_rows, raw
from models.lifts import LIFTED_LEVELS, UPWARD, Ladder, Step

_UPWARD: Final = ", ".join(f"'{relation}'" for relation in sorted(UPWARD))
_STEPS_UP: Final = f"a.retracted_at IS NULL AND a.relation IN ({_UPWARD})"
_BELOW: Final = f"""
WITH RECURSIVE below(actor_id) AS (
    SELECT unnest(CAST(:ids AS bigint[]))
    UNION
    SELECT a.actor_id FROM affiliation a JOIN below b ON a.target_id = b.actor_id WHERE {_STEPS_UP}
)
SELECT actor_id FROM below
"""
_ABOVE: Final = f"""
WITH RECURSIVE above(actor_id) AS (
    SELECT unnest(CAST(:ids AS bigint[]))
    UNION
    SELECT a.target_id FROM affiliation a JOIN above b ON a.actor_id = b.actor_id WHERE {_STEPS_UP}
)
SELECT actor_id, kind FROM above JOIN actor USING (actor_id)
"""
_STEPS: Final = f"""
SELECT actor_id, relation, target_id, start_earliest, start_latest, end_earliest, end_latest
FROM affiliation a
WHERE actor_id = ANY(:ids) AND {_STEPS_UP}
ORDER BY affiliation_id
"""
COLUMNS: Final = ("actor_id", "level", "unit_id", "since", "until", "certain", "ambiguous")
_DELETE: Final = b"""
DELETE FROM lift
WHERE actor_id = %(actor_id)s AND level = %(level)s AND unit_id = %(unit_id)s AND since = %(since)s
"""
Spans = dict[int, tuple[datetime, datetime]]


def actors_below(session: Session, actor_ids: Collection[int]) -> list[int]:
    """Returns the actors and everyone who may stand for them, however many steps down."""
    return list(session.execute(text(_BELOW), {"ids": list(actor_ids)}).scalars())


def ladder(session: Session, actor_ids: Collection[int]) -> Ladder:
    """Returns the affiliations of some actors and of all above them that make one stand for another."""
    kinds = {row.actor_id: row.kind for row in session.execute(text(_ABOVE), {"ids": list(actor_ids)})}
    steps: dict[int, list[Step]] = {}
    for row in session.execute(text(_STEPS), {"ids": list(kinds)}):
        steps.setdefault(row.actor_id, []).append(Step(*row[1:]))
    return Ladder(steps, kinds)


def derive_lifts(session: Session, actor_ids: Collection[int]) -> list[tuple[Any, ...]]:
    """Returns the lift rows, in the order of COLUMNS, that the affiliations of these actors demand."""
    ups = ladder(session, actor_ids)
    return [
        (actor, level, row.unit, row.since, row.until, row.certain, row.ambiguous)
        for actor in sorted(actor_ids)
        for level in LIFTED_LEVELS
        for row in ups.standings(actor, level)
    ]


def restate_lifts(session: Session, actor_ids: Collection[int]) -> Spans:
    """Stores the lifts of these actors anew, as far as they differ.

    Returns:
        The actors whose lifts did differ, each with the span of time that all its differences lie in.
    """
    rows = session.execute(
        text(f"SELECT {', '.join(COLUMNS)} FROM lift WHERE actor_id = ANY(:ids)"), {"ids": list(actor_ids)}
    )
    old = {tuple(row) for row in rows}
    new = set(derive_lifts(session, actor_ids))
    gone = sorted(old - new)
    if gone:
        keys = [dict(zip(COLUMNS, row, strict=True)) for row in gone]
        with raw(session).cursor() as cursor:
            cursor.executemany(_DELETE, keys)
    copy_rows(session, "lift", COLUMNS, sorted(new - old))
    spans: Spans = {}
    for actor, _level, _unit, since, until, *_ in old ^ new:
        known = spans.get(actor, (since, until))
        spans[actor] = (min(known[0], since), max(known[1], until))
    return spans


def stored_lifts(
    session: Session, actor_ids: Iterable[int], table: str = "lift"
) -> dict[tuple[int, str], list[Row[Any]]]:
    """Returns the rows of the lifts of some actors, by actor and level."""
    statement = text(f"SELECT * FROM {table} WHERE actor_id = ANY(:ids) ORDER BY since, unit_id")
    found: dict[tuple[int, str], list[Row[Any]]] = {}
    for row in session.execute(statement, {"ids": sorted(set(actor_ids))}):
        found.setdefault((row.actor_id, row.level), []).append(row)
    return found
