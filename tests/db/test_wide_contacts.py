"""Contacts of very many participants: their pairs are not stored, expanded when asked for, and counted aloud."""

import json
import random
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from db.contacts import create_contacts
from db.pages import Answer, Asked
from graph.edges import TOO_WIDE, list_edges
from graph.ties import list_counterparts
from models.contacts import ContactIn
from models.edges import EdgeOut
from models.filters import CounterpartList, EdgeList
from tests.generated import CROWD, World

TODAY = date(2021, 6, 1)
PAIRS = 9 * 9 + 9 * 8 + 9 * 8
"""26 delegates of three states, 9, 9 and 8 of each: everybody with everybody of another state."""


@pytest.fixture
def summit(session: Session) -> str:
    World(session, random.Random(0))
    return record(session, "affirms")


def record(session: Session, stance: str) -> str:
    source = {"kind": "other", "title": "List of delegates"}
    takers = [{"actor": slug, "initiator": slug == CROWD[0] or None} for slug in CROWD]
    body = {"kind": "meeting", "participants": takers, "accounts": [{"source": source, "stance": stance}]}
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
