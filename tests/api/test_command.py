"""The command `readout`: what each subcommand does, and that nothing it starts is left behind."""

import os
import pty
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psycopg
import pytest

from db.embedded import Embedded
from db.upkeep import libpq_url
from importers.registry import IMPORTERS
from tests.places import folder
from tests.serving import PROGRAM, SECONDS_MAX, Served, environment, postmaster_of, readout, serving

ROWS = re.compile(r"^ (loaded|duplicate|refused|read) +(\d+) ", re.MULTILINE)
VISITS = """<visits>
<visit><id>1</id><start-date>1874-12-12</start-date><end-date>1874-12-23</end-date><visitor>King Kalakaua</visitor>
<from id="hawaii">Hawaii</from><description>Met with President Grant. State Visit.</description></visit>
<visit><id>2</id><start-date>1876-05-07</start-date><end-date>1876-05-11</end-date><visitor>Emperor Dom Pedro
II</visitor><from id="brazil">Brazil</from><description>Private visit.</description></visit>
</visits>"""


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """A service on a record of its own, begun for these tests."""
    with folder() as place, serving(place / "data") as made:
        yield made


MEDIATORS = ("Egypt", "Jordan", "Qatar")


def counted(data_dir: Path) -> dict[str, str]:
    """What `readout status` says the record holds."""
    lines = readout(data_dir, "status").out.splitlines()
    return dict(re.split(r" {3,}", line.strip(), maxsplit=1) for line in lines)


def rows_told(out: str) -> dict[str, int]:
    """What `readout import` says became of the rows."""
    return {word: int(rows) for word, rows in ROWS.findall(out)}


def test_first_start_begins_a_record_and_shows_a_key_that_writes(served: Served) -> None:
    assert httpx.get(f"{served.address}/v1/status").json()["contacts"] == 18
    topic = {"slug": "ports", "label": "Ports"}
    refused = httpx.post(f"{served.address}/v1/topics", json=topic)
    assert refused.status_code == 401
    made = httpx.post(f"{served.address}/v1/topics", json=topic, headers={"Authorization": f"Bearer {served.key}"})
    assert made.status_code == 201


def test_status_and_demo_join_a_running_service(served: Served) -> None:
    status = counted(served.data_dir)
    assert status["database"] == "embedded, running"
    assert status["contacts"] == "18"
    assert status["edges"] == "84 rows; two levels, from both ends"
    told = readout(served.data_dir, "demo").out
    assert "  2021-05-12: call between Joe Biden and Benjamin Netanyahu (acknowledged)\n" in told
    assert "    White House affirms it (readout): White House readout of the President's call" in told
    assert "  Israel: 5 engagements, 1 call and 1 conversation\n  Egypt: 1 engagement\n  Jordan: 1" in told
    mediations = [f"  until 2021-05-09: mediation by {by} between Israel and Hamas (reported)\n" for by in MEDIATORS]
    assert "".join(mediations) in told


def test_keys_are_made_listed_and_revoked(served: Served) -> None:
    text = readout(served.data_dir, "key", "create", "reader [1]", "--scope", "read").out.strip()
    headers = {"Authorization": f"Bearer {text}"}
    assert httpx.get(f"{served.address}/v1/contacts", headers=headers).status_code == 200
    assert httpx.post(f"{served.address}/v1/topics", json={}, headers=headers).status_code == 403
    row = next(line for line in readout(served.data_dir, "key", "list").out.splitlines() if "reader [1]" in line)
    assert text not in row
    assert readout(served.data_dir, "key", "revoke", row.split()[0]).code == 0
    deadline = time.monotonic() + SECONDS_MAX
    while httpx.get(f"{served.address}/v1/contacts", headers=headers).status_code != 401:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    unknown = readout(served.data_dir, "key", "revoke", "key_0")
    said = "There is no such key. `readout key list` shows the ids, which begin with key_."
    assert (unknown.code, unknown.err.strip()) == (1, said)
    strange = readout(served.data_dir, "key", "create", "nobody", "--scope", "owner")
    assert (strange.code, strange.err.strip()) == (1, "--scope takes one of: read, write, admin.")


def test_backup_restores_elsewhere_to_the_same_record(served: Served) -> None:
    with folder() as place:
        dump, other = place / "dump", place / "other"
        assert readout(served.data_dir, "backup", str(dump)).code == 0
        assert dump.stat().st_mode & 0o077 == 0
        assert "exists already" in readout(served.data_dir, "backup", str(dump)).err
        assert readout(other, "restore", str(dump)).code == 0
        again = readout(other, "restore", str(dump))
        assert again.code == 1
        assert "already holds a record" in again.err
        with serving(other) as restored:
            assert restored.key == ""
            here, there = counted(served.data_dir), counted(other)
            assert {k: here[k] for k in here if k not in ("kept in", "its log in")} == {
                k: there[k] for k in there if k not in ("kept in", "its log in")
            }
            contacts = [httpx.get(f"{one.address}/v1/contacts").json()["items"] for one in (served, restored)]
            assert contacts[0] == contacts[1]
            past = f"/v1/contacts?status=any&known_at={datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
            known = [httpx.get(f"{one.address}{past}").json() for one in (served, restored)]
            assert known[0]["items"] == known[1]["items"] != []
            assert readout(other, "check").code == 0


