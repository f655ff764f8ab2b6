"""Paths in time asked of the record: answers worked out by hand."""

from typing import Any

import pytest

from graph.chronological_paths import HOPS, SPREADS, WALKS
from graph.questions import NODES, Budget, Found
from models.errors import InvalidQuery, TimedOut
from tests.graph.conftest import Ask

MAY = {"from": "2021-05", "to": "2021-05"}
NETANYAHU = ["antony-blinken", "benjamin-netanyahu", "joe-biden"]


def ways(found: Found) -> dict[str, list[str]]:
    """Returns the actors on the path of each mode."""
    return {
        item["mode"]: [item["steps"][0]["source"]["slug"], *(step["target"]["slug"] for step in item["steps"])]
        for item in found.members["items"]
    }


def relays(found: Found) -> list[str | None]:
    return [step["via"] and step["via"]["slug"] for step in found.members["items"][-1]["steps"]]


@pytest.mark.parametrize("objective", ["earliest-arrival", "latest-departure", "fewest-hops", "shortest-duration"])
def test_two_contacts_of_one_day_may_follow_each_other_but_need_not(ask_first: Ask, objective: str) -> None:
    found = ask_first("list_chronological_paths", source="antony-blinken", target="joe-biden", objective=objective)
    assert ways(found) == {"possible": NETANYAHU}
    (path,) = found.members["items"]
    assert path["weakest_status"] == "reported"
    assert path["duration"] == {"at_least_days": 0.0, "at_most_days": 1.0}
    assert path["steps"][0]["waiting"] is None
    assert path["steps"][1]["waiting"] == {"at_least_days": 0.0, "at_most_days": 1.0}
    assert path["arrival"] == {"earliest": "2021-05-12T00:00:00", "latest": "2021-05-13T00:00:00"}


def test_one_contact_is_certain(ask_first: Ask) -> None:
    found = ask_first("list_chronological_paths", source="benjamin-netanyahu", target="joe-biden", **MAY)
    assert set(ways(found)) == {"certain", "possible"}
    assert found.members["items"][0]["weakest_status"] == "acknowledged"


def test_parties_of_a_mediation_are_joined_by_a_relayed_hop(ask_first: Ask) -> None:
    # Until 9 May, the start unknown: Egypt, Jordan and Qatar each mediated; Israel and Hamas are not known to have met.
    found = ask_first("list_chronological_paths", source="iso3:ISR", target="hamas", mode="possible")
    assert ways(found) == {"possible": ["israel", "hamas"]}
    assert relays(found)[0] in ("egypt", "jordan", "qatar")
    path = found.members["items"][0]
    assert path["departure"] == {"earliest": None, "latest": "2021-05-10T00:00:00"}
    assert path["duration"] == {"at_least_days": 0.0, "at_most_days": None}


def test_states_pass_on_inside_and_say_so(ask_first: Ask) -> None:
    # The talks of the United States with Egypt may have come before its mediation, over by 9 May.
    found = ask_first("list_chronological_paths", source="iso3:USA", target="hamas", level="state", mode="both")
    assert len(ways(found)["possible"]) == 3
    assert "certain" not in ways(found)
    assert SPREADS in found.notes


def test_nothing_in_the_window_is_an_empty_answer(ask_first: Ask) -> None:
    asked: dict[str, Any] = {"source": "antony-blinken", "target": "joe-biden"}
    assert ask_first("list_chronological_paths", **asked, **{"from": "2020", "to": "2020"}).members["items"] == []
    assert ask_first("list_chronological_paths", **asked, kind=["visit"]).members["items"] == []
    assert ask_first("list_chronological_paths", **asked, kind=["call", "conversation"]).members["items"]
    assert ask_first("list_chronological_paths", **asked, topic=["military"], max_hops=1).members["items"] == []


def test_a_wait_and_the_operators_hops_are_kept_to_and_said(ask_first: Ask) -> None:
    asked: dict[str, Any] = {"source": "antony-blinken", "target": "joe-biden"}
    found = ask_first("list_chronological_paths", **asked, max_waiting_days=0)
    assert ways(found) == {"possible": NETANYAHU}
    assert WALKS in found.notes
    found = ask_first("list_chronological_paths", budget=Budget(seconds=60, hops=1), **asked)
    assert (ways(found), found.limits) == ({}, {HOPS: 1})
    found = ask_first("list_chronological_paths", budget=Budget(seconds=60, nodes=0), **asked)
    assert (ways(found), set(found.limits)) == ({}, {NODES})
    assert any("cut short" in note for note in found.notes)
    with pytest.raises(TimedOut):
        ask_first("list_chronological_paths", budget=Budget(seconds=0), **asked)


def test_ends_are_two_actors_of_the_record(ask_first: Ask) -> None:
    with pytest.raises(InvalidQuery):
        ask_first("list_chronological_paths", source="iso3:ISR", target="israel")
    with pytest.raises(InvalidQuery):
        ask_first("list_chronological_paths", source="nobody-at-all", target="israel")
    with pytest.raises(InvalidQuery):
        ask_first("list_chronological_paths", source="hamas", target="israel", topic=["no-such-topic"])


def test_whom_word_could_reach(ask_first: Ask) -> None:
    found = ask_first("list_reach", actor="antony-blinken", **MAY)
    reached = {item["actor"]["slug"]: (item["hops"], item["certain"]) for item in found.members["items"]}
    assert reached == {"benjamin-netanyahu": (1, True), "joe-biden": (2, False)}
    assert found.members["reached"] == 2
    certain = ask_first("list_reach", actor="antony-blinken", mode="certain", direction="in", **MAY)
    assert [item["actor"]["slug"] for item in certain.members["items"]] == ["benjamin-netanyahu"]
    cut = ask_first("list_reach", actor="antony-blinken", limit=1, **MAY)
    assert (cut.members["reached"], cut.limits, cut.left_out) == (2, {"limit": 1}, {"actors": 1})


def test_reach_is_of_the_last_twelve_months(ask_first: Ask) -> None:
    found = ask_first("list_reach", actor="antony-blinken")
    assert found.members["window"] == {"earliest": "2020-05-20T00:00:00", "latest": "2021-05-21T00:00:00"}
    assert found.members["reached"] == 2
