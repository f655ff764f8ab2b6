"""docs/importers.md says what is so: each format, each figure on the samples, each mapping and example."""

import os
import re
from pathlib import Path

import pytest

from importers.choices import Choices
from importers.csv_mapping import mapping_of
from importers.documents import Document, document_of
from importers.records import Outcome
from importers.registry import IMPORTERS, importer_named
from importers.tally import Tally

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("READOUT_SHARED_DATA", ROOT.parent / "shared" / "data"))
DOC = (ROOT / "docs" / "importers.md").read_text(encoding="utf-8")
SAMPLES = {
    "icews": ("icews/events.2018-06-01.tab",),
    "gdelt": ("gdelt/20191024143000.head1000.export.CSV", "gdelt/gdelt1.mixed57-58.csv"),
}


def section(name: str) -> str:
    """The part of the page about one format."""
    found = re.search(rf"^## {name}$.*?(?=^## |\Z)", DOC, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/importers.md has no section {name}"
    return found[0]


def figures(name: str) -> list[list[str]]:
    """The rows of the table of figures, cell by cell."""
    rows = [[cell.strip(" `–") for cell in line.strip("|").split("|")] for line in section(name).splitlines()]
    return [row for row in rows if len(row) > 2 and row[-1].replace(",", "").isdigit()]


@pytest.mark.parametrize("importer", IMPORTERS, ids=lambda one: one.name)
def test_each_format_has_a_section(importer) -> None:
    assert section(importer.name)
    assert importer.title
    assert importer.source
    assert importer.cannot_carry.endswith(".")


@pytest.mark.parametrize("name", SAMPLES)
def test_the_figures_are_those_of_the_samples(name: str) -> None:
    tallies = []
    for file in SAMPLES[name]:
        if not (SHARED / file).is_file():
            pytest.skip(f"there is no {SHARED / file}; READOUT_SHARED_DATA may name another folder")
        importer, tally = importer_named(name), Tally()
        assert importer is not None
        assert importer.read is not None
        for record in importer.read([document_of(SHARED / file)], Choices()):
            if isinstance(record, Outcome):
                tally.add(record)
        tallies.append(tally)
    keys = {key for tally in tallies for key in tally.rows}
    counted = {
        (
            outcome.replace("_", " "),
            "" if outcome == "refused" else rule,
            *(f"{t.rows[outcome, rule]:,}" for t in tallies),
        )
        for outcome, rule in keys
    }
    assert {tuple(row) for row in figures(name)} == counted


def test_the_mapping_of_the_page_is_one() -> None:
    [toml] = re.findall(r"```toml\n(.*?)```", section("csv"), re.DOTALL)
    assert mapping_of(toml.encode()).name == "desk"


@pytest.mark.parametrize("name", ["ndjson", "plover"])
def test_the_examples_of_the_page_load(name: str) -> None:
    [example] = re.findall(r"```json\n(.*?)```", section(name), re.DOTALL)
    importer = importer_named(name)
    assert importer is not None
    assert importer.read is not None
    found = importer.read([Document("page", [example.encode()])], Choices())
    assert [one.outcome for one in found if isinstance(one, Outcome)] == ["loaded"]
