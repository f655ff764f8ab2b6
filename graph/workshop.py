"""A process beside the service for work that would hold up every request: measures of a large graph."""

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.pool import Pool
from typing import Any, TypeVar

from models.errors import TimedOut

Result = TypeVar("Result")


class Workshop:
    """One worker process, started when it is first needed. Its work is one piece at a time."""

    def __init__(self) -> None:
        """Starts nothing yet."""
        self._mutex = threading.Lock()
        self._pool: Pool | None = None

    def run(self, work: Callable[..., Result], *given: Any, seconds: float) -> Result:
        """Returns the result of a function of a module, called in the worker.

        Args:
            work: the function.
            given: its arguments; they are copied over.
            seconds: longest wait; then the worker is ended, so that nobody pays for what nobody waits for.

        Raises:
            TimedOut: it took longer, or what others asked for did.
        """
        until = time.monotonic() + seconds
        if seconds <= 0 or not self._mutex.acquire(timeout=seconds):
            raise TimedOut
        try:
            if self._pool is None:
                # A fork would copy the locks that other threads hold at that moment.
                self._pool = multiprocessing.get_context("spawn").Pool(1, _deaf_to_ctrl_c)
            return self._pool.apply_async(work, given).get(max(until - time.monotonic(), 0))
        except multiprocessing.TimeoutError:
            self._end()
            raise TimedOut from None
        finally:
            self._mutex.release()

    def close(self) -> None:
        """Ends the worker, whatever it is at."""
        with self._mutex:
            self._end()

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.terminate()
            self._pool.join()
            self._pool = None


def _deaf_to_ctrl_c() -> None:
    """Leaves it to the service to end the worker: Ctrl-C reaches every process of a terminal."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
