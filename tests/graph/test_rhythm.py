"""Rhythm and facts of a pair: by hand on two small records, and against the domain read literally."""

import re
from datetime import date, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from sqlalchemy.orm import Session

from graph.ties import read_tie
from models.base import LAST_MOMENT
from models.edtf import parse
from models.filters import ContactFilter
from models.ties import Fact, TieDetail
from models.vocabulary import Level, words
from tests.brute_force import Edge, Reading
from tests.generated import STATES
from tests.invented import GAPS, TODAY
from tests.world import ISRAEL, US

DAY = timedelta(days=1)
LEVELS = {"actor": ("anna", "boris"), "organisation": ("cabinet", "court"), "state": ("arcadia", "borduria")}


def tie(session: Session, pair: tuple[str, str], level: str, today: date = TODAY, **more: Any) -> TieDetail:
    asked = ContactFilter.model_validate({"between": list(pair), "level": level, **more})
    _, document, _ = read_tie(session, asked, today, rhythm=True)
    assert document is not None
    return TieDetail.model_validate_json(document)


def told(facts: list[Fact] | None, kind: str) -> list[Fact]:
    return [fact for fact in facts or [] if fact.kind == kind]


@pytest.mark.parametrize("level", ["actor", "organisation"])
def test_gaps_median_and_silence_by_hand(invented: Session, level: str) -> None:
    rhythm = tie(invented, LEVELS[level], level).rhythm
    assert rhythm is not None
    assert (rhythm.contacts, rhythm.occasions) == (9, len(GAPS) + 1)
    assert rhythm.median_gap_days == median(GAPS) == 110
    gap = rhythm.longest_gap
    assert gap is not None
    assert (gap.days, gap.since, gap.until) == (200, "2019-03-01", "2019-09-17")
    assert [contact.when for contact in gap.contacts] == ["2019-03-01", "2019-09-17/2019-09-19"]
    # 24 March to 20 May; some time in April they spoke again, on the 30th at the latest.
    assert (rhythm.silence.at_least, rhythm.silence.at_most, rhythm.silence.as_of) == (20, 57, "2021-05-20")
    assert rhythm.times_median == 0.52
    assert rhythm.initiated.model_dump() == {"ego": 6, "alter": 0, "both": 0, "unknown": 3}
    assert rhythm.left_out.model_dump() == {"engagements": 1, "coarser_than_a_day": 2}


def test_states_count_their_ambassadors_too(invented: Session) -> None:
    found = tie(invented, LEVELS["state"][::-1], "state")
    rhythm = found.rhythm
    assert rhythm is not None
    # One more gap: 38 days to the first of May.
    assert (rhythm.contacts, rhythm.median_gap_days) == (10, median([*GAPS, 38]))
    assert rhythm.silence.at_most == 19
    assert rhythm.initiated.model_dump() == {"ego": 1, "alter": 6, "both": 0, "unknown": 3}
    leader, anybody = told(found.facts, "first_since")
    assert (leader.rank, leader.since, leader.days) == ("leader", "2020-11-05", 139)
    assert anybody.text == "2021-05-01: first contact since 2021-03-24, 38 days."


@pytest.mark.parametrize("level", ["actor", "organisation"])
def test_facts_in_words(invented: Session, level: str) -> None:
    found = tie(invented, LEVELS[level], level)
    assert [fact.text for fact in found.facts or []] == [
        "2021-03-24: first leader-level contact since 2020-11-05, 139 days.",
        "The 139 days before 2021-03-24 were the longest gap since 2019-09-17, when one of 200 days ended.",
        "Longest gap on record: 200 days, from 2019-03-01 to 2019-09-17.",
        "20 to 57 days of silence on 2021-05-20, since dates are uncertain; the usual gap is 110.",
    ]
    (first,) = told(found.facts, "first_since")
    assert [contact.when for contact in first.contacts] == ["2020-11-05", "2021-03-24"]
    assert (first.since, first.until, first.days, first.unknown_rank) == ("2020-11-05", "2021-03-24", 139, 0)
    assert all(re.fullmatch(r"/v1/contacts/con_[0-9a-f]+", contact.contact) for contact in first.contacts)


