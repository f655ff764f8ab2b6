"""Merges over HTTP: old addresses lead to what stands, filters follow, and an undone merge leaves no trace."""

import json
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from db.mergers import merge_actors
from db.rebuild import check
from db.records import Author, commit
from db.references import ACTOR, NAMING_LOCK, hold_names, resolve
from tests.api.conftest import World

SAID = {"Readout-Reason": "the same man"}
PLAIN = {"kind": "call", "when": "2021-05-12", "participants": [{"actor": "joe-biden"}, {"actor": "iso3:ISR"}]}


def post(world: World, path: str, body: Any = None, **headers: str) -> Any:
    sent = {**world.writer, **SAID, "If-Match": "*", **headers}
    return world.client.post(path, json=body, headers=sent, follow_redirects=False)


def answer(world: World, path: str) -> Any:
    return world.client.get(path, follow_redirects=False)


@pytest.fixture
def twin(world: World) -> Any:
    """A second Netanyahu, as an import may leave one, with a contact of his own."""
    made = world.client.post(
        "/v1/actors",
        json={
            "kind": "person",
            "slug": "prime-minister-netanyahu",
            "name": "Prime Minister Netanyahu",
            "identifiers": [{"scheme": "test", "value": "bibi"}],
        },
        headers=world.writer,
    ).json()
    world.client.post(
        "/v1/contacts",
        json={
            **PLAIN,
            "when": "2021-05-14",
            "participants": [{"actor": "joe-biden"}, {"actor": made["id"]}],
            "accounts": [{"source": "press-report-2021-05-12", "stance": "announces"}],
        },
        headers=world.writer,
    ).raise_for_status()
    return made


def test_an_actor_is_merged_and_every_address_of_his_leads_on(world: World, twin: Any) -> None:
    before = answer(world, "/v1/contacts?actor=benjamin-netanyahu&status=planned").json()["items"]
    merged = post(world, f"/v1/actors/{twin['id']}/merge", {"into": "benjamin-netanyahu"})
    assert merged.status_code == 200, merged.text
    assert merged.json()["slug"] == "benjamin-netanyahu"
    assert "Prime Minister Netanyahu" in [name["name"] for name in merged.json()["names"]]
    for address in (twin["id"], "prime-minister-netanyahu"):
        led = answer(world, f"/v1/actors/{address}")
        assert (led.status_code, led.headers["cache-control"]) == (308, "no-store")
        assert led.headers["location"] == "/v1/actors/benjamin-netanyahu"
    assert answer(world, "/v1/actors/test:bibi").json()["slug"] == "benjamin-netanyahu"
    for ref in (twin["id"], "prime-minister-netanyahu", "test:bibi", "benjamin-netanyahu"):
        items = answer(world, f"/v1/contacts?actor={ref}&status=planned").json()["items"]
        assert len(items) == len(before) + 1, ref
    found = answer(world, "/v1/actors/search?q=Prime Minister Netanyahu").json()["items"]
    assert [one["slug"] for one in found].count("prime-minister-netanyahu") == 0


def test_an_undone_merge_leaves_two(world: World, twin: Any) -> None:
    post(world, f"/v1/actors/{twin['id']}/merge", {"into": "benjamin-netanyahu"})
    undone = post(world, f"/v1/actors/{twin['id']}/unmerge")
    assert undone.status_code == 200, undone.text
    assert undone.json()["identifiers"] == [{"scheme": "test", "value": "bibi"}]
    assert answer(world, "/v1/actors/prime-minister-netanyahu").json()["id"] == twin["id"]
    assert len(answer(world, f"/v1/contacts?actor={twin['id']}&status=planned").json()["items"]) == 1
    again = post(world, f"/v1/actors/{twin['id']}/unmerge")
    assert (again.status_code, again.json()["detail"]) == (409, "This actor is not merged.")


