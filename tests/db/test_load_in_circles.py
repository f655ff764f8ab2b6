"""A load and other writers who wait for each other: the load is done all the same, and no writer waits for nothing."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.affiliations import create_affiliation
from db.contacts import create_contacts
from db.edges import LADDER_LOCK
from db.engine import Database
from db.loading import Loading
from db.records import commit
from db.references import ACTOR, resolve
from models.affiliations import AffiliationIn
from models.errors import ReadoutError, Unavailable
from tests.db.test_load_beside_writers import AUTHOR, TIE, begun, contact, report, sound

KNOWN: Final = contact("known", accounts=[report("one")])
"""A contact that stands before the load."""
LOOKED_SECONDS: Final = 1.2
"""After which the server has looked for a circle on behalf of who waits, once: who comes to wait later is ended."""


def tie_of_the_pair(session: Session) -> None:
    create_contacts(session, [contact("of the pair")])


def row_of_the_contact(session: Session) -> None:
    create_contacts(session, [contact("beside", participants=[{"actor": "france"}, {"actor": "china"}])])
    session.execute(text("SELECT FROM contact WHERE contact_id = :id FOR UPDATE"), {"id": number_of(session, "known")})


def ladder_only(session: Session) -> None:
    create_contacts(session, [contact("beside", participants=[{"actor": "france"}, {"actor": "china"}])])


def number_of(session: Session, value: str) -> int:
    found = "SELECT contact_id FROM contact_identifier WHERE value = :value"
    return int(session.execute(text(found), {"value": value}).scalar_one())


def add_to_the_contact(loading: Loading) -> None:
    loading.contact(contact("known", accounts=[report("two")]), grows=True)


def affiliate_somebody_known(loading: Loading) -> None:
    loading.affiliation("france", AffiliationIn(relation="member_of", target="asean"))
    loading.contact(contact("2"))


def no_more(loading: Loading) -> None:
    """What the load wants of the other comes with its end."""
    del loading


@contextmanager
def in_the_way(database: Database, holding: Callable[[Session], None]) -> Iterator[Callable[[], Future[str]]]:
    """A writer who holds what the load is going to want, and then, in a thread, wants what the load holds."""
    with database.session() as session, ThreadPoolExecutor(1) as pool:
        session.execute(text("SET LOCAL lock_timeout = '2800ms'"))
        holding(session)

        def want() -> str:
            try:
                create_contacts(session, [contact("1", participants=[{"actor": "france"}, {"actor": "china"}])])
            except (DBAPIError, psycopg.Error, ReadoutError) as error:
                cause = error.orig if isinstance(error, DBAPIError) else error
                session.rollback()
                return str(getattr(cause, "sqlstate", type(cause).__name__))
            return "went through"

        yield lambda: pool.submit(want)


def waits(database: Database) -> bool:
    """Whether anybody waits for a lock."""
    with database.session() as session:
        here = "datname = current_database() AND wait_event_type = 'Lock'"
        found = f"SELECT EXISTS (SELECT FROM pg_stat_activity WHERE {here})"
        return bool(session.execute(text(found)).scalar())


def until(condition: Callable[[], bool]) -> None:
    for _ in range(600):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to that")


@pytest.mark.parametrize(
    ("holding", "wanting"),
    [
        (tie_of_the_pair, no_more),
        pytest.param(row_of_the_contact, add_to_the_contact, marks=pytest.mark.long),
        (ladder_only, affiliate_somebody_known),
    ],
    ids=lambda one: str(one.__name__),
)
def test_a_load_that_stands_in_a_circle_is_done_all_the_same(
    clone: Database, holding: Callable[[Session], None], wanting: Callable[[Loading], None]
) -> None:
    with begun(clone) as (session, loading):
        loading.contact(KNOWN)
        loading.flush()
        commit(session, AUTHOR)
    with begun(clone) as (session, loading), in_the_way(clone, holding) as want:
        loading.contact(contact("1"))
        # One of a key that waits already: the batch before it is written.
        loading.contact(contact("1"))
        told = want()
        until(lambda: waits(clone))
        time.sleep(LOOKED_SECONDS)
        wanting(loading)
        fates = [one.fate for one in loading.flush()]
        assert "refused" not in fates
        commit(session, AUTHOR)
        assert told.result() == "55P03"
        assert session.execute(text(TIE)).scalar() == 2 + (wanting is affiliate_somebody_known)
    assert sound(clone)


def test_who_corrects_a_tenure_beside_a_load_is_told_so_and_keeps_nobody_waiting(clone: Database) -> None:
    with begun(clone) as (session, loading), ThreadPoolExecutor(1) as pool:
        loading.contact(contact("1"))

        def correct() -> Any:
            with clone.session() as other:
                ends = resolve(other, ACTOR, ["france", "asean"])
                other.execute(text("SET LOCAL lock_timeout = '1s'"))
                body = AffiliationIn(relation="member_of", target="asean")
                with pytest.raises(Unavailable) as told:
                    create_affiliation(other, ends["france"], ends["asean"], body)
                return told.value.detail

        told = pool.submit(correct)
        while not told.done():
            with clone.session() as other:
                other.execute(text("SET LOCAL lock_timeout = '200ms'"))
                other.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": LADDER_LOCK})
        assert "An import is being loaded" in told.result()
        loading.flush()
        commit(session, AUTHOR)
    assert sound(clone)
