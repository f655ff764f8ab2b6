"""A status follows its accounts at once, over HTTP, and says which of them decided it; a ruling stands above it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.conftest import World
from tests.evidence import serving_evidence, template_of_evidence

PAIR = [{"actor": "ada-vell"}, {"actor": "bruno-sack"}]


@pytest.fixture(scope="module")
def evidence_template(cluster: Any, template: str) -> Iterator[str]:
    with template_of_evidence(cluster, template) as name:
        yield name


@pytest.fixture
def evidence(cluster: Any, evidence_template: str) -> Iterator[World]:
    with serving_evidence(cluster, evidence_template) as world:
        yield world


def path(number: int) -> str:
    return f"/v1/contacts/example:evidence%2F{number}"


def decided(world: World, contact: str) -> tuple[str, list[str]]:
    """Returns the status of a contact, and the documents of the accounts that decided it."""
    body = world.client.get(f"{contact}?include=accounts").json()
    by = {one["id"]: one["source"]["slug"] for one in body["accounts"]}
    assert {one["id"] for one in body["accounts"] if one["decides"]} == set(body["known"]["decided_by"])
    listed = world.client.get(f"{contact}/accounts").json()["items"]
    assert listed == body["accounts"]
    return body["status"], [by[one] for one in body["known"]["decided_by"]]


def send(world: World, method: str, address: str, body: Any = None, reason: str = "test") -> Any:
    headers = {**world.writer, "If-Match": "*", "Readout-Reason": reason}
    more = {} if body is None else {"json": body}
    answer = world.client.request(method, address, headers=headers, **more)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


def ties(world: World, level: str = "state") -> int:
    answer = world.client.get(f"/v1/ties/ruritania/graustark?level={level}")
    return answer.json()["contacts"] if answer.status_code == 200 else 0


def test_it_follows_an_account_added_and_withdrawn(evidence: World) -> None:
    body = {"kind": "call", "when": "2019-04-02", "participants": PAIR, "accounts": [{"source": "courier-2019-03-05"}]}
    body["accounts"] = [{"source": {"kind": "press_report", "title": "A call", "publisher": "strelsau-courier"}}]
    contact = f"/v1/contacts/{send(evidence, 'POST', '/v1/contacts', body)['id']}"
    assert decided(evidence, contact)[0] == "reported"
    before = ties(evidence)
    steps = (
        ("ruritanian-chancellery", "2019-04-03", "affirms", "acknowledged", 1),
        ("graustark-foreign-ministry", "2019-04-04", "affirms", "confirmed", 2),
        ("graustark-foreign-ministry", "2019-04-05", "denies", "disputed", 3),
    )
    for publisher, day, stance, status, deciding in steps:
        source = {"kind": "readout", "title": day, "slug": f"on-{day}", "publisher": publisher, "published": day}
        added = send(evidence, "POST", f"{contact}/accounts", {"source": source, "stance": stance})
        assert (added["status"], len(added["known"]["decided_by"])) == (status, deciding)
    assert decided(evidence, contact)[0] == "disputed"
    last = {one["source"]["slug"]: one["id"] for one in added["accounts"]}
    for slug, status in (
        ("on-2019-04-05", "confirmed"),
        ("on-2019-04-04", "acknowledged"),
        ("on-2019-04-03", "reported"),
    ):
        assert send(evidence, "DELETE", f"{contact}/accounts/{last[slug]}")["status"] == status
    assert ties(evidence) == before


def test_it_follows_a_correction_of_a_source(evidence: World) -> None:
    assert decided(evidence, path(5)) == ("postponed", ["ministry-notice-2019-09-08"])
    send(evidence, "PATCH", "/v1/sources/ministry-notice-2019-09-08", {"published": "2019-08-20"})
    assert decided(evidence, path(5)) == ("planned", ["chancellery-diary-2019-09-01"])
    send(evidence, "PATCH", "/v1/sources/ministry-denial-2019-06-02", {"publisher": "strelsau-courier"})
    assert decided(evidence, path(3))[0] in ("reported", "unsettled")


def test_it_follows_a_source_that_is_superseded(evidence: World) -> None:
    assert decided(evidence, path(6)) == ("acknowledged", ["chancellery-readout-2019-10-14-corrected"])
    correction = {
        "kind": "readout",
        "title": "No such call",
        "slug": "second-correction",
        "publisher": "ruritanian-chancellery",
        "published": "2019-10-15",
        "supersedes": "chancellery-readout-2019-10-14-corrected",
    }
    send(evidence, "POST", f"{path(6)}/accounts", {"source": correction, "stance": "denies"})
    assert decided(evidence, path(6)) == ("denied", ["second-correction"])
    send(evidence, "PATCH", "/v1/sources/second-correction", {"supersedes": None})
    assert decided(evidence, path(6))[0] == "denied", "the same speaker's later word stands"


def test_a_partial_denial_disputes_only_whom_it_names(evidence: World) -> None:
    body = evidence.client.get(path(4)).json()
    assert body["status"] == "confirmed"
    assert {one["actor"]["slug"] for one in body["participants"] if one["disputed"]} == {"otto-quist"}
    edges = evidence.client.get(f"/v1/edges?contact={body['id']}").json()["items"]
    disputed = {one["contact_status"] for one in edges if "otto-quist" in (one["source_slug"], one["target_slug"])}
    others = {one["contact_status"] for one in edges if "otto-quist" not in (one["source_slug"], one["target_slug"])}
    assert (disputed, others) == ({"disputed"}, {"confirmed"})


def test_a_ruling_stands_above_the_computed_status(evidence: World) -> None:
    before = ties(evidence)
    ruled = send(evidence, "PUT", f"{path(3)}/ruling", {"ruling": "did_not_happen", "reason": "Both were elsewhere."})
    known = ruled["known"]
    assert (ruled["status"], known["computed_status"]) == ("did_not_happen", "disputed")
    assert known["ruling_reason"] == "Both were elsewhere."
    assert known["ruled_by"].startswith("key_")
    assert known["ruled_at"] is not None
    assert ties(evidence) == before - 1
    assert ruled["id"] in {
        one["id"] for one in evidence.client.get("/v1/contacts?status=did_not_happen").json()["items"]
    }
    compared = evidence.client.get(f"{path(3)}/comparison").json()["status"]
    assert (compared["status"], compared["computed_status"]) == ("did_not_happen", "disputed")
    assert compared["because"] == "Somebody affirms it, and a side contradicts."
    yes = {"source": "chancellery-readout-2019-07-03", "stance": "affirms"}
    send(evidence, "POST", f"{path(3)}/accounts", yes)
    assert evidence.client.get(path(3)).json()["status"] == "did_not_happen", "accounts do not overrule an editor"
    lifted = send(evidence, "DELETE", f"{path(3)}/ruling")
    assert (lifted["status"], lifted["known"]["ruling"], lifted["known"]["ruled_at"]) == ("disputed", None, None)
    assert ties(evidence) == before


def test_a_ruling_needs_the_version_a_reason_and_a_past(evidence: World) -> None:
    body = {"ruling": "confirmed", "reason": "Seen by witnesses."}
    missing = evidence.client.put(f"{path(3)}/ruling", json=body, headers=evidence.writer)
    assert missing.status_code == 428
    stale = {**evidence.writer, "If-Match": '"999-0000"'}
    assert evidence.client.put(f"{path(3)}/ruling", json=body, headers=stale).status_code == 412
    matched = {**evidence.writer, "If-Match": "*"}
    assert evidence.client.put(f"{path(3)}/ruling", json={"ruling": "confirmed"}, headers=matched).status_code == 422
    assert evidence.client.delete(f"{path(3)}/ruling", headers=matched).status_code == 400
    explained = {**matched, "Readout-Reason": "test"}
    unruled = evidence.client.delete(f"{path(3)}/ruling", headers=explained)
    assert (unruled.status_code, unruled.json()["version"]) == (200, 1), "there was nothing to take back"
    plan = {"kind": "call", "when": "2990-01-01", "participants": PAIR}
    plan["accounts"] = [{"source": "courier-2019-03-05", "stance": "announces"}]
    made = send(evidence, "POST", "/v1/contacts", plan)
    refused = evidence.client.put(f"/v1/contacts/{made['id']}/ruling", json=body, headers=matched)
    assert refused.json()["errors"][0]["pointer"] == "/ruling"
