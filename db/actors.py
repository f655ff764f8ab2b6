"""Actors written: with their names and identifiers, in one transaction."""

from collections.abc import Collection
from itertools import chain
from typing import Any

from sqlalchemy import delete, text
from sqlalchemy import insert as sql_insert
from sqlalchemy.orm import Session

from db.edges import hold_ladder, hold_names_and_ladder, restate_found
from db.lifts import actors_below, restate_lifts
from db.names import name_rows, search_columns
from db.records import change, check_version, fetch, insert, retract
from models.actors import Actor, ActorIdentifier, ActorIn, ActorName
from models.affiliations import ALLOWED_ENDS
from models.errors import Conflict, Detail, InvalidRecord, Retracted
from models.names import slugify

MOST_SLUG_TRIES = 10_000
SLUG_LOCK = 7_263_005


def create_actor(session: Session, body: ActorIn) -> Actor:
    """Adds an actor.

    Raises:
        Conflict: the slug or an identifier belongs to another actor.
    """
    slug = body.slug or free_slug(session, body.name)
    row = Actor.model_validate({**_own(body), "slug": slug, **search_columns(body)})
    insert(session, row)
    _store_parts(session, row, body)
    return row


def patch_actor(session: Session, actor_id: int, body: ActorIn, expected: int | None) -> Actor:
    """Makes an actor what the merged body says; a new name is found by search at once.

    Raises:
        InvalidRecord: an affiliation that stands does not fit the new kind.
        Conflict: the slug or an identifier belongs to another actor.
    """
    hold_ladder(session, alone=True)
    row = fetch(session, Actor, actor_id, lock=True)
    check_version(row, expected)
    if row.kind != body.kind:
        _check_kind(session, actor_id, body.kind)
    names = actor_parts(session, row)["names"]
    speaks = (row.kind, row.organisation_type) != (body.kind, body.organisation_type)
    slug = {"slug": body.slug} if body.slug else {}
    change(session, row, {**_own(body), **search_columns(body), **slug})
    for table in (ActorName, ActorIdentifier):
        session.execute(delete(table).where(table.actor_id == actor_id))  # type: ignore[arg-type]
    _store_parts(session, row, body)
    if speaks:
        below = actors_below(session, [actor_id])
        restate_lifts(session, below)
        restate_found(session, _CONTACTS_OF, {"ids": below})
    if [one["name"] for one in names] != [one["name"] for one in name_rows(body)]:
        restate_found(session, _CONTACTS_NAMING, {"id": actor_id})
    return row


def retract_actor(session: Session, actor_id: int, reason: str, expected: int | None) -> Actor:
    """Takes an actor out of the record.

    Raises:
        Conflict: something that stands still mentions him, in whatever part; merge or correct that first.
    """
    hold_names_and_ladder(session)
    row = fetch(session, Actor, actor_id, lock=True)
    check_version(row, expected)
    if row.retracted_at is not None:
        raise Retracted
    if session.execute(text(_MENTIONED), {"id": actor_id}).scalar():
        raise Conflict("Contacts, affiliations or sources still mention this actor; change these first.")
    retract(session, row, reason)
    return row


def restate_below(session: Session, actor_ids: list[int]) -> None:
    """Derives anew the lifts of these actors and all below them, and the contacts for which these changed."""
    spans = restate_lifts(session, actors_below(session, actor_ids))
    if spans:
        since, until = zip(*spans.values(), strict=True)
        restate_found(session, _CONTACTS_IN, {"ids": list(spans), "since": list(since), "until": list(until)})


def free_slug(session: Session, name: str) -> str:
    """Returns a slug made from a name, numbered when it is taken; nobody else takes it until COMMIT."""
    plain = slugify(name)
    # Who sends no slug must not be refused for it: two of one name at once take turns.
    session.execute(text("SELECT pg_advisory_xact_lock(:lock, hashtext(:slug))"), {"lock": SLUG_LOCK, "slug": plain})
    taken = set(
        session.execute(
            text("SELECT slug FROM actor WHERE slug = :slug OR slug ~ ('^' || :slug || '-[0-9]+$')"), {"slug": plain}
        ).scalars()
    )
    return first_free(plain, taken)


def first_free(plain: str, taken: Collection[str]) -> str:
    """Returns a slug, numbered if it is among those that are taken.

    Raises:
        InvalidRecord: very many have the same.
    """
    numbered = (f"{plain}-{number}" for number in range(2, MOST_SLUG_TRIES))
    free = next((slug for slug in chain([plain], numbered) if slug not in taken), None)
    if free is None:
        raise InvalidRecord("Too many actors have this name; give a slug.")
    return free


def actor_parts(session: Session, row: Actor) -> dict[str, Any]:
    """Returns an actor's names and identifiers as JSON values."""
    names = session.execute(text(_NAMES), {"id": row.actor_id}).mappings()
    identifiers = session.execute(text(_IDENTIFIERS), {"id": row.actor_id}).mappings()
    return {"names": [dict(name) for name in names], "identifiers": [dict(one) for one in identifiers]}


