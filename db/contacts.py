"""Contacts written: created alone or by the thousand, changed, given further accounts, retracted."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from db.bulk import copy_mappings
from db.contact_rows import Rows, contact_rows, mentions_of, own_columns, part_rows
from db.edges import hold_ladder, restate
from db.records import change, check_version, document, fetch, insert, remember, retract
from db.references import ACCOUNT, CONTACT, SOURCE, Mention, resolve, resolve_mentions
from db.sources import source_row
from models.accounts import Account, AccountIn
from models.contacts import (
    Contact,
    ContactBody,
    ContactEpisode,
    ContactFields,
    ContactIdentifier,
    ContactIn,
    ContactTopic,
)
from models.errors import Conflict, Detail, InvalidRecord, Retracted
from models.participants import Participant
from models.sources import Source, SourceFields, SourceIn

Found = dict[tuple[str, str], int]
PARTS = (Participant, ContactTopic, ContactEpisode, ContactIdentifier)


def create_contacts(session: Session, bodies: Sequence[ContactIn]) -> list[int]:
    """Adds contacts with all that their bodies hold, and derives their status, edges and ties.

    A later body may be part of an earlier one, named by its identifier.

    Raises:
        InvalidRecord: a reference means nothing, or a date lies after the account that affirms it.
        Conflict: an identifier or a source's slug is taken.
    """
    hold_ladder(session, alone=False)
    many = len(bodies) > 1
    found = _resolve(session, bodies, many=many)
    sources = _embedded_sources(session, bodies, found)
    numbers = _draw(session, "contact_id_seq", len(bodies))
    _add_own_identifiers(found, bodies, numbers)
    accounts = iter(_draw(session, "account_id_seq", sum(len(body.accounts) for body in bodies)))
    promises = iter(_draw(session, "commitment_id_seq", sum(len(body.commitments) for body in bodies)))
    tables = Rows()
    for number, body in zip(numbers, bodies, strict=True):
        contact_rows(tables, number, body, found | sources, (accounts, promises))
        after = {"contact_id": number, **body.model_dump(mode="json", exclude_none=True)}
        remember(session, (CONTACT.name, number), "create", before=None, after=after)
    for table, rows in tables.in_order():
        copy_mappings(session, table, rows)
    restate(session, numbers, fresh=True)
    return numbers


def patch_contact(session: Session, contact_id: int, body: ContactBody, expected: int | None) -> None:
    """Makes a contact what the merged body says, and derives it anew; so is a visit it has left."""
    hold_ladder(session, alone=False)
    row = fetch(session, Contact, contact_id, lock=True)
    if row.retracted_at is not None:
        raise Retracted
    check_version(row, expected)
    before = document(row, {"body": contact_body(session, row)})
    left = row.part_of_id
    found = resolve_mentions(session, mentions_of(body, ""))
    whole = found[(CONTACT.name, body.part_of)] if body.part_of else None
    if whole is not None:
        _check_not_inside(session, contact_id, whole)
    _drop_parts(session, contact_id)
    for table, rows in part_rows(contact_id, body, found).in_order():
        copy_mappings(session, table, rows)
    change(session, row, {**own_columns(body), "part_of_id": whole}, before=before)
    restate(session, sorted({contact_id, left or contact_id}))


def retract_contact(session: Session, contact_id: int, reason: str, expected: int | None) -> None:
    """Takes a contact out of every answer, with its edges; a visit gets back the pairs this part held."""
    hold_ladder(session, alone=False)
    row = fetch(session, Contact, contact_id, lock=True)
    check_version(row, expected)
    if row.retracted_at is not None:
        raise Retracted
    parts = text("SELECT count(*) FROM contact WHERE part_of_id = :id AND retracted_at IS NULL")
    if session.execute(parts, {"id": contact_id}).scalar():
        raise Conflict("Other contacts are part of this one: retract them, or give them another part_of, first.")
    retract(session, row, reason)
    restate(session, [contact_id])


def add_account(session: Session, contact_id: int, body: AccountIn) -> int:
    """Adds what a further source says; the status follows at once. Returns the account's id."""
    hold_ladder(session, alone=False)
    row = fetch(session, Contact, contact_id, lock=True)
    if row.retracted_at is not None:
        raise Retracted
    wrapped = ContactIn.model_construct(participants=[], accounts=[body], commitments=[], follows={})
    found = resolve_mentions(session, mentions_of(wrapped, "", parts=False))
    sources = _embedded_sources(session, [wrapped], found)
    number = _draw(session, "account_id_seq", 1)[0]
    tables = Rows()
    tables.account(contact_id, number, body, found | sources)
    for table, rows in tables.in_order():
        copy_mappings(session, table, rows)
    after = {"account_id": number, "contact_id": contact_id, **body.model_dump(mode="json", exclude_none=True)}
    remember(session, (ACCOUNT.name, number), "create", before=None, after=after)
    change(session, row, {})
    restate(session, [contact_id])
    return number


