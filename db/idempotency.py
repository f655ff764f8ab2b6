"""The first answer to a request with an Idempotency-Key, kept in the transaction that the request made."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.errors import IdempotencyMismatch, InFlight
from models.history import Idempotency

KEPT: Final = timedelta(hours=24)
PRUNED_MAX: Final = 100

_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(:lock)")
_PRUNE: Final = text(
    "DELETE FROM idempotency WHERE (key_id, idempotency_key) IN ("
    "SELECT key_id, idempotency_key FROM idempotency WHERE stored_at < :before"
    " ORDER BY stored_at LIMIT :most FOR UPDATE SKIP LOCKED)"
)


@dataclass(frozen=True, slots=True)
class Repeatable:
    """One request as its repetitions are known: by key and digest."""

    key_id: int
    idempotency_key: str
    request_digest: bytes

    @property
    def lock(self) -> int:
        """The number of the advisory lock that the request holds until its transaction ends."""
        digest = hashlib.sha256(f"idempotency {self.key_id} {self.idempotency_key}".encode()).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer that was given."""

    status: int
    headers: dict[str, str]
    body: bytes


def claim(session: Session, request: Repeatable) -> StoredAnswer | None:
    """Claims the key for this transaction, or returns the answer it already has.

    A unique insert alone would wait for the other transaction; the lock says at once that there is one.

    Raises:
        InFlight: a request with this key is still being carried out.
        IdempotencyMismatch: the key was used for another request.
    """
    if not try_lock(session, request):
        raise InFlight
    row = session.get(Idempotency, (request.key_id, request.idempotency_key))
    if row is None:
        return None
    if row.stored_at is not None and row.stored_at < datetime.now(UTC) - KEPT:
        session.delete(row)
        session.flush()
        return None
    if bytes(row.request_digest) != request.request_digest:
        raise IdempotencyMismatch
    return StoredAnswer(row.status, dict(row.headers), bytes(row.body))


def try_lock(session: Session, request: Repeatable) -> bool:
    """Takes the advisory lock of a key until the end of the transaction; returns whether nobody else had it."""
    return bool(session.scalar(_LOCK, {"lock": request.lock}))


def store(session: Session, request: Repeatable, answer: StoredAnswer) -> None:
    """Stores an answer, to be committed together with what the request did."""
    session.add(
        Idempotency(
            key_id=request.key_id,
            idempotency_key=request.idempotency_key,
            request_digest=request.request_digest,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            stored_at=datetime.now(UTC),
        )
    )
    session.flush()


def prune(session: Session) -> None:
    """Deletes some answers that nobody can ask for any more."""
    session.execute(_PRUNE, {"before": datetime.now(UTC) - KEPT, "most": PRUNED_MAX})
