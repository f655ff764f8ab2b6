"""Pairs of contacts, and of actors, that look like one, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.answers import page_reply
from api.deps import RecordReader
from api.routing import RetryingRoute
from db.actor_duplicates import find_actor_duplicates
from db.duplicates import find_duplicates
from db.pages import filter_digest
from models.duplicates import ActorDuplicatePage, ActorDuplicateQuestion, DuplicatePage, DuplicateQuestion

router = APIRouter(prefix="/v1/duplicates", tags=["duplicates"], route_class=RetryingRoute)


@router.get("", response_model=DuplicatePage, operation_id="list_duplicates", summary="List likely duplicates")
def list_(request: Request, reader: RecordReader, asked: Annotated[DuplicateQuestion, Query()]) -> Response:
    """Pairs of contacts that may be one event reported twice, the likeliest first: the same pair, or whoever stood for
    it, on days that differ by one at most, of kinds that do not contradict. Of different rank they are two; so are
    contacts that are related to each other, and those a date coarser than a month tells nothing of."""
    answer = find_duplicates(reader.session, asked)
    return page_reply(request, answer, filter_digest(asked, "contacts"), "pairs")


@router.get(
    "/actors",
    response_model=ActorDuplicatePage,
    operation_id="list_actor_duplicates",
    summary="List actors that are likely duplicates",
)
def actors(request: Request, reader: RecordReader, asked: Annotated[ActorDuplicateQuestion, Query()]) -> Response:
    """Pairs of actors that may be one recorded twice, the likeliest first: names and aliases in any script and
    spelling, without titles; the states and offices they stood for, and when; identifiers. Whom one authority gives two
    identifiers are two, and so are people whose contacts lie a lifetime apart."""
    answer = find_actor_duplicates(reader.session, asked)
    return page_reply(request, answer, filter_digest(asked, "actors"), "pairs")
