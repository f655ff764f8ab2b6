"""Changes as they come: streams for so many at once, one look at the record for all of them, and no connection held.

A stream reads a page, sends it, and reads the next when the client has taken it. Who reads too slowly is let go, who
has gone is noticed, and what each has had stands in his cursor: he goes on from there.
"""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import anyio
import psycopg
import structlog
from fastapi.sse import format_sse_event
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.admission import Gate
from api.middleware import HEAD
from db.changes import Fed, Mark
from models.changes import ChangeLine, ChangeNote
from models.errors import NotAuthenticated, NotPermitted, ReadoutError, Unavailable

POLL_SECONDS: Final = 0.5
HEARTBEAT_SECONDS: Final = 15.0
"""Proxies end connections on which nothing was sent for half a minute or more."""
RETRY_MS: Final = 2_000
AT_ONCE: Final = 100
"""Changes that are read and sent together: some 40 kB, all that a stream holds in memory."""
EVENT: Final = "change"
Read = Callable[[Mark], Fed]
"""Reads what comes after a mark, if he who follows still may."""
Cursor = Callable[[Mark], str]
log = structlog.get_logger("readout.changes")


class Followers:
    """Those who follow the changes in this process."""

    def __init__(self, read_version: Callable[[], int], most: int) -> None:
        """Looks at nothing as long as nobody follows.

        Args:
            read_version: reads the newest graph version.
            most: how many may follow at once.
        """
        self._read_version = read_version
        self._most = most
        self._places = threading.BoundedSemaphore(most)
        self._waiting = 0
        self._version = -1
        self._news = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self.ended = False

    def take_place(self) -> Callable[[], None]:
        """Takes a place and returns what gives it back.

        Raises:
            Unavailable: none is free, or the service is about to end.
        """
        if self.ended or not self._places.acquire(blocking=False):
            raise Unavailable(f"{self._most} follow the changes already; ask for the pages of the feed instead.")
        return self._places.release

    async def end(self) -> None:
        """Lets every stream end, as the service does."""
        self.ended = True
        async with self._news:
            self._news.notify_all()

    async def wait_beyond(self, version: int, seconds: float, gate: Gate) -> None:
        """Waits until the record has another version, the time is over, or the service ends."""
        self._waiting += 1
        try:
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._look(gate))
            async with asyncio.timeout(seconds), self._news:
                await self._news.wait_for(lambda: self.ended or self._version > version)
        except TimeoutError:
            return
        finally:
            self._waiting -= 1

    async def _look(self, gate: Gate) -> None:
        while self._waiting and not self.ended:
            # A database that is away for a moment is asked again; those who follow wait meanwhile.
            try:
                async with gate.place():
                    self._version = await run_in_threadpool(self._read_version)
            except (SQLAlchemyError, psycopg.Error, Unavailable):
                self._version = -1
            async with self._news:
                self._news.notify_all()
            await asyncio.sleep(POLL_SECONDS)


@dataclass(frozen=True, slots=True)
class Following:
    """One who follows.

    Attributes:
        followers: he is one of them.
        gate: before the database.
        read: reads on for him.
        cursor: names a place for him.
        first: what was read before the answer began.
    """

    followers: Followers
    gate: Gate
    read: Read
    cursor: Cursor
    first: Fed

    async def events(self) -> AsyncGenerator[bytes, None]:
        """Yields server-sent events for ever: each change with the cursor as its id, and a sign of life now and then.

        The sign of life has an id as well, so that he who waits for rare nouns goes on from here, not from long ago.
        """
        fed, sent = self.first, 0.0
        while not self.followers.ended:
            beats = time.monotonic() - sent >= HEARTBEAT_SECONDS
            said = b"".join(self._event(note.model_dump_json(), mark) for note, mark in fed.items)
            if beats and not fed.more:
                said += format_sse_event(comment="here", id=self.cursor(fed.mark), retry=RETRY_MS)
            if said:
                yield said
                sent = time.monotonic()
            fed = await self._next(fed, sent)

    async def _next(self, fed: Fed, sent: float) -> Fed:
        if not fed.more:
            left = max(HEARTBEAT_SECONDS - (time.monotonic() - sent), 0.01)
            await self.followers.wait_beyond(fed.version, left, self.gate)
        try:
            async with self.gate.place():
                return await run_in_threadpool(self.read, fed.mark)
        except (SQLAlchemyError, psycopg.Error, Unavailable):
            await asyncio.sleep(POLL_SECONDS)
            return Fed((), fed.version, fed.mark, more=False)

    def _event(self, data: str, mark: Mark) -> bytes:
        return format_sse_event(data_str=data, event=EVENT, id=self.cursor(mark))

    async def lines(self) -> AsyncGenerator[bytes, None]:
        """Yields all changes up to now, a JSON object on each line."""
        fed: Fed | None = self.first
        while fed is not None:
            if fed.items:
                yield b"".join(self._line(note, mark) for note, mark in fed.items)
            fed = await self._more(fed.mark) if fed.more else None

    async def _more(self, mark: Mark) -> Fed:
        async with self.gate.place():
            return await run_in_threadpool(self.read, mark)

    def _line(self, note: ChangeNote, mark: Mark) -> bytes:
        return ChangeLine(**note.model_dump(), cursor=self.cursor(mark)).model_dump_json().encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Sending:
    """How an answer is sent.

    Attributes:
        write_seconds: how long a client may take for a piece.
        close: called once, when the answer ends for whatever reason.
    """

    write_seconds: float
    close: Callable[[], None]


class ChangeStream(Response):
    """An answer that is sent as it comes to be, to a client that is there and reads."""

    def __init__(
        self, pieces: AsyncGenerator[bytes, None], media_type: str, headers: Mapping[str, str], sending: Sending
    ) -> None:
        """Prepares the answer."""
        super().__init__(None, 200, headers, media_type)
        del self.headers["content-length"]
        self.pieces = pieces
        self.sending = sending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers until the end, or until the client has gone or reads too slowly."""
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if scope.get(HEAD):
                await send({"type": "http.response.body", "body": b""})
                return
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._until_gone, receive, tasks.cancel_scope.cancel)
                await self._send(send)
                tasks.cancel_scope.cancel()
        finally:
            self.sending.close()

    async def _until_gone(self, receive: Receive, then: Callable[[], None]) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        then()

    async def _send(self, send: Send) -> None:
        try:
            async with aclosing(self.pieces) as pieces:
                async for piece in pieces:
                    async with asyncio.timeout(self.sending.write_seconds):
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
        except (NotAuthenticated, NotPermitted):
            log.info("stream_ended", why="the key may not read any more")
        except TimeoutError:
            log.warning("stream_broken_off", why="the client read too slowly for READOUT_EXPORT_WRITE_SECONDS")
            return
        except (SQLAlchemyError, psycopg.Error, ReadoutError) as error:
            log.warning("stream_broken_off", why="an error", exc_info=error)
            return
        await send({"type": "http.response.body", "body": b"", "more_body": False})
