"""Each revision names the contacts whose edges it moved, and no others; too many are not named."""

import random

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db import journal
from db.contact_bodies import contact_body
from db.contacts import create_contacts, patch_contact, retract_contact
from db.edges import restate
from db.rebuild import rebuild
from db.records import Author, commit
from models.contacts import Contact, ContactBody, ContactIn
from tests.generated import PERSONS, World


@pytest.fixture
def world(session: Session) -> World:
    made = World(session, random.Random(3))
    commit(session, Author())
    return made


def meet(world: World, *actors: str, when: str = "2021-05-12") -> int:
    takers = [{"actor": actor} for actor in actors]
    body = {"kind": "meeting", "when": when, "participants": takers, "accounts": [{"source": "paper-0"}]}
    return create_contacts(world.session, [ContactIn.model_validate(body)])[0]


def touched(session: Session) -> list[int] | None:
    """Commits, and returns what the newest revision says it moved."""
    number = commit(session, Author())
    found = session.execute(text("SELECT touched FROM revision WHERE revision_id = :number"), {"number": number})
    answer: list[int] | None = found.scalar_one()
    return answer


def revise(world: World, contact: int, **change: object) -> None:
    body = contact_body(world.session, world.session.get_one(Contact, contact))
    patch_contact(world.session, contact, ContactBody.model_validate(body | change), None)


def test_a_revision_names_the_contacts_it_moved(world: World) -> None:
    one, two = meet(world, PERSONS[0], PERSONS[1]), meet(world, PERSONS[1], PERSONS[2])
    assert touched(world.session) == [one, two]
    revise(world, one, when="2021-05-13")
    assert touched(world.session) == [one]
    retract_contact(world.session, two, "It was somebody else.", None)
    assert touched(world.session) == [two]


def test_a_change_that_moves_no_edge_names_none(world: World) -> None:
    one = meet(world, PERSONS[0], PERSONS[1])
    commit(world.session, Author())
    revise(world, one, summary="They met.")
    assert touched(world.session) == []


def test_more_contacts_than_are_worth_mending_are_not_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MOST_TOUCHED", 1)
    meet(world, PERSONS[0], PERSONS[1])
    assert touched(world.session) is not None
    meet(world, PERSONS[0], PERSONS[1])
    meet(world, PERSONS[1], PERSONS[2])
    assert touched(world.session) is None


def test_what_is_moved_without_an_entry_of_history_draws_a_revision_too(world: World) -> None:
    one = meet(world, PERSONS[0], PERSONS[1])
    commit(world.session, Author())
    world.session.execute(text("DELETE FROM edge WHERE contact_id = :one"), {"one": one})
    restate(world.session, [one])
    assert touched(world.session) == [one]


def test_a_rebuild_names_nothing_and_so_unsettles_all(world: World) -> None:
    one = meet(world, PERSONS[0], PERSONS[1])
    commit(world.session, Author())
    world.session.execute(text("DELETE FROM edge WHERE contact_id = :one"), {"one": one})
    rebuild(world.session)
    newest = world.session.execute(text("SELECT touched FROM revision ORDER BY revision_id DESC LIMIT 1"))
    assert newest.scalar_one() is None
