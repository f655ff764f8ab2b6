"""Dismissals over HTTP: pairs that look like one and were judged to be two."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.answers import asked_page, page_reply
from api.deps import RecordReader, Writer
from api.routing import PathRef
from api.writes import RetryingRoute, reply
from db import resources
from db.dismissals import dismiss, take_back
from db.engine import ids_of
from db.pages import filter_digest
from db.references import DISMISSAL
from models.dismissals import DismissalFilter, DismissalIn, DismissalOut, DismissalPage

router = APIRouter(prefix="/v1/dismissals", tags=["dismissals"], route_class=RetryingRoute)
DismissalRef = Annotated[PathRef, Path(description="An id (`dms_…`).", examples=["dms_5f3a91b2"])]


@router.get("", response_model=DismissalPage, operation_id="list_dismissals", summary="List dismissals")
def list_(request: Request, reader: RecordReader, asked: Annotated[DismissalFilter, Query()]) -> Response:
    """Pairs that look like one and were judged to be two, with who decided and why."""
    page = asked_page(request, asked.limit, asked.cursor)
    answer = resources.list_resources(reader.session, resources.DISMISSALS, asked, page)
    return page_reply(request, answer, filter_digest(asked, DISMISSAL.name), "dismissals")


@router.get("/{dismissal:record}", response_model=DismissalOut, operation_id="get_dismissal", summary="Get a dismissal")
def get(request: Request, reader: RecordReader, dismissal: DismissalRef) -> Response:
    """One pair that was judged to be two. One that was taken back answers 410 and says why."""
    held = resources.read(reader.session, resources.DISMISSALS, dismissal)
    return reply(request, held.document.encode(), held.version, changed_at=held.changed_at)


@router.post(
    "",
    status_code=201,
    response_model=DismissalOut,
    operation_id="create_dismissal",
    summary="Dismiss a pair",
)
def create(write: Writer, body: DismissalIn) -> Response:
    """Says that two records are two, and why: `/v1/duplicates` proposes them no more unless asked for dismissed ones.
    A merge of the two settles it; that of one with a third carries it over."""
    number = dismiss(write.session, body, write.caller.key_id)
    public = ids_of(write.session).encode(DISMISSAL.prefix, number)
    held = resources.read(write.session, resources.DISMISSALS, public)
    headers = {"Location": f"/v1/dismissals/{public}"}
    return write.done(held.document.encode(), status=201, headers=headers, version=held.version)


@router.delete(
    "/{dismissal:record}",
    status_code=204,
    operation_id="retract_dismissal",
    summary="Take a dismissal back",
)
def retract(write: Writer, dismissal: DismissalRef) -> Response:
    """The pair may be proposed again. Needs `If-Match` and a reason in `Readout-Reason`; history keeps
    both decisions."""
    expected = write.if_match(required=True)
    held = resources.read(write.session, resources.DISMISSALS, dismissal)
    take_back(write.session, held.number, write.reason(), expected)
    return write.done(b"", status=204)
