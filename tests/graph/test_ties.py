"""Ties of the whole record or of some actors: on the first world by hand, elsewhere by the domain read literally."""

import json
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from db.pages import Asked, encode_cursor, filter_digest
from graph.ties import list_counterparts, list_ties
from models.base import LAST_MOMENT
from models.edges import TieOut
from models.filters import CounterpartList, TieList
from models.vocabulary import Level, words
from tests.brute_force import Reading
from tests.world import (
    COUNTERPARTS_OF_THE_US,
    HAMAS,
    ISRAEL,
    MEDIATORS_OF_ISRAEL_AND_HAMAS,
    TODAY,
    US,
)

ALL = 1_000
each_level = pytest.mark.parametrize("level", words(Level))


def asked_of(session: Session, question: dict[str, Any], limit: int = ALL, today: date = TODAY) -> list[TieOut]:
    answer = list_ties(session, TieList.model_validate(question), Asked(limit=limit), today)
    return [TieOut.model_validate(item) for item in json.loads(answer.items or "[]")]


def ends(ties: list[TieOut]) -> list[frozenset[str]]:
    return [frozenset((tie.ego.slug, tie.alter.slug)) for tie in ties]


def test_each_pair_of_states_comes_once_the_strongest_first(first_world_session: Session) -> None:
    found = asked_of(first_world_session, {"level": "state"})
    with_the_us = {frozenset((US, other)): count for other, count in COUNTERPARTS_OF_THE_US.items()}
    mediated = {frozenset((m, party)): 1 for m in MEDIATORS_OF_ISRAEL_AND_HAMAS for party in (ISRAEL, HAMAS)}
    counted = {pair: tie.contacts for pair, tie in zip(ends(found), found, strict=True)}
    assert counted == {**with_the_us, **mediated}
    assert len(found) == len(counted) == 13
    assert ends(found)[0] == {US, ISRAEL}


def test_of_some_actors_each_is_the_near_end_and_their_own_tie_comes_once(first_world_session: Session) -> None:
    found = asked_of(first_world_session, {"actor": [HAMAS, "egypt"], "level": "state"})
    wanted = ((HAMAS, "egypt"), (HAMAS, "jordan"), (HAMAS, "qatar"), ("egypt", ISRAEL), ("egypt", US))
    assert set(ends(found)) == {frozenset(pair) for pair in wanted}
    assert len(found) == 5
    assert all(tie.ego.slug in (HAMAS, "egypt") for tie in found)


def test_the_first_and_the_last_ties_are_told_by_date(first_world_session: Session) -> None:
    # The earlier cease-fires were over by 9 May; everything else may have lasted until the 12th.
    first = asked_of(first_world_session, {"level": "state", "sort": "first"})
    assert {tie.first.latest for tie in first[:6]} == {"2021-05-10T00:00:00"}
    assert {tie.first.latest for tie in first[6:]} == {"2021-05-13T00:00:00"}
    last = asked_of(first_world_session, {"level": "state", "sort": "-last"})
    assert [tie.last.latest for tie in last] == ["2021-05-13T00:00:00"] * 7 + ["2021-05-10T00:00:00"] * 6
    assert (last[0].silence.at_least, last[0].silence.as_of) == (8, "2021-05-20")


def test_a_filter_counts_only_what_it_lets_through(first_world_session: Session) -> None:
    (tie,) = asked_of(first_world_session, {"kind": ["call"]})
    assert ends([tie]) == [{"joe-biden", "benjamin-netanyahu"}]
    (tie,) = asked_of(first_world_session, {"kind": ["call"], "level": "office"})
    assert ends([tie]) == [{"president-of-the-united-states", "prime-minister-of-israel"}]
    assert tie.links["tie"].endswith("?level=office&kind=call")


@each_level
@pytest.mark.parametrize("more", [{}, {"kind": ["visit", "meeting"]}, {"from": "2021-05-10", "certain": True}])
def test_ties_of_a_generated_record(reading: Reading, level: str, more: dict[str, Any]) -> None:
    question = {**more, "level": level}
    wanted = reading.ties(TieList.model_validate(question))
    found = asked_of(reading.session, question)
    assert {(reading.slugs[tie.ego.slug], reading.slugs[tie.alter.slug]): tie.contacts for tie in found} == {
        pair: tie.contacts for pair, tie in wanted.items() if pair[0] < pair[1]
    }
    for actors in (["atlantis"], ["atlantis", "ruritania", "ada"]):
        asked = TieList.model_validate({**question, "actor": actors})
        pairs = set(ends(asked_of(reading.session, {**question, "actor": actors})))
        slugs = {number: slug for slug, number in reading.slugs.items()}
        assert pairs == {frozenset(slugs[end] for end in pair) for pair in reading.ties(asked)}


@each_level
@pytest.mark.parametrize("sort", ["-contacts", "-last", "first"])
def test_a_walk_meets_each_tie_once_in_order(reading: Reading, level: str, sort: str) -> None:
    asked = TieList.model_validate({"level": level, "sort": sort})
    digest, cursor, found = filter_digest(asked, "ties"), None, []
    while True:
        answer = list_ties(reading.session, asked, Asked(limit=7, cursor=cursor), TODAY)
        found += [TieOut.model_validate(item) for item in json.loads(answer.items or "[]")]
        if answer.next_key is None:
            break
        cursor = encode_cursor(digest, answer.next_key)
    assert len(found) * 2 == len(reading.ties(asked))
    assert len(set(ends(found))) == len(found)
    ranks = [rank(tie, sort) for tie in found]
    assert ranks == sorted(ranks)


def rank(tie: TieOut, sort: str) -> float:
    if sort == "-contacts":
        return -tie.contacts
    end = tie.first.latest if sort == "first" else tie.last.latest
    days = (datetime.fromisoformat(end) if end else LAST_MOMENT).toordinal()
    return days if sort == "first" else -days


def test_counterparts_know_the_same_orders(first_world_session: Session) -> None:
    asked = CounterpartList.model_validate({"actor": [ISRAEL], "level": "state", "sort": "first"})
    answer = list_counterparts(first_world_session, asked, Asked(limit=ALL), TODAY)
    slugs = [item["alter"]["slug"] for item in json.loads(answer.items or "[]")]
    assert (set(slugs[:3]), slugs[3:]) == (MEDIATORS_OF_ISRAEL_AND_HAMAS, [US])
