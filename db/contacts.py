"""Contacts written: created alone or by the thousand, changed, given further accounts, retracted."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from db.brought_sources import Columns, store_brought
from db.bulk import copy_mappings, draw
from db.contact_bodies import erased_takers, says_the_same
from db.contact_rows import Rows, account_mentions, contact_rows, mentions_of, own_columns, part_rows
from db.contact_rules import (
    AHEAD,
    Given,
    check_contacts,
    check_not_inside,
    check_parts_allowed,
    civil_today,
    lies_ahead,
    quoting_itself,
    refuse,
    stray_denials,
)
from db.edges import hold_ladder, restate
from db.events import RefusedContact
from db.new_contacts import store_new
from db.new_states import account_states, contact_states, source_states
from db.records import change, check_version, fetch, remember, remember_all, remember_new, retract
from db.references import ACCOUNT, COMMITMENT, CONTACT, SOURCE, resolve_mentions
from db.relations import check_order, hold_order
from models.accounts import Account, AccountIn
from models.contacts import (
    Contact,
    ContactBody,
    ContactEpisode,
    ContactIdentifier,
    ContactIn,
    ContactTopic,
)
from models.errors import Conflict, Detail, Retracted
from models.participants import Participant
from models.relations import Relation

Found = dict[tuple[str, str], int]
PARTS = (Participant, ContactTopic, ContactEpisode, ContactIdentifier, Relation)


def create_contacts(
    session: Session, bodies: Sequence[ContactIn], *, batch: bool = False, today: date | None = None
) -> list[int]:
    """Adds contacts with all that their bodies hold, and derives their status, edges and ties.

    A later body may be part of an earlier one, named by its identifier.

    Args:
        session: to write with.
        bodies: as the client sent them.
        batch: whether they stand in a list, so that faults are placed at ``/contacts/N/…``.
        today: the civil day, UTC, after which nothing can have taken place; None = the day it is.

    Raises:
        InvalidRecord: a reference means nothing, or a rule is broken; each fault is named with its place.
        Conflict: an identifier or a source's slug is taken.
    """
    hold_ladder(session, alone=False)
    given = [Given(body, f"/contacts/{number}" if batch else "") for number, body in enumerate(bodies)]
    found = _resolve(session, given)
    check_contacts(session, given, found, today or civil_today())
    places = [
        (f"{one.at}/accounts/{n}", account)
        for one, body in zip(given, bodies, strict=True)
        for n, account in enumerate(body.accounts)
    ]
    sources, made = store_brought(session, places, found)
    numbers = draw(session, "contact_id_seq", len(bodies))
    for number, body in zip(numbers, bodies, strict=True):
        found |= {(CONTACT.name, f"{one.scheme}:{one.value}"): number for one in body.identifiers}
    try:
        _write(session, numbers, bodies, found | sources, made)
    except RefusedContact as refused:
        raise refused.placed(f"{given[numbers.index(refused.contact_id)].at}/when") from refused
    return numbers


def patch_contact(
    session: Session, contact_id: int, body: ContactBody, expected: int | None, *, today: date | None = None
) -> None:
    """Makes a contact what the merged body says, and derives it anew; so is a visit it has left.

    A body that says what the contact says already changes nothing, not even its version.

    Raises:
        InvalidRecord: a reference means nothing, or a rule is broken; each fault is named with its place.
        Conflict: an identifier is taken.
    """
    hold_ladder(session, alone=False)
    if body.part_of or body.related:
        hold_order(session)
    row = fetch(session, Contact, contact_id, lock=True)
    if row.retracted_at is not None:
        raise Retracted
    check_version(row, expected)
    left = row.part_of_id
    found = resolve_mentions(session, mentions_of(body, ""), erased_takers(session, contact_id))
    whole = found[(CONTACT.name, body.part_of)] if body.part_of else None
    if whole == left and says_the_same(session, row, body, found):
        return
    if whole is not None:
        check_not_inside(session, contact_id, whole)
    _check_patch(session, row, body, found, today or civil_today())
    check_order(session, contact_id, body, found)
    _drop_parts(session, contact_id)
    for table, rows in part_rows(contact_id, body, found).in_order():
        copy_mappings(session, table, rows)
    change(session, row, {**own_columns(body), "part_of_id": whole})
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


def add_account(session: Session, contact_id: int, body: AccountIn, *, today: date | None = None) -> int:
    """Adds what a further source says; the status follows at once. Returns the account's id.

    Raises:
        InvalidRecord: a reference means nothing, it affirms what cannot have taken place yet, or denies
            the part of somebody who took none.
        Conflict: the slug of a new source is taken.
    """
    hold_ladder(session, alone=False)
    row = fetch(session, Contact, contact_id, lock=True)
    if row.retracted_at is not None:
        raise Retracted
    found = resolve_mentions(session, account_mentions(body, ""))
    if body.stance == "affirms" and lies_ahead(row.when, today or civil_today()):
        refuse([Detail("in_the_future", AHEAD, pointer="/stance")])
    refuse([*quoting_itself(("", body), found)])
    if body.denies:
        takers = text("SELECT actor_id FROM participant WHERE contact_id = :id ORDER BY ordinal")
        refuse([*stray_denials(session, ("", body), session.scalars(takers, {"id": contact_id}).all(), found)])
    sources, _ = store_brought(session, [("", body)], found)
    number = draw(session, "account_id_seq", 1)[0]
    tables = Rows()
    tables.account(contact_id, number, body, found | sources)
    for table, rows in tables.in_order():
        copy_mappings(session, table, rows)
    remember(session, (ACCOUNT.name, (contact_id, number)), "create")
    change(session, row, {})
    try:
        restate(session, [contact_id])
    except RefusedContact as refused:
        raise refused.placed("/source") from refused
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
    now = text(
        "UPDATE account SET withdrawn_at = now(), withdrawal_reason = :why WHERE contact_id = :id AND account_id = :n"
    )
    session.execute(now, {"id": contact_id, "n": account_id, "why": reason})
    session.refresh(account)
    remember(session, account, "retract")
    change(session, row, {})
    restate(session, [contact_id])


def _resolve(session: Session, given: Sequence[Given]) -> Found:
    own = {f"{one.scheme}:{one.value}" for each in given for one in each.body.identifiers}
    mentions = [mention for each in given for mention in mentions_of(each.body, each.at)]
    return resolve_mentions(session, [m for m in mentions if not (m.noun is CONTACT and m.text in own)])


def _write(
    session: Session, numbers: Sequence[int], bodies: Sequence[ContactIn], found: Found, sources: Sequence[Columns]
) -> None:
    accounts = iter(draw(session, "account_id_seq", sum(len(body.accounts) for body in bodies)))
    promises = iter(draw(session, "commitment_id_seq", sum(len(body.commitments) for body in bodies)))
    tables = Rows()
    for number, body in zip(numbers, bodies, strict=True):
        contact_rows(tables, number, body, found, (accounts, promises))
    store_new(session, tables)
    now = session.execute(text("SELECT now()")).scalar_one()
    remember_new(session, SOURCE.name, source_states(sources, now))
    remember_new(session, CONTACT.name, contact_states(tables.tables, now))
    remember_new(session, ACCOUNT.name, account_states(tables.tables, now))
    made = [(row["contact_id"], row[COMMITMENT.key]) for row in tables.tables.get(COMMITMENT.name, ())]
    remember_all(session, COMMITMENT.name, made, "create")


def _check_patch(session: Session, row: Contact, body: ContactBody, found: Found, today: date) -> None:
    """Checks a body as that of a new contact, and what only a contact of the record can break."""
    number = row.contact_id or 0
    check_contacts(session, [Given(body)], found, today, but=number)
    check_parts_allowed(session, number, body.kind)
    affirmed = text("SELECT 1 FROM account WHERE contact_id = :id AND stance = 'affirms' AND withdrawn_at IS NULL")
    if lies_ahead(body.when, today) and session.execute(affirmed, {"id": number}).first():
        refuse([Detail("in_the_future", AHEAD, pointer="/when")])


def _drop_parts(session: Session, contact_id: int) -> None:
    for table in PARTS:
        session.execute(delete(table).where(table.contact_id == contact_id))  # type: ignore[arg-type]
