"""Every failure becomes a problem: application/problem+json (RFC 9457), after the table of error_kinds.

An answer never repeats what was sent, and never shows SQL, a path or a trace: what nobody expected is
logged under the request's id, and the answer carries only that id.
"""

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any, Final, cast

import psycopg
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Match

from api import contract
from api.error_kinds import BY_ERROR, PROBLEM_TYPE, Internal, Kind, MethodNotAllowed, TooSlow
from api.errors_page import mount_errors_page
from api.etags import etag
from api.validation import details_of
from db.faults import meaning
from models.errors import (
    InvalidQuery,
    InvalidRecord,
    NotAcceptable,
    NotFound,
    ReadoutError,
    Retracted,
    TooLarge,
    UnsupportedMedia,
)

REQUEST_ID: Final = "readout.request_id"
"""Where the middleware leaves the id of a request in its scope."""
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
SLASH_IN_IDENTIFIER: Final = re.compile(r"/v1/[a-z-]+/[a-z][a-z0-9_-]*:[^/]*/.")
"""A path that goes on behind ``scheme:value``: perhaps it was meant to be part of the value."""
log = structlog.get_logger("readout.api")


BY_HTTP_STATUS: Final[Mapping[int, ReadoutError]] = {
    400: InvalidRecord("The body cannot be read as JSON: it is nested too deeply or not encoded in UTF-8."),
    404: NotFound("There is nothing at this address; /openapi.json lists what there is."),
    405: MethodNotAllowed(),
    406: NotAcceptable(),
    408: TooSlow(),
    413: TooLarge(),
    415: UnsupportedMedia(),
}
"""What the framework refuses by itself; its 400 means a body that it cannot parse."""
TOO_MANY_DIGITS: Final = InvalidRecord("The body holds a number of more digits than anything here takes.")


class ProblemDetail(BaseModel):
    """One fault at one place."""

    code: str = Field(description="Stable word for the fault.", examples=["missing"])
    message: str = Field(examples=["This field is needed."], description="A sentence to act on.")
    pointer: str | None = Field(
        default=None, description="JSON pointer into the body.", examples=["/participants/0/actor"]
    )
    parameter: str | None = Field(default=None, description="Name of the parameter.", examples=["limit"])


class Problem(BaseModel):
    """What went wrong and what to do about it (RFC 9457)."""

    type: str = Field(description="Where the docs explain it.", examples=["/docs/errors#invalid-record"])
    title: str = Field(examples=["Invalid record"], description="The name of its kind.")
    status: int = Field(examples=[422], description="The HTTP status.")
    detail: str = Field(description="A sentence to act on.", examples=["A contact needs an account."])
    instance: str = Field(description="The request's id.", examples=["urn:request:5f3c9d2e7a10"])
    errors: list[ProblemDetail] = Field(default=[], description="Each fault with its place.")
    existing: str | None = Field(
        default=None,
        description="Address of the record that is in the way.",
        examples=["/v1/actors/antony-blinken"],
    )


PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    "default": {"model": Problem, "description": "A problem; its `type` says where the docs explain it."}
}
"""Give it to the app as ``responses``; every operation then names the shape of its failures."""


def install(app: FastAPI) -> None:
    """Answers every failure as a problem, explains each at /docs/errors, and says so in the contract."""
    app.add_exception_handler(ReadoutError, _on_readout_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)
    for kind in (SQLAlchemyError, psycopg.Error, UnicodeEncodeError):
        app.add_exception_handler(kind, _on_database_error)
    mount_errors_page(app)
    contract.install(app)


def kind_of(error: ReadoutError) -> Kind:
    """Returns how an error is answered: by its class, else by the nearest class above it."""
    return next((BY_ERROR[kind] for kind in type(error).__mro__ if kind in BY_ERROR), BY_ERROR[Internal])


def request_id(connection: HTTPConnection) -> str:
    """Returns the id of a request; one made outside of the middleware gets a new one."""
    return cast("str", connection.scope.setdefault(REQUEST_ID, secrets.token_hex(8)))


def answer(request: HTTPConnection, error: ReadoutError, headers: Mapping[str, str] | None = None) -> Response:
    """Returns an error as a problem."""
    kind = kind_of(error)
    content = {
        "type": kind.type,
        "title": kind.title,
        "status": kind.status,
        "detail": error.detail,
        "instance": f"urn:request:{request_id(request)}",
        "errors": [
            {
                name: value
                for name in ("code", "message", "pointer", "parameter")
                if (value := getattr(at, name)) is not None
            }
            for at in error.errors
        ],
        **error.extra,
    }
    sent = {"Cache-Control": "no-store", **(headers or {})}
    if kind.retry_after_seconds is not None:
        sent["Retry-After"] = str(kind.retry_after_seconds)
    if isinstance(error, Retracted) and error.version is not None:
        sent["ETag"] = etag(error.version, error.detail.encode())
    if kind.status == 401:
        sent["WWW-Authenticate"] = 'Bearer realm="readout"'
    # ASCII only: whatever a message quotes, half a surrogate pair must not break the answer.
    return Response(json.dumps(content), kind.status, sent, PROBLEM_TYPE)


def answer_unexpected(request: HTTPConnection, error: BaseException) -> Response:
    """Logs a fault of ours and returns the problem that tells no more than the request's id."""
    log.error("unexpected_error", request_id=request_id(request), exc_info=error)
    return answer(request, Internal())


async def _on_readout_error(request: Request, error: Exception) -> Response:
    return answer(request, cast("ReadoutError", error))


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    details = details_of(cast("RequestValidationError", error))
    kind = InvalidRecord if all(detail.parameter is None for detail in details) else InvalidQuery
    said = details[0].message if len(details) == 1 else f"There are {len(details)} faults; see errors."
    return answer(request, kind(said, errors=details))


async def _on_http_exception(request: Request, error: Exception) -> Response:
    refused = cast("HTTPException", error)
    meant = BY_HTTP_STATUS.get(refused.status_code)
    if meant is None:
        return answer_unexpected(request, error)
    headers = dict(refused.headers or {})
    # Python's parser gives up at some thousand digits, with an error that has no class of its own.
    if refused.status_code == 400 and type(refused.__cause__) is ValueError:
        meant = TOO_MANY_DIGITS
    if refused.status_code == 404 and SLASH_IN_IDENTIFIER.match(request.scope["path"]):
        meant = NotFound("There is nothing at this address. A slash inside an identifier is written %2F.")
    if refused.status_code == 405:
        headers["Allow"] = ", ".join(allowed_methods(request))
    return answer(request, meant, headers)


async def _on_database_error(request: Request, error: Exception) -> Response:
    meant = meaning(error)
    if meant is None:
        return answer_unexpected(request, error)
    if isinstance(meant, InvalidRecord) and request.method in ("GET", "HEAD"):
        meant = InvalidQuery(re.sub(r"^The body", "The query", meant.detail))
    return answer(request, meant)


def allowed_methods(request: Request) -> list[str]:
    """Returns every method that some route takes at this address."""
    scope = {name: value for name, value in request.scope.items() if name not in ("fastapi", "route")}
    taken = [
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in request.app.routes)
    ]
    return ["GET", "HEAD", *taken[1:]] if taken[:1] == ["GET"] else taken
