"""Affiliations written: no cycles at any one date, and the lifts and edges they carry kept true."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert as sql_insert
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.actors import restate_below
from db.edges import hold_ladder
from db.engine import ids_of
from db.records import change, check_version, fetch, insert, remember_all, retract
from db.references import AFFILIATION
from models.actors import Actor
from models.affiliations import ALLOWED_ENDS, Affiliation, AffiliationFields
from models.bounds import Tenure, tenure
from models.errors import Conflict, Detail, InvalidRecord, Retracted


def create_affiliation(session: Session, actor_id: int, target_id: int, body: AffiliationFields) -> Affiliation:
    """Adds an affiliation and derives anew whatever it lifts.

    Cost: besides the affiliation itself, the contacts of those whose lifts it changes, on the dates it does.

    Raises:
        InvalidRecord: the relation does not fit the ends, the dates are reversed, or it would close a circle.
        Conflict: the record holds the same affiliation over the same time.
    """
    hold_ladder(session, alone=True)
    span = checked_tenure(body.since, body.until)
    check_ends(session, body.relation, actor_id, target_id)
    check_no_circle(session, actor_id, target_id, span)
    check_not_known(session, actor_id, target_id, body)
    fields = body.model_dump(include=set(AffiliationFields.model_fields))
    row = Affiliation.model_validate({**fields, **span.columns(), "actor_id": actor_id, "target_id": target_id})
    insert(session, row)
    restate_below(session, [actor_id])
    return row


def patch_affiliation(
    session: Session, affiliation_id: int, target_id: int, body: AffiliationFields, expected: int | None
) -> Affiliation:
    """Corrects an affiliation; the edges it touches are derived anew and no others.

    Raises:
        InvalidRecord: the relation does not fit the ends, the dates are reversed, or it would close a circle.
        Conflict: the record holds the same affiliation over the same time.
    """
    hold_ladder(session, alone=True)
    row = fetch(session, Affiliation, affiliation_id, lock=True)
    check_version(row, expected)
    span = checked_tenure(body.since, body.until)
    check_ends(session, body.relation, _actor(row), target_id)
    check_no_circle(session, _actor(row), target_id, span, without=affiliation_id)
    check_not_known(session, _actor(row), target_id, body, but=affiliation_id)
    fields = body.model_dump(include=set(AffiliationFields.model_fields))
    change(session, row, {**fields, **span.columns(), "target_id": target_id})
    restate_below(session, [_actor(row)])
    return row


def retract_affiliation(session: Session, affiliation_id: int, reason: str, expected: int | None) -> Affiliation:
    """Takes an affiliation out of the record and derives anew what it lifted."""
    hold_ladder(session, alone=True)
    row = fetch(session, Affiliation, affiliation_id, lock=True)
    check_version(row, expected)
    if row.retracted_at is not None:
        raise Retracted
    retract(session, row, reason)
    restate_below(session, [_actor(row)])
    return row


def insert_affiliations(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Adds checked affiliations, given as columns; whoever adds them derives what they lift."""
    made = session.execute(sql_insert(Affiliation).returning(Affiliation.affiliation_id), rows)  # type: ignore[call-overload]
    remember_all(session, AFFILIATION.name, made.scalars(), "create")


def checked_tenure(since: str | None, until: str | None) -> Tenure:
    """Returns what two tenure dates mean, or refuses them.

    Raises:
        InvalidRecord: they are reversed.
    """
    try:
        return tenure(since, until)
    except ValueError as error:
        detail = Detail("reversed_dates", f"The dates cannot be: {error}.", pointer="/until")
        raise InvalidRecord("The record ends before it begins.", errors=[detail]) from error


def check_ends(session: Session, relation: str, actor_id: int, target_id: int) -> None:
    """Lets a relation pass only between kinds of actor that can have it."""
    kinds = {row.actor_id: row.kind for row in session.execute(text(_KINDS), {"ids": [actor_id, target_id]})}
    for end, number, allowed in zip(("actor", "target"), (actor_id, target_id), ALLOWED_ENDS[relation], strict=True):
        if kinds.get(number) not in allowed:
            said = f"The {end} of «{relation}» is of kind {' or '.join(sorted(allowed))}."
            raise InvalidRecord(said, errors=[Detail("wrong_kind", said, pointer="/relation")])


def check_no_circle(
    session: Session, actor_id: int, target_id: int, span: Tenure, *, without: int | None = None
) -> None:
    """Refuses an affiliation by which an actor would come to stand above himself on some date."""
    start, end = span.start_earliest, span.end_latest
    params = {"actor": actor_id, "target": target_id, "start": start, "end": end, "without": without or 0}
    if session.execute(text(_CIRCLE), params).scalar():
        said = "By this an actor would stand above himself on some date."
        raise InvalidRecord(said, errors=[Detail("circle", said, pointer="/target")])


def check_not_known(session: Session, actor_id: int, target_id: int, body: AffiliationFields, *, but: int = 0) -> None:
    """Refuses an affiliation that another says word for word: told twice, it would still be one."""
    same = {"actor": actor_id, "target": target_id, "relation": body.relation, "but": but}
    known = session.execute(text(_SAME), {**same, "since": body.since, "until": body.until}).scalar()
    if known is not None:
        said = "An affiliation with these ends and dates exists."
        address = f"/v1/affiliations/{ids_of(session).encode(AFFILIATION.prefix, known)}"
        raise Conflict(f"{said} It is at {address}.", errors=[Detail("taken", said)], extra={"existing": address})


def _actor(row: Affiliation) -> int:
    return row.actor_id or 0


_KINDS = f"SELECT actor_id, kind FROM {Actor.__tablename__} WHERE actor_id = ANY(:ids)"
_SAME = """
SELECT affiliation_id FROM affiliation
WHERE actor_id = :actor AND target_id = :target AND relation = :relation AND affiliation_id <> :but
    AND since IS NOT DISTINCT FROM CAST(:since AS text) AND until IS NOT DISTINCT FROM CAST(:until AS text)
    AND retracted_at IS NULL
ORDER BY affiliation_id LIMIT 1
"""
_CIRCLE = """
WITH RECURSIVE above(actor_id, start_earliest, end_latest) AS (
    SELECT CAST(:target AS bigint), CAST(:start AS timestamp), CAST(:end AS timestamp)
    UNION
    SELECT a.target_id, greatest(a.start_earliest, b.start_earliest), least(a.end_latest, b.end_latest)
    FROM affiliation a JOIN above b USING (actor_id)
    WHERE a.retracted_at IS NULL AND a.affiliation_id <> :without AND b.actor_id <> :actor
        AND a.start_earliest < b.end_latest AND a.end_latest > b.start_earliest
)
SELECT EXISTS (SELECT FROM above WHERE actor_id = :actor)
"""
