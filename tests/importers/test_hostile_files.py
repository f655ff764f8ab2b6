"""Hostile bytes: every importer of files refuses them row by row, and what it hands over makes bodies."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers import gdelt, icews, plover
from importers.records import ActorRecord, AffiliationRecord, ContactRecord, Outcome, Record, SourceRecord
from importers.registry import IMPORTERS, Importer
from importers.shapes import actor_body, affiliation_body, contact_body, source_body
from tests.importers.events import DEFAULT, records
from tests.importers.events import gdelt as gdelt_row
from tests.importers.events import icews as icews_rows

BODIES = {
    ActorRecord: actor_body,
    AffiliationRecord: affiliation_body,
    SourceRecord: source_body,
    ContactRecord: contact_body,
}
STREAMED = [one for one in IMPORTERS if one.read is not None and not one.needs_mapping]
TEXTS = st.text(max_size=30) | st.sampled_from(["NA", "040", "Citizen (France)", "x" * 600, "\x00", "=1+1", "(", "é"])


def bodies(found: list[Record]) -> list[Outcome]:
    """Makes a body of everything that is handed over; returns the outcomes."""
    for one in found:
        if type(one) in BODIES:
            BODIES[type(one)](one)  # type: ignore[operator]
    return [one for one in found if isinstance(one, Outcome)]


@pytest.mark.parametrize("importer", STREAMED, ids=lambda one: one.name)
def test_the_example_of_each_format_loads(importer: Importer) -> None:
    assert importer.read is not None
    outcomes = bodies(records(importer.read, importer.example.encode()))
    assert [one.outcome for one in outcomes] == ["loaded"]


@pytest.mark.parametrize("importer", STREAMED, ids=lambda one: one.name)
@settings(max_examples=40)
@given(st.lists(st.binary(max_size=60), max_size=5))
def test_any_bytes_are_told_about_and_no_more(importer: Importer, pieces: list[bytes]) -> None:
    assert importer.read is not None
    rules = {rule.name for rule in importer.rules} | {"refused", ""}
    assert {one.rule for one in bodies(records(importer.read, *pieces))} <= rules


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from([*DEFAULT, "City", "Source Sectors"]), TEXTS))
def test_any_cells_of_icews_make_bodies_or_are_refused(row: dict[str, str]) -> None:
    cells = {name: cell.replace("\t", "").replace("\n", "") for name, cell in row.items()}
    data = icews_rows(cells) if all(cell.isprintable() for cell in cells.values()) else b""
    assert len(bodies(records(icews.read, data))) == (1 if data else 0)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from([0, 1, 5, 6, 7, 8, 12, 15, 17, 18, 22, 26, 52, 59, 60]), TEXTS))
def test_any_cells_of_gdelt_make_bodies_or_are_refused(row: dict[int, str]) -> None:
    cells = {f"c{number}": "".join(filter(str.isprintable, cell)) for number, cell in row.items()}
    assert len(bodies(records(gdelt.read, gdelt_row(61, **cells)))) == 1


VALUES = st.recursive(st.none() | st.booleans() | st.integers() | TEXTS, st.lists, max_leaves=4)
ACTORS = st.lists(st.dictionaries(st.sampled_from(["actorText", "code", "sector"]), TEXTS | VALUES), max_size=3)


@settings(max_examples=60)
@given(
    st.dictionaries(st.sampled_from(["id", "date", "mode", "context", "url", "publication", "eventLoc"]), VALUES),
    ACTORS,
)
def test_any_fields_of_plover_make_bodies_or_are_refused(fields: dict[str, object], actors: list[object]) -> None:
    event = {**json.loads(plover.EXAMPLE), **fields, "source": actors}
    assert len(bodies(records(plover.read, json.dumps(event).encode()))) == 1
