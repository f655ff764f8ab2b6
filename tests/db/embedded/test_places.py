"""Where the embedded PostgreSQL lives, as whom, and what it refuses."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from db.embedded import Embedded, EmbeddedError
from db.embedded_binaries import find_binaries
from tests.db.embedded.cases import (
    NOBODY,
    as_root,
    connected_to,
    finish,
    kill_server,
    need_python_as_nobody,
    pid_of,
    single_value,
    start_worker,
    url_of,
)

pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these cases look into /proc"),
]


@pytest.mark.parametrize("length", [pytest.param(90, marks=pytest.mark.long), 240])
def test_a_long_path_works(place: Path, length: int) -> None:
    data_dir = place / ("ä" * 40) / ("%2F &?#" + "x" * length) / "data"
    data_dir.parent.mkdir(parents=True)
    with Embedded(data_dir) as embedded:
        urls = embedded.start()
        with connected_to(urls.service) as connection:
            socket_folder = Path(connection.info.host)
        kill_server(embedded)
        assert embedded.start() == urls
        assert socket_folder.stat().st_mode & 0o777 == 0o700
    with Embedded(data_dir) as embedded:
        assert embedded.start() == urls
    assert not socket_folder.exists()


@pytest.mark.long
def test_a_socket_folder_taken_by_somebody_else_is_left_alone(place: Path) -> None:
    data_dir = place / ("x" * 120) / "data"
    with Embedded(data_dir) as embedded:
        first = embedded.start()
    taken = Path((data_dir / "socket-folder").read_text().strip())
    taken.symlink_to("/etc")
    try:
        with Embedded(data_dir) as embedded:
            assert embedded.start() != first
    finally:
        taken.unlink()


def test_a_folder_of_another_major_version_is_refused(place: Path) -> None:
    (place / "data" / "postgres").mkdir(parents=True)
    (place / "data" / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedError, match=r"made by PostgreSQL 16, .* runs 18: write a backup"):
        Embedded(place / "data").start()


def test_a_file_in_the_place_of_the_folder_is_refused(place: Path) -> None:
    (place / "data").write_text("")
    with pytest.raises(EmbeddedError, match="is a file where a folder is needed: move it away"):
        Embedded(place / "data").start()


def test_files_of_somebody_else_in_the_place_of_the_cluster_are_refused(place: Path) -> None:
    (place / "data" / "postgres").mkdir(parents=True)
    (place / "data" / "postgres" / "letter.txt").write_text("keep me")
    with pytest.raises(EmbeddedError, match="no PostgreSQL database: move them away"):
        Embedded(place / "data").start()
    assert (place / "data" / "postgres" / "letter.txt").read_text() == "keep me"


@as_root
def test_an_ordinary_user_runs_it_and_root_takes_over_as_that_user(place: Path) -> None:
    need_python_as_nobody()
    (place / "data").mkdir()
    os.chown(place / "data", NOBODY, NOBODY)
    worker = start_worker(place / "data", NOBODY)
    with connected_to(url_of(worker)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")
    assert finish(worker) == ""
    with Embedded(place / "data") as embedded, connected_to(embedded.start().owner) as connection:
        assert embedded.facts().account_uid == NOBODY
        assert single_value(connection, "SELECT n FROM t") == 1
    worker = start_worker(place / "data", NOBODY)
    with connected_to(url_of(worker)) as connection:
        assert single_value(connection, "SELECT n FROM t") == 1
    assert finish(worker) == ""


@as_root
def test_a_folder_that_may_not_be_written_is_refused(place: Path) -> None:
    need_python_as_nobody()
    for name, owner, mode, told in (
        ("read-only", NOBODY, 0o555, "may not be written by this user: give the folder"),
        ("of-root", 0, 0o755, "belongs to another user (number 0): start Readout as that user"),
        ("closed", 0, 0o700, "may not be written by this user: give the folder"),
    ):
        (place / name).mkdir()
        (place / name).chmod(mode)
        os.chown(place / name, owner, owner)
        assert told in finish(start_worker(place / name, NOBODY))


@as_root
def test_a_folder_closed_to_other_users_keeps_its_cluster_elsewhere(place: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    first = Embedded(tmp_path / "data", state_dir=place / "state")
    with first, connected_to(first.start().owner) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")
        assert first.facts().moved_because_root
        assert first.facts().cluster.is_relative_to(place / "state")
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    with Embedded(tmp_path / "data", state_dir=place / "state") as embedded:
        assert embedded.facts() == first.facts()
        with connected_to(embedded.start().owner) as connection:
            assert single_value(connection, "SELECT n FROM t") == 1
    (place / "state").rename(place / "gone")
    with pytest.raises(EmbeddedError, match=r"which is gone: put that folder back, or delete"):
        Embedded(tmp_path / "data", state_dir=place / "state").start()
    (place / "gone").rename(place / "state")
    shutil.rmtree(tmp_path / "data")
    with pytest.raises(EmbeddedError, match="still holds the database of an earlier folder"):
        Embedded(tmp_path / "data", state_dir=place / "state").start()


@pytest.mark.long
@as_root
def test_programs_below_a_closed_folder_are_copied(place: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package, closed = find_binaries().parents[1], place / "closed"
    closed.mkdir(mode=0o700)
    for name in (package.name, f"{package.name}.libs"):
        shutil.copytree(package.with_name(name), closed / name, symlinks=True)
    monkeypatch.syspath_prepend(str(closed))
    assert find_binaries().is_relative_to(closed)
    with Embedded(data) as embedded, connected_to(embedded.start().service) as connection:
        assert single_value(connection, "SELECT 1") == 1
        program = os.readlink(f"/proc/{pid_of(embedded)}/exe")
        assert Path(program).is_relative_to(data)
    assert closed.stat().st_mode & 0o777 == 0o700
    assert not list((data).glob("programs-*/**/vector*"))


@as_root
@pytest.mark.parametrize("megabytes", [100, 300])
def test_a_full_disk_is_told_and_survived(place: Path, megabytes: int) -> None:
    disk = place / "disk"
    disk.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0711", "tmpfs", str(disk)]
    if subprocess.run(mounting, capture_output=True, check=False).returncode != 0:
        pytest.skip("no file system may be mounted here")
    with ExitStack() as stack:
        stack.callback(subprocess.run, ["umount", str(disk)], check=True)
        embedded = Embedded(disk / "data")
        stack.callback(embedded.stop)
        if megabytes > 200:
            embedded.start()
            kill_server(embedded)
        filler = disk / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"0" * 65_536)
        with pytest.raises(EmbeddedError, match=r"is full: free some space and start again"):
            embedded.start()
        filler.unlink()
        if megabytes > 200:
            with connected_to(embedded.start().owner) as connection:
                assert single_value(connection, "SELECT 1") == 1


@as_root
def test_root_follows_no_link_laid_out_in_the_folder_of_somebody_else(place: Path) -> None:
    (place / "data").mkdir()
    os.chown(place / "data", NOBODY, NOBODY)
    (place / "precious").write_text("keep me")
    for name in ("home.lock", "start.lock", "start.log"):
        (place / "data" / name).symlink_to(place / "precious")
        with pytest.raises(EmbeddedError, match="holds a link where a file of Readout belongs"):
            Embedded(place / "data").start()
        (place / "data" / name).unlink()
    shutil.rmtree(place / "data" / "postgres")
    (place / "data" / "postgres").symlink_to(place)
    with pytest.raises(EmbeddedError, match="is a link, and root does not follow links here"):
        Embedded(place / "data").start()
    assert (place / "precious").read_text() == "keep me"
