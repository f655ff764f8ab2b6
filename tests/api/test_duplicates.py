"""Contacts that look like one event: what is proposed, and what is two."""

import json
from typing import Any

import pytest

from db.duplicates import find_duplicates
from db.rebuild import check
from models.duplicates import DuplicateQuestion
from tests.api.conftest import World

LEADERS = ("joe-biden", "benjamin-netanyahu")
POSTS = ("president-of-the-united-states", "prime-minister-of-israel")
NUMBERS = iter(range(1, 10_000))
YEARS = iter(range(1960, 2020))


def call(world: World, when: str, takers: Any = LEADERS, **more: Any) -> str:
    """Records a contact, and returns its id."""
    body = {
        "kind": "call",
        "when": when,
        "participants": [one if isinstance(one, dict) else {"actor": one} for one in takers],
        "accounts": [{"source": {"kind": "other", "title": f"Paper {next(NUMBERS)}"}}],
        **more,
    }
    answer = world.client.post("/v1/contacts", json=body, headers=world.writer)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def proposed(world: World, **asked: Any) -> list[dict[str, Any]]:
    answer = world.client.get("/v1/duplicates", params=asked)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def pairs(world: World, year: int, **asked: Any) -> list[set[str]]:
    found = proposed(world, **{"from": f"{year}", "to": f"{year}", **asked})
    return [{contact["id"] for contact in one["contacts"]} for one in found]


def test_one_call_told_twice_is_proposed_with_its_score_by_feature(module_world: World) -> None:
    year = next(YEARS)
    one, other = call(module_world, f"{year}-03-05"), call(module_world, f"{year}-03-05")
    found = proposed(module_world, **{"from": f"{year}", "to": f"{year}"})
    assert [[contact["id"] for contact in item["contacts"]] for item in found] == [[one, other]]
    assert found[0]["features"] == {"ends": 1.0, "when": 1.0, "kind": 1.0, "sources": 1.0}
    assert (found[0]["score"], found[0]["method"]) == (100.0, "contacts/1")


@pytest.mark.parametrize(
    ("when", "other", "kind"),
    [
        ("03-05", "03-06", "call"),
        ("03-05", "03-05", "conversation"),
        ("03-05", "03-05", "engagement"),
        ("03-05", "03", "call"),
        ("03-05T10:00Z", "03-05T11:30Z", "call"),
    ],
)
def test_a_coarser_date_or_kind_and_the_next_day_agree_less(
    module_world: World, when: str, other: str, kind: str
) -> None:
    year = next(YEARS)
    both = {call(module_world, f"{year}-{when}"), call(module_world, f"{year}-{other}", kind=kind)}
    assert pairs(module_world, year) == [both]


@pytest.mark.parametrize(
    ("when", "other", "kind"),
    [
        ("03-05", "03-07", "call"),
        ("03-05", "03-05", "meeting"),
        ("03-05", "03-05", "message"),
        ("03-05T10:00Z", "03-05T15:00Z", "call"),
    ],
)
def test_two_calls_of_one_week_and_kinds_that_contradict_are_two(
    module_world: World, when: str, other: str, kind: str
) -> None:
    year = next(YEARS)
    call(module_world, f"{year}-{when}")
    roles = ("sender", "recipient") if kind == "message" else ("principal", "principal")
    takers = [{"actor": who, "role": role} for who, role in zip(LEADERS, roles, strict=True)]
    call(module_world, f"{year}-{other}", takers, kind=kind)
    assert pairs(module_world, year, min_score=0) == []


def test_of_different_rank_they_are_two(module_world: World) -> None:
    year = next(YEARS)
    for level in ("minister", "head_of_government"):
        takers = [{"actor": "united-states"}, {"actor": "israel", "level": level}]
        call(module_world, f"{year}-03-05", takers)
    assert pairs(module_world, year, min_score=0) == []


