"""Status: every short sequence of accounts against a second reading of the table, and worked examples."""

import re
from collections.abc import Iterator, Sequence
from itertools import permutations, product
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.status import HAPPENED, RULINGS, STANCES, STATUSES, Verdict, Word, standing, verdict

STATUS_DOC = Path(__file__).resolve().parents[2] / "docs" / "status.md"

SIDE_OF = {"A": "A", "A-minister": "A", "A-president": "A", "B": "B", "press": None, "agency": None}
SPEAKERS = ("A", "B", "press")


class Said(NamedTuple):
    """One account as the second reading takes it; its place in the sequence is its order."""

    speaker: str
    stance: str
    denied_participants: frozenset[int] = frozenset()


def words(sequence: Sequence[Said]) -> list[Word]:
    return [
        Word(number, said.speaker, SIDE_OF[said.speaker], said.stance, number, said.denied_participants)
        for number, said in enumerate(sequence, start=1)
    ]


class Reading(NamedTuple):
    """What a reader with the table on paper would answer."""

    status: str
    contested: bool
    sides_in_y: set[str]
    sides_in_n: set[str]


def read_the_table(sequence: Sequence[Said]) -> Reading:
    """The table read aloud, row by row, with no thought for speed and nothing taken from models.status."""
    last_place: dict[str, int] = {}
    for place, said in enumerate(sequence):
        if not said.denied_participants:
            last_place[said.speaker] = place
    y = {speaker for speaker, place in last_place.items() if sequence[place].stance == "affirms"}
    n, plan_words = set(), []
    for speaker, place in last_place.items():
        stance, side = sequence[place].stance, SIDE_OF[speaker]
        someone_affirmed = "affirms" in [said.stance for said in sequence[:place]]
        if side and (stance == "denies" or (stance in ("cancels", "postpones") and someone_affirmed)):
            n.add(side)
        elif stance not in ("affirms", "denies"):
            plan_words.append((place, side, stance))
    sides_in_y = {side for speaker in y if (side := SIDE_OF[speaker])}
    plan_words_of_sides = [plan for plan in plan_words if plan[1]]
    plan_status = ""
    for _, _, stance in sorted(plan_words_of_sides or plan_words)[-1:]:
        plan_status = {
            "announces": "planned",
            "requests": "requested",
            "declines": "declined",
            "postpones": "postponed",
            "cancels": "cancelled",
        }[stance]
    rows = (
        (bool(y and n), "disputed"),
        (len(sides_in_y) >= 2, "confirmed"),
        (len(sides_in_y) == 1, "acknowledged"),
        (bool(y), "reported"),
        (bool(n) and not plan_words_of_sides, "denied"),
        (bool(plan_status), plan_status),
        (True, "unsettled"),
    )
    number = [matches for matches, _ in rows].index(True)
    return Reading(rows[number][1], number == 5 and bool(n), sides_in_y, n)


def agrees(given_verdict: Verdict, reading: Reading) -> bool:
    return (
        given_verdict.status == reading.status
        and given_verdict.contested == reading.contested
        and set(given_verdict.sides_affirming) == reading.sides_in_y
        and set(given_verdict.sides_denying) == reading.sides_in_n
    )


def sequences(speakers: Sequence[str], longest: int) -> Iterator[tuple[Said, ...]]:
    single = [Said(speaker, stance) for speaker, stance in product(speakers, STANCES)]
    for length in range(1, longest + 1):
        yield from product(single, repeat=length)


def test_every_sequence_of_up_to_three_accounts_has_the_status_of_the_table() -> None:
    wrong, statuses, count = [], set(), 0
    for sequence in sequences(SPEAKERS, longest=3):
        count += 1
        outcome = verdict(words(sequence))
        statuses.add(outcome.status)
        if not agrees(outcome, read_the_table(sequence)):
            wrong.append((sequence, outcome))
    assert wrong == []
    assert count == 21 + 21**2 + 21**3 == 9723
    assert statuses == set(STATUSES)


def test_two_voices_of_one_side_follow_the_table_too() -> None:
    voices = ("A-minister", "A-president", "B", "press")
    for sequence in sequences(voices, longest=2):
        assert agrees(verdict(words(sequence)), read_the_table(sequence)), sequence


def test_only_the_order_of_publication_matters_not_that_of_the_input() -> None:
    for sequence in sequences(SPEAKERS, longest=3):
        in_order = words(sequence)
        outcomes = {verdict(shuffled) for shuffled in permutations(in_order)}
        assert outcomes == {verdict(in_order)}, sequence


def test_the_named_accounts_alone_give_the_same_outcome() -> None:
    for sequence in sequences(SPEAKERS, longest=3):
        in_order = words(sequence)
        outcome, stand = verdict(in_order), standing(in_order)
        decisive = [word for word in in_order if word.account in outcome.decided_by]
        assert tuple(word.account for word in decisive) == outcome.decided_by
        assert (decisive == []) is (outcome.status == "unsettled")
        if set(decisive) <= set(stand):
            again = verdict(decisive)
            assert (again.status, again.contested) == (outcome.status, outcome.contested), sequence
        else:
            # An affirmation that no longer stands is named when a calling-off came after it.
            without = verdict(stand)
            assert (without.status, without.contested) != (outcome.status, outcome.contested), sequence


accounts = st.one_of(
    st.builds(Said, st.sampled_from(sorted(SIDE_OF)), st.sampled_from(STANCES), st.just(frozenset[int]())),
    st.builds(
        Said,
        st.sampled_from(sorted(SIDE_OF)),
        st.just("denies"),
        st.frozensets(st.integers(1, 3), min_size=1, max_size=2),
    ),
)


