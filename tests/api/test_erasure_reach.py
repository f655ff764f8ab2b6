"""Erasure reaches what merges had put elsewhere, sums of the past, and reasons that name somebody."""

from typing import Any

from sqlalchemy import text

from db.replay import check_history
from tests.api.test_erasure import counted, left_of, past_agrees, proved, recorded, send

__all__ = ["recorded"]


def twin_of_zebulon(world: Any) -> str:
    """Makes a second record of the person, with a contact and an affiliation of his own."""
    told = {"kind": "person", "name": "Old Zebulon", "slug": "old-zebulon"}
    twin = send(world, "/v1/actors", {**told, "identifiers": [{"scheme": "desk", "value": "zebulon-2"}]})
    send(
        world, "/v1/actors/old-zebulon/affiliations", {"relation": "belongs_to", "target": "iso3:USA", "note": "zebra"}
    )
    capacity = {"capacity": "president-of-the-united-states", "name_as_given": "Zebediah the elder"}
    body = {
        "kind": "call",
        "when": "2021-05-13",
        "participants": [{"actor": "old-zebulon", **capacity}, {"actor": "benjamin-netanyahu"}],
        "accounts": [{"source": "press-report-2021-05-12", "stance": "announces"}],
    }
    send(world, "/v1/contacts", body)
    return str(twin["id"])


def refused(world: Any, path: str) -> tuple[int, str]:
    """Sends a write of an administrator, which is refused, and returns how."""
    headers = {**world.keys["admin"], "If-Match": "*", "Readout-Reason": "asked for"}
    answer = world.client.post(path, headers=headers, follow_redirects=False)
    return answer.status_code, answer.json()["detail"]


def test_all_that_was_merged_into_a_person_goes_with_him(world: Any, recorded: dict[str, Any]) -> None:
    twin = twin_of_zebulon(world)
    before = counted(world)
    send(world, f"/v1/actors/{twin}/merge", {"into": "zebulon"})
    assert refused(world, f"/v1/actors/{twin}/erase")[0] == 410
    told = send(world, f"/v1/actors/{recorded['actor']}/erase")
    assert told["merged"] == [twin]
    assert left_of(world.database, ("zebulon", "zebediah", "zebra")) == set()
    for path in (f"/v1/actors/{twin}", f"/v1/actors/{recorded['actor']}"):
        gone = world.client.get(path, follow_redirects=False)
        assert (gone.status_code, "Erased" in gone.json()["detail"]) == (410, True)
    status, said = refused(world, f"/v1/actors/{twin}/unmerge")
    assert (status, "Erased" in said) == (410, True)
    assert counted(world) == before
    proved(world.database)


def test_who_was_merged_for_a_time_leaves_nothing_where_he_was(world: Any, recorded: dict[str, Any]) -> None:
    twin = twin_of_zebulon(world)
    send(world, f"/v1/actors/{twin}/merge", {"into": "joe-biden"})
    headers = {**world.writer, "If-Match": "*"}
    assert world.client.patch("/v1/actors/joe-biden", json={"description": "kept"}, headers=headers).is_success
    send(world, f"/v1/actors/{twin}/unmerge")
    told = send(world, f"/v1/actors/{twin}/erase")
    assert told["merged"] == []
    assert left_of(world.database, ("old.zebulon", "zebediah the", "zebra", "zebulon-2")) == set()
    assert world.client.get("/v1/actors/joe-biden").json()["description"] == "kept"
    proved(world.database)


