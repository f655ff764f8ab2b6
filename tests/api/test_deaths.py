"""Promises 1 and 2 on a service of its own: it is killed over and over, and keeps what it said it has."""

import itertools
import json
import random
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from db.embedded import Embedded
from db.upkeep import libpq_url
from tests.api.importing import NDJSON, lines
from tests.places import folder
from tests.serving import SECONDS_MAX, Served, postmaster_of, readout, serving, until

pytestmark = pytest.mark.door
SEED = 20210512
KILLS, ACKNOWLEDGED, WRITERS = 100, 15_000, 8
ROWS, IMPORT_KILLS = 200_000, 10
ROWS_STOPPED = 4_000
EARLY = 8
"""Of a number between 0 and 1 the power that says at which part of an import it is killed: each begins again."""
LATE = 0.995
LIFE_SECONDS = (0.0, 2.0)
LONGEST_SECONDS = 3_600
SLOW_SECONDS = 0.3
"""Between two writes of one writer beside an import, which would otherwise not get on."""
STATES = ("france", "japan", "germany", "italy", "kenya", "brazil", "egypt", "united-states", "india", "mexico")


def workers(data: Path) -> set[int]:
    """The processes that work imports off, of services on one data folder."""
    mark = f"READOUT_DATA_DIR={data}\0".encode()
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"api.worker" in (process / "cmdline").read_bytes() and mark in (process / "environ").read_bytes():
                found.add(int(process.name))
        except OSError:
            continue
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def contact(draw: random.Random, scheme: str, value: str) -> dict[str, Any]:
    """A contact of two states, known by an identifier."""
    return {
        "kind": draw.choice(("call", "meeting")),
        "when": f"20{draw.randrange(10, 21)}-{draw.randrange(1, 13):02}",
        "participants": [{"actor": actor} for actor in draw.sample(STATES, 2)],
        "identifiers": [{"scheme": scheme, "value": value}],
        "accounts": [{"source": {"kind": "press_report", "title": f"Report {value}"}}],
    }


class Job:
    """An import that is sent under one key, and asked for at whatever service runs now."""

    def __init__(self, key: str, file: bytes) -> None:
        self.headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "once"}
        self.file = file
        self.address = ""

    def send(self, served: Served) -> Any:
        """Sends the file, as often as one likes."""
        sent = httpx.post(served.address + NDJSON, content=self.file, headers=self.headers, timeout=60)
        assert sent.status_code == 202, sent.text
        self.address = sent.headers["Location"]
        return sent.json()

    def state(self, served: Served) -> Any:
        """How far it is."""
        return httpx.get(served.address + self.address, headers=self.headers, timeout=60).json()

    def reached(self, served: Served, attempts: int = 1, rows: float = 1) -> Any:
        """How far it is, once it was begun so often and has read so many rows, or is over."""
        state = self.state(served)
        there = state["attempts"] == attempts and state["rows"]["read"] >= rows
        return state if there or state["ended_at"] else None


