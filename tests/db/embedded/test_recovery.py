"""The embedded PostgreSQL after deaths, cut starts and lost passwords."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from db.embedded import Embedded, EmbeddedError
from tests.db.embedded.cases import (
    connected_to,
    finish,
    kill_server,
    pid_of,
    processes_below,
    single_value,
    start_worker,
    url_of,
    wait_until,
)

pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these cases look into /proc"),
]


def test_a_killed_server_comes_back_while_watched(data: Path) -> None:
    with Embedded(data) as embedded:
        urls = embedded.start()
        embedded.watch()
        old = pid_of(embedded)
        with closing(connected_to(urls.service)) as broken:
            os.kill(old, signal.SIGKILL)
            wait_until(lambda: embedded.facts().postmaster_pid not in (None, old))
            with pytest.raises(psycopg.OperationalError):
                broken.execute("SELECT 1")
        assert embedded.start() == urls
        with connected_to(urls.service) as connection:
            assert single_value(connection, "SELECT 1") == 1


@pytest.mark.long
def test_children_that_outlive_a_killed_server_are_cleared_away(data: Path) -> None:
    with Embedded(data) as embedded:
        with closing(connected_to(embedded.start().owner)) as connection:
            stuck = connection.info.backend_pid
            os.kill(stuck, signal.SIGSTOP)
            kill_server(embedded)
            assert embedded.ensure()
        assert stuck not in processes_below(data)


@pytest.mark.long
def test_watching_workers_restart_a_killed_server_once(data: Path) -> None:
    workers = [start_worker(data) for _ in range(3)]
    url = {url_of(worker) for worker in workers}.pop()
    embedded = Embedded(data)
    old = kill_server(embedded)
    wait_until(lambda: embedded.facts().postmaster_pid not in (None, old))
    assert [finish(worker) for worker in workers] == ["", "", ""]
    log = "".join(path.read_text() for path in (data / "postgres" / "log").iterdir())
    assert log.count("starting PostgreSQL") == 2
    assert not processes_below(data)
    assert url


@pytest.mark.long
def test_a_server_that_cannot_come_back_is_tried_until_it_can(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Embedded(data) as embedded:
        urls = embedded.start()
        embedded.watch()
        (data / "local.conf").write_text("shared_buffers = 'nonsense'\n")
        (data / "local.conf").chmod(0o644)
        os.kill(pid_of(embedded), signal.SIGKILL)
        wait_until(lambda: caplog.text.count("local.conf") >= 2)
        (data / "local.conf").write_text("work_mem = '5MB'\n")
        wait_until(lambda: embedded.facts().postmaster_pid is not None)
        embedded.start()
        with connected_to(urls.service) as connection:
            assert single_value(connection, "SHOW work_mem") == "5MB"


@pytest.mark.parametrize("rows", [20_000, pytest.param(3_000_000, marks=pytest.mark.long)])
def test_everything_committed_is_there_after_recovery(data: Path, rows: int) -> None:
    (data / "local.conf").write_text("max_wal_size = 8GB\ncheckpoint_timeout = 1h\n")
    (data / "local.conf").chmod(0o644)
    with Embedded(data) as embedded:
        with connected_to(embedded.start().owner) as connection:
            connection.execute("CREATE TABLE t (n int PRIMARY KEY, text text)")
            connection.execute("INSERT INTO t SELECT n, md5(n::text) FROM generate_series(1, %s) n", [rows])
            connection.execute("UPDATE t SET text = 'changed' WHERE n % 2 = 0")
        kill_server(embedded)
        with connected_to(embedded.start().owner) as connection:
            assert single_value(connection, "SELECT count(*) FROM t WHERE text = 'changed'") == rows // 2
        log = "".join(path.read_text() for path in embedded.facts().log_folder.iterdir())
        assert "redo done" in log


@pytest.mark.long
def test_a_start_waits_for_a_server_that_is_already_recovering(data: Path) -> None:
    with Embedded(data) as embedded:
        with connected_to(embedded.start().owner) as connection:
            connection.execute("CREATE TABLE t AS SELECT generate_series(1, 300000) AS n")
        kill_server(embedded)
        workers = [start_worker(data) for _ in range(2)]
        with connected_to({url_of(worker) for worker in workers}.pop()) as connection:
            assert single_value(connection, "SELECT count(*) FROM t") == 300_000
        assert [finish(worker) for worker in workers] == ["", ""]


@pytest.mark.long
def test_a_first_start_that_was_cut_short_is_done_again(place: Path) -> None:
    data_dir = place / "data"
    (data_dir / "postgres.part" / "base").mkdir(parents=True)
    (data_dir / "postgres.part" / "PG_VERSION").write_text("18\n")
    (data_dir / "passwords.json").write_text("")
    data_dir.chmod(0o711)
    with Embedded(data_dir) as embedded, connected_to(embedded.start().service) as connection:
        assert single_value(connection, "SELECT 1") == 1
    assert not (data_dir / "postgres.part").exists()


@pytest.mark.long
def test_a_first_start_killed_at_any_moment_is_done_again(place: Path) -> None:
    for number in range(12):
        data_dir = place / f"data{number}"
        worker = start_worker(data_dir)
        time.sleep(0.15 * number)
        worker.kill()
        worker.communicate()
        with Embedded(data_dir) as embedded, connected_to(embedded.start().service) as connection:
            assert single_value(connection, "SELECT 1") == 1


@pytest.mark.parametrize(
    "left", [None, *(pytest.param(bent, marks=pytest.mark.long) for bent in (b"", b"{}", b"\xff"))]
)
def test_lost_passwords_are_made_anew(data: Path, left: bytes | None) -> None:
    with Embedded(data) as embedded, connected_to(embedded.start().owner) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")
        old = embedded.start()
    if left is None:
        (data / "passwords.json").unlink()
    else:
        (data / "passwords.json").write_bytes(left)
    with Embedded(data) as embedded, connected_to(embedded.start().owner) as connection:
        assert single_value(connection, "SELECT n FROM t") == 1
        assert embedded.start() != old
        with pytest.raises(psycopg.OperationalError, match="password"):
            connected_to(old.service)


@pytest.mark.long
def test_passwords_of_another_database_are_told_apart(place: Path, data: Path) -> None:
    with Embedded(place / "other"), Embedded(data):
        pass
    shutil.copy(place / "other" / "passwords.json", data / "passwords.json")
    with pytest.raises(EmbeddedError, match=r"does not hold the passwords .* put the right one back"):
        Embedded(data).start()
    assert not processes_below(place)