def test_check_finds_what_rebuild_mends(served: Served) -> None:
    assert "Stored = derived" in readout(served.data_dir, "check").out
    with Embedded(served.data_dir) as embedded, psycopg.connect(libpq_url(embedded.start().owner)) as connection:
        connection.execute("DELETE FROM edge WHERE level = 'state'")
        connection.execute("UPDATE tie SET contacts = contacts + 1 WHERE level = 'actor'")
    found = readout(served.data_dir, "check")
    assert found.code == 1
    assert "readout rebuild" in found.err
    assert "act_" in found.out
    assert "what differed is mended" in readout(served.data_dir, "rebuild").out
    assert readout(served.data_dir, "check").code == 0


def test_wipe_wants_to_be_told_twice_and_alone(served: Served) -> None:
    doubted = readout(served.data_dir, "wipe")
    assert (doubted.code, "readout wipe --yes" in doubted.err) == (1, True)
    used = readout(served.data_dir, "wipe", "--yes")
    assert (used.code, "stop the service first" in used.err) == (1, True)
    assert httpx.get(f"{served.address}/v1/status").json()["contacts"] == 18


def test_import_accounts_for_every_row_and_does_nothing_twice() -> None:
    with folder() as place:
        data, record = place / "set", place / "data"
        (data / "visits").mkdir(parents=True)
        (data / "visits" / "1874.xml").write_text(VISITS, encoding="utf-8")
        tried = readout(record, "import", "historyatstate", str(data), "--dry-run")
        assert "Would store: " in tried.out
        outcomes = place / "outcomes.tsv"
        first = readout(record, "import", "historyatstate", str(data), "--errors", str(outcomes))
        assert (first.code, first.err) == (0, "")
        assert rows_told(first.out) == {"loaded": 2, "read": 2}
        assert [line.split("\t")[2:4] for line in outcomes.read_text().splitlines()[1:]] == [
            ["1", "loaded"],
            ["2", "loaded"],
        ]
        second = readout(record, "import", "historyatstate", str(data))
        assert "Stored: nothing." in second.out
        assert rows_told(second.out) == {"duplicate": 2, "read": 2}
        (data / "visits" / "1875.xml").write_text("<visits><visit>", encoding="utf-8")
        broken = readout(record, "import", "historyatstate", str(data))
        assert (broken.code, "1875.xml:1:" in broken.err) == (1, True)
        assert readout(record, "wipe", "--yes").code == 0
        assert readout(record, "migrate").out.startswith("Schema revision none → ")
        assert postmaster_of(record) is None


def test_an_import_leaves_statistics_behind() -> None:
    with folder() as place:
        (place / "set" / "visits").mkdir(parents=True)
        (place / "set" / "visits" / "1874.xml").write_text(VISITS)
        assert readout(place / "data", "import", "historyatstate", str(place / "set")).code == 0
        with Embedded(place / "data") as embedded, psycopg.connect(libpq_url(embedded.start().owner)) as connection:
            asked = "SELECT count(*) FROM pg_stats WHERE schemaname = 'public' AND tablename IN ('contact', 'tie')"
            assert connection.execute(asked).fetchone() != (0,)


def test_two_starts_at_once_share_one_record() -> None:
    with folder() as place, ThreadPoolExecutor(2) as threads:
        starts = [serving(place / "data") for _ in range(2)]
        services = list(threads.map(lambda start: start.__enter__(), starts))
        assert sorted(bool(one.key) for one in services) == [False, True]
        services[0].stop()
        assert services[0].process.returncode == 0
        assert httpx.get(f"{services[1].address}/v1/status").json()["contacts"] == 18
        assert "Stopped." in services[1].stop()
        assert postmaster_of(place / "data") is None


