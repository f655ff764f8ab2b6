"""Lapsed pairs: by hand on two small records, and pair by pair against the rhythm of each in a random one."""

import json
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.actors import create_actor
from graph.lapsed import BATCH
from graph.questions import NODES, SECONDS, Budget, Found
from graph.ties import read_tie
from models.actors import ActorIn
from models.errors import InvalidQuery
from models.filters import ContactFilter
from models.lapsed import LapsedQuestion, LapsedTie
from models.ties import TieDetail
from models.vocabulary import Level, words
from tests.brute_force import Reading
from tests.generated import PERSONS
from tests.graph.conftest import Ask, asker
from tests.invented import invent, taker, talk
from tests.world import ISRAEL, US

JUNE = date(2021, 6, 1)


def ties(found: Found) -> list[LapsedTie]:
    return [LapsedTie.model_validate(item) for item in json.loads(found.members["ties"])]


def pairs(found: Found) -> list[tuple[str, str]]:
    return [ends(tie) for tie in ties(found)]


@pytest.mark.parametrize(("level", "pair"), [("actor", ("anna", "boris")), ("organisation", ("cabinet", "court"))])
def test_days_of_silence_by_hand(ask_invented: Ask, level: str, pair: tuple[str, str]) -> None:
    # Anna and Boris last spoke on a known day 57 days before; that of the two ambassadors is 19 days old.
    others = {"actor": ("carl", "dora"), "organisation": ("arcadia", "borduria")}[level]
    assert pairs(ask_invented("list_lapsed_ties", days=18, level=level, sort="-contacts")) == [pair, others]
    # Some time in April, perhaps on the 30th, Anna and Boris spoke again: it is 19 days or more for the ambassadors,
    # and 20 or more for these.
    assert pairs(ask_invented("list_lapsed_ties", days=18, level=level)) == [pair, others]
    assert pairs(ask_invented("list_lapsed_ties", days=19, level=level)) == [pair]
    assert pairs(ask_invented("list_lapsed_ties", days=56, level=level, actor=[pair[1]])) == [pair[::-1]]
    assert pairs(ask_invented("list_lapsed_ties", days=57, level=level)) == []
    (tie,) = ties(ask_invented("list_lapsed_ties", days=56, level=level))
    assert (tie.rhythm.silence.at_least, tie.rhythm.silence.at_most) == (20, 57)
    assert (tie.rhythm.median_gap_days, tie.rhythm.left_out.engagements) == (110, 1)


def test_states_are_silent_since_their_ambassadors_spoke(ask_invented: Ask) -> None:
    assert pairs(ask_invented("list_lapsed_ties", days=18, level="state")) == [("arcadia", "borduria")]
    assert pairs(ask_invented("list_lapsed_ties", days=19, level="state")) == []


def test_times_the_usual_gap(invented: Session) -> None:
    # 24 March 2021 and 110 days are 12 July; twice as many end on 30 October.
    asked: dict[str, Any] = {"times": 2, "kind": ["call", "meeting", "visit"]}
    assert pairs(asker(invented, date(2021, 10, 30))("list_lapsed_ties", **asked)) == []
    (tie,) = ties(asker(invented, date(2021, 10, 31))("list_lapsed_ties", **asked))
    assert (tie.alter.slug, tie.rhythm.silence.at_most, tie.rhythm.times_median) == ("boris", 221, 2.01)
    # Two meetings make one gap, and no usual one: the ambassadors and Anna's other calls never lapse this way.
    found = asker(invented, date(2030, 1, 1))("list_lapsed_ties", times=2)
    assert pairs(found) == [("anna", "boris")]
    assert any("three occasions" in note for note in found.notes)


def test_a_later_engagement_does_not_break_a_silence(session: Session) -> None:
    invent(session)
    talk(session, "call", "2021-01-01", taker("anna"), taker("egon"))
    talk(session, "engagement", "2021-05-19", taker("anna"), taker("egon"))
    (tie,) = ties(asker(session)("list_lapsed_ties", days=100, actor=["egon"]))
    assert (tie.rhythm.silence.at_most, tie.rhythm.silence.at_least, tie.silence.at_least) == (139, 139, 1)


def test_the_first_world(ask_first: Ask) -> None:
    assert pairs(ask_first("list_lapsed_ties", days=7, level="state")) in ([(US, ISRAEL)], [(ISRAEL, US)])
    assert pairs(ask_first("list_lapsed_ties", days=8, level="state")) == []
    assert len(pairs(ask_first("list_lapsed_ties", days=7))) == 2


def test_what_is_cut_is_told(ask_invented: Ask) -> None:
    found = ask_invented("list_lapsed_ties", days=0, limit=1)
    assert (len(ties(found)), found.limits) == (1, {"limit": 1})
    found = ask_invented("list_lapsed_ties", Budget(seconds=60, nodes=1), days=0)
    assert (len(ties(found)), found.limits, found.left_out) == (1, {NODES: 1}, {"pairs_not_looked_at": 1})


