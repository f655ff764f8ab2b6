"""A full database answers fast: surplus requests are told when to come back, and the process stays alive."""

import asyncio
import statistics
import time
from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI

from api.admission import Gate
from db.engine import Database
from models.errors import Unavailable
from models.settings import Settings

pytestmark = pytest.mark.door

REQUESTS = 100
POOL = 10
SURPLUS_SECONDS_MAX = 2.0
"""Promised; a wait of 0.5 s is what the service is told here."""
ALIVE_SECONDS_MAX = 0.1
"""Promised for the median; what a busy test machine adds to single ones says nothing about the service."""
Make = Callable[[Database, Settings], FastAPI]


@pytest.fixture
def full(service_role_clone: Database, make: Make, serve: Callable[[FastAPI], str]) -> str:
    """The address of the small service with a small pool and little patience."""
    return serve(make(service_role_clone, Settings(pool_size=POOL, wait_ms=500)))


async def timed(client: httpx.AsyncClient, path: str) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    return await client.get(path), time.monotonic() - began


async def storm(address: str) -> tuple[list[tuple[httpx.Response, float]], list[float]]:
    limits = httpx.Limits(max_connections=REQUESTS)
    async with (
        httpx.AsyncClient(base_url=address, timeout=30, limits=limits) as client,
        httpx.AsyncClient(base_url=address, timeout=30) as prober,
    ):
        sleepers = [asyncio.create_task(timed(client, "/v1/notes/x/sleep")) for _ in range(REQUESTS)]
        alive = []
        while not all(task.done() for task in sleepers):
            answer, seconds = await timed(prober, "/livez")
            assert answer.status_code == 200
            alive.append(seconds)
            await asyncio.sleep(0.05)
        return [task.result() for task in sleepers], alive


def test_saturation_answers_fast(full: str) -> None:
    answers, alive = asyncio.run(storm(full))
    served = [answer for answer, _ in answers if answer.status_code == 200]
    surplus = [(answer, seconds) for answer, seconds in answers if answer.status_code != 200]
    assert len(served) == POOL
    assert {answer.status_code for answer, _ in surplus} == {503}
    assert {answer.headers["retry-after"] for answer, _ in surplus} == {"1"}
    assert max(seconds for _, seconds in surplus) <= SURPLUS_SECONDS_MAX
    assert statistics.median(alive) <= ALIVE_SECONDS_MAX
    assert httpx.get(f"{full}/readyz").status_code == 200


def test_a_slow_body_holds_no_place(full: str, writer: dict[str, str]) -> None:
    async def crawl() -> list[int]:
        going_on = asyncio.Event()

        async def body() -> object:
            yield b'{"slug": "slow", '
            await going_on.wait()
            yield b'"label": "Slow"}'

        headers = {**writer, "Content-Type": "application/json"}
        async with httpx.AsyncClient(base_url=full, timeout=30, limits=httpx.Limits(max_connections=60)) as client:
            slow = [asyncio.create_task(client.post("/v1/notes", content=body(), headers=headers)) for _ in range(30)]
            await asyncio.sleep(0.2)
            quick = [(await client.get("/v1/notes")).status_code for _ in range(5)]
            going_on.set()
            return quick + [(await task).status_code for task in slow]

    statuses = asyncio.run(crawl())
    assert statuses[:5] == [200] * 5
    assert set(statuses[5:]) <= {201, 409, 503}
    assert statuses[5:].count(201) == 1


def test_a_place_is_given_back_whatever_happens() -> None:
    async def run() -> None:
        gate = Gate(1, wait_ms=10)
        with pytest.raises(ZeroDivisionError):
            async with gate.place():
                raise ZeroDivisionError
        async with gate.place():
            with pytest.raises(Unavailable):
                await gate.place().__aenter__()
        async with gate.place():
            pass

    asyncio.run(run())
