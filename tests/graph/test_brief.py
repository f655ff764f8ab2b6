"""The brief on a pair, by hand on the first world and on an invented record."""

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from graph.questions import SECONDS, Budget, Found
from models.brief import BriefAnswer
from models.errors import InvalidQuery
from tests.graph.conftest import Ask, asker
from tests.invented import invent, taker, talk
from tests.world import ISRAEL, PRESIDENT, PRIME_MINISTER, US, contact_id

PAIR = {"ego": "joe-biden", "alter": "benjamin-netanyahu"}
OURS = {"ego": "anna", "alter": "boris"}


def brief(found: Found) -> BriefAnswer:
    shown = {"links": {"self": "/"}, "meta": {"graph_version": 1, "unit": found.unit, "as_of": "2021-05-20"}}
    return BriefAnswer.model_validate({**found.members, **shown})


def row(session: Session, number: int) -> str:
    return str(session.info["ids"].encode("con", contact_id(session, number)))


def test_the_last_contact_at_each_level(first_world_session: Session, ask_first: Ask) -> None:
    found = brief(ask_first("get_tie_brief", **PAIR))
    assert (found.ego.slug, found.alter.slug) == tuple(PAIR.values())
    call, talk = row(first_world_session, 1), row(first_world_session, 2)
    lasts = {(one.level, one.ego.slug, one.alter.slug): one.contact.id for one in found.last}
    # Blinken spoke with Netanyahu on the same day, and was recorded later: that is the last of the states.
    assert lasts == {
        ("actor", *PAIR.values()): call,
        ("office", PRESIDENT, PRIME_MINISTER): call,
        ("organisation", "white-house", ISRAEL): call,
        ("state", US, ISRAEL): talk,
    }
    assert {(one.silence.at_least, one.silence.at_most, one.silence.as_of) for one in found.last} == {
        (8, 8, "2021-05-20")
    }


def test_a_contact_is_known_by_its_sources(ask_first: Ask) -> None:
    contact = brief(ask_first("get_tie_brief", **PAIR)).last[0].contact
    assert (contact.status, contact.stances.ego, contact.stances.alter) == ("acknowledged", "affirms", None)
    told = {one.source.slug: (one.side, one.speaker and one.speaker.slug, one.stance) for one in contact.sources}
    assert told == {
        "biden-remarks-2021-05-12": ("ego", "joe-biden", "affirms"),
        "white-house-readout-2021-05-12": ("ego", "white-house", "affirms"),
        "press-report-2021-05-12": (None, None, "affirms"),
    }
    assert [actor.slug for actor in contact.participants] == list(PAIR.values())
    turned = brief(ask_first("get_tie_brief", ego=PAIR["alter"], alter=PAIR["ego"])).last[0].contact
    assert (turned.stances.ego, turned.stances.alter) == (None, "affirms")


def test_what_is_upcoming_and_what_was_promised(first_world_session: Session, ask_first: Ask) -> None:
    found = brief(ask_first("get_tie_brief", **PAIR))
    (mission,) = found.upcoming
    assert (mission.id, mission.level, mission.status) == (row(first_world_session, 14), "state", "planned")
    assert (mission.earliest, mission.latest) == (None, None)
    assert [one.by for one in found.commitments] == [[found.alter, found.ego]] * 2
    assert all(one.contact.id == row(first_world_session, 1) and one.accounts for one in found.commitments)
    readout = found.commitments[0].contact.sources[1]
    assert found.commitments[0].accounts == [readout.account]
    assert found.disputes == []


def test_facts_carry_their_sources(ask_first: Ask) -> None:
    facts = brief(ask_first("get_tie_brief", **PAIR)).facts
    assert [fact.text for fact in facts] == [
        "2021-05-12: first leader-level contact on record.",
        "8 days of silence on 2021-05-20.",
    ]
    assert all(len(fact.sources) == 3 for fact in facts)


def test_of_states_and_of_organisations(ask_first: Ask) -> None:
    found = brief(ask_first("get_tie_brief", ego=US, alter=ISRAEL, level="state"))
    assert [(one.level, one.contact.kind) for one in found.last] == [("state", "conversation")]
    assert len(found.commitments) == 2
    found = brief(ask_first("get_tie_brief", ego="white-house", alter=ISRAEL, level="organisation"))
    assert [(one.level, one.contact.kind) for one in found.last] == [
        ("organisation", "call"),
        ("state", "conversation"),
    ]


