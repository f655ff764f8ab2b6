"""How well the texts are read, on rows judged by eye that no rule was written from.

`labels/historyatstate-300.tsv` holds facts: for each of 300 rows drawn after the rules were frozen, a word of the name
of everybody met with his state or organisation, and the offices met whose holder is not named.
"""

import csv
import math
import os
from collections import defaultdict
from pathlib import Path

import pytest

from importers.historyatstate import read
from importers.historyatstate_actors import state_ref
from importers.historyatstate_states import folded
from importers.records import ActorRecord, AffiliationRecord, ContactRecord, Outcome, Record, SourceRecord
from models.reference import organisations, states

LABELS = sorted((Path(__file__).parent / "labels").glob("historyatstate-300*.tsv"))
DATA = Path(os.environ.get("READOUT_SHARED_DATA", Path(__file__).resolve().parents[2] / ".." / "shared" / "data"))
FOLDER = DATA / "historyatstate"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the data folder is not there: {FOLDER.name}")

Fact = tuple[str, str]


@pytest.fixture(scope="module")
def records() -> list[Record]:
    return list(read(FOLDER))


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return middle - half, middle + half


def homes(records: list[Record]) -> dict[str, str]:
    """Each actor's state or organisation, by its key."""
    found = {r.key: r.key.split("/")[1] for r in records if isinstance(r, ActorRecord)}
    for record in records:
        if isinstance(record, AffiliationRecord) and record.relation == "belongs_to":
            found[record.subject_key] = record.target_key.rsplit("/", 1)[-1]
    return found


def counterparts(records: list[Record]) -> tuple[dict[str, list[Fact]], dict[str, list[Fact]]]:
    """For each row, name and home of the people met, and office and home of the offices met."""
    kinds = {r.key: r.kind for r in records if isinstance(r, ActorRecord)}
    home, people, offices = homes(records), defaultdict(list), defaultdict(list)
    for record in records:
        if isinstance(record, ContactRecord) and record.kind == "meeting":
            row = (record.part_of or "").removeprefix("historyatstate:")
            other = record.participants[-1]
            if kinds[other.actor_key] == "person":
                where = home[other.capacity_key] if other.capacity_key else home[other.actor_key]
                people[row].append((folded(other.name_as_given or ""), where))
            elif kinds[other.actor_key] == "office":
                offices[row].append((other.actor_key.rsplit("/", 1)[-1], home[other.actor_key]))
    return people, offices


def labels(file: Path) -> dict[str, tuple[list[Fact], set[Fact]]]:
    """For each row judged, the people and the offices that were met."""

    def facts(text: str) -> list[Fact]:
        return [(name, state_ref(home)) for name, _, home in (each.partition("@") for each in text.split()) if home]

    with file.open(encoding="utf-8") as lines:
        return {
            line["row"]: (facts(line["people"]), set(facts(line["offices"])))
            for line in csv.DictReader(lines, delimiter="\t")
        }


# The Palestine Liberation Organization is filed with the Palestinian Authority: the same people spoke for both.
SAME_HOME = {"plo": state_ref("palestinian-authority")}


@pytest.mark.parametrize("file", LABELS, ids=lambda file: file.stem)
def test_people_met_in_rows_judged_by_eye(file: Path, records: list[Record]) -> None:
    people, offices = counterparts(records)
    asked = found = wrong_state = 0
    false_people, missed, strayed, false_offices = [], [], [], []
    for row, (expected, expected_offices) in labels(file).items():
        left = list(people[row])
        for word, where in expected:
            asked += 1
            match = next((each for each in left if word in each[0].split("-")), None)
            if match is None:
                missed.append(f"{row} {word}")
                continue
            left.remove(match)
            found += 1
            if SAME_HOME.get(match[1], match[1]) != where:
                wrong_state += 1
                strayed.append(f"{row} {match}")
        false_people += [f"{row} {each}" for each in left]
        false_offices += [f"{row} {each}" for each in set(offices[row]) ^ expected_offices]
    low, high = wilson(found, asked)
    print(f"\n{file.stem}: {found} of {asked} names ({found / asked:.1%}, 95 % interval {low:.1%}–{high:.1%})")
    print(f"missed {missed}\nfalse people {false_people}\nwrong state {strayed}\noffices {false_offices}")
    assert found / asked >= 0.95
    assert false_people == []
    assert wrong_state / asked <= 0.01


def test_every_row_is_accounted_for(records: list[Record]) -> None:
    outcomes = [record for record in records if isinstance(record, Outcome)]
    counts = {kind: sum(o.outcome == kind for o in outcomes) for kind in ("loaded", "duplicate", "refused")}
    assert sum(o.row.startswith("visit/") for o in outcomes) == 3264
    assert sum(o.row.startswith("trip/") for o in outcomes) == 4271
    assert sum(counts.values()) == len({o.row for o in outcomes}) == 7535
    assert all(o.reason for o in outcomes if o.outcome != "loaded")
    visits = sum(isinstance(r, ContactRecord) and r.kind == "visit" for r in records)
    assert visits == counts["loaded"]


def test_records_refer_to_earlier_ones_only_and_keys_are_unique(records: list[Record]) -> None:
    # What the service knows before any import; the data set's own names of states mean nothing to it.
    known = {state.slug for state in states()} | {organisation.slug for organisation in organisations()}
    for record in records:
        refers: list[str | None] = []
        if isinstance(record, AffiliationRecord):
            refers = [record.subject_key, record.target_key]
        elif isinstance(record, ContactRecord):
            refers = [record.part_of, *(k for p in record.participants for k in (p.actor_key, p.capacity_key))]
        elif isinstance(record, SourceRecord):
            refers = [record.publisher_key]
        assert {key for key in refers if key} <= known
        if not isinstance(record, AffiliationRecord | Outcome):
            assert record.key not in known
            known.add(record.key)


def test_second_run_gives_the_same_records(records: list[Record]) -> None:
    assert list(read(FOLDER)) == records
