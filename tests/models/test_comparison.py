"""Accounts side by side, on small cases: every pair of dates, kinds, actors and lists that can stand in question."""

from itertools import permutations, product
from typing import get_args

import pytest

from models.comparison import (
    Claim,
    Version,
    compared_stances,
    finest,
    is_date_within,
    is_kind_within,
    mention,
    outcome,
    relate_actors,
    relate_dates,
    relate_kinds,
    relate_numbers,
)
from models.status import STANCES
from models.vocabulary import ContactKind, Outcome

ABOVE = {1: {1, 10, 100}, 10: {10, 100}, 2: {2, 20, 200}}
"""1 holds the office 10 of the state 100; 2 holds 20 of 200."""
DATES = {
    ("2021-05-12", "2021-05-12"): "agrees",
    ("2021-05-12", "2021-05"): "agrees",
    ("2021-05-12", "2021"): "agrees",
    ("2021-05-12", "2021-05-13"): "day_apart",
    ("2021-04-30", "2021-05"): "day_apart",
    ("2021-04-29", "2021-05"): "contradicts",
    ("2021-05-12", "2021-05-14"): "contradicts",
    ("2021-05-12", "2021-06"): "contradicts",
    ("2021-05-12", "/2021-05-12"): "agrees",
    ("2021-05-14", "/2021-05-12"): "contradicts",
    ("2021-05-12", "[2021-05-10..2021-05-14]"): "agrees",
    ("2021-05-12", "/"): "agrees",
    ("2021-05-12~", "2021-05-14"): "contradicts",
    ("2021-05-12/2021-05-14", "2021-05-13"): "agrees",
    ("2021-05-12/2021-05-14", "2021-05-12/2021-05-14"): "agrees",
    ("2021-05-12/2021-05-14", "2021-05-12/2021-05-15"): "day_apart",
    ("2021-05-12/2021-05-14", "2021-05-13/2021-05-15"): "day_apart",
    ("2021-05-12/2021-05-14", "2021-05-12/2021-05-17"): "contradicts",
    ("2021-05-12/2021-05-14", "2021-05"): "agrees",
    ("2021-05-12T17:19", "2021-05-12"): "agrees",
    ("2021-05-12T17:19", "2021-05-12T18:40"): "agrees",
    ("2021-05-12T23:00", "2021-05-13"): "day_apart",
    ("2021-05-12T17:19Z", "2021-05-12T20:19+03:00"): "agrees",
    ("2021-05-12T22:00Z", "2021-05-13T01:00+03:00"): "agrees",
    ("2021-05-12T17:19Z", "2021-05-12T17:19+03:00"): "contradicts",
    ("2021-05-12T17:19Z", "2021-05-12T18:40"): "agrees",
}


def claims(*values: object, voices: str = "ABCDEF") -> list[Claim]:
    return [Claim(n, voice, value) for n, (voice, value) in enumerate(zip(voices, values, strict=False), start=1)]


@pytest.mark.parametrize(("dates", "expected"), DATES.items())
def test_two_dates(dates: tuple[str, str], expected: str) -> None:
    for pair in (dates, dates[::-1]):
        assert relate_dates(*claims(*pair)) == expected
    same_voice = relate_dates(*claims(*dates, voices="AA"))
    assert same_voice == ("contradicts" if expected == "day_apart" else expected), "a side knows its own days"


@pytest.mark.parametrize("kinds", list(product(get_args(ContactKind), repeat=2)))
def test_two_kinds(kinds: tuple[str, str]) -> None:
    finer = {("call", "conversation"), ("meeting", "conversation")}
    related = len(set(kinds)) == 1 or "engagement" in kinds or kinds in finer or kinds[::-1] in finer
    assert relate_kinds(*claims(*kinds)) == ("agrees" if related else "contradicts")


def test_numbers_and_actors() -> None:
    assert relate_numbers(*claims(30, 30)) == "agrees"
    assert relate_numbers(*claims(30, 40)) == "contradicts"
    relate = relate_actors(ABOVE)
    assert {relate(*claims(*pair)) for pair in permutations((1, 10, 100), 2)} == {"agrees"}
    assert {relate(*claims(*pair)) for pair in product((1, 10, 100), (2, 20, 200))} == {"contradicts"}
    assert relate(*claims(7, 7)) == "agrees"


