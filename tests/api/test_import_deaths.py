"""Promise 2 with a service of its own: killed or stopped in the middle of an import, it ends with all of it, once."""

import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.importing import NDJSON, lines
from tests.places import folder
from tests.serving import SECONDS_MAX, Served, postmaster_of, readout, serving

pytestmark = [pytest.mark.door, pytest.mark.long]
ROWS = 4_000
KILLS = 4
SEED = 20210512


def until(holds: Callable[[], Any], seconds: float = 300) -> Any:
    """Waits until something holds, and returns it."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found


def workers() -> set[int]:
    """The processes that work imports off, of whichever service."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"api.worker" in (process / "cmdline").read_bytes():
                found.add(int(process.name))
        except OSError:
            continue
    return found


class Job:
    """An import that is sent once, and asked for at whatever service runs now."""

    def __init__(self, key: str) -> None:
        self.headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "once"}
        self.address = ""

    def send(self, served: Served) -> Any:
        """Sends the file, as often as one likes."""
        sent = httpx.post(served.address + NDJSON, content=lines(*range(ROWS)), headers=self.headers, timeout=60)
        assert sent.status_code == 202, sent.text
        self.address = sent.headers["Location"]
        return sent.json()

    def state(self, served: Served) -> Any:
        """How far it is."""
        return httpx.get(served.address + self.address, headers=self.headers, timeout=60).json()

    def runs(self, served: Served, attempts: int = 1) -> Any:
        """How far it is, once it was begun so often and has read some rows, or is over."""
        state = self.state(served)
        begun = state["attempts"] == attempts and state["rows"]["read"] > 0
        return state if begun or state["ended_at"] else None


def contacts(served: Served) -> int:
    """How many contacts whoever reads sees."""
    return int(httpx.get(f"{served.address}/v1/status", timeout=60).json()["contacts"])


@pytest.mark.timeout(900)
def test_a_service_that_is_killed_in_the_middle_of_an_import_ends_it_whole() -> None:
    chance = random.Random(SEED)
    with folder() as place:
        data, key, before, number = place / "data", "", 0, ""
        for kill in range(KILLS):
            with serving(data) as served:
                key = key or served.key
                job = Job(key)
                number = number or job.send(served)["id"]
                assert job.send(served)["id"] == number, "the key stands for the import"
                before = before or contacts(served)
                state = until(lambda job=job, served=served, kill=kill: job.runs(served, kill + 1))
                time.sleep(chance.random())
                assert (state["state"], contacts(served)) == ("running", before), "half an import is seen by nobody"
                helpers = workers()
                assert helpers
                served.stop(signal.SIGKILL)
            until(lambda helpers=helpers: not helpers & workers(), SECONDS_MAX)
        with serving(data) as served:
            job.send(served)
            done = until(lambda: (state := job.state(served))["ended_at"] and state)
            assert (done["state"], done["id"], done["attempts"]) == ("succeeded", number, KILLS + 1)
            assert (done["rows"]["read"], done["rows"]["loaded"], done["stored"]) == (ROWS, ROWS, {"contacts": ROWS})
            assert contacts(served) == before + ROWS
        checked = readout(data, "check")
        assert checked.code == 0, checked.out + checked.err


@pytest.mark.timeout(300)
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_service_that_is_stopped_in_the_middle_of_an_import_leaves_nothing_running(how: signal.Signals) -> None:
    with folder() as place:
        with serving(place / "data") as served:
            job = Job(served.key)
            job.send(served)
            until(lambda: job.runs(served))
            helpers = workers()
            with httpx.stream("GET", f"{served.address}{job.address}/events", headers=job.headers, timeout=60) as heard:
                assert next(heard.iter_lines()) == "event: progress"
                said = served.stop(how)
        assert served.process.returncode == 0, said
        assert said.endswith("Stopped.\n"), said
        assert "Traceback" not in said
        assert not helpers & workers()
        assert postmaster_of(place / "data") is None
