"""The verbs by which a record changes, and the history each of them leaves.

A write is explicit statements in one transaction. Entries of history gather in the session and are written
by ``seal`` as the last statements before COMMIT, under one lock, so that revisions become visible in order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar, cast

from sqlalchemy import insert as sql_insert
from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from models.base import Versioned
from models.errors import NotFound, StaleVersion
from models.history import History, Revision

REVISION_LOCK: Final = 7_263_002
MOST_TOUCHED: Final = 5_000
"""Contacts that one revision names as moved; beyond it reading edges anew costs less than mending what is kept."""
Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes the record, by which request, and why."""

    key_id: int | None = None
    request_id: str | None = None
    reason: str | None = None


def noun_of(row: SQLModel) -> str:
    """Returns the noun under which a row's history is kept."""
    return cast("str", type(row).__tablename__)


def record_id(row: SQLModel) -> int:
    """Returns the integer id of a row: the column named after its noun."""
    return cast("int", getattr(row, f"{noun_of(row)}_id"))


def remember(
    session: Session,
    row: SQLModel | tuple[str, int],
    action: str,
    *,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> None:
    """Keeps one entry of history until the transaction is sealed.

    Args:
        session: of the change.
        row: the record, or its noun and id where it is written without an object.
        action: a word of models.history.
        before: the record as it was.
        after: the record as it is.
    """
    noun, number = row if isinstance(row, tuple) else (noun_of(row), record_id(row))
    entry = {"noun": noun, "record_id": number, "action": action, "before": before, "after": after}
    session.info.setdefault("entries", []).append(entry)


def touch(session: Session, contact_ids: Iterable[int]) -> None:
    """Remembers until the transaction is sealed that the incidences or edges of these contacts moved."""
    session.info.setdefault("touched", set()).update(contact_ids)


def document(row: SQLModel, parts: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Returns a row as JSON values, with its dependent rows under their names."""
    return {**row.model_dump(mode="json", exclude={"search", "keys", "known_from"}), **(parts or {})}


def insert(session: Session, row: Row, parts: Mapping[str, Any] | None = None) -> Row:
    """Adds a record, with its id drawn, and remembers its creation."""
    session.add(row)
    session.flush()
    remember(session, row, "create", before=None, after=document(row, parts))
    return row


def fetch(session: Session, table: type[Row], key: object, *, lock: bool = False) -> Row:
    """Returns a record by its primary key, locked for change when asked.

    The lock lets others refer to the record meanwhile: two who add parts to one visit would otherwise wait
    for each other.

    Raises:
        NotFound: there is none.
    """
    # Who waited for the lock must see what the holder left, not what this session read before it waited.
    row = session.get(table, key, populate_existing=lock, with_for_update={"key_share": True} if lock else None)
    if row is None:
        raise NotFound
    return row


def check_version(row: Versioned, expected: int | None) -> None:
    """Lets a change pass only when the client has seen the current version.

    Raises:
        StaleVersion: it has changed since.
    """
    if expected is not None and row.version != expected:
        raise StaleVersion


def change(session: Session, row: Any, values: Mapping[str, Any], *, before: dict[str, Any] | None = None) -> None:
    """Changes fields of a record, raises its version and remembers both states."""
    before = before or document(row)
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.changed_at = datetime.now(UTC)
    session.flush()
    remember(session, row, "change", before=before, after=document(row))


def retract(session: Session, row: Any, reason: str) -> None:
    """Takes a record out of every answer; its history stays."""
    before = document(row)
    row.retracted_at = datetime.now(UTC)
    row.retraction_reason = reason
    row.version += 1
    row.changed_at = row.retracted_at
    session.flush()
    remember(session, row, "retract", before=before, after=document(row))


def seal(session: Session, author: Author) -> int | None:
    """Writes the gathered history under the revision lock; call it last before COMMIT.

    Returns:
        The revision, which is the graph version, or None when nothing changed.
    """
    entries = session.info.pop("entries", [])
    touched = sorted(session.info.pop("touched", ()))
    if not entries and not touched:
        return None
    number = draw_revision(session, author, len(entries), touched if len(touched) <= MOST_TOUCHED else None)
    rows = [{"revision_id": number, "ordinal": i, **entry} for i, entry in enumerate(entries)]
    if rows:
        session.execute(sql_insert(History), rows)
    return number


def draw_revision(session: Session, author: Author, changes: int, touched: list[int] | None = None) -> int:
    """Adds a revision under the revision lock, held until COMMIT, and returns its number.

    Args:
        session: of the change.
        author: who changed the record.
        changes: entries of history.
        touched: contacts whose incidences or edges moved; None = not known which.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": REVISION_LOCK})
    revision = Revision(
        key_id=author.key_id,
        request_id=author.request_id,
        reason=author.reason,
        changes=changes,
        touched=touched,
    )
    session.add(revision)
    session.flush()
    return cast("int", revision.revision_id)


def commit(session: Session, author: Author) -> int | None:
    """Seals the history and commits; returns the revision, if anything changed."""
    number = seal(session, author)
    session.commit()
    return number
