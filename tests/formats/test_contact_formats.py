"""Names of participants come back from the formats of contacts: event data, entities, feed and calendar."""

import json
import xml.etree.ElementTree as ElementTree
from typing import Any

import icalendar
import pytest

from formats.shapes import Content
from tests.formats.fuzzed import NAMES, actor, content_of, names, shown, written

EVENTS = 300
"""Calendars are written and read by a library that takes its time."""


@pytest.fixture(scope="module")
def fuzzed() -> list[str]:
    return names()


def called(number: int, name: str) -> dict[str, Any]:
    """Returns a call of everybody's with one of this name, about whom it says the same in every text."""
    takers = [actor(0, "Everybody"), actor(number, name)]
    return {
        "id": f"con_{number:x}",
        "kind": "call",
        "status": "confirmed",
        "when": "2021-05-12",
        "earliest": "2021-05-12T00:00:00",
        "latest": "2021-05-13T00:00:00",
        "duration_minutes": None,
        "place": name,
        "summary": name,
        "participants": [
            {"actor": one, "capacity": None, "role": "principal", "initiator": number == 0} for one in takers
        ],
        "topics": [{"slug": "military", "label": name}],
        "account_count": 1,
        "version": 1,
        "recorded_at": "2021-05-13T09:00:00+00:00",
        "changed_at": "2021-05-13T09:00:00+00:00",
        "links": {"self": f"/v1/contacts/con_{number:x}"},
    }


@pytest.fixture(scope="module")
def calls(fuzzed: list[str]) -> Content:
    actors = [actor(number, name) for number, name in enumerate(("Everybody", *fuzzed))]
    return content_of("contacts", [called(number, name) for number, name in enumerate(fuzzed, start=1)], actors)


def lines_of(data: bytes) -> list[Any]:
    """Returns what stands in the lines, which end at line feeds alone."""
    lines = data.decode().split("\n")
    assert lines.pop() == ""
    return [json.loads(line) for line in lines]


def test_names_come_back_from_plover(fuzzed: list[str], calls: Content) -> None:
    events = lines_of(written("plover.jsonl", calls))
    assert [[one["name"] for one in event["actors"]] for event in events] == [["Everybody", name] for name in fuzzed]
    assert [(event["text"], event["location"]) for event in events] == [(name, name) for name in fuzzed]


def test_names_come_back_from_entities(fuzzed: list[str], calls: Content) -> None:
    entities = {one["id"]: one for one in lines_of(written("ftm.json", calls))}
    assert len(entities) == 2 * NAMES + 1
    for number, name in enumerate(fuzzed, start=1):
        event = entities[f"con-{number:x}"]["properties"]
        who = [entities[one]["properties"]["name"] for one in event["involved"]]
        assert (who, event["summary"], event["keywords"]) == ([["Everybody"], [name]], [name], [name])


def test_names_come_back_from_a_feed(fuzzed: list[str], calls: Content) -> None:
    atom = "{http://www.w3.org/2005/Atom}"
    titles = [
        entry.findtext(f"{atom}title") for entry in ElementTree.fromstring(written("atom", calls)).iter(f"{atom}entry")
    ]
    assert titles == [f"Call, 2021-05-12: Everybody, {shown(name)}" for name in fuzzed]


def test_names_come_back_from_a_calendar(fuzzed: list[str], calls: Content) -> None:
    some = Content(calls.table, lambda: list(calls.documents())[:EVENTS], about=calls.about)
    events = icalendar.Calendar.from_ical(written("ics", some)).walk("VEVENT")
    assert [str(event["summary"]) for event in events] == [f"Call: Everybody, {name}" for name in fuzzed[:EVENTS]]
