"""Contacts over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Request, Response
from sqlalchemy.orm import Session

from api.answers import asked_page, merged_body, page_reply, today
from api.deps import RecordReader, Writer
from api.resources import led_on
from api.routing import Answered, PathRef
from api.writes import RetryingRoute, reply
from db.contact_bodies import contact_body
from db.contact_pages import list_contacts, merged_into, read_accounts, read_contact
from db.contacts import (
    add_account,
    create_contacts,
    patch_contact,
    retract_contact,
    withdraw_account,
)
from db.engine import ids_of
from db.pages import filter_digest
from db.records import fetch
from db.references import ACCOUNT, CONTACT, number_of
from models.accounts import AccountIn, AccountList
from models.contacts import (
    Contact,
    ContactBatch,
    ContactBatchMade,
    ContactBody,
    ContactIn,
    ContactOut,
    ContactPage,
    ContactPatch,
)
from models.errors import NotFound, Retracted
from models.filters import ContactList, ContactSearch, IncludeList
from models.vocabulary import ContactInclude

router = APIRouter(prefix="/v1/contacts", tags=["contacts"], route_class=RetryingRoute)
ContactRef = Annotated[
    PathRef,
    Path(description="An id (`con_…`) or `scheme:value`.", examples=["example:first-world/1"]),
]
AccountRef = Annotated[PathRef, Path(description="An id (`acc_…`).", examples=["acc_5f3a91b2"])]
EVERYTHING: tuple[ContactInclude, ...] = ("accounts", "commitments", "identifiers", "parts", "related", "follows")


@contextmanager
def leading_on(request: Request, session: Session, number: int) -> Iterator[None]:
    """Reads a contact that may have been merged.

    Raises:
        Answered: it was; the answer leads to the same address of the contact that stands.
    """
    try:
        yield
    except Retracted:
        into = merged_into(session, number)
        if into is None:
            raise
        raise Answered(led_on(request, ids_of(session).encode(CONTACT.prefix, into))) from None


def standing_contact(session: Session, ref: str) -> Contact:
    """Returns a contact that may be changed."""
    row = fetch(session, Contact, number_of(session, CONTACT, ref))
    if row.merged_into_id is not None:
        there = ids_of(session).encode(CONTACT.prefix, row.merged_into_id)
        raise Retracted(f"This contact has been merged into {there}; change that one.")
    if row.retracted_at is not None:
        raise Retracted
    return row


@router.get("", response_model=ContactPage, operation_id="list_contacts", summary="List contacts")
def list_(request: Request, reader: RecordReader, asked: Annotated[ContactList, Query()]) -> Response:
    """Contacts by any filter, newest first; without `status` those that took place by somebody's word."""
    page = list_contacts(reader.session, asked, asked_page(request, asked.limit, asked.cursor))
    return page_reply(request, page, filter_digest(asked, "contacts"), "contacts")


@router.post("/search", response_model=ContactPage, operation_id="search_contacts", summary="List contacts by a body")
def search(request: Request, reader: RecordReader, asked: Annotated[ContactSearch, Body()]) -> Response:
    """The filters of `GET /v1/contacts` as a body, for questions too long for an address. For the next page send
    `meta.next_cursor` as `cursor`."""
    page = list_contacts(reader.session, asked, asked_page(request, asked.limit, asked.cursor, asked))
    return page_reply(request, page, filter_digest(asked, "contacts"), "contacts", asked)


@router.post("", status_code=201, response_model=ContactOut, operation_id="create_contact", summary="Record a contact")
def create(write: Writer, body: ContactIn) -> Response:
    """Participants, accounts and their sources in one body; actors by any reference. The status follows from the
    accounts. An unknown actor is refused with the nearest names."""
    number = create_contacts(write.session, [body], today=today())[0]
    return _made(write, number, 201)


@router.post(
    "/batch",
    status_code=201,
    response_model=ContactBatchMade,
    operation_id="create_contacts",
    summary="Record contacts",
)
def create_batch(write: Writer, body: ContactBatch) -> Response:
    """Up to 1,000 contacts, all or none. A later one may be part of an earlier one, named by its identifier."""
    numbers = create_contacts(write.session, body.contacts, batch=True, today=today())
    ids = ids_of(write.session)
    made = ContactBatchMade(ids=[ids.encode("con", number) for number in numbers])
    return write.done(made.model_dump_json().encode(), status=201)


