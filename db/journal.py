"""Entries of history and the revisions that seal them, chained by hash.

What a verb remembers is only that a record changes. Before the first statement that changes it its state is read
(``keep_before``), at the end of the transaction again, and both are written as one entry: what the tables hold is
what history says. Entries are written before the lock that orders revisions is taken, so that it is held briefly.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final, cast

from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from db.bulk import copy_rows
from db.record_states import RECORDS, Number, State, chunks, read_states
from models.chain import SALT_BYTES, canonical, digest_of_texts
from models.vocabulary import Action

MOST_TOUCHED: Final = 5_000
"""Contacts that one revision names as moved; beyond it reading edges anew costs less than mending what is kept."""
STRENGTH: Final[tuple[Action, ...]] = ("change", "restore", "retract", "unmerge", "merge", "create", "erase")
"""Of two words for one record in one transaction, the later in this row is the one that history keeps."""
COLUMNS: Final = (
    *("log_id", "ordinal", "noun", "record_id", "contact_id", "action", "before", "after"),
    *("salt", "digest"),
)
Named = tuple[str, Number]


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes the record, by which request, and why."""

    key_id: int | None = None
    request_id: str | None = None
    reason: str | None = None


@dataclass(slots=True)
class Log:
    """The entries of one transaction as far as they are written: their number, and the digest over their digests.

    The digest is what ``models.chain.entries_digest`` makes of them all, but no more than one is kept.
    """

    log_id: int
    transaction: Any = None
    entries: int = 0
    digest: Any = field(default_factory=sha256)

    def add(self, digest: bytes) -> None:
        """Counts in one more entry."""
        self.digest.update(digest)
        self.entries += 1


def named(row: SQLModel) -> Named:
    """Returns the noun under which a row's history is kept, and its number."""
    noun = cast("str", type(row).__tablename__)
    record = RECORDS[noun]
    own = cast("int", getattr(row, record.key))
    return (noun, (cast("int", row.contact_id), own)) if record.of_contact else (noun, own)  # type: ignore[attr-defined]


def keep_before(session: Session, noun: str, numbers: Iterable[Number]) -> None:
    """Reads records as they are, before this transaction changes them; ``fetch`` with a lock does it.

    Whoever changes many records at once locks them, calls this, changes them, and calls ``remember_all``.

    Cost: one statement for each thousand.
    """
    before, pending = _before(session), _pending(session)
    fresh = [number for number in numbers if (noun, number) not in before and (noun, number) not in pending]
    for some in chunks(fresh):
        found = read_states(session, noun, some)
        before.update({(noun, number): found.get(number) for number in some})


def remember(session: Session, row: SQLModel | Named, action: Action) -> None:
    """Keeps until the transaction is sealed that a record changed; its state is read then.

    Args:
        session: of the change.
        row: the record, or its noun and number where it is written without an object. What belongs to a contact
            (an account, a commitment) has the contact's id and its own as its number.
        action: what became of it. A record that was not made in this transaction has been through ``keep_before``.
    """
    one = row if isinstance(row, tuple) else named(row)
    remember_all(session, one[0], [one[1]], action)


def remember_all(session: Session, noun: str, numbers: Iterable[Number], action: Action) -> None:
    """Keeps until the transaction is sealed that many records of one noun changed: for bulk writes.

    Cost: nothing now. Sealing takes two statements for each thousand.
    """
    pending, made = _pending(session), _made(session)
    for number in numbers:
        former = pending.get((noun, number), action)
        pending[(noun, number)] = max(former, action, key=STRENGTH.index)
        # What changes after it was made is read again.
        made.pop((noun, number), None)


def remember_new(session: Session, noun: str, states: Mapping[Any, State]) -> None:
    """Keeps until the transaction is sealed that records of one noun were made, whose states are at hand.

    Args:
        session: of the change, in which the records are stored by now.
        noun: of the records.
        states: by number, as ``db.record_states`` would read them; that saves reading them.
    """
    remember_all(session, noun, states, "create")
    _made(session).update({(noun, number): state for number, state in states.items()})


def forget(session: Session, number: int, entries: list[list[Any]], *, reason: str | None = None) -> None:
    """Keeps until the transaction is sealed which entries lost content by the erasure of a record.

    Args:
        session: of the erasure.
        number: of the record, or of the revision that lost its reason.
        entries: each by its log and ordinal, with the digest of what is left of it, in hex; None = nothing is.
        reason: digest of the reason that the revision lost, in hex.
    """
    lost = {} if reason is None else {"reason": reason}
    session.info["forgotten"] = {"noun": "history", "record_id": number, "after": {"entries": entries, **lost}}


def touch(session: Session, contact_ids: Iterable[int]) -> None:
    """Remembers until the transaction is sealed that the incidences or edges of these contacts moved."""
    found: set[int] = session.info.setdefault("touched", set())
    if len(found) <= MOST_TOUCHED:
        found.update(contact_ids)


