"""Restoring over HTTP: what was retracted comes back as it was, and what forbids it is said."""

from collections.abc import Iterator

import pytest

from db.rebuild import check
from db.replay import check_history
from tests.api.bodies import BODIES, fresh
from tests.api.conftest import World
from tests.api.taking_out import NUMBERS, SAID, back, contact, gone, made, person, refused, send, steady


@pytest.fixture(scope="module", autouse=True)
def proven(module_world: World) -> Iterator[None]:
    """Proves projections and history after all that these tests did."""
    yield
    with module_world.database.session() as session:
        report = check(session)
        assert report.clean, [table for table in report.tables if table.examples]
        session.rollback()
        # The keys of these worlds are made beside the record.
        assert [fault for fault in check_history(session).faults if not fault.startswith("api_key")] == []


@pytest.mark.parametrize(
    ("noun", "path"),
    [
        *((noun, f"/v1/{noun}s") for noun in ("actor", "source", "topic", "episode", "dismissal", "contact")),
        *((noun, f"/v1/actors/hamas/{noun}s") for noun in ("affiliation", "designation")),
        ("coverage", "/v1/coverage"),
    ],
)
def test_whatever_can_be_retracted_comes_back_as_it_was(module_world: World, noun: str, path: str) -> None:
    body = fresh(BODIES[f"create_{noun}"], 900 + next(NUMBERS))
    if noun == "dismissal":
        body["pair"] = [person(module_world)["id"], person(module_world)["id"]]
    before = made(module_world, path, body)
    address = f"{path if noun not in ('affiliation', 'designation') else f'/v1/{noun}s'}/{before['id']}"
    whole = send(module_world, "GET", address).json()
    assert refused(module_world, address) == (409, f"This {noun} was not retracted.")
    gone(module_world, address)
    answer = send(module_world, "GET", address)
    assert answer.status_code == 410
    tag = answer.headers["etag"]
    assert send(module_world, "POST", f"{address}/restore", match="").status_code == 428
    assert send(module_world, "POST", f"{address}/restore", match='"1-5f3a91b2c4d6"').status_code == 412
    restored = send(module_world, "POST", f"{address}/restore", match=tag)
    assert restored.status_code == 200, restored.text
    again = send(module_world, "GET", address)
    assert (steady(again.json()), again.headers["etag"].split("-")[0]) == (steady(whole), '"3')
    history = send(module_world, "GET", f"{address}/history").json()["items"]
    assert [entry["action"] for entry in history if entry["noun"] == noun] == ["restore", "retract", "create"]
    assert history[0]["reason"] == SAID["Readout-Reason"]
    assert history[0]["changed"].keys() >= {"retracted_at", "retraction_reason"}


def test_a_slug_that_is_taken_leads_to_what_can_be_restored(module_world: World) -> None:
    body = {
        "kind": "person",
        "name": "Taken Twice",
        "slug": "taken-twice",
        "identifiers": [{"scheme": "t", "value": "2"}],
    }
    made(module_world, "/v1/actors", body)
    gone(module_world, "/v1/actors/taken-twice")
    said = send(module_world, "POST", "/v1/actors", {**body, "identifiers": []})
    assert said.status_code == 409
    assert "if that answers 410, restore it or take another" in said.json()["detail"]
    assert send(module_world, "GET", said.json()["existing"]).status_code == 410
    assert back(module_world, said.json()["existing"])["slug"] == "taken-twice"
    gone(module_world, "/v1/actors/t:2")
    assert back(module_world, "/v1/actors/t:2")["slug"] == "taken-twice"
    one, other = person(module_world), person(module_world)
    call = contact(module_world, one, other, identifiers=[{"scheme": "rest", "value": "a/b"}])
    gone(module_world, "/v1/contacts/rest:a%2Fb")
    same = {
        "kind": "call",
        "identifiers": call["identifiers"],
        "participants": [{"actor": one["id"]}, {"actor": other["id"]}],
    }
    said = send(module_world, "POST", "/v1/contacts", {**same, "accounts": [{"source": "press-report-2021-05-12"}]})
    assert said.status_code == 409
    assert "restore it" in said.json()["detail"]
    assert back(module_world, said.json()["existing"])["id"] == call["id"]
    gone(module_world, "/v1/contacts/rest:a%2Fb")
    assert back(module_world, "/v1/contacts/rest:a%2Fb")["id"] == call["id"]


