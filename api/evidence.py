"""What a contact rests on over HTTP: its accounts side by side, who stands by it, an editor's ruling."""

from fastapi import APIRouter, Request, Response

from api.answers import today
from api.contacts import ContactRef, leading_on
from api.deps import RecordReader, Writer
from api.routing import RetryingRoute
from api.writes import Write, reply
from db.acknowledgement import read_acknowledgement
from db.comparison import read_comparison
from db.contact_pages import read_contact
from db.references import CONTACT, number_of
from db.rulings import Ruler, lift_ruling, rule
from models.contacts import ContactOut
from models.evidence import AcknowledgementOut, ComparisonOut
from models.rulings import RulingIn

router = APIRouter(prefix="/v1/contacts", tags=["contacts"], route_class=RetryingRoute)


@router.get(
    "/{contact:record}/comparison",
    response_model=ComparisonOut,
    operation_id="compare_accounts",
    summary="Compare a contact's accounts",
)
def comparison(request: Request, reader: RecordReader, contact: ContactRef) -> Response:
    """Readouts side by side. For date, kind, duration, initiator, participants, topics and commitments: what all voices
    agree on, what only one mentions, what contradicts, each with the accounts and their sources. A voice is a side, or
    a speaker without one. A day inside a month agrees with it; the civil days of two voices may differ by one; a finer
    kind refines a coarser one; and only a list that is said to be complete contradicts by leaving out."""
    number = number_of(reader.session, CONTACT, contact)
    with leading_on(request, reader.session, number):
        document, version = read_comparison(reader.session, number, reader.today)
    return reply(request, document.encode(), version)


@router.get(
    "/{contact:record}/acknowledgement",
    response_model=AcknowledgementOut,
    operation_id="get_acknowledgement",
    summary="Get who stands by a contact",
)
def acknowledgement(request: Request, reader: RecordReader, contact: ContactRef) -> Response:
    """Who spoke first, and for each side whether it stands by the contact and how many days that took: counted from the
    last day on which the contact may have taken place, and from whoever spoke first. Of a side that never spoke the
    answer says whether the silence was observed: a publisher that may speak for it was monitored from the
    contact on for 30 days, or until now; else nobody looked."""
    number = number_of(reader.session, CONTACT, contact)
    with leading_on(request, reader.session, number):
        document, version = read_acknowledgement(reader.session, number, reader.today)
    return reply(request, document.encode(), version)


@router.put(
    "/{contact:record}/ruling", response_model=ContactOut, operation_id="put_ruling", summary="Rule on a contact"
)
def put_ruling(write: Writer, contact: ContactRef, body: RulingIn) -> Response:
    """An editor decides what became of a contact. The ruling is shown as its `status`, and filters, edges and ties go
    by it; what the accounts make of it stays beside it in `known` and goes on following them. Needs `If-Match`."""
    expected = write.if_match(required=True)
    number = number_of(write.session, CONTACT, contact)
    rule(write.session, number, body, Ruler(write.caller.key_id, today()), expected)
    return _ruled(write, number)


@router.delete(
    "/{contact:record}/ruling",
    response_model=ContactOut,
    operation_id="delete_ruling",
    summary="Take back a ruling",
)
def delete_ruling(write: Writer, contact: ContactRef) -> Response:
    """The computed status shows again; history keeps the ruling. Needs `If-Match` and a reason in `Readout-Reason`."""
    expected = write.if_match(required=True)
    write.reason()
    number = number_of(write.session, CONTACT, contact)
    lift_ruling(write.session, number, expected)
    return _ruled(write, number)


def _ruled(write: Write, number: int) -> Response:
    document, version, *_ = read_contact(write.session, number, ())
    return write.done(document.encode(), version=version)
