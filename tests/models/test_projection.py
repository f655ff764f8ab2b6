"""Every rule of «Edges, ties, roll-up» with a named example worked out by hand."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import pytest

from models.base import FIRST_MOMENT, LAST_MOMENT
from models.bounds import contact_bounds
from models.edges import LARGEST_STORED_CONTACT
from models.projection import Event, pairs_at, project
from models.vocabulary import ROLES_WITHOUT_EDGES

BIDEN, BLINKEN, NETANYAHU, GANTZ, AMR = 1, 2, 3, 4, 5
US, ISRAEL, EGYPT, HAMAS, QATAR = 11, 12, 13, 14, 15
PRESIDENT, ADMINISTRATION, UN = 21, 22, 23
AFTER_TERM = 31
"""Held an office of Israel until an unknown day after 1 May 2021."""
TWO_PASSPORTS = 32


class Stood(NamedTuple):
    """A row of a lift."""

    unit_id: int
    certain: bool = True
    ambiguous: bool = False
    since: datetime = FIRST_MOMENT
    until: datetime = LAST_MOMENT


LIFTS: dict[tuple[int, str], list[Stood]] = {
    **{(actor, "state"): [Stood(US)] for actor in (BIDEN, BLINKEN, PRESIDENT, ADMINISTRATION)},
    **{(actor, "state"): [Stood(ISRAEL)] for actor in (NETANYAHU, GANTZ)},
    (AFTER_TERM, "state"): [Stood(ISRAEL, certain=False, since=datetime(2021, 5, 1))],
    (TWO_PASSPORTS, "state"): [Stood(US, False, True), Stood(EGYPT, False, True)],
}


@dataclass(frozen=True)
class Taker:
    """A participant."""

    actor_id: int
    role: str = "principal"
    side: str | None = None
    initiator: bool | None = None
    on_behalf_of_id: int | None = None
    capacity_id: int | None = None

    @property
    def standing_id(self) -> int:
        return self.on_behalf_of_id or self.capacity_id or self.actor_id


def event(kind: str, *takers: Taker | int, **more: Any) -> Event:
    given = [taker if isinstance(taker, Taker) else Taker(taker) for taker in takers]
    plain: dict[str, Any] = {
        "talks": None,
        "status": "reported",
        "lifts": LIFTS,
        "bounds": contact_bounds("2021-05-12"),
    }
    return Event(1, kind, takers=given, **(plain | more))


def pairs(one: Event, level: str = "actor") -> set[tuple[int, int]]:
    """The pairs stored at a level; every edge is there from both ends."""
    edges = [edge for edge in project(one).edges if edge["level"] == level]
    both = {(edge["ego_id"], edge["alter_id"]) for edge in edges}
    assert both == {(alter, ego) for ego, alter in both}
    assert len(both) == len(edges), "pairs are a set per contact and level"
    return {pair for pair in both if pair[0] < pair[1]}


def only_edge(one: Event, ego: int, alter: int, level: str = "actor") -> dict[str, Any]:
    (edge,) = (e for e in project(one).edges if (e["level"], e["ego_id"], e["alter_id"]) == (level, ego, alter))
    return edge


def test_every_pair_across_sides_is_an_edge_and_colleagues_make_none() -> None:
    meeting = event("meeting", BIDEN, BLINKEN, NETANYAHU, GANTZ)
    assert pairs(meeting) == {(BIDEN, NETANYAHU), (BIDEN, GANTZ), (BLINKEN, NETANYAHU), (BLINKEN, GANTZ)}
    assert pairs(meeting, "state") == {(US, ISRAEL)}


def test_a_label_decides_the_side_whatever_the_state() -> None:
    meeting = event("negotiation", Taker(BIDEN, side="west"), Taker(EGYPT, side="west"), Taker(NETANYAHU, side="east"))
    assert pairs(meeting) == {(BIDEN, NETANYAHU), (NETANYAHU, EGYPT)}
    assert pairs(meeting, "state") == {(US, ISRAEL), (ISRAEL, EGYPT)}


def test_who_has_neither_label_nor_state_is_a_side_himself() -> None:
    assert pairs(event("meeting", HAMAS, UN, BIDEN)) == {(HAMAS, UN), (BIDEN, HAMAS), (BIDEN, UN)}
    assert pairs(event("meeting", HAMAS, UN, BIDEN), "state") == {(HAMAS, UN), (US, HAMAS), (US, UN)}


@pytest.mark.parametrize("side", [None, "home"])
def test_one_side_alone_makes_everybody_a_side_and_disappears_above(side: str | None) -> None:
    meeting = event("meeting", Taker(BIDEN, side=side), Taker(BLINKEN, side=side))
    assert pairs(meeting) == {(BIDEN, BLINKEN)}
    assert pairs(meeting, "state") == set(), "a pair inside one unit disappears"


def test_who_may_have_stood_for_two_states_sits_with_the_one_at_the_table() -> None:
    assert pairs(event("meeting", BIDEN, TWO_PASSPORTS, NETANYAHU)) == {(BIDEN, NETANYAHU), (NETANYAHU, TWO_PASSPORTS)}
    torn = event("meeting", BIDEN, TWO_PASSPORTS, EGYPT)
    assert pairs(torn) == {(BIDEN, EGYPT), (BIDEN, TWO_PASSPORTS), (EGYPT, TWO_PASSPORTS)}, "which one is not known"


def test_a_possible_state_still_makes_the_side() -> None:
    meeting = event("meeting", NETANYAHU, AFTER_TERM, BIDEN)
    assert pairs(meeting) == {(BIDEN, NETANYAHU), (BIDEN, AFTER_TERM)}


def test_mediation_joins_the_mediator_to_each_party_only() -> None:
    takers = Taker(EGYPT, "mediator"), Taker(QATAR, "mediator"), Taker(ISRAEL, "party"), Taker(HAMAS, "party")
    wanted = {(ISRAEL, EGYPT), (ISRAEL, QATAR), (EGYPT, HAMAS), (HAMAS, QATAR)}
    assert pairs(event("mediation", *takers)) == wanted
    assert pairs(event("mediation", *takers, parties_met=True)) == wanted | {(ISRAEL, HAMAS)}


def test_mission_joins_the_envoy_to_those_he_was_sent_to() -> None:
    takers = Taker(AMR, "envoy", on_behalf_of_id=ADMINISTRATION), Taker(NETANYAHU, "host"), Taker(HAMAS, "host")
    assert pairs(event("mission", *takers)) == {(NETANYAHU, AMR), (AMR, HAMAS)}
    assert pairs(event("mission", *takers), "state") == {(US, ISRAEL), (US, HAMAS)}


def test_proximity_talks_join_through_the_mediator_and_direct_ones_across() -> None:
    takers = Taker(QATAR, "mediator"), Taker(ISRAEL, "delegate"), Taker(HAMAS, "delegate")
    assert pairs(event("negotiation", *takers, talks="proximity")) == {(ISRAEL, QATAR), (HAMAS, QATAR)}
    assert pairs(event("negotiation", *takers, talks="direct")) == {(ISRAEL, QATAR), (HAMAS, QATAR), (ISRAEL, HAMAS)}
    nobody = event("negotiation", ISRAEL, HAMAS, talks="proximity")
    assert pairs(nobody) == set(), "without anybody between them nobody is known to have met"


def test_message_joins_sender_and_recipient_even_at_home() -> None:
    takers = Taker(BLINKEN, "sender"), Taker(BIDEN, "recipient"), Taker(NETANYAHU, "recipient"), Taker(QATAR, "envoy")
    assert pairs(event("message", *takers)) == {(BIDEN, BLINKEN), (BLINKEN, NETANYAHU)}


def test_gathering_is_attendance_only() -> None:
    summit = event("gathering", BIDEN, NETANYAHU, EGYPT)
    assert pairs(summit) == set()
    assert {row["ego_id"] for row in project(summit).incidences} == {BIDEN, NETANYAHU, EGYPT, US, ISRAEL}


@pytest.mark.parametrize("role", sorted(ROLES_WITHOUT_EDGES))
def test_some_roles_make_nobody_a_counterpart(role: str) -> None:
    meeting = event("meeting", BIDEN, NETANYAHU, Taker(QATAR, role))
    assert pairs(meeting) == {(BIDEN, NETANYAHU)}
    assert QATAR in {row["ego_id"] for row in project(meeting).incidences}, "he was there"


def visit(**more: Any) -> Event:
    return event("visit", Taker(NETANYAHU, "visitor"), Taker(GANTZ, "visitor"), Taker(PRESIDENT, "host"), **more)


def test_a_visit_leaves_to_its_parts_the_pairs_that_they_hold() -> None:
    talks = event("meeting", NETANYAHU, Taker(BIDEN, capacity_id=PRESIDENT))
    assert pairs(visit()) == {(NETANYAHU, PRESIDENT), (GANTZ, PRESIDENT)}
    whole = visit(parts=(talks,))
    assert pairs(whole) == {(NETANYAHU, PRESIDENT), (GANTZ, PRESIDENT)}, "the part's pair is another at this level"
    assert pairs(whole, "state") == set()
    assert pairs(visit(parts=(event("meeting", NETANYAHU, PRESIDENT),))) == {(GANTZ, PRESIDENT)}


def test_wide_contacts_store_no_pairs_and_say_so() -> None:
    few = event("meeting", *(Taker(100 + n) for n in range(LARGEST_STORED_CONTACT)))
    many = event("meeting", *(Taker(100 + n) for n in range(LARGEST_STORED_CONTACT + 1)))
    assert len(pairs(few)) == LARGEST_STORED_CONTACT * (LARGEST_STORED_CONTACT - 1) / 2
    assert pairs(many) == set()
    assert {row["wide"] for row in project(few).incidences} == {False}
    assert {row["wide"] for row in project(many).incidences} == {True}
    assert len(pairs_at(many, "actor")) == 300, "they can still be worked out"


def test_width_is_counted_level_by_level() -> None:
    lifts = LIFTS | {(100 + n, "state"): [Stood(US if n < 20 else ISRAEL)] for n in range(30)}
    meeting = event("meeting", *(Taker(100 + n) for n in range(30)), lifts=lifts)
    assert pairs(meeting) == set()
    assert pairs(meeting, "state") == {(US, ISRAEL)}


def test_an_end_is_lifted_through_on_behalf_of_and_marked() -> None:
    sent = event("meeting", Taker(HAMAS, on_behalf_of_id=QATAR, capacity_id=PRESIDENT), NETANYAHU)
    assert pairs(sent, "state") == {(ISRAEL, QATAR)}, "before his capacity, and before himself"
    assert only_edge(sent, QATAR, ISRAEL, "state")["represented"]
    assert not only_edge(sent, HAMAS, NETANYAHU)["represented"]


def test_capacity_goes_before_the_persons_own_affiliations() -> None:
    assert pairs(event("call", Taker(NETANYAHU, capacity_id=PRESIDENT), EGYPT), "state") == {(US, EGYPT)}


@pytest.mark.parametrize(
    ("when", "units", "certain"),
    [
        ("2021-05-12", {ISRAEL}, True),
        ("2021-04-12", {GANTZ}, True),
        ("2021-04/2021-05", {ISRAEL}, False),
        ("2021-05-01", {ISRAEL}, True),
        ("2021-06-01", {GANTZ}, True),
        (None, {ISRAEL}, False),
    ],
)
def test_a_tenure_lifts_certainly_what_it_covers_and_possibly_what_it_touches(
    when: str | None, units: set[int], certain: bool
) -> None:
    may = Stood(ISRAEL, since=datetime(2021, 5, 1), until=datetime(2021, 6, 1))
    call = event("call", GANTZ, EGYPT, lifts={(GANTZ, "state"): [may]}, bounds=contact_bounds(when))
    found = call.units(call.takers[0], "state")
    assert ({unit.unit for unit in found}, found[0].certain) == (units, certain)
    assert only_edge(call, found[0].unit, EGYPT, "state")["certain"] is certain


def test_a_pair_is_certain_as_soon_as_one_pair_behind_it_is() -> None:
    assert only_edge(event("call", NETANYAHU, AFTER_TERM, BIDEN), ISRAEL, US, "state")["certain"]
    assert not only_edge(event("call", AFTER_TERM, BIDEN), ISRAEL, US, "state")["certain"]


def test_roles_and_initiative_are_told_from_each_end() -> None:
    takers = Taker(BIDEN, "host", initiator=True), Taker(BLINKEN, "delegate"), Taker(NETANYAHU, "visitor")
    edge = only_edge(event("visit", *takers), US, ISRAEL, "state")
    assert (edge["ego_roles"], edge["alter_roles"], edge["initiated_by"]) == ("delegate,host", "visitor", "ego")
    turned = only_edge(event("visit", *takers), ISRAEL, US, "state")
    assert (turned["ego_roles"], turned["alter_roles"], turned["initiated_by"]) == ("visitor", "delegate,host", "alter")
    both = event("call", Taker(BIDEN, initiator=True), Taker(NETANYAHU, initiator=True))
    assert only_edge(both, BIDEN, NETANYAHU)["initiated_by"] == "both"
    assert only_edge(event("call", BIDEN, NETANYAHU), BIDEN, NETANYAHU)["initiated_by"] is None


def test_a_denial_that_names_participants_disputes_only_their_edges() -> None:
    meeting = event("meeting", BIDEN, BLINKEN, NETANYAHU, disputed=frozenset({BLINKEN}), status="acknowledged")
    assert only_edge(meeting, BLINKEN, NETANYAHU)["status"] == "disputed"
    assert only_edge(meeting, BIDEN, NETANYAHU)["status"] == "acknowledged"
    assert only_edge(meeting, US, ISRAEL, "state")["status"] == "acknowledged", "somebody undisputed stood there"
    ruled = replace(meeting, status="did_not_happen")
    assert {edge["status"] for edge in project(ruled).edges} == {"did_not_happen"}


def test_nobody_has_an_edge_to_himself() -> None:
    """Two who act for one organisation, on two sides: a pair of persons, and none above."""
    talks = event("meeting", Taker(BIDEN, side="a", on_behalf_of_id=UN), Taker(NETANYAHU, side="b", on_behalf_of_id=UN))
    assert pairs(talks) == {(BIDEN, NETANYAHU)}
    assert pairs(talks, "state") == set()