@dataclass
class Run:
    """A service that is killed and started again on one address, and clients that go on writing."""

    data: Path
    key: str = ""
    pause: float = 0
    kept: dict[str, str] = field(default_factory=dict)
    """Contacts that were acknowledged: the id in the answer, by the identifier that was sent."""
    replayed: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(WRITERS))
    _written: list[Future[None]] = field(default_factory=list)
    _port: str = field(default_factory=lambda: str(free_port()))
    _deadline: float = field(default_factory=lambda: time.monotonic() + LONGEST_SECONDS)

    @contextmanager
    def life(self) -> Iterator[Served]:
        """Runs the service until the end of the block, where it is killed."""
        with serving(self.data, READOUT_PORT=self._port) as served:
            self.key = self.key or served.key
            yield served
            served.stop(signal.SIGKILL)
        # What the service had started sees that it is gone.
        until(lambda: not workers(self.data), SECONDS_MAX)

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._deadline = 0
        self._pool.shutdown()
        # The database outlives a service that is killed, and ends with the last who uses it.
        with Embedded(self.data) as embedded:
            embedded.start()

    def begin(self, writers: int) -> None:
        """Lets clients write from now on."""
        self._written = [self._pool.submit(self._write, writer) for writer in range(writers)]

    def end(self) -> None:
        """Lets them write no more, once what each has begun is acknowledged."""
        self._over.set()
        for one in self._written:
            one.result()

    def _write(self, writer: int) -> None:
        draw = random.Random(SEED + writer)
        with httpx.Client(base_url=f"http://127.0.0.1:{self._port}", timeout=30) as client:
            for number in itertools.count():
                if self._over.wait(self.pause):
                    return
                value = f"{writer}-{number}"
                self.kept[value] = self._acknowledged(client, value, contact(draw, "kept", value))

    def _acknowledged(self, client: httpx.Client, key: str, body: dict[str, Any]) -> str:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": key}
        while time.monotonic() < self._deadline:
            try:
                answer = client.post("/v1/contacts", json=body, headers=headers)
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.status_code == 201:
                self.replayed += "Idempotency-Replayed" in answer.headers
                return str(answer.json()["id"])
            # PostgreSQL has not seen yet that its first attempt is over, or it is to wait.
            assert answer.status_code == 503 or answer.json()["title"] == "In flight", answer.text
        raise AssertionError("it was never acknowledged")

    def known(self, scheme: str) -> list[tuple[str, int]]:
        """The identifiers of contacts that anybody sees, and how many contacts there are of each."""
        asked = "SELECT value, count(*) FROM contact_identifier WHERE scheme = %s GROUP BY value ORDER BY value"
        with Embedded(self.data) as embedded, psycopg.connect(libpq_url(embedded.start().owner)) as connection:
            return connection.execute(asked, [scheme]).fetchall()

    def nothing_is_lost(self, served: Served) -> None:
        """Asserts that exactly what was acknowledged is there, each once, under the id that was answered."""
        assert dict(self.known("kept")) == dict.fromkeys(self.kept, 1)
        with httpx.Client(base_url=served.address, headers={"Authorization": f"Bearer {self.key}"}) as client:
            for value in list(self.kept)[:: max(1, len(self.kept) // 200)]:
                found = client.get(f"/v1/contacts/{self.kept[value]}?include=identifiers").json()
                assert found["identifiers"] == [{"scheme": "kept", "value": value}]


def test_what_was_acknowledged_outlives_the_service() -> None:
    with folder() as place, Run(place / "data") as run:
        with run.life():
            run.begin(4)
            until(lambda: len(run.kept) > 30)
        with run.life() as served:
            run.end()
            run.nothing_is_lost(served)


@pytest.mark.long
@pytest.mark.timeout(LONGEST_SECONDS)
def test_a_service_killed_a_hundred_times_keeps_its_word_and_ends_an_import_whole() -> None:
    print(f"\nseed {SEED}")
    chance = random.Random(SEED)
    parts = [*(chance.random() ** EARLY for _ in range(IMPORT_KILLS - 1)), LATE]
    with folder() as place, Run(place / "data") as run:
        with run.life():
            pass
        run.begin(WRITERS)
        for _ in range(KILLS - IMPORT_KILLS):
            with run.life():
                time.sleep(chance.uniform(*LIFE_SECONDS))
        print(f"{len(run.kept)} acknowledged, {run.replayed} of them again", flush=True)
        run.pause = SLOW_SECONDS
        file = "\n".join(json.dumps(contact(chance, "set", str(number))) for number in range(ROWS)).encode()
        job, number = Job(run.key, file), ""
        for kill, part in enumerate(parts, start=1):
            with run.life() as served:
                number = number or job.send(served)["id"]
                state = until(lambda kill=kill, part=part, on=served: job.reached(on, kill, max(1, part * ROWS)), 900)
                print(f"killed at row {state['rows']['read']}", flush=True)
                assert (state["state"], run.known("set")) == ("running", []), "half an import is seen by nobody"
        with run.life() as served:
            assert job.send(served)["id"] == number, "the key stands for the import"
            done = until(lambda: (state := job.state(served))["ended_at"] and state, 900)
            assert (done["state"], done["id"], done["attempts"]) == ("succeeded", number, IMPORT_KILLS + 1)
            assert (done["rows"]["read"], done["rows"]["loaded"], done["stored"]) == (ROWS, ROWS, {"contacts": ROWS})
            run.pause = 0
            until(lambda: len(run.kept) >= ACKNOWLEDGED, 900)
            run.end()
            print(f"{len(run.kept)} acknowledged, {run.replayed} of them again")
            run.nothing_is_lost(served)
            assert dict(run.known("set")) == {str(one): 1 for one in range(ROWS)}
        assert readout(run.data, "check").code == 0
        assert readout(run.data, "check", "--history").code == 0


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_service_that_is_stopped_in_the_middle_of_an_import_leaves_nothing_running(how: signal.Signals) -> None:
    with folder() as place:
        with serving(place / "data") as served:
            job = Job(served.key, lines(*range(ROWS_STOPPED)))
            job.send(served)
            until(lambda: job.reached(served))
            assert workers(place / "data")
            with httpx.stream("GET", f"{served.address}{job.address}/events", headers=job.headers, timeout=60) as heard:
                assert next(heard.iter_lines()) == "event: progress"
                said = served.stop(how)
        assert served.process.returncode == 0, said
        assert said.endswith("Stopped.\n"), said
        assert "Traceback" not in said
        assert not workers(place / "data")
        assert postmaster_of(place / "data") is None
