"""The figures of imports over HTTP: how fast, how much memory, and how long others wait for their reads meanwhile."""

import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

from bench.figures_loading import BARE, Rows, copied_out, seconds_of_copy
from bench.load import Client, post, put_under_load
from bench.rigs import Rig, rigs
from bench.rounds import Figure
from db.engine import Database

RECORD: Final = 10_000
"""Contacts of the record that files are imported into; it is made anew, since what is imported stays."""
SENT: Final = 5_000
PER_SECOND: Final = 10_000
"""Contacts of a file that is cancelled before it is over, for each second that readers are measured."""
STREAMED_BYTES: Final = 100 << 20
ALLOWED_MIB: Final = 96
SUMMARY: Final = "They spoke of grain, of the strait and of the next round of talks. " * 90
"""Of six thousand characters, so that 100 MiB are some 16,000 contacts."""
MOVED: Final = 1 << 40
"""Added to the numbers of rows that are there already, so that COPY can write them once more."""
OVER: Final = ("succeeded", "failed", "cancelled")
SPEED: Final = f"contacts imported over HTTP by {SENT:,}, from sending to success"
MEMORY: Final = "memory added by an import of 100 MiB, measured once"
ALLOWED: Final = f"allowed, {ALLOWED_MIB} MiB, of added (in MiB)"
READS: Final = "slowest hundredth of reads (p99) while an import runs"
IMPORT_FIGURES: Final = f"{SPEED} | {MEMORY} {ALLOWED} | {READS}"
"""What asks for a figure for which a record is made has to be in here."""
LOOK_SECONDS: Final = 0.02
LONGEST_SECONDS: Final = 900.0
QUEUED_SECONDS: Final = 120.0


class Importing:
    """A service that takes imports, and what it has taken."""

    def __init__(self, rig: Rig) -> None:
        """Connects to the service of a record."""
        self.rig = rig
        self._numbers = itertools.count()
        self._key = f"Authorization: Bearer {rig.key}"

    def lines(self, contacts: int, **more: str) -> bytes:
        """Returns contacts that nobody has imported yet, of pairs that have met before."""
        pairs = itertools.islice(itertools.cycle(self.rig.sample.ties), contacts)
        return b"".join(self._line(next(self._numbers), pair, more) for pair in pairs)

    def _line(self, number: int, pair: tuple[int, int], more: dict[str, str]) -> bytes:
        body = {
            "kind": "meeting",
            "when": f"2022-{1 + number % 12:02}-{1 + number % 28:02}",
            "identifiers": [{"scheme": "bench-import", "value": f"{number}"}],
            "participants": [{"actor": self.rig.actor(one)} for one in pair],
            "accounts": [{"source": {"kind": "press_report", "title": f"Report {number}"}}],
            **more,
        }
        return json.dumps(body).encode() + b"\n"

    def sent(self, body: bytes) -> str:
        """Sends a file and returns the address of its import."""
        found: dict[str, Any] = self._ask(post("/v1/imports?format=ndjson", body, self._key))
        return str(found["links"]["self"])

    def until(self, address: str, *states: str) -> dict[str, Any]:
        """Returns an import as soon as it is in one of these states.

        Raises:
            RuntimeError: it ended otherwise, or takes very long.
        """
        ends = time.monotonic() + LONGEST_SECONDS
        while time.monotonic() < ends:
            head = f"GET {address} HTTP/1.1\r\nHost: bench\r\n{self._key}\r\n\r\n"
            found: dict[str, Any] = self._ask(head.encode())
            if found["state"] in states:
                return found
            if found["state"] == "queued" and time.monotonic() > ends - LONGEST_SECONDS + QUEUED_SECONDS:
                raise RuntimeError("nobody works imports off")
            if found["state"] in OVER:
                raise RuntimeError(f"an import {found['state']}: {found['fault']}")
            time.sleep(LOOK_SECONDS)
        raise RuntimeError(f"an import took longer than {LONGEST_SECONDS:.0f} seconds")

    def cancelled(self, address: str) -> None:
        """Cancels an import and waits until nobody is at it."""
        self._ask(post(f"{address}/cancel", b"", self._key))
        self.until(address, "cancelled")

    def _ask(self, request: bytes) -> Any:
        client = Client(self.rig.port)
        try:
            return json.loads(client.ask(request))
        finally:
            client.close()

    def resident(self) -> float:
        """Returns the memory of the service and of the process that works imports off, in MiB."""
        mark = f"READOUT_PORT={self.rig.port}\0".encode()
        return sum(_resident(process, mark) for process in Path("/proc").glob("[0-9]*")) / 1024


