"""`known_at` over HTTP: every read of the record takes it, and answers the same for ever."""

import json
import re
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
import pytest
import rfc8785

from db.migrate import migrate
from db.rebuild import rebuild
from db.records import Author, commit
from graph.registry import QUESTIONS
from models.settings import Settings
from tests.api.conftest import World, serving
from tests.conftest import Cluster, libpq

PAGE = Path(__file__).resolve().parents[2] / "docs" / "known-at.md"
SHOWN = re.compile(r"^\| `GET (/v1[^`]+)` \| `([\w.]+)` \| `([^`]+)` \|$", re.MULTILINE)
ROW_2 = "/v1/contacts/example:first-world%2F2"
READS = (
    *("/v1/contacts", "/v1/contacts?status=any&include=accounts,commitments,identifiers,parts,follows"),
    *("/v1/contacts?actor=iso3:ISR&level=state&limit=3", "/v1/contacts?q=cease", f"{ROW_2}?include=accounts"),
    *(
        f"{ROW_2}/accounts",
        f"{ROW_2}/comparison",
        "/v1/edges",
        "/v1/edges?level=office",
        "/v1/ties?level=state",
        "/v1/ties?kind=call",
    ),
    *("/v1/ties/joe-biden/benjamin-netanyahu?include=rhythm", "/v1/actors/joe-biden/counterparts?level=organisation"),
    *("/v1/actors?kind=office", "/v1/actors/joe-biden", "/v1/actors/search?q=netanyahu", "/v1/sources", "/v1/topics"),
    *("/v1/actors/joe-biden/affiliations", "/v1/actors/hamas/designations", "/v1/episodes", "/v1/affiliations"),
    *(question.example for question in QUESTIONS),
)
DENIAL = {"source": "press-report-2021-05-12", "stance": "denies", "speaker": "iso3:ISR"}


def known(address: str, at: str) -> str:
    """The address with an instant."""
    return f"{address}{'&' if '?' in address else '?'}known_at={at}"


def content(world: World, address: str) -> dict[str, Any]:
    """What an address answers, but for its own links."""
    answer = world.client.get(address)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return {name: body[name] for name in body if name != "links" or "self" not in body["links"]}


def deny(world: World) -> dict[str, Any]:
    """Adds an account to row 2 of the first world and returns the contact."""
    made = world.client.post(f"{ROW_2}/accounts", json=DENIAL, headers=world.writer)
    assert made.status_code == 201, made.text
    body: dict[str, Any] = made.json()
    return body


def withdraw(world: World, contact: dict[str, Any]) -> None:
    """Withdraws the last account of row 2."""
    headers = {**world.writer, "Readout-Reason": "Corrected at 17:19.", "If-Match": "*"}
    last = contact["accounts"][-1]["id"]
    assert world.client.delete(f"{ROW_2}/accounts/{last}", headers=headers).status_code == 200


def test_every_read_answers_as_it_did_whatever_was_written_since(world: World) -> None:
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    told = {address: content(world, address) for address in READS}
    for address in READS:
        assert content(world, known(address, at)) == told[address], address
    withdraw(world, deny(world))
    renamed = {"name": "Benyamin Netanyahu", "names": []}
    headers = {**world.writer, "If-Match": "*"}
    assert world.client.patch("/v1/actors/benjamin-netanyahu", json=renamed, headers=headers).status_code == 200
    gone = {**world.writer, "If-Match": "*", "Readout-Reason": "A mistake."}
    assert world.client.delete("/v1/contacts/example:first-world%2F1", headers=gone).status_code == 204
    assert sum(content(world, address) != told[address] for address in READS[:10]) >= 8
    for address in READS:
        assert content(world, known(address, at)) == told[address], address


def digests(world: World, at: str) -> dict[str, str]:
    """The digests by RFC 8785 of what was known then."""
    return {
        address: sha256(rfc8785.dumps(content(world, known(address, at)))).hexdigest()
        for address in (*READS[:8], *READS[-4:])
    }


def test_a_permalink_has_one_digest_after_writes_a_rebuild_and_a_migration(world: World, cluster: Cluster) -> None:
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    told = digests(world, at)
    assert len(set(told.values())) == len(told)
    withdraw(world, deny(world))
    with world.database.session() as session:
        rebuild(session)
        commit(session, Author())
    assert digests(world, at) == told
    owner = cluster.url(str(world.database.engine.url.database))
    migrate(owner, revision="0018")
    migrate(owner, service_role=cluster.service_role)
    assert digests(world, at) == told


