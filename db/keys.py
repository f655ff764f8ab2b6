"""API keys in the database: made, found, listed, rotated, revoked. Only digests of keys are ever stored."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import Any, Final

from sqlalchemy import func, literal, null, select, text, true
from sqlalchemy.orm import Session, aliased
from sqlmodel import col

from db.engine import Database, ids_of
from db.records import keep_before, remember
from db.references import KEY
from models.errors import Detail, InvalidRecord, NotAuthenticated, NotFound, Retracted
from models.history import Revision
from models.key_text import KeyText, make_key_text
from models.keys import ApiKey, KeyIn, KeyMade, KeyOut

KEPT_SECONDS: Final = 0.8
"""How long a process believes a key without asking: a revocation holds everywhere within a second."""
KEPT_MAX: Final = 10_000
TOUCHED_SECONDS: Final = 60
LAST_EXPIRY: Final = datetime(9999, 12, 30, tzinfo=UTC)
NO_DIGEST: Final = bytes(32)

_FIND: Final = text(
    "SELECT key_id, digest, scopes, expires_at, revoked_at, last_used_at FROM api_key WHERE name_token = :token"
)
_TOUCH: Final = text(
    "UPDATE api_key SET last_used_at = :now WHERE key_id = :key_id AND (last_used_at IS NULL OR last_used_at < :before)"
)


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What a request needs to know about its key."""

    key_id: int
    scopes: frozenset[str]
    expires_at: datetime | None


class Keyring:
    """The keys one process has seen within the last second; safe to use from many threads."""

    def __init__(self, database: Database, *, seconds: Callable[[], float] = time.monotonic) -> None:
        """Starts empty.

        Args:
            database: that holds the keys.
            seconds: a clock that never goes back.
        """
        self._database = database
        self._seconds = seconds
        self._kept: dict[bytes, tuple[float, KeyFacts]] = {}
        self._mutex = threading.Lock()

    def kept(self, key: KeyText) -> KeyFacts | None:
        """Returns a key's facts when they are fresh, without asking the database."""
        found = self._kept.get(key.digest)
        if found is None or self._seconds() - found[0] > KEPT_SECONDS:
            return None
        return _unexpired(found[1])

    def find(self, key: KeyText) -> KeyFacts:
        """Returns a key's facts, and notes in the database, at most once a minute, that it was used.

        Raises:
            NotAuthenticated: there is no such key, or it is revoked or has expired.
        """
        facts = self.kept(key)
        if facts is None:
            # Taken before the look-up: a revocation during it must not be hidden for longer.
            asked = self._seconds()
            facts = _look_up(self._database, key)
            with self._mutex:
                if len(self._kept) >= KEPT_MAX:
                    self._kept.clear()
                self._kept[key.digest] = (asked, facts)
        return facts

    def forget(self) -> None:
        """Forgets all, so that a change made here holds here at once."""
        with self._mutex:
            self._kept.clear()


def _look_up(database: Database, key: KeyText) -> KeyFacts:
    now = datetime.now(UTC)
    with database.engine.begin() as connection:
        row = connection.execute(_FIND, {"token": key.token}).one_or_none()
        # Compared even when there is no such key: the time must not tell which ids exist.
        same = compare_digest(bytes(row.digest) if row else NO_DIGEST, key.digest)
        if row is None or not same:
            raise NotAuthenticated("This key is not known here.")
        if row.revoked_at is not None:
            raise NotAuthenticated("This key has been revoked.")
        facts = _unexpired(KeyFacts(row.key_id, frozenset(row.scopes), row.expires_at))
        before = now - timedelta(seconds=TOUCHED_SECONDS)
        if row.last_used_at is None or row.last_used_at < before:
            connection.execute(_TOUCH, {"now": now, "key_id": row.key_id, "before": before})
    return facts


def _unexpired(facts: KeyFacts) -> KeyFacts:
    if facts.expires_at is not None and facts.expires_at <= datetime.now(UTC):
        raise NotAuthenticated("This key has expired.")
    return facts