def test_ctrl_c_stops_service_and_database() -> None:
    """Pressed twice by somebody impatient, on a terminal, so that it reaches every process of the group."""
    with folder() as place:
        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(PROGRAM, [PROGRAM, "serve"], environment(place / "data"))
        said = b""
        while b"Ctrl-C stops it." not in said:
            said += os.read(terminal, 4096)
        os.write(terminal, b"\x03")
        os.write(terminal, b"\x03")
        while b"Stopped." not in said:
            said += os.read(terminal, 4096)
        _, status = os.waitpid(pid, 0)
        os.close(terminal)
        assert os.waitstatus_to_exitcode(status) == 0
        assert b"Traceback" not in said
        assert postmaster_of(place / "data") is None


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"READOUT_PROT": "8001"}, "READOUT_PROT is not a setting of Readout. Did you mean READOUT_PORT?"),
        ({"READOUT_PORT": "many"}, "READOUT_PORT: This must be a whole number.\n"),
        ({"READOUT_PORT": "70000"}, "READOUT_PORT: This must be at most 65535.\n"),
        ({"READOUT_HOST": "no.such.host.invalid"}, "READOUT_HOST takes an address of this machine"),
        ({"READOUT_HOST": "203.0.113.7"}, "READOUT_HOST takes an address of this machine"),
        ({"READOUT_HOST": "0.0.0.0", "READOUT_CORS_ORIGINS": "*"}, "list the origins"),
        ({"READOUT_DATABASE_URL": "mysql://localhost/x"}, "READOUT_DATABASE_URL: Must begin with postgresql://"),
        ({"READOUT_DATABASE_URL": "postgresql://x:y@127.0.0.1:1/x"}, "READOUT_DATABASE_URL cannot be used"),
        ({"READOUT_DATA_DIR": "/proc/readout"}, "/proc/readout"),
    ],
)
def test_what_cannot_work_is_said_in_a_sentence(settings: dict[str, str], sentence: str, tmp_path: Path) -> None:
    done = readout(tmp_path / "data", "serve", **settings)
    assert done.code == 1
    assert sentence in done.err
    assert "Traceback" not in done.err


def test_a_port_in_use_is_said_before_anything_is_started(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = readout(tmp_path / "data", "serve", READOUT_PORT=str(taken.getsockname()[1]))
    assert done.code == 1
    assert "READOUT_PORT=8001 make serve" in done.err
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("command", ["status", "serve", "check"])
def test_a_data_folder_that_is_a_file_is_said_in_a_sentence(command: str, tmp_path: Path) -> None:
    place = tmp_path / "data"
    place.write_text("")
    done = readout(place, command)
    assert (done.code, done.err) == (
        1,
        f"{place} is a file where a folder is needed: move it away, or set READOUT_DATA_DIR to a folder\n",
    )


def test_an_empty_name_of_a_key_is_said_in_a_sentence(served: Served) -> None:
    done = readout(served.data_dir, "key", "create", "")
    assert (done.code, done.err) == (1, "name: This must have at least 1 character(s).\n")


def test_a_file_is_not_taken_for_an_empty_folder(served: Served) -> None:
    done = readout(served.data_dir, "import", "historyatstate", str(Path(__file__)))
    assert done.code == 1
    assert "It is a file, and the data set a folder" in done.err


def test_a_table_is_loaded_whole_or_not_at_all_and_a_draft_is_a_mapping(served: Served, tmp_path: Path) -> None:
    table, by = tmp_path / "t.csv", tmp_path / "t.toml"
    table.write_text("Date,Who\n2021-05-12,Ana Alva; Bo Brand\n2999,Cy Cole; Di Dahl\n", encoding="utf-8")
    without = readout(served.data_dir, "import", "csv", str(table))
    assert (without.code, "--suggest" in without.err) == (1, True)
    by.write_text(readout(served.data_dir, "import", "csv", str(table), "--suggest").out, encoding="utf-8")
    whole = readout(served.data_dir, "import", "csv", str(table), "--mapping", str(by))
    assert (whole.code, "Nothing was stored" in whole.err) == (1, True)
    assert "t.csv:3 Date: This lies in the future" in whole.out
    assert counted(served.data_dir)["contacts"] == "18"
    tried = readout(served.data_dir, "import", "csv", str(table), "--mapping", str(by), "--skip-refused", "--dry-run")
    assert (tried.code, "Would store: 2 actors, 1 contacts." in tried.out) == (0, True)
    by.write_text("name = 'x'", encoding="utf-8")
    bad = readout(served.data_dir, "import", "csv", str(table), "--mapping", str(by))
    assert (bad.code, "/participants: This is needed and missing." in bad.err) == (1, True)


def test_each_importer_has_its_command() -> None:
    for importer in IMPORTERS:
        assert "Usage: readout import" in readout(Path("none"), "import", importer.name, "--help").out


def test_status_of_nothing_makes_nothing(tmp_path: Path) -> None:
    assert "not begun" in readout(tmp_path / "data", "status").out
    assert not (tmp_path / "data").exists()


@pytest.mark.long
@pytest.mark.timeout(400)
def test_all_of_historyatstate_is_loaded_and_accounted_for() -> None:
    shared = Path(os.environ.get("READOUT_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
    if not (shared / "historyatstate").is_dir():
        pytest.skip(f"there is no data set at {shared / 'historyatstate'}; READOUT_SHARED_DATA may name another folder")
    with folder() as place:
        arguments = ("import", "historyatstate", str(shared / "historyatstate"))
        first = readout(place / "data", *arguments)
        assert first.code == 0, first.err
        told = rows_told(first.out)
        assert told["loaded"] + told["duplicate"] + told.get("refused", 0) == told["read"] == 7_535
        assert told["loaded"] > 7_500
        assert "Stored: nothing." in readout(place / "data", *arguments).out
        assert readout(place / "data", "check").code == 0
