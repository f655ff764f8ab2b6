"""Relations between contacts: stated by one, seen from both, never in a circle, and as they were known."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.api.conftest import World

WHO = ("joe-biden", "benjamin-netanyahu")
NUMBERS = iter(range(1, 10_000))


def made(world: World, *related: tuple[str, str], **more: Any) -> dict[str, Any]:
    """Records a call of 2021 and returns it."""
    body = {
        "kind": "call",
        "when": "2021-06-01",
        "participants": [{"actor": who} for who in WHO],
        "accounts": [{"source": "press-report-2021-05-12", "stance": "announces"}],
        "identifiers": [{"scheme": "relations", "value": str(next(NUMBERS))}],
        "related": [{"relation": relation, "contact": contact} for relation, contact in related],
        **more,
    }
    answer = world.client.post("/v1/contacts", json=body, headers=world.writer)
    assert answer.status_code == 201, answer.text
    contact: dict[str, Any] = answer.json()
    return contact


def patch(world: World, contact: dict[str, Any], *related: tuple[str, str]) -> Any:
    body = {"related": [{"relation": relation, "contact": other} for relation, other in related]}
    return world.client.patch(f"/v1/contacts/{contact['id']}", json=body, headers={**world.writer, "If-Match": "*"})


def seen(world: World, contact: dict[str, Any], **asked: str) -> list[tuple[str, str]]:
    """How others are related to a contact, seen from it."""
    answer = world.client.get(f"/v1/contacts/{contact['id']}", params={"include": "related", **asked})
    assert answer.status_code == 200, answer.text
    return [(one["relation"], one["contact"]["id"]) for one in answer.json()["related"]]


def test_a_relation_is_stated_by_one_contact_and_seen_from_both(module_world: World) -> None:
    world = module_world
    first, second = made(world), made(world)
    third = made(world, ("prepared_by", first["id"]), ("follows", second["id"]), ("same_round", second["id"]))
    assert set(seen(world, third)) == {
        ("prepared_by", first["id"]),
        ("follows", second["id"]),
        ("same_round", second["id"]),
    }
    assert seen(world, first) == [("prepares", third["id"])]
    assert set(seen(world, second)) == {("followed_by", third["id"]), ("same_round", third["id"])}
    assert "related" not in world.client.get(f"/v1/contacts/{first['id']}").json()


def test_a_round_that_both_state_is_seen_once(module_world: World) -> None:
    first = made(module_world)
    second = made(module_world, ("same_round", first["id"]))
    assert patch(module_world, first, ("same_round", second["id"])).status_code == 200
    assert seen(module_world, first) == [("same_round", second["id"])]
    assert seen(module_world, second) == [("same_round", first["id"])]


def test_the_related_are_found_from_either_end(module_world: World) -> None:
    first = made(module_world)
    second = made(module_world, ("follows", first["id"]))
    for one, other in ((first, second), (second, first)):
        found = module_world.client.get("/v1/contacts", params={"related_to": one["id"], "status": "any"}).json()
        assert [item["id"] for item in found["items"]] == [other["id"]]
    unknown = module_world.client.get("/v1/contacts?related_to=con_1")
    assert unknown.status_code == 400
    assert unknown.json()["errors"][0]["parameter"] == "related_to"


@pytest.mark.parametrize("relations", [("follows", "follows"), ("prepared_by", "follows")])
def test_no_contact_comes_after_itself(module_world: World, relations: tuple[str, str]) -> None:
    first = made(module_world)
    second = made(module_world, (relations[0], first["id"]))
    third = made(module_world, (relations[1], second["id"]))
    refused = patch(module_world, first, ("same_round", second["id"]), (relations[1], third["id"]))
    assert refused.status_code == 422, refused.text
    assert [(one["code"], one["pointer"]) for one in refused.json()["errors"]] == [("circle", "/related/1/contact")]
    assert patch(module_world, first, ("same_round", third["id"])).status_code == 200


@pytest.mark.parametrize(
    ("related", "code"),
    [
        ([("follows", "itself")], "itself"),
        ([("follows", "example:first-world/1"), ("follows", "example:first-world/1")], "repeated"),
        ([("follows", "con_1")], "unknown_contact"),
        ([("part_of", "example:first-world/1")], "literal_error"),
    ],
)
def test_what_cannot_be_related_is_refused(module_world: World, related: list[Any], code: str) -> None:
    contact = made(module_world)
    given = [(relation, contact["id"] if other == "itself" else other) for relation, other in related]
    refused = patch(module_world, contact, *given)
    assert refused.status_code == 422, refused.text
    assert refused.json()["errors"][0]["code"] == code
    assert seen(module_world, contact) == []


def test_in_a_batch_a_contact_is_related_to_an_earlier_one(module_world: World) -> None:
    bodies = []
    for number in (1, 2):
        other = f"batch:{number - 1}"
        bodies.append(
            {
                "kind": "call",
                "participants": [{"actor": who} for who in WHO],
                "accounts": [{"source": "press-report-2021-05-12"}],
                "identifiers": [{"scheme": "batch", "value": str(number)}],
                "related": [{"relation": "follows", "contact": other}] if number > 1 else [],
            }
        )
    headers = module_world.writer
    later = module_world.client.post("/v1/contacts/batch", json={"contacts": bodies[::-1]}, headers=headers)
    assert later.status_code == 422
    assert later.json()["errors"][0]["code"] == "related_to_later"
    answer = module_world.client.post("/v1/contacts/batch", json={"contacts": bodies}, headers=headers)
    assert answer.status_code == 201, answer.text
    first, second = answer.json()["ids"]
    assert seen(module_world, {"id": second}) == [("follows", first)]


def test_a_retracted_contact_is_related_to_none_and_the_past_still_shows_it(module_world: World) -> None:
    world = module_world
    first = made(world)
    second = made(world, ("follows", first["id"]))
    known_at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    headers = {**world.writer, "If-Match": "*", "Readout-Reason": "test"}
    assert world.client.delete(f"/v1/contacts/{first['id']}", headers=headers).status_code == 204
    assert seen(world, second) == []
    assert seen(world, second, known_at=known_at) == [("follows", first["id"])]
    assert patch(world, second).status_code == 200
