"""Reads in one piece: refused and let in on the event loop, then answered in one go of one thread.

The framework hands every dependency that may block to a thread of its own, and each handing over costs more than
a short read. Routes and their parameters are declared for the framework as ever, and whatever it would refuse goes
its way, so that it says what is wrong.
"""

import inspect
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final, get_origin

from fastapi.dependencies.models import Dependant
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from api.auth import Caller

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
OF_THE_PAST: Final = "known_at"
"""A reader of the past is set up with more than a session: the framework's way, which nobody takes often."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How a route gets what it reads with.

    Attributes:
        let_in: holds a place at the database on the event loop, and finds who is asking.
        opened: gives what the route reads with, in the thread of the route.
    """

    let_in: Callable[[Request], AbstractAsyncContextManager[Caller]]
    opened: Callable[[Request, Caller], AbstractContextManager[Any]]


READINGS: Final[dict[Callable[..., Any], Reading]] = {}
"""By the dependency that does the same for the framework; `api.deps` and `api.questions` name them."""


def in_one_piece(dependant: Dependant, framework: Handler) -> Handler:
    """Returns what answers a read in one piece, or the framework's handler where a route asks for more than that."""
    route, readers = dependant.call, dependant.dependencies
    reading = READINGS.get(readers[0].call) if len(readers) == 1 and readers[0].call else None
    others = [*dependant.body_params, *dependant.header_params, *dependant.cookie_params]
    if route is None or reading is None or others or inspect.signature(route).return_annotation is not Response:
        return framework
    asked = {field.name: _list_names(field.field_info.annotation) for field in dependant.query_params}
    if None in asked.values():
        return framework
    reader_name = readers[0].name or ""

    def work(request: Request, caller: Caller, values: dict[str, Any]) -> Response:
        with reading.opened(request, caller) as reader:
            answer: Response = route(**values, **{reader_name: reader})
            return answer

    async def answer(request: Request) -> Response:
        values = _values(dependant, asked, request)
        if values is None:
            return await framework(request)
        async with reading.let_in(request) as caller:
            return await run_in_threadpool(work, request, caller, values)

    return answer


def _values(dependant: Dependant, asked: dict[str, frozenset[str] | None], request: Request) -> dict[str, Any] | None:
    """Returns the arguments of a route, without its reader, or None when the framework has something to say."""
    query = request.query_params
    if OF_THE_PAST in query:
        return None
    given = [(field, request.path_params.get(field.alias)) for field in dependant.path_params]
    given += [(field, _sent(query, asked[field.name] or frozenset())) for field in dependant.query_params]
    values: dict[str, Any] = {}
    for field, sent in given:
        values[field.name], faults = field.validate(sent, values, loc=())
        if faults:
            return None
    if dependant.request_param_name:
        values[dependant.request_param_name] = request
    return values


def _sent(query: QueryParams, lists: frozenset[str]) -> dict[str, Any]:
    """Returns a query as a question takes it: of what may be repeated all values, of the rest the last."""
    sent: dict[str, Any] = {}
    for name, value in query.multi_items():
        if name in lists:
            sent.setdefault(name, []).append(value)
        else:
            sent[name] = value
    return sent


def _list_names(shape: Any) -> frozenset[str] | None:
    """Returns under which names a question takes lists; None for what is no question but a parameter by itself."""
    if not (isinstance(shape, type) and issubclass(shape, BaseModel)):
        return None
    fields = shape.model_fields.items()
    return frozenset(info.alias or name for name, info in fields if get_origin(info.annotation) is list)
