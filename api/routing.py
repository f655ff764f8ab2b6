"""The class of every route: what it refuses before anything else, and what it does again."""

import asyncio
import random
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi.routing import APIRoute
from pydantic import BeforeValidator
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import Response

from api.accepting import accepts_json
from api.errors import PROBLEMS
from api.reading import in_one_piece
from api.validation import parameter_names, refuse_unknown_parameters
from db.faults import is_worth_repeating
from models.base import Ref
from models.errors import NotAcceptable, UnsupportedMedia
from models.vocabulary import ROUTE_WORDS

ATTEMPTS: Final = 3
PAUSE_SECONDS: Final = 0.05
"""Up to this, at random and growing, so that two writers that met do not meet again."""
Handler = Callable[[Request], Coroutine[Any, Any, Response]]
HELD_SLASH: Final = "\uffff"
"""Stands in a path for a slash that belongs to a reference; itself it is no character of any text."""
JSON_SUFFIX: Final = "readout.suffix"
"""In the scope of a request whose address asks for JSON by its end; links repeat it."""
PathRef = Annotated[Ref, BeforeValidator(lambda part: part.replace(HELD_SLASH, "/"))]
"""A reference in an address; a slash in it is written %2F."""


WRITING: Final[set[Callable[..., Any]]] = set()
"""Dependencies that make an operation a write; `api.deps` names them."""
REASON: Final = {
    "name": "Readout-Reason",
    "in": "header",
    "required": False,
    "description": "Why, for the history: up to 500 characters on one line, in UTF-8. Whatever takes something "
    "out of the record, or brings it back, needs it.",
    "schema": {"type": "string", "maxLength": 500},
    "example": "The readout was corrected.",
}
NEEDED_REASON: Final = {**REASON, "required": True, "schema": {"type": "string", "minLength": 1, "maxLength": 500}}
IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any new value, such as a UUID: sent again with the same key within 24 hours, the request is "
    "carried out once and its first answer repeated.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": '^("[!#-~]+"|[!#-~]+)$'},
    "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
}
IF_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The `ETag` of the record as you read it: 428 without, 412 when it has changed since.",
    "schema": {"type": "string", "pattern": r'^(\*|(W/)?"[!#-~]*")$'},
    "example": '"3-5f3a91b2c4d6"',
}


ACTS: Final = {
    "merge": [IF_MATCH, NEEDED_REASON],
    "unmerge": [NEEDED_REASON],
    "restore": [IF_MATCH, NEEDED_REASON],
    "erase": [IF_MATCH, NEEDED_REASON],
    "redact": [NEEDED_REASON],
}
"""What a POST to a record needs beside a key, by the last word of its address."""


class RecordConvertor(StringConvertor):
    """One part of a path that names a record: anything but the names of actions at the same place."""

    regex = f"(?!(?:{'|'.join(ROUTE_WORDS)})(?:[/.]|$))[^/]+"


register_url_convertor("record", RecordConvertor())


class Answered(Exception):
    """The request has its answer before its route has run."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class RetryingRoute(APIRoute):
    """Refuses unknown parameters, and what is not or takes no JSON; repeats what lost to another transaction."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["responses"] = {**PROBLEMS, **(kwargs.get("responses") or {})}
        super().__init__(*args, **kwargs)
        writes = _writes(self.dependant)
        extra = {"parameters": self._headers()} if writes else {"x-reads": True}
        self.openapi_extra = {**(self.openapi_extra or {}), **extra}

    def _headers(self) -> list[dict[str, Any]]:
        methods = self.methods or set()
        if "GET" in methods:
            return []
        if "POST" in methods:
            return [IDEMPOTENCY_KEY, *ACTS.get(self.path.rsplit("/", 1)[-1], [REASON])]
        # A key once revoked stays so: it has no versions, and needs no reason.
        if self.path.startswith("/v1/keys"):
            return [REASON]
        if self.path.startswith("/v1/revisions"):
            return [NEEDED_REASON]
        return [IF_MATCH, NEEDED_REASON if "DELETE" in methods else REASON]

    def get_route_handler(self) -> Handler:
        """Returns what answers a request to this route."""
        handle = in_one_piece(self.dependant, super().get_route_handler())
        known = _query_names(self.dependant)
        takes_body = self.body_field is not None
        # A route that names a class of its own, as the metrics do, answers in another format.
        answers_json = self.status_code != 204 and self.response_class is not Response

        async def answer(request: Request) -> Response:
            if answers_json and not accepts_json(request):
                raise NotAcceptable
            refuse_unknown_parameters(request.query_params, known)
            if takes_body:
                _refuse_foreign_media(request)
            for attempt in range(1, ATTEMPTS):
                try:
                    return await _attempt(handle, request)
                except Exception as error:
                    if not is_worth_repeating(error):
                        raise
                await asyncio.sleep(random.uniform(0, PAUSE_SECONDS * attempt))
            return await _attempt(handle, request)

        return answer


async def _attempt(handle: Handler, request: Request) -> Response:
    # Each attempt has its own dependencies: the framework would keep the first session, and its place and
    # connection, until the last attempt is over.
    async with AsyncExitStack() as stack:
        request.scope["fastapi_function_astack"] = stack
        try:
            return await handle(request)
        except Answered as answered:
            return answered.response


def address_of(request: Request) -> URL:
    """Returns the address of a request as it can stand in a header: ASCII, every slash of a reference encoded."""
    path = request.scope["path"] + request.scope.get(JSON_SUFFIX, "")
    parts = (part.replace(HELD_SLASH, "/") for part in path.split("/"))
    return request.url.replace(path="/".join(quote(part, safe=":") for part in parts))


def _writes(dependant: Any) -> bool:
    return any(below.call in WRITING or _writes(below) for below in dependant.dependencies)


def _query_names(dependant: Any) -> set[str]:
    names = parameter_names(dependant.query_params)
    return names.union(*(_query_names(below) for below in dependant.dependencies))


def _refuse_foreign_media(request: Request) -> None:
    headers = request.headers
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMedia("Send the body uncompressed.")
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedMedia
