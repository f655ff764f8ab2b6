"""Actors that look like one: what is proposed, and what is two."""

import json
from typing import Any

import pytest

from db.actor_duplicates import Bounds, find_actor_duplicates
from models.duplicates import ActorDuplicateQuestion
from tests.api.conftest import World
from tests.api.test_dismissals import person, proposed


def found(world: World, one: str, other: str, **asked: Any) -> dict[str, Any] | None:
    answer = world.client.get("/v1/duplicates/actors", params={"actor": one, "min_score": 0, "limit": 1000, **asked})
    assert answer.status_code == 200, answer.text
    return next((i for i in answer.json()["items"] if {a["id"] for a in i["actors"]} == {one, other}), None)


@pytest.mark.parametrize(
    ("names", "least"),
    [
        (("Sergej Wodarov", "Sergey Vodarov"), 85),
        (("Сергей Лазутин", "Sergei Lazutin"), 90),
        (("Prime Minister Obrechkov", "Ivan Obrechkov"), 60),
        (("King Tamerand", "Tamerand"), 100),
        (("O’Neskill Brian", "Brian ONeskill"), 100),
    ],
)
def test_spellings_scripts_and_titles_of_one_name_are_proposed(
    module_world: World, names: tuple[str, str], least: float
) -> None:
    pair = [person(module_world, name, provisional=True) for name in names]
    item = found(module_world, *pair, provisional=True)
    assert item is not None
    assert item["score"] >= least
    assert item["method"] == "actors/1"
    assert [actor["id"] for actor in item["actors"]] == pair


def test_an_alias_is_a_name_and_another_given_name_is_another_person(module_world: World) -> None:
    one = person(module_world, "Bela Kostrand", names=[{"name": "Miro Halvic", "kind": "alias"}])
    other, brother = person(module_world, "Miro Halvic"), person(module_world, "Zeno Halvic")
    alias, kin = found(module_world, one, other), found(module_world, other, brother)
    assert alias is not None
    assert alias["features"]["names"] == 1.0
    assert kin is None or kin["score"] < 50


def test_the_title_before_a_surname_is_held_against_the_offices_of_its_bearer(world: World) -> None:
    surname = person(world, "Prime Minister Netanyahu", provisional=True)
    known = world.client.get("/v1/actors/benjamin-netanyahu").json()["id"]
    before = found(world, known, surname)
    assert before is not None
    assert before["features"] == {"names": 0.92, "state": None, "offices": 0.9, "active": None, "identifiers": None}
    headers = world.writer
    path = f"/v1/actors/{surname}/affiliations"
    for body in (
        {"relation": "holds", "target": "prime-minister-of-israel", "since": "2020", "until": "2021-06"},
        {"relation": "belongs_to", "target": "iso3:ISR"},
    ):
        assert world.client.post(path, json=body, headers=headers).status_code == 201
    after = found(world, known, surname)
    assert after is not None
    assert after["features"]["offices"] == after["features"]["state"] == 1.0
    assert after["score"] > before["score"]


def test_whom_an_authority_counts_as_two_are_two(module_world: World) -> None:
    same = {"slug": "authority-one", "identifiers": [{"scheme": "wikidata", "value": "Q999001"}]}
    one = person(module_world, "Una Authorsen", **same)
    case = person(module_world, "Una Authorsen", identifiers=[{"scheme": "wikidata", "value": "q999001"}])
    two = person(module_world, "Una Authorsen", identifiers=[{"scheme": "wikidata", "value": "Q999002"}])
    item = found(module_world, one, case)
    assert item is not None
    assert item["features"]["identifiers"] == 1.0
    assert found(module_world, one, two) is None


def test_of_one_actor_the_same_is_proposed_as_of_all(module_world: World) -> None:
    """By name, by identifier and by an office held at once; the look-up by index finds what the whole record does."""
    office = module_world.client.post(
        "/v1/actors", json={"kind": "office", "name": "Keeper of the Quillmark"}, headers=module_world.writer
    ).json()["id"]
    one = person(module_world, "Ossian Quillfeather", identifiers=[{"scheme": "quill", "value": "A1"}])
    others = [
        person(module_world, "Ossian Quilfeather"),
        person(module_world, "Nobody Alike", identifiers=[{"scheme": "quill", "value": "a1"}]),
        person(module_world, "Somebody Else"),
    ]
    for holder in (one, others[2]):
        body = {"relation": "holds", "target": office, "since": "2019", "until": "2020"}
        path = f"/v1/actors/{holder}/affiliations"
        assert module_world.client.post(path, json=body, headers=module_world.writer).status_code == 201
    asked = "/v1/duplicates/actors?min_score=0&limit=1000&kind=person"
    whole, alone = (module_world.client.get(f"{asked}{more}").json()["items"] for more in ("", f"&actor={one}"))
    assert alone == [item for item in whole if one in {actor["id"] for actor in item["actors"]}]
    assert {a["id"] for item in alone for a in item["actors"]} == {one, *others}


def test_what_was_not_looked_at_is_said(module_world: World) -> None:
    """Of all names the latest come first, and what fewest have in common."""
    older, newer = (
        [person(module_world, f"Limitas {name}") for name in (name, name)] for name in ("Oldmark", "Newmark")
    )
    asked = ActorDuplicateQuestion(kind=["person"], min_score=90.0)
    with module_world.database.session() as session:
        whole, latest, rarest = (
            find_actor_duplicates(session, asked, bounds=bounds)
            for bounds in (Bounds(), Bounds(actors=2), Bounds(pairs=1))
        )
        state = find_actor_duplicates(session, ActorDuplicateQuestion(kind=["group"]), bounds=Bounds(actors=100))
    assert whole.limits is None
    assert state.limits is None, "a kind narrows what is looked at"
    pairs = [
        [{actor["id"] for actor in item["actors"]} for item in json.loads(one.items or "")] for one in (whole, latest)
    ]
    assert {*older} in pairs[0]
    assert {*newer} in pairs[0]
    assert pairs[1] == [{*newer}]
    assert latest.limits == {"actors": 2}
    assert rarest.limits == {"pairs": 1}


def test_offices_whose_titles_differ_are_two(module_world: World) -> None:
    made = [
        module_world.client.post(
            "/v1/actors", json={"kind": "office", "name": name}, headers=module_world.writer
        ).json()["id"]
        for name in ("President of Grandmark", "Vice President of Grandmark", "President of Grand-Mark")
    ]
    one, vice, same = made
    told = found(module_world, one, vice)
    assert told is None or told["score"] < 50
    assert (found(module_world, one, same) or {})["score"] == 100.0


def test_pages_neither_skip_nor_repeat_and_filters_narrow(module_world: World) -> None:
    for _ in range(4):
        person(module_world, "Paginus Walkman", provisional=True)
    whole = proposed(module_world, provisional=True, min_score=90, kind="person")
    walked: list[set[str]] = []
    following = "/v1/duplicates/actors?provisional=true&min_score=90&kind=person&limit=2"
    while following:
        page = module_world.client.get(following).json()
        walked += [{actor["id"] for actor in one["actors"]} for one in page["items"]]
        following = page["links"].get("next", "")
    assert walked == whole
    assert len(whole) >= 6
    assert proposed(module_world, kind="state", provisional=True) == []


@pytest.mark.parametrize(
    ("query", "status"),
    [("actor=nobody-at-all", 400), ("min_score=nan", 400), ("cursor=x", 400), ("kind=king", 400), ("dismissed=x", 400)],
)
def test_bent_questions_are_refused(module_world: World, query: str, status: int) -> None:
    assert module_world.client.get(f"/v1/duplicates/actors?{query}").status_code == status
