"""Rules of the other nouns, and faults that have no place of their own."""

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from db.pages import filter_digest
from models.filters import ContactList
from models.resource_filters import ActorFilter
from models.vocabulary import ROUTE_WORDS

CLERK = {"relation": "belongs_to", "target": "iso3:ISR", "since": "2001", "until": ".."}


def post(world: Any, path: str, body: Any) -> Any:
    return world.client.post(path, json=body, headers=world.writer)


def patch(world: Any, path: str, change: dict[str, Any]) -> Any:
    seen = {"If-Match": world.client.get(path).headers["etag"], **world.writer}
    return world.client.patch(path, json=change, headers=seen)


def test_no_topic_comes_to_stand_above_itself(world: Any) -> None:
    for slug, broader in (("one", None), ("two", "one"), ("three", "two")):
        assert post(world, "/v1/topics", {"label": slug, "slug": slug, "broader": broader}).status_code == 201
    for above in ("one", "two", "three"):
        answer = patch(world, "/v1/topics/one", {"broader": above})
        assert answer.status_code == 422, answer.text
        assert [(e["code"], e["pointer"]) for e in answer.json()["errors"]] == [("circle", "/broader")]
    assert patch(world, "/v1/topics/three", {"broader": "one"}).status_code == 200
    assert patch(world, "/v1/topics/two", {"broader": "three"}).status_code == 200


def test_two_who_move_topics_at_once_close_no_circle(world: Any, serve: Any) -> None:
    for slug in ("one", "two"):
        post(world, "/v1/topics", {"label": slug, "slug": slug})
    start = threading.Barrier(2)

    def move(ends: tuple[str, str]) -> int:
        start.wait(timeout=30)
        return int(patch(world, f"/v1/topics/{ends[0]}", {"broader": ends[1]}).status_code)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(move, (("one", "two"), ("two", "one")))) == [200, 422]


def test_the_same_affiliation_is_recorded_once(world: Any) -> None:
    path = "/v1/actors/hady-amr/affiliations"
    first = post(world, path, CLERK)
    again = post(world, path, CLERK | {"title": "Clerk"})
    assert (first.status_code, again.status_code) == (201, 409), again.text
    assert again.json()["existing"] == first.headers["location"]
    other = post(world, path, CLERK | {"since": None})
    assert other.status_code == 201
    moved = patch(world, other.headers["location"], {"since": "2001"})
    assert (moved.status_code, moved.json()["existing"]) == (409, first.headers["location"])
    assert patch(world, first.headers["location"], {"title": "Clerk"}).status_code == 200
    gone = {"If-Match": "*", "Readout-Reason": "A mistake.", **world.writer}
    assert world.client.delete(first.headers["location"], headers=gone).status_code == 204
    assert patch(world, other.headers["location"], {"since": "2001"}).status_code == 200


@pytest.mark.parametrize("word", ROUTE_WORDS)
def test_no_record_has_a_word_of_the_routes_for_its_slug(world: Any, word: str) -> None:
    for path, body in (("actors", {"kind": "person", "name": word.title()}), ("topics", {"label": word.title()})):
        answer = post(world, f"/v1/{path}", body | {"slug": word})
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/slug")
        made = post(world, f"/v1/{path}", body)
        assert made.status_code == 201
        assert world.client.get(f"/v1/{path}/{made.json()['slug']}").json()["id"] == made.json()["id"]


def test_many_of_one_name_need_no_slug(world: Any) -> None:
    taken = [post(world, "/v1/actors", {"kind": "person", "name": "Somebody"}).status_code for _ in range(60)]
    assert set(taken) == {201}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("contacts", []),
        ("contacts", "text"),
        ("contacts", {"kind": "call", "participants": [{"actor": "hamas"}], "accounts": [{"source": "x"}]}),
        ("actors", {"kind": "person", "name": "A", "organisation_type": "party"}),
        ("contacts/search", []),
    ],
)
def test_a_fault_of_the_whole_body_says_so(shared_world: Any, path: str, body: Any) -> None:
    fault = post(shared_world, f"/v1/{path}", body).json()["errors"][0]
    assert fault["pointer"] == ""
    assert fault["message"].startswith("The body ")
    assert fault["message"].endswith(".")


def test_a_missing_body_is_named_as_such(shared_world: Any) -> None:
    answer = shared_world.client.post("/v1/contacts", headers=shared_world.writer)
    assert answer.json()["errors"] == [{"code": "missing", "message": "The body is needed and missing.", "pointer": ""}]


def cursor(digest: str, *key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps([digest, *key]).encode()).decode().rstrip("=")


@pytest.mark.parametrize("part", [10**30, -(10**30), 2**63, True, "a\x00b", "\ud800", "not a date", 1.5, None])
def test_a_bent_cursor_is_refused_like_any_other(shared_world: Any, part: Any) -> None:
    digest = filter_digest(ContactList(), "contacts")
    actors = filter_digest(ActorFilter(), "actor")
    asked = [
        ("/v1/contacts", cursor(digest, part, 5), "read"),
        ("/v1/contacts", cursor(digest, "2021-05-12T00:00:00", part), "read"),
        ("/v1/actors", cursor(actors, "b", part), "read"),
        ("/v1/keys", cursor("keys", part), "admin"),
    ]
    for path, bent, scope in asked:
        answer = shared_world.client.get(path, params={"cursor": bent}, headers=shared_world.keys[scope])
        assert answer.status_code == 400, (path, answer.text)
        assert [e["code"] for e in answer.json()["errors"]] == ["bad_cursor"], (path, answer.text)
        assert "links.next" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["contacts/example:first-world/1", "contacts/example:a/b/accounts/x", "actors/x:y/z"])
def test_a_raw_slash_in_an_identifier_is_told_how_to_be_written(shared_world: Any, path: str) -> None:
    answer = shared_world.client.get(f"/v1/{path}")
    assert (answer.status_code, "%2F" in answer.json()["detail"]) == (404, True)


@pytest.mark.parametrize("path", ["contacts/con_5f3a91b2/x", "nothing/here", "actors/a:b", "contacts/a:b%2Fc"])
def test_other_addresses_get_no_advice_about_slashes(shared_world: Any, path: str) -> None:
    answer = shared_world.client.get(f"/v1/{path}")
    assert (answer.status_code, "%2F" in answer.json()["detail"]) == (404, False)
