"""What careless bodies are told: words for people, at the right place."""

from collections.abc import Iterator
from typing import Any

import pytest

from api.validation import PATTERNS

CALL = {
    "kind": "call",
    "when": "2021-05-12",
    "participants": [{"actor": "joe-biden"}, {"actor": "hamas"}],
    "accounts": [{"source": "press-report-2021-05-12"}],
}


def refused(world: Any, path: str, body: dict[str, Any]) -> dict[str, str]:
    """Returns the message of each fault by its place."""
    answer = world.client.post(path, json=body, headers=world.writer)
    assert answer.status_code == 422, answer.text
    return {fault["pointer"]: fault["message"] for fault in answer.json()["errors"]}


@pytest.mark.parametrize(("name", "said"), [("", "at least 1 character"), ("x" * 301, "at most 300 characters")])
def test_texts_have_characters_and_lists_have_members(world: Any, name: str, said: str) -> None:
    assert said in refused(world, "/v1/actors", {"kind": "person", "name": name})["/name"]
    assert "member" in refused(world, "/v1/contacts", CALL | {"accounts": []})["/accounts"]


def test_a_source_given_in_full_is_told_only_its_own_faults(world: Any) -> None:
    body = CALL | {"accounts": [{"source": {"kind": "other"}}]}
    assert set(refused(world, "/v1/contacts", body)) == {"/accounts/0/source/title"}
    assert "/accounts/0/source" in refused(world, "/v1/contacts", CALL | {"accounts": [{"source": 5}]})


def patterns(schema: Any) -> Iterator[str]:
    """Yields every pattern of a JSON schema."""
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        for inner in schema.values():
            yield from patterns(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from patterns(inner)


def test_every_pattern_of_a_body_is_put_in_words(world: Any, contract: dict[str, Any]) -> None:
    assert set(patterns(contract["components"]["schemas"])) <= set(PATTERNS)
    assert "http://" in refused(world, "/v1/sources", {"kind": "other", "title": "T", "url": "ftp://x"})["/url"]


def test_an_actor_keeps_a_kind_that_its_affiliations_allow(world: Any) -> None:
    path = "/v1/actors/president-of-the-united-states"
    seen = {"If-Match": world.client.get(path).headers["etag"], **world.writer}
    answer = world.client.patch(path, json={"kind": "person"}, headers=seen)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/kind")
    assert world.client.get(path).json()["kind"] == "office"
