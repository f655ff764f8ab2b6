"""A stored contact as the body that would make it, and whether another body says the same."""

from typing import Any

from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.contact_rows import Found, Rows, mentions_of, own_columns, part_rows
from db.engine import ids_of
from db.references import ACTOR, resolve_mentions
from models.contacts import Contact, ContactBody, ContactFields
from models.erasure import ERASED


def contact_body(session: Session, row: Contact) -> dict[str, Any]:
    """Returns a stored contact as the body that would make it: what a merge patch is applied to."""
    body: dict[str, Any] = session.execute(text(_BODY), {"id": row.contact_id}).scalar_one()
    return {name: getattr(row, name) for name in ContactFields.model_fields} | body


def erased_takers(session: Session, contact_id: int) -> dict[tuple[str, str], int]:
    """Returns whom a contact keeps without a name, by reference: nobody else may name them, but it still does."""
    numbers = session.scalars(text(_ERASED), {"id": contact_id, "why": ERASED})
    return {(ACTOR.name, ids_of(session).encode(ACTOR.prefix, number)): number for number in numbers}


def says_the_same(session: Session, row: Contact, body: ContactBody, found: Found) -> bool:
    """Whether a body says what the contact says already, by whatever references.

    Args:
        session: to read with.
        row: the contact.
        body: what it is to say.
        found: what the body's references mean.
    """
    columns = own_columns(body)
    if any(getattr(row, name) != value for name, value in columns.items()):
        return False
    stored = {name: value for name, value in contact_body(session, row).items() if value is not None}
    try:
        now = ContactBody.model_validate(stored)
    except ValidationError:
        # It was recorded under rules that have changed since; whatever patches it repairs it.
        return False
    number = row.contact_id or 0
    known = resolve_mentions(session, mentions_of(now, ""), erased_takers(session, number))
    return _unordered(part_rows(number, now, known)) == _unordered(part_rows(number, body, found))


def _unordered(rows: Rows) -> list[str]:
    return sorted(f"{table} {row}" for table, each in rows.in_order() for row in each)


_ERASED = """
SELECT actor_id FROM participant JOIN actor a USING (actor_id) WHERE contact_id = :id AND a.retraction_reason = :why
"""
_BODY = """
SELECT json_build_object(
    'part_of', public_id('con', part_of_id),
    'participants', (SELECT json_agg(json_build_object(
        'actor', public_id('act', actor_id), 'capacity', public_id('act', capacity_id),
        'on_behalf_of', public_id('act', on_behalf_of_id), 'role', role, 'side', side, 'initiator', initiator,
        'presence', presence, 'level', level, 'name_as_given', name_as_given) ORDER BY ordinal)
        FROM participant p WHERE p.contact_id = c.contact_id),
    'topics', (SELECT coalesce(json_agg(slug ORDER BY slug), '[]')
        FROM contact_topic x JOIN topic USING (topic_id) WHERE x.contact_id = c.contact_id),
    'episodes', (SELECT coalesce(json_agg(slug ORDER BY slug), '[]')
        FROM contact_episode x JOIN episode USING (episode_id) WHERE x.contact_id = c.contact_id),
    'related', (SELECT coalesce(json_agg(json_build_object('relation', x.relation,
        'contact', public_id('con', x.other_id)) ORDER BY x.relation, x.other_id), '[]')
        FROM contact_relation x JOIN contact o ON o.contact_id = x.other_id
        WHERE x.contact_id = c.contact_id AND o.retracted_at IS NULL),
    'identifiers', (SELECT coalesce(json_agg(json_build_object('scheme', scheme, 'value', value)
        ORDER BY scheme, value), '[]') FROM contact_identifier i WHERE i.contact_id = c.contact_id))
FROM contact c WHERE contact_id = :id
"""