@pytest.mark.parametrize(
    ("values", "by", "voices", "expected"),
    [
        ((), "", "AB", "not_mentioned"),
        ((30,), "A", "AB", "one"),
        ((30, 30), "AA", "AB", "one"),
        ((30,), "A", "A", "one"),
        ((30, 30), "AB", "AB", "agreed"),
        ((30, 30), "AB", "ABC", "some"),
        ((30, 30, 30), "ABC", "ABC", "agreed"),
        ((30, 40), "AB", "AB", "contradicted"),
        ((30, 40), "AA", "AB", "contradicted"),
        ((30, 30, 40), "ABC", "ABCD", "contradicted"),
    ],
)
def test_what_numbers_amount_to(values: tuple[int, ...], by: str, voices: str, expected: Outcome) -> None:
    for order in permutations(claims(*values, voices=by)):
        assert outcome(order, set(voices), relate_numbers) == expected


def test_three_sides_and_their_dates() -> None:
    said = {
        ("2021-05-12", "2021-05", "2021"): "agreed",
        ("2021-05-12", "2021-05-13", "2021-05"): "day_apart",
        ("2021-05-12", "2021-05-13", "2021-05-14"): "contradicted",
    }
    for dates, expected in said.items():
        for order in permutations(dates):
            assert outcome(claims(*order), set("ABC"), relate_dates) == expected
    assert finest(["2021-05", "2021-05-12", "2021"], is_date_within) == "2021-05-12"
    assert finest(["2021-05", "[2021-05-20..2021-06-02]"], is_date_within) is None
    assert finest(["engagement", "call", "conversation"], is_kind_within) == "call"
    assert finest(["call", "meeting"], is_kind_within) is None


def test_kinds_of_three_sides_refine_or_contradict() -> None:
    assert outcome(claims("engagement", "conversation", "call"), set("ABC"), relate_kinds) == "agreed"
    assert outcome(claims("conversation", "meeting", "call"), set("ABC"), relate_kinds) == "contradicted"


NAMED, ALSO, OTHER = frozenset({1}), frozenset({1, 2}), frozenset({2})


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ([Version(1, "A", NAMED), Version(2, "B", ALSO)], "agreed"),
        ([Version(1, "A", NAMED), Version(2, "B", OTHER)], "one"),
        ([Version(1, "A", NAMED), Version(2, "B", OTHER, complete=True)], "contradicted"),
        ([Version(1, "A", NAMED), Version(2, "B", complete=True)], "one"),
        ([Version(1, "A", NAMED), Version(2, "B", denied=NAMED)], "contradicted"),
        ([Version(1, "A"), Version(2, "B", denied=NAMED)], "contradicted"),
        ([Version(1, "A", frozenset({10})), Version(2, "B", frozenset({100}))], "agreed"),
        ([Version(1, "A", frozenset({10})), Version(2, "B", frozenset({100}), complete=True)], "agreed"),
        ([Version(1, "A", NAMED), Version(2, "B", NAMED), Version(3, "C", OTHER)], "some"),
        ([Version(1, "A"), Version(2, "B", OTHER)], "not_mentioned"),
        ([], "not_mentioned"),
    ],
)
def test_lists(versions: list[Version], expected: Outcome) -> None:
    for order in permutations(versions):
        assert mention(1, order, ABOVE).outcome == expected


def test_a_mention_names_its_accounts() -> None:
    versions = [
        Version(1, "A", NAMED),
        Version(2, "B", denied=NAMED),
        Version(3, "C", OTHER, complete=True),
        Version(4, "D", OTHER),
    ]
    found = mention(1, versions, ABOVE)
    assert (found.named, found.denied, found.omitted) == ((1,), (2,), (3,))


def test_plans_are_compared_only_while_nobody_affirms() -> None:
    assert compared_stances(STANCES) == {"affirms"}
    assert compared_stances(["denies", "announces"]) == set(STANCES) - {"affirms", "denies"}
