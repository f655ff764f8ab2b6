"""`readout export` and `readout dump`: files that are whole, of one state, and old ones removed."""

import csv
import hashlib
import json
import re
import threading
import time
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import pytest

from api.dump_commands import ATTEMPTS, dump
from db.engine import Database
from db.erasure import erase_contact
from db.records import Author, commit
from models.errors import Conflict
from tests.conftest import Cluster
from tests.places import folder
from tests.serving import readout, serving
from tests.world import contact_id

pytestmark = [pytest.mark.door, pytest.mark.long]


def refusals_say_what_to_do(data: Path, there: Path) -> None:
    wrong = [
        (("xlsx",), "There is no such format of this list."),
        (("csv", "--of", "nothing"), "There is no such list to export."),
        (("csv", "--where", "nonsense"), "--where takes what stands after the ? of an address"),
        (("csv", "--where", "actor=nobody"), "There is no such actor."),
        (("csv", "--where", "?kinds=call"), "There is no such parameter here. Nearest: kind"),
    ]
    for (format_, *more), said in wrong:
        refused = readout(data, "export", format_, str(there / "refused"), *more)
        assert refused.code == 1, more
        assert said in refused.err
    (there / "folder.csv").mkdir()
    taken = readout(data, "export", "csv", str(there / "folder.csv"))
    assert taken.err == f"{there / 'folder.csv'}: Is a directory\n"
    (there / "folder.csv").rmdir()
    nowhere = readout(data, "export", "csv", str(there / "nowhere" / "calls.csv"))
    assert nowhere.err == f"There is no folder {there / 'nowhere'} to write calls.csv to.\n"


def test_lists_and_the_whole_record_as_files(tmp_path: Path) -> None:
    with folder() as place, serving(place / "data"):
        data = place / "data"
        made = readout(data, "export", "csv", str(tmp_path / "calls.csv"), "--where", "kind=call,conversation")
        assert (made.code, made.err) == (0, "")
        assert re.match(r"2 contacts, [\d,]+ bytes in calls.csv.\n", made.out)
        assert "status=any" in made.out
        with (tmp_path / "calls.csv").open(newline="") as file:
            assert {row["kind"] for row in csv.DictReader(file)} == {"call", "conversation"}
        to = ("--of", "counterparts", "--where", "actor=iso3:USA&level=state")
        pairs = readout(data, "export", "ndjson", str(tmp_path / "us.ndjson"), *to)
        assert (pairs.code, pairs.out.partition(",")[0]) == (0, "7 pairs")
        assert len((tmp_path / "us.ndjson").read_text().splitlines()) == 7
        refusals_say_what_to_do(data, tmp_path)
        for _ in range(3):
            assert readout(data, "dump", str(tmp_path / "dumps"), "--keep", "1").code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calls.csv", "dumps", "us.ndjson"]
    (kept,) = (tmp_path / "dumps").iterdir()
    assert {path.stat().st_mode & 0o077 for path in (kept, *kept.iterdir())} == {0}
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


def erase(database: Database, row: int) -> str:
    """Erases the contact of a row of the first world; returns its public id."""
    with database.session() as session:
        number = contact_id(session, row)
        erase_contact(session, number, None)
        commit(session, Author(reason="test"))
    return database.ids.encode("con", number)


@pytest.mark.parametrize(("erasures", "whole"), [(1, True), (ATTEMPTS, False)])
def test_a_dump_during_which_content_was_erased_begins_again(
    cluster: Cluster, world_template: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, erasures: int, whole: bool
) -> None:
    with cluster.database(world_template) as name, closing(Database(cluster.service_url(name))) as database:
        monkeypatch.setenv("READOUT_DATABASE_URL", cluster.service_url(name))
        folder = tmp_path / "dumps"
        rows = iter(range(15, 15 + erasures))
        erased: list[str] = []

        def erase_during_each() -> None:
            seen: set[str] = set()
            end = time.monotonic() + 60
            while time.monotonic() < end and not over.is_set():
                begun = {one.parent.name for one in folder.glob(".readout-*/contacts.ndjson")} - seen
                if begun and (row := next(rows, None)):
                    seen |= begun
                    erased.append(erase(database, row))
                time.sleep(0.002)

        over = threading.Event()
        eraser = threading.Thread(target=erase_during_each)
        eraser.start()
        try:
            with nullcontext() if whole else pytest.raises(Conflict, match="erased while this ran"):
                dump(folder, keep=2)
        finally:
            over.set()
            eraser.join()
    assert len(erased) == erasures
    made = list(folder.iterdir())
    assert len(made) == whole
    assert not whole or erased[0] not in (made[0] / "contacts.ndjson").read_text()