@given(st.lists(accounts, max_size=9), st.randoms(use_true_random=False))
def test_longer_sequences_with_denied_participants_follow_the_table(sequence: list[Said], random: Random) -> None:
    shuffled = words(sequence)
    random.shuffle(shuffled)
    assert agrees(verdict(shuffled), read_the_table(sequence))


@given(st.lists(accounts, max_size=9))
def test_denied_participants_change_neither_status_nor_its_grounds(sequence: list[Said]) -> None:
    everything = words(sequence)
    outcome, without = verdict(everything), verdict([word for word in everything if not word.denies])
    assert (outcome.status, outcome.contested, outcome.decided_by) == (
        without.status,
        without.contested,
        without.decided_by,
    )
    named = {who for word in everything for who in word.denies if word.side}
    assert outcome.disputed_participants <= named
    if outcome.status not in HAPPENED:
        assert outcome.disputed_participants == frozenset()


@pytest.mark.parametrize(
    ("sequence", "disputed"),
    [
        ([Said("A", "affirms"), Said("B", "denies", frozenset({7}))], {7}),
        ([Said("A", "affirms"), Said("A", "denies", frozenset({7}))], {7}),
        ([Said("B", "denies", frozenset({7})), Said("A", "affirms")], {7}),
        (
            [Said("A", "affirms"), Said("B", "denies", frozenset({7})), Said("B", "denies", frozenset({8}))],
            {7, 8},
        ),
        ([Said("A", "affirms"), Said("B", "denies", frozenset({7})), Said("B", "affirms")], set()),
        ([Said("A", "affirms"), Said("B", "affirms"), Said("B", "denies", frozenset({7}))], {7}),
        ([Said("A", "affirms"), Said("press", "denies", frozenset({7}))], set()),
        ([Said("A", "announces"), Said("B", "denies", frozenset({7}))], set()),
        ([Said("B", "denies", frozenset({7}))], set()),
    ],
)
def test_a_denial_of_participants_disputes_only_them(sequence: list[Said], disputed: set[int]) -> None:
    assert verdict(words(sequence)).disputed_participants == disputed


def doc_examples() -> list[list[str]]:
    section = STATUS_DOC.read_text(encoding="utf-8").split("## Examples\n")[1]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("row", doc_examples(), ids=lambda row: row[0])
def test_documented_examples_have_the_documented_status(row: list[str]) -> None:
    told, status, rests_on = row
    sequence = [Said(speaker, stance) for speaker, stance in re.findall(r"([\w-]+) (\w+)", told)]
    outcome = verdict(words(sequence))
    assert outcome.status + (", contested" if outcome.contested else "") == status
    assert [str(account) for account in outcome.decided_by] == re.findall(r"\d+", rests_on)


def test_the_page_has_its_examples_and_its_seven_rows() -> None:
    text = STATUS_DOC.read_text(encoding="utf-8")
    assert len(doc_examples()) == 22
    assert re.findall(r"^\| (\d) \|", text, re.MULTILINE) == list("1234567")
    assert {status for status in STATUSES if f"`{status}`" in text} == set(STATUSES)
    assert {stance for stance in STANCES if f"`{stance}`" in text} == set(STANCES)


class TestTheRecordOf12May2021:
    """Rows of the first world, with the status a reader gives them by hand."""

    def test_a_call_told_by_one_capital_and_the_press_is_acknowledged(self) -> None:
        remarks = Word(1, "president", "US", "affirms", 1)
        readout = Word(2, "white-house", "US", "affirms", 2)
        report = Word(3, "newspaper", None, "affirms", 3)
        outcome = verdict([report, readout, remarks])
        assert (outcome.status, outcome.sides_affirming, outcome.decided_by) == (
            "acknowledged",
            ("US",),
            (1, 2),
        )

    def test_a_conversation_told_by_the_press_alone_is_reported(self) -> None:
        assert verdict([Word(3, "newspaper", None, "affirms", 1)]).status == "reported"

    def test_an_envoy_dispatched_by_press_account_is_planned(self) -> None:
        assert verdict([Word(3, "newspaper", None, "announces", 1)]).status == "planned"


def test_sides_are_listed_in_the_order_in_which_they_spoke() -> None:
    outcome = verdict(words([Said("B", "affirms"), Said("press", "affirms"), Said("A", "affirms")]))
    assert outcome.sides_affirming == ("B", "A")


def test_publication_decides_and_not_the_order_of_recording() -> None:
    published_later, recorded_later = Word(1, "A", "A", "denies", 20), Word(2, "A", "A", "affirms", 10)
    outcome = verdict([published_later, recorded_later])
    assert (outcome.status, outcome.decided_by) == ("denied", (1,))
    cancelled_first = [Word(1, "press", None, "affirms", 20), Word(2, "A", "A", "cancels", 10)]
    assert verdict(cancelled_first).status == "reported"


def test_words_of_equal_order_are_told_apart_by_account() -> None:
    first, second = Word(1, "A", "A", "denies", 0), Word(2, "A", "A", "affirms", 0)
    assert standing([second, first]) == standing([first, second]) == (second,)


def test_no_account_in_force_is_unsettled() -> None:
    assert verdict([]) == Verdict("unsettled", False, (), frozenset(), (), ())


def test_a_stance_outside_the_list_is_refused() -> None:
    with pytest.raises(ValueError, match="A stance is one of affirms, denies"):
        Word(1, "A", "A", "confirms", 1)


def test_participants_are_named_only_by_a_denial() -> None:
    with pytest.raises(ValueError, match="Only an account that denies"):
        Word(1, "A", "A", "affirms", 1, frozenset({7}))


def test_rulings_are_the_statuses_and_one_more() -> None:
    assert set(RULINGS) - set(STATUSES) == {"did_not_happen"}
    assert set(HAPPENED) < set(STATUSES)
    assert len(STANCES) == len(set(STANCES)) == 7
