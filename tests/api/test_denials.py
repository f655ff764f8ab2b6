"""A denial that names participants: it names those of the contact, and only they are disputed."""

from typing import Any

import pytest

MEETING = {
    "kind": "meeting",
    "when": "2021-05-12",
    "participants": [{"actor": "egypt"}, {"actor": "jordan"}, {"actor": "qatar"}],
}
SAID = {"source": "press-report-2021-05-12", "speaker": "egypt"}


def denial(*names: str, speaker: str = "jordan") -> dict[str, Any]:
    return {"source": "press-report-2021-05-12", "speaker": speaker, "stance": "denies", "denies": list(names)}


def post(world: Any, path: str, body: dict[str, Any]) -> Any:
    return world.client.post(path, json=body, headers=world.writer)


def faults(answer: Any) -> dict[str, str]:
    """Returns the message of each fault by its place."""
    assert answer.status_code == 422, answer.text
    return {fault["pointer"]: fault["message"] for fault in answer.json()["errors"]}


def test_whoever_took_no_part_cannot_be_denied(world: Any) -> None:
    body = MEETING | {"accounts": [SAID, denial("jordan", "hamas", "iso3:QAT")]}
    found = faults(post(world, "/v1/contacts", body))
    assert list(found) == ["/accounts/1/denies/1"]
    assert "egypt, jordan, qatar" in found["/accounts/1/denies/1"]
    assert list(faults(post(world, "/v1/contacts/batch", {"contacts": [body]}))) == ["/contacts/0/accounts/1/denies/1"]
    made = post(world, "/v1/contacts", MEETING | {"accounts": [SAID, denial("iso3:JOR")]})
    assert made.status_code == 201, made.text
    accounts = f"/v1/contacts/{made.json()['id']}/accounts"
    assert list(faults(post(world, accounts, denial("joe-biden", "qatar")))) == ["/denies/0"]
    assert post(world, accounts, denial("qatar", speaker="qatar")).status_code == 201


@pytest.mark.parametrize("count", [10, 12])
def test_of_very_many_participants_some_are_named(world: Any, count: int) -> None:
    names = [one["slug"] for one in world.client.get(f"/v1/actors?kind=state&limit={count}").json()["items"]]
    body = MEETING | {"participants": [{"actor": name} for name in names], "accounts": [denial("hamas")]}
    (said,) = faults(post(world, "/v1/contacts", body)).values()
    assert ", ".join(names[:10]) in said
    assert ("and 2 more" in said) == (count > 10)


def test_an_editor_may_follow_a_denial_and_leave_him_out(world: Any) -> None:
    made = post(world, "/v1/contacts", MEETING | {"accounts": [SAID, denial("jordan")]})
    seen = {"If-Match": made.headers["etag"], **world.writer}
    change = {"participants": [{"actor": "egypt"}, {"actor": "qatar"}]}
    answer = world.client.patch(f"/v1/contacts/{made.json()['id']}", json=change, headers=seen)
    assert (answer.status_code, answer.json()["status"]) == (200, "acknowledged")


def disputed(answer: Any) -> dict[str, bool]:
    return {one["actor"]["slug"]: one["disputed"] for one in answer["participants"]}


def test_a_contact_says_whose_part_is_disputed(world: Any) -> None:
    made = post(world, "/v1/contacts", MEETING | {"accounts": [SAID, denial("jordan")]}).json()
    path, only = f"/v1/contacts/{made['id']}", {"egypt": False, "jordan": True, "qatar": False}
    listed = world.client.get("/v1/contacts?participants=egypt,jordan&kind=meeting").json()["items"]
    for answer in (made, world.client.get(path).json(), *listed):
        assert (disputed(answer), answer["status"]) == (only, "acknowledged")
    press = denial("egypt") | {"speaker": None, "source": {"kind": "other", "title": "A paper", "publisher_name": "It"}}
    assert disputed(post(world, f"{path}/accounts", press).json()) == only
    taken_back = denial() | {"stance": "affirms", "source": {"kind": "other", "title": "Later", "publisher": "jordan"}}
    assert not any(disputed(post(world, f"{path}/accounts", taken_back).json()).values())