def test_all_that_was_merged_into_a_contact_goes_with_it(world: Any, recorded: dict[str, Any]) -> None:
    pair = [{"actor": "zebulon"}, {"actor": "benjamin-netanyahu"}]
    accounts = [{"source": "press-report-2021-05-12", "paraphrase": "A second glance"}]
    marks = {"identifiers": [{"scheme": "desk", "value": "glance-2"}], "summary": "A glance at the lake"}
    body = {"kind": "meeting", "when": "2021-05-12", "participants": pair, "accounts": accounts, **marks}
    twin, other = (send(world, "/v1/contacts", {**body, **more})["id"] for more in ({}, {"identifiers": []}))
    send(world, f"/v1/contacts/{twin}/merge", {"into": other})
    send(world, f"/v1/contacts/{twin}/unmerge")
    send(world, f"/v1/contacts/{other}/erase")
    send(world, f"/v1/contacts/{twin}/merge", {"into": recorded["contact"]})
    assert refused(world, f"/v1/contacts/{twin}/erase")[0] == 410
    told = send(world, f"/v1/contacts/{recorded['contact']}/erase")
    assert told["merged"] == [twin]
    assert left_of(world.database, ("glance", "somebody was seen", "in geneva")) == set()
    gone = world.client.get(f"/v1/contacts/{twin}", follow_redirects=False)
    assert (gone.status_code, "Erased" in gone.json()["detail"]) == (410, True)
    assert refused(world, f"/v1/contacts/{twin}/unmerge")[0] == 410
    proved(world.database)
    assert past_agrees(world.database) > 8


def test_a_contact_that_was_merged_for_a_time_leaves_nothing_where_it_was(world: Any, recorded: dict[str, Any]) -> None:
    pair = [{"actor": "zebulon"}, {"actor": "benjamin-netanyahu"}]
    accounts = [{"source": "press-report-2021-05-12", "paraphrase": "A second glance"}]
    marks = {"identifiers": [{"scheme": "desk", "value": "glance-2"}]}
    body = {"kind": "meeting", "when": "2021-05-12", "participants": pair, "accounts": accounts, **marks}
    twin = send(world, "/v1/contacts", body)["id"]
    send(world, f"/v1/contacts/{twin}/merge", {"into": recorded["contact"]})
    send(world, f"/v1/contacts/{twin}/unmerge")
    send(world, f"/v1/contacts/{twin}/erase")
    assert left_of(world.database, ("glance",)) == set()
    kept = world.client.get(f"/v1/contacts/{recorded['contact']}").json()
    assert (kept["summary"], kept["account_count"]) == ("With Quixworthy in Geneva", 1)
    proved(world.database)


def test_a_reason_that_names_somebody_is_taken_out_wherever_it_was_written(
    world: Any, recorded: dict[str, Any]
) -> None:
    why = {"Readout-Reason": "Quillibrace was never there"}
    headers = {**world.writer, "If-Match": "*", **why}
    topic = send(world, "/v1/topics", {"label": "Locks", "slug": "locks"}, **why)["id"]
    assert world.client.delete(f"/v1/topics/{topic}", headers=headers).status_code == 204
    assert world.client.delete(f"/v1/contacts/{recorded['contact']}", headers=headers).status_code == 204
    told = send(world, f"/v1/actors/{recorded['actor']}/erase")["mentions"]
    numbers = [one["id"] for one in told if one["noun"] == "revision"]
    admin = {**world.keys["admin"], "Readout-Reason": "asked for"}
    retractions = [
        row["revision"]
        for row in world.client.get("/v1/changes?limit=1000").json()["items"]
        if row["reason"] in why.values()
    ]
    assert len(retractions) == 3
    assert world.client.delete(f"/v1/revisions/{numbers[0]}/reason", headers=world.writer).status_code == 403
    assert world.client.delete(f"/v1/revisions/{numbers[0]}/reason", headers=world.keys["admin"]).status_code == 400
    for number in retractions:
        assert world.client.delete(f"/v1/revisions/{number}/reason", headers=admin).status_code == 204
    assert left_of(world.database, ("quillibrace",)) == set()
    again = world.client.delete(f"/v1/revisions/{retractions[0]}/reason", headers=admin)
    assert (again.status_code, again.json()["detail"]) == (404, "There is no such revision, or it says no reason.")
    assert "Removed by an administrator" in world.client.get(f"/v1/topics/{topic}").json()["detail"]
    proved(world.database)
    with world.database.session() as session:
        session.execute(text("SELECT redact_reason(max(revision_id), 'gone') FROM revision WHERE reason IS NOT NULL"))
        session.commit()
        assert "does not follow" in check_history(session).faults[0], "without an entry it is found"
