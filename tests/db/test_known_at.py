"""The record as it stood: every answer ever given is given again, whatever was written since."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.contact_pages import list_contacts, read_accounts, read_contact
from db.contacts import add_account, create_contacts, withdraw_account
from db.engine import Database
from db.names import search_actors
from db.pages import Asked
from db.past import stand_at
from db.rebuild import check, rebuild
from db.records import Author, commit, draw_revision
from db.revisions import read_version
from graph.edges import list_edges
from graph.ties import list_counterparts, list_ties, read_tie
from models.accounts import AccountIn
from models.contacts import ContactIn
from models.errors import InvalidQuery, NotFound, Retracted
from models.filters import ContactFilter, ContactList, CounterpartList, EdgeList, TieList
from tests.generated import World

DAY: Final = date(2026, 11, 22)
STEPS: Final = 26
LEVELS: Final = ("actor", "office", "organisation", "state")
EVERYTHING: Final = ("accounts", "commitments", "identifiers", "parts", "follows")
PAGE: Final = Asked(1_000)
FILTERS: Final[tuple[dict[str, Any], ...]] = (
    *({}, {"status": ["any"], "include": list(EVERYTHING)}, {"kind": ["visit", "meeting"], "sort": "earliest"}),
    *({"actor": ["ada"]}, {"actor": ["ruritania"], "level": "state"}, {"actor": ["minister"], "level": "office"}),
    *({"between": ["atlantis", "ruritania"], "level": "state"}, {"participants": ["league"], "level": "organisation"}),
    *({"q": "grain"}, {"publisher": ["league"], "min_sources": 1}, {"from": "2021-05-10", "to": "2021-05-12"}),
)
Answers = dict[str, Any]


def answer(ask: Callable[[], Any]) -> Any:
    """What a question finds, or how it is refused."""
    try:
        return ask()
    except (NotFound, Retracted, InvalidQuery) as error:
        return str(error)


def answers(session: Session, contact: int) -> Answers:
    """What the record answers to many questions, as bytes."""
    found: Answers = {"version": read_version(session)}
    for n, one in enumerate(FILTERS):
        asked = ContactList.model_validate(one)
        found[f"contacts {n}"] = answer(lambda asked=asked: list_contacts(session, asked, PAGE))
    for level in LEVELS:
        asked = {"level": level}
        edges, ties = EdgeList.model_validate(asked), TieList.model_validate(asked)
        narrowed = TieList.model_validate({**asked, "kind": ["visit", "meeting", "call"]})
        counterparts = CounterpartList.model_validate({**asked, "actor": ["atlantis"]})
        found[f"edges {level}"] = answer(lambda edges=edges: list_edges(session, edges, PAGE))
        found[f"ties {level}"] = answer(lambda ties=ties: list_ties(session, ties, PAGE, DAY))
        found[f"narrowed {level}"] = answer(lambda ties=narrowed: list_ties(session, ties, PAGE, DAY))
        found[f"with {level}"] = answer(lambda asked=counterparts: list_counterparts(session, asked, PAGE, DAY))
    pair = ContactFilter.model_validate({"between": ["atlantis", "ruritania"], "level": "state"})
    found["tie"] = answer(lambda: read_tie(session, pair, DAY, rhythm=True))
    found["contact"] = answer(lambda: read_contact(session, contact, EVERYTHING))
    found["accounts"] = read_accounts(session, contact)
    found["names"] = search_actors(session, "elder", kind=None, limit=20).matches
    months = "SELECT ego_id, alter_id, since_month, until_month, kind, contacts FROM tie_month ORDER BY 1, 2, 3, 4, 5"
    found["months"] = [tuple(row) for row in session.execute(text(months))]
    return found


@contextmanager
def standing(database: Database, instant: datetime) -> Iterator[Session]:
    """A session that sees the record as it stood."""
    with database.snapshot_session() as session:
        stand_at(session, instant)
        yield session


def now(database: Database, contact: int) -> Answers:
    """The answers of the record as it is."""
    with database.reading_session() as session:
        return answers(session, contact)


def then(database: Database, instant: datetime, contact: int) -> Answers:
    """The answers of the record as it stood."""
    with standing(database, instant) as session:
        return answers(session, contact)


def sealed(session: Session, number: int | None) -> datetime:
    """When a revision became known."""
    found: datetime = session.execute(
        text("SELECT at FROM revision WHERE revision_id = :n"), {"n": number}
    ).scalar_one()
    session.commit()
    return found


def differing(one: Answers, other: Answers) -> set[str]:
    """Which answers are not the same."""
    return {name for name in one if one[name] != other[name]}


def call(**more: Any) -> ContactIn:
    """A call of two states."""
    takers = [{"actor": "atlantis"}, {"actor": "ruritania"}]
    accounts = [{"source": "paper-0", "stance": "affirms"}]
    body = {"kind": "call", "when": "2021-05-03", "participants": takers, "accounts": accounts, **more}
    return ContactIn.model_validate(body)


@pytest.fixture
def world(clone: Database) -> Iterator[World]:
    """A committed world without contacts."""
    with clone.session() as session:
        made = World(session, random.Random(5))
        session.execute(text("UPDATE source SET published = '2021-06', published_earliest = '2021-06-01'"))
        commit(session, Author())
        yield made


def disturb_and_rebuild(session: Session) -> None:
    """Loses edges and miscounts ties, and has them derived anew."""
    session.execute(text("DELETE FROM edge WHERE contact_id % 2 = 0"))
    session.execute(text("UPDATE tie SET contacts = contacts + 1 WHERE ego_id % 2 = 0"))
    rebuild(session)


def test_every_answer_of_a_random_world_is_given_again(clone: Database) -> None:
    given: list[tuple[datetime, str, Answers]] = []
    with clone.session() as session:
        world = World(session, random.Random(3))
        first = world.add_contact()
        for n in range(STEPS):
            if n == STEPS // 2:
                disturb_and_rebuild(session)
            name = world.step() if n != STEPS // 2 else "rebuild"
            number = commit(session, Author()) or read_version(session)
            given.append((sealed(session, number), name, now(clone, first)))
        assert check(session).clean
        session.rollback()
    assert len({told["version"] for _, _, told in given}) > STEPS // 2
    for instant, name, told in given:
        assert not differing(told, then(clone, instant, first)), name
    for (_, name, told), (until, _, after) in pairwise(given):
        with standing(clone, until - timedelta(microseconds=1)) as past:
            assert told["version"] == after["version"] or read_version(past) == told["version"], name


def test_what_is_merged_by_hand_is_as_it_was(clone: Database, world: World) -> None:
    session = world.session
    made = create_contacts(session, [call()])[0]
    before = sealed(session, commit(session, Author()))
    told = now(clone, made)
    merged = (
        "UPDATE actor SET merged_into_id = :into, retracted_at = now(), retraction_reason = 'twice' WHERE slug = :who"
    )
    session.execute(text(merged), {"into": world.actors["graustark"], "who": "ruritania"})
    session.execute(text("DELETE FROM participant WHERE contact_id = :id"), {"id": made})
    draw_revision(session, Author(reason="merge"), 1)
    session.commit()
    assert {"contact", "contacts 0", "edges actor"} <= differing(told, now(clone, made))
    assert not differing(told, then(clone, before, made))


def test_an_account_corrected_at_17_19_is_as_it_read_until_then(clone: Database, world: World) -> None:
    session = world.session
    contact = create_contacts(session, [call(when="2021-05-12")])[0]
    first = commit(session, Author())
    denial = {"source": "paper-1", "stance": "denies", "speaker": "ruritania", "paraphrase": "There was no call."}
    told = add_account(session, contact, AccountIn.model_validate(denial))
    second = commit(session, Author())
    withdraw_account(session, (contact, told), "The ministry took it back.", None)
    third = commit(session, Author())
    for number, clock in ((first, "16:00"), (second, "17:05"), (third, "17:19")):
        moved = "UPDATE revision SET at = CAST(:at AS timestamptz) WHERE revision_id = :number"
        session.execute(text(moved), {"at": f"2021-05-12T{clock}Z", "number": number})
    session.execute(text("UPDATE revision SET at = '2021-05-01T00:00Z' WHERE revision_id < :first"), {"first": first})
    session.commit()

    def read(clock: str) -> tuple[str, int]:
        with standing(clone, datetime.fromisoformat(f"2021-05-12T{clock}+00:00")) as past:
            found = text("SELECT status, (SELECT count(*) FROM account WHERE withdrawn_at IS NULL) FROM contact")
            status, accounts = past.execute(found).one()
            return status, accounts

    assert read("17:04:59.999999") == read("16:00:00")
    assert read("17:04:59.999999")[1] == 1
    assert read("17:05:00") == read("17:18:59.999999") == ("disputed", 2)
    assert read("17:19:00") == read("23:59:59") == read("16:00:00")
    with standing(clone, datetime(2021, 5, 12, 15, tzinfo=UTC)) as past:
        assert past.execute(text("SELECT count(*) FROM contact")).scalar_one() == 0


def test_a_write_counts_from_its_commit_however_early_it_began(clone: Database, world: World) -> None:
    """Both count in the same tie; who began first commits last."""
    slow, fast = clone.session(), clone.session()
    with slow, fast:
        slow.execute(text("SELECT current_write()"))
        made = create_contacts(fast, [call()])[0]
        instant = sealed(fast, commit(fast, Author()))
        told = now(clone, made)
        between = datetime.now(UTC)
        assert not differing(told, then(clone, between, made)), "while the first is still open"
        create_contacts(slow, [call(summary="Begun first.")])
        after = sealed(slow, commit(slow, Author()))
    assert {"ties state", "contacts 0", "months"} <= differing(told, now(clone, made))
    for moment in (instant, between, after - timedelta(microseconds=1)):
        assert not differing(told, then(clone, moment, made))
    assert not differing(now(clone, made), then(clone, after, made))


def test_an_instant_that_a_write_under_way_may_count_from_is_refused(clone: Database, world: World) -> None:
    session = world.session
    made = create_contacts(session, [call()])[0]
    settled = sealed(session, commit(session, Author()))
    told = now(clone, made)
    with clone.session() as writer:
        create_contacts(writer, [call(summary="Second.")])
        draw_revision(writer, Author(), 1)
        with pytest.raises(InvalidQuery, match="later is not settled") as refusal, standing(clone, settled):
            pass
        assert (settled - timedelta(microseconds=1)).isoformat()[:26] in str(refusal.value)
        with standing(clone, settled - timedelta(microseconds=1)) as past:
            assert past.execute(text("SELECT count(*) FROM contact")).scalar_one() == 0
        writer.commit()
    assert not differing(told, then(clone, settled, made))


def test_who_asks_for_the_newest_past_waits_for_a_commit(clone: Database, world: World) -> None:
    made = create_contacts(world.session, [call()])[0]
    commit(world.session, Author())
    with clone.session() as writer:
        create_contacts(writer, [call(summary="Second.")])
        draw_revision(writer, Author(), 1)
        ending = threading.Timer(0.2, writer.commit)
        ending.start()
        found = then(clone, datetime.now(UTC), made)
        ending.join()
    assert not differing(found, now(clone, made)), "it was sealed before it was asked for, and so it is seen"


def test_the_future_and_what_lies_before_the_past_are_refused(clone: Database, world: World) -> None:
    ahead = datetime.now(UTC) + timedelta(seconds=5)
    with pytest.raises(InvalidQuery, match="The record can be asked as it stood up to 20"), standing(clone, ahead):
        pass
    world.session.execute(text("UPDATE instance SET past_since = '2021-05-12T00:00Z'"))
    world.session.commit()
    early = datetime(2021, 5, 11, tzinfo=UTC)
    with (
        pytest.raises(InvalidQuery, match=r"keeps its past since 2021-05-12T00:00:00\.000000Z"),
        standing(clone, early),
    ):
        pass
