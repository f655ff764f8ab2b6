"""The eighteen rows of 12 May 2021: recorded, and got back as DOMAIN.md says."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.contact_pages import list_contacts, read_contact
from db.engine import Database
from db.pages import Asked
from db.rebuild import check
from graph.edges import list_edges
from graph.ties import list_counterparts, read_tie
from models.contacts import ContactOut
from models.edges import EdgeOut, TieOut
from models.filters import ContactFilter, ContactList, CounterpartList, EdgeList
from tests.world import (
    COUNTERPARTS_OF_THE_US,
    KINDS_OF_US_AND_ISRAEL,
    MEDIATORS_OF_ISRAEL_AND_HAMAS,
    ROWS,
    ROWS_WITH_A_DESIGNATED_ORGANISATION,
    TODAY,
    Cluster,
    Row,
    contact_id,
    database_of_the_first_world,
    slug_pairs,
)

ALL = Asked(limit=100)
INCLUDED = ("accounts", "commitments", "identifiers", "parts", "follows")


@pytest.fixture(scope="module")
def world(cluster: Cluster, template: str) -> Iterator[Database]:
    with database_of_the_first_world(cluster, template) as database:
        yield database


@pytest.fixture
def reading(world: Database) -> Iterator[Session]:
    with world.session() as session:
        yield session


def contact(session: Session, row: Row) -> dict[str, Any]:
    document, _, _ = read_contact(session, contact_id(session, row.number), INCLUDED)
    ContactOut.model_validate_json(document)
    found: dict[str, Any] = json.loads(document)
    return found


def items(answer: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(answer.items)
    return found


def day(value: str | None) -> str | None:
    return None if value is None else value.removesuffix("T00:00:00")


each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.number))


@each_row
def test_a_row_is_got_back_with_its_kind_status_and_participants(reading: Session, row: Row) -> None:
    found = contact(reading, row)
    assert (found["kind"], found["status"], found["known"]["contested"]) == (row.kind, row.status, False)
    assert (day(found["earliest"]), day(found["latest"])) == (row.earliest, row.latest)
    assert [
        (p["actor"]["slug"], p["role"], (p["on_behalf_of"] or p["capacity"] or {"slug": None})["slug"])
        for p in found["participants"]
    ] == list(row.participants)
    assert found["identifiers"] == [{"scheme": "example", "value": f"first-world/{row.number}"}]


@each_row
def test_a_row_makes_the_edges_of_the_rules_at_both_levels(reading: Session, row: Row) -> None:
    number = contact_id(reading, row.number)
    for level, pairs in (("actor", row.actors), ("state", row.states)):
        assert sorted(slug_pairs(reading, number, level)) == sorted([*pairs, *((b, a) for a, b in pairs)])


@each_row
def test_the_edges_carry_status_and_representation(reading: Session, row: Row) -> None:
    edges = text("SELECT level, status, represented, certain FROM edge WHERE contact_id = :id")
    for edge in reading.execute(edges, {"id": contact_id(reading, row.number)}):
        assert edge.status == row.status
        assert edge.certain, "their affiliations hold always"
        assert edge.represented == (row.kind == "mission" and edge.level == "state")


def test_stored_is_derived(world: Database) -> None:
    with world.session() as session:
        report = check(session)
    assert report.clean, report
    assert {table.name: table.rows for table in report.tables}["contact"] == len(ROWS)


def test_the_call_rests_on_the_two_american_accounts(reading: Session) -> None:
    call = contact(reading, ROWS[0])
    decisive = {account["id"]: account["source"]["slug"] for account in call["accounts"]}
    assert [decisive[number] for number in call["known"]["decided_by"]] == [
        "biden-remarks-2021-05-12",
        "white-house-readout-2021-05-12",
    ]
    assert [len(commitment["accounts"]) > 0 for commitment in call["commitments"]] == [True, True]


def test_whom_did_the_united_states_engage_by_state(reading: Session) -> None:
    asked = CounterpartList(actor=["united-states"], level="state")
    found = items(list_counterparts(reading, asked, ALL, TODAY))
    assert {tie["alter"]["slug"]: tie["contacts"] for tie in found} == COUNTERPARTS_OF_THE_US
    assert found[0]["alter"]["slug"] == "israel", "most contacts first"


def test_the_tie_of_two_states_is_a_range_of_dates(reading: Session) -> None:
    asked = ContactFilter(between=["iso3:USA", "iso3:ISR"], level="state")
    _, document, _ = read_tie(reading, asked, TODAY)
    assert document is not None
    tie = TieOut.model_validate_json(document)
    assert tie.by_kind == KINDS_OF_US_AND_ISRAEL
    assert (tie.contacts, tie.uncertain) == (7, 0)
    assert (tie.first.earliest, day(tie.first.latest)) == (None, "2021-05-13")
    assert (day(tie.last.earliest), day(tie.last.latest)) == ("2021-05-12", "2021-05-13")
    assert (tie.silence.at_least, tie.silence.at_most) == (8, 8)


def test_planned_missions_make_edges_and_no_tie(reading: Session) -> None:
    asked = ContactFilter(between=["hady-amr", "israeli-leaders"])
    assert read_tie(reading, asked, TODAY)[1] is None
    planned = EdgeList(between=asked.between, status=["planned"])
    (edge,) = items(list_edges(reading, planned, ALL))
    assert EdgeOut.model_validate(edge).contact_status == "planned"


def test_when_did_biden_last_speak_with_netanyahu(reading: Session) -> None:
    asked = ContactList(between=["joe-biden", "benjamin-netanyahu"])
    (call,) = items(list_contacts(reading, asked, ALL))
    assert (call["kind"], day(call["earliest"]), call["status"]) == ("call", "2021-05-12", "acknowledged")


def test_who_mediated_between_israel_and_hamas(reading: Session) -> None:
    asked = ContactList(participants=["israel", "hamas"], kind=["mediation"])
    found = items(list_contacts(reading, asked, ALL))
    mediators = [p["actor"]["slug"] for c in found for p in c["participants"] if p["role"] == "mediator"]
    assert sorted(mediators) == sorted(MEDIATORS_OF_ISRAEL_AND_HAMAS)
    assert items(list_contacts(reading, ContactList(between=["israel", "hamas"]), ALL)) == []


def test_which_contacts_involve_a_designated_organisation(reading: Session) -> None:
    numbers = {contact_id(reading, row.number): row.number for row in ROWS}
    found = items(list_contacts(reading, ContactList(designated=True), ALL))
    keys = {reading.info["ids"].decode(item["id"], "con") for item in found}
    assert {numbers[key] for key in keys} == ROWS_WITH_A_DESIGNATED_ORGANISATION
