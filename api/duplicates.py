"""Pairs of contacts that look like one event, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.answers import page_reply
from api.deps import RecordReader
from api.routing import RetryingRoute
from db.duplicates import find_duplicates
from models.duplicates import DuplicatePage, DuplicateQuestion

router = APIRouter(prefix="/v1/duplicates", tags=["contacts"], route_class=RetryingRoute)


@router.get("", response_model=DuplicatePage, operation_id="list_duplicates", summary="List likely duplicates")
def list_(request: Request, reader: RecordReader, asked: Annotated[DuplicateQuestion, Query()]) -> Response:
    """Pairs of contacts that may be one event reported twice, the likeliest first: the same pair, or whoever stood for
    it, on days that differ by one at most, of kinds that do not contradict. Of different rank they are two; so are
    contacts that are related to each other, and those a date coarser than a month tells nothing of."""
    return page_reply(request, find_duplicates(reader.session, asked), "", "pairs")
