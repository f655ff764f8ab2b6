"""Readouts side by side over HTTP, on the made-up world of evidence and on the first world."""

from collections.abc import Iterator
from typing import Any

import pytest

from models.evidence import ComparisonOut
from tests.api.conftest import World
from tests.api.test_contract_shapes import exact
from tests.evidence import serving_evidence, template_of_evidence


@pytest.fixture(scope="module")
def evidence(cluster: Any, template: str) -> Iterator[World]:
    with template_of_evidence(cluster, template) as name, serving_evidence(cluster, name) as world:
        yield world


def compared(world: World, number: int) -> Any:
    answer = world.client.get(f"/v1/contacts/example:evidence%2F{number}/comparison")
    assert answer.status_code == 200, answer.text
    ComparisonOut.model_validate_json(answer.content)
    exact(ComparisonOut, answer.json())
    return answer.json()


def outcomes(items: list[Any], name: str) -> dict[str, str]:
    return {item[name]["slug"]: item["outcome"] for item in items}


def test_two_readouts_and_a_report(evidence: World) -> None:
    found = compared(evidence, 1)
    assert [(s["side"], s["word"], len(s["accounts"])) for s in found["sides"]] == [
        ("ruritania", "affirms", 1),
        ("graustark", "affirms", 1),
    ]
    assert [(a["side"], a["voice"], a["decides"]) for a in found["accounts"]] == [
        ("ruritania", "ruritania", True),
        (None, "strelsau-courier", False),
        ("graustark", "graustark", True),
    ]
    assert found["accounts"][0]["source"] | {"id": ""} == {
        "id": "",
        "slug": "chancellery-readout-2019-03-05",
        "title": "Chancellor Vell speaks with Foreign Minister Sack",
        "kind": "readout",
        "url": "https://ruritanian-chancellery.example/chancellery-readout-2019-03-05",
        "archived_url": None,
        "publisher": found["accounts"][0]["speaker"],
        "publisher_name": None,
        "published": "2019-03-05",
    }
    assert (found["when"]["outcome"], found["when"]["finest"]) == ("day_apart", None)
    assert [one["value"] for one in found["when"]["values"]] == ["2019-03-05", "2019-03", "2019-03-06"]
    assert (found["kind"]["outcome"], found["kind"]["finest"]) == ("agreed", "call")
    assert [(one["value"], one["voices"]) for one in found["duration_minutes"]["values"]] == [
        (30, ["ruritania"]),
        (45, ["graustark"]),
    ]
    assert found["duration_minutes"]["outcome"] == found["initiator"]["outcome"] == "contradicted"
    assert outcomes(found["topics"], "topic") == {"economic": "some", "military": "one"}
    assert [one["outcome"] for one in found["commitments"]] == ["some", "one", "one"]
    assert found["status"]["because"] == "Two or more sides affirm it, and none contradicts."
    assert found["left_out"] == {}


def test_an_office_stands_for_its_holder(evidence: World) -> None:
    found = compared(evidence, 1)
    people = {item["actor"]["slug"]: item for item in found["participants"]}
    assert {slug: (item["outcome"], item["resolved"]) for slug, item in people.items()} == {
        "ada-vell": ("some", True),
        "bruno-sack": ("some", True),
        "chancellor-of-ruritania": ("some", False),
        "foreign-minister-of-graustark": ("some", False),
    }
    assert people["ada-vell"]["voices"] == ["ruritania", "graustark"]


def test_three_sides_of_which_one_is_silent_and_one_leaves_out(evidence: World) -> None:
    found = compared(evidence, 2)
    assert [(one["side"], one["word"]) for one in found["sides"]] == [
        ("ruritania", "affirms"),
        ("graustark", "affirms"),
        ("laputa", None),
    ]
    assert (found["when"]["outcome"], found["when"]["finest"]) == ("agreed", "2019-05-10")
    assert outcomes(found["participants"], "actor") == {
        "ada-vell": "agreed",
        "bruno-sack": "agreed",
        "lin-marsh": "contradicted",
    }
    (left_out,) = (item for item in found["participants"] if item["actor"]["slug"] == "lin-marsh")
    assert (len(left_out["omitted_by"]), left_out["denied_by"]) == (1, [])


