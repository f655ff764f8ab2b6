"""Pairs judged to be two: proposed no more unless asked for, settled and carried over by merges, and taken back."""

from typing import Any

from db.rebuild import check
from tests.api.conftest import World
from tests.api.test_duplicates import call

SAID = {"Readout-Reason": "looked at again", "If-Match": "*"}


def dismissed(world: World, of: str, *pair: str) -> Any:
    body = {"of": of, "pair": list(pair), "reason": "They were seen together."}
    return world.client.post("/v1/dismissals", json=body, headers=world.writer)


def person(world: World, name: str, **more: Any) -> str:
    answer = world.client.post("/v1/actors", json={"kind": "person", "name": name, **more}, headers=world.writer)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def proposed(world: World, **asked: Any) -> list[set[str]]:
    answer = world.client.get("/v1/duplicates/actors", params=asked)
    assert answer.status_code == 200, answer.text
    return [{actor["id"] for actor in one["actors"]} for one in answer.json()["items"]]


def test_a_dismissed_pair_of_contacts_does_not_return_unless_asked_for(module_world: World) -> None:
    world, year = module_world, "1951"
    pair = [call(world, f"{year}-03-05"), call(world, f"{year}-03-05")]
    made = dismissed(world, "contacts", *pair[::-1])
    assert made.status_code == 201, made.text
    assert made.json()["pair"] == pair
    assert made.json()["decided_by"].startswith("key_")
    asked = {"from": year, "to": year}
    assert world.client.get("/v1/duplicates", params=asked).json()["items"] == []
    shown = world.client.get("/v1/duplicates", params={**asked, "dismissed": True}).json()["items"]
    assert [one["dismissal"] for one in shown] == [made.json()["id"]]
    again = dismissed(world, "contacts", *pair)
    assert (again.status_code, again.json()["existing"]) == (409, made.headers["location"])
    gone = world.client.delete(made.headers["location"], headers={**world.writer, **SAID})
    assert gone.status_code == 204
    assert world.client.get(made.headers["location"]).status_code == 410
    back = world.client.get("/v1/duplicates", params=asked).json()["items"]
    assert [one["dismissal"] for one in back] == [None]
    told = world.client.get(f"{made.headers['location']}/history", headers=world.writer).json()["items"]
    assert [(one["action"], one["reason"]) for one in told] == [("retract", "looked at again"), ("create", None)]
    assert {told[1]["after"]["first"], told[1]["after"]["second"]} == set(pair)


def test_what_a_dismissal_refuses(module_world: World) -> None:
    world = module_world
    for pair in (("joe-biden", "nobody-of-that-name"), ("iso3:ISR", "israel"), ("joe-biden", "joe-biden")):
        assert dismissed(world, "actors", *pair).status_code == 422, pair
    body = {"of": "actors", "pair": ["joe-biden", "hamas"]}
    assert world.client.post("/v1/dismissals", json=body, headers=world.writer).status_code == 422
    made = dismissed(world, "actors", "joe-biden", "hamas").headers["location"]
    assert world.client.delete(made, headers={**world.writer, "If-Match": "*"}).status_code == 400
    assert world.client.delete(made, headers={**world.writer, "Readout-Reason": "x"}).status_code == 428


def test_a_merge_settles_the_dismissal_of_the_two_and_carries_over_those_with_others(world: World) -> None:
    kept, merged, third = (person(world, "Ana Quellos", slug=f"quellos-{n}") for n in range(3))
    assert {frozenset(pair) for pair in proposed(world, actor=kept)} == {
        frozenset({kept, one}) for one in (merged, third)
    }
    between = dismissed(world, "actors", kept, merged).headers["location"]
    carried = dismissed(world, "actors", merged, third).headers["location"]
    assert proposed(world, actor=merged) == []
    headers = {**world.writer, **SAID}
    merge = world.client.post(f"/v1/actors/{merged}/merge", json={"into": kept}, headers=headers)
    assert merge.status_code == 200, merge.text
    assert world.client.get(between).status_code == 410
    assert set(world.client.get(carried).json()["pair"]) == {kept, third}
    assert proposed(world, actor=kept) == []
    undone = world.client.post(f"/v1/actors/{merged}/unmerge", headers=headers)
    assert undone.status_code == 200, undone.text
    assert set(world.client.get(between).json()["pair"]) == {kept, merged}
    assert set(world.client.get(carried).json()["pair"]) == {merged, third}
    assert proposed(world, actor=kept) == [{kept, third}]
    with world.database.session() as session:
        assert check(session).clean


def test_a_dismissal_that_names_an_erased_person_is_listed(module_world: World) -> None:
    one, other = (person(module_world, f"Erasmus Goneaway {n}", slug=f"goneaway-{n.lower()}") for n in ("I", "II"))
    body = {"of": "actors", "pair": [one, other], "reason": "Erasmus Goneaway I is the uncle."}
    made = module_world.client.post("/v1/dismissals", json=body, headers=module_world.writer).json()["id"]
    headers = {**module_world.keys["admin"], **SAID}
    erased = module_world.client.post(f"/v1/actors/{one}/erase", headers=headers)
    assert erased.status_code == 200, erased.text
    assert {"noun": "dismissal", "id": made, "field": "reason"} in erased.json()["mentions"]
