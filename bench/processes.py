"""The processes that are measured: services on ports of their own, and the machine they share."""

import os
import platform
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg

from db.upkeep import libpq_url

ROOT: Final = Path(__file__).resolve().parents[1]
STARTED_SECONDS: Final = 600.0
"""A service is up in four; on a machine that does much else it was not within 90."""
ENDED_SECONDS: Final = 10.0
SHOWN_SETTINGS: Final = (
    *("server_version", "shared_buffers", "work_mem", "effective_cache_size", "max_wal_size", "random_page_cost"),
    *("fsync", "synchronous_commit", "full_page_writes"),
)


def free_port() -> int:
    """Returns a port on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def serving(command: Sequence[str], port: int, environment: Mapping[str, str], folder: Path = ROOT) -> Iterator[int]:
    """Runs a service in a folder and gives its port once it listens.

    Raises:
        RuntimeError: it ended, or did not listen in time.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environment},
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        try:
            process.wait(ENDED_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    ends = time.monotonic() + STARTED_SECONDS
    while time.monotonic() < ends:
        if process.poll() is not None:
            raise RuntimeError(f"the service ended with {process.returncode} before it listened")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the service did not listen within {STARTED_SECONDS:.0f} seconds")


@contextmanager
def readout(url: str) -> Iterator[int]:
    """Runs Readout over a database: one worker, as `readout serve` runs it."""
    port = free_port()
    environment = {"READOUT_DATABASE_URL": url, "READOUT_PUBLIC_READ": "true", "READOUT_PORT": str(port)}
    with serving([sys.executable, "-m", "bench.service"], port, environment):
        yield port


@contextmanager
def textbook(url: str) -> Iterator[int]:
    """Runs the service of the tutorials over the same database, likewise."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.textbook:app", "--port", str(port), "--no-access-log"]
    with serving([*command, "--log-level", "warning"], port, {"TEXTBOOK_DATABASE_URL": url}):
        yield port


def machine(url: str) -> dict[str, str]:
    """Returns the machine in words: cores, memory, versions and the server's settings."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    with psycopg.connect(libpq_url(url)) as connection:
        rows = connection.execute(
            "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%s)", (list(SHOWN_SETTINGS),)
        ).fetchall()
    settings: dict[str, str] = dict(rows)
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{pages * size / 2**30:.0f} GiB",
        "processor": _processor(),
        "python": platform.python_version(),
        "postgresql": settings.pop("server_version"),
        "settings": ", ".join(f"{name} = {settings[name]}" for name in SHOWN_SETTINGS if name in settings),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
