"""Hot statements: sent to the driver as they are, over the same pool, without being compiled for every request.

SQLAlchemy's way of one statement costs as much as PostgreSQL's work on a tie, and BEGIN and COMMIT are two more trips.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import psycopg
from psycopg.rows import namedtuple_row
from psycopg.types.numeric import Int8
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from db.bulk import raw
from db.engine import Database, ReadingSession, SnapshotSession

KEPT_MAX: Final = 1_000
"""Statements that differ in their filters, not in the values of these."""
_PLACE: Final = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")
"""A place for a value as `sqlalchemy.text` knows it."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement as it was sent, and its parameters."""

    sql: str
    params: Mapping[str, Any]


def fetch_one(session: Session, statement: str, params: Mapping[str, Any]) -> Any:
    """Returns the first row of a statement, its columns by name, or None.

    Args:
        session: of a reader that keeps no transaction, the statement has a connection and a transaction of its own;
            of any other, that of the session.
        statement: with places such as ``:name``.
        params: the values of the places; more may be given.

    Cost: one trip to the server.
    """
    _tell(session, statement, params)
    if not isinstance(session, ReadingSession) or session.in_transaction():
        return _run(raw(session), statement, params).fetchone()
    borrowed = session.engine.raw_connection()
    try:
        connection: Any = borrowed.driver_connection
        try:
            return _run(connection, statement, params).fetchone()
        except psycopg.OperationalError as error:
            if not connection.broken:
                raise
            borrowed.invalidate(error)
    finally:
        borrowed.close()
    # It had been lost while it lay in the pool. SQLAlchemy renews the whole pool when it meets another such one.
    return session.execute(text(statement), params).one_or_none()


def fetch_all(session: Session, statement: str, params: Mapping[str, Any]) -> list[Any]:
    """Returns all rows of a statement, their columns by name, in the transaction of the session.

    Args:
        session: whose connection is used.
        statement: with places such as ``:name``.
        params: the values of the places; more may be given.

    Cost: one trip to the server.
    """
    _tell(session, statement, params)
    return _run(raw(session), statement, params).fetchall()


def fetch_rows(session: Session, statement: str, params: Mapping[str, Any]) -> Sequence[Any]:
    """Returns all rows of a statement, their columns by name, whatever the session is for.

    Args:
        session: of a reader of one state that has begun, the statement is sent as it is; of any other, compiled, so
            that SQLAlchemy knows what becomes of a write, or of a connection that was lost.
        statement: with places such as ``:name``.
        params: the values of the places; more may be given.

    Cost: one trip to the server.
    """
    if isinstance(session, SnapshotSession) and session.in_transaction():
        return fetch_all(session, statement, params)
    return session.execute(text(statement), dict(params)).all()


def _tell(session: Session, statement: str, params: Mapping[str, Any]) -> None:
    if hear := session.info.get("hear"):
        hear(statement, params)


def _run(connection: "psycopg.Connection[Any]", statement: str, params: Mapping[str, Any]) -> "psycopg.Cursor[Any]":
    sql, names = _numbered(statement)
    cursor = psycopg.RawCursor(connection, row_factory=namedtuple_row)
    return cursor.execute(sql, [_sent(params[name]) for name in names])


def _sent(value: Any) -> Any:
    # The driver gives small numbers small types, and a statement would be prepared once for each mixture of these.
    return Int8(value) if type(value) is int else value


@lru_cache(KEPT_MAX)
def _numbered(statement: str) -> tuple[bytes, tuple[str, ...]]:
    """Returns a statement with the places that PostgreSQL itself knows, and the names of these in their order."""
    names = tuple(dict.fromkeys(_PLACE.findall(statement)))
    places = {name: f"${number}" for number, name in enumerate(names, start=1)}
    return _PLACE.sub(lambda found: places[found[1]], statement).encode(), names


@contextmanager
def heard(database: Database) -> Iterator[list[Sent]]:
    """Gives the list of every statement that is sent through a database from now on, begin and commit apart."""
    sent: list[Sent] = []

    def compiled(*given: Any) -> None:
        sent.append(Sent(given[2], given[3]))

    database.hear = lambda statement, params: sent.append(Sent(statement, dict(params)))
    event.listen(database.reading_engine, "before_cursor_execute", compiled)
    try:
        yield sent
    finally:
        database.hear = None
        event.remove(database.reading_engine, "before_cursor_execute", compiled)
