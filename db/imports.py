"""Imports as rows: accepted with their file, attended by whoever carries them out, read, cancelled."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from db.bulk import copy_pieces, copy_rows
from db.engine import Database, ids_of
from db.idempotency import Repeatable, try_lock
from db.queue import ATTENDED, enqueue, withdraw
from models.errors import Conflict, IdempotencyMismatch, InFlight, NotFound
from models.imports import OVER, ROW_COUNTS, Import

PREFIX: Final = "imp"
PIECE_BYTES: Final = 1 << 18
"""Of a file as it is kept: large enough that a row costs nothing, small enough to be held many times over."""
REFUSALS_AT_ONCE: Final = 1_000
BEGUN_MAX: Final = 25
"""An import that was begun so often and never ended is the reason why it never ends."""


def accept(session: Session, row: Import, pieces: Iterable[bytes]) -> tuple[Import, bool]:
    """Stores an import with its file and puts it into the queue.

    Args:
        session: to write with; nothing is committed.
        row: the import, without an id.
        pieces: its file.

    Returns:
        The import, and whether its key was known: then it is the one that the key stands for.

    Raises:
        InFlight: a request with the same key is storing its import at this moment.
        IdempotencyMismatch: the key stands for another file, or for other options.
    """
    if row.idempotency_key is not None:
        known = _known(session, row)
        if known is not None:
            return known, True
    # A file takes longer than any statement of a request may.
    session.execute(text("SET LOCAL statement_timeout = 0"))
    session.add(row)
    session.flush()
    copy_pieces(session, "import_chunk", number_of(row), pieces)
    enqueue(session, number_of(row))
    return row, False


def _known(session: Session, row: Import) -> Import | None:
    key = Repeatable(row.key_id, f"import {row.idempotency_key}", row.request_digest)
    if not try_lock(session, key):
        raise InFlight
    same = select(Import).where(
        Import.key_id == row.key_id,  # type: ignore[arg-type]
        Import.idempotency_key == row.idempotency_key,  # type: ignore[arg-type]
    )
    known: Import | None = session.scalars(same).first()
    if known is not None and bytes(known.request_digest) != row.request_digest:
        raise IdempotencyMismatch
    return known


def number_of(row: Import) -> int:
    """Returns the id of an import that is stored."""
    return row.import_id or 0


def find_import(session: Session, ref: str, *, lock: bool = False) -> Import:
    """Returns an import by its public id.

    Raises:
        NotFound: there is none.
    """
    number = ids_of(session).decode(ref, PREFIX)
    row = session.get(Import, number, with_for_update=lock or None) if number is not None else None
    if row is None:
        raise NotFound("There is no such import.")
    return row


def list_imports(session: Session, *, before: int | None, limit: int) -> tuple[int, list[Import]]:
    """Returns the graph version, and imports, the newest first.

    Args:
        session: to read with.
        before: the import after which the page begins.
        limit: most of them.
    """
    page = select(Import).order_by(Import.import_id.desc()).limit(limit)  # type: ignore[union-attr]
    if before is not None:
        page = page.where(Import.import_id < before)  # type: ignore[arg-type,operator]
    version = int(session.execute(text("SELECT coalesce(max(revision_id), 0) FROM revision")).scalar_one())
    return version, list(session.scalars(page))


def read_imports(session: Session, numbers: Iterable[int]) -> list[Import]:
    """Returns the imports with these ids, as they are now. Cost: one statement."""
    session.expire_all()
    return list(session.scalars(select(Import).where(Import.import_id.in_(list(numbers)))))  # type: ignore[union-attr]


def refusals(session: Session, import_id: int, after: int) -> list[tuple[int, int, str, str]]:
    """Returns the next faults of refused rows: ordinal, line, place and reason."""
    rows = session.execute(text(_REFUSALS), {"id": import_id, "after": after, "most": REFUSALS_AT_ONCE})
    return [(row.ordinal, row.line, row.place, row.reason) for row in rows]


def cancel(session: Session, row: Import) -> None:
    """Cancels an import: at once when nobody has begun it, else as soon as whoever is at it looks.

    Args:
        session: to write with.
        row: the import, locked.

    Raises:
        Conflict: it is over.
    """
    if row.state in OVER:
        raise Conflict(f"This import is over: it has {row.state}." if row.state != "cancelled" else _CANCELLED_BEFORE)
    row.cancel_requested = True
    if row.state == "queued":
        withdraw(session, number_of(row))
        row.state, row.ended_at = "cancelled", datetime.now(UTC)
        session.execute(text(_DROP_FILE), {"id": row.import_id})
    session.flush()


def redact(session: Session, row: Import) -> None:
    """Takes what an import says in words away for good: its file's name, reason, mapping and refusals.

    Args:
        session: to write with.
        row: the import, locked.

    Raises:
        Conflict: it is not over.
    """
    if row.state not in OVER:
        raise Conflict("This import is not over yet; cancel it first.")
    row.file_name, row.reason, row.fault, row.options = None, None, None, {}
    session.execute(text(_DROP_REFUSALS), {"id": row.import_id})
    session.flush()


def is_left_to_do(session: Session) -> bool:
    """Returns whether an import is to be carried out and nobody is at one, here or on another host."""
    return bool(session.execute(text(_LEFT_TO_DO), {"class": ATTENDED}).scalar())


class Cancelled(Exception):
    """Somebody has asked to cancel the import."""


@dataclass(slots=True)
class Attendance:
    """Whoever carries out an import: what he tells meanwhile is seen at once, whatever becomes of the load."""

    database: Database
    row: Import
    _told: int = field(default=0)

    def file(self) -> Iterator[bytes]:
        """Yields the file, piece by piece, each read in a transaction of its own."""
        for ordinal in range(-(-self.row.file_bytes // PIECE_BYTES)):
            with self.database.session() as session:
                piece = session.execute(text(_PIECE), {"id": self.row.import_id, "ordinal": ordinal}).scalar_one()
            yield bytes(piece)

    def tell(self, counts: dict[str, Any], faults: Sequence[tuple[int, str, str]] = ()) -> None:
        """Says how far it is, and adds refused rows as line, place and reason.

        Raises:
            Cancelled: somebody has asked for it.
        """
        with self.database.session() as session:
            self._add(session, faults)
            row = session.get_one(Import, self.row.import_id, with_for_update=True)
            _set(row, counts)
            asked = row.cancel_requested
            session.commit()
        if asked:
            raise Cancelled

    def _add(self, session: Session, faults: Sequence[tuple[int, str, str]]) -> None:
        rows = [(self.row.import_id, self._told + n, *fault) for n, fault in enumerate(faults, start=1)]
        copy_rows(session, "import_refusal", ("import_id", "ordinal", "line", "place", "reason"), rows)
        self._told += len(rows)

    def end(self, session: Session, state: str, counts: dict[str, Any], fault: str | None = None) -> None:
        """Ends the import with the session's next COMMIT: its file goes, its counts stay.

        Raises:
            Cancelled: somebody has asked for it before it succeeded.
        """
        row = session.get_one(Import, self.row.import_id, with_for_update=True, populate_existing=True)
        if row.cancel_requested and state == "succeeded":
            raise Cancelled
        _set(row, {**counts, "state": state, "fault": fault, "ended_at": datetime.now(UTC)})
        session.execute(text(_DROP_FILE), {"id": row.import_id})
        session.flush()


@contextmanager
def attended(database: Database, import_id: int) -> Iterator[Attendance | None]:
    """Begins an import that is not over; None when it is, or when somebody else is at it.

    The lock is held by a transaction that does nothing else, and lasts until the state is stored in which the
    import has ended: there is no moment in which it runs and nobody is at it.
    """
    with database.session() as keeper:
        lock = {"class": ATTENDED, "id": import_id}
        if not keeper.execute(text(_ATTEND), lock).scalar():
            yield None
            return
        with database.session() as session:
            row = session.get(Import, import_id, with_for_update=True)
            begun = row is not None and row.state not in OVER and _begin(session, row)
            session.commit()
        yield Attendance(database, row) if begun and row is not None else None


def _begin(session: Session, row: Import) -> bool:
    why_not = _why_not_begun(session, row)
    if row.cancel_requested or why_not is not None:
        row.state, row.fault = ("cancelled", None) if row.cancel_requested else ("failed", why_not)
        row.ended_at = datetime.now(UTC)
        session.execute(text(_DROP_FILE), {"id": row.import_id})
        return False
    session.execute(text(_DROP_REFUSALS), {"id": row.import_id})
    _set(row, {**dict.fromkeys(("bytes_read", "rows_read", *ROW_COUNTS), 0), "rules": {}, "stored": {}})
    row.state, row.started_at, row.attempts = "running", datetime.now(UTC), row.attempts + 1
    return True


def _why_not_begun(session: Session, row: Import) -> str | None:
    if row.attempts >= BEGUN_MAX:
        return _BEGUN_TOO_OFTEN
    revoked = session.execute(text(_REVOKED), {"id": row.key_id}).scalar()
    return "The key under which it was sent has been revoked; nothing was stored." if revoked else None


def _set(row: Import, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


_CANCELLED_BEFORE: Final = "This import has been cancelled."
_BEGUN_TOO_OFTEN: Final = (
    f"It was begun {BEGUN_MAX} times, and the service failed or was ended under it each time; its log says why."
)
_REVOKED: Final = "SELECT revoked_at IS NOT NULL FROM api_key WHERE key_id = :id"
_ATTEND: Final = "SELECT pg_try_advisory_xact_lock(CAST(:class AS integer), CAST(:id AS integer))"
_LEFT_TO_DO: Final = """
SELECT EXISTS (SELECT FROM import WHERE state IN ('queued', 'running')) AND NOT EXISTS (
    SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted
    AND l.classid = CAST(CAST(:class AS integer) AS oid))
"""
_PIECE: Final = "SELECT data FROM import_chunk WHERE import_id = :id AND ordinal = :ordinal"
_DROP_FILE: Final = "DELETE FROM import_chunk WHERE import_id = :id"
_DROP_REFUSALS: Final = "DELETE FROM import_refusal WHERE import_id = :id"
_REFUSALS: Final = """
SELECT ordinal, line, place, reason FROM import_refusal
WHERE import_id = :id AND ordinal > :after ORDER BY ordinal LIMIT :most
"""
