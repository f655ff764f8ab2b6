"""Records of importers into the record itself: every row told, its faults at their places, nothing twice."""

import os
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from api.imports import load
from db.loading import Loading
from db.seed import seed
from importers.choices import Choices
from importers.documents import Document, document_of
from importers.ndjson import EXAMPLE
from importers.records import Outcome
from importers.registry import importer_named
from importers.tally import Tally
from tests.importers.events import icews
from tests.importers.tables import FAULTS, faulty, mapping, planted

SHARED = Path(os.environ.get("READOUT_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


@pytest.fixture
def record(session: Session) -> Session:
    """A record that knows the states and organisations."""
    seed(session)
    return session


def loaded(session: Session, name: str, documents: list[Document], choices: Choices | None = None):
    """Loads documents by the importer of that name; returns what the load counted, and the outcomes by line."""
    importer, heard = importer_named(name), list[Outcome]()
    assert importer is not None
    assert importer.read is not None
    loading = Loading(session)
    load(importer.read(documents, choices or Choices()), loading, heard.append)
    return loading.counts, sorted(heard, key=lambda one: one.line)


def of(*pieces: bytes) -> list[Document]:
    return [Document("file", pieces)]


def results(outcomes: list[Outcome]) -> list[tuple[int, str, str]]:
    return [(one.line, one.outcome, one.rule) for one in outcomes]


def test_thirty_planted_faults_are_named_and_the_good_rows_can_be_had(record: Session) -> None:
    choices = Choices(mapping=mapping())
    counts, outcomes = loaded(record, "csv", of(faulty().encode()), choices)
    refused = [(one.line, fault.column, fault.reason) for one in outcomes for fault in one.faults]
    assert [(line, column) for line, column, _ in refused] == planted()
    for (_, _, reason), (_, _, words) in zip(refused, FAULTS, strict=True):
        assert words.lower() in reason.lower()
    assert len([one for one in outcomes if one.outcome == "loaded"]) == counts["contacts"] == len(FAULTS)
    assert counts["actors"] == 1
    again, outcomes = loaded(record, "csv", of(faulty().encode()), choices)
    assert again == {"contacts known": len(FAULTS)}
    assert [one.outcome for one in outcomes].count("duplicate") == len(FAULTS)


def test_lines_of_ours_are_known_the_second_time_and_refused_at_their_pointer(record: Session) -> None:
    pair = EXAMPLE.replace("joe-biden", "france").replace("benjamin-netanyahu", "japan").encode()
    counts, outcomes = loaded(record, "ndjson", of(pair, pair, EXAMPLE.encode()))
    assert results(outcomes) == [(1, "loaded", ""), (2, "duplicate", "known"), (3, "refused", "refused")]
    assert [fault.column for fault in outcomes[2].faults] == ["/participants/0/actor", "/participants/1/actor"]
    assert counts == {"contacts": 1, "contacts known": 1}


def test_a_later_file_adds_its_stories_to_a_contact_and_nothing_twice(record: Session) -> None:
    first = icews({}, {"CAMEO Code": "190"})
    counts, outcomes = loaded(record, "icews", of(first))
    assert results(outcomes) == [(2, "loaded", ""), (3, "left_out", "other")]
    later = icews({}, {"Event ID": "7", "Story ID": "10"})
    counts, outcomes = loaded(record, "icews", of(later))
    assert results(outcomes) == [(2, "duplicate", "known"), (3, "folded", "known_contact")]
    assert counts == {"accounts": 1, "sources": 1}
    counts, outcomes = loaded(record, "icews", of(later))
    assert results(outcomes) == [(2, "duplicate", "known"), (3, "duplicate", "known")]
    assert counts == {"contacts known": 1}


def test_an_intent_is_a_planned_contact_and_stories_count_by_their_publisher(record: Session) -> None:
    plan = icews({"CAMEO Code": "036"}, {"CAMEO Code": "040"}, {"CAMEO Code": "040", "Story ID": "10"})
    loaded(record, "icews", of(plan), Choices(intents=True))
    found = record.connection().exec_driver_sql("SELECT kind, status FROM contact ORDER BY kind").all()
    assert [tuple(one) for one in found] == [("conversation", "reported"), ("engagement", "planned")]


SAMPLES = (
    ("icews", ("icews/events.2018-06-01.tab",)),
    ("gdelt", ("gdelt/20191024143000.head1000.export.CSV", "gdelt/gdelt1.mixed57-58.csv")),
)


@pytest.mark.long
@pytest.mark.parametrize(("name", "files"), SAMPLES, ids=[name for name, _ in SAMPLES])
def test_the_samples_load_with_every_row_accounted_for_and_once_only(
    record: Session, name: str, files: tuple[str, ...]
) -> None:
    if not (SHARED / files[0]).is_file():
        pytest.skip(f"there is no {SHARED / files[0]}; READOUT_SHARED_DATA may name another folder")
    tally = Tally()
    _, outcomes = loaded(record, name, [document_of(SHARED / file) for file in files])
    for one in outcomes:
        tally.add(one)
    assert tally.read == sum((SHARED / file).read_bytes().count(b"\n") for file in files) - (name == "icews")
    counts, outcomes = loaded(record, name, [document_of(SHARED / file) for file in files])
    assert {one.outcome for one in outcomes} <= {"duplicate", "left_out", "refused"}
    assert set(counts) == {"contacts known"}
