"""Who speaks for a side: an organ or an office-holder of it at that date, not its media."""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import pytest

from models.authority import side_spoken_for, voices
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.bounds import contact_bounds
from models.projection import Event

BLINKEN, AUSTIN, LAPID, PSAKI, JOURNALIST, TOURIST = 1, 2, 3, 4, 5, 6
SECRETARY, SPOKESMAN, EDITOR = 11, 12, 13
STATE_DEPARTMENT, PENTAGON, WHITE_HOUSE, BROADCASTER, THINK_TANK = 21, 22, 23, 24, 25
US, ISRAEL, IRAN = 31, 32, 33


class Stood(NamedTuple):
    """A row of a lift."""

    unit_id: int
    since: datetime = FIRST_MOMENT
    until: datetime = LAST_MOMENT
    certain: bool = True
    ambiguous: bool = False


def stands(actor: int, office: int | None, organisation: int, state: int) -> dict[tuple[int, str], list[Stood]]:
    rows = {(actor, "organisation"): [Stood(organisation)], (actor, "state"): [Stood(state)]}
    return rows if office is None else {(actor, "office"): [Stood(office)], **rows}


LIFTS = {
    **stands(BLINKEN, SECRETARY, STATE_DEPARTMENT, US),
    **stands(SECRETARY, None, STATE_DEPARTMENT, US),
    **stands(AUSTIN, None, PENTAGON, US),
    **stands(PSAKI, SPOKESMAN, WHITE_HOUSE, US),
    **stands(SPOKESMAN, None, WHITE_HOUSE, US),
    **stands(JOURNALIST, EDITOR, BROADCASTER, US),
    **stands(EDITOR, None, BROADCASTER, US),
    **stands(TOURIST, None, STATE_DEPARTMENT, US),
    **{(actor, "state"): [Stood(US)] for actor in (STATE_DEPARTMENT, PENTAGON, WHITE_HOUSE, BROADCASTER, THINK_TANK)},
    (LAPID, "state"): [Stood(ISRAEL)],
}


@dataclass(frozen=True)
class Taker:
    """A participant."""

    actor_id: int
    side: str | None = None
    role: str = "principal"
    initiator: bool | None = None
    on_behalf_of_id: int | None = None

    @property
    def standing_id(self) -> int:
        return self.on_behalf_of_id or self.actor_id


@dataclass(frozen=True)
class Said:
    """An account as far as it tells who speaks."""

    speaker_id: int | None
    speaker_kind: str | None = "organisation"
    organisation_type: str | None = None
    voiceless: tuple[int, ...] = ()
    speaker_unnamed: bool = False


MEETING = Event(1, "meeting", None, "reported", [Taker(BLINKEN), Taker(LAPID)], LIFTS, contact_bounds("2021-05-12"))


def side(account: Said, event: Event = MEETING) -> Hashable | None:
    return side_spoken_for(account, event, voices(event))


@pytest.mark.parametrize(
    ("account", "state"),
    [
        (Said(BLINKEN, "person"), US),
        (Said(SECRETARY, "office"), US),
        (Said(STATE_DEPARTMENT), US),
        (Said(WHITE_HOUSE, organisation_type="government"), US),
        (Said(US, "state"), US),
        (Said(PSAKI, "person"), US),
        (Said(LAPID, "person"), ISRAEL),
        (Said(ISRAEL, "state"), ISRAEL),
    ],
)
def test_participants_their_organs_and_office_holders_speak(account: Said, state: int) -> None:
    assert side(account) == ("units", state)


@pytest.mark.parametrize(
    "account",
    [
        Said(None, None),
        Said(IRAN, "state"),
        Said(BROADCASTER, organisation_type="media"),
        Said(JOURNALIST, "person", voiceless=(BROADCASTER,)),
        Said(EDITOR, "office", voiceless=(BROADCASTER,)),
        Said(THINK_TANK, organisation_type="ngo"),
        Said(TOURIST, "person"),
        Said(WHITE_HOUSE, "group"),
        Said(WHITE_HOUSE, speaker_unnamed=True),
        Said(BLINKEN, "person", speaker_unnamed=True),
    ],
)
def test_media_groups_the_unnamed_and_those_without_office_do_not(account: Said) -> None:
    assert side(account) is None


def test_media_do_not_speak_even_where_they_take_part() -> None:
    interview = replace(MEETING, takers=[Taker(BROADCASTER), Taker(LAPID)])
    assert side(Said(BROADCASTER, organisation_type="media"), interview) is None
    assert side(Said(THINK_TANK, organisation_type="ngo"), replace(MEETING, takers=[Taker(THINK_TANK), Taker(LAPID)]))


def test_an_office_counts_on_the_date_of_the_contact() -> None:
    units = {"office": SPOKESMAN, "organisation": WHITE_HOUSE, "state": US}
    term = datetime(2021, 1, 20), datetime(2022, 5, 14)
    held = {(PSAKI, level): [Stood(unit, *term)] for level, unit in units.items()}
    during: dict[tuple[int, str], Any] = LIFTS | held
    assert side(Said(PSAKI, "person"), replace(MEETING, lifts=during)) == ("units", US)
    later = replace(MEETING, lifts=during, bounds=contact_bounds("2022-06-01"))
    assert side(Said(PSAKI, "person"), later) is None


def test_at_home_an_organ_speaks_for_its_own_man_and_the_state_for_nobody() -> None:
    home = replace(MEETING, takers=[Taker(BLINKEN), Taker(AUSTIN)])
    assert side(Said(STATE_DEPARTMENT), home) == ("actor", BLINKEN)
    assert side(Said(PENTAGON), home) == ("actor", AUSTIN)
    assert side(Said(US, "state"), home) is None, "it stands on both sides"
    assert side(Said(WHITE_HOUSE), home) is None


def test_two_states_on_one_labelled_side_speak_for_it() -> None:
    talks = replace(MEETING, takers=[Taker(BLINKEN, "west"), Taker(IRAN, "east"), Taker(LAPID, "west")])
    assert side(Said(US, "state"), talks) == side(Said(ISRAEL, "state"), talks) == ("label", "west")
    assert side(Said(IRAN, "state"), talks) == ("label", "east")


def test_an_observer_s_word_is_nobodys() -> None:
    watched = replace(MEETING, takers=[*MEETING.takers, Taker(IRAN, role="observer")])
    assert side(Said(IRAN, "state"), watched) is None


def test_who_is_sent_speaks_and_so_does_who_sent_him() -> None:
    sent = replace(MEETING, takers=[Taker(TOURIST, on_behalf_of_id=WHITE_HOUSE), Taker(LAPID)])
    assert side(Said(TOURIST, "person"), sent) == side(Said(WHITE_HOUSE), sent) == ("units", US)
