"""GDELT: three widths of rows, actors that are codes, stories that are addresses."""

import pytest

from importers.gdelt import EXAMPLE, read
from importers.records import ActorRecord, Outcome, SourceRecord
from tests.importers.events import became, contacts, gdelt, records


def test_the_example_loads_one_contact() -> None:
    found = records(read, EXAMPLE.encode())
    assert became(found) == [(1, "loaded", "")]
    [contact] = contacts(found)
    assert (contact.kind, contact.place) == ("conversation", "Tokyo, Tokyo, Japan")
    assert [one.name_as_given for one in contact.participants] == ["PARIS", "TOKYO"]


def test_rows_of_all_widths_are_read_as_they_come() -> None:
    found = records(read, gdelt(57), gdelt(58, c0="2"), gdelt(61, c0="3"), gdelt(60, c0="4"))
    assert became(found) == [
        (1, "loaded", ""), (2, "folded", "again"), (3, "folded", "again"), (4, "refused", "refused"),
    ]  # fmt: skip
    [contact] = contacts(found)
    assert [one.original_row for one in contact.accounts] == ["1", "2\n3"]
    sources = {one.publisher_name: one for one in found if isinstance(one, SourceRecord)}
    assert sorted(map(str, sources)) == ["GDELT Project", "daily.example"]
    assert sources["daily.example"].url == "https://www.daily.example/one"


def test_types_are_groups_of_their_state_and_a_known_group_itself() -> None:
    found = records(
        read,
        gdelt(61, c5="USAGOV", c6="THE US", c12="GOV", c7="USA", c15="IGOUNO", c16="UN", c17="", c18="UNO", c22="IGO"),
        gdelt(61, c0="2", c5="USAGOV", c6="VLADIMIR", c12="GOV", c7="USA", c15="AFR", c16="AFRICAN", c17="AFR"),
    )
    assert [[one.actor_key for one in contact.participants] for contact in contacts(found)] == [
        ["gdelt:actor/government-united-states@united-states", "united-nations"],
        ["gdelt:actor/government-united-states@united-states", "gdelt:actor/africa@"],
    ]
    assert [one.name for one in found if isinstance(one, ActorRecord)] == ["Government (United States)", "Africa"]


@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"c15": "", "c17": ""}, "no_second_actor"),
        ({"c15": "COP", "c17": "", "c22": "COP"}, "no_place"),
        ({"c15": "FRA", "c17": "FRA"}, "same_actor"),
        ({"c26": "036"}, "intent_to_meet"),
        ({"c26": "0841"}, "other"),
    ],
)
def test_what_is_no_contact_is_left_out_by_its_rule(cells: dict[str, str], rule: str) -> None:
    assert became(records(read, gdelt(61, **cells))) == [(1, "left_out", rule)]


def test_a_story_that_is_no_address_is_its_publisher() -> None:
    [source] = [one for one in records(read, gdelt(58, c57="BBC Monitoring")) if isinstance(one, SourceRecord)]
    assert (source.url, source.publisher_name) == (None, "BBC Monitoring")


def test_a_bent_row_is_refused_at_its_columns() -> None:
    [outcome] = [one for one in records(read, gdelt(61, c0="a", c1="20011301", c26="4")) if isinstance(one, Outcome)]
    assert [one.column for one in outcome.faults] == ["GLOBALEVENTID", "SQLDATE", "EventCode"]
