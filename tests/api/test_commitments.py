"""Commitments as a question: open, kept and lapsed ones, by and to whom, due when; and what became of one."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from db.commitments import list_commitments
from db.pages import Asked
from models.commitments import CommitmentList, CommitmentPage
from tests.api.conftest import World
from tests.api.test_contract_shapes import exact
from tests.evidence import serving_evidence, template_of_evidence

PASS = {"text": "Graustark sends a delegation about the pass."}


@pytest.fixture(scope="module")
def evidence_template(cluster: Any, template: str) -> Iterator[str]:
    with template_of_evidence(cluster, template) as name:
        yield name


@pytest.fixture
def evidence(cluster: Any, evidence_template: str) -> Iterator[World]:
    with serving_evidence(cluster, evidence_template) as world:
        yield world


def asked(world: World, query: str = "") -> list[Any]:
    answer = world.client.get(f"/v1/commitments?{query}")
    assert answer.status_code == 200, answer.text
    CommitmentPage.model_validate_json(answer.content)
    exact(CommitmentPage, answer.json())
    items: list[Any] = answer.json()["items"]
    return items


def texts(items: list[Any]) -> list[str]:
    return [one["text"].split(" ")[0] for one in items]


def patched(world: World, one: Any, change: dict[str, Any]) -> Any:
    return world.client.patch(f"/v1/commitments/{one['id']}", json=change, headers={**world.writer, "If-Match": "*"})


def test_those_due_first_come_first_and_without_a_date_last(evidence: World) -> None:
    items = asked(evidence)
    assert texts(items) == ["Graustark", "Ruritania", "They"]
    assert [one["state"] for one in items] == ["lapsed", "lapsed", "open"]
    assert [one["due"] for one in items] == ["2019-04", "2019-05-31", None]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=open", ["They"]),
        ("state=lapsed", ["Graustark", "Ruritania"]),
        ("state=kept,not_kept,partly", []),
        ("by=bruno-sack", ["Graustark", "They"]),
        ("by=graustark", ["Graustark", "They"]),
        ("by=foreign-minister-of-graustark", ["Graustark", "They"]),
        ("to=graustark", ["Ruritania"]),
        ("actor=ruritania", ["Graustark", "Ruritania", "They"]),
        ("actor=laputa", []),
        ("by=ruritania&to=graustark", ["Ruritania"]),
        ("contact=example:evidence%2F1", ["Graustark", "Ruritania", "They"]),
        ("contact=example:evidence%2F2", []),
        ("due_from=2019-05", ["Ruritania"]),
        ("due_to=2019-04-15", ["Graustark"]),
        ("due_from=2019-04-30&due_to=2019-05-31", ["Graustark", "Ruritania"]),
        ("status=disputed", []),
        ("status=any", ["Graustark", "Ruritania", "They"]),
    ],
)
def test_filters(evidence: World, query: str, found: list[str]) -> None:
    assert texts(asked(evidence, query)) == found


def test_who_is_unknown_is_refused(evidence: World) -> None:
    answer = evidence.client.get("/v1/commitments?by=ruritanja")
    assert answer.status_code == 400
    assert "Nearest: ruritania" in answer.json()["errors"][0]["message"]


def test_an_outcome_comes_with_the_account_that_shows_it(evidence: World) -> None:
    one = asked(evidence)[0]
    follow_up = evidence.client.get("/v1/contacts/example:evidence%2F2?include=accounts").json()
    refused = patched(evidence, one, {"outcome": 1})
    assert refused.json()["errors"][0]["pointer"] == "/outcome_account"
    assert patched(evidence, one, {"outcome_account": follow_up["accounts"][0]["id"]}).status_code == 422
    assert patched(evidence, one, {"outcome": 1, "outcome_account": "acc_1"}).status_code == 422
    assert patched(evidence, one, {"follow_up": one["contact"]["id"]}).status_code == 422
    change = {"outcome": 1, "outcome_account": follow_up["accounts"][0]["id"], "follow_up": "example:evidence/2"}
    kept = patched(evidence, one, change)
    assert kept.status_code == 200, kept.text
    body = kept.json()
    assert (body["state"], body["version"], body["text"]) == ("kept", one["version"] + 1, one["text"])
    assert (body["follow_up"]["id"], body["outcome_account"]) == (follow_up["id"], change["outcome_account"])
    assert texts(asked(evidence, "state=kept")) == ["Graustark"]
    again = patched(evidence, one, {"outcome": None, "outcome_account": None, "due": "2990"}).json()
    assert (again["state"], again["outcome_account"]) == ("open", None)
    assert texts(asked(evidence, "due_from=2990")) == ["Graustark"]


def test_a_change_needs_the_version(evidence: World) -> None:
    one = asked(evidence)[0]
    address = f"/v1/commitments/{one['id']}"
    assert evidence.client.patch(address, json=PASS, headers=evidence.writer).status_code == 428
    stale = {**evidence.writer, "If-Match": '"99-0"'}
    assert evidence.client.patch(address, json=PASS, headers=stale).status_code == 412
    assert evidence.client.get("/v1/commitments/com_1").status_code == 404


def test_a_retracted_contact_takes_its_commitments_along(evidence: World) -> None:
    one = asked(evidence)[0]
    gone = {**evidence.writer, "If-Match": "*", "Readout-Reason": "test"}
    assert evidence.client.delete(f"/v1/contacts/{one['contact']['id']}", headers=gone).status_code == 204
    assert asked(evidence, "status=any") == []
    assert evidence.client.get(f"/v1/commitments/{one['id']}").status_code == 410


def test_it_lapses_when_its_date_is_over(evidence: World) -> None:
    everything = Asked(50, None, -1, False)
    states = {}
    for day in (date(2019, 4, 30), date(2019, 5, 1), date(2019, 5, 31), date(2019, 6, 1)):
        with evidence.database.session() as session:
            answer = list_commitments(session, CommitmentList(state=["lapsed"]), everything, day)
        states[day.isoformat()] = (answer.items or "").count('"lapsed"')
    assert states == {"2019-04-30": 0, "2019-05-01": 1, "2019-05-31": 1, "2019-06-01": 2}


def test_what_a_commitment_names_may_be_retracted_and_it_still_takes_changes(evidence: World) -> None:
    one = asked(evidence)[0]
    follow_up = evidence.client.get("/v1/contacts/example:evidence%2F2").json()["id"]
    account = evidence.client.get("/v1/contacts/example:evidence%2F2/accounts").json()["items"][0]["id"]
    shown = {"outcome": 1, "outcome_account": account, "follow_up": follow_up}
    assert patched(evidence, one, shown).status_code == 200
    gone = {**evidence.writer, "If-Match": "*", "Readout-Reason": "told twice"}
    assert evidence.client.delete(f"/v1/contacts/{follow_up}", headers=gone).status_code == 204
    changed = patched(evidence, one, {"due": "2019-05"})
    assert (changed.status_code, changed.json()["follow_up"]["id"]) == (200, follow_up)
    other = patched(evidence, asked(evidence)[1], {"follow_up": follow_up})
    assert (other.status_code, other.json()["errors"][0]["code"]) == (422, "retracted_contact")