def test_a_contact_comes_back_with_its_status_edges_and_ties_and_the_past_stays(module_world: World) -> None:
    one, other = person(module_world), person(module_world)
    call = contact(module_world, one, other, topics=["military"])
    tie, address = f"/v1/ties/{one['id']}/{other['id']}", f"/v1/contacts/{call['id']}"
    before = send(module_world, "GET", tie).json()["contacts"]
    gone(module_world, address)
    while_gone = send(module_world, "GET", tie)
    feed = send(module_world, "GET", "/v1/changes?since=now").json()["meta"]["next_cursor"]
    known = send(module_world, "GET", f"/v1/contacts/{call['id']}/history").json()["items"][0]["at"]
    past = f"/v1/contacts?actor={one['id']}&known_at={known}"
    then = send(module_world, "GET", past).json()
    assert back(module_world, address)["status"] == call["status"]
    after = send(module_world, "GET", tie).json()["contacts"]
    assert (before, after) == (1, 1)
    assert while_gone.status_code == 404 or while_gone.json()["contacts"] == 0
    assert then["items"] == send(module_world, "GET", past).json()["items"] == []
    news = send(module_world, "GET", f"/v1/changes?since={feed}").json()["items"]
    assert [(entry["noun"], entry["action"]) for entry in news] == [("contact", "restore")]


def test_what_a_record_names_has_to_stand_first(module_world: World) -> None:
    """Everybody is let go, from the contact on, and comes back from what it names on."""
    one, other = person(module_world), person(module_world)
    topic = made(module_world, "/v1/topics", {"label": "Broad", "slug": f"broad-{next(NUMBERS)}"})
    narrow = made(
        module_world, "/v1/topics", {"label": "Narrow", "slug": f"narrow-{next(NUMBERS)}", "broader": topic["id"]}
    )
    visit = contact(module_world, one, other, kind="negotiation")
    call = contact(module_world, one, other, topics=[narrow["id"]], part_of=visit["id"])
    addresses = [
        *(f"/v1/contacts/{one['id']}" for one in (call, visit)),
        *(f"/v1/topics/{one['id']}" for one in (narrow, topic)),
        f"/v1/actors/{other['id']}",
    ]
    for address in addresses:
        gone(module_world, address)
    first = "was retracted; restore that first."
    assert refused(module_world, addresses[0]) == (409, f"This contact names {addresses[4]}, which {first}")
    back(module_world, addresses[4])
    assert refused(module_world, addresses[0]) == (409, f"This contact names {addresses[1]}, which {first}")
    back(module_world, addresses[1])
    assert refused(module_world, addresses[0]) == (409, f"This contact names {addresses[2]}, which {first}")
    assert refused(module_world, addresses[2]) == (409, f"This topic names {addresses[3]}, which {first}")
    for address in (*reversed(addresses[2:4]), addresses[0]):
        back(module_world, address)
    parts = send(module_world, "GET", f"/v1/contacts/{visit['id']}?include=parts").json()["parts"]
    assert [part["id"] for part in parts] == [call["id"]]


def test_who_is_named_by_what_stands_is_not_retracted(module_world: World) -> None:
    """By whatever member: whoever comes back would find him gone."""
    one, other, *named = (person(module_world) for _ in range(6))
    office = made(module_world, "/v1/actors", {"kind": "office", "name": f"Keeper {next(NUMBERS)}"})
    acting = {"actor": one["id"], "capacity": office["id"], "on_behalf_of": named[0]["id"]}
    says = {"source": "press-report-2021-05-12", "initiator": named[1]["id"], "participants": [named[2]["id"]]}
    promise = {"text": "More.", "by": [other["id"]], "to": [named[3]["id"]], "accounts": [0]}
    takers = [acting, {"actor": other["id"]}]
    call = contact(module_world, one, other, participants=takers, accounts=[says], commitments=[promise])
    addresses = [f"/v1/actors/{each['id']}" for each in (one, other, office, *named)]
    assert [send(module_world, "DELETE", address).status_code for address in addresses] == [409] * 7
    gone(module_world, f"/v1/contacts/{call['id']}")
    for address in addresses:
        gone(module_world, address)
        assert refused(module_world, f"/v1/contacts/{call['id']}")[0] == 409
        back(module_world, address)
    back(module_world, f"/v1/contacts/{call['id']}")


