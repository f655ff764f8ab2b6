"""What a client can follow: every address that an answer gives leads somewhere, outside identifiers included."""

from typing import Any
from urllib.parse import quote

import pytest

pytestmark = pytest.mark.door

SLASHED = "example:first-world/1"


def addresses(answer: Any) -> set[str]:
    """Returns every address of the service inside an answer."""
    if isinstance(answer, dict):
        return set().union(*map(addresses, answer.values()))
    if isinstance(answer, list):
        return set().union(*map(addresses, answer))
    return {answer} if isinstance(answer, str) and answer.startswith(("/v1/", "/docs", "/openapi")) else set()


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/v1/contacts?status=any&include=parts", "/v1/edges", "/v1/actors?limit=30"),
        *("/v1/actors/iso3:USA/counterparts?level=state", "/v1/ties/joe-biden/benjamin-netanyahu"),
    ],
)
def test_every_address_in_an_answer_leads_somewhere(shared_world: Any, path: str) -> None:
    found = addresses(shared_world.client.get(path).json())
    assert found
    for address in found:
        assert shared_world.client.get(address).status_code == 200, address


def test_a_slash_in_an_identifier_is_written_encoded(shared_world: Any) -> None:
    client, address = shared_world.client, f"/v1/contacts/{quote(SLASHED, safe='')}"
    assert client.get(address).json()["kind"] == "call"
    assert client.get(f"{address}/accounts").json()["items"]
    assert client.get(address.replace("%2F", "%2f")).status_code == 200
    assert client.get(f"/v1/contacts/{SLASHED}").status_code == 404
    assert client.get(address.replace("%2F", "%252F")).status_code == 404


def test_what_stands_in_the_way_is_found_at_its_address(world: Any) -> None:
    body = world.client.get(f"/v1/contacts/{quote(SLASHED, safe='')}").json()
    people = [{"actor": one["actor"]["id"]} for one in body["participants"]]
    accounts = [{"source": "press-report-2021-05-12"}]
    wanted = {"kind": "call", "participants": people, "accounts": accounts}
    wanted["identifiers"] = [{"scheme": "example", "value": "first-world/1"}]
    refused = world.client.post("/v1/contacts", json=wanted, headers=world.writer)
    assert refused.status_code == 409
    assert world.client.get(refused.json()["existing"]).json()["id"] == body["id"]


def test_links_of_a_page_keep_the_address_that_was_asked(world: Any) -> None:
    named = {"kind": "person", "name": "Someone", "identifiers": [{"scheme": "x", "value": "а/б в?"}]}
    assert world.client.post("/v1/actors", json=named, headers=world.writer).status_code == 201
    address = f"/v1/actors/x:{quote('а/б в?', safe='')}"
    for number in (1, 2):
        affiliation = {"relation": "belongs_to", "target": "iso3:ISR", "since": f"200{number}"}
        made = world.client.post(f"{address}/affiliations", json=affiliation, headers=world.writer)
        assert made.status_code == 201, made.text
    page = world.client.get(f"{address}/affiliations?limit=1")
    assert page.json()["links"]["next"].startswith(f"http://testserver{address}/affiliations?limit=1&cursor=")
    assert page.headers["link"] == f'<{page.json()["links"]["next"]}>; rel="next"'
    following = world.client.get(page.json()["links"]["next"]).json()
    assert [one["since"] for one in following["items"]] == ["2002"]
    assert "next" not in following["links"]


def test_the_address_says_whose_lists_are_meant(shared_world: Any) -> None:
    for path in ("affiliations", "designations", "counterparts"):
        assert shared_world.client.get(f"/v1/actors/hamas/{path}").status_code == 200
        assert shared_world.client.get(f"/v1/actors/hamas/{path}?actor=egypt").status_code == 400
        assert shared_world.client.get(f"/v1/actors/nobody/{path}").status_code == 404
    assert shared_world.client.get("/v1/ties/hamas/nobody").status_code == 404
    assert shared_world.client.get("/v1/ties/hamas/egypt?participants=egypt").status_code == 400


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/v1/actors/search", "GET, HEAD"), ("/v1/contacts/search", "POST"), ("/v1/contacts/batch", "POST")],
)
def test_an_action_is_no_record(shared_world: Any, path: str, allowed: str) -> None:
    for method in {"GET", "POST", "PATCH", "DELETE", "PUT"} - set(allowed.split(", ")):
        answer = shared_world.client.request(method, path, headers=shared_world.keys["admin"])
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed), method
