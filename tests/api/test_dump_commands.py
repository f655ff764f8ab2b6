"""`readout export` and `readout dump`: files that are whole, of one state, and old ones removed."""

import csv
import hashlib
import json
from pathlib import Path

import pytest

from tests.serving import folder, readout, serving

pytestmark = [pytest.mark.door, pytest.mark.long]


def test_lists_and_the_whole_record_as_files(tmp_path: Path) -> None:
    with folder() as place, serving(place / "data"):
        data = place / "data"
        made = readout(data, "export", "csv", str(tmp_path / "calls.csv"), "--where", "kind=call,conversation")
        assert (made.code, made.err) == (0, "")
        with (tmp_path / "calls.csv").open(newline="") as file:
            assert {row["kind"] for row in csv.DictReader(file)} == {"call", "conversation"}
        to = ("--of", "counterparts", "--where", "actor=iso3:USA&level=state")
        assert readout(data, "export", "ndjson", str(tmp_path / "us.ndjson"), *to).code == 0
        assert len((tmp_path / "us.ndjson").read_text().splitlines()) == 7
        wrong = [
            ("xlsx",),
            ("csv", "--of", "nothing"),
            ("csv", "--where", "nonsense"),
            ("csv", "--where", "actor=nobody"),
        ]
        for format_, *more in wrong:
            refused = readout(data, "export", format_, str(tmp_path / "refused"), *more)
            assert refused.code == 1, more
            assert "Traceback" not in refused.err
        for _ in range(3):
            assert readout(data, "dump", str(tmp_path / "dumps"), "--keep", "1").code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calls.csv", "dumps", "us.ndjson"]
    (kept,) = (tmp_path / "dumps").iterdir()
    manifest = json.loads((kept / "manifest.json").read_text())
    assert {path.name for path in kept.iterdir()} == {"manifest.json", *(one["file"] for one in manifest["files"])}
    for one in manifest["files"]:
        data_of = (kept / one["file"]).read_bytes()
        assert (len(data_of), hashlib.sha256(data_of).hexdigest()) == (one["bytes"], one["sha256"])
        if one["file"].endswith("ndjson"):
            assert len(data_of.decode().split("\n")) - 1 == one["records"]
    contacts = [json.loads(line) for line in (kept / "contacts.ndjson").read_text().splitlines()]
    assert len(contacts) == 18
    assert all(contact["accounts"] for contact in contacts)