def test_an_account_counts_again_and_rests_on_what_stands(module_world: World) -> None:
    one, other = person(module_world), person(module_world)
    source = made(
        module_world, "/v1/sources", {"kind": "press_report", "title": "Denied", "slug": f"den-{next(NUMBERS)}"}
    )
    call = contact(module_world, one, other)
    denial = made(
        module_world,
        f"/v1/contacts/{call['id']}/accounts",
        {"source": source["id"], "stance": "denies", "denies": [other["id"]]},
    )["accounts"][-1]
    address = f"/v1/contacts/{call['id']}/accounts/{denial['id']}"
    assert refused(module_world, address) == (409, "This account was not withdrawn.")
    before = send(module_world, "GET", f"/v1/contacts/{call['id']}?include=accounts").json()
    gone(module_world, address)
    gone(module_world, f"/v1/sources/{source['id']}")
    there = f"/v1/sources/{source['id']}"
    assert refused(module_world, address) == (
        409,
        f"This account names {there}, which was retracted; restore that first.",
    )
    back(module_world, there)
    third = person(module_world)
    takers = [{"actor": one["id"]}, {"actor": third["id"]}]
    send(module_world, "PATCH", f"/v1/contacts/{call['id']}", {"participants": takers})
    status, said = refused(module_world, address)
    assert (status, "denies the part of somebody" in said) == (409, True)
    send(module_world, "PATCH", f"/v1/contacts/{call['id']}", {"participants": [takers[0], {"actor": other["id"]}]})
    back(module_world, address)
    after = send(module_world, "GET", f"/v1/contacts/{call['id']}?include=accounts").json()
    assert steady(after) == steady(before)


def test_what_changed_meanwhile_may_forbid_it(module_world: World) -> None:
    one, other = person(module_world), person(module_world)
    office = made(module_world, "/v1/actors", {"kind": "office", "name": f"Keeper {next(NUMBERS)}"})
    visit = contact(module_world, one, other, kind="negotiation")
    taker = {"actor": other["id"], "capacity": office["id"]}
    call = contact(module_world, one, other, part_of=visit["id"], participants=[{"actor": one["id"]}, taker])
    address = f"/v1/contacts/{call['id']}"
    gone(module_world, address)
    for path, there, then, said in (
        (f"/v1/contacts/{visit['id']}", {"kind": "call"}, {"kind": "negotiation"}, "whose kind was changed"),
        (
            f"/v1/actors/{office['id']}",
            {"kind": "organisation", "organisation_type": "other"},
            {"kind": "office", "organisation_type": None},
            "which is no office any more",
        ),
    ):
        assert send(module_world, "PATCH", path, there).status_code == 200
        status, detail = refused(module_world, address)
        assert (status, said in detail) == (409, True), detail
        assert send(module_world, "PATCH", path, then).status_code == 200
    # The same affiliation, and the same dismissal, recorded anew meanwhile.
    for path, body, below in (
        (f"/v1/actors/{one['id']}/affiliations", {"relation": "belongs_to", "target": "iso3:ISR"}, "/v1/affiliations"),
        ("/v1/dismissals", {"of": "actors", "pair": [one["id"], other["id"]], "reason": "Two."}, "/v1/dismissals"),
    ):
        first = made(module_world, path, body)
        gone(module_world, f"{below}/{first['id']}")
        second = made(module_world, path, body)
        status, detail = refused(module_world, f"{below}/{first['id']}")
        assert (status, second["id"] in detail) == (409, True), detail
    back(module_world, address)