def test_the_page_shows_what_the_service_answers(world: World, cluster: Any) -> None:
    made = deny(world)
    withdraw(world, made)
    name = str(world.database.engine.url.database)
    with psycopg.connect(libpq(cluster.url(name))) as owner:
        numbers = [row[0] for row in owner.execute("SELECT revision_id FROM revision ORDER BY revision_id")]
        for number, clock in zip(numbers[-3:], ("16:00", "17:05", "17:19"), strict=True):
            moved = "UPDATE revision SET at = %s WHERE revision_id = %s"
            owner.execute(moved, [f"2021-05-12T{clock}Z", number])
    shown = SHOWN.findall(PAGE.read_text(encoding="utf-8"))
    assert len(shown) == 11
    for address, member, said in shown:
        found = world.client.get(address).json()
        for part in member.split("."):
            found = found[int(part)] if part.isdigit() else found[part]
        assert found == json.loads(said), (address, member)


def test_its_tag_outlasts_writes_and_spares_the_answer(world: World) -> None:
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    for address in ("/v1/contacts", "/v1/centrality?level=state", ROW_2):
        tag = world.client.get(known(address, at)).headers["ETag"]
        deny(world)
        again = world.client.get(known(address, at), headers={"If-None-Match": tag})
        assert (again.status_code, again.headers["ETag"]) == (304, tag), address
        assert again.headers["Cache-Control"] == "private, no-cache"
        assert world.client.get(address).headers["ETag"] != tag


def test_a_search_takes_it_in_the_address_alone(world: World) -> None:
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    count = len(world.client.post("/v1/contacts/search", json={"status": ["reported"]}).json()["items"])
    deny(world)
    body = {"status": ["reported"]}
    assert len(world.client.post("/v1/contacts/search", json=body).json()["items"]) == count - 1
    asked = world.client.post(known("/v1/contacts/search", at), json=body)
    assert len(asked.json()["items"]) == count
    refused = world.client.post("/v1/contacts/search", json={**body, "known_at": at})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/known_at")


def test_pages_stay_in_the_past(world: World) -> None:
    at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    told = [item["id"] for item in content(world, "/v1/contacts")["items"]]
    first = world.client.get(known("/v1/contacts?limit=3", at)).json()
    gone = {**world.writer, "If-Match": "*", "Readout-Reason": "A mistake."}
    assert world.client.delete(f"/v1/contacts/{told[4]}", headers=gone).status_code == 204
    second = world.client.get(first["links"]["next"]).json()
    assert [item["id"] for item in (*first["items"], *second["items"])] == told[:6]


@pytest.mark.parametrize("at", ["2999-01-01T00:00:00Z", "yesterday", "2021-05-13T00:00:00", ""])
def test_what_cannot_be_answered_is_refused_by_name(world: World, at: str) -> None:
    for address in ("/v1/contacts", ROW_2, "/v1/ties", "/v1/centrality"):
        refused = world.client.get(address, params={"known_at": at})
        assert refused.status_code == 400
        assert {error["parameter"] for error in refused.json()["errors"]} == {"known_at"}
    assert world.client.get("/v1/status", params={"known_at": at}).json()["errors"][0]["code"] == "unknown_parameter"


def test_the_contract_shows_it_on_every_read_of_the_record(contract: dict[str, Any]) -> None:
    # History is about all instants; duplicates are proposed of the record as it is; imports are no part of the record.
    apart = ("/v1/status", "/v1/keys", "/v1/changes", "/v1/imports")
    for path, operations in contract["paths"].items():
        for method, operation in operations.items():
            if path.startswith("/v1/") and (method == "get" or path.startswith("/v1/contacts/search")):
                names = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
                wanted = not path.startswith(apart) and not path.endswith("/history")
                assert names.count("known_at") == wanted, (method, path)


def test_what_a_connection_has_prepared_for_the_present_is_not_taken_for_the_past(
    cluster: Any, world_template: str
) -> None:
    """The same statement over and over on one connection, now and then in turn: the driver prepares it."""
    with (
        cluster.database(world_template) as name,
        serving(cluster, name, Settings(pool_size=1, graph_places=1)) as world,
    ):
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        addresses = ("/v1/contacts?status=any", "/v1/edges?level=office", "/v1/ties?level=state", QUESTIONS[0].example)
        told = {address: content(world, address) for address in addresses}
        deny(world)
        fresh = {address: content(world, address) for address in addresses}
        assert all(fresh[address] != told[address] for address in addresses)
        for _ in range(8):
            for address in addresses:
                assert content(world, known(address, at)) == told[address]
                assert content(world, address) == fresh[address]