def test_a_contact_recorded_twice_becomes_one_with_all_accounts(world: World) -> None:
    second = world.client.post(
        "/v1/contacts",
        json={**PLAIN, "topics": ["military"], "accounts": [{"source": "white-house-readout-2021-05-12"}]},
        headers=world.writer,
    ).json()
    first = answer(world, "/v1/contacts/example:first-world%2F1").json()
    merged = post(world, f"/v1/contacts/{second['id']}/merge", {"into": first["id"]})
    assert merged.status_code == 200, merged.text
    assert merged.json()["account_count"] == first["account_count"] + 1
    for rest in ("", "/accounts", "/comparison?known_at=2999-01-01T00:00:00Z", "/acknowledgement"):
        led = answer(world, f"/v1/contacts/{second['id']}{rest}")
        if "known_at" not in rest:
            assert (led.status_code, led.headers["cache-control"]) == (308, "no-store"), rest
            assert led.headers["location"] == f"/v1/contacts/{first['id']}{rest}"
    changed = world.client.patch(
        f"/v1/contacts/{second['id']}", json={"summary": "x"}, headers={**world.writer, "If-Match": "*"}
    )
    assert (changed.status_code, first["id"] in changed.json()["detail"]) == (410, True)
    undone = post(world, f"/v1/contacts/{second['id']}/unmerge")
    assert undone.status_code == 200, undone.text
    assert {**undone.json(), "version": 0, "changed_at": ""} == {
        **answer(
            world, f"/v1/contacts/{second['id']}?include=accounts,commitments,identifiers,parts,related,follows"
        ).json(),
        **{"version": 0, "changed_at": ""},
    }
    assert answer(world, f"/v1/contacts/{first['id']}").json()["account_count"] == first["account_count"]


def test_before_the_merge_there_were_two(world: World, twin: Any) -> None:
    then = answer(world, "/v1/contacts?limit=1&actor=joe-biden").json()["meta"]["graph_version"]
    moment = answer(world, f"/v1/actors/{twin['id']}/history").json()["items"][0]["at"]
    post(world, f"/v1/actors/{twin['id']}/merge", {"into": "benjamin-netanyahu"})
    was = world.client.get(f"/v1/actors/{twin['id']}", params={"known_at": moment}, follow_redirects=False)
    assert (was.status_code, was.json()["slug"]) == (200, "prime-minister-netanyahu")
    assert then > 0


def test_what_a_merge_needs_and_refuses(world: World, twin: Any) -> None:
    path = f"/v1/actors/{twin['id']}/merge"
    body = {"into": "benjamin-netanyahu"}
    assert world.client.post(path, json=body, headers={**world.writer, **SAID}).status_code == 428
    assert world.client.post(path, json=body, headers={**world.writer, "If-Match": "*"}).status_code == 400
    assert post(world, path, body, **{"If-Match": '"99-0"'}).status_code == 412
    for into, code in (("iso3:ISR", "wrong_kind"), (twin["id"], "itself"), ("nobody-of-that-name", "unknown_actor")):
        refused = post(world, path, {"into": into})
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
    between = post(world, "/v1/actors/joe-biden/merge", body)
    assert between.status_code == 409
    assert "between these two alone" in between.json()["detail"]
    assert post(world, "/v1/contacts/con_5f3a91b2/merge", {"into": "example:first-world/1"}).status_code == 404


def test_what_stands_below_a_merged_actor_leads_on_and_a_change_of_him_is_refused(world: World, twin: Any) -> None:
    post(world, f"/v1/actors/{twin['id']}/merge", {"into": "benjamin-netanyahu"})
    for rest in ("", "/affiliations?relation=holds&limit=1", "/designations?limit=2"):
        led = answer(world, f"/v1/actors/{twin['id']}{rest}")
        assert (led.status_code, led.headers["cache-control"]) == (308, "no-store"), rest
        assert led.headers["location"] == f"/v1/actors/benjamin-netanyahu{rest}"
    for address in (
        "/v1/edges?actor={}",
        "/v1/actors/{}/counterparts",
        "/v1/ties/{}/joe-biden",
        "/v1/brief?pair={},joe-biden",
    ):
        both = [answer(world, address.format(ref)) for ref in (twin["id"], "benjamin-netanyahu")]
        assert [one.status_code for one in both] == [both[1].status_code] * 2, address
        assert both[0].json().get("items") == both[1].json().get("items"), address
    headers = {**world.writer, **SAID, "If-Match": "*"}
    for changed in (
        world.client.patch(f"/v1/actors/{twin['id']}", json={"description": "x"}, headers=headers),
        world.client.delete(f"/v1/actors/{twin['id']}", headers=headers),
    ):
        assert (changed.status_code, "benjamin-netanyahu" in changed.json()["detail"]) == (410, True)


