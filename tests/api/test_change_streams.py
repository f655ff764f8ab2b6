"""The feed of changes as lines and as events: everything once, whoever comes again, whoever goes, whoever is slow."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import httpx
import psycopg
import pytest
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.change_streams import ChangeStream, Sending
from api.serving import Server
from db.engine import Database
from models.settings import Settings
from tests.api.test_history import CONTACT, walk
from tests.conftest import Cluster, libpq

pytestmark = pytest.mark.door
SECONDS = 20
EVENTS = {"Accept": "text/event-stream"}


def until(holds: Callable[[], bool]) -> None:
    """Waits until something holds."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@contextmanager
def heard(address: str, **headers: str) -> Iterator[Iterator[dict[str, str]]]:
    """Opens a stream and gives its events, signs of life left out."""
    with httpx.stream("GET", address, headers={**EVENTS, **headers}, timeout=SECONDS) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield events_of(answer)


def events_of(answer: httpx.Response) -> Iterator[dict[str, str]]:
    """Yields the events of a stream as a browser understands them."""
    event: dict[str, str] = {}
    for line in answer.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            event[name] = value
        else:
            if "data" in event:
                yield event
            event = {}


def taken(events: Iterator[dict[str, str]], many: int) -> list[Any]:
    """Returns the changes of so many events."""
    return [json.loads(next(events)["data"]) for _ in range(many)]


def write(world: Any) -> list[str]:
    """Records a contact; returns the nouns of the changes that it makes."""
    assert world.client.post("/v1/contacts", json=CONTACT, headers=world.writer).status_code == 201
    return ["contact", "account"]


def test_a_stream_tells_what_is_and_then_what_comes(world: Any, serve: Any) -> None:
    items, cursor = walk(world, world.keys["read"])
    address = f"{serve(world.app)}/v1/changes"
    with heard(address) as events:
        assert taken(events, len(items)) == items
        write(world)
        fresh = [next(events), next(events)]
    assert [one["event"] for one in fresh] == ["change", "change"]
    assert [json.loads(one["data"]) for one in fresh] == walk(world, world.keys["read"], cursor)[0]
    with heard(address, **{"Last-Event-ID": fresh[0]["id"]}) as events:
        assert taken(events, 1)[0]["noun"] == "account", "what was had does not come again"
    with heard(f"{address}?since=now") as events:
        write(world)
        assert [one["noun"] for one in taken(events, 2)] == ["contact", "account"]
    with heard(f"{address}?since=now&noun=topic") as events:
        write(world)
        topic = {"label": "Grain", "slug": "grain"}
        assert world.client.post("/v1/topics", json=topic, headers=world.writer).status_code == 201
        assert [one["noun"] for one in taken(events, 1)] == ["topic"]


def test_lines_are_the_pages_of_the_feed(world: Any) -> None:
    items, _ = walk(world, world.keys["read"])
    asked = {"headers": {**world.keys["read"], "Accept": "application/x-ndjson"}}
    answer = world.client.get("/v1/changes", **asked)
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [{name: one[name] for name in one if name != "cursor"} for one in lines] == items
    assert world.client.get("/v1/changes.ndjson").text == answer.text
    rest = world.client.get("/v1/changes.ndjson", params={"since": lines[150]["cursor"]}).text.splitlines()
    assert rest == answer.text.splitlines()[151:]
    page = world.client.get("/v1/changes", params={"since": lines[150]["cursor"], "limit": 1}).json()
    assert page["items"] == items[151:152], "cursors of lines are those of pages"
    assert world.client.get("/v1/changes.ndjson", params={"since": "now"}).text == ""


def test_what_is_wrong_is_refused_before_a_stream_begins(world: Any) -> None:
    _, cursor = walk(world, world.keys["read"])
    for asked in ({"since": "xx"}, {"since": cursor, "noun": "topic"}, {"noun": "king"}, {"limit": "3"}):
        for accept in ("text/event-stream", "application/x-ndjson"):
            answer = world.client.get("/v1/changes", params=asked, headers={"Accept": accept})
            assert answer.status_code == 400, (asked, accept)
            assert answer.json()["errors"][0]["parameter"] in asked
    head = world.client.head("/v1/changes", headers=EVENTS)
    assert head.status_code == 200
    assert head.headers["cache-control"] == "private, no-store"


