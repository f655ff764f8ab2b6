"""Commitments read and changed: what was promised, by when, and what became of it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.contact_rows import due_bounds
from db.contact_rules import refuse
from db.documents import commitment_actors, contact_link, own, recorded
from db.engine import ids_of
from db.filters import Question
from db.pages import Answer, Asked, Listing, Order, filter_digest, read_page
from db.records import change, check_version, fetch
from db.references import ACCOUNT, ACTOR, COMMITMENT, CONTACT, Mention, Noun, hold_names, resolve_mentions
from models.commitments import Commitment, CommitmentBody, CommitmentFields, CommitmentList
from models.edtf import parse
from models.errors import Detail, NotFound, Retracted
from models.filters import ContactFilter
from models.status import HAPPENED

STATE: Final = """CASE {m}.outcome WHEN 1 THEN 'kept' WHEN 0 THEN 'partly' WHEN -1 THEN 'not_kept'
    ELSE CASE WHEN {m}.due_latest <= {today} THEN 'lapsed' ELSE 'open' END END"""
"""SQL of what became of a commitment; one without an end to its date never lapses."""
_DUE: Final = "coalesce(d.due_latest, timestamp '9999-12-31')"
_ITEM: Final = f"""json_build_object({recorded("m", "com", "commitment_id")}, {own("m", ("text", "due", "outcome"))},
    'by', {commitment_actors("by")}, 'to', {commitment_actors("to")}, 'contact', {contact_link("k")},
    'state', {STATE}, 'outcome_account', public_id('acc', m.outcome_account_id),
    'follow_up', (SELECT {contact_link("f")} FROM contact f WHERE f.contact_id = m.follow_up_id),
    'accounts', (SELECT coalesce(json_agg(public_id('acc', x.account_id) ORDER BY x.account_id), '[]')
        FROM commitment_account x WHERE x.contact_id = m.contact_id AND x.commitment_id = m.commitment_id))"""


def list_commitments(session: Session, asked: CommitmentList, page: Asked, today: date) -> Answer:
    """Returns a page of commitments as models.commitments.CommitmentDetail, those due first at the top.

    Args:
        session: to read with.
        asked: which.
        page: how much of it.
        today: the civil day, UTC, at which what is past due has lapsed.

    Cost: one statement.
    """
    question = Question(ContactFilter(), ids_of(session))
    day = f"CAST({question.bind(today)} AS timestamp)"
    _conditions(question, asked, day)
    listing = Listing(
        source="commitment d JOIN contact k ON k.contact_id = d.contact_id",
        order=Order((_DUE, "d.commitment_id")),
        join="JOIN commitment m ON m.contact_id = page.contact_id AND m.commitment_id = page.k1 "
        "JOIN contact k ON k.contact_id = m.contact_id",
        item=_ITEM.format(m="m", today=day),
        casts=("timestamp", "bigint"),
        columns="d.contact_id",
        unit="commitments",
    )
    return read_page(session, question, listing, page, filter_digest(asked, "commitments"))


def _conditions(question: Question, asked: CommitmentList, day: str) -> None:
    question.conditions += ["d.retracted_at IS NULL", "k.retracted_at IS NULL"]
    statuses = list(asked.status) or list(HAPPENED)
    if "any" not in statuses:
        question.conditions.append(f"k.status = ANY({question.bind(statuses)})")
    if asked.state:
        question.conditions.append(f"{STATE.format(m='d', today=day)} = ANY({question.bind(list(asked.state))})")
    for name, aspects in (("actor", "'by', 'to'"), ("by", "'by'"), ("to", "'to'")):
        if refs := getattr(asked, name):
            places = ", ".join(question.refer(ACTOR, ref, name) for ref in refs)
            question.conditions.append(_BINDS.format(aspects=aspects, places=places))
    if asked.contact:
        question.conditions.append(f"d.contact_id = {question.refer(CONTACT, asked.contact, 'contact')}")
    start = parse(asked.due_from).earliest if asked.due_from else None
    end = parse(asked.due_to).latest if asked.due_to else None
    if start:
        question.conditions.append(f"d.due_latest > {question.bind(start)}")
    if end:
        question.conditions.append(f"d.due_earliest < {question.bind(end)}")


def read_commitment(session: Session, number: int, today: date) -> tuple[str, int]:
    """Returns one commitment as JSON text, and its version.

    Raises:
        NotFound: there is none.
        Retracted: it, or its contact, was taken out of the record.
    """
    item = _ITEM.format(m="m", today="CAST(:today AS timestamp)")
    statement = f"""SELECT {item}::text AS document, m.version,
        coalesce(m.retracted_at, k.retracted_at) AS gone, coalesce(m.retraction_reason, k.retraction_reason) AS why
        FROM commitment m JOIN contact k ON k.contact_id = m.contact_id WHERE m.commitment_id = :number"""
    row = session.execute(text(statement), {"number": number, "today": today}).one_or_none()
    if row is None:
        raise NotFound("There is no such commitment.")
    if row.gone is not None:
        raise Retracted(f"The contact of this commitment has been retracted: {row.why}")
    return row.document, row.version


def commitment_number(session: Session, ref: str) -> int:
    """Returns the row of a commitment.

    Raises:
        NotFound: this is no id of one.
    """
    number = ids_of(session).decode(ref, COMMITMENT.prefix)
    if number is None:
        raise NotFound("There is no such commitment.")
    return number


def commitment_body(session: Session, number: int) -> dict[str, Any]:
    """Returns a stored commitment as the body that a merge patch is applied to."""
    row = _fetched(session, number)
    ids = ids_of(session)
    own_fields = {name: getattr(row, name) for name in CommitmentFields.model_fields}
    account = row.outcome_account_id and ids.encode(ACCOUNT.prefix, row.outcome_account_id)
    return {
        **own_fields,
        "outcome_account": account,
        "follow_up": row.follow_up_id and ids.encode(CONTACT.prefix, row.follow_up_id),
    }


def patch_commitment(session: Session, number: int, body: CommitmentBody, expected: int | None) -> None:
    """Makes a commitment what the merged body says.

    Raises:
        InvalidRecord: an outcome comes without the account that shows it, or a reference means nothing.
        StaleVersion: it has changed since the client saw it.
    """
    if body.follow_up:
        hold_names(session)
    row = _fetched(session, number, lock=True)
    check_version(row, expected)
    account = _kept(session, ACCOUNT, row.outcome_account_id, body.outcome_account)
    if account is None and body.outcome_account:
        account = _account(session, body.outcome_account)
    if body.outcome is not None and account is None and body.outcome != row.outcome:
        said = "Say which account shows the outcome, in outcome_account."
        refuse([Detail("missing", said, pointer="/outcome_account")])
    values = {name: getattr(body, name) for name in CommitmentFields.model_fields}
    follow_up = _kept(session, CONTACT, row.follow_up_id, body.follow_up)
    if follow_up is None and body.follow_up:
        follow_up = _follow_up(session, row, body.follow_up)
    links: dict[str, int | datetime | None] = {"follow_up_id": follow_up, "outcome_account_id": account}
    change(session, row, {**values, **due_bounds(body), **links})


def _fetched(session: Session, number: int, *, lock: bool = False) -> Commitment:
    found: Sequence[int] = session.execute(text(_CONTACT), {"number": number}).scalars().all()
    if not found:
        raise NotFound("There is no such commitment.")
    return fetch(session, Commitment, (found[0], number), lock=lock)


def _kept(session: Session, noun: Noun, held: int | None, said: str | None) -> int | None:
    """Returns the record that a commitment names already, if the body says the same: it may be retracted by now."""
    return held if held is not None and said == ids_of(session).encode(noun.prefix, held) else None


def _account(session: Session, ref: str) -> int:
    number = ids_of(session).decode(ref, ACCOUNT.prefix)
    if number is None or not session.execute(text(_STANDS), {"number": number}).scalar():
        refuse([Detail("unknown_account", "There is no such account that stands.", pointer="/outcome_account")])
    return number or 0


def _follow_up(session: Session, row: Commitment, ref: str) -> int:
    number = resolve_mentions(session, [Mention(CONTACT, ref, "/follow_up")])[CONTACT.name, ref]
    if number == row.contact_id:
        said = "A promise is followed up in another contact than the one in which it was made."
        refuse([Detail("same_contact", said, pointer="/follow_up")])
    return number


_CONTACT: Final = """
SELECT m.contact_id FROM commitment m JOIN contact k ON k.contact_id = m.contact_id
WHERE m.commitment_id = :number AND m.retracted_at IS NULL AND k.retracted_at IS NULL
"""
_STANDS: Final = "SELECT EXISTS (SELECT FROM account WHERE account_id = :number AND withdrawn_at IS NULL)"
_BINDS: Final = """EXISTS (SELECT FROM commitment_actor x WHERE x.contact_id = d.contact_id
    AND x.commitment_id = d.commitment_id AND x.aspect IN ({aspects}) AND (x.actor_id IN ({places})
    OR EXISTS (SELECT FROM lift l WHERE l.actor_id = x.actor_id AND l.unit_id IN ({places})
        AND l.since < k.latest AND l.until > k.earliest)))"""
