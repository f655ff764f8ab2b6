"""Streams over HTTP: one that breaks off is known for it, slow readers are let go, no more at once than allowed."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from api.app import create_app
from db.engine import Database
from formats.shapes import Content
from formats.tables import BY_NAME
from models.settings import Settings

pytestmark = pytest.mark.door
ROWS = 40_000
"""So many that they do not fit into the buffers between server and client: some 20 MB of CSV."""


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets every list have its records many times over."""

    def lengthened(table: str, export: Any, session: Any, about: Any) -> Content:
        texts = list(export.documents(session))
        return Content(BY_NAME[table], lambda: (texts[n % len(texts)] for n in range(ROWS)), about=about)

    monkeypatch.setattr("api.exports.content_of", lengthened)


@pytest.fixture
def served(cluster: Any, world_template: str, serve: Any) -> Iterator[Any]:
    """Serves a first world with settings of the test's own."""
    databases: list[Database] = []

    def start(**settings: Any) -> tuple[str, Database]:
        database = Database(cluster.service_url(name))
        databases.append(database)
        return serve(create_app(Settings(**settings), database)), database

    with cluster.database(world_template) as name:
        yield start
        for database in databases:
            database.close()


def open_reader(address: str) -> socket.socket:
    """Asks for a large list and does not read it."""
    host, port = address.removeprefix("http://").split(":")
    client = socket.create_connection((host, int(port)))
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.sendall(b"GET /v1/contacts.ndjson HTTP/1.1\r\nHost: x\r\n\r\n")
    assert client.recv(12) == b"HTTP/1.1 200"
    return client


def read_all(there: str, begun: list[bytes], pause_seconds: float = 0) -> None:
    """Reads an answer to its end."""
    with httpx.stream("GET", there) as answer:
        assert answer.status_code == 200
        for piece in answer.iter_bytes(64 * 1024):
            begun.append(piece)
            time.sleep(pause_seconds)


def until_free(address: str, seconds: float = 20) -> httpx.Response:
    """Asks again while all places are taken."""
    end = time.monotonic() + seconds
    while True:
        answer = httpx.get(f"{address}/v1/edges.csv", timeout=60)
        if answer.status_code != 503 or time.monotonic() > end:
            return answer
        time.sleep(0.1)


def reading_transactions(database: Database) -> int:
    with database.engine.connect() as connection:
        found = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND xact_start IS NOT NULL"
        return int(connection.execute(text(f"{found} AND pid <> pg_backend_pid()")).scalar_one())


def test_a_whole_one_has_its_end(served: Any) -> None:
    address, _ = served()
    answer = httpx.get(f"{address}/v1/contacts.ndjson")
    assert answer.headers["transfer-encoding"] == "chunked"
    assert len(answer.text.splitlines()) == int(answer.headers["readout-records"])


@pytest.mark.parametrize("suffix", ["csv", "ndjson", "graphml"])
def test_one_that_breaks_off_is_not_completed(served: Any, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    """Its client's library raises, and the place and the connection are free again."""

    def failing(table: str, export: Any, session: Any, about: Any) -> Content:
        texts = list(export.documents(session))

        def documents() -> Iterator[str]:
            yield from texts * 500
            session.execute(text("SELECT 1 / 0"))

        return Content(BY_NAME[table], documents, lambda: (), about)

    monkeypatch.setattr("api.exports.content_of", failing)
    address, database = served(export_places=1)
    begun: list[bytes] = []
    with pytest.raises(httpx.RemoteProtocolError):
        read_all(f"{address}/v1/edges.{suffix}", begun)
    assert begun
    monkeypatch.undo()
    assert until_free(address).status_code == 200
    assert reading_transactions(database) == 0


def test_what_fails_before_the_first_byte_is_a_problem(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(table: str, export: Any, session: Any, about: Any) -> Content:
        return Content(BY_NAME[table], lambda: session.execute(text("SELECT 1 / 0")).scalars(), about=about)

    monkeypatch.setattr("api.exports.content_of", failing)
    address, _ = served(export_places=1)
    for _ in range(2):
        answer = httpx.get(f"{address}/v1/edges.csv", timeout=60)
        assert answer.status_code >= 400
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.usefixtures("large")
def test_no_more_at_once_than_allowed_and_slow_readers_are_let_go(served: Any) -> None:
    address, database = served(export_places=2, export_write_seconds=1)
    slow = [open_reader(address) for _ in range(2)]
    try:
        refused = httpx.get(f"{address}/v1/edges.csv", timeout=60)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        assert refused.json()["title"] == "Too many exports"
        # Requests in JSON do not wait for them.
        assert httpx.get(f"{address}/v1/edges").status_code == 200
        assert until_free(address).status_code == 200
    finally:
        for client in slow:
            client.close()
    until_free(address)
    assert reading_transactions(database) == 0


@pytest.mark.usefixtures("large")
def test_a_client_that_leaves_gives_its_place_back(served: Any) -> None:
    address, _ = served(export_places=1)
    for _ in range(3):
        with httpx.stream("GET", f"{address}/v1/contacts.csv") as answer:
            next(answer.iter_bytes())
        assert until_free(address).status_code == 200


@pytest.mark.usefixtures("large")
def test_one_that_takes_too_long_is_ended(served: Any) -> None:
    address, _ = served(export_seconds=1)
    with pytest.raises(httpx.RemoteProtocolError):
        read_all(f"{address}/v1/contacts.ndjson", [], pause_seconds=0.05)