def withdraw_account(session: Session, key: tuple[int, int], reason: str, expected: int | None) -> None:
    """Withdraws an account, named by its contact and itself: it stays to be read and no longer counts.

    Raises:
        Conflict: it is the last that stands; retract the contact instead.
    """
    hold_ladder(session, alone=False)
    contact_id, account_id = key
    row = fetch(session, Contact, contact_id, lock=True)
    if row.retracted_at is not None:
        raise Retracted
    check_version(row, expected)
    account = fetch(session, Account, key, lock=True)
    if account.withdrawn_at is not None:
        raise Retracted("This account has been withdrawn.")
    standing = text("SELECT count(*) FROM account WHERE contact_id = :id AND withdrawn_at IS NULL")
    if session.execute(standing, {"id": contact_id}).scalar() == 1:
        raise Conflict("A contact needs an account; retract the contact instead of its last account.")
    before = account.model_dump(mode="json")
    now = text(
        "UPDATE account SET withdrawn_at = now(), withdrawal_reason = :why WHERE contact_id = :id AND account_id = :n"
    )
    session.execute(now, {"id": contact_id, "n": account_id, "why": reason})
    session.refresh(account)
    remember(session, account, "retract", before=before, after=account.model_dump(mode="json"))
    change(session, row, {})
    restate(session, [contact_id])


def contact_body(session: Session, row: Contact) -> dict[str, Any]:
    """Returns a stored contact as the body that would make it: what a merge patch is applied to."""
    body: dict[str, Any] = session.execute(text(_BODY), {"id": row.contact_id}).scalar_one()
    return {name: getattr(row, name) for name in ContactFields.model_fields} | body


def _resolve(session: Session, bodies: Sequence[ContactIn], *, many: bool) -> Found:
    own = {f"{one.scheme}:{one.value}" for body in bodies for one in body.identifiers}
    mentions: list[Mention] = []
    for number, body in enumerate(bodies):
        mentions += mentions_of(body, f"/contacts/{number}" if many else "")
    later = [m for m in mentions if not (m.noun is CONTACT and m.text in own)]
    return resolve_mentions(session, later)


def _add_own_identifiers(found: Found, bodies: Sequence[ContactIn], numbers: Sequence[int]) -> None:
    for number, body in zip(numbers, bodies, strict=True):
        for one in body.identifiers:
            found[(CONTACT.name, f"{one.scheme}:{one.value}")] = number
    seen: set[int] = set()
    for number, body in zip(numbers, bodies, strict=True):
        seen.add(number)
        whole = found.get((CONTACT.name, body.part_of)) if body.part_of else None
        if whole in numbers and whole not in seen - {number}:
            said = "A contact can be part of an earlier one in the same request, not of itself or a later one."
            raise InvalidRecord(said, errors=[Detail("part_of_later", said, pointer="/part_of")])


def _embedded_sources(session: Session, bodies: Sequence[ContactIn], found: Found) -> Found:
    """Adds the sources given in full; one whose slug exists must say the same, and is then that source."""
    made: Found = {}
    for body in bodies:
        for account in body.accounts:
            given = account.source
            if isinstance(given, str):
                continue
            key = ("embedded", given.model_dump_json())
            if key not in made:
                made[key] = _embedded_source(session, given, found)
    return made


def _embedded_source(session: Session, given: SourceIn, found: Found) -> int:
    publisher = found[("actor", given.publisher)] if given.publisher else None
    older = found[("source", given.supersedes)] if given.supersedes else None
    known = resolve(session, SOURCE, [given.slug]).get(given.slug) if given.slug else None
    if known is None:
        return insert(session, source_row(given, publisher, older)).source_id or 0
    row = fetch(session, Source, known)
    same = all(getattr(row, name) == getattr(given, name) for name in SourceFields.model_fields)
    if not same or row.publisher_id != publisher:
        raise Conflict("A source with this slug exists and says something else; refer to it by its slug.")
    return known


def _draw(session: Session, sequence: str, count: int) -> list[int]:
    if count == 0:
        return []
    drawn = text("SELECT nextval(CAST(:sequence AS regclass)) FROM generate_series(1, :count)")
    return list(session.execute(drawn, {"sequence": sequence, "count": count}).scalars())


def _drop_parts(session: Session, contact_id: int) -> None:
    for table in PARTS:
        session.execute(delete(table).where(table.contact_id == contact_id))  # type: ignore[arg-type]


def _check_not_inside(session: Session, contact_id: int, whole: int) -> None:
    inside = session.execute(text(_WHOLES), {"id": whole}).scalars().all()
    if contact_id in inside:
        said = "A contact cannot be part of itself, nor of one of its own parts."
        raise InvalidRecord(said, errors=[Detail("circle", said, pointer="/part_of")])


_WHOLES = """
WITH RECURSIVE up(contact_id) AS (
    SELECT CAST(:id AS bigint)
    UNION SELECT c.part_of_id FROM contact c JOIN up USING (contact_id) WHERE c.part_of_id IS NOT NULL
)
SELECT contact_id FROM up
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
    'identifiers', (SELECT coalesce(json_agg(json_build_object('scheme', scheme, 'value', value)
        ORDER BY scheme, value), '[]') FROM contact_identifier i WHERE i.contact_id = c.contact_id))
FROM contact c WHERE contact_id = :id
"""