def test_a_cursor_of_a_record_that_was_set_back_is_refused(world: Any, cluster: Cluster) -> None:
    _, before = walk(world, world.keys["read"])
    write(world)
    _, cursor = walk(world, world.keys["read"])
    # As after a backup that was made before the last write.
    with psycopg.connect(libpq(cluster.url(str(world.database.engine.url.database)))) as connection:
        for table in ("history WHERE log_id = (SELECT max(log_id) FROM revision)", "revision WHERE revision_id = 2"):
            connection.execute(f"DELETE FROM {table}".encode())
        connection.execute("SELECT setval('revision_id_seq', 1)")
    for _ in range(2):
        answer = world.client.get("/v1/changes", params={"since": cursor})
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "since")
        write(world)
    assert len(walk(world, world.keys["read"], before)[0]) == 4, "an earlier one goes on"


def test_a_stream_ends_with_the_key_it_was_opened_with(world: Any, serve: Any) -> None:
    admin = world.keys["admin"]
    made = world.client.post("/v1/keys", json={"name": "Ann", "scopes": ["read"]}, headers=admin).json()
    with heard(f"{serve(world.app)}/v1/changes?since=now", Authorization=f"Bearer {made['key']}") as events:
        write(world)
        assert len(taken(events, 2)) == 2
        assert world.client.delete(f"/v1/keys/{made['id']}", headers=admin).status_code < 300
        write(world)
        assert list(events) == [], "it has ended, and told nothing more"


@pytest.fixture
def narrow(cluster: Cluster, world_template: str) -> Iterator[FastAPI]:
    """A service with two connections and three places for streams."""
    with cluster.database(world_template) as name:
        database = Database(cluster.service_url(name), pool_size=2)
        yield create_app(Settings(pool_size=2, change_streams=3), database)
        database.close()


def test_streams_hold_no_connection_and_places_come_back(narrow: FastAPI, serve: Any) -> None:
    address = serve(narrow)
    host, port = address.removeprefix("http://").split(":")
    clients = []
    for _ in range(3):
        client = socket.create_connection((host, int(port)))
        client.sendall(b"GET /v1/changes HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 200"
        clients.append(client)
    full = httpx.get(f"{address}/v1/changes", headers=EVENTS)
    assert (full.status_code, "retry-after" in full.headers) == (503, True)
    assert httpx.get(f"{address}/v1/contacts").status_code == 200, "more streams than connections hinder nobody"
    for client in clients:
        client.close()

    def free() -> bool:
        with httpx.stream("GET", f"{address}/v1/changes", headers=EVENTS) as answer:
            return answer.status_code == 200

    until(free)


def test_streams_end_when_the_service_does(world: Any) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(uvicorn.Config(world.app, log_level="error", timeout_graceful_shutdown=60, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}/v1/changes?since=now"
    with closing(httpx.Client(timeout=SECONDS)) as client, client.stream("GET", address, headers=EVENTS) as answer:
        assert answer.status_code == 200
        server.should_exit = True
        assert list(events_of(answer)) == [], "ended as a whole, so that a client comes again"
    thread.join(timeout=SECONDS)
    assert not thread.is_alive()


def test_a_client_that_does_not_read_is_let_go_and_gives_its_place_back() -> None:
    left = threading.Event()

    async def pieces() -> AsyncGenerator[bytes, None]:
        while True:
            yield b": here\n\n"

    async def never(_message: Any = None) -> Any:
        await asyncio.sleep(SECONDS)

    answer = ChangeStream(pieces(), "text/event-stream", {}, Sending(0.05, left.set))

    async def begun(message: Any) -> None:
        if message["type"] == "http.response.body":
            await never()

    asyncio.run(asyncio.wait_for(answer({"type": "http"}, never, begun), SECONDS / 2))
    assert left.is_set()
