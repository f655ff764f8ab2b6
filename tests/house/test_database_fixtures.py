"""The database that the tests stand on: real, apart from each other, and with the service's own rights."""

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from db.engine import Database
from db.migrate import current_revision

TOPIC = text("INSERT INTO topic (slug, label) VALUES ('ceasefire', 'Ceasefire')")
COUNT = text("SELECT count(*) FROM topic")


@pytest.mark.parametrize("turn", ["first", "second"])
def test_session_leaves_nothing_even_after_commit(session: Session, turn: str) -> None:
    assert session.scalar(COUNT) == 0
    session.execute(TOPIC)
    session.commit()
    assert session.scalar(COUNT) == 1
    session.rollback()
    assert session.scalar(COUNT) == 1


@pytest.mark.parametrize("turn", ["first", "second"])
def test_clone_keeps_what_it_commits_and_nobody_else_sees_it(clone: Database, turn: str) -> None:
    with clone.session() as first:
        first.execute(TOPIC)
        first.commit()
    with clone.session() as second:
        assert second.scalar(COUNT) == 1


def test_clone_is_at_the_newest_revision(clone: Database) -> None:
    revision = current_revision(clone.url)
    assert revision is not None
    assert revision >= "0003"


def test_service_role_owns_nothing(service_role_clone: Database) -> None:
    with service_role_clone.session() as session:
        row = session.execute(
            text("SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = current_user")
        ).one()
        assert tuple(row) == (False, False, False)
        session.execute(TOPIC)
        session.commit()


@pytest.mark.parametrize("statement", ["UPDATE history SET noun = ''", "DELETE FROM revision", "TRUNCATE history"])
def test_service_role_cannot_rewrite_history(service_role_clone: Database, statement: str) -> None:
    with service_role_clone.session() as session, pytest.raises(ProgrammingError) as caught:
        session.execute(text(statement))
    assert isinstance(caught.value.orig, psycopg.errors.InsufficientPrivilege)


def test_every_test_here_that_asks_for_a_database_is_marked(request: pytest.FixtureRequest) -> None:
    items = [item for item in request.session.items if item.path == request.path]
    for item in items:
        uses = {"session", "clone", "service_role_clone"} & set(getattr(item, "fixturenames", ()))
        assert bool(uses) == (item.get_closest_marker("pg") is not None), item.name
