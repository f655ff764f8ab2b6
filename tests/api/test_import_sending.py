"""Files on their way in: forms and mappings, keys that stand for one import, and what is refused at once."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from importers.registry import IMPORTERS
from models.settings import Settings
from tests.api.importing import NDJSON, Importing, lines, send
from tests.api.test_contract_lists import BENT, PARTS, encoded
from tests.importers import tables
from tests.importers.test_archives import zipped
from tests.importers.test_historyatstate import PRESIDENTS, visit

pytestmark = pytest.mark.door

CSV = "/v1/imports?format=csv"
TABLE = b"no,kind,day,who\n1,call,12.05.2021,joe-biden; benjamin-netanyahu\n2,row,13.05.2021,joe-biden; hamas\n"
MAPPING: dict[str, Any] = {
    "name": "visits",
    "id": {"column": "no"},
    "fields": {"kind": {"column": "kind"}, "when": {"column": "day", "formats": ["%d.%m.%Y"]}},
    "participants": [{"column": "who", "separator": ";"}],
    "accounts": [{"source": {"kind": {"constant": "dataset"}, "title": {"constant": "A table"}}}],
}


def sent_as_form(jobs: Importing, table: bytes, mapping: Any, address: str = CSV, **headers: str) -> Any:
    """Sends a form with a table and its mapping."""
    said = mapping if isinstance(mapping, bytes) else json.dumps(mapping).encode()
    files = {"file": ("visits.csv", table), "mapping": ("visits.json", said)}
    return jobs.client.post(address, files=files, headers={**jobs.writer, **headers})


def test_a_table_comes_with_its_mapping(jobs: Importing) -> None:
    key = {"Idempotency-Key": "table"}
    sent = sent_as_form(jobs, TABLE, MAPPING, **key)
    assert sent_as_form(jobs, TABLE, MAPPING, **key).json()["id"] == sent.json()["id"]
    another = {**MAPPING, "name": "journeys"}
    assert sent_as_form(jobs, TABLE, another, **key).status_code == 422, "the mapping is part of what is sent"
    failed = jobs.ended(sent)
    assert (failed["file_name"], failed["state"], failed["rows"]["refused"]) == ("visits.csv", "failed", 1)
    assert [row[:2] for row in jobs.errors(failed)] == [["3", "kind"]]
    mended = TABLE.replace(b"2,row", b"2,call")
    done = jobs.ended(
        jobs.client.post(CSV, files={"file": mended}, data={"mapping": json.dumps(MAPPING)}, headers=jobs.writer)
    )
    assert (done["state"], done["rows"]["loaded"]) == ("succeeded", 2)


def test_thirty_planted_faults_are_named_and_the_good_rows_are_loaded_on_request(jobs: Importing) -> None:
    before, table = jobs.contacts(), tables.faulty().encode()
    failed = jobs.ended(sent_as_form(jobs, table, tables.MAPPING.encode()))
    assert (failed["state"], failed["stored"], jobs.contacts()) == ("failed", {}, before)
    wanted = jobs.ended(sent_as_form(jobs, table, tables.MAPPING.encode(), f"{CSV}&skip_refused=true"))
    assert (wanted["state"], wanted["stored"]["contacts"]) == ("succeeded", len(tables.FAULTS))
    assert jobs.contacts() == before + len(tables.FAULTS)
    for done in (failed, wanted):
        assert (done["rows"]["refused"], done["rows"]["read"]) == (len(tables.FAULTS), 2 * len(tables.FAULTS))
        named = jobs.errors(done)
        assert [(int(line), column) for line, column, _ in named] == tables.planted()
        assert all(one[2].lower() in reason.lower() for one, (_, _, reason) in zip(tables.FAULTS, named, strict=True))


def test_a_folder_comes_as_an_archive_and_its_errors_name_the_file(jobs: Importing) -> None:
    address, again = "/v1/imports?format=historyatstate", visit(id="2", text="Met with the President May 2.")
    rows = f"<visits>{visit()}{again}\n{visit(id='3', start='soon')}</visits>"
    folder = zipped(("travels/visits/a.xml", rows), ("travels/presidents.xml", PRESIDENTS))
    failed = jobs.ended(send(jobs, folder, address))
    assert (failed["state"], failed["rows"]["refused"], failed["seconds_left"]) == ("failed", 1, None)
    assert [row[1] for row in jobs.errors(failed)] == ["visits/a.xml"]
    done = jobs.ended(send(jobs, folder, f"{address}&skip_refused=true"))
    assert (done["state"], done["rows"]["loaded"] + done["rows"]["duplicate"]) == ("succeeded", 2)
    assert done["stored"]["contacts"] >= 1
    broken = jobs.ended(send(jobs, zipped(("visits/a.xml", "<visits>")), address))
    assert broken["fault"] == "visits/a.xml, line 1, is not well-formed XML. Nothing was stored."


def test_a_table_without_a_mapping_is_refused_with_what_to_do(jobs: Importing) -> None:
    for sent in (send(jobs, TABLE, CSV), jobs.client.post(CSV, files={"file": TABLE}, headers=jobs.writer)):
        assert (sent.status_code, sent.json()["errors"][0]["pointer"]) == (422, "/mapping")
        assert "--suggest" in sent.json()["detail"]


@pytest.mark.parametrize(
    ("mapping", "pointer"),
    [
        (b"\xff", "/mapping"),
        (b"no = [", "/mapping"),
        (b"{" * 100_000, "/mapping"),
        (b" " * ((1 << 20) + 1), "/mapping"),
        ({**MAPPING, "colour": "red"}, "/mapping/colour"),
        ({**MAPPING, "encoding": "rot13"}, "/mapping/encoding"),
        ({**MAPPING, "id": {"column": "n\x00o"}}, "/mapping/id/column"),
        ({**MAPPING, "id": {"constant": "\ud800"}}, "/mapping/id/constant"),
    ],
)
def test_a_mapping_that_is_none_is_refused_at_its_place(jobs: Importing, mapping: Any, pointer: str) -> None:
    sent = sent_as_form(jobs, TABLE, mapping)
    assert sent.status_code == 422, sent.text
    assert sent.json()["errors"][0]["pointer"] == pointer


def test_a_key_stands_for_one_import(jobs: Importing) -> None:
    key = {"Idempotency-Key": "monday"}
    first, same = send(jobs, lines(1, 2), **key), send(jobs, lines(1, 2), **key)
    assert same.json()["id"] == first.json()["id"]
    assert (same.headers["Idempotency-Replayed"], "Idempotency-Replayed" in first.headers) == ("true", False)
    assert send(jobs, lines(1, 3), **key).status_code == 422
    assert send(jobs, lines(1, 2), f"{NDJSON}&dry_run=true", **key).status_code == 422
    done = jobs.ended(first)
    assert (done["rows"]["loaded"], send(jobs, lines(1, 2), **key).json()) == (2, done)


def test_a_form_carries_the_file_and_its_name(jobs: Importing) -> None:
    files = {"file": ("Anrufe\u202e \x07.ndjson", lines(5))}
    done = jobs.ended(jobs.client.post(NDJSON, files=files, headers=jobs.writer))
    assert done["rows"]["loaded"] == 1
    assert done["file_name"].isprintable()


@pytest.mark.parametrize(
    ("address", "body", "headers", "status"),
    [
        (NDJSON, b"", {}, 422),
        (NDJSON, b"x", {"Content-Encoding": "gzip"}, 415),
        (NDJSON, b"x", {"Content-Type": "multipart/form-data; boundary=b"}, 422),
        (NDJSON, b"x", {"Content-Type": "multipart/form-data"}, 422),
        (NDJSON, b"x", {"Idempotency-Key": "a b"}, 400),
        ("/v1/imports", b"x", {}, 400),
        ("/v1/imports?format=historyatstate", b"x", {}, 422),
        ("/v1/imports?format=nothing", b"x", {}, 400),
        (f"{NDJSON}&colour=red", b"x", {}, 400),
        (f"{NDJSON}&intents=true", b"x", {}, 400),
        (f"{NDJSON}&file_name=%00", b"x", {}, 202),
    ],
)
def test_what_is_no_import_is_refused_at_once(
    jobs: Importing, address: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    answer = send(jobs, body, address, **headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == ("application/json" if status == 202 else "application/problem+json")


def test_a_format_that_is_none_is_told_those_that_are(jobs: Importing) -> None:
    said = send(jobs, b"x", "/v1/imports?format=nothing").json()["detail"]
    assert said.endswith("there are: historyatstate, ndjson, csv, icews, gdelt, plover.")


@pytest.mark.parametrize(
    "parts",
    [
        [("files", ("a", b"x"))],
        [("file", ("a", b"x")), ("format", (None, b"ndjson"))],
        [("file", ("a", b"x")), ("file", ("b", b"y"))],
        [("file", (None, b"x"))],
        [("file", ("a", b"x")), ("mapping", ("b", b"{}"))],
    ],
)
def test_a_form_has_one_file_and_nothing_that_belongs_elsewhere(jobs: Importing, parts: Any) -> None:
    sent = jobs.client.post(NDJSON, files=parts, headers=jobs.writer)
    assert sent.status_code == 422, sent.text


def test_a_file_that_is_too_long_is_refused_and_none_is_left_on_the_disk(
    jobs: Importing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    limit = 2_000_000
    client = TestClient(create_app(Settings(max_import_bytes=limit), jobs.database))
    opened = set(os.listdir("/proc/self/fd"))
    whole, long = lines(7) + b" " * (limit - len(lines(7))), b"x" * (limit + 1)
    pieces = (b"x" * 100_000 for _ in range(limit // 100_000 + 1))
    for body in (long, pieces):
        refused = client.post(NDJSON, content=body, headers=jobs.writer)
        assert (refused.status_code, refused.headers["connection"]) == (413, "close")
    assert client.post(NDJSON, files={"file": long}, headers=jobs.writer).status_code == 413
    assert client.post("/v1/contacts", content=b"x" * 5_000_000, headers=jobs.writer).status_code == 413
    assert client.post(NDJSON, content=whole, headers=jobs.writer).status_code == 202
    assert list(tmp_path.iterdir()) == []
    held = [
        name
        for name in set(os.listdir("/proc/self/fd")) - opened
        if str(tmp_path) in str(Path(f"/proc/self/fd/{name}").readlink())
    ]
    assert held == []


def test_formats_say_what_they_are_and_what_they_need(jobs: Importing) -> None:
    listed = {one["name"]: one for one in jobs.client.get("/v1/imports/formats").json()["items"]}
    assert list(listed) == [one.name for one in IMPORTERS]
    assert [name for name, one in listed.items() if one["needs_mapping"]] == ["csv"]
    assert [name for name, one in listed.items() if one["event_data"]] == ["icews", "gdelt"]
    assert all(one["over_http"] for one in listed.values())
    assert [name for name, one in listed.items() if "presidents.xml" in one["archive_of"]] == ["historyatstate"]
    assert all(one["cannot_carry"] for one in listed.values())


def test_what_others_send_in_is_for_whoever_may_write(jobs: Importing) -> None:
    earlier, sent = send(jobs, lines(8)).json(), send(jobs, lines(9)).json()
    listed = jobs.client.get("/v1/imports?limit=1", headers=jobs.writer).json()
    assert [one["id"] for one in listed["items"]] == [sent["id"]]
    following = jobs.client.get(listed["links"]["next"], headers=jobs.writer).json()
    assert [one["id"] for one in following["items"]] == [earlier["id"]]
    cursor = listed["meta"]["next_cursor"]
    others = [encoded(["imports", part]) for part in PARTS if not isinstance(part, int | None)]
    for bent in (*BENT, cursor[:-3], cursor[::-1], *others):
        refused = jobs.client.get(f"/v1/imports?cursor={bent}", headers=jobs.writer)
        assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (400, "cursor"), bent
    for address in ("/v1/imports", *sent["links"].values()):
        assert jobs.client.get(address, headers=jobs.keys["read"]).status_code == 403
        assert jobs.client.get(address).status_code == 401