def test_a_chain_of_merges_is_undone_in_reverse_order_only(world: World, twin: Any) -> None:
    first = world.client.post("/v1/actors", json={"kind": "person", "name": "Bibi"}, headers=world.writer).json()["id"]
    post(world, f"/v1/actors/{first}/merge", {"into": twin["id"]})
    post(world, f"/v1/actors/{twin['id']}/merge", {"into": "benjamin-netanyahu"})
    assert answer(world, f"/v1/actors/{first}").headers["location"] == "/v1/actors/benjamin-netanyahu"
    assert post(world, f"/v1/actors/{first}/unmerge").status_code == 409
    assert post(world, f"/v1/actors/{twin['id']}/unmerge").status_code == 200
    assert answer(world, f"/v1/actors/{first}").headers["location"] == "/v1/actors/prime-minister-netanyahu"
    assert post(world, f"/v1/actors/{first}/unmerge").status_code == 200
    assert answer(world, f"/v1/actors/{first}").json()["name"] == "Bibi"
    with world.database.session() as session:
        assert check(session).clean


def test_of_many_who_merge_one_pair_at_once_one_does(world: World, twin: Any, serve: Callable[[Any], str]) -> None:
    address, headers = serve(world.app), {**world.writer, **SAID, "If-Match": "*"}

    def send(number: int) -> int:
        ends = (twin["id"], "benjamin-netanyahu") if number % 2 else ("benjamin-netanyahu", twin["id"])
        path = f"{address}/v1/actors/{ends[0]}/merge"
        return httpx.post(path, json={"into": ends[1]}, headers=headers, timeout=60).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = Counter(pool.map(send, range(6)))
    assert answers[200] == 1, answers
    assert set(answers) <= {200, 410, 422}
    with world.database.session() as session:
        assert check(session).clean


COVERAGE = {"publisher": "prime-minister-netanyahu", "since": "2021", "until": ".."}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/sources", {"kind": "other", "title": "Late", "publisher": "prime-minister-netanyahu"}),
        ("/v1/coverage", COVERAGE),
        (
            "/v1/actors/prime-minister-netanyahu/affiliations",
            {"relation": "holds", "target": "prime-minister-of-israel"},
        ),
        ("/v1/actors/prime-minister-netanyahu/designations", {"list": "Persons Late", "authority": "Nobody"}),
    ],
)
def test_who_names_an_actor_while_he_is_merged_names_the_one_that_stands(
    world: World, twin: Any, serve: Callable[[Any], str], path: str, body: Any
) -> None:
    address = serve(world.app)
    twin_id, into = (one_row(world, slug) for slug in ("prime-minister-netanyahu", "benjamin-netanyahu"))
    with ThreadPoolExecutor(1) as pool, world.database.session() as merging:
        hold_names(merging, alone=True)
        merge_actors(merging, twin_id, into, "the same man", None)
        sent = pool.submit(httpx.post, f"{address}{path}", json=body, headers=world.writer, timeout=30)
        wait_until_blocked(world, NAMING_LOCK)
        commit(merging, Author())
        answered = sent.result()
    assert answered.status_code == 201, answered.text
    assert named_in(answered.json(), twin["id"]) == []
    with world.database.session() as session:
        for table, column in (("source", "publisher_id"), ("coverage", "publisher_id"), ("affiliation", "actor_id")):
            live = text(f"SELECT count(*) FROM {table} WHERE {column} = :id AND retracted_at IS NULL")
            assert session.scalar(live, {"id": twin_id}) == 0, table
        assert session.scalar(text("SELECT count(*) FROM designation WHERE actor_id = :id"), {"id": twin_id}) == 0


def one_row(world: World, ref: str) -> int:
    with world.database.session() as session:
        return resolve(session, ACTOR, [ref])[ref]


def named_in(answer: Any, public: str) -> list[str]:
    return [public] if public in json.dumps(answer) else []


def wait_until_blocked(world: World, lock: int) -> None:
    """Returns once somebody waits for the lock; fails after ten seconds."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :lock AND NOT granted")
    for _ in range(200):
        with world.database.session() as session:
            if session.scalar(waiting, {"lock": lock}):
                return
        time.sleep(0.05)
    raise AssertionError("Nobody waits for the lock.")
