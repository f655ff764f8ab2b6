"""Lifts in Postgres: where each actor stands at each level, kept in step with his affiliations."""

from collections.abc import Collection, Iterable

from sqlalchemy import delete, text
from sqlalchemy import insert as sql_insert
from sqlalchemy.orm import Session

from models.edges import Lift
from models.lifts import LIFTED_LEVELS, Ladder, Step

_BELOW = """
WITH RECURSIVE below(actor_id) AS (
    SELECT unnest(CAST(:ids AS bigint[]))
    UNION
    SELECT a.actor_id FROM affiliation a JOIN below b ON a.target_id = b.actor_id WHERE a.retracted_at IS NULL
)
SELECT actor_id FROM below
"""
_ABOVE = """
WITH RECURSIVE above(actor_id) AS (
    SELECT unnest(CAST(:ids AS bigint[]))
    UNION
    SELECT a.target_id FROM affiliation a JOIN above b ON a.actor_id = b.actor_id WHERE a.retracted_at IS NULL
)
SELECT actor_id, kind FROM above JOIN actor USING (actor_id)
"""
_STEPS = """
SELECT actor_id, relation, target_id, start_earliest, start_latest, end_earliest, end_latest
FROM affiliation
WHERE actor_id = ANY(:ids) AND retracted_at IS NULL
ORDER BY affiliation_id
"""


def actors_below(session: Session, actor_ids: Collection[int]) -> list[int]:
    """Returns the actors and everyone affiliated with them, however many steps down."""
    return list(session.execute(text(_BELOW), {"ids": list(actor_ids)}).scalars())


def ladder(session: Session, actor_ids: Collection[int]) -> Ladder:
    """Returns the affiliations of some actors and of all above them."""
    kinds = {row.actor_id: row.kind for row in session.execute(text(_ABOVE), {"ids": list(actor_ids)})}
    steps: dict[int, list[Step]] = {}
    for row in session.execute(text(_STEPS), {"ids": list(kinds)}):
        steps.setdefault(row.actor_id, []).append(Step(*row[1:]))
    return Ladder(steps, kinds)


def derive_lifts(session: Session, actor_ids: Collection[int]) -> list[dict[str, object]]:
    """Returns the lift rows that the affiliations of these actors demand."""
    ups = ladder(session, actor_ids)
    return [
        {
            "actor_id": actor,
            "level": level,
            "unit_id": standing.unit,
            "since": standing.since,
            "until": standing.until,
            "certain": standing.certain,
            "ambiguous": standing.ambiguous,
        }
        for actor in sorted(actor_ids)
        for level in LIFTED_LEVELS
        for standing in ups.standings(actor, level)
    ]


def restate_lifts(session: Session, actor_ids: Collection[int]) -> None:
    """Stores the lifts of these actors anew."""
    session.execute(delete(Lift).where(Lift.actor_id.in_(list(actor_ids))))  # type: ignore[attr-defined]
    rows = derive_lifts(session, actor_ids)
    if rows:
        session.execute(sql_insert(Lift), rows)


def stored_lifts(session: Session, actor_ids: Iterable[int]) -> dict[tuple[int, str], list[Lift]]:
    """Returns the stored lifts of some actors by actor and level."""
    rows = session.execute(
        text("SELECT * FROM lift WHERE actor_id = ANY(:ids) ORDER BY since, unit_id"), {"ids": sorted(set(actor_ids))}
    )
    found: dict[tuple[int, str], list[Lift]] = {}
    for row in rows.mappings():
        found.setdefault((row["actor_id"], row["level"]), []).append(Lift(**row))
    return found
