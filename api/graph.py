"""Edges, ties and counterparts over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response

from api.answers import asked_page, page_reply
from api.deps import RecordReader
from api.routing import PathRef
from api.writes import RetryingRoute, reply
from db.pages import filter_digest
from graph.edges import list_edges
from graph.ties import list_counterparts, list_ties, read_tie
from models.edges import EdgePage, TiePage
from models.errors import InvalidQuery, NotFound, Retracted
from models.filters import (
    ContactFilter,
    CounterpartList,
    CounterpartQuestion,
    EdgeList,
    TieList,
    TieListQuestion,
    TieQuestion,
)
from models.restating import restated
from models.ties import TieDetail

router = APIRouter(prefix="/v1", tags=["graph"], route_class=RetryingRoute)
ActorPath = Annotated[PathRef, Path(description="An id (`act_…`), a slug, or `scheme:value`.", examples=["iso3:USA"])]


@router.get("/edges", response_model=EdgePage, operation_id="list_edges", summary="List edges")
def edges(request: Request, reader: RecordReader, asked: Annotated[EdgeList, Query()]) -> Response:
    """One flat row per pair and contact, both ends named: nothing has to be joined. With `actor` that actor is
    always the source; without it each pair comes once."""
    page = list_edges(reader.session, asked, asked_page(request, asked.limit, asked.cursor))
    return page_reply(request, page, filter_digest(asked, "edges"), "edges")


@router.get(
    "/actors/{actor}/counterparts",
    response_model=TiePage,
    operation_id="list_counterparts",
    summary="List an actor's counterparts",
)
def counterparts(
    request: Request, reader: RecordReader, actor: ActorPath, asked: Annotated[CounterpartQuestion, Query()]
) -> Response:
    """With whom an actor dealt: one row per counterpart with the number of distinct contacts, by kind, first, last
    and the days of silence. First, last and silence are ranges, since dates may be uncertain."""
    question = restated(CounterpartList, asked, actor=[actor])
    with address_names_actors("actor"):
        page = list_counterparts(reader.session, question, asked_page(request, asked.limit, asked.cursor), reader.today)
    return page_reply(request, page, filter_digest(question, "counterparts"), "pairs")


@router.get("/ties", response_model=TiePage, operation_id="list_ties", summary="List ties")
def ties(request: Request, reader: RecordReader, asked: Annotated[TieListQuestion, Query()]) -> Response:
    """The strongest, latest or first ties of some actors, or of the whole record: one row per pair with the number
    of distinct contacts, by kind, first, last and the days of silence. With `actor` that actor is the ego; without
    it each pair comes once."""
    question = restated(TieList, asked)
    page = list_ties(reader.session, question, asked_page(request, asked.limit, asked.cursor), reader.today)
    return page_reply(request, page, filter_digest(question, "ties"), "pairs")


@router.get("/ties/{ego}/{alter}", response_model=TieDetail, operation_id="get_tie", summary="Get the tie of a pair")
def tie(
    request: Request, reader: RecordReader, ego: ActorPath, alter: ActorPath, asked: Annotated[TieQuestion, Query()]
) -> Response:
    """Two actors over all their contacts: how many, of which kind, who initiated, first, last, days of silence.
    404 when nothing in the record joins them. `left_out` counts contacts that both attended among so many that
    their pairs are not stored. With `include=rhythm` also the gaps between contacts, the silence against the usual
    gap, who initiates, and facts in words such as «first leader-level contact since 2020-11-05, 139 days»."""
    question = restated(ContactFilter, asked, between=[ego, alter])
    with address_names_actors("between"):
        version, item, wide = read_tie(reader.session, question, reader.today, rhythm="rhythm" in asked.include)
    if item is None:
        raise NotFound(_ONLY_WIDE.format(wide) if wide else _NO_TIE + ("" if asked.level == "state" else _ROLL_UP))
    return reply(request, item.encode(), version)


_NO_TIE: Final = "No contact of this question joins the two; widen it by its dates, kinds or status."
_ROLL_UP: Final = " With level=state everybody counts for his state."
_ONLY_WIDE: Final = (
    "The two met only in {} contact(s) of too many participants for their pairs to be stored: "
    "GET /v1/contacts with participants= lists them, and GET /v1/edges with contact= their pairs."
)


@contextmanager
def address_names_actors(*parameters: str) -> Iterator[None]:
    """Turns «no such actor» into 404, and a retracted one into 410, where he stands in the address, not in the query.

    Raises:
        NotFound: an actor of the address is not in the record, or stands at both ends of it.
        Retracted: he was taken out of it; the sentence says why.
    """
    try:
        yield
    except InvalidQuery as error:
        for one in error.errors:
            if one.parameter in parameters and one.code in _OF_THE_ADDRESS:
                raise _OF_THE_ADDRESS[one.code](one.message) from error
        raise


_OF_THE_ADDRESS: Final = {"unknown_actor": NotFound, "same_actor": NotFound, "retracted_actor": Retracted}
