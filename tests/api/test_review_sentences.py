"""What careless bodies are told: words for people, at the right place."""

from collections.abc import Iterator
from typing import Any

import pytest

from models.faults import PATTERNS

pytestmark = pytest.mark.door

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
    none = refused(world, "/v1/contacts", CALL | {"accounts": []})["/accounts"]
    assert none == "The list accounts needs at least 1 member(s)."


@pytest.mark.parametrize(
    ("query", "parameter", "said"),
    [
        ("actor=" + "a," * 50 + "a", "actor", "The list actor takes at most 50 members."),
        ("from=2022&to=2021", "from", "From lies after to."),
        ("role=host", "role", "Role goes with actor alone: it says in which role that actor took part."),
    ],
)
def test_a_bad_question_is_told_at_the_parameter_to_correct(world: Any, query: str, parameter: str, said: str) -> None:
    answer = world.client.get(f"/v1/contacts?{query}")
    assert answer.status_code == 400
    assert [(fault["parameter"], fault["message"]) for fault in answer.json()["errors"]] == [(parameter, said)]


def test_a_number_of_thousands_of_digits_is_called_one(world: Any) -> None:
    headers = {**world.writer, "Content-Type": "application/json"}
    answer = world.client.post("/v1/contacts", content=b'{"kind": ' + b"9" * 5_000 + b"}", headers=headers)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "The body holds a number of more digits than anything here takes."


def test_a_tie_that_is_not_there_is_not_told_to_ask_as_it_did(world: Any) -> None:
    said = world.client.get("/v1/ties/joe-biden/hamas").json()["detail"]
    assert "level=state" in said
    said = world.client.get("/v1/ties/iso3:USA/hamas?level=state&kind=summons").json()["detail"]
    assert "joins the two" in said
    assert "level=state" not in said


def test_a_source_given_in_full_is_told_only_its_own_faults(world: Any) -> None:
    body = CALL | {"accounts": [{"source": {"kind": "other"}}]}
    assert set(refused(world, "/v1/contacts", body)) == {"/accounts/0/source/title"}
    assert "/accounts/0/source" in refused(world, "/v1/contacts", CALL | {"accounts": [{"source": 5}]})


def test_a_source_named_by_what_is_no_reference_is_told_only_that(world: Any) -> None:
    answer = world.client.post("/v1/contacts", json=CALL | {"accounts": [{"source": "a\x00b"}]}, headers=world.writer)
    assert [one["code"] for one in answer.json()["errors"] if one["pointer"] == "/accounts/0/source"] == ["invalid"]


def test_faults_of_a_record_beyond_the_first_fifty_still_show_that_it_was_one(world: Any) -> None:
    accounts = [{"source": 1}] * 24 + [{"source": {"kind": "other", "title": ""}}]
    answer = world.client.post("/v1/contacts", json=CALL | {"kind": "none", "accounts": accounts}, headers=world.writer)
    faults = answer.json()["errors"]
    assert len(faults) == 50
    assert faults[-1]["pointer"] == "/accounts/24/source/title"


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
    said = "This must be an http or https address without blanks."
    assert refused(world, "/v1/sources", {"kind": "other", "title": "T", "url": "ftp://x"})["/url"] == said


def test_an_actor_keeps_a_kind_that_its_affiliations_allow(world: Any) -> None:
    path = "/v1/actors/president-of-the-united-states"
    seen = {"If-Match": world.client.get(path).headers["etag"], **world.writer}
    answer = world.client.patch(path, json={"kind": "person"}, headers=seen)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/kind")
    assert world.client.get(path).json()["kind"] == "office"
