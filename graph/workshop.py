"""A process beside the service for work that would hold up every request: measures of a large graph."""

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from multiprocessing.pool import AsyncResult, Pool
from typing import Any, Final, TypeVar

from models.errors import TimedOut

SECONDS_MAX: Final = 120
"""Work that takes longer gives way to other work."""
Result = TypeVar("Result")


class UnderWay(TimedOut):
    """This graph is large and still being measured: ask again in a few seconds, or narrow it by from, to or kind."""


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work under way, or done and not yet asked for again."""

    key: Hashable
    result: AsyncResult[Any]
    started: float

    @property
    def over(self) -> bool:
        """Whether its place can be taken: it is done, or nobody will wait for it any more."""
        return self.result.ready() or time.monotonic() - self.started > SECONDS_MAX


class Workshop:
    """One worker process, started when it is first needed. Its work is one piece at a time."""

    def __init__(self) -> None:
        """Starts nothing yet."""
        self._mutex = threading.Lock()
        self._pool: Pool | None = None
        self._job: Job | None = None

    def run(self, key: Hashable, work: Callable[..., Result], *given: Any, seconds: float) -> Result:
        """Returns the result of a function of a module, called in the worker.

        Args:
            key: everything the result depends on; who asks for the same again waits for the same work.
            work: the function.
            given: its arguments; they are copied over.
            seconds: longest wait; the work goes on, so that it is done when it is asked for again.

        Raises:
            UnderWay: it is not done yet.
            TimedOut: what others asked for is not.
        """
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and self._mutex.acquire(timeout=left):
            try:
                job = self._begun(key, work, given)
            finally:
                self._mutex.release()
            job.result.wait(max(until - time.monotonic(), 0))
            if job.key == key and job.result.ready():
                result: Result = job.result.get()
                return result
            if job.key == key:
                raise UnderWay
        raise TimedOut

    def _begun(self, key: Hashable, work: Callable[..., Any], given: tuple[Any, ...]) -> Job:
        """Returns the work under a key, begun now if the worker is free; else what the worker is at."""
        if self._job is not None and (self._job.key == key or not self._job.over):
            return self._job
        if self._job is not None and not self._job.result.ready():
            self._end()
        if self._pool is None:
            # A fork would copy the locks that other threads hold at that moment.
            self._pool = multiprocessing.get_context("spawn").Pool(1, _deaf_to_ctrl_c)
        self._job = Job(key, self._pool.apply_async(work, given), time.monotonic())
        return self._job

    def close(self) -> None:
        """Ends the worker, whatever it is at."""
        with self._mutex:
            self._end()

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.terminate()
            self._pool.join()
            self._pool = None
            self._job = None


def _deaf_to_ctrl_c() -> None:
    """Leaves it to the service to end the worker: Ctrl-C reaches every process of a terminal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
