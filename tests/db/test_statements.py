"""Hot statements: the same rows as by SQLAlchemy, refused changes, time limits, lost connections."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from db.engine import Database
from db.faults import meaning
from db.statements import fetch_all, fetch_one, heard
from models.errors import TimedOut, Unavailable

PID = "SELECT pg_backend_pid() AS pid"
TOPICS = "SELECT count(*) AS n FROM topic"
ADD_TOPIC = "INSERT INTO topic (slug, label) VALUES ('wheat', 'Wheat')"


@pytest.fixture
def narrow(service_role_clone: Database) -> Iterator[Database]:
    """The same database behind one connection, whose statements have half a second."""
    database = Database(service_role_clone.url, pool_size=1, statement_timeout_ms=500)
    yield database
    database.close()


def ended(database: Database, pid: int) -> None:
    """Ends the connection of a process of the server, as a restart would."""
    with database.session() as session:
        assert session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid}).scalar_one()


@pytest.mark.parametrize(
    ("statement", "params"),
    [
        ("SELECT :a + :b AS sum, :a AS a", {"a": 2, "b": 3, "left_over": 1}),
        ("SELECT CAST(:word AS text) AS word, '12:30'::time AS at, ':' AS colon", {"word": "a:b::c"}),
        ("SELECT '100%' AS percent, 7 % 4 AS rest, '$1' AS dollar, CAST(:x AS int) AS x", {"x": None}),
        ("SELECT (ARRAY[1, 2, 3])[1:2] AS slice, CAST(:many AS bigint[]) AS many", {"many": [1, 2**40]}),
        ("SELECT 1 AS one WHERE :never", {"never": False}),
        ("SELECT :big AS big, CAST(:half AS float) AS half", {"big": 2**62, "half": 0.5}),
    ],
)
def test_a_hot_statement_finds_what_sqlalchemy_finds(
    service_role_clone: Database, statement: str, params: dict[str, Any]
) -> None:
    with service_role_clone.reading_session() as session:
        quick = fetch_one(session, statement, params)
        slow = session.execute(text(statement), params).one_or_none()
        again = fetch_one(session, statement, params)
    assert (quick and quick._asdict()) == (slow and slow._asdict()) == (again and again._asdict())


@pytest.mark.parametrize("kind", ["reading_session", "snapshot_session"])
def test_a_reader_changes_nothing_whoever_had_the_connection_before(narrow: Database, kind: str) -> None:
    for _ in range(2):
        with getattr(narrow, kind)() as session, pytest.raises(psycopg.Error) as refused:
            fetch_one(session, ADD_TOPIC, {})
        assert refused.value.sqlstate == "25006"
        with getattr(narrow, kind)() as session, pytest.raises(DBAPIError, match="read-only"):
            session.execute(text("UPDATE topic SET label = 'x'"))
        with narrow.session() as session:
            assert session.execute(text("SELECT current_setting('transaction_read_only')")).scalar_one() == "off"
            session.execute(text("UPDATE topic SET label = label"))
            session.commit()


def test_what_a_writer_has_not_committed_is_gone(narrow: Database) -> None:
    with narrow.session() as session:
        session.execute(text(ADD_TOPIC))
    with narrow.reading_session() as session:
        assert fetch_one(session, TOPICS, {}).n == 0


def test_a_read_that_takes_too_long_is_said_to_and_its_connection_serves_on(narrow: Database) -> None:
    with narrow.reading_session() as session:
        pid = fetch_one(session, PID, {}).pid
        with pytest.raises(psycopg.errors.QueryCanceled) as late:
            fetch_one(session, "SELECT pg_sleep(:seconds)", {"seconds": 5.0})
    assert isinstance(meaning(late.value), TimedOut)
    with narrow.reading_session() as session:
        assert fetch_one(session, PID, {}).pid == pid


def test_a_connection_that_was_lost_in_the_pool_is_replaced(service_role_clone: Database, narrow: Database) -> None:
    with narrow.reading_session() as session:
        pid = fetch_one(session, PID, {}).pid
    ended(service_role_clone, pid)
    with narrow.reading_session() as session:
        assert fetch_one(session, PID, {}).pid != pid
        assert fetch_one(session, PID, {}).pid != pid


def test_a_database_that_is_away_is_said_to_be(service_role_clone: Database) -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/nothing")
    nowhere.ids = service_role_clone.ids
    with nowhere.reading_session() as session, pytest.raises(psycopg.Error) as away:
        fetch_one(session, PID, {})
    assert isinstance(meaning(away.value), Unavailable)


def test_statements_of_a_snapshot_see_one_state_and_those_of_a_reader_the_newest(service_role_clone: Database) -> None:
    with service_role_clone.snapshot_session() as still, service_role_clone.reading_session() as moving:
        before = [fetch_one(session, TOPICS, {}).n for session in (still, moving)]
        with service_role_clone.session() as session:
            session.execute(text(ADD_TOPIC))
            session.commit()
        after = [fetch_one(session, TOPICS, {}).n for session in (still, moving)]
    assert (before, after) == ([0, 0], [0, 1])


def test_all_rows_come_in_their_order_and_in_the_transaction(narrow: Database) -> None:
    with narrow.session() as session:
        assert fetch_all(session, "SELECT slug FROM topic", {}) == []
        session.execute(text(ADD_TOPIC))
        assert [row.slug for row in fetch_all(session, "SELECT slug FROM topic", {})] == ["wheat"]
        numbers = fetch_all(session, "SELECT n FROM unnest(CAST(:many AS bigint[])) n", {"many": [3, 1, 2]})
    assert [row.n for row in numbers] == [3, 1, 2]


def test_who_listens_hears_hot_and_other_statements(service_role_clone: Database) -> None:
    service_role_clone.ids  # noqa: B018 - kept from now on, and not what is listened for.
    with heard(service_role_clone) as sent, service_role_clone.reading_session() as session:
        fetch_one(session, "SELECT CAST(:a AS int) AS a", {"a": 1})
        session.execute(text("SELECT 2"))
    with service_role_clone.reading_session() as session:
        fetch_one(session, "SELECT 3 AS three", {})
    assert [(one.sql, dict(one.params)) for one in sent] == [
        ("SELECT CAST(:a AS int) AS a", {"a": 1}),
        ("SELECT 2", {}),
    ]
