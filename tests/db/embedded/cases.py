"""What the tests of the embedded PostgreSQL share: workers, folders, processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from db.embedded import Embedded
from tests.places import root

NOBODY = 65534
CHECKOUT = Path(__file__).resolve().parents[3]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

_WORKER = """
import sys
from pathlib import Path
from db.embedded import Embedded, EmbeddedError
embedded = Embedded(Path(sys.argv[1]))
try:
    print(embedded.start().owner, flush=True)
except EmbeddedError as error:
    sys.exit(f"refused: {error}")
embedded.watch()
sys.stdin.readline()
embedded.stop()
"""


def start_worker(data_dir: Path, uid: int | None = None) -> subprocess.Popen[str]:
    """A service in a process of its own: prints the owner's URL, then serves until a line arrives."""
    another = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
    return subprocess.Popen(
        [sys.executable, "-c", _WORKER, str(data_dir)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=CHECKOUT,
        **another,
    )  # fmt: skip


def url_of(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    return worker.stdout.readline().strip()


def finish(worker: subprocess.Popen[str]) -> str:
    """Let a worker stop, and give what it wrote to stderr."""
    return worker.communicate("\n", timeout=60)[1]


def runs_python(uid: int) -> bool:
    try:
        asked = subprocess.run(
            [sys.executable, "-c", "import psycopg, db"], cwd=CHECKOUT, check=False, capture_output=True,
            user=uid, group=uid, extra_groups=[],
        )  # fmt: skip
    except OSError:
        return False
    return asked.returncode == 0


def need_python_as_nobody() -> None:
    if not runs_python(NOBODY):
        pytest.skip("the interpreter of these tests lies where another user cannot run it")


def pid_of(embedded: Embedded) -> int:
    pid = embedded.facts().postmaster_pid
    assert pid is not None
    return pid


def wait_until(happened: Callable[[], bool]) -> None:
    """Wait for something that has to happen; the bound is for liveness only."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "it did not happen within a minute"
        time.sleep(0.05)


def kill_server(embedded: Embedded) -> int:
    """Kill the postmaster the hard way, and give the process id it had."""
    pid = pid_of(embedded)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: embedded.facts().postmaster_pid is None)
    return pid


def abandon_service(data_dir: Path) -> str:
    """A service that wrote a row and was killed by SIGKILL; its database is left running."""
    worker = start_worker(data_dir)
    url = url_of(worker)
    with connected_to(url) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")
    worker.kill()
    worker.communicate()
    return url


def connected_to(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def processes_below(folder: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and Path(os.readlink(entry / "cwd")).is_relative_to(folder):
                found.append(int(entry.name))
    return found


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that PostgreSQL's account can reach: pytest's own are closed to it under root."""
    folder = Path(tempfile.mkdtemp(prefix="readout-test-", dir=root()))
    folder.chmod(0o711)
    yield folder
    left = processes_below(folder)
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)
    assert not left, "the test left processes behind"


def single_value(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]
