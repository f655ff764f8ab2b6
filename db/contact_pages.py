"""Contacts read: a page by any filter, or one with everything it holds."""

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db import documents
from db.engine import ids_of
from db.exporting import Export
from db.filters import Question, contact_source, wide_contacts
from db.pages import Answer, Asked, Listing, Order, filter_digest, read_page
from db.statements import fetch_one
from models.errors import NotFound, Retracted
from models.filters import ContactList

ORDERS: Final = {
    "-latest": (Order(("d.newest", "d.contact_id"), descending=True), ("timestamp", "bigint")),
    "earliest": (Order(("d.oldest", "d.contact_id")), ("timestamp", "bigint")),
    "-recorded": (Order(("d.contact_id",), descending=True), ("bigint",)),
    "recorded": (Order(("d.contact_id",)), ("bigint",)),
}


def list_contacts(session: Session, asked: ContactList, page: Asked) -> Answer:
    """Returns a page of contacts as models.contacts.ContactOut.

    Cost: one statement. By actor or by pair it is one range of a covering index, newest first.
    """
    question = Question(asked, ids_of(session))
    return read_page(session, question, contact_listing(question, asked), page, filter_digest(asked, "contacts"))


def contact_listing(question: Question, asked: ContactList) -> Listing:
    """Returns what drives a list of contacts, and adds its conditions to the question."""
    source = contact_source(question)
    order, casts = ORDERS[asked.sort]
    several = len(asked.actor) > 1 and not source.startswith("contact")
    return Listing(
        source=source,
        order=order,
        join=f"JOIN contact c ON c.contact_id = page.k{len(casts) - 1}",
        item=documents.contact(tuple(dict.fromkeys(asked.include))),
        casts=casts,
        group=f"GROUP BY {', '.join(order.columns)}" if several else "",
        unit="contacts",
        left_out=wide_contacts(question, asked) if asked.between else {},
    )


def read_contact(session: Session, contact_id: int, include: tuple[str, ...]) -> tuple[str, int, datetime]:
    """Returns one contact as JSON text, its version, and when it last changed.

    Raises:
        NotFound: there is none.
        Retracted: it was taken out of the record; the sentence says why.
    """
    statement = (
        f"SELECT {documents.contact(include)}::text AS document, c.version, c.changed_at, c.retracted_at, "
        "c.retraction_reason FROM contact c WHERE c.contact_id = :id"
    )
    row = fetch_one(session, statement, {"id": contact_id})
    if row is None:
        raise NotFound
    if row.retracted_at is not None:
        raise Retracted(f"This contact has been retracted: {row.retraction_reason}", version=row.version)
    return row.document, row.version, row.changed_at


def merged_into(session: Session, contact_id: int) -> int | None:
    """Returns the contact that a merged one became part of; None for one that is not merged, or not there."""
    found: int | None = session.execute(
        text("SELECT merged_into_id FROM contact WHERE contact_id = :id"), {"id": contact_id}
    ).scalar()
    return found


def read_accounts(session: Session, contact_id: int) -> str:
    """Returns the accounts of one contact as a JSON list, withdrawn ones included."""
    statement = text(
        f"SELECT coalesce(json_agg({documents.ACCOUNT} ORDER BY a.account_id), '[]')::text "
        f"FROM {documents.ACCOUNT_JOINS} WHERE a.contact_id = :id"
    )
    return str(session.execute(statement, {"id": contact_id}).scalar_one())


def contact_export(session: Session, asked: ContactList, limit: int | None, *, network: bool) -> Export:
    """Returns the contacts of a question in the order asked, as a whole.

    Args:
        session: to read with.
        asked: the question.
        limit: most contacts; None = all.
        network: whether the actors in them are wanted too.
    """
    question = Question(asked, ids_of(session))
    listing = contact_listing(question, asked)
    number = f"page.k{len(listing.casts) - 1}"
    members = f"SELECT p.actor_id FROM participant p WHERE p.contact_id = {number}" if network else ""
    return Export(question, listing, members, limit)