@router.get("/{contact:record}", response_model=ContactOut, operation_id="get_contact", summary="Get a contact")
def get(
    request: Request, reader: RecordReader, contact: ContactRef, asked: Annotated[IncludeList, Query()]
) -> Response:
    """One contact; `include=` embeds its accounts, commitments, identifiers, parts and which account each of its
    own fields follows."""
    number = number_of(reader.session, CONTACT, contact)
    include = tuple(dict.fromkeys(asked.include))
    with leading_on(request, reader.session, number):
        document, version, changed_at = read_contact(reader.session, number, include)
    return reply(request, document.encode(), version, changed_at=changed_at)


@router.patch("/{contact:record}", response_model=ContactOut, operation_id="patch_contact", summary="Change a contact")
def patch(
    write: Writer,
    contact: ContactRef,
    body: Annotated[ContactPatch, Body(media_type="application/merge-patch+json")],  # type: ignore[valid-type]
) -> Response:
    """JSON Merge Patch of a contact's own fields, participants and what it belongs to; the result is validated as
    a whole. Accounts have addresses of their own."""
    expected = write.if_match(required=True)
    row = standing_contact(write.session, contact)
    merged: ContactBody = merged_body(ContactBody, contact_body(write.session, row), body)
    patch_contact(write.session, _number(row), merged, expected, today=today())
    return _made(write, _number(row), 200)


@router.delete("/{contact:record}", status_code=204, operation_id="retract_contact", summary="Retract a contact")
def retract(write: Writer, contact: ContactRef) -> Response:
    """Takes a contact out of every answer; its history stays. Needs `If-Match` and a reason in `Readout-Reason`."""
    expected = write.if_match(required=True)
    retract_contact(write.session, number_of(write.session, CONTACT, contact), write.reason(), expected)
    return write.done(b"", status=204)


@router.get(
    "/{contact:record}/accounts",
    response_model=AccountList,
    operation_id="list_accounts",
    summary="List a contact's accounts",
)
def accounts(request: Request, reader: RecordReader, contact: ContactRef) -> Response:
    """What each source says of the contact, withdrawn accounts included."""
    number = number_of(reader.session, CONTACT, contact)
    with leading_on(request, reader.session, number):
        _, version, _ = read_contact(reader.session, number, ())
    return reply(request, f'{{"items":{read_accounts(reader.session, number)}}}'.encode(), version)


@router.post(
    "/{contact:record}/accounts",
    status_code=201,
    response_model=ContactOut,
    operation_id="add_account",
    summary="Add an account",
)
def account(write: Writer, contact: ContactRef, body: AccountIn) -> Response:
    """What a further source says. Answers the contact as it stands with it: its status follows at once."""
    row = standing_contact(write.session, contact)
    add_account(write.session, _number(row), body, today=today())
    return _made(write, _number(row), 201)


@router.delete(
    "/{contact:record}/accounts/{account}",
    response_model=ContactOut,
    operation_id="withdraw_account",
    summary="Withdraw an account",
)
def withdraw(write: Writer, contact: ContactRef, account: AccountRef) -> Response:
    """The account stays to be read and no longer counts. Needs `If-Match` of the contact and a reason in
    `Readout-Reason`. The last account of a contact cannot be withdrawn."""
    expected = write.if_match(required=True)
    row = standing_contact(write.session, contact)
    number = ids_of(write.session).decode(account, ACCOUNT.prefix)
    if number is None:
        raise NotFound("There is no such account.")
    withdraw_account(write.session, (_number(row), number), write.reason(), expected)
    return _made(write, _number(row), 200)


def _number(row: Contact) -> int:
    return row.contact_id or 0


def _made(write: Any, number: int, status: int) -> Response:
    document, version, _ = read_contact(write.session, number, EVERYTHING)
    public = ids_of(write.session).encode(CONTACT.prefix, number)
    headers = {"Location": f"/v1/contacts/{public}"} if status == 201 else {}
    done: Response = write.done(document.encode(), status=status, headers=headers, version=version)
    return done