LOOK = "current_query() LIKE '%rhythm%'"
SLOW_AFTER_THE_FIRST = (
    f"""CREATE TEMP VIEW actor AS SELECT a.* FROM public.actor a WHERE CASE WHEN {LOOK}
        THEN set_config('test.looked', statement_timestamp()::text, true) IS NOT NULL ELSE true END""",
    f"""CREATE TEMP VIEW edge AS SELECT e.* FROM public.edge e WHERE CASE WHEN {LOOK}
        AND coalesce(nullif(current_setting('test.looked', true), ''), statement_timestamp()::text)
            <> statement_timestamp()::text THEN pg_sleep(9) IS NOT NULL ELSE true END""",
)
"""Once a first batch has been looked at, the edges of every later one take nine seconds each."""


def test_what_was_found_in_time_is_told(session: Session) -> None:
    invent(session)
    # Rounds of 24 and 22 persons are 276 and 231 pairs.
    for year, size in ((2009, 24), (2010, 22)):
        talk(session, "call", f"{year}-01-01", *(taker(a_person(session, f"of-{year}-{n}")) for n in range(size)))
    for statement in SLOW_AFTER_THE_FIRST:
        session.execute(text(statement))
    found = asker(session)("list_lapsed_ties", Budget(seconds=4), days=0, limit=1000)
    # The longest silences were looked at first; those of Boris and of the ambassadors would come next.
    assert (len(ties(found)), found.limits) == (BATCH, {SECONDS: 4})
    assert found.left_out == {"pairs_not_looked_at": 276 + 231 + 2 - BATCH}


def a_person(session: Session, slug: str) -> str:
    create_actor(session, ActorIn.model_validate({"slug": slug, "name": slug, "kind": "person"}))
    return slug


def test_a_question_says_how_long() -> None:
    with pytest.raises(ValidationError, match="give days="):
        LapsedQuestion.model_validate({})


def test_an_unknown_actor_is_refused(ask_invented: Ask) -> None:
    with pytest.raises(InvalidQuery, match="no such actor"):
        ask_invented("list_lapsed_ties", days=1, actor=["nobody"])


@pytest.mark.parametrize("level", words(Level))
@pytest.mark.parametrize(
    "more", [{}, {"kind": ["visit", "meeting", "call", "engagement"]}, {"actor": ["atlantis", *PERSONS]}]
)
def test_a_generated_record(reading: Reading, level: str, more: dict[str, Any]) -> None:
    slugs = {number: slug for slug, number in reading.slugs.items()}
    asked = ContactFilter.model_validate({"level": level, **more})
    named = [(slugs[a], slugs[b]) for a, b in reading.ties(asked)]
    known = {pair: tie_of(reading.session, pair, asked) for pair in named}
    ask = asker(reading.session, JUNE)
    for days, times in ((19, None), (28, None), (None, 1.5), (15, 2)):
        wanted = [pair for pair, tie in known.items() if lapsed(tie, days, times)]
        for sort in ("-silence", "-contacts"):
            found = ties(ask("list_lapsed_ties", days=days, times=times, sort=sort, level=level, limit=1000, **more))
            assert {frozenset(ends(tie)) for tie in found} == {frozenset(pair) for pair in wanted}
            assert [tie.rhythm for tie in found] == [known[ends(tie)].rhythm for tie in found]
            assert len({frozenset(ends(tie)) for tie in found}) == len(found)
            ranks = [tie.contacts if sort == "-contacts" else tie.silence.at_least or 0 for tie in found]
            assert ranks == sorted(ranks, reverse=True)


def tie_of(session: Session, pair: tuple[str, str], asked: ContactFilter) -> TieDetail:
    question = asked.model_copy(update={"actor": [], "between": list(pair)})
    document = read_tie(session, question, JUNE, rhythm=True)[1]
    assert document is not None
    return TieDetail.model_validate_json(document)


def lapsed(tie: TieDetail, days: int | None, times: float | None) -> bool:
    rhythm = tie.rhythm
    assert rhythm is not None
    silence = rhythm.silence.at_most
    if silence is None or (days is not None and silence <= days):
        return False
    if times is None:
        return True
    return rhythm.occasions >= 3 and silence > times * (rhythm.median_gap_days or 0)


def ends(tie: LapsedTie) -> tuple[str, str]:
    return tie.ego.slug, tie.alter.slug


def test_an_unknown_topic_is_refused(ask_first: Ask) -> None:
    with pytest.raises(InvalidQuery, match="no such topic"):
        ask_first("list_lapsed_ties", days=1, topic=["nothing-of-the-kind"])
