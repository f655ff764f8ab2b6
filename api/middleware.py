"""What stands around every request. Pure ASGI: the framework's base class costs speed and hides cancellation."""

import asyncio
import hashlib
import re
import secrets
import time
from typing import Final
from urllib.parse import unquote

import anyio.to_thread
import structlog
from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import REQUEST_ID, answer, answer_unexpected
from api.etags import is_known
from api.logs import configure_logs
from api.routing import HELD_SLASH
from models.errors import TooLarge
from models.settings import Settings

TAKE_FILES: Final = frozenset({"/v1/imports"})
BODY_SECONDS: Final = 10.0
"""A body may take this and, of what has come, the time at the slowest pace."""
SLOWEST_BYTES_PER_SECOND: Final = 8_192
STATIC_PAGES: Final = frozenset({"/app", "/docs", "/docs/errors", "/openapi.json"})
SANE_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{7,63}", re.ASCII)
SECURITY_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""An answer that has its own keeps it, as the docs page does."""
ALLOWED_HEADERS: Final = (
    *("Authorization", "X-API-Key", "Content-Type", "If-Match", "If-None-Match"),
    *("Idempotency-Key", "Last-Event-ID", "Prefer", "Readout-Reason", "X-Request-ID"),
)
COUNTS: Final = ("Readout-Records", "Readout-Truncated", "Readout-Left-Out")
EXPOSED_HEADERS: Final = ("ETag", "Link", "Location", "Retry-After", "X-Request-ID", "Idempotency-Replayed", *COUNTS)


def install(app: FastAPI, settings: Settings) -> None:
    """Puts the middleware around the app, the innermost first."""
    configure_logs(settings.log_format)
    app.add_middleware(BodyLimit, bytes_max=settings.max_body_bytes, file_bytes_max=settings.max_import_bytes)
    app.add_middleware(Faults)
    app.add_middleware(Tagged)
    app.add_middleware(Head)
    app.add_middleware(EncodedSlashes)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_credentials=False,
            allow_methods=["GET", "HEAD", "POST", "PATCH", "DELETE"],
            allow_headers=ALLOWED_HEADERS,
            expose_headers=EXPOSED_HEADERS,
        )
    app.add_middleware(Marks, cross_origin=bool(settings.cors_origins))


def limit_threads(pool_size: int) -> None:
    """Lets no more routes run at once than there are connections; call it on the event loop."""
    anyio.to_thread.current_default_thread_limiter().total_tokens = pool_size


class Marks:
    """Gives each request an id and each answer that id and the headers that keep browsers careful."""

    def __init__(self, app: ASGIApp, cross_origin: bool = False) -> None:
        self.app = app
        self.headers = dict(SECURITY_HEADERS)
        if cross_origin:
            self.headers["Cross-Origin-Resource-Policy"] = "cross-origin"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        own_id = given if SANE_ID.fullmatch(given) else secrets.token_hex(8)
        scope[REQUEST_ID] = own_id

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = own_id
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=own_id):
            await self.app(scope, receive, send_marked)


class EncodedSlashes:
    """Keeps a slash that is encoded as %2F inside its part of the path: outside identifiers hold them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = scope.get("raw_path") or b""
        if scope["type"] == "http" and b"%2f" in raw.lower():
            parts = raw.decode("latin-1").replace("%2f", "%2F").split("%2F")
            scope = {**scope, "path": HELD_SLASH.join(map(unquote, parts))}
        await self.app(scope, receive, send)


HEAD: Final = "readout.head"
"""In the scope of a request whose body nobody will see."""


class Head:
    """Answers HEAD wherever GET answers: the same headers, no body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_empty(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self.app({**scope, "method": "GET", HEAD: True}, receive, send_empty)


class Tagged:
    """Gives the pages that are made once per build an entity tag, and answers 304 to who has them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in STATIC_PAGES:
            await self.app(scope, receive, send)
            return
        begun: Message = {}
        body = bytearray()

        async def send_tagged(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.update(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body", False):
                return
            headers = MutableHeaders(scope=begun)
            if begun["status"] == 200:
                headers["ETag"] = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
                headers.setdefault("Cache-Control", "no-cache")
                if is_known(Request(scope), headers["ETag"]):
                    begun["status"] = 304
                    body.clear()
                    del headers["Content-Length"]
            await send(begun)
            await send({"type": "http.response.body", "body": bytes(body)})

        await self.app(scope, receive, send_tagged)


class Faults:
    """Turns what nobody expected into a problem with no more than the request's id."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_noting)
        except Exception as error:
            if scope["type"] != "http" or started:
                raise
            await answer_unexpected(Request(scope), error)(scope, receive, send)


async def _in_time(receive: Receive, ends: float) -> Message:
    try:
        async with asyncio.timeout(ends - time.monotonic()):
            return await receive()
    except TimeoutError:
        raise HTTPException(408, headers={"Connection": "close"}) from None


class BodyLimit:
    """Refuses a body that is too large, by what it says of its length and by what really comes, or too slow."""

    def __init__(self, app: ASGIApp, bytes_max: int, file_bytes_max: int) -> None:
        self.app = app
        self.bytes_max = bytes_max
        self.file_bytes_max = file_bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        takes_file = scope["method"] == "POST" and scope["path"] in TAKE_FILES
        bytes_max = self.file_bytes_max if takes_file else self.bytes_max
        headers = Headers(scope=scope)
        said, endless = headers.get("content-length", "0"), takes_file or "transfer-encoding" in headers
        if not said.isascii() or not said.isdigit() or len(said) > 18 or int(said) > bytes_max:
            # Closed, or the client would go on sending what nobody reads.
            refusal = answer(Request(scope), TooLarge(), {"Connection": "close"})
            await refusal(scope, receive, send)
            return
        received, whole, began = 0, False, time.monotonic()

        async def receive_counting() -> Message:
            nonlocal received, whole
            if whole or takes_file:
                # An upload has limits of its own; behind a body that is here comes the end of the connection.
                message = await receive()
            else:
                message = await _in_time(receive, began + BODY_SECONDS + received / SLOWEST_BYTES_PER_SECOND)
            received += len(message.get("body", b""))
            whole = whole or not message.get("more_body", False)
            if received > bytes_max:
                raise HTTPException(413, headers={"Connection": "close"})
            return message

        async def send_parting(message: Message) -> None:
            # Answered before its body has come in, a client would go on sending what nobody reads.
            if endless and not whole and message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self.app(scope, receive_counting, send_parting)