def test_a_denial_is_no_version_and_a_denied_participant_is_contradicted(evidence: World) -> None:
    rumour = compared(evidence, 3)
    assert (rumour["status"]["status"], rumour["left_out"]) == ("disputed", {"not_compared": 1})
    assert (rumour["when"]["outcome"], rumour["kind"]["outcome"]) == ("one", "one")
    meeting = compared(evidence, 4)
    assert meeting["status"]["status"] == "confirmed"
    (denied,) = (item for item in meeting["participants"] if item["actor"]["slug"] == "otto-quist")
    assert (denied["outcome"], denied["voices"], len(denied["denied_by"])) == ("contradicted", ["ruritania"], 1)


def test_plans_are_compared_while_nobody_affirms(evidence: World) -> None:
    found = compared(evidence, 5)
    assert found["status"]["status"] == "postponed"
    assert [one["compared"] for one in found["accounts"]] == [True, True]
    assert [one["word"] for one in found["sides"]] == ["announces", "postpones"]


def test_a_corrected_source_speaks_in_its_predecessors_place(evidence: World) -> None:
    found = compared(evidence, 6)
    assert found["left_out"] == {"superseded": 1}
    assert [one["value"] for one in found["when"]["values"]] == ["2019-10-14"]
    assert found["when"]["outcome"] == "one"


def test_row_one_has_three_accounts_that_differ(shared_world: World) -> None:
    """By kind, by whom they name and by topic: the topics of the remarks are not those of the call."""
    found = shared_world.client.get("/v1/contacts/example:first-world%2F1/comparison").json()
    assert [one["word"] for one in found["sides"]] == ["affirms", None]
    remarks, readout, report = (one["source"]["slug"] for one in found["accounts"])
    told = {one["id"]: one["source"]["slug"] for one in found["accounts"]}
    assert (remarks, readout, report) == (
        "biden-remarks-2021-05-12",
        "white-house-readout-2021-05-12",
        "press-report-2021-05-12",
    )
    assert [one["voice"] for one in found["accounts"][:2]] == ["united-states"] * 2
    assert found["accounts"][2]["voice"] != "united-states"
    kinds = [(one["value"], [told[account] for account in one["accounts"]]) for one in found["kind"]["values"]]
    assert sorted(kinds) == [("call", [readout, report]), ("conversation", [remarks])]
    assert (found["kind"]["outcome"], found["kind"]["finest"]) == ("agreed", "call")
    by_topic = {one["topic"]["slug"]: [told[account] for account in one["accounts"]] for one in found["topics"]}
    assert by_topic == {
        **{slug: [remarks] for slug in ("end-of-hostilities", "self-defence")},
        **{slug: [readout] for slug in ("allied-consultation", "working-level-consultation")},
    }
    named = {one["actor"]["slug"]: [told[account] for account in one["accounts"]] for one in found["participants"]}
    assert named["joe-biden"] == [remarks, readout, report], "the readout names his office"
    assert (outcomes(found["participants"], "actor")["joe-biden"], found["when"]["outcome"]) == (
        "agreed",
        "not_mentioned",
    )
    assert [[told[account] for account in one["accounts"]] for one in found["commitments"]] == [[readout]] * 2


def test_of_a_contact_that_is_not_there_nothing_is_compared(world: World) -> None:
    path = "/v1/contacts/example:first-world%2F2"
    headers = {**world.writer, "If-Match": "*", "Readout-Reason": "test"}
    assert world.client.delete(path, headers=headers).status_code == 204
    made = world.client.get("/v1/contacts/con_1/comparison")
    assert made.status_code == 404
    assert world.client.get(f"{path}/comparison").status_code in (404, 410)