def test_facts_of_a_time_that_is_over_know_nothing_later(invented: Session) -> None:
    found = tie(invented, LEVELS["actor"], "actor", to="2020-10-31")
    first, minister = told(found.facts, "first_since")
    assert first.text == "2019-09-17: first leader-level contact since 2019-01-10, 250 days."
    assert minister.text == "2020-08-04: first contact at minister level or above since 2020-04-16, 110 days."
    # 110 days there had been before, until January; the silence runs to the end of October.
    (gap,) = told(found.facts, "longest_gap_since")
    assert (
        gap.text == "The 110 days before 2020-08-04 were the longest gap since 2020-01-07, when one of 110 days ended."
    )
    assert told(found.facts, "silence")[0].text == "88 days of silence on 2020-10-31; the usual gap is 110."


def test_a_contact_of_unknown_rank_is_told(invented: Session) -> None:
    found = tie(invented, LEVELS["actor"], "actor", **{"from": "2019-09", "to": "2020-04"})
    (first,) = [fact for fact in told(found.facts, "first_since") if fact.rank == "minister"]
    assert (first.days, first.unknown_rank) == (210, 1)
    assert first.text.endswith("since 2019-09-19, 210 days; the rank of 1 contact in between is not known.")


def test_the_first_world(first_world_session: Session) -> None:
    session = first_world_session
    found = tie(session, ("joe-biden", "benjamin-netanyahu"), "actor")
    assert [fact.text for fact in found.facts or []] == [
        "2021-05-12: first leader-level contact on record.",
        "8 days of silence on 2021-05-20.",
    ]
    found = tie(session, (US, ISRAEL), "state")
    # Rows 1 and 2 are dated, on one day; of the engagements only the end is known.
    rhythm = found.rhythm
    assert rhythm is not None
    assert (rhythm.contacts, rhythm.occasions, rhythm.median_gap_days) == (2, 1, None)
    assert rhythm.left_out.engagements == 5
    found = tie(session, (ISRAEL, "egypt"), "state")
    assert (found.facts, found.rhythm and found.rhythm.silence.at_most) == ([], None)


@pytest.mark.parametrize("level", words(Level))
def test_rhythm_of_a_generated_record(reading: Reading, level: str) -> None:
    joined = 0
    slugs = {number: slug for slug, number in reading.slugs.items()}
    for more in ({}, {"certain": True, "to": "2021-05-20"}, {"status": ["any"]}):
        asked = ContactFilter.model_validate({"level": level, "actor": list(STATES), **more})
        by_pair: dict[tuple[int, int], dict[int, Edge]] = {}
        for (contact, ego, alter), edge in reading.edges(asked).items():
            by_pair.setdefault((ego, alter), {})[contact] = edge
        for (ego, alter), edges in by_pair.items():
            found = tie(reading.session, (slugs[ego], slugs[alter]), level, date(2021, 6, 1), **more)
            assert found.rhythm is not None
            assert found.rhythm.model_dump(include=set(SAID)) == dict(zip(SAID, read(reading, edges), strict=True))
            joined += found.rhythm.contacts > 1
    assert joined


SAID = ("contacts", "occasions", "median_gap_days", "left_out")


def read(reading: Reading, edges: dict[int, Edge]) -> tuple[int, int, float | None, dict[str, int]]:
    """Counts occasions day by day, as a person would with a calendar."""
    dated = {key: edge for key, edge in edges.items() if edge.kind != "engagement" and to_the_day(reading, key, edge)}
    days = {edge.earliest.date() + n * DAY for edge in dated.values() for n in range(length(edge))}
    spoken = sorted(days)
    # Contacts that only follow each other from one day to the next are two occasions: nothing overlaps.
    begun = {edge.earliest.date() for edge in dated.values()}
    gaps = [(later - earlier).days for earlier, later in pairwise(spoken) if later in begun and new(dated, later)]
    engagements = sum(edge.kind == "engagement" for edge in edges.values())
    left_out = {"engagements": engagements, "coarser_than_a_day": len(edges) - len(dated) - engagements}
    return len(dated), len(gaps) + bool(dated), median(gaps) if gaps else None, left_out


def new(dated: dict[int, Edge], day: date) -> bool:
    return not any(edge.earliest.date() < day <= last(edge) for edge in dated.values())


def last(edge: Edge) -> date:
    return (edge.latest - timedelta(microseconds=1)).date()


def length(edge: Edge) -> int:
    return (last(edge) - edge.earliest.date()).days + 1


def to_the_day(reading: Reading, contact: int, edge: Edge) -> bool:
    when = reading.facts[contact].when
    told_to_the_day = when is not None and not parse(when).coarser_than_day
    return edge.latest < LAST_MOMENT and (told_to_the_day or edge.latest - edge.earliest <= DAY)
