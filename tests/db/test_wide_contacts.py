"""Contacts of very many participants: their pairs are not stored, expanded when asked for, and counted aloud."""

import json
import random
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from db.contact_pages import list_contacts
from db.contacts import create_contacts
from db.filters import TOO_WIDE
from db.pages import Answer, Asked
from graph.edges import list_edges
from graph.ties import list_counterparts, read_tie
from models.contacts import ContactIn
from models.edges import EdgeOut, TieOut
from models.filters import ContactFilter, ContactList, CounterpartList, EdgeList
from tests.generated import CROWD, World

TODAY = date(2021, 6, 1)
PAIRS = 9 * 9 + 9 * 8 + 9 * 8
"""26 delegates of three states, 9, 9 and 8 of each: everybody with everybody of another state."""


@pytest.fixture
def summit(session: Session) -> str:
    World(session, random.Random(0))
    return record(session, "affirms")


def record(session: Session, stance: str, who: tuple[str, ...] = CROWD, when: str | None = None) -> str:
    source = {"kind": "other", "title": "List of delegates"}
    takers = [{"actor": slug, "initiator": slug == CROWD[0] or None} for slug in who]
    body = {"kind": "meeting", "when": when, "participants": takers}
    body["accounts"] = [{"source": source, "stance": stance}]
    (number,) = create_contacts(session, [ContactIn.model_validate(body)])
    return str(session.info["ids"].encode("con", number))


def edges(session: Session, limit: int = 1_000, **question: Any) -> tuple[list[EdgeOut], Answer]:
    answer = list_edges(session, EdgeList.model_validate(question), Asked(limit=limit))
    return [EdgeOut.model_validate(item) for item in json.loads(answer.items or "[]")], answer


def test_they_are_expanded_for_the_contact_itself(session: Session, summit: str) -> None:
    found, answer = edges(session, contact=summit)
    assert len({frozenset((edge.source_slug, edge.target_slug)) for edge in found}) == len(found) == PAIRS
    assert not answer.left_out


def test_a_list_cut_short_says_by_how_much(session: Session, summit: str) -> None:
    found, answer = edges(session, limit=50, contact=summit)
    assert len(found) == 50
    assert answer.left_out == {"pairs_beyond_the_limit": PAIRS - 50}


def test_the_actor_asked_for_is_the_near_end(session: Session, summit: str) -> None:
    found, _ = edges(session, contact=summit, actor=[CROWD[3]])
    assert {edge.source_slug for edge in found} == {CROWD[3]}
    assert len(found) == 26 - 9
    began = {edge.target_slug: edge.initiated_by for edge in edges(session, contact=summit, actor=[CROWD[1]])[0]}
    assert began[CROWD[0]] == "target"
    (pair,), _ = edges(session, contact=summit, between=[CROWD[1], CROWD[0]])
    assert (pair.source_slug, pair.target_slug, pair.initiated_by) == (CROWD[1], CROWD[0], "target")


def test_a_planned_one_is_expanded_too(session: Session, summit: str) -> None:
    planned = record(session, "announces")
    assert {edge.contact_status for edge in edges(session, contact=planned)[0]} == {"planned"}
    assert len(edges(session, contact=planned, status=["reported"])[0]) == 0


def test_states_are_few_enough_to_be_stored(session: Session, summit: str) -> None:
    found, answer = edges(session, contact=summit, level="state")
    assert (len(found), answer.left_out) == (3, {})


@pytest.mark.parametrize(("level", "actor"), [("actor", CROWD[0]), ("organisation", "atlantis")])
def test_other_answers_count_what_they_leave_out(session: Session, summit: str, level: str, actor: str) -> None:
    asked = CounterpartList.model_validate({"actor": [actor], "level": level})
    answer = list_counterparts(session, asked, Asked(limit=50), TODAY)
    assert (answer.items, answer.left_out) == ("[]", {TOO_WIDE: 1})
    assert edges(session, actor=[actor], level=level)[1].left_out == {TOO_WIDE: 1}
    assert edges(session, level=level)[1].left_out == {TOO_WIDE: 1}


LEVELS = [("actor", CROWD[:2]), ("organisation", ("atlantis", "ruritania"))]


@pytest.mark.parametrize(("level", "pair"), LEVELS)
def test_a_pair_is_told_of_those_that_both_attended(session: Session, summit: str, level: str, pair: Any) -> None:
    record(session, "announces")
    record(session, "affirms", when="2021-05")
    question: dict[str, Any] = {"between": list(pair), "level": level}
    found = contacts(session, **question)
    assert (found.items, found.left_out) == ("[]", {TOO_WIDE: 2})
    assert edges(session, **question)[1].left_out == {TOO_WIDE: 2}
    assert tie(session, **question) == (None, 2)
    assert contacts(session, **question, status=["planned"]).left_out == {TOO_WIDE: 1}
    assert contacts(session, **question, **{"from": "2021-05-10", "to": "2021-05-12"}).left_out == {TOO_WIDE: 1}
    assert contacts(session, **question, participants=["ada"]).left_out == {}
    assert contacts(session, between=[pair[0], "ada"], level=level).left_out == {}
    assert len(json.loads(contacts(session, participants=list(pair), level=level).items or "")) == 2


@pytest.mark.parametrize(("level", "pair"), LEVELS)
def test_a_tie_says_what_it_leaves_out(session: Session, summit: str, level: str, pair: Any) -> None:
    record(session, "affirms", CROWD[:2])
    question: dict[str, Any] = {"between": list(pair), "level": level}
    for more in ({}, {"kind": ["meeting"]}):
        found, wide = tie(session, **question, **more)
        assert found is not None
        assert (found.contacts, found.left_out, wide) == (1, {TOO_WIDE: 1}, 1)
    record(session, "affirms", CROWD[3:5])
    found, _ = tie(session, between=list(CROWD[3:5]), kind=["meeting"], **{"from": "2021"}, open="include")
    assert found is not None
    assert found.left_out == {TOO_WIDE: 1}
    found, wide = tie(session, between=[CROWD[0], "atlantis"])
    assert (found, wide) == (None, 0)


def test_a_tie_that_is_whole_has_nothing_left_out(session: Session) -> None:
    World(session, random.Random(0))
    record(session, "affirms", CROWD[:2])
    found, _ = tie(session, between=list(CROWD[:2]))
    assert found is not None
    assert "left_out" not in found.model_fields_set


def contacts(session: Session, **question: Any) -> Answer:
    return list_contacts(session, ContactList.model_validate(question), Asked(limit=50))


def tie(session: Session, **question: Any) -> tuple[TieOut | None, int]:
    _, document, wide = read_tie(session, ContactFilter.model_validate(question), TODAY)
    return (None if document is None else TieOut.model_validate_json(document)), wide
