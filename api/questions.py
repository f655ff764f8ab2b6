"""The graph questions over HTTP: one route for each entry of graph.registry."""

import inspect
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api import deps
from api.admission import Gate
from api.answers import today, view_of
from api.auth import Caller
from api.deps import Asking as CallerAsking
from api.deps import Db, Moment, may_read
from api.etags import is_known, last_modified
from api.graph import address_names_actors
from api.reading import READINGS, Reading
from api.routing import PathRef, RetryingRoute, address_of
from db.past import stand_at
from graph.questions import Asking, Budget, Found, Json, Question
from graph.registry import QUESTIONS
from models.known_at import moment_known
from models.settings import Settings

GRAPH_WAIT_MS: Final = 500
"""Longest wait for a place among the graph questions: it comes on top of what a question itself may take."""
router: Final = APIRouter(prefix="/v1", tags=["graph"], route_class=RetryingRoute)


def among_questions(request: Request) -> Gate:
    """Returns the gate before the few places for graph questions: the costly ones must not starve the rest."""
    state = request.app.state
    if not hasattr(state, "graph_gate"):
        settings: Settings = state.settings
        state.graph_gate = Gate(settings.graph_places, wait_ms=min(settings.wait_ms, GRAPH_WAIT_MS))
    gate: Gate = state.graph_gate
    return gate


async def graph_place(request: Request) -> AsyncIterator[None]:
    """Holds one of the few places for graph questions."""
    async with among_questions(request).place():
        yield


def asking(
    request: Request,
    _place: Annotated[None, Depends(graph_place, scope="function")],
    database: Db,
    caller: CallerAsking,
    known_at: Moment = None,
) -> Iterator[Asking]:
    """Gives what a graph question is answered with, to whoever may read."""
    state = request.app.state
    settings: Settings = state.settings
    may_read(settings, caller)
    budget = Budget(settings.graph_seconds, settings.graph_nodes, settings.graph_hops)
    with database.snapshot_session() as session:
        day = today()
        if known_at is not None:
            # What is kept is kept by graph version: the record as it stood at one is always the same.
            moment = moment_known(known_at)
            request.state.erasures = stand_at(session, moment)
            day = moment.date()
        begun, request.state.changed_at = Asking.begin(session, day, budget, state.memory)
        yield begun


@asynccontextmanager
async def let_in(request: Request) -> AsyncIterator[Caller]:
    """Holds one of the few places for graph questions and one at the database, and gives who is asking."""
    async with among_questions(request).place(), deps.let_in(request) as caller:
        yield caller


def opened(request: Request, caller: Caller) -> AbstractContextManager[Asking]:
    """Gives what a graph question is answered with."""
    return contextmanager(asking)(request, None, request.app.state.database, caller)


READINGS[asking] = Reading(let_in, opened)
Graph = Annotated[Asking, Depends(asking, scope="function")]


def answered(request: Request, question: Question, asking: Asking, asked: Any) -> Response:
    """Returns the answer to a graph question, or 304 when the client has that of this state already."""
    tag = f'W/"g{asking.version}-{view_of(request)}"'
    headers = {"ETag": tag, "Vary": "Authorization", "Cache-Control": "private, no-cache"}
    headers |= last_modified(request.state.changed_at)
    if is_known(request, tag):
        return Response(None, 304, headers)
    with address_names_actors(*question.ends):
        found = question.find(asking, asked)
    return Response(body_of(request, asking, found), 200, headers, "application/json")


def body_of(request: Request, asking: Asking, found: Found) -> str:
    """Returns an answer as JSON: what was found, where it is found again, what it leaves out."""
    meta: dict[str, Any] = {"graph_version": asking.version, "unit": found.unit, "as_of": asking.today.isoformat()}
    if found.limits or found.left_out:
        meta["truncated"] = True
    meta |= {
        name: value
        for name, value in (("limits", found.limits), ("left_out", found.left_out), ("notes", found.notes))
        if value
    }
    members = {**found.members, "links": {"self": str(address_of(request))}, "meta": meta}
    parts = (
        f"{json.dumps(name)}:{value if isinstance(value, Json) else json.dumps(value)}"
        for name, value in members.items()
    )
    return f"{{{','.join(parts)}}}"


def handler_of(question: Question) -> Any:
    """Returns the route of one question; its parameters are the names in the path, then the query object."""

    def answer(request: Request, reader: Asking, asked: Any, **address: str) -> Response:
        reader.address = address
        return answered(request, question, reader, asked)

    kind = inspect.Parameter.KEYWORD_ONLY
    ends = [
        inspect.Parameter(
            name,
            kind,
            annotation=Annotated[
                PathRef, Path(description="An id (`act_…`), a slug, or `scheme:value`.", examples=["iso3:USA"])
            ],
        )
        for name in question.ends
    ]
    fixed = [("request", Request), ("reader", Graph), ("asked", Annotated[question.asked, Query()])]
    answer.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [*(inspect.Parameter(name, kind, annotation=annotation) for name, annotation in fixed), *ends],
        return_annotation=Response,
    )
    answer.__doc__ = question.description
    return answer


for _question in QUESTIONS:
    router.add_api_route(
        _question.path,
        handler_of(_question),
        methods=["GET"],
        response_model=_question.answer,
        operation_id=_question.name,
        summary=_question.summary,
        description=_question.description,
    )
