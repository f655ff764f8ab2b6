"""The embedded database needs no hands: its life cycle, each case on a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from db.embedded import Embedded

pytestmark = pytest.mark.timeout(180)


def _connected(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def _processes_below(folder: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and Path(os.readlink(entry / "cwd")).is_relative_to(folder):
                found.append(int(entry.name))
    return found


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that PostgreSQL's account can reach: pytest's own are closed to it under root."""
    folder = Path(tempfile.mkdtemp(prefix="readout-test-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    left = _processes_below(folder)
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)
    assert not left, "the test left processes behind"


def _one(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_an_empty_folder_becomes_a_database_with_two_plain_roles(place: Path) -> None:
    with Embedded(place / "data") as embedded:
        urls = embedded.start()
        for url, role in ((urls.owner, "readout_owner"), (urls.service, "readout_service")):
            with _connected(url) as connection:
                assert (
                    _one(connection, "SELECT current_user || '@' || current_database()") == f"{role}@readout"
                )
                asked = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
                assert _one(connection, asked) is False
                for setting, value in (("fsync", "on"), ("data_checksums", "on"), ("listen_addresses", "")):
                    assert _one(connection, f"SHOW {setting}") == value
                assert _one(connection, "SELECT lower('ΑΣ') || upper('ß')") == "αςSS"
        with _connected(urls.service) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE t (n int)")


def test_data_survive_a_stop_and_nothing_runs_after_it(place: Path) -> None:
    with Embedded(place / "data") as embedded, _connected(embedded.start().owner) as connection:
        connection.execute("CREATE TABLE t AS SELECT generate_series(1, 1000) AS n")
    assert not _processes_below(place)
    with Embedded(place / "data") as embedded, _connected(embedded.start().owner) as connection:
        assert _one(connection, "SELECT count(*) FROM t") == 1000


@pytest.mark.parametrize("password", ["", "wrong"])
@pytest.mark.parametrize("role", ["postgres", "readout_owner", "readout_service"])
def test_the_socket_refuses_who_does_not_know_the_password(place: Path, role: str, password: str) -> None:
    with Embedded(place / "data") as embedded, _connected(embedded.start().owner) as connection:
        folder = connection.info.host
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=folder, user=role, password=password, dbname="readout", passfile="/dev/null")