def told(title: str, stance: str, speaker: str | None = None, **more: Any) -> dict[str, Any]:
    return {"source": {"kind": "other", "title": title}, "speaker": speaker, "stance": stance, **more}


def test_an_invented_pair_before_its_call(session: Session) -> None:
    invent(session)
    ends = taker("anna"), taker("boris")
    promise = {"text": "Write", "by": ["boris"], "to": ["anna"]}
    kept = {**promise, "outcome": 1}
    with_boris = talk(
        *(session, "call", "2021-05-02", *ends),
        commitments=[kept, {**promise, "due": "2021-06", "outcome": 0}, {**promise, "due": "2021-05-25"}],
        accounts=[told("A", "affirms", "arcadia"), told("B", "denies", "borduria")],
    )
    plans = [
        talk(session, "meeting", when, *ends, accounts=[told("Plan", stance, "arcadia")])
        for when, stance in (("2021-07-01", "announces"), (None, "requests"), ("2021-06-01", "postpones"))
    ]
    talk(session, "meeting", "2021-05-10", *ends, accounts=[told("Plan", "announces", "arcadia")])
    denied = talk(session, "call", "2021-05-15", *ends, accounts=[told("No", "denies", "borduria")])
    answer = asker(session)("get_tie_brief", **OURS)
    found = brief(answer)
    public = {number: session.info["ids"].encode("con", number) for number in (with_boris, denied, *plans)}
    assert [one.id for one in found.upcoming] == [public[plans[n]] for n in (2, 0, 1)]
    assert [one.status for one in found.upcoming] == ["postponed", "planned", "requested"]
    assert answer.left_out == {"overdue_plans": 1}
    assert [one.id for one in found.disputes] == [public[denied], public[with_boris]]
    assert found.disputes[1].stances.model_dump() == {"ego": "affirms", "alter": "denies"}
    assert [(one.due, one.outcome) for one in found.commitments] == [("2021-05-25", None), ("2021-06", 0)]
    assert [one.level for one in found.last] == ["actor", "organisation", "state"]
    # The disputed call counts by somebody's word: it is the last.
    assert {one.contact.id for one in found.last} == {public[with_boris]}
    answer = asker(session)("get_tie_brief", **OURS, limit=1)
    assert len(brief(answer).upcoming) == len(brief(answer).disputes) == len(brief(answer).commitments) == 1
    assert answer.limits == {"limit": 1}
    assert [note.split()[4] for note in answer.notes] == ["upcoming", "disputes", "commitments"]


SLOW_LIFT = """CREATE TEMP VIEW lift AS SELECT l.* FROM public.lift l
WHERE CASE WHEN l.level = 'organisation' AND current_query() LIKE '%commitments%' THEN pg_sleep(9) IS NOT NULL
    ELSE true END"""
"""Lifting to organisations while reading the rows of a brief takes nine seconds for each lift."""


def test_a_level_that_takes_too_long_is_left_out(session: Session) -> None:
    invent(session)
    session.execute(text(SLOW_LIFT))
    answer = asker(session)("get_tie_brief", Budget(seconds=2), **OURS)
    assert [one.level for one in brief(answer).last] == ["actor", "state"]
    assert (answer.limits, answer.notes) == (
        {SECONDS: 2},
        ["The organisation level took too long and is left out."],
    )


def test_two_who_never_met_have_an_empty_brief(ask_first: Ask) -> None:
    found = brief(ask_first("get_tie_brief", ego="joe-biden", alter="hamas"))
    assert (found.last, found.upcoming, found.commitments, found.disputes, found.facts) == ([], [], [], [], [])


@pytest.mark.parametrize(
    ("ends", "code"), [(("joe-biden", "nobody"), "unknown_actor"), (("egypt", "iso3:EGY"), "same_actor")]
)
def test_wrong_ends_are_refused(ask_first: Ask, ends: tuple[str, str], code: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        ask_first("get_tie_brief", ego=ends[0], alter=ends[1])
    assert refused.value.errors[0].code == code


def test_an_unknown_topic_is_refused(ask_first: Ask) -> None:
    with pytest.raises(InvalidQuery, match="no such topic"):
        ask_first("get_tie_brief", **PAIR, topic=["nothing-of-the-kind"])
