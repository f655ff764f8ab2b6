"""Progress of imports as server-sent events: one poller for all who listen, and no connection for any of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from fastapi.sse import format_sse_event
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from api.admission import Gate
from api.change_streams import HEARTBEAT_SECONDS, POLL_SECONDS, RETRY_MS
from models.errors import Unavailable
from models.imports import OVER, ImportOut

LISTENERS_MAX: Final = 200
Read = Callable[[Iterable[int]], dict[int, ImportOut]]
"""Reads imports, by number, as they are now."""


class Watch:
    """Who listens to which import, and the one task that reads for all of them."""

    def __init__(self, read: Read) -> None:
        """Watches nothing yet."""
        self._read = read
        self._watched: Counter[int] = Counter()
        self._states: dict[int, ImportOut] = {}
        self._news = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None
        self.ended = False

    def take_place(self, number: int) -> Callable[[], None]:
        """Takes a place at an import and returns what gives it back.

        Raises:
            Unavailable: too many listen already, or the service is about to end.
        """
        if self.ended or self._watched.total() >= LISTENERS_MAX:
            raise Unavailable("Too many listen to imports already; ask for the import itself from time to time.")
        self._watched[number] += 1

        def give_back() -> None:
            self._watched[number] -= 1
            self._watched += Counter()

        return give_back

    async def end(self) -> None:
        """Lets every stream end, as the service does."""
        self.ended = True
        async with self._news:
            self._news.notify_all()

    async def beyond(self, number: int, seen: ImportOut | None, gate: Gate) -> ImportOut | None:
        """Returns an import once it is another than was seen; None after a while without news."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._poll(gate))
        try:
            async with asyncio.timeout(HEARTBEAT_SECONDS), self._news:
                await self._news.wait_for(lambda: self.ended or self._states.get(number) not in (None, seen))
        except TimeoutError:
            return None
        return self._states.get(number)

    async def _poll(self, gate: Gate) -> None:
        while self._watched and not self.ended:
            # A database that is away for a moment is asked again; whoever listens waits meanwhile.
            try:
                async with gate.place():
                    self._states = await run_in_threadpool(self._read, list(self._watched))
            except (SQLAlchemyError, Unavailable):
                self._states = {}
            async with self._news:
                self._news.notify_all()
            await asyncio.sleep(POLL_SECONDS)
        self._states = {}


@dataclass(frozen=True, slots=True)
class Listening:
    """One who listens to an import.

    Attributes:
        watch: he has a place in it.
        number: of the import.
        gate: before the database.
        still_may: asked before each event; raises once his key may not write any more.
    """

    watch: Watch
    number: int
    gate: Gate
    still_may: Callable[[], Awaitable[None]]

    async def events(self) -> AsyncGenerator[bytes, None]:
        """Yields the import whenever it has changed, a sign of life now and then, and ends when it is over."""
        seen: ImportOut | None = None
        while not self.watch.ended and (seen is None or seen.state not in OVER):
            state = await self.watch.beyond(self.number, seen, self.gate)
            await self.still_may()
            if state is None:
                yield format_sse_event(comment="here", retry=RETRY_MS)
            else:
                seen = state
                event = state.state if state.state in OVER else "progress"
                yield format_sse_event(data_str=state.model_dump_json(), event=event, id=state.state)
