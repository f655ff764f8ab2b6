"""PLOVER: objects however they are spread, several actors on a side, categories that are no contact."""

import json

import pytest

from importers.documents import Document
from importers.json_objects import Unreadable, objects
from importers.plover import EXAMPLE, read
from importers.records import Outcome
from tests.importers.events import became, contacts, records

VISIT = json.loads(EXAMPLE)


def event(**more: object) -> dict[str, object]:
    return {**VISIT, **more}


def test_the_example_loads_one_contact() -> None:
    found = records(read, EXAMPLE.encode())
    assert became(found) == [(1, "loaded", "")]
    [contact] = contacts(found)
    assert contact.kind == "visit"
    assert [(one.actor_key, one.role) for one in contact.participants] == [
        ("plover:actor/government-france@france", "visitor"), ("japan", "host"),
    ]  # fmt: skip


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_objects_are_read_however_they_are_spread(indent: int | None, step: int) -> None:
    whole = [event(id=str(number), text='a } "quoted" {') for number in range(3)]
    spread = json.dumps(whole, indent=indent).encode()
    lines = "\n".join(json.dumps(one, indent=indent) for one in whole).encode()
    for data in (spread, lines):
        pieces = [data[at : at + step] for at in range(0, len(data), step)]
        assert [one for _, one in objects(Document("file", pieces))] == whole


def test_a_broken_object_does_not_take_the_next_with_it() -> None:
    good = json.dumps(VISIT)
    data = f'{{"id": "x\n{good}\n{{"id": 1\n{good}\nrubbish\n{good}\n{{"a": \xff}}\n'.encode("latin-1")
    told = [(line, isinstance(one, Unreadable)) for line, one in objects(Document("file", [data]))]
    assert told == [(1, True), (2, False), (3, True), (4, False), (5, True), (6, False), (7, True)]


def test_several_of_a_side_take_part_together_and_those_without_a_target_face_each_other() -> None:
    three = [{"actorText": name, "code": code} for name, code in (("a", "FRA"), ("b", "JPN"), ("c", "DEU"))]
    sides, facing = contacts(
        records(
            read,
            json.dumps(event(mode="", source=three[:2], target=three[2:])).encode(),
            json.dumps(event(id="2", mode="phone", source=three, target="")).encode(),
        )
    )
    assert [(one.actor_key, one.side) for one in sides.participants] == [
        ("france", "source"), ("japan", "source"), ("germany", "target"),
    ]  # fmt: skip
    assert [one.side for one in facing.participants] == [None] * 3
    assert (facing.kind, facing.medium) == ("call", "telephone")


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"event": "AGREE"}, "intent"),
        ({"event": "REQUEST"}, "appeal"),
        ({"event": "reject"}, "refusal"),
        ({"event": "PROTEST"}, "other"),
        ({"target": ""}, "no_second_actor"),
        ({"target": [{"actorText": "somebody"}]}, "no_place"),
        ({"source": [{"code": "JPN"}]}, "same_actor"),
    ],
)
def test_what_is_no_contact_is_left_out_by_its_rule(more: dict[str, object], rule: str) -> None:
    assert became(records(read, json.dumps(event(**more)).encode())) == [(1, "left_out", rule)]


@pytest.mark.parametrize(
    ("more", "places"),
    [
        ({"date": "2001-02-30"}, ["/date"]),
        ({"event": 4, "source": "FRA", "id": ""}, ["/event", "/source", "/id"]),
        ({"target": [1]}, ["/target"]),
    ],
)
def test_a_bent_event_is_refused_at_its_fields(more: dict[str, object], places: list[str]) -> None:
    [outcome] = [one for one in records(read, json.dumps(event(**more)).encode()) if isinstance(one, Outcome)]
    assert [one.column for one in outcome.faults] == places