def test_a_post_and_its_holder_and_his_state_are_found_as_a_lifted_pair(module_world: World) -> None:
    for takers, ends in ((POSTS, 0.9), (("united-states", "israel"), 0.6)):
        month = "2021-06" if ends == 0.9 else "2021-05"
        both = [call(module_world, f"{month}-01"), call(module_world, f"{month}-01", takers)]
        found = proposed(module_world, **{"from": f"{month}-01", "to": f"{month}-01"})
        by_pair = {tuple(contact["id"] for contact in one["contacts"]): one for one in found}
        assert by_pair[tuple(both)]["features"]["ends"] == ends
        asked = {"actor": "iso3:ISR", "from": f"{month}-01", "to": f"{month}-01"}
        assert both in [[contact["id"] for contact in one["contacts"]] for one in proposed(module_world, **asked)]


def test_what_is_related_or_lies_inside_is_two(module_world: World) -> None:
    year = next(YEARS)
    one = call(module_world, f"{year}-03-05")
    call(module_world, f"{year}-03-05", related=[{"relation": "follows", "contact": one}])
    assert pairs(module_world, year, min_score=0) == []


def test_one_document_that_tells_of_both_makes_it_less_likely(module_world: World) -> None:
    year = next(YEARS)
    paper = {"kind": "other", "title": "One paper", "slug": f"one-paper-{year}"}
    for _ in range(2):
        call(module_world, f"{year}-03-05", accounts=[{"source": paper}])
    found = proposed(module_world, **{"from": f"{year}", "to": f"{year}"})
    assert found[0]["features"]["sources"] == 0.3
    assert found[0]["score"] == 93.0


def test_filters_and_limits(module_world: World) -> None:
    year = next(YEARS)
    for _ in range(3):
        call(module_world, f"{year}-03-05")
    assert len(pairs(module_world, year)) == 3
    assert len(pairs(module_world, year, actor="joe-biden")) == 3
    assert pairs(module_world, year, actor="hamas") == []
    answer = module_world.client.get(f"/v1/duplicates?from={year}&to={year}&limit=1").json()
    walked = [answer]
    while "next" in walked[-1]["links"]:
        walked.append(module_world.client.get(walked[-1]["links"]["next"]).json())
    told = [[one["id"] for one in item["contacts"]] for page in walked for item in page["items"]]
    assert [set(pair) for pair in told] == pairs(module_world, year)
    assert len(walked) == 3
    assert module_world.client.get("/v1/duplicates?actor=nobody-at-all").status_code == 400
    assert module_world.client.get("/v1/duplicates?from=2022&to=2021").status_code == 400
    with module_world.database.session() as session:
        assert check(session).clean


def test_what_was_not_looked_at_is_said(module_world: World) -> None:
    """The newest of the window come first: the older call is passed over, and the answer says that some were."""
    year = next(YEARS)
    older = {call(module_world, f"{year}-03-05") for _ in range(2)}
    newer = {call(module_world, f"{year}-08-05") for _ in range(2)}
    asked = DuplicateQuestion.model_validate({"from": f"{year}", "to": f"{year}"})
    with module_world.database.session() as session:
        whole = find_duplicates(session, asked)
        cut = find_duplicates(session, asked, edges=1)
    told = [[{one["id"] for one in item["contacts"]} for item in json.loads(found.items)] for found in (whole, cut)]
    assert (whole.limits, sorted(map(sorted, told[0]))) == (None, sorted(map(sorted, (older, newer))))
    assert (cut.limits, told[1]) == ({"edges": 1}, [newer])


def test_dates_at_the_ends_of_time_and_bent_values_are_answered(module_world: World) -> None:
    for when in ("0001-01-01", "0001-01-01"):
        call(module_world, when)
    assert len(pairs(module_world, 1, **{"from": "0001", "to": "0001"})) == 1
    for query, status in (
        ("from=9998-12-30", 200),
        ("to=9998", 200),
        ("from=../2021", 200),
        ("from=2021-21", 400),
        ("min_score=nan", 400),
        ("min_score=101", 400),
        ("limit=1001", 400),
        ("cursor=x", 400),
        ("known_at=2001", 400),
    ):
        assert module_world.client.get(f"/v1/duplicates?{query}").status_code == status, query
