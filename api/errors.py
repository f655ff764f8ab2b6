"""One table of what can go wrong, and the answer each becomes: application/problem+json (RFC 9457).

An answer never repeats what was sent, and never shows SQL, a path or a trace: what nobody expected is
logged under the request's id, and the answer carries only that id.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
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

from api.validation import details_of
from db.faults import meaning
from models.errors import (
    Conflict,
    DiskFull,
    IdempotencyMismatch,
    InFlight,
    InvalidQuery,
    InvalidRecord,
    MissingPrecondition,
    NotAcceptable,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    ReadoutError,
    Retracted,
    StaleVersion,
    TimedOut,
    TooLarge,
    Unavailable,
    UnsupportedMedia,
)

PROBLEM_TYPE: Final = "application/problem+json"
ERRORS_PAGE: Final = "/docs/errors"
REQUEST_ID: Final = "readout.request_id"
"""Where the middleware leaves the id of a request in its scope."""
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
log = structlog.get_logger("readout.api")


class MethodNotAllowed(ReadoutError):
    """This address does not take this method; the header Allow lists those it takes."""


class Internal(ReadoutError):
    """The service made a mistake. It is logged under the request id of this answer; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one error of the domain is answered."""

    error: type[ReadoutError]
    status: int
    title: str
    remedy: str
    retry_after_seconds: int | None = None

    @property
    def slug(self) -> str:
        """The last part of the problem's type."""
        return self.title.lower().replace(" ", "-")

    @property
    def type(self) -> str:
        """The address of the section that explains this problem."""
        return f"{ERRORS_PAGE}#{self.slug}"


KINDS: Final[tuple[Kind, ...]] = (
    Kind(InvalidQuery, 400, "Invalid query", "Correct the parameters that `errors` names."),
    Kind(NotAuthenticated, 401, "Not authenticated", "Send a key that is neither expired nor revoked."),
    Kind(NotPermitted, 403, "Not permitted", "Use a key with the scope that the answer names."),
    Kind(NotFound, 404, "Not found", "Search for the record; it may not exist or be hidden from you."),
    Kind(MethodNotAllowed, 405, "Method not allowed", "Use a method that the header `Allow` lists."),
    Kind(NotAcceptable, 406, "Not acceptable", "Ask for a media type that this address can produce."),
    Kind(Conflict, 409, "Conflict", "Look at the record under `existing`, if named; use it or another key."),
    Kind(InFlight, 409, "In flight", "Wait, then send the same request with the same key again.", 1),
    Kind(Retracted, 410, "Retracted", "The record is not part of any answer any more; its history is."),
    Kind(
        StaleVersion, 412, "Stale version", "Get the record again and repeat your change on what it says now."
    ),
    Kind(TooLarge, 413, "Too large", "Send less at once; the limit is READOUT_MAX_BODY_BYTES."),
    Kind(
        UnsupportedMedia,
        415,
        "Unsupported media type",
        "Send `Content-Type: application/json`, uncompressed.",
    ),
    Kind(InvalidRecord, 422, "Invalid record", "Correct what `errors` points at."),
    Kind(IdempotencyMismatch, 422, "Idempotency mismatch", "Use a new `Idempotency-Key` for a new request."),
    Kind(MissingPrecondition, 428, "Missing precondition", "Send the `ETag` of the record as `If-Match`."),
    Kind(Internal, 500, "Internal error", "Report the request id; the log of the service explains it."),
    Kind(Unavailable, 503, "Unavailable", "Send the request again after `Retry-After` seconds.", 1),
    Kind(TimedOut, 503, "Timed out", "Narrow the question with more filters, or ask again later.", 5),
    Kind(DiskFull, 507, "Disk full", "Whoever runs the service must make room; reads still work.", 60),
)
BY_ERROR: Final[Mapping[type[ReadoutError], Kind]] = {kind.error: kind for kind in KINDS}
BY_HTTP_STATUS: Final[Mapping[int, ReadoutError]] = {
    400: InvalidRecord("The body cannot be read as JSON: it is nested too deeply or not encoded in UTF-8."),
    404: NotFound("There is nothing at this address; /openapi.json lists what there is."),
    405: MethodNotAllowed(),
    406: NotAcceptable(),
    413: TooLarge(),
    415: UnsupportedMedia(),
}
"""What the framework refuses by itself; its 400 means a body that it cannot parse."""


class ProblemDetail(BaseModel):
    """One fault at one place."""

    code: str = Field(description="Stable word for the fault.", examples=["missing"])
    message: str = Field(examples=["This field is needed."])
    pointer: str | None = Field(
        default=None, description="JSON pointer into the body.", examples=["/participants/0/actor"]
    )
    parameter: str | None = Field(default=None, description="Name of the parameter.", examples=["limit"])


class Problem(BaseModel):
    """What went wrong and what to do about it (RFC 9457)."""

    type: str = Field(description="Where the docs explain it.", examples=["/docs/errors#invalid-record"])
    title: str = Field(examples=["Invalid record"])
    status: int = Field(examples=[422])
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
    """Answers every failure as a problem, and says so in the contract."""
    app.add_exception_handler(ReadoutError, _on_readout_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)
    for kind in (SQLAlchemyError, psycopg.Error, UnicodeEncodeError):
        app.add_exception_handler(kind, _on_database_error)
    make_openapi = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = name_problem_type(make_openapi())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def name_problem_type(contract: dict[str, Any]) -> dict[str, Any]:
    """Returns the contract with every problem under its own media type; the framework knows only one."""
    problem = {"$ref": "#/components/schemas/Problem"}
    for operations in contract.get("paths", {}).values():
        for operation in operations.values():
            for response in operation.get("responses", {}).values():
                content = response.get("content", {})
                if any(media.get("schema") == problem for media in content.values()):
                    response["content"] = {PROBLEM_TYPE: {"schema": problem}}
    return contract


def kind_of(error: ReadoutError) -> Kind:
    """Returns how an error is answered: by its class, else by the nearest class above it."""
    return next((BY_ERROR[kind] for kind in type(error).__mro__ if kind in BY_ERROR), BY_ERROR[Internal])


def request_id(connection: HTTPConnection) -> str:
    """Returns the id of a request; one made outside of the middleware gets a new one."""
    return cast("str", connection.scope.setdefault(REQUEST_ID, secrets.token_hex(8)))


def answer(
    request: HTTPConnection, error: ReadoutError, headers: Mapping[str, str] | None = None
) -> Response:
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