def test_merged_and_erased_records_are_told_their_own_way(module_world: World) -> None:
    one, other, third = (person(module_world) for _ in range(3))
    call, twice = contact(module_world, one, other), contact(module_world, one, third)
    gone(module_world, f"/v1/contacts/{twice['id']}")
    made(module_world, f"/v1/actors/{third['id']}/merge", {"into": one["id"]})
    said = f"This actor has been merged into {one['id']}; its unmerge brings it back."
    for ref in (third["id"], third["slug"]):
        assert refused(module_world, f"/v1/actors/{ref}") == (409, said)
    alone = f"The contact {twice['id']} would be left between one actor alone; undo the merge of {third['id']} first."
    assert refused(module_world, f"/v1/contacts/{twice['id']}") == (409, alone)
    made(module_world, f"/v1/actors/{third['id']}/unmerge", None)
    assert send(module_world, "POST", f"/v1/actors/{other['id']}/erase", by="admin").status_code == 200
    assert refused(module_world, f"/v1/actors/{other['id']}")[0] == 410
    gone(module_world, f"/v1/contacts/{call['id']}")
    assert len(back(module_world, f"/v1/contacts/{call['id']}")["participants"]) == 2, "he stays without a name"
    assert len(back(module_world, f"/v1/contacts/{twice['id']}")["participants"]) == 2
    visit = contact(module_world, one, third, kind="negotiation")
    part = contact(module_world, one, third, part_of=visit["id"])
    for address in (f"/v1/contacts/{part['id']}", f"/v1/contacts/{visit['id']}"):
        gone(module_world, address)
    assert send(module_world, "POST", f"/v1/contacts/{visit['id']}/erase", by="admin").status_code == 200
    assert refused(module_world, f"/v1/contacts/{visit['id']}")[0] == 410
    assert back(module_world, f"/v1/contacts/{part['id']}")["part_of"] is None


def test_a_repeated_request_restores_once(module_world: World) -> None:
    one = person(module_world)
    gone(module_world, f"/v1/actors/{one['id']}")
    headers = {**module_world.writer, **SAID, "If-Match": "*", "Idempotency-Key": "restore-once"}
    path = f"/v1/actors/{one['id']}/restore"
    first, second = (module_world.client.post(path, headers=headers) for _ in range(2))
    assert (first.status_code, second.status_code, second.content) == (200, 200, first.content)
    assert second.headers["idempotency-replayed"] == "true"
    assert first.json()["version"] == 3


@pytest.mark.parametrize("ref", ["act_ffffffff", "nobody-at-all", "con_5f3a91b2", "wikidata:Q1%2F", "%00", "restore"])
def test_what_never_was_is_not_found(module_world: World, ref: str) -> None:
    assert refused(module_world, f"/v1/actors/{ref}")[0] in (400, 404)


def test_a_retracted_contact_is_gone_under_its_identifiers_too(module_world: World) -> None:
    named = {"scheme": "restoring", "value": "under-its-identifiers"}
    one = contact(module_world, person(module_world), person(module_world), identifiers=[named])
    there = "/v1/contacts/restoring:under-its-identifiers"
    gone(module_world, there)
    for method, more in (("GET", ""), ("GET", "/comparison"), ("PATCH", ""), ("DELETE", "")):
        both = [send(module_world, method, ref + more, {}) for ref in (there, f"/v1/contacts/{one['id']}")]
        assert {(answer.status_code, answer.json()["detail"]) for answer in both} == {(410, both[0].json()["detail"])}
    assert steady(back(module_world, there)) == steady(one)


def test_a_contact_in_which_somebody_was_erased_takes_changes(module_world: World) -> None:
    """Or the words that still name him could not be corrected; in another contact nobody may name him."""
    one, other = person(module_world), person(module_world)
    call, second = (contact(module_world, one, other, summary=f"With {other['name']}.") for _ in range(2))
    assert send(module_world, "POST", f"/v1/actors/{other['id']}/erase", by="admin").status_code == 200
    changed = send(module_world, "PATCH", f"/v1/contacts/{call['id']}", {"summary": "With somebody."})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["summary"], len(changed.json()["participants"])) == ("With somebody.", 2)
    same = send(module_world, "PATCH", f"/v1/contacts/{call['id']}", {"summary": "With somebody."})
    assert same.json()["version"] == changed.json()["version"]
    left = {"participants": [{"actor": one["id"]}, {"actor": "iso3:ISR"}]}
    assert send(module_world, "PATCH", f"/v1/contacts/{second['id']}", left).status_code == 200
    named = {"participants": [{"actor": one["id"]}, {"actor": other["id"]}]}
    assert send(module_world, "PATCH", f"/v1/contacts/{second['id']}", named).status_code == 422