def make_key(session: Session, wanted: KeyIn) -> KeyMade:
    """Adds a key; its text is returned this once.

    Raises:
        InvalidRecord: it would have expired already.
    """
    key = make_key_text()
    row = ApiKey.model_validate(
        {
            "name_token": key.token,
            "name": wanted.name,
            "digest": key.digest,
            "scopes": sorted(set(wanted.scopes)),
            "created_at": datetime.now(UTC),
            "expires_at": _checked_expiry(wanted.expires_at),
        }
    )
    session.add(row)
    session.flush()
    remember(session, row, "create")
    return KeyMade(**key_out(session, row).model_dump(), key=key.text)


def _checked_expiry(expires_at: datetime | None) -> datetime | None:
    if expires_at is None:
        return None
    said = "Give an instant in the future with its offset, such as 2030-01-01T00:00:00Z."
    refusal = InvalidRecord(said, errors=[Detail("not_in_the_future", said, pointer="/expires_at")])
    try:
        instant = expires_at.astimezone(UTC) if expires_at.tzinfo is not None else None
    except OverflowError as error:
        raise refusal from error
    if instant is None or not datetime.now(UTC) < instant <= LAST_EXPIRY:
        raise refusal
    return instant


def key_out(session: Session, row: ApiKey) -> KeyOut:
    """Returns a key as the service answers it."""
    known: dict[str, Any] = row.model_dump(exclude={"key_id", "name_token", "digest"})
    return KeyOut(id=ids_of(session).encode(KEY.prefix, row.key_id or 0), **known)


@dataclass(frozen=True, slots=True)
class KeyList:
    """Some keys, the place after which the next page begins, the graph version, and how many there are if asked."""

    items: list[KeyOut]
    next_place: int | None
    graph_version: int
    total: int | None


def list_keys(session: Session, *, after: int, limit: int, count: bool = False) -> KeyList:
    """Returns keys in the order they were made.

    Cost: one statement.
    """
    number, version = col(ApiKey.key_id), select(func.coalesce(func.max(Revision.revision_id), 0)).scalar_subquery()
    total = select(func.count()).select_from(ApiKey).scalar_subquery() if count else null()
    page = select(ApiKey).where(number > after).order_by(number).limit(limit + 1).subquery()
    row = aliased(ApiKey, page)
    # The version stands even beside an empty page.
    found = session.execute(
        select(version, total, row)
        .select_from(select(literal(1)).subquery())
        .outerjoin(row, true())
        .order_by(page.c.key_id)
    ).all()
    rows = [key for *_, key in found if key is not None]
    place = rows[limit - 1].key_id if len(rows) > limit else None
    return KeyList([key_out(session, key) for key in rows[:limit]], place, *found[0][:2])


def find_key(session: Session, public_id: str, *, lock: bool = False) -> ApiKey:
    """Returns a key by its public id.

    Raises:
        NotFound: there is none.
    """
    number = ids_of(session).decode(public_id, KEY.prefix)
    row = session.get(ApiKey, number, with_for_update=lock or None) if number is not None else None
    if row is None:
        raise NotFound
    if lock:
        keep_before(session, KEY.name, [row.key_id or 0])
    return row


def revoke_key(session: Session, public_id: str) -> KeyOut:
    """Ends a key now; ending it again changes nothing."""
    row = find_key(session, public_id, lock=True)
    if row.revoked_at is None:
        row.revoked_at = datetime.now(UTC)
        session.flush()
        remember(session, row, "retract")
    return key_out(session, row)


def rotate_key(session: Session, public_id: str, *, overlap: timedelta) -> KeyMade:
    """Makes a successor with the same name, scopes and length of life; the old key ends after the overlap.

    Raises:
        Retracted: the key is revoked or has expired, and needs no successor but a new key.
    """
    old, now = find_key(session, public_id, lock=True), datetime.now(UTC)
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
        raise Retracted("This key is revoked or has expired; make a new one.")
    life = old.expires_at - old.created_at if old.expires_at and old.created_at else None
    expires_at = min(now + life, LAST_EXPIRY) if life else None
    wanted = KeyIn.model_validate({"name": old.name, "scopes": old.scopes, "expires_at": expires_at})
    made = make_key(session, wanted)
    old.expires_at = min(now + overlap, old.expires_at or LAST_EXPIRY)
    session.flush()
    remember(session, old, "change")
    return made