def seal(session: Session, author: Author) -> int | None:
    """Writes the gathered history and draws the revision; call it last before COMMIT.

    Returns:
        The revision, which is the graph version, or None when nothing changed.
    """
    write_down(session)
    touched = sorted(session.info.pop("touched", ()))
    log = _log(session)
    session.info.pop("log", None)
    if not touched and (log is None or not log.entries):
        return None
    named_ones = touched if len(touched) <= MOST_TOUCHED else None
    return draw_revision(session, author, log.entries if log else 0, touched=named_ones, log=log)


def write_down(session: Session) -> None:
    """Writes the entries of what has changed so far, so that a long transaction need not keep it in mind.

    A record that changes again after that has a further entry. Call it outside of savepoints only: what is rolled
    back to one must take nothing with it that was counted here.
    """
    pending, before, made = (session.info.pop(name, {}) for name in ("pending", "before", "made"))
    if not pending and "forgotten" not in session.info:
        return
    session.flush()
    log = _log(session) or Log(_next_log(session), session.get_transaction())
    session.info["log"] = log
    _write_entries(session, log, pending, (before, made))


def _log(session: Session) -> Log | None:
    """Returns the log of this transaction; one that was rolled back left none."""
    log: Log | None = session.info.get("log")
    return log if log is not None and log.transaction is session.get_transaction() else None


def draw_revision(
    session: Session,
    author: Author,
    changes: int,
    *,
    touched: list[int] | None = None,
    log: Log | None = None,
) -> int:
    """Adds a revision under the revision lock, held until COMMIT, and returns its number.

    Args:
        session: of the change.
        author: who changed the record.
        changes: how many records, or derived rows, changed.
        touched: contacts whose incidences or edges moved; None = not known which.
        log: its entries; None = it has none.
    """
    log = log or Log(_next_log(session))
    salt = secrets.token_bytes(SALT_BYTES) if author.reason is not None else None
    said = {
        "log_id": log.log_id,
        "key_id": author.key_id,
        "request_id": author.request_id,
        "reason": author.reason,
        "reason_salt": salt,
        "changes": changes,
        "touched": touched,
        "entries": log.digest.digest(),
    }
    return int(session.execute(text(_SEAL), said).scalar_one())


def _write_entries(
    session: Session,
    log: Log,
    pending: dict[Named, Action],
    known: tuple[dict[Named, State | None], dict[Named, State]],
) -> None:
    """Writes one entry for each record, in the order in which they changed first.

    Args:
        session: of the change.
        log: of its entries.
        pending: what became of each record.
        known: the states before the change, and those of records that it made, as far as they are at hand.
    """
    before, made = known
    forgotten = session.info.pop("forgotten", None)
    if forgotten is not None:
        _copy_entries(session, [{**forgotten, "contact_id": None, "action": "erase", "before": None}], log)
    for some in chunks(pending):
        after = made if all(one in made for one in some) else made | _after(session, [o for o in some if o not in made])
        found = (_entry(one, pending[one], before, after) for one in some)
        _copy_entries(session, [entry for entry in found if entry is not None], log)


def _copy_entries(session: Session, rows: Sequence[dict[str, Any]], log: Log) -> None:
    for row in rows:
        row |= {"log_id": log.log_id, "ordinal": log.entries, "salt": secrets.token_bytes(SALT_BYTES)}
        row |= {side: None if row[side] is None else canonical(row[side]) for side in ("before", "after")}
        row["digest"] = digest_of_texts(row["salt"], row)
        log.add(row["digest"])
        row |= {side: None if row[side] is None else row[side].decode() for side in ("before", "after")}
    copy_rows(session, "history", COLUMNS, ([row[column] for column in COLUMNS] for row in rows))


def _after(session: Session, some: Sequence[Named]) -> dict[Named, State]:
    nouns = dict.fromkeys(noun for noun, _ in some)
    return {
        (noun, number): state
        for noun in nouns
        for number, state in read_states(session, noun, [number for other, number in some if other == noun]).items()
    }


def _entry(
    one: Named, action: Action, before: dict[Named, State | None], after: dict[Named, State]
) -> dict[str, Any] | None:
    """Returns an entry, or None when the record is what it was."""
    noun, number = one
    # Whoever changes a record without reading it before has made a mistake: KeyError.
    was = None if action in ("create", "erase") else before[one]
    now = after.get(one)
    if was == now and action != "erase":
        return None
    contact, own = number if isinstance(number, tuple) else (None, number)
    return {"noun": noun, "record_id": own, "contact_id": contact, "action": action, "before": was, "after": now}


def _next_log(session: Session) -> int:
    return int(session.execute(text("SELECT nextval('log_id_seq')")).scalar_one())


def _pending(session: Session) -> dict[Named, Action]:
    return cast("dict[Named, Action]", session.info.setdefault("pending", {}))


def _made(session: Session) -> dict[Named, State]:
    return cast("dict[Named, State]", session.info.setdefault("made", {}))


def _before(session: Session) -> dict[Named, State | None]:
    return cast("dict[Named, State | None]", session.info.setdefault("before", {}))


_SEAL: Final = """
SELECT seal_revision(:log_id, CAST(:key_id AS bigint), CAST(:request_id AS text), CAST(:reason AS text),
    CAST(:reason_salt AS bytea), :changes, CAST(:touched AS bigint[]), CAST(:entries AS bytea))
"""
