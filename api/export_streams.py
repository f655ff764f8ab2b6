"""Answers that leave while they are made: few at once, none for longer than allowed, no part passed off as whole.

What breaks off is not completed: over HTTP/1.1 the last chunk is missing, so that a client's library raises, and
`Readout-Records` says how many records there should have been.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import anyio
import structlog
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.middleware import HEAD
from db.engine import Database
from db.exporting import ExportDatabase
from models.errors import TooManyExports
from models.settings import Settings

IDLE_MARGIN_SECONDS: Final = 10
"""The server may end a transaction only after we have given up on its reader."""
log = structlog.get_logger("readout.exports")


class Exports:
    """The places of a process for exports, and the connections they read through."""

    def __init__(self, settings: Settings, database: Database) -> None:
        """Connects to nothing yet."""
        self.settings = settings
        self.database = ExportDatabase(
            database,
            seconds=settings.export_seconds,
            idle_seconds=settings.export_write_seconds + IDLE_MARGIN_SECONDS,
        )
        self._places = threading.BoundedSemaphore(settings.export_places)

    def take_place(self) -> Callable[[], None]:
        """Takes a place and returns what gives it back.

        Raises:
            TooManyExports: none is free.
        """
        if not self._places.acquire(blocking=False):
            raise TooManyExports
        return self._places.release


class ErasedMeanwhileError(Exception):
    """Content was erased while an export that may hold it was on its way."""


def exports_of(request: Request) -> Exports:
    """Returns the places of the service."""
    exports: Exports = request.app.state.exports
    return exports


@dataclass(frozen=True, slots=True)
class Limits:
    """How long an answer may take: as a whole, and each piece on its way to the client."""

    seconds: float
    write_seconds: float

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Returns what the operator allows."""
        return cls(settings.export_seconds, settings.export_write_seconds)


class Stream(StreamingResponse):
    """An answer of which each piece is sent when it is made."""

    def __init__(
        self,
        pieces: Iterator[bytes],
        headers: Mapping[str, str],
        media_type: str,
        limits: Limits,
        close: Callable[[], None],
    ) -> None:
        """Prepares the answer.

        Args:
            pieces: what it is made of; an error in making them breaks it off.
            headers: its headers.
            media_type: its media type.
            limits: how long it may take.
            close: called once, when the last piece is sent or nobody wants it any more.
        """
        super().__init__(iterate_in_threadpool(pieces), 200, headers, media_type)
        self.limits = limits
        self.close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, and gives back what was held, also when the client has gone."""
        try:
            if scope.get(HEAD):
                await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
                await send({"type": "http.response.body", "body": b""})
            else:
                await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await run_in_threadpool(self.close)

    async def stream_response(self, send: Send) -> None:
        """Sends the pieces; where it breaks off, the end is not sent, and the server closes the connection."""
        until = time.monotonic() + self.limits.seconds
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        try:
            async for piece in self.body_iterator:
                if time.monotonic() > until:
                    log.warning("export_broken_off", why="it took longer than READOUT_EXPORT_SECONDS")
                    return
                async with asyncio.timeout(self.limits.write_seconds):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
        except TimeoutError:
            log.warning("export_broken_off", why="the client read too slowly for READOUT_EXPORT_WRITE_SECONDS")
            return
        except ErasedMeanwhileError:
            log.warning("export_broken_off", why="content was erased while it ran")
            return
        except Exception as error:
            log.error("export_broken_off", why="an error", exc_info=error)
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})
