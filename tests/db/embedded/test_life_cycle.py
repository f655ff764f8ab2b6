"""Starting, stopping, sharing and adopting the embedded PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from db.embedded import Embedded
from tests.db.embedded.cases import (
    abandon_service,
    connected_to,
    finish,
    kill_server,
    pid_of,
    processes_below,
    single_value,
    start_worker,
    url_of,
)

pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these cases look into /proc"),
]


def test_an_empty_folder_becomes_a_database_with_two_plain_roles(place: Path) -> None:
    with Embedded(place / "data") as embedded:
        urls = embedded.start()
        for url, role in ((urls.owner, "readout_owner"), (urls.service, "readout_service")):
            with connected_to(url) as connection:
                assert single_value(connection, "SELECT current_user || '@' || current_database()") == f"{role}@readout"
                asked = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
                assert single_value(connection, asked) is False
                for setting, value in (("fsync", "on"), ("data_checksums", "on"), ("listen_addresses", "")):
                    assert single_value(connection, f"SHOW {setting}") == value
                assert single_value(connection, "SELECT lower('ΑΣ') || upper('ß')") == "αςSS"
        with connected_to(urls.service) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE t (n int)")


def test_data_survive_a_stop_and_nothing_runs_after_it(data: Path) -> None:
    with Embedded(data) as embedded, connected_to(embedded.start().owner) as connection:
        connection.execute("CREATE TABLE t AS SELECT generate_series(1, 1000) AS n")
    assert not processes_below(data)
    with Embedded(data) as embedded, connected_to(embedded.start().owner) as connection:
        assert single_value(connection, "SELECT count(*) FROM t") == 1000


def test_the_socket_refuses_who_does_not_know_the_password(data: Path) -> None:
    with Embedded(data) as embedded, connected_to(embedded.start().owner) as connection:
        folder = connection.info.host
        for role in ("postgres", "readout_owner", "readout_service"):
            for password in ("", "wrong"):
                with pytest.raises(psycopg.OperationalError, match="password"):
                    psycopg.connect(host=folder, user=role, password=password, dbname="readout", passfile="/dev/null")


@pytest.mark.long
def test_secrets_are_readable_for_the_owner_alone(place: Path) -> None:
    with Embedded(place / "data") as embedded:
        assert (place / "data" / "passwords.json").stat().st_mode & 0o777 == 0o600
        for folder in ("postgres", "run"):
            assert (place / "data" / folder).stat().st_mode & 0o777 == 0o700
        logs = "".join(path.read_text() for path in embedded.facts().log_folder.iterdir())
        assert "SCRAM" not in logs


@pytest.mark.long
def test_a_second_start_keeps_the_server_and_its_address(data: Path) -> None:
    with Embedded(data) as embedded:
        pid = pid_of(embedded)
        assert embedded.start() == embedded.start()
        assert pid_of(embedded) == pid


def test_the_last_of_two_users_stops_it(data: Path) -> None:
    first, second = Embedded(data), Embedded(data)
    assert first.start() == second.start()
    first.stop()
    first.stop()
    with connected_to(second.start().owner) as connection:
        assert single_value(connection, "SELECT 1") == 1
    second.stop()
    assert not processes_below(data)


def test_a_killed_service_leaves_a_server_that_the_next_start_adopts(data: Path) -> None:
    url = abandon_service(data)
    orphan = pid_of(Embedded(data))
    with Embedded(data) as embedded:
        assert embedded.start().owner == url
        assert pid_of(embedded) == orphan
        with connected_to(url) as connection:
            assert single_value(connection, "SELECT n FROM t") == 1
    assert not processes_below(data)


@pytest.mark.long
def test_killed_service_and_killed_server(data: Path) -> None:
    abandon_service(data)
    kill_server(Embedded(data))
    with Embedded(data) as embedded, connected_to(embedded.start().owner) as connection:
        assert single_value(connection, "SELECT n FROM t") == 1


def test_a_recycled_process_id_is_not_believed(data: Path) -> None:
    embedded = Embedded(data)
    embedded.start()
    account = embedded.facts().account_uid
    as_account = {} if account == os.geteuid() else {"user": account}
    with subprocess.Popen(["/bin/sleep", "120"], cwd="/", **as_account) as stranger:
        _rewrite_pid_file(embedded, stranger.pid)
        try:
            assert embedded.ensure()
            assert pid_of(embedded) != stranger.pid
            assert stranger.poll() is None
        finally:
            embedded.stop()
            stranger.kill()


@pytest.mark.long
def test_the_process_id_of_another_cluster_is_not_believed(place: Path, data: Path) -> None:
    with Embedded(place / "other") as other, Embedded(data) as embedded:
        _rewrite_pid_file(embedded, pid_of(other))
        assert embedded.facts().postmaster_pid is None
        assert embedded.ensure()
        assert pid_of(embedded) != pid_of(other)


def _rewrite_pid_file(embedded: Embedded, pid: int) -> None:
    kill_server(embedded)
    file = embedded.facts().cluster / "postmaster.pid"
    file.write_text("\n".join([str(pid), *file.read_text().splitlines()[1:]]) + "\n")


@pytest.mark.parametrize(
    "left",
    [
        b"",
        *(pytest.param(bent, marks=pytest.mark.long) for bent in (b"\xff\x00 no\n", b"-1\n", b"1\n", b"9" * 20)),
    ],
)
def test_a_bent_pid_file_does_not_matter(data: Path, left: bytes) -> None:
    embedded = Embedded(data)
    embedded.start()
    with embedded:
        kill_server(embedded)
        (embedded.facts().cluster / "postmaster.pid").write_bytes(left)
        (data / "run" / ".s.PGSQL.5432.lock").write_bytes(left)
        assert embedded.ensure()
        with connected_to(embedded.start().owner) as connection:
            assert single_value(connection, "SELECT 1") == 1


@pytest.mark.long
def test_a_pid_file_emptied_under_a_live_server_leads_to_one_server(data: Path) -> None:
    url = abandon_service(data)
    before = processes_below(data)
    (data / "postgres" / "postmaster.pid").write_bytes(b"")
    with Embedded(data), connected_to(url) as connection:
        assert single_value(connection, "SELECT n FROM t") == 1
        assert not set(before) & set(processes_below(data))


def test_several_workers_start_at_once_and_one_server_serves_them(place: Path) -> None:
    workers = [start_worker(place / "data") for _ in range(4)]
    urls = {url_of(worker) for worker in workers}
    assert len(urls) == 1
    log = "".join(path.read_text() for path in (place / "data" / "postgres" / "log").iterdir())
    assert log.count("starting PostgreSQL") == 1
    assert [finish(worker) for worker in workers[:3]] == ["", "", ""]
    with connected_to(urls.pop()) as connection:
        assert single_value(connection, "SELECT 1") == 1
    assert finish(workers[3]) == ""
    assert not processes_below(place)
