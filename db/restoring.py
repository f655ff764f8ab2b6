"""Records that were retracted, brought back as they were.

What stands names only what stands: a retraction is refused while something still names the record. So whatever a
record names has to stand before it does itself; then all that is derived from it is derived anew.
"""

from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.actors import restate_below
from db.affiliations import check_ends, check_no_circle, check_not_known, checked_tenure
from db.contact_rules import AHEAD, WHOLES, civil_today, lies_ahead
from db.dismissals import check_not_dismissed
from db.edges import hold_ladder, restate
from db.engine import ids_of
from db.events import RefusedContact
from db.records import change, check_version, fetch, remember, restore
from db.references import ACCOUNT, CONTACT, NOUNS, Noun, hold_names
from db.relations import hold_order
from db.standing import check_named, check_takers
from models.accounts import Account
from models.affiliations import AffiliationFields
from models.contacts import KINDS_WITH_PARTS, Contact
from models.erasure import ERASED
from models.errors import Conflict, Retracted


def restore_record(session: Session, table: Any, number: int, expected: int | None) -> None:
    """Brings back a record of a plain noun: what it names stands, and nothing stands in its place.

    Raises:
        Conflict: it was not retracted, is merged, names what does not stand, or would break a rule.
        InvalidRecord: it is an affiliation that would be none between these ends any more, or close a circle.
        Retracted: its content was erased.
        StaleVersion: it has changed since the editor saw it.
    """
    noun = NOUNS[table.__tablename__]
    hold_names(session)
    lifts = noun.name == "affiliation"
    if lifts:
        hold_ladder(session, alone=True)
    row = _retracted(session, noun, fetch(session, table, number, lock=True), expected)
    check_named(session, noun, {"id": number})
    if lifts:
        _check_affiliation(session, row)
    if noun.name == "dismissal":
        check_not_dismissed(session, row.noun, (row.first_id, row.second_id))
    restore(session, row)
    if lifts:
        restate_below(session, [row.actor_id])


def restore_contact(session: Session, contact_id: int, expected: int | None) -> None:
    """Brings back a contact with its accounts and commitments; its status, edges and ties follow from them again.

    It is part of a visit again, unless that was erased.

    Raises:
        Conflict: it was not retracted, is merged, names what does not stand, or would break a rule.
        Retracted: its content was erased.
        StaleVersion: it has changed since the editor saw it.
    """
    hold_ladder(session, alone=False)
    hold_order(session)
    row = _retracted(session, CONTACT, fetch(session, Contact, contact_id, lock=True), expected)
    if row.part_of_id is not None and _erased(session, row.part_of_id):
        row.part_of_id = None
        session.flush()
    check_named(session, CONTACT, {"id": contact_id})
    _check_contact(session, contact_id)
    restore(session, row)
    _restated(session, contact_id)


def restore_account(session: Session, key: tuple[int, int], expected: int | None) -> None:
    """Lets an account that was withdrawn, named by its contact and itself, count again.

    Raises:
        Conflict: it was not withdrawn, rests on or names what does not stand, or would break a rule.
        Retracted: its contact was.
        StaleVersion: the contact has changed since the editor saw it.
    """
    hold_ladder(session, alone=False)
    contact_id, account_id = key
    row = fetch(session, Contact, contact_id, lock=True)
    if row.retracted_at is not None:
        raise Retracted
    check_version(row, expected)
    account = fetch(session, Account, key, lock=True)
    if account.withdrawn_at is None:
        raise Conflict("This account was not withdrawn.")
    check_named(session, ACCOUNT, {"id": contact_id, "account": account_id})
    if account.stance == "affirms" and lies_ahead(row.when, civil_today()):
        raise Conflict(f"{AHEAD} Change the contact's date first.")
    if session.execute(text(_STRAY), {"id": contact_id, "account": account_id}).scalar():
        raise Conflict("The account denies the part of somebody who takes none any more; put him back first.")
    account.withdrawn_at = None
    account.withdrawal_reason = None
    session.flush()
    remember(session, account, "restore")
    change(session, row, {})
    _restated(session, contact_id)


def _retracted(session: Session, noun: Noun, row: Any, expected: int | None) -> Any:
    if row.retraction_reason == ERASED:
        raise Retracted(ERASED)
    if row.retracted_at is None:
        raise Conflict(f"This {noun.name} was not retracted.")
    if noun.merges and row.merged_into_id is not None:
        there = ids_of(session).encode(noun.prefix, row.merged_into_id)
        raise Conflict(f"This {noun.name} has been merged into {there}; its unmerge brings it back.")
    check_version(row, expected)
    return row


def _check_affiliation(session: Session, row: Any) -> None:
    if row.actor_id == row.target_id:
        raise Conflict("By a merge this affiliation leads to the actor himself; its unmerge brings it back.")
    check_ends(session, row.relation, row.actor_id, row.target_id)
    check_no_circle(session, row.actor_id, row.target_id, checked_tenure(row.since, row.until))
    body = AffiliationFields.model_validate({name: getattr(row, name) for name in AffiliationFields.model_fields})
    check_not_known(session, row.actor_id, row.target_id, body, but=row.affiliation_id)


def _check_contact(session: Session, contact_id: int) -> None:
    """Lets a contact stand again that keeps to what may have changed while it did not."""
    check_takers(session, contact_id)
    rules = session.execute(text(_RULES), {"id": contact_id, "wholes": list(KINDS_WITH_PARTS)}).one()
    if rules.no_office is not None:
        there = ids_of(session).encode("act", rules.no_office)
        raise Conflict(f"A participant acted in {there}, which is no office any more; make it one first.")
    if rules.no_whole is not None:
        there = ids_of(session).encode("con", rules.no_whole)
        raise Conflict(f"It is part of {there}, whose kind was changed. {WHOLES} Change that first.")


def _erased(session: Session, contact_id: int) -> bool:
    why = text("SELECT retraction_reason FROM contact WHERE contact_id = :id")
    return bool(session.scalar(why, {"id": contact_id}) == ERASED)


def _restated(session: Session, contact_id: int) -> None:
    try:
        restate(session, [contact_id])
    except RefusedContact as refused:
        raise Conflict(f"{refused.detail} Correct that source's date first.") from refused


_RULES: Final = """
SELECT (SELECT min(o.actor_id) FROM participant p JOIN actor o ON o.actor_id = p.capacity_id
        WHERE p.contact_id = c.contact_id AND o.kind <> 'office') AS no_office,
    (SELECT w.contact_id FROM contact w WHERE w.contact_id = c.part_of_id AND w.kind <> ALL(:wholes)) AS no_whole
FROM contact c WHERE c.contact_id = :id
"""
_STRAY: Final = """
SELECT EXISTS (SELECT FROM account_actor x WHERE x.contact_id = :id AND x.account_id = :account
    AND x.aspect = 'denied' AND NOT EXISTS (SELECT FROM participant p
        WHERE p.contact_id = x.contact_id AND p.actor_id = x.actor_id))
"""
