"""The log played again: every record's entries, one after the other, must end in what the tables hold."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from db.chain_check import Findings, Progress, verify
from db.engine import ids_of
from db.record_states import AT_ONCE, RECORDS, Number, Record, State, read_states
from db.references import NOUNS

Anything: Final = object()
"""Stands for a state that was erased: whatever comes next follows from it."""
History = dict[Number, list[Any]]


def check_history(session: Session, progress: Progress | None = None) -> Findings:
    """Proves that nobody changed history, and that the tables hold what history says.

    Others may write meanwhile: a session of its own, without a transaction yet, reads one snapshot.

    Args:
        session: of a database without a statement timeout.
        progress: told after each revision.

    Cost: two passes over history, and one over the records; memory flat.
    """
    if isinstance(session.get_bind(), Engine) and not session.in_transaction():
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    found = Findings()
    verify(session, found, progress)
    logged_from = int(session.execute(text("SELECT logged_from FROM instance")).scalar_one())
    for record in RECORDS.values():
        _replay_noun(session, record, found, logged_from)
    _find_unsealed(session, logged_from, found)
    return found


def _replay_noun(session: Session, record: Record, found: Findings, logged_from: int) -> None:
    after = 0
    while numbers := list(session.execute(text(_next(record)), {"after": after, "most": AT_ONCE}).scalars()):
        after = numbers[-1]
        entries = _entries(session, record, numbers)
        keys: Sequence[Number] = numbers
        if record.of_contact:
            pairs = session.execute(text(_PAIRS.format(noun=record.noun, key=record.key)), {"ids": numbers})
            keys = [*dict.fromkeys([*((row[0], row[1]) for row in pairs), *entries])]
        stored = read_states(session, record.noun, keys)
        unlogged = _made_before(session, record, [key for key in keys if key not in entries])
        for key in keys:
            if key in entries or key not in unlogged:
                _replay(session, record, key, entries.get(key, []), (stored.get(key), logged_from > 0, found))
            else:
                found.unlogged += 1


def _replay(
    session: Session, record: Record, key: Number, entries: list[Any], against: tuple[State | None, bool, Findings]
) -> None:
    stored, opened, found = against
    state: Any = None if not opened or not entries or entries[0].action == "create" else Anything
    for entry in entries:
        erased = entry.salt is None
        if not (erased or state is Anything or entry.action == "erase" or entry.before == state):
            found.fault(f"{_name(session, record, key)} changed before revision {entry.revision_id} without an entry.")
        state = Anything if erased else entry.after
    if state is not Anything and state != stored:
        said = "is not what its history says" if entries else "has no history"
        found.fault(f"{_name(session, record, key)} {said}: it was changed without an entry, or entries are missing.")
    found.records += 1


def _entries(session: Session, record: Record, numbers: list[int]) -> History:
    found: History = {}
    for row in session.execute(text(_ENTRIES), {"noun": record.noun, "ids": numbers}):
        key = (row.contact_id, row.record_id) if record.of_contact else row.record_id
        found.setdefault(key, []).append(row)
    return found


def _made_before(session: Session, record: Record, keys: list[Number]) -> set[Number]:
    """Returns which of these records are from before history was complete."""
    own = [key[1] if isinstance(key, tuple) else key for key in keys]
    made = "created_at" if record.noun == "api_key" else "recorded_at"
    statement = f"""SELECT {record.key} FROM {record.noun}
        WHERE {record.key} = ANY(:ids) AND {made} <= (SELECT max(at) FROM revision WHERE link IS NULL)"""
    before = set(session.execute(text(statement), {"ids": own}).scalars())
    return {key for key, number in zip(keys, own, strict=True) if number in before}


def _find_unsealed(session: Session, logged_from: int, found: Findings) -> None:
    """Tells of rows that were written by a transaction whose revision is gone, or never was."""
    for noun in RECORDS:
        if noun == "api_key":
            continue
        writes = text(f"SELECT DISTINCT known_from FROM {noun} t WHERE known_from >= :least AND {_NO_REVISION}")
        for write in session.execute(writes, {"least": max(logged_from, 1)}).scalars():
            found.fault(f"Rows of {noun} were written by write {write}, of which there is no revision.")


def _name(session: Session, record: Record, key: Number) -> str:
    own = key[1] if isinstance(key, tuple) else key
    noun = NOUNS.get(record.noun)
    return f"{record.noun} {own if noun is None else ids_of(session).encode(noun.prefix, own)}"


def _next(record: Record) -> str:
    return f"""SELECT DISTINCT number FROM (
        (SELECT {record.key} AS number FROM {record.noun} WHERE {record.key} > :after ORDER BY 1 LIMIT :most)
        UNION ALL (SELECT DISTINCT record_id FROM history
            WHERE noun = '{record.noun}' AND record_id > :after ORDER BY 1 LIMIT :most)) n
        ORDER BY number LIMIT :most"""


_PAIRS: Final = "SELECT contact_id, {key} FROM {noun} WHERE {key} = ANY(:ids) ORDER BY 2"
_ENTRIES: Final = """
SELECT r.revision_id, h.record_id, h.contact_id, h.action, h.before, h.after, h.salt
FROM history h JOIN revision r USING (log_id)
WHERE h.noun = :noun AND h.record_id = ANY(:ids) AND h.digest IS NOT NULL
ORDER BY r.revision_id, h.ordinal
"""
_NO_REVISION: Final = "NOT EXISTS (SELECT FROM revision r WHERE r.write_id = t.known_from)"
