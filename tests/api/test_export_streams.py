"""Streams over HTTP: one that breaks off is known for it, slow readers are let go, no more at once than allowed."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text

from api.app import create_app
from api.dump_commands import export
from db.engine import Database
from db.erasure import erase_contact
from db.mergers import merge_contacts
from db.records import Author, commit
from models.errors import Conflict
from models.settings import Settings
from tests.conftest import Cluster, libpq
from tests.world import contact_id

pytestmark = pytest.mark.door
COPIES = 600
SUMMARY_CHARS = 4_000
"""Together some 30 MB: so much that it does not fit into the buffers between server and client."""
LEAVING_SECONDS = 20


@pytest.fixture(scope="module")
def large(cluster: Cluster, world_template: str) -> Iterator[str]:
    """The name of a database that holds the contacts of the first world many times over, each told at length."""
    with cluster.database(world_template) as name:
        with psycopg.connect(libpq(cluster.url(name))) as connection:
            connection.execute(f"UPDATE contact SET summary = repeat('a long story ', {SUMMARY_CHARS // 13})")
            for table in ("contact", "participant"):
                repeat_rows(connection, table)
        yield name


def repeat_rows(connection: psycopg.Connection, table: str) -> None:
    """Copies the rows of a table that belong to a contact, each copy to a contact of its own."""
    found = connection.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND table_schema = 'public' "
        "AND is_generated = 'NEVER'",
        [table],
    )
    names = [sql.Identifier(name) for (name,) in found]
    key = sql.Identifier("contact_id")
    values = [sql.SQL("contact_id + n * 1000000") if name == key else name for name in names]
    commas = sql.SQL(", ").join
    connection.execute(
        sql.SQL("INSERT INTO {0} ({1}) SELECT {2} FROM {0}, generate_series(1, %s) n").format(
            sql.Identifier(table), commas(names), commas(values)
        ),
        [COPIES],
    )


@pytest.fixture
def served(cluster: Cluster, large: str, serve: Any) -> Iterator[Callable[..., tuple[str, Database]]]:
    """Serves the large record with settings of the test's own."""
    database = Database(cluster.service_url(large))

    def start(**settings: Any) -> tuple[str, Database]:
        return serve(create_app(Settings(**settings), database)), database

    yield start
    database.close()


def open_reader(address: str) -> socket.socket:
    """Asks for a large list and does not read it."""
    host, port = address.removeprefix("http://").split(":")
    client = socket.create_connection((host, int(port)))
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.sendall(b"GET /v1/contacts.ndjson HTTP/1.1\r\nHost: x\r\n\r\n")
    assert client.recv(12) == b"HTTP/1.1 200"
    return client


def read_all(there: str, begun: list[bytes], meanwhile: Callable[[], Any]) -> None:
    """Reads an answer to its end, and does something after each piece."""
    with httpx.stream("GET", there, timeout=60) as answer:
        assert answer.status_code == 200
        for piece in answer.iter_bytes(64 * 1024):
            begun.append(piece)
            meanwhile()


def until_free(address: str, seconds: float = 20) -> httpx.Response:
    """Asks again while all places are taken."""
    end = time.monotonic() + seconds
    while True:
        answer = httpx.get(f"{address}/v1/edges.csv", timeout=60)
        if answer.status_code != 503 or time.monotonic() > end:
            return answer
        time.sleep(0.1)


def exports_gone(database: Database, seconds: float = LEAVING_SECONDS) -> bool:
    """Waits until nobody reads: an answer's last byte is with the client before its transaction ends."""
    others = "datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with database.engine.connect() as connection:
            if not connection.scalar(text(f"SELECT count(*) FROM pg_stat_activity WHERE {others}")):
                return True
        time.sleep(0.05)
    return False


def end_backends(cluster: Cluster, name: str) -> None:
    """Ends the connections of a database that read through a cursor, as an administrator may at any time."""
    with psycopg.connect(libpq(cluster.role_maker), autocommit=True) as connection:
        connection.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = %s AND xact_start IS NOT NULL AND query LIKE 'FETCH%%'",
            [name],
        )


def test_a_whole_one_has_its_end(served: Any) -> None:
    address, _ = served()
    answer = httpx.get(f"{address}/v1/contacts.ndjson")
    assert answer.headers["transfer-encoding"] == "chunked"
    assert len(answer.text.splitlines()) == int(answer.headers["readout-records"])


def change(database: Database, row: int, into: int | None = None) -> int:
    """Erases the contact of a row of the first world, or merges it into that of another; returns its number."""
    with database.session() as session:
        number = contact_id(session, row)
        if into is None:
            erase_contact(session, number, None)
        else:
            merge_contacts(session, number, contact_id(session, into), "one event", None)
        commit(session, Author(reason="test"))
    return number


