"""Paths in time over HTTP: an invented March, worked out by hand, and a write that the next answer sees."""

from typing import Any

import pytest

from tests.api.conftest import World

PEOPLE = ("ada-lovelace", "bela-bartok", "cleo-of-athens", "dora-maar", "emil-zola", "fritz-lang")
ADA, BELA, CLEO, DORA, EMIL, FRITZ = PEOPLE
MARCH: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("message", "2022-03-01", {ADA: "sender", BELA: "recipient"}),
    ("call", "2022-03-03", {BELA: "principal", CLEO: "principal"}),
    ("mediation", "2022-03", {CLEO: "party", DORA: "mediator", EMIL: "party"}),
    ("meeting", "2022-03-20/2022-03-22", {EMIL: "principal", FRITZ: "principal"}),
)


def record(world: World, kind: str, when: str, who: dict[str, str]) -> str:
    takers = [{"actor": actor, "role": role, "side": actor} for actor, role in who.items()]
    account = {"source": {"kind": "other", "title": f"On {kind} {when}"}}
    body = {"kind": kind, "when": when, "participants": takers, "accounts": [account]}
    answer = world.client.post("/v1/contacts", json=body, headers=world.keys["write"])
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


@pytest.fixture(scope="module")
def march(module_world: World) -> World:
    for slug in PEOPLE:
        body = {"slug": slug, "name": slug.title(), "kind": "person"}
        assert module_world.client.post("/v1/actors", json=body, headers=module_world.keys["write"]).status_code == 201
    for contact in MARCH:
        record(module_world, *contact)
    return module_world


def asked(world: World, path: str = "/v1/chronological-paths", **query: Any) -> dict[str, Any]:
    answer = world.client.get(path, params={"from": "2022", "to": "2022", **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def days(earliest: str, latest: str) -> dict[str, str]:
    return {"earliest": f"2022-{earliest}T00:00:00", "latest": f"2022-{latest}T00:00:00"}


def test_a_message_a_call_a_mediation_and_a_meeting(march: World) -> None:
    found = asked(march, source=ADA, target=FRITZ)
    # The mediation may have been before the call: the whole path is only possible.
    (path,) = found["items"]
    assert (path["mode"], path["hops"], path["weakest_status"]) == ("possible", 4, "reported")
    assert (path["departure"], path["arrival"]) == (days("03-01", "03-02"), days("03-20", "03-23"))
    assert path["duration"] == {"at_least_days": 18.0, "at_most_days": 22.0}
    assert [(step["source"]["slug"], step["target"]["slug"]) for step in path["steps"]] == [
        (ADA, BELA),
        (BELA, CLEO),
        (CLEO, EMIL),
        (EMIL, FRITZ),
    ]
    assert [step["via"] and step["via"]["slug"] for step in path["steps"]] == [None, None, DORA, None]
    assert [step["waiting"] for step in path["steps"]] == [
        None,
        {"at_least_days": 1.0, "at_most_days": 3.0},
        {"at_least_days": 0.0, "at_most_days": 29.0},
        {"at_least_days": 0.0, "at_most_days": 22.0},
    ]
    assert [step["contact"]["when"] for step in path["steps"]] == [when for _, when, _ in MARCH]
    for step in path["steps"]:
        assert march.client.get(step["links"]["contact"]).json()["when"] == step["contact"]["when"]


def test_what_is_certain_lies_in_order_and_waits_no_longer_than_asked(march: World) -> None:
    modes = {item["mode"]: item["hops"] for item in asked(march, source=ADA, target=CLEO)["items"]}
    assert modes == {"certain": 2, "possible": 2}
    # More than one day, and less than three, lie between message and call.
    for wait, expected in ((3, ["certain", "possible"]), (2, ["possible"]), (1, [])):
        found = asked(march, source=ADA, target=CLEO, max_waiting_days=wait)
        assert [item["mode"] for item in found["items"]] == expected, wait


def test_a_message_runs_one_way(march: World) -> None:
    assert asked(march, source=BELA, target=ADA)["items"] == []
    assert asked(march, source=FRITZ, target=ADA)["items"] == []


def test_the_window_may_hold_what_it_need_not(march: World) -> None:
    window = {"from": "2022-03-02", "to": "2022-03-10"}
    (path,) = asked(march, source=BELA, target=EMIL, **window)["items"]
    assert path["mode"] == "possible"
    assert asked(march, source=ADA, target=CLEO, **window)["items"] == []


def test_reach_goes_both_ways(march: World) -> None:
    out = asked(march, "/v1/reach", actor=ADA)
    assert [(item["actor"]["slug"], item["hops"]) for item in out["items"]] == [
        (BELA, 1),
        *(((CLEO, 2), (DORA, 3), (EMIL, 3), (FRITZ, 4))),
    ]
    assert [item["certain"] for item in out["items"]] == [True, True, False, False, False]
    inward = asked(march, "/v1/reach", actor=CLEO, direction="in", mode="certain")
    assert {item["actor"]["slug"] for item in inward["items"]} == {ADA, BELA, DORA, EMIL}
    path = march.client.get(out["items"][-1]["links"]["path"]).json()["items"][0]
    assert path["arrival"] == out["items"][-1]["arrival"]


def test_a_write_is_seen_by_the_next_answer(march: World) -> None:
    before = asked(march, source=FRITZ, target=BELA)
    assert before["items"] == []
    contact = record(march, "call", "2022-03-05", {FRITZ: "principal", BELA: "principal"})
    after = asked(march, source=FRITZ, target=BELA)
    assert after["meta"]["graph_version"] > before["meta"]["graph_version"]
    assert [step["contact"]["id"] for step in after["items"][0]["steps"]] == [contact]
    tag = march.client.get(f"/v1/contacts/{contact}").headers["etag"]
    headers = {**march.keys["write"], "Readout-Reason": "Invented.", "If-Match": tag}
    retracted = march.client.delete(f"/v1/contacts/{contact}", headers=headers)
    assert retracted.status_code < 300, retracted.text
    assert asked(march, source=FRITZ, target=BELA)["items"] == []


def test_both_ends_are_needed_and_two(march: World) -> None:
    for query in ({"source": ADA}, {"source": ADA, "target": ADA}, {"source": ADA, "target": "nobody-there"}):
        answer = march.client.get("/v1/chronological-paths", params=query)
        assert answer.status_code == 400, answer.text
