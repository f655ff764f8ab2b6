"""Which governments stand by a contact: the word of several speakers, whom it commits, and days to publication."""

from dataclasses import dataclass
from datetime import datetime
from itertools import permutations
from typing import Any

import pytest

from models.acknowledgement import acknowledgements, days_after, first_word, governments
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.bounds import contact_bounds
from models.projection import Event
from models.status import Word

US, IRAN, UK, BIDEN, RAISI, JOHNSON, WHITE_HOUSE, AIDE = 1, 2, 3, 11, 12, 13, 21, 22


@dataclass(frozen=True)
class Taker:
    actor_id: int
    side: str | None = None
    role: str = "principal"
    on_behalf_of_id: int | None = None
    initiator: bool = False

    @property
    def standing_id(self) -> int:
        return self.actor_id


@dataclass(frozen=True)
class Lift:
    unit_id: int
    since: datetime = FIRST_MOMENT
    until: datetime = LAST_MOMENT
    certain: bool = True
    ambiguous: bool = False


LIFTS: dict[tuple[int, str], Any] = {
    (actor, "state"): (Lift(unit),)
    for actor, unit in ((BIDEN, US), (WHITE_HOUSE, US), (AIDE, US), (RAISI, IRAN), (JOHNSON, UK))
}


def event(*takers: Taker) -> Event:
    return Event(1, "call", None, "reported", takers, LIFTS, contact_bounds("2021-05-12"))


def word(account: int, stance: str = "affirms", speaker: int = WHITE_HOUSE, **more: Any) -> Word:
    published = datetime(2021, 5, 12 + account), datetime(2021, 5, 13 + account)
    return Word(account, speaker, more.pop("side", ("units", US)), stance, account, published=published, **more)


def words_of(event: Event, *said: Word) -> dict[int, str | None]:
    return {row["side_id"]: row["word"] for row in acknowledgements(event, said)}


CALL = event(Taker(BIDEN), Taker(RAISI))


@pytest.mark.parametrize(
    ("said", "stance", "first"),
    [
        ([], None, None),
        ([word(1)], "affirms", 1),
        ([word(1), word(2)], "affirms", 1),
        ([word(1, "announces"), word(2)], "affirms", 2),
        ([word(1), word(2, "denies")], "denies", 1),
        ([word(1), word(2, "denies", AIDE)], "affirms", 1),
        ([word(1, "denies"), word(2, speaker=AIDE)], "affirms", 2),
        ([word(1, "announces"), word(2, "postpones")], "postpones", 1),
        ([word(1), word(2, "denies", denies=frozenset({RAISI}))], "affirms", 1),
        ([word(1, "denies", denies=frozenset({RAISI}))], None, None),
    ],
)
def test_what_some_speakers_stand_by(said: list[Word], stance: str | None, first: int | None) -> None:
    for order in permutations(said):
        found = first_word(order)
        assert (found[0], found[1] and found[1].account) == (stance, first)


def test_every_government_has_a_row_and_silence_is_one() -> None:
    assert governments(CALL) == {("units", US): [US], ("units", IRAN): [IRAN]}
    assert words_of(CALL, word(1)) == {US: "affirms", IRAN: None}
    assert words_of(CALL, word(1), word(2, "denies", RAISI, side=("units", IRAN))) == {US: "affirms", IRAN: "denies"}
    assert words_of(CALL, word(1, side=None, speaker=99)) == {US: None, IRAN: None}, "the press commits nobody"
    (row, _) = acknowledgements(CALL, [word(1)])
    assert (row["published_earliest"], row["published_latest"]) == (datetime(2021, 5, 13), datetime(2021, 5, 14))


def test_a_coalition_is_committed_by_its_members_one_by_one() -> None:
    talks = event(Taker(BIDEN, "west"), Taker(JOHNSON, "west"), Taker(RAISI, "iran"))
    west = ("label", "west")
    assert words_of(talks, word(1, side=west)) == {US: "affirms", UK: None, IRAN: None}
    assert words_of(talks, word(1, side=west, speaker=77)) == {US: "affirms", UK: "affirms", IRAN: None}


def test_an_observer_is_no_side_and_talks_inside_one_state_have_one() -> None:
    assert set(words_of(event(Taker(BIDEN), Taker(RAISI), Taker(JOHNSON, role="observer")))) == {US, IRAN}
    inside = event(Taker(BIDEN), Taker(WHITE_HOUSE))
    assert words_of(inside, word(1, side=("actor", WHITE_HOUSE))) == {US: "affirms"}


@pytest.mark.parametrize(
    ("latest", "published", "days"),
    [
        ("2021-05-13", ("2021-05-12", "2021-05-13"), (0, 0)),
        ("2021-05-13", ("2021-05-14T09:30", "2021-05-14T09:31"), (2, 2)),
        ("2021-05-13", ("2021-05-11", "2021-05-12"), (0, 0)),
        ("2021-05-13", ("2021-05-01", "2021-06-01"), (0, 19)),
        ("2021-06-01", ("2021-06-01", "2021-07-01"), (1, 30)),
    ],
)
def test_days_to_publication(latest: str, published: tuple[str, str], days: tuple[int, int]) -> None:
    bounds = datetime.fromisoformat(published[0]), datetime.fromisoformat(published[1])
    assert days_after(datetime.fromisoformat(latest), bounds) == days


def test_days_are_not_known_without_both_dates() -> None:
    day = datetime(2021, 5, 12), datetime(2021, 5, 13)
    assert days_after(LAST_MOMENT, day) is None
    assert days_after(day[1], None) is None
    assert days_after(day[1], (day[0], LAST_MOMENT)) is None
