"""The history of a record and the feed of all changes, over HTTP."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

CONTACT = {
    "kind": "meeting",
    "when": "2021-05-12",
    "participants": [{"actor": "joe-biden"}, {"actor": "benjamin-netanyahu"}],
    "accounts": [{"source": "press-report-2021-05-12"}],
}
HEADERS = {"Readout-Reason": "Told twice"}


def walk(world: Any, headers: dict[str, str], since: str | None = None, **asked: Any) -> tuple[list[Any], str]:
    """Follows the feed to its present end; returns its items and the cursor to go on from."""
    items: list[Any] = []
    while True:
        wanted = {"limit": 50, **asked, **({"since": since} if since else {})}
        page = world.client.get("/v1/changes", params=wanted, headers=headers).json()
        items += page["items"]
        since = page["meta"]["next_cursor"]
        if "next" not in page["links"]:
            return items, str(since)


def test_a_contact_tells_who_changed_what_when_and_why(world: Any) -> None:
    writer = {**world.writer, "If-Match": "*"}
    made = world.client.post("/v1/contacts", json=CONTACT, headers=world.writer).json()
    address = f"/v1/contacts/{made['id']}"
    moved = world.client.patch(address, json={"place": "Geneva"}, headers={**writer, "Readout-Reason": "Place known"})
    assert moved.status_code == 200, moved.text
    assert world.client.delete(address, headers={**writer, **HEADERS}).status_code == 204
    answer = world.client.get(f"{address}/history", headers=world.writer)
    assert answer.status_code == 200, "a retracted record's history stays"
    gone, changed, account, first = answer.json()["items"]
    assert [one["action"] for one in (gone, changed, account, first)] == ["retract", "change", "create", "create"]
    assert (account["noun"], account["contact"], first["id"]) == ("account", made["id"], made["id"])
    assert changed["changed"] == {"place": {"before": None, "after": "Geneva"}}
    assert (changed["reason"], gone["reason"]) == ("Place known", "Told twice")
    assert changed["request_id"] == moved.headers["x-request-id"]
    assert changed["by"]["id"].startswith("key_")
    assert changed["by"]["name"] is None, "whose key it was is for administrators"
    assert first["before"] is None
    assert {one["actor"][:4] for one in first["after"]["participants"]} == {"act_"}
    assert gone["after"]["retraction_reason"] == "Told twice"
    seen = world.client.get(f"{address}/history", headers=world.keys["admin"]).json()["items"][1]
    assert seen["by"]["name"] == "write"


def test_a_history_is_paged_and_what_never_was_has_none(world: Any) -> None:
    writer = {**world.writer, "If-Match": "*"}
    for place in ("Geneva", "Vienna", "Oslo"):
        address = "/v1/contacts/example:first-world%2F1"
        assert world.client.patch(address, json={"place": place}, headers=writer).status_code == 200
    whole = world.client.get(f"{address}/history").json()["items"]
    found, next_ = [], f"{address}/history?limit=2"
    while next_:
        page = world.client.get(next_).json()
        found += page["items"]
        next_ = page["links"].get("next")
    assert found == whole
    assert len(whole) == 9, "created with three accounts and two commitments, and changed three times"
    for wrong in ("/v1/contacts/con_0/history", "/v1/actors/nobody/history", "/v1/topics/con_1/history"):
        assert world.client.get(wrong).status_code == 404
    assert world.client.get(f"{address}/history?cursor=xx").status_code == 400


def test_the_feed_tells_everything_once_and_keys_to_administrators_alone(world: Any) -> None:
    reader, admin = world.keys["read"], world.keys["admin"]
    items, cursor = walk(world, reader)
    assert len({(one["revision"], one["ordinal"]) for one in items}) == len(items) > 400
    assert {one["action"] for one in items} == {"create"}
    assert world.client.post("/v1/contacts", json=CONTACT, headers=world.writer).status_code == 201
    made = world.client.post("/v1/keys", json={"name": "Ann", "scopes": ["read"]}, headers=admin)
    assert made.status_code == 201
    fresh, later = walk(world, reader, cursor)
    assert [one["noun"] for one in fresh] == ["contact", "account"]
    assert walk(world, reader, later) == ([], later), "nothing new, and the place stays"
    assert [one["noun"] for one in walk(world, admin, cursor)[0]] == ["contact", "account", "api_key"]
    assert "Ann" not in str(walk(world, reader))
    assert {one["noun"] for one in walk(world, reader, noun="topic,episode")[0]} == {"topic", "episode"}


def follow(world: Any, writers: int, writes: int) -> None:
    """Follows the feed while others write, then compares it with what a second walk tells."""
    _, cursor = walk(world, world.keys["read"])
    made: list[str] = []
    done = threading.Event()

    def write() -> None:
        for _ in range(writes):
            answer = world.client.post("/v1/contacts", json=CONTACT, headers=world.writer)
            while answer.status_code == 503:
                answer = world.client.post("/v1/contacts", json=CONTACT, headers=world.writer)
            assert answer.status_code == 201, answer.text
            made.append(answer.json()["id"])

    def listen() -> list[Any]:
        items, place = [], cursor
        while True:
            last = done.is_set()
            fresh, place = walk(world, world.keys["read"], place, limit=7)
            items += fresh
            if last:
                return items

    with ThreadPoolExecutor(writers + 1) as pool:
        heard = pool.submit(listen)
        try:
            for one in [pool.submit(write) for _ in range(writers)]:
                one.result()
        finally:
            done.set()
        items = heard.result()
    again, _ = walk(world, world.keys["read"], cursor)
    assert items == again, "what was heard meanwhile is what stands there now"
    contacts = [one["id"] for one in items if one["noun"] == "contact"]
    assert sorted(contacts) == sorted(made)


def test_the_feed_neither_skips_nor_repeats_while_others_write(world: Any) -> None:
    follow(world, writers=4, writes=6)


@pytest.mark.long
@pytest.mark.timeout(1_200)
def test_promise_10_a_hundred_walks_while_eight_write(world: Any) -> None:
    for _ in range(100):
        follow(world, writers=8, writes=5)


def test_a_retracted_slug_leads_to_its_history_and_is_not_given_twice(world: Any) -> None:
    made = world.client.post("/v1/topics", json={"label": "Locks", "slug": "locks"}, headers=world.writer)
    headers = {**world.writer, "If-Match": "*", **HEADERS}
    assert world.client.delete("/v1/topics/locks", headers=headers).status_code == 204
    for ref in ("locks", made.json()["id"]):
        history = world.client.get(f"/v1/topics/{ref}/history")
        assert [one["action"] for one in history.json()["items"]] == ["retract", "create"], history.text
    again = world.client.post("/v1/topics", json={"label": "Locks", "slug": "locks"}, headers=world.writer)
    assert again.status_code == 409
    assert "retracted or not" in again.json()["detail"]
    assert "410, restore it or take another" in again.json()["detail"]
    assert world.client.get(again.json()["existing"]).status_code == 410
