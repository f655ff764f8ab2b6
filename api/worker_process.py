"""The worker of imports as the service keeps it: started when there is one to do, ended with the service."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from db.engine import Database
from db.imports import is_left_to_do

COMMAND: Final = (sys.executable, "-P", "-m", "api.worker")
"""Without the folder in which it is started among those that modules are looked for in."""
LOOK_SECONDS: Final = 15.0
"""How often a service looks for imports that another has left behind."""
PAUSE_SECONDS: Final = 1.0
PAUSE_SECONDS_MAX: Final = 30.0
HEALTHY_SECONDS: Final = 20.0
"""Between two starts: a worker that dies at once, as while the database is away, is not started a hundred times."""
END_SECONDS: Final = 5.0


class WorkerProcess:
    """At most one worker at a time, watched by a thread."""

    def __init__(self, database: Database, wanted: threading.Event) -> None:
        """Starts nothing yet.

        Args:
            database: of the service.
            wanted: set when an import has been put into the queue.
        """
        self._database = database
        self._wanted = wanted
        self._ending = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._mutex = threading.Lock()
        self._thread = threading.Thread(target=self._keep, name="import worker", daemon=True)

    def start(self) -> None:
        """Begins to look for imports."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the worker, whatever it is at: it is begun again at the next start."""
        self._ending.set()
        self._wanted.set()
        with self._mutex:
            if self._process is not None:
                self._process.kill()
        self._thread.join(END_SECONDS)

    def _keep(self) -> None:
        pause = PAUSE_SECONDS
        while not self._ending.is_set():
            if self._is_wanted():
                begun = time.monotonic()
                self._run()
                healthy = time.monotonic() - begun > HEALTHY_SECONDS
                pause = PAUSE_SECONDS if healthy else min(pause * 2, PAUSE_SECONDS_MAX)
                self._ending.wait(pause)
            else:
                self._wanted.wait(LOOK_SECONDS)
                self._wanted.clear()

    def _is_wanted(self) -> bool:
        # A database that is away comes back; until then there is nothing to do.
        try:
            with self._database.reading_session() as session:
                return is_left_to_do(session)
        except SQLAlchemyError:
            return False

    def _run(self) -> None:
        with self._mutex:
            if self._ending.is_set():
                return
            # In a group of its own: Ctrl-C in a terminal is for the service, which ends this one by itself.
            self._process = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, text=True, process_group=0)
        assert self._process.stdin is not None
        # One that died before it read a word is started again like any other.
        with suppress(BrokenPipeError), self._process.stdin as told:
            told.write(f"{self._database.url}\n")
            told.flush()
            self._process.wait()


@contextmanager
def imports_worked_off(database: Database, wanted: threading.Event, *, here: bool) -> Iterator[None]:
    """Keeps a worker for the length of a block, whenever there is an import to do.

    Args:
        database: of the service.
        wanted: set when an import has been put into the queue.
        here: whether this service has one at all.
    """
    worker = WorkerProcess(database, wanted)
    if here:
        worker.start()
    try:
        yield
    finally:
        if here:
            worker.stop()
