"""Who stands by a contact, who never spoke, and whether anybody looked: on the made-up world of evidence."""

from collections.abc import Iterator
from typing import Any

import pytest

from models.acknowledgements import AcknowledgementAnswer
from models.evidence import AcknowledgementOut
from tests.api.conftest import World
from tests.api.test_contract_shapes import exact
from tests.evidence import serving_evidence, template_of_evidence


@pytest.fixture(scope="module")
def evidence(cluster: Any, template: str) -> Iterator[World]:
    with template_of_evidence(cluster, template) as name, serving_evidence(cluster, name) as world:
        yield world


def acknowledged(world: World, number: int) -> Any:
    answer = world.client.get(f"/v1/contacts/example:evidence%2F{number}/acknowledgement")
    assert answer.status_code == 200, answer.text
    AcknowledgementOut.model_validate_json(answer.content)
    exact(AcknowledgementOut, answer.json())
    return answer.json()


def found(world: World, query: str) -> set[str]:
    answer = world.client.get(f"/v1/contacts?include=identifiers&to=2019&{query}")
    assert answer.status_code == 200, answer.text
    return {item["identifiers"][0]["value"].rpartition("/")[2] for item in answer.json()["items"]}


def test_two_sides_and_the_press(evidence: World) -> None:
    answer = acknowledged(evidence, 1)
    assert answer["counted_from"] == "2019-03-05"
    first = answer["first"]
    assert (first["voice"], first["side"], first["published"]) == ("ruritania", "ruritania", "2019-03-05")
    assert first["certain"] is False, "the press report is of the same day"
    days = {one["side"]: (one["lag"]["at_least"], one["behind_first"]["at_most"]) for one in answer["sides"]}
    assert days == {"ruritania": (0, 0), "graustark": (2, 2)}
    assert [one["silence"] for one in answer["sides"]] == [None, None]


@pytest.mark.parametrize(
    ("number", "silences"),
    [
        (2, {"ruritania": None, "graustark": None, "laputa": "observed"}),
        (3, {"graustark": None, "ruritania": "observed"}),
        (6, {"ruritania": None, "laputa": "not_looked_at"}),
    ],
)
def test_a_silence_is_observed_or_nobody_looked(evidence: World, number: int, silences: dict[str, str]) -> None:
    answer = acknowledged(evidence, number)
    assert {one["side"]: one["silence"] for one in answer["sides"]} == silences
    for one in answer["sides"]:
        assert bool(one["observed_by"]) == (one["silence"] == "observed")
        assert (one["word"] is None) == (one["silence"] is not None)


def test_a_side_that_denies_has_spoken_and_does_not_acknowledge(evidence: World) -> None:
    denier, silent = acknowledged(evidence, 3)["sides"]
    assert (denier["word"], denier["acknowledged"], denier["lag"]) == ("denies", False, {"at_least": 5, "at_most": 5})
    assert (silent["acknowledged"], silent["first_account"], silent["lag"]) == (False, None, None)


def test_contacts_only_one_capital_admits(evidence: World) -> None:
    assert found(evidence, "acknowledged_by=ruritania") == {"1", "2", "4", "6"}
    assert found(evidence, "acknowledged_by=ruritania&not_acknowledged_by=graustark,laputa") == {"2", "6"}
    assert found(evidence, "not_acknowledged_by=graustark") == {"3"}
    assert found(evidence, "not_acknowledged_by=graustark&status=any") == {"3", "5"}
    assert found(evidence, "not_acknowledged_by=ruritania&between=ada-vell,bruno-sack") == {"3"}
    edges = evidence.client.get("/v1/edges?level=state&acknowledged_by=graustark&not_acknowledged_by=laputa").json()
    assert {(one["source_slug"], one["target_slug"]) for one in edges["items"]} == {
        ("ruritania", "graustark"),
        ("ruritania", "laputa"),
        ("graustark", "laputa"),
    }


def asked(world: World, query: str = "") -> Any:
    answer = world.client.get(f"/v1/acknowledgements?{query}")
    assert answer.status_code == 200, answer.text
    AcknowledgementAnswer.model_validate_json(answer.content)
    exact(AcknowledgementAnswer, answer.json())
    return answer.json()


def test_by_government(evidence: World) -> None:
    counts = {
        one["side"]["slug"]: (
            *(one[name] for name in ("contacts", "acknowledged", "otherwise", "median_lag_days", "lags_known")),
            tuple(one["silent"].values()),
        )
        for one in asked(evidence, "to=2019")["items"]
    }
    assert counts == {
        "ruritania": (5, 4, 0, 0.5, 4, (1, 0)),
        "graustark": (4, 3, 1, 2.0, 3, (0, 0)),
        "laputa": (2, 0, 0, None, 0, (1, 1)),
    }


def test_side_against_counterpart_leads_to_the_contacts_it_counts(evidence: World) -> None:
    answer = asked(evidence, "to=2019")
    cells = {(one["side"]["slug"], one["counterpart"]["slug"]): one for one in answer["matrix"]}
    assert len(cells) == 6
    assert {pair: (one["contacts"], one["both"], one["only_side"]) for pair, one in cells.items()} == {
        ("ruritania", "graustark"): (4, 3, 0),
        ("graustark", "ruritania"): (4, 3, 0),
        ("ruritania", "laputa"): (2, 0, 2),
        ("laputa", "ruritania"): (2, 0, 0),
        ("graustark", "laputa"): (1, 0, 1),
        ("laputa", "graustark"): (1, 0, 0),
    }
    for cell in cells.values():
        items = evidence.client.get(cell["links"]["only_side"]).json()["items"]
        assert len(items) == cell["only_side"]
    for item in answer["items"]:
        assert len(evidence.client.get(item["links"]["acknowledged"]).json()["items"]) == item["acknowledged"]


def test_the_answer_is_cut_out_loud_and_filtered(evidence: World) -> None:
    answer = asked(evidence, "limit=1")
    assert [one["side"]["slug"] for one in answer["items"]] == ["ruritania"]
    assert answer["meta"]["left_out"] == {"governments": 2, "counterparts": 1}
    (only,) = asked(evidence, "actor=laputa&from=2019-10&to=2019-12")["items"]
    assert (only["contacts"], only["silent"]) == (1, {"observed": 0, "not_looked_at": 1})
    assert asked(evidence, "actor=laputa&acknowledged_by=graustark")["items"][0]["links"] == {}
    assert asked(evidence, "kind=summons")["items"] == []


def test_a_silence_is_observed_as_soon_as_coverage_says_so(cluster: Any, template: str) -> None:
    with template_of_evidence(cluster, template) as name, serving_evidence(cluster, name) as world:
        window = {"publisher": "laputa-court", "since": "2019-10-01"}
        for until, expected in (("2019-11-01", "not_looked_at"), ("2019-12-01", "observed")):
            made = world.client.post("/v1/coverage", json=window | {"until": until}, headers=world.writer)
            assert made.status_code == 201, made.text
            assert acknowledged(world, 6)["sides"][1]["silence"] == expected
        media = {"publisher": "strelsau-courier", "since": "2000", "until": ".."}
        assert world.client.post("/v1/coverage", json=media, headers=world.writer).status_code == 201
        gone = {**world.writer, "If-Match": made.headers["etag"], "Readout-Reason": "test"}
        assert world.client.delete(made.headers["location"], headers=gone).status_code == 204
        assert acknowledged(world, 6)["sides"][1]["silence"] == "not_looked_at"
        (laputa,) = asked(world, "actor=laputa&from=2019-10")["items"]
        assert laputa["silent"] == {"observed": 0, "not_looked_at": 1}
