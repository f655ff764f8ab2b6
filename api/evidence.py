"""What a contact rests on over HTTP: its accounts side by side."""

from fastapi import APIRouter, Request, Response

from api.contacts import ContactRef, contact_number
from api.deps import RecordReader
from api.routing import RetryingRoute
from api.writes import reply
from db.comparison import read_comparison
from models.evidence import ComparisonOut

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
    document, version = read_comparison(reader.session, contact_number(reader.session, contact))
    return reply(request, document.encode(), version)
