"""Shuttles and intermediaries: small cases by hand, random worlds by the domain read literally."""

import itertools
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.shuttles import Stop, alternations, shuttles
from models.errors import InvalidQuery
from models.filters import ContactFilter
from models.vocabulary import Level, words
from tests.brute_force import Reading
from tests.generated import STATES
from tests.graph.conftest import Ask

each_level = pytest.mark.parametrize("level", words(Level))
A, B, C = 1, 2, 3


def stops(*told: tuple[int, int]) -> list[Stop]:
    """Returns stops from (end, day of May) in the order of their contacts."""
    return [Stop(end, date(2021, 5, day), number) for number, (end, day) in enumerate(told)]


def runs(told: list[Stop], within: int) -> list[str]:
    return ["".join(" ABC"[stop.end] for stop in run) for run in alternations(told, within)]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (stops((A, 1), (B, 3), (A, 5), (B, 8)), ["ABAB"]),
        (stops((A, 1), (B, 3), (A, 12), (B, 13)), ["AB", "AB"]),
        (stops((A, 1), (A, 6), (B, 11), (A, 12)), ["ABA"]),
        (stops((A, 1), (B, 1), (A, 1)), ["ABA"]),
        (stops((B, 1), (A, 1), (A, 1)), ["ABA"]),
        (stops((A, 1), (A, 2), (B, 2), (A, 3)), ["ABA"]),
        (stops((A, 1), (A, 2)), ["A"]),
        ([], []),
    ],
)
def test_runs_by_hand(told: list[Stop], expected: list[str]) -> None:
    assert runs(told, 5) == expected


day_and_end = st.lists(st.tuples(st.sampled_from([A, B]), st.integers(1, 28)), max_size=12)


@given(day_and_end, st.integers(0, 10))
def test_runs_alternate_keep_the_time_and_lose_no_way_between(told: list[tuple[int, int]], within: int) -> None:
    for run in alternations(stops(*told), within):
        assert all(one.end != other.end for one, other in itertools.pairwise(run))
        assert all(one.day <= other.day for one, other in itertools.pairwise(run))
    days = sorted(stops(*told), key=lambda stop: stop.day)
    gaps = [(one, other) for one, other in itertools.pairwise(days) if (other.day - one.day).days > within]
    found = list(alternations(stops(*told), within))
    assert len(found) == (len(gaps) + 1 if told else 0)


def test_a_contact_with_both_at_once_is_no_stop() -> None:
    told = [(C, stop) for stop in stops((A, 1), (B, 2), (A, 3))]
    assert len(shuttles(told, 7, 3)[0]) == 1
    both = [*told, (C, Stop(A, date(2021, 5, 2), 1))]
    assert shuttles(both, 7, 3)[0] == []


def dated(reading: Reading, level: str) -> list[tuple[int, int, int, date]]:
    """Returns the edges known to the day, engagement left out: contact, both ends, day."""
    return [
        (contact, ego, alter, edge.earliest.date())
        for (contact, ego, alter), edge in reading.edges(ContactFilter(level=level)).items()  # type: ignore[arg-type]
        if edge.kind != "engagement"
        and edge.latest <= edge.earliest.replace(hour=0, minute=0, second=0) + timedelta(days=1)
    ]


@each_level
@pytest.mark.parametrize("within", [0, 3, 30])
def test_intermediaries_are_counted_as_the_question_says(reading: Reading, ask: Ask, level: str, within: int) -> None:
    slugs = {number: slug for slug, number in reading.slugs.items()}
    edges = reading.edges(ContactFilter(level=level))  # type: ignore[arg-type]
    spoken = dated(reading, level)
    for first, second in itertools.permutations(STATES, 2):
        ends = reading.slugs[first], reading.slugs[second]
        expected = {}
        for middle in {alter for _, ego, alter in edges if ego in ends} - set(ends):
            met = [{c for c, ego, alter in edges if (ego, alter) == (end, middle)} for end in ends]
            if not all(met):
                continue
            joint = met[0] & met[1]
            days = [
                [(c, d) for c, ego, alter, d in spoken if (ego, alter) == (end, middle) and c not in joint]
                for end in ends
            ]
            ways = [
                len({c for c, d in days[to] if any(0 <= (d - e).days <= within for _, e in days[start])})
                for start, to in ((0, 1), (1, 0))
            ]
            mediated = sum("mediator" in edges[c, ends[0], middle].other_roles for c in joint)
            expected[slugs[middle]] = (len(met[0]), len(met[1]), mediated, *ways)
        found = ask("list_intermediaries", between=[first, second], level=level, within_days=within)
        names = ("contacts_with_first", "contacts_with_second", "mediated", "first_then_second", "second_then_first")
        got = {item["actor"]["slug"]: tuple(item[name] for name in names) for item in found.members["items"]}
        assert got == expected
        weaker = [min(item[name] for name in names[:2]) for item in found.members["items"]]
        assert weaker == sorted(weaker, reverse=True)


@each_level
def test_shuttles_from_either_side_are_the_same(reading: Reading, ask: Ask, level: str) -> None:
    slugs = {number: slug for slug, number in reading.slugs.items()}
    spoken = dated(reading, level)
    for first, second in itertools.combinations(STATES, 2):
        found = ask("list_shuttles", between=[first, second], level=level, within_days=30, limit=1000)
        ends = reading.slugs[first], reading.slugs[second]
        told = [(alter, Stop(ego, day, c)) for c, ego, alter, day in spoken if ego in ends and alter not in ends]
        expected, _ = shuttles(told, 30, 3)
        key = sorted((slugs[one.actor], len(one.stops), str(one.stops[0].day)) for one in expected)
        got = [(i["actor"]["slug"], len(i["stops"]), i["first_day"]) for i in found.members["items"]]
        assert sorted(got) == key
        for item in found.members["items"]:
            actor = item["actor"]["slug"]
            same = ask("list_shuttles", actor=actor, between=[second, first], level=level, within_days=30, limit=1000)
            assert item in same.members["items"]


def test_who_stands_between_israel_and_hamas(ask_first: Ask) -> None:
    found = ask_first("list_intermediaries", between=["iso3:ISR", "hamas"], level="state")
    shown: list[Any] = found.members["items"]
    assert [item["actor"]["slug"] for item in shown] == ["egypt", "jordan", "qatar"]
    assert {(item["mediated"], item["first_then_second"]) for item in shown} == {(1, 0)}
    assert shown[0]["links"]["second"] == "/v1/contacts?between=egypt,hamas&level=state"
    cut = ask_first("list_intermediaries", between=["iso3:ISR", "hamas"], level="state", limit=1)
    assert (cut.limits, cut.left_out) == ({"limit": 1}, {"intermediaries": 2})
    assert ask_first("list_shuttles", actor="iso3:ISR", level="state").members["items"] == []


def test_a_pair_of_one_actor_is_refused(ask_first: Ask) -> None:
    with pytest.raises(InvalidQuery, match="same actor"):
        ask_first("list_intermediaries", between=["joe-biden", "wikidata:Q6279"])
