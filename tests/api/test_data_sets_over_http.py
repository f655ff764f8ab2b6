"""The data sets of others, sent to a running service: every row is accounted for, and a second time changes nothing."""

import os
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.importers.test_importers_doc import figures
from tests.places import folder
from tests.serving import Served, readout, serving, until

pytestmark = [pytest.mark.door, pytest.mark.long]
SHARED = Path(os.environ.get("READOUT_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
SAMPLES = {
    "icews/events.2018-06-01.tab": ("icews", 0),
    "gdelt/20191024143000.head1000.export.CSV": ("gdelt", 0),
    "gdelt/gdelt1.mixed57-58.csv": ("gdelt", 1),
}
"""By file its format, and which column of the page's table is about it."""
NOUNS = ("loaded", "folded", "left_out", "duplicate", "refused")


def archive(place: Path) -> bytes:
    """The whole folder as it stands."""
    packed = place / "set.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as into:
        for path in sorted((SHARED / "historyatstate").rglob("*")):
            into.write(path, path.relative_to(SHARED))
    return packed.read_bytes()


def imported(served: Served, name: str, file: bytes) -> Any:
    """What became of a file that was sent."""
    headers = {"Authorization": f"Bearer {served.key}"}
    sent = httpx.post(
        f"{served.address}/v1/imports",
        params={"format": name, "skip_refused": "true"},
        content=file,
        headers=headers,
        timeout=60,
    )
    assert sent.status_code == 202, sent.text
    there = served.address + sent.headers["Location"]
    done = until(lambda: (state := httpx.get(there, headers=headers, timeout=60).json())["ended_at"] and state, 900)
    assert done["state"] == "succeeded", done
    assert done["rows"]["read"] == sum(done["rows"][noun] for noun in NOUNS)
    return done


def of_the_page(name: str, column: int) -> tuple[dict[str, int], dict[str, int]]:
    """The rows by outcome, and by rule, that docs/importers.md tells of a sample."""
    outcomes, rules = dict.fromkeys(NOUNS, 0), {}
    for outcome, rule, *counts in figures(name):
        rows = int(counts[column].replace(",", ""))
        outcomes[outcome.replace(" ", "_")] += rows
        if rule and rows:
            rules[rule] = rows
    return outcomes, rules


@pytest.mark.timeout(1_800)
def test_data_sets_are_loaded_by_the_service_and_accounted_for() -> None:
    for file in ("historyatstate", *SAMPLES):
        if not (SHARED / file).exists():
            pytest.skip(f"there is no {SHARED / file}; READOUT_SHARED_DATA may name another folder")
    with folder() as place, serving(place / "data") as served:
        for file, (name, data, told) in sets(place).items():
            done = imported(served, name, data)
            print(file, done["rows"], done["rules"], done["stored"])
            assert ({noun: done["rows"][noun] for noun in NOUNS}, done["rules"]) == told
            contacts = httpx.get(f"{served.address}/v1/status").json()["contacts"]
            again = imported(served, name, data)
            assert (again["stored"], again["rows"]["loaded"], again["rows"]["folded"]) == ({}, 0, 0)
            assert again["rows"]["left_out"] == done["rows"]["left_out"]
            assert httpx.get(f"{served.address}/v1/status").json()["contacts"] == contacts
        assert readout(place / "data", "check").code == 0
        assert readout(place / "data", "check", "--history").code == 0


def sets(place: Path) -> dict[str, tuple[str, bytes, Any]]:
    """Each data set: its format, its bytes, and what the page says becomes of its rows."""
    rows = dict.fromkeys(NOUNS, 0) | {"loaded": 7_532, "duplicate": 3}
    found: dict[str, tuple[str, bytes, Any]] = {
        "historyatstate": ("historyatstate", archive(place), (rows, {"repeats": 3}))
    }
    for file, (name, column) in SAMPLES.items():
        found[file] = (name, (SHARED / file).read_bytes(), of_the_page(name, column))
    return found
