"""The embedded database needs no hands: its life cycle, each case on a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from db.embedded import Embedded, EmbeddedError
from db.embedded_binaries import find_binaries

pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="these cases look into /proc"),
]

NOBODY = 65534
CHECKOUT = Path(__file__).resolve().parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")

_WORKER = """
import sys
from pathlib import Path
from db.embedded import Embedded, EmbeddedError
embedded = Embedded(Path(sys.argv[1]))
try:
    print(embedded.start().owner, flush=True)
except EmbeddedError as error:
    sys.exit(f"refused: {error}")
embedded.watch()
sys.stdin.readline()
embedded.stop()
"""


def _worker(data_dir: Path, uid: int | None = None) -> subprocess.Popen[str]:
    """A service in a process of its own: prints the owner's URL, then serves until a line arrives."""
    another = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
    return subprocess.Popen(
        [sys.executable, "-c", _WORKER, str(data_dir)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=CHECKOUT,
        **another,
    )  # fmt: skip


def _url_of(worker: subprocess.Popen[str]) -> str:
    assert worker.stdout is not None
    return worker.stdout.readline().strip()


def _finished(worker: subprocess.Popen[str]) -> str:
    """Let a worker stop, and give what it wrote to stderr."""
    return worker.communicate("\n", timeout=60)[1]


def _runs_python(uid: int) -> bool:
    try:
        asked = subprocess.run(
            [sys.executable, "-c", "import psycopg, db"], cwd=CHECKOUT, check=False, capture_output=True,
            user=uid, group=uid, extra_groups=[],
        )  # fmt: skip
    except OSError:
        return False
    return asked.returncode == 0


def _needs_python_as_nobody() -> None:
    if not _runs_python(NOBODY):
        pytest.skip("the interpreter of these tests lies where another user cannot run it")


def _pid(embedded: Embedded) -> int:
    pid = embedded.facts().postmaster_pid
    assert pid is not None
    return pid


def _until(happened: Callable[[], bool]) -> None:
    """Wait for something that has to happen; the bound is for liveness only."""
    deadline = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < deadline, "it did not happen within a minute"
        time.sleep(0.05)


def _killed(embedded: Embedded) -> int:
    """Kill the postmaster the hard way, and give the process id it had."""
    pid = _pid(embedded)
    os.kill(pid, signal.SIGKILL)
    _until(lambda: embedded.facts().postmaster_pid is None)
    return pid


def _abandoned(data_dir: Path) -> str:
    """A service that wrote a row and was killed by SIGKILL; its database is left running."""
    worker = _worker(data_dir)
    url = _url_of(worker)
    with _connected(url) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")
    worker.kill()
    worker.communicate()
    return url


def _connected(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def _processes_below(folder: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and Path(os.readlink(entry / "cwd")).is_relative_to(folder):
                found.append(int(entry.name))
    return found


@contextmanager
def _open_folder() -> Iterator[Path]:
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


@pytest.fixture
def place() -> Iterator[Path]:
    """An empty folder of the test's own."""
    with _open_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A data folder whose database was made and stopped, to be copied."""
    with _open_folder() as folder:
        with Embedded(folder / "data") as embedded:
            log_folder = embedded.facts().log_folder
        shutil.rmtree(log_folder)
        yield folder / "data"


@pytest.fixture
def data(place: Path, made: Path) -> Path:
    """A data folder of the test's own that holds a stopped database."""
    subprocess.run(["cp", "-a", str(made), str(place / "data")], check=True)
    return place / "data"


def _one(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_an_empty_folder_becomes_a_database_with_two_plain_roles(place: Path) -> None:
    with Embedded(place / "data") as embedded:
        urls = embedded.start()
        for url, role in ((urls.owner, "readout_owner"), (urls.service, "readout_service")):
            with _connected(url) as connection:
                assert _one(connection, "SELECT current_user || '@' || current_database()") == f"{role}@readout"
                asked = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
                assert _one(connection, asked) is False
                for setting, value in (("fsync", "on"), ("data_checksums", "on"), ("listen_addresses", "")):
                    assert _one(connection, f"SHOW {setting}") == value
                assert _one(connection, "SELECT lower('ΑΣ') || upper('ß')") == "αςSS"
        with _connected(urls.service) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE t (n int)")


def test_data_survive_a_stop_and_nothing_runs_after_it(data: Path) -> None:
    with Embedded(data) as embedded, _connected(embedded.start().owner) as connection:
        connection.execute("CREATE TABLE t AS SELECT generate_series(1, 1000) AS n")
    assert not _processes_below(data)
    with Embedded(data) as embedded, _connected(embedded.start().owner) as connection:
        assert _one(connection, "SELECT count(*) FROM t") == 1000


def test_the_socket_refuses_who_does_not_know_the_password(data: Path) -> None:
    with Embedded(data) as embedded, _connected(embedded.start().owner) as connection:
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
        pid = _pid(embedded)
        assert embedded.start() == embedded.start()
        assert _pid(embedded) == pid


def test_the_last_of_two_users_stops_it(data: Path) -> None:
    first, second = Embedded(data), Embedded(data)
    assert first.start() == second.start()
    first.stop()
    first.stop()
    with _connected(second.start().owner) as connection:
        assert _one(connection, "SELECT 1") == 1
    second.stop()
    assert not _processes_below(data)


def test_a_killed_service_leaves_a_server_that_the_next_start_adopts(data: Path) -> None:
    url = _abandoned(data)
    orphan = _pid(Embedded(data))
    with Embedded(data) as embedded:
        assert embedded.start().owner == url
        assert _pid(embedded) == orphan
        with _connected(url) as connection:
            assert _one(connection, "SELECT n FROM t") == 1
    assert not _processes_below(data)


@pytest.mark.long
def test_killed_service_and_killed_server(data: Path) -> None:
    _abandoned(data)
    _killed(Embedded(data))
    with Embedded(data) as embedded, _connected(embedded.start().owner) as connection:
        assert _one(connection, "SELECT n FROM t") == 1


def test_a_recycled_process_id_is_not_believed(data: Path) -> None:
    embedded = Embedded(data)
    embedded.start()
    account = embedded.facts().account_uid
    as_account = {} if account == os.geteuid() else {"user": account}
    with subprocess.Popen(["/bin/sleep", "120"], cwd="/", **as_account) as stranger:
        _rewrite_pid_file(embedded, stranger.pid)
        try:
            assert embedded.ensure()
            assert _pid(embedded) != stranger.pid
            assert stranger.poll() is None
        finally:
            embedded.stop()
            stranger.kill()


@pytest.mark.long
def test_the_process_id_of_another_cluster_is_not_believed(place: Path, data: Path) -> None:
    with Embedded(place / "other") as other, Embedded(data) as embedded:
        _rewrite_pid_file(embedded, _pid(other))
        assert embedded.facts().postmaster_pid is None
        assert embedded.ensure()
        assert _pid(embedded) != _pid(other)


def _rewrite_pid_file(embedded: Embedded, pid: int) -> None:
    _killed(embedded)
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
        _killed(embedded)
        (embedded.facts().cluster / "postmaster.pid").write_bytes(left)
        (data / "run" / ".s.PGSQL.5432.lock").write_bytes(left)
        assert embedded.ensure()
        with _connected(embedded.start().owner) as connection:
            assert _one(connection, "SELECT 1") == 1


@pytest.mark.long
def test_a_pid_file_emptied_under_a_live_server_leads_to_one_server(data: Path) -> None:
    url = _abandoned(data)
    before = _processes_below(data)
    (data / "postgres" / "postmaster.pid").write_bytes(b"")
    with Embedded(data), _connected(url) as connection:
        assert _one(connection, "SELECT n FROM t") == 1
        assert not set(before) & set(_processes_below(data))


def test_several_workers_start_at_once_and_one_server_serves_them(place: Path) -> None:
    workers = [_worker(place / "data") for _ in range(4)]
    urls = {_url_of(worker) for worker in workers}
    assert len(urls) == 1
    log = "".join(path.read_text() for path in (place / "data" / "postgres" / "log").iterdir())
    assert log.count("starting PostgreSQL") == 1
    assert [_finished(worker) for worker in workers[:3]] == ["", "", ""]
    with _connected(urls.pop()) as connection:
        assert _one(connection, "SELECT 1") == 1
    assert _finished(workers[3]) == ""
    assert not _processes_below(place)


def test_a_killed_server_comes_back_while_watched(data: Path) -> None:
    with Embedded(data) as embedded:
        urls = embedded.start()
        embedded.watch()
        old = _pid(embedded)
        with closing(_connected(urls.service)) as broken:
            os.kill(old, signal.SIGKILL)
            _until(lambda: embedded.facts().postmaster_pid not in (None, old))
            with pytest.raises(psycopg.OperationalError):
                broken.execute("SELECT 1")
        assert embedded.start() == urls
        with _connected(urls.service) as connection:
            assert _one(connection, "SELECT 1") == 1


@pytest.mark.long
def test_children_that_outlive_a_killed_server_are_cleared_away(data: Path) -> None:
    with Embedded(data) as embedded:
        with closing(_connected(embedded.start().owner)) as connection:
            stuck = connection.info.backend_pid
            os.kill(stuck, signal.SIGSTOP)
            _killed(embedded)
            assert embedded.ensure()
        assert stuck not in _processes_below(data)


@pytest.mark.long
def test_watching_workers_restart_a_killed_server_once(data: Path) -> None:
    workers = [_worker(data) for _ in range(3)]
    url = {_url_of(worker) for worker in workers}.pop()
    embedded = Embedded(data)
    old = _killed(embedded)
    _until(lambda: embedded.facts().postmaster_pid not in (None, old))
    assert [_finished(worker) for worker in workers] == ["", "", ""]
    log = "".join(path.read_text() for path in (data / "postgres" / "log").iterdir())
    assert log.count("starting PostgreSQL") == 2
    assert not _processes_below(data)
    assert url


@pytest.mark.long
def test_a_server_that_cannot_come_back_is_tried_until_it_can(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Embedded(data) as embedded:
        urls = embedded.start()
        embedded.watch()
        (data / "local.conf").write_text("shared_buffers = 'nonsense'\n")
        (data / "local.conf").chmod(0o644)
        os.kill(_pid(embedded), signal.SIGKILL)
        _until(lambda: caplog.text.count("local.conf") >= 2)
        (data / "local.conf").write_text("work_mem = '5MB'\n")
        _until(lambda: embedded.facts().postmaster_pid is not None)
        embedded.start()
        with _connected(urls.service) as connection:
            assert _one(connection, "SHOW work_mem") == "5MB"


@pytest.mark.parametrize("rows", [20_000, pytest.param(3_000_000, marks=pytest.mark.long)])
def test_everything_committed_is_there_after_recovery(data: Path, rows: int) -> None:
    (data / "local.conf").write_text("max_wal_size = 8GB\ncheckpoint_timeout = 1h\n")
    (data / "local.conf").chmod(0o644)
    with Embedded(data) as embedded:
        with _connected(embedded.start().owner) as connection:
            connection.execute("CREATE TABLE t (n int PRIMARY KEY, text text)")
            connection.execute("INSERT INTO t SELECT n, md5(n::text) FROM generate_series(1, %s) n", [rows])
            connection.execute("UPDATE t SET text = 'changed' WHERE n % 2 = 0")
        _killed(embedded)
        with _connected(embedded.start().owner) as connection:
            assert _one(connection, "SELECT count(*) FROM t WHERE text = 'changed'") == rows // 2
        log = "".join(path.read_text() for path in embedded.facts().log_folder.iterdir())
        assert "redo done" in log


@pytest.mark.long
def test_a_start_waits_for_a_server_that_is_already_recovering(data: Path) -> None:
    with Embedded(data) as embedded:
        with _connected(embedded.start().owner) as connection:
            connection.execute("CREATE TABLE t AS SELECT generate_series(1, 300000) AS n")
        _killed(embedded)
        workers = [_worker(data) for _ in range(2)]
        with _connected({_url_of(worker) for worker in workers}.pop()) as connection:
            assert _one(connection, "SELECT count(*) FROM t") == 300_000
        assert [_finished(worker) for worker in workers] == ["", ""]


@pytest.mark.long
def test_a_first_start_that_was_cut_short_is_done_again(place: Path) -> None:
    data_dir = place / "data"
    (data_dir / "postgres.part" / "base").mkdir(parents=True)
    (data_dir / "postgres.part" / "PG_VERSION").write_text("18\n")
    (data_dir / "passwords.json").write_text("")
    data_dir.chmod(0o711)
    with Embedded(data_dir) as embedded, _connected(embedded.start().service) as connection:
        assert _one(connection, "SELECT 1") == 1
    assert not (data_dir / "postgres.part").exists()


@pytest.mark.long
def test_a_first_start_killed_at_any_moment_is_done_again(place: Path) -> None:
    for number in range(12):
        data_dir = place / f"data{number}"
        worker = _worker(data_dir)
        time.sleep(0.15 * number)
        worker.kill()
        worker.communicate()
        with Embedded(data_dir) as embedded, _connected(embedded.start().service) as connection:
            assert _one(connection, "SELECT 1") == 1


@pytest.mark.parametrize(
    "left", [None, *(pytest.param(bent, marks=pytest.mark.long) for bent in (b"", b"{}", b"\xff"))]
)
def test_lost_passwords_are_made_anew(data: Path, left: bytes | None) -> None:
    with Embedded(data) as embedded, _connected(embedded.start().owner) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")
        old = embedded.start()
    if left is None:
        (data / "passwords.json").unlink()
    else:
        (data / "passwords.json").write_bytes(left)
    with Embedded(data) as embedded, _connected(embedded.start().owner) as connection:
        assert _one(connection, "SELECT n FROM t") == 1
        assert embedded.start() != old
        with pytest.raises(psycopg.OperationalError, match="password"):
            _connected(old.service)


@pytest.mark.long
def test_passwords_of_another_database_are_told_apart(place: Path, data: Path) -> None:
    with Embedded(place / "other"), Embedded(data):
        pass
    shutil.copy(place / "other" / "passwords.json", data / "passwords.json")
    with pytest.raises(EmbeddedError, match=r"does not hold the passwords .* put the right one back"):
        Embedded(data).start()
    assert not _processes_below(place)


@pytest.mark.parametrize("length", [pytest.param(90, marks=pytest.mark.long), 240])
def test_a_long_path_works(place: Path, length: int) -> None:
    data_dir = place / ("ä" * 40) / ("%2F &?#" + "x" * length) / "data"
    data_dir.parent.mkdir(parents=True)
    with Embedded(data_dir) as embedded:
        urls = embedded.start()
        with _connected(urls.service) as connection:
            socket_folder = Path(connection.info.host)
        _killed(embedded)
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
    _needs_python_as_nobody()
    (place / "data").mkdir()
    os.chown(place / "data", NOBODY, NOBODY)
    worker = _worker(place / "data", NOBODY)
    with _connected(_url_of(worker)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")
    assert _finished(worker) == ""
    with Embedded(place / "data") as embedded, _connected(embedded.start().owner) as connection:
        assert embedded.facts().account_uid == NOBODY
        assert _one(connection, "SELECT n FROM t") == 1
    worker = _worker(place / "data", NOBODY)
    with _connected(_url_of(worker)) as connection:
        assert _one(connection, "SELECT n FROM t") == 1
    assert _finished(worker) == ""


@as_root
def test_a_folder_that_may_not_be_written_is_refused(place: Path) -> None:
    _needs_python_as_nobody()
    for name, owner, mode, told in (
        ("read-only", NOBODY, 0o555, "may not be written by this user: give the folder"),
        ("of-root", 0, 0o755, "belongs to another user (number 0): start Readout as that user"),
        ("closed", 0, 0o700, "may not be written by this user: give the folder"),
    ):
        (place / name).mkdir()
        (place / name).chmod(mode)
        os.chown(place / name, owner, owner)
        assert told in _finished(_worker(place / name, NOBODY))


@as_root
def test_a_folder_closed_to_other_users_keeps_its_cluster_elsewhere(place: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    first = Embedded(tmp_path / "data", state_dir=place / "state")
    with first, _connected(first.start().owner) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")
        assert first.facts().moved_because_root
        assert first.facts().cluster.is_relative_to(place / "state")
    assert tmp_path.stat().st_mode & 0o777 == 0o700
    with Embedded(tmp_path / "data", state_dir=place / "state") as embedded:
        assert embedded.facts() == first.facts()
        with _connected(embedded.start().owner) as connection:
            assert _one(connection, "SELECT n FROM t") == 1
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
    with Embedded(data) as embedded, _connected(embedded.start().service) as connection:
        assert _one(connection, "SELECT 1") == 1
        program = os.readlink(f"/proc/{_pid(embedded)}/exe")
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
            _killed(embedded)
        filler = disk / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"0" * 65_536)
        with pytest.raises(EmbeddedError, match=r"is full: free some space and start again"):
            embedded.start()
        filler.unlink()
        if megabytes > 200:
            with _connected(embedded.start().owner) as connection:
                assert _one(connection, "SELECT 1") == 1


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