def test_no_whole_export_ends_after_an_erasure_with_what_was_erased(served: Any) -> None:
    address, database = served(export_places=1)
    begun: list[bytes] = []
    erased: list[str] = []

    def erase_once() -> None:
        if not erased:
            erased.append(database.ids.encode("con", change(database, 16)))

    there = f"{address}/v1/contacts.ndjson?status=any"
    with pytest.raises(httpx.RemoteProtocolError):
        read_all(there, begun, erase_once)
    assert exports_gone(database)
    whole = httpx.get(there, timeout=60)
    lines = whole.text.splitlines()
    assert len(lines) == int(whole.headers["readout-records"])
    # But for what it lacks, what broke off is the whole one: it had come to its last piece.
    assert len(b"".join(begun)) > len(whole.content) * 0.9
    assert erased[0] not in whole.text


def test_an_export_shows_the_state_in_which_it_began(served: Any) -> None:
    """Whatever is merged meanwhile; that the state is no longer the newest can be told."""
    address, database = served(export_places=1)
    there = f"{address}/v1/contacts.ndjson?status=any&kind=engagement"
    merged: list[str] = []
    with httpx.stream("GET", there, timeout=60) as answer:
        pieces = answer.iter_bytes(64 * 1024)
        first = next(pieces)
        merged.append(database.ids.encode("con", change(database, 8, into=9)))
        text = (first + b"".join(pieces)).decode()
    assert len(text.splitlines()) == int(answer.headers["readout-records"])
    assert merged[0] in {json.loads(line)["id"] for line in text.splitlines()}
    again = httpx.get(there, headers={"If-None-Match": answer.headers["etag"]}, timeout=60)
    assert again.status_code == 200
    assert int(again.headers["readout-records"]) == int(answer.headers["readout-records"]) - 1


def test_a_file_that_was_written_while_content_was_erased_is_removed(
    cluster: Cluster, large: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READOUT_DATABASE_URL", cluster.service_url(large))
    output = tmp_path / "contacts.ndjson"
    database, place = Database(cluster.service_url(large)), output.parent
    done: list[int] = []

    def erase_while_it_is_written() -> None:
        end = time.monotonic() + 60
        while not list(place.glob(".contacts.ndjson.*")) and time.monotonic() < end:
            time.sleep(0.002)
        done.append(change(database, 17))

    eraser = threading.Thread(target=erase_while_it_is_written)
    eraser.start()
    try:
        with pytest.raises(Conflict, match="erased while this ran"):
            export("ndjson", output, "contacts", "status=any")
    finally:
        eraser.join()
        database.close()
    assert done
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("suffix", ["csv", "ndjson", "graphml"])
def test_one_that_breaks_off_is_not_completed(served: Any, cluster: Cluster, large: str, suffix: str) -> None:
    """Its client's library raises, and the place and the connection are free again."""
    address, database = served(export_places=1)
    begun: list[bytes] = []
    with pytest.raises(httpx.RemoteProtocolError):
        read_all(f"{address}/v1/contacts.{suffix}", begun, lambda: end_backends(cluster, large))
    assert begun
    assert until_free(address).status_code == 200
    assert exports_gone(database)


def test_what_fails_before_the_first_byte_is_a_problem(served: Any, cluster: Cluster, large: str) -> None:
    """Here for want of a right that only the rows need: they cannot be read, but they can be counted."""
    address, database = served(export_places=1)
    with psycopg.connect(libpq(cluster.url(large)), autocommit=True) as owner:
        owner.execute(f"REVOKE SELECT ON contact_topic FROM {cluster.service_role}".encode())
        try:
            for _ in range(2):
                answer = httpx.get(f"{address}/v1/contacts.csv?limit=5", timeout=60)
                assert answer.status_code >= 500
                assert answer.headers["content-type"] == "application/problem+json"
                assert "contact_topic" not in answer.text
        finally:
            owner.execute(f"GRANT SELECT ON contact_topic TO {cluster.service_role}".encode())
    assert httpx.get(f"{address}/v1/contacts.csv?limit=5", timeout=60).status_code == 200
    assert exports_gone(database)


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
    assert exports_gone(database)


def test_a_client_that_leaves_gives_its_place_back(served: Any) -> None:
    address, database = served(export_places=1)
    for _ in range(3):
        with httpx.stream("GET", f"{address}/v1/contacts.csv") as answer:
            next(answer.iter_bytes())
        assert until_free(address).status_code == 200
    assert exports_gone(database)


def test_one_that_takes_too_long_is_ended(served: Any) -> None:
    address, _ = served(export_seconds=1)
    with pytest.raises(httpx.RemoteProtocolError):
        read_all(f"{address}/v1/contacts.ndjson", [], lambda: time.sleep(0.05))