def _resident(process: Path, mark: bytes) -> int:
    # Processes of others cannot be looked into, and some end meanwhile.
    try:
        if mark not in process.joinpath("environ").read_bytes():
            return 0
        status = process.joinpath("status").read_text(encoding="utf-8")
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")), 0)


@contextmanager
def import_figures(folder: Path, seconds: float) -> Iterator[list[Figure]]:
    """Gives the figures of imports over HTTP, over a record of their own.

    Args:
        folder: where the record is kept while it lasts.
        seconds: how long readers are measured, for each side of a round.
    """
    with ExitStack() as stack:
        made = stack.enter_context(rigs({RECORD: None}, folder))
        importing = Importing(made[RECORD])
        yield [_speed(importing), _memory(importing), _reads(importing, seconds)]


def _speed(importing: Importing) -> Figure:
    database = Database(importing.rig.owner_url, statement_timeout_ms=0)
    made: Rows = {}

    def ours() -> float:
        body = importing.lines(SENT)
        with database.session() as session:
            mark = session.connection().exec_driver_sql("SELECT max(contact_id) FROM contact").scalar_one()
        begun = time.perf_counter()
        importing.until(importing.sent(body), "succeeded")
        taken = time.perf_counter() - begun
        with database.session() as session:
            made.update({one: copied_out(session, one, f"contact_id > {mark}", moved=MOVED) for one in BARE})
        return SENT / taken

    def theirs() -> float:
        if not made:
            ours()
        with database.session() as session:
            return SENT / seconds_of_copy(session, BARE, made)

    return Figure(SPEED, "of COPY into contact and participant", 0.6, ours, theirs)


def _memory(importing: Importing) -> Figure:
    @cache
    def added() -> float:
        # The process that does the work has started then, and is not counted in.
        importing.until(importing.sent(importing.lines(10)), "succeeded")
        idle, body = importing.resident(), bytearray()
        while len(body) < STREAMED_BYTES:
            body += importing.lines(100, summary=SUMMARY)
        return _peak(importing, bytes(body)) - idle

    if not Path("/proc/self/status").is_file():
        return Figure(MEMORY, ALLOWED, 1, missing="this system does not tell how much memory a process takes")
    return Figure(MEMORY, ALLOWED, 1, lambda: float(ALLOWED_MIB), lambda: max(added(), 1.0))


def _peak(importing: Importing, body: bytes) -> float:
    """Returns the most memory that is taken while a file is imported, in MiB."""
    over, seen = threading.Event(), [importing.resident()]

    def look() -> None:
        while not over.wait(LOOK_SECONDS):
            seen.append(importing.resident())

    looking = threading.Thread(target=look)
    looking.start()
    try:
        importing.until(importing.sent(body), "succeeded")
    finally:
        over.set()
        looking.join()
    return max(seen)


def _reads(importing: Importing, seconds: float) -> Figure:
    requests = importing.rig.ties()
    lines = importing.lines(int(PER_SECOND * max(seconds, 1)))

    def idle() -> float:
        return 1_000 / put_under_load(importing.rig.port, requests, seconds, clients=1).p99_ms

    def meanwhile() -> float:
        address = importing.sent(lines)
        try:
            importing.until(address, "running")
            found = idle()
            if importing.until(address, "running", *OVER)["state"] != "running":
                raise RuntimeError("the import ended before the readers did; let it have more rows")
            return found
        finally:
            importing.cancelled(address)

    return Figure(READS, "of idle", 1 / 3, meanwhile, idle)
