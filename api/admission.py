"""Admission: no more requests at work on the database than it has connections for them, and no long queue.

A request is admitted once its body is here, and leaves before its answer is sent: slow clients keep nobody
else waiting. What needs no database is not held up at all.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from models.errors import Unavailable


class Gate:
    """Lets so many in at once; who waits too long is sent away with a time to come back."""

    def __init__(self, places: int, *, wait_ms: int) -> None:
        """Opens the gate.

        Args:
            places: as many as there are connections.
            wait_ms: longest wait for a place.
        """
        self._places = asyncio.Semaphore(places)
        self._wait_seconds = wait_ms / 1000

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Holds one place.

        Raises:
            Unavailable: none came free in time.
        """
        try:
            async with asyncio.timeout(self._wait_seconds):
                await self._places.acquire()
        except TimeoutError:
            raise Unavailable("More is being asked than the database can answer; try again shortly.") from None
        try:
            yield
        finally:
            self._places.release()
