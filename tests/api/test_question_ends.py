"""Questions whose ends are wrong are told so: an empty answer would read as «they never met»."""

from typing import Any

import pytest

REASON = "recorded twice by mistake"


@pytest.fixture
def retracted(world: Any) -> str:
    """The slug of an actor who was taken out of the record."""
    body = {"kind": "person", "name": "Nobody", "slug": "no-body", "identifiers": [{"scheme": "x", "value": "1"}]}
    made = world.client.post("/v1/actors", json=body, headers=world.writer)
    headers = {**world.writer, "If-Match": made.headers["etag"], "Readout-Reason": REASON}
    assert world.client.delete("/v1/actors/no-body", headers=headers).status_code == 204
    return "no-body"


@pytest.mark.parametrize("level", ["actor", "organisation"])
@pytest.mark.parametrize(
    ("question", "parameter"),
    [
        *(("actor={}", "actor"), ("participants=egypt,{}", "participants"), ("between={},egypt", "between")),
        *(("publisher={}", "publisher"), ("actor=egypt,x:1", "actor")),
    ],
)
def test_a_retracted_actor_in_a_filter_is_refused(
    world: Any, retracted: str, question: str, parameter: str, level: str
) -> None:
    for path in ("contacts", "edges"):
        answer = world.client.get(f"/v1/{path}?{question.format(retracted)}&level={level}")
        assert answer.status_code == 400, answer.text
        (fault,) = answer.json()["errors"]
        assert (fault["code"], fault["parameter"]) == ("retracted_actor", parameter)
        assert REASON in answer.json()["detail"]


def test_a_retracted_actor_in_an_address_is_gone(world: Any, retracted: str) -> None:
    for path in (f"actors/{retracted}/counterparts", f"ties/{retracted}/egypt", f"ties/egypt/{retracted}?kind=call"):
        answer = world.client.get(f"/v1/{path}")
        assert (answer.status_code, answer.json()["title"]) == (410, "Retracted"), path
        assert REASON in answer.json()["detail"]
    assert world.client.get(f"/v1/actors/egypt/counterparts?participants={retracted}").status_code == 400


@pytest.mark.parametrize("level", ["actor", "organisation"])
@pytest.mark.parametrize("pair", ["joe-biden,joe-biden", "joe-biden,wikidata:Q6279"])
def test_nobody_deals_with_himself(shared_world: Any, pair: str, level: str) -> None:
    for path in ("contacts", "edges"):
        answer = shared_world.client.get(f"/v1/{path}?between={pair}&level={level}")
        assert answer.status_code == 400, answer.text
        assert answer.json()["errors"][0]["parameter"] == "between"
        assert "two different actors" in answer.json()["detail"]
    body = {"between": pair.split(","), "level": level}
    assert shared_world.client.post("/v1/contacts/search", json=body).status_code == 400
    answer = shared_world.client.get(f"/v1/ties/{pair.replace(',', '/')}?level={level}")
    assert (answer.status_code, "two different actors" in answer.json()["detail"]) == (404, True)


def test_two_who_met_only_among_very_many_are_told_so(world: Any) -> None:
    states = [one["slug"] for one in world.client.get("/v1/actors?kind=state&limit=26").json()["items"]]
    body = {"kind": "meeting", "when": "1999-05", "accounts": [{"source": "press-report-2021-05-12"}]}

    def record(names: list[str]) -> None:
        takers = [{"actor": name} for name in names]
        made = world.client.post("/v1/contacts", json={**body, "participants": takers}, headers=world.writer)
        assert made.status_code == 201, made.text

    record(states)
    left_out = {"contacts_of_too_many_participants": 1}
    meta = world.client.get(f"/v1/contacts?between={states[0]},{states[1]}").json()["meta"]
    assert (meta["left_out"], meta["truncated"]) == (left_out, True)
    tie = world.client.get(f"/v1/ties/{states[0]}/{states[1]}")
    assert (tie.status_code, "only in 1 contact(s)" in tie.json()["detail"]) == (404, True)
    tie = world.client.get(f"/v1/ties/{states[0]}/{states[1]}?from=2000")
    assert (tie.status_code, "widen it" in tie.json()["detail"]) == (404, True)
    record(states[:2])
    tie = world.client.get(f"/v1/ties/{states[0]}/{states[1]}")
    assert (tie.status_code, tie.json()["left_out"]) == (200, left_out)


@pytest.mark.door
def test_a_retracted_actor_takes_part_in_no_write(world: Any, retracted: str) -> None:
    takers = [{"actor": "egypt"}, {"actor": retracted}]
    account = {"source": {"kind": "remarks", "title": "Remarks", "publisher": "x:1"}}
    body = {"kind": "call", "when": "2021", "participants": takers, "accounts": [account]}
    answer = world.client.post("/v1/contacts", json=body, headers=world.writer)
    assert answer.status_code == 422, answer.text
    faults = {one["pointer"]: (one["code"], REASON in one["message"]) for one in answer.json()["errors"]}
    assert faults["/participants/1/actor"] == ("retracted_actor", True)
    assert faults["/accounts/0/source/publisher"] == ("retracted_actor", True)


@pytest.mark.door
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("affiliations", {"relation": "belongs_to", "target": "egypt"}),
        ("designations", {"list": "A list", "authority": "An authority"}),
        ("merge", {"into": "joe-biden"}),
    ],
)
def test_a_retracted_actor_in_the_address_of_a_write_is_gone(
    world: Any, retracted: str, path: str, body: dict[str, str]
) -> None:
    headers = {**world.writer, "If-Match": "*", "Readout-Reason": "A test"}
    answer = world.client.post(f"/v1/actors/{retracted}/{path}", json=body, headers=headers)
    assert (answer.status_code, REASON in answer.json()["detail"]) == (410, True), answer.text
