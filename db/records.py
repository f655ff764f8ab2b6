"""The verbs by which a record changes, and the history each of them leaves.

A write is explicit statements in one transaction. What it changes is remembered in the session and written
by ``seal`` as the last statements before COMMIT, under one lock, so that revisions become visible in order.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from db.journal import (
    Author,
    draw_revision,
    keep_before,
    named,
    remember,
    remember_all,
    remember_new,
    seal,
    touch,
    write_down,
)
from db.record_states import RECORDS
from models.base import Versioned
from models.errors import NotFound, StaleVersion

__all__ = [
    "Author",
    "draw_revision",
    "keep_before",
    "remember",
    "remember_all",
    "remember_new",
    "seal",
    "touch",
    "write_down",
]

REVISION_LOCK: Final = 7_263_002
Row = TypeVar("Row", bound=SQLModel)


def insert(session: Session, row: Row) -> Row:
    """Adds a record, with its id drawn, and remembers its creation."""
    session.add(row)
    session.flush()
    remember(session, row, "create")
    return row


def fetch(session: Session, table: type[Row], key: object, *, lock: bool = False) -> Row:
    """Returns a record by its primary key, locked for change when asked; what it was before is kept then.

    The lock lets others refer to the record meanwhile: two who add parts to one visit would otherwise wait
    for each other.

    Raises:
        NotFound: there is none.
    """
    # Who waited for the lock must see what the holder left, not what this session read before it waited.
    row = session.get(table, key, populate_existing=lock, with_for_update={"key_share": True} if lock else None)
    if row is None:
        raise NotFound
    if lock and table.__tablename__ in RECORDS:
        noun, number = named(row)
        keep_before(session, noun, [number])
    return row


def check_version(row: Versioned, expected: int | None) -> None:
    """Lets a change pass only when the client has seen the current version.

    Raises:
        StaleVersion: it has changed since.
    """
    if expected is not None and row.version != expected:
        raise StaleVersion


def change(session: Session, row: Any, values: Mapping[str, Any]) -> None:
    """Changes fields of a record that was fetched with a lock, raises its version and remembers it."""
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.changed_at = datetime.now(UTC)
    session.flush()
    remember(session, row, "change")


def retract(session: Session, row: Any, reason: str) -> None:
    """Takes a record that was fetched with a lock out of every answer; its history stays."""
    row.retracted_at = datetime.now(UTC)
    row.retraction_reason = reason
    row.version += 1
    row.changed_at = row.retracted_at
    session.flush()
    remember(session, row, "retract")


def restore(session: Session, row: Any) -> None:
    """Brings back a record that was fetched with a lock after it had been retracted; history keeps both."""
    row.retracted_at = None
    row.retraction_reason = None
    row.version += 1
    row.changed_at = datetime.now(UTC)
    session.flush()
    remember(session, row, "restore")


def commit(session: Session, author: Author) -> int | None:
    """Seals the history and commits; returns the revision, if anything changed."""
    number = seal(session, author)
    session.commit()
    return number
