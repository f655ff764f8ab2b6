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
