"""Rules of a contact that only the record can check: each fault in words, at its place, alone and in a batch."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from db.contact_rules import lies_ahead

HAMAS_CALL = {
    "kind": "call",
    "when": "2021-05-12",
    "participants": [{"actor": "joe-biden"}, {"actor": "hamas"}],
    "accounts": [{"source": "press-report-2021-05-12"}],
}
VISIT = HAMAS_CALL | {"kind": "visit", "participants": [{"actor": "joe-biden", "role": "visitor"}]}
ONE = {"scheme": "test", "value": "1"}


def post(world: Any, path: str, body: dict[str, Any]) -> Any:
    return world.client.post(path, json=body, headers=world.writer)


def revise(world: Any, path: str, change: dict[str, Any], status: int = 422) -> dict[str, str]:
    """Patches a record as it stands and returns the code of each fault by its place."""
    seen = {"If-Match": world.client.get(path).headers["etag"], **world.writer}
    answer = world.client.patch(path, json=change, headers=seen)
    assert answer.status_code == status, answer.text
    return {fault["pointer"]: fault["code"] for fault in answer.json().get("errors", [])}


def codes(answer: Any, status: int = 422) -> dict[str, str]:
    """Returns the code of each fault by its place."""
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]
    return {fault["pointer"]: fault["code"] for fault in answer.json()["errors"]}


def takers(**second: Any) -> list[dict[str, Any]]:
    return [{"actor": "joe-biden"}, {"actor": "hamas"} | second]


CASES = [
    ({"participants": takers(capacity="joe-biden")}, "/participants/1/capacity", "wrong_kind"),
    ({"participants": takers(capacity="united-states")}, "/participants/1/capacity", "wrong_kind"),
    ({"participants": takers(on_behalf_of="hamas")}, "/participants/1/on_behalf_of", "on_behalf_of_himself"),
    ({"participants": takers(actor="wikidata:Q6279")}, "/participants/1/actor", "actor_twice"),
    ({"part_of": "example:first-world/1"}, "/part_of", "no_whole"),
    ({"part_of": "test:1"}, "/part_of", "part_of_later"),
    ({"protocol": "state"}, "/protocol", "invalid"),
    ({"identifiers": [ONE, ONE]}, "/identifiers", "invalid"),
    ({"when": "2990"}, "/when", "in_the_future"),
    (
        {"when": "2021-05-20", "accounts": [{"source": {"kind": "other", "title": "T", "published": "2021-05-01"}}]},
        "/when",
        "after_publication",
    ),
]


@pytest.mark.parametrize(("change", "pointer", "code"), CASES)
def test_a_broken_rule_is_placed_alone_and_in_a_batch(
    shared_world: Any, change: dict[str, Any], pointer: str, code: str
) -> None:
    body = HAMAS_CALL | ({} if "identifiers" in change else {"identifiers": [ONE]}) | change
    assert codes(post(shared_world, "/v1/contacts", body)) == {pointer: code}
    batch = {"contacts": [HAMAS_CALL, body]}
    assert codes(post(shared_world, "/v1/contacts/batch", batch)) == {f"/contacts/1{pointer}": code}
    batch = {"contacts": [body]}
    assert codes(post(shared_world, "/v1/contacts/batch", batch)) == {f"/contacts/0{pointer}": code}


def test_an_unknown_actor_in_a_batch_of_one_is_placed_in_it(shared_world: Any) -> None:
    batch = {"contacts": [HAMAS_CALL | {"participants": takers(actor="nobody-at-all")}]}
    assert codes(post(shared_world, "/v1/contacts/batch", batch)) == {
        "/contacts/0/participants/1/actor": "unknown_actor"
    }


def test_every_fault_of_a_batch_is_named(shared_world: Any) -> None:
    changes = [change for change, _, code in CASES if code not in ("invalid", "after_publication", "part_of_later")]
    batch = {"contacts": [HAMAS_CALL | change for change in changes]}
    assert set(codes(post(shared_world, "/v1/contacts/batch", batch))) == {
        f"/contacts/{n}{pointer}" for n, pointer in enumerate(case[1] for case in CASES if case[0] in changes)
    }


def test_an_identifier_that_two_contacts_of_a_batch_have_is_a_fault_of_the_body(shared_world: Any) -> None:
    batch = {"contacts": [HAMAS_CALL | {"identifiers": [ONE]}] * 2}
    answer = post(shared_world, "/v1/contacts/batch", batch)
    assert codes(answer) == {"/contacts/1/identifiers/0": "repeated"}
    assert "/contacts/0/identifiers/0" in answer.json()["detail"]
    actor = {"kind": "person", "name": "Somebody", "identifiers": [ONE, ONE]}
    assert codes(post(shared_world, "/v1/actors", actor)) == {"/identifiers": "invalid"}


def test_one_slug_for_two_new_sources_is_a_fault_of_the_body(shared_world: Any) -> None:
    sources = [{"kind": "other", "title": title, "slug": "one-paper"} for title in ("One", "Another")]
    body = HAMAS_CALL | {"accounts": [{"source": source} for source in sources]}
    assert codes(post(shared_world, "/v1/contacts", body)) == {"/accounts/1/source/slug": "repeated"}


def test_what_is_taken_is_named_where_it_is(world: Any) -> None:
    made = post(world, "/v1/contacts", HAMAS_CALL | {"identifiers": [ONE]})
    again = {"contacts": [HAMAS_CALL, HAMAS_CALL | {"identifiers": [{"scheme": "test", "value": "2"}, ONE]}]}
    answer = post(world, "/v1/contacts/batch", again)
    assert codes(answer, 409) == {"/contacts/1/identifiers/1": "taken"}
    assert world.client.get(answer.json()["existing"]).status_code == 200
    seen = {"If-Match": made.headers["etag"], "Readout-Reason": "A mistake.", **world.writer}
    assert world.client.delete(made.headers["location"], headers=seen).status_code == 204
    answer = post(world, "/v1/contacts", HAMAS_CALL | {"identifiers": [ONE]})
    assert codes(answer, 409) == {"/identifiers/0": "taken"}
    assert "retracted" in answer.json()["detail"]
    assert world.client.get(answer.json()["existing"]).status_code == 410
    source = {"kind": "other", "title": "Another", "slug": "press-report-2021-05-12"}
    answer = post(world, "/v1/contacts/batch", {"contacts": [HAMAS_CALL | {"accounts": [{"source": source}]}]})
    assert codes(answer, 409) == {"/contacts/0/accounts/0/source/slug": "taken"}
    assert world.client.get(answer.json()["existing"]).status_code == 200


@pytest.mark.parametrize(
    ("when", "ahead"),
    [
        *(("2021-05-13", False), ("2021-05-13T23:00+14:00", False), ("2021-05-14", True), ("2021-05", False)),
        *(("2022", True), ("/2990", False), ("2021-05-14/..", True), ("2021-05-12/2021-05-30", False), (None, False)),
    ],
)
def test_a_contact_lies_ahead_when_it_begins_after_tomorrow(when: str | None, ahead: bool) -> None:
    assert lies_ahead(when, date(2021, 5, 12)) is ahead


def test_what_is_planned_is_announced_and_affirmed_only_afterwards(world: Any) -> None:
    far = HAMAS_CALL | {"when": "2990-05", "accounts": [{"source": "press-report-2021-05-12", "stance": "announces"}]}
    made = post(world, "/v1/contacts", far)
    assert (made.status_code, made.json()["status"]) == (201, "planned")
    path = made.headers["location"]
    affirmed = {"source": "press-report-2021-05-12"}
    assert codes(post(world, f"{path}/accounts", affirmed)) == {"/stance": "in_the_future"}
    tomorrow = (datetime.now(UTC).date() + timedelta(days=1)).isoformat()
    near = post(world, "/v1/contacts", HAMAS_CALL | {"when": tomorrow, "accounts": [{"source": "us-tests"}]})
    assert codes(near) == {"/accounts/0/source": "unknown_source"}
    source = {"kind": "other", "title": "A readout that gives no date"}
    near = post(world, "/v1/contacts", HAMAS_CALL | {"when": tomorrow, "accounts": [{"source": source}]})
    assert near.status_code == 201
    assert revise(world, near.headers["location"], {"when": "2990-05"}) == {"/when": "in_the_future"}


def test_an_account_too_early_for_its_contact_is_faulted_at_its_source(world: Any) -> None:
    early = {"source": {"kind": "other", "title": "T", "published": "2021-05-01"}, "speaker": "nobody-at-all"}
    path = "/v1/contacts/example:first-world%2F1/accounts"
    assert codes(post(world, path, early)) == {"/speaker": "unknown_actor"}
    assert codes(post(world, path, early | {"speaker": None})) == {"/source": "after_publication"}


def test_a_whole_keeps_a_kind_that_has_parts(world: Any) -> None:
    visit = post(world, "/v1/contacts", VISIT | {"identifiers": [ONE]})
    part = post(world, "/v1/contacts", HAMAS_CALL | {"kind": "meeting", "part_of": "test:1"})
    assert (visit.status_code, part.status_code) == (201, 201)
    change = {"kind": "meeting", "participants": takers()}
    assert revise(world, visit.headers["location"], change) == {"/kind": "no_whole"}
    assert revise(world, visit.headers["location"], {"kind": "gathering"}, 200) == {}


SAID_TWICE = {"accounts": [{"source": "press-report-2021-05-12"}] * 2}
QUOTED = {"source": "press-report-2021-05-12", "quoted_from": "press-report-2021-05-12"}
WATCHED = [{"actor": "joe-biden", "role": "observer"}, {"actor": "hamas", "role": "venue"}]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (SAID_TWICE, "/accounts/1/source"),
        ({"accounts": [QUOTED]}, "/accounts/0/quoted_from"),
        ({"participants": WATCHED}, "/participants"),
        ({"participants": [{"actor": "joe-biden"}, WATCHED[1]]}, "/participants"),
        ({"kind": "meeting", "medium": "telephone"}, "/medium"),
    ],
)
def test_what_says_nothing_is_refused_at_its_place(shared_world: Any, change: dict[str, Any], pointer: str) -> None:
    assert set(codes(post(shared_world, "/v1/contacts", HAMAS_CALL | change))) == {pointer}


def test_an_account_quotes_another_document_than_its_own(world: Any) -> None:
    assert set(codes(post(world, "/v1/contacts/example:first-world%2F2/accounts", QUOTED))) == {"/quoted_from"}
    denial = {**SAID_TWICE["accounts"][0], "stance": "denies", "denies": ["hamas"]}
    both = HAMAS_CALL | {"accounts": [*HAMAS_CALL["accounts"], denial]}
    assert post(world, "/v1/contacts", both).status_code == 201
    passive = HAMAS_CALL | {"kind": "gathering", "participants": WATCHED}
    assert post(world, "/v1/contacts", passive).status_code == 201


def test_a_patch_that_changes_nothing_makes_no_version(world: Any) -> None:
    path = "/v1/contacts/example:first-world%2F1"
    before = world.client.get(path)
    version = world.client.get("/v1/status").json()["graph_version"]
    takers = [
        {"actor": "wikidata:Q6279", "capacity": "president-of-the-united-states", "level": "head_of_state"},
        {"actor": "benjamin-netanyahu", "capacity": "prime-minister-of-israel", "level": "head_of_government"},
    ]
    for same in ({}, {"kind": "call"}, {"participants": takers}):
        revise(world, path, same, status=200)
    revise(world, "/v1/sources/press-report-2021-05-12", {"kind": "press_report"}, status=200)
    revise(world, "/v1/actors/hamas", {"name": "Hamas"}, status=200)
    assert world.client.get(path).headers["etag"] == before.headers["etag"]
    assert world.client.get("/v1/status").json()["graph_version"] == version
    stale = {"If-Match": '"77-5f3a91b2c4d6"', **world.writer}
    for place in (path, "/v1/actors/hamas"):
        assert world.client.patch(place, json={}, headers=stale).status_code == 412
    revise(world, path, {"topics": ["military"]}, status=200)
    assert world.client.get(path).headers["etag"] != before.headers["etag"]


def test_what_only_retracted_contacts_mention_can_be_retracted(world: Any) -> None:
    for path, body in (
        ("/v1/sources", {"kind": "other", "title": "T", "slug": "t", "publisher_name": "P"}),
        ("/v1/topics", {"label": "T", "slug": "t"}),
        ("/v1/episodes", {"name": "T", "slug": "t"}),
        ("/v1/actors", {"kind": "person", "name": "T", "slug": "t"}),
    ):
        assert post(world, path, body).status_code == 201
    account = {"source": "t", "speaker": "t", "topics": ["t"]}
    made = post(world, "/v1/contacts", HAMAS_CALL | {"topics": ["t"], "episodes": ["t"], "accounts": [account]})
    places = ("/v1/sources/t", "/v1/topics/t", "/v1/episodes/t", "/v1/actors/t")
    assert {retract(world, place) for place in places} == {409}
    assert retract(world, made.headers["location"]) == 204
    assert {retract(world, place) for place in places} == {204}


def retract(world: Any, path: str) -> int:
    headers = {"If-Match": world.client.get(path).headers["etag"], "Readout-Reason": "Wrong.", **world.writer}
    return int(world.client.delete(path, headers=headers).status_code)


def test_an_office_in_which_somebody_acted_stays_one(world: Any) -> None:
    post(world, "/v1/actors", {"kind": "office", "name": "Chair", "slug": "chair"})
    takers_ = takers(actor="benjamin-netanyahu", capacity="chair")
    made = post(world, "/v1/contacts", HAMAS_CALL | {"participants": takers_})
    assert revise(world, "/v1/actors/chair", {"kind": "person"}) == {"/kind": "wrong_kind"}
    assert retract(world, made.headers["location"]) == 204
    revise(world, "/v1/actors/chair", {"kind": "person"}, status=200)