def actor_body(session: Session, row: Actor) -> dict[str, Any]:
    """Returns a stored actor as the body that would make him: what a merge patch is applied to."""
    fields = {name: getattr(row, name) for name in ActorIn.model_fields if name not in ("names", "identifiers")}
    parts = actor_parts(session, row)
    return {**fields, **parts, "names": [n for n in parts["names"] if n["kind"] != "primary"]}


def _check_kind(session: Session, actor_id: int, kind: str) -> None:
    """Refuses a kind with which an affiliation, or the part somebody took, could not have been recorded."""
    if kind != "office" and session.execute(text(_IN_OFFICE), {"id": actor_id}).scalar():
        said = "Participants of contacts acted in this office, so it stays one; change these contacts first."
        raise InvalidRecord(said, errors=[Detail("wrong_kind", said, pointer="/kind")])
    for relation, end in session.execute(text(_RELATIONS), {"id": actor_id}):
        if kind not in ALLOWED_ENDS[relation][end]:
            said = f"An affiliation «{relation}» of this actor does not allow that kind; change or retract it first."
            raise InvalidRecord(said, errors=[Detail("wrong_kind", said, pointer="/kind")])


def _own(body: ActorIn) -> dict[str, Any]:
    return body.model_dump(exclude={"slug", "names", "identifiers"})


def _store_parts(session: Session, row: Actor, body: ActorIn) -> None:
    session.execute(sql_insert(ActorName), [{"actor_id": row.actor_id, **name} for name in name_rows(body)])
    if body.identifiers:
        rows = [{"actor_id": row.actor_id, **one.model_dump()} for one in body.identifiers]
        session.execute(sql_insert(ActorIdentifier), rows)


_IN_OFFICE = """
SELECT EXISTS (SELECT FROM participant JOIN contact c USING (contact_id)
               WHERE capacity_id = :id AND c.retracted_at IS NULL)
"""
_RELATIONS = """
SELECT relation, 0 FROM affiliation WHERE actor_id = :id AND retracted_at IS NULL
UNION SELECT relation, 1 FROM affiliation WHERE target_id = :id AND retracted_at IS NULL
"""
_NAMES = "SELECT name, kind, lang, script FROM actor_name WHERE actor_id = :id ORDER BY ordinal"
_IDENTIFIERS = "SELECT scheme, value FROM actor_identifier WHERE actor_id = :id ORDER BY scheme, value"
_MENTIONED = """
SELECT EXISTS (SELECT FROM participant p JOIN contact c USING (contact_id)
               WHERE :id IN (p.actor_id, p.capacity_id, p.on_behalf_of_id) AND c.retracted_at IS NULL)
    OR EXISTS (SELECT FROM affiliation WHERE :id IN (actor_id, target_id) AND retracted_at IS NULL)
    OR EXISTS (SELECT FROM designation WHERE actor_id = :id AND retracted_at IS NULL)
    OR EXISTS (SELECT FROM coverage WHERE publisher_id = :id AND retracted_at IS NULL)
    OR EXISTS (SELECT FROM source WHERE publisher_id = :id AND retracted_at IS NULL)
    OR EXISTS (SELECT FROM account a JOIN contact c USING (contact_id)
               WHERE :id IN (a.speaker_id, a.initiator_id) AND a.withdrawn_at IS NULL AND c.retracted_at IS NULL)
    OR EXISTS (SELECT FROM account_actor x JOIN account a USING (contact_id, account_id)
               JOIN contact c USING (contact_id)
               WHERE x.actor_id = :id AND a.withdrawn_at IS NULL AND c.retracted_at IS NULL)
    OR EXISTS (SELECT FROM commitment_actor x JOIN contact c USING (contact_id)
               WHERE x.actor_id = :id AND c.retracted_at IS NULL)
"""
_CONTACTS_OF = """
SELECT contact_id FROM participant WHERE standing_id = ANY(:ids)
UNION SELECT contact_id FROM account WHERE speaker_id = ANY(:ids)
UNION SELECT a.contact_id FROM account a JOIN source s USING (source_id) WHERE s.publisher_id = ANY(:ids)
"""
_CONTACTS_IN = """
WITH span AS (SELECT * FROM unnest(
    CAST(:ids AS bigint[]), CAST(:since AS timestamp[]), CAST(:until AS timestamp[])) AS s(actor_id, since, until)),
touched(contact_id, since, until) AS (
    SELECT p.contact_id, since, until FROM participant p JOIN span ON p.standing_id = span.actor_id
    UNION SELECT a.contact_id, since, until FROM account a JOIN span ON a.speaker_id = span.actor_id
    UNION SELECT a.contact_id, since, until FROM source s JOIN span ON s.publisher_id = span.actor_id
        JOIN account a USING (source_id))
SELECT DISTINCT contact_id FROM touched JOIN contact USING (contact_id)
WHERE earliest < touched.until AND latest > touched.since AND retracted_at IS NULL
"""
_CONTACTS_NAMING = """
SELECT contact_id FROM participant WHERE actor_id = :id
UNION SELECT contact_id FROM participant WHERE standing_id = :id
"""
