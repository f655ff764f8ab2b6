"""Records made what a state says: the reverse of db.record_states, for merges and for undoing them.

What follows from other columns is worked out here (how a name is folded) or by whoever calls (status, edges, lifts).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from db.record_states import RECORDS, Number, Record, State, columns
from models.names import blocking_keys, fold

States = Mapping[Number, State | None]
"""Records of one noun by number; None = that one is not there."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that belong to a record, and where in its state they stand.

    Attributes:
        member: of the state.
        table: that holds them.
        column: the one that an entry of the list says; None = each entry is a whole row.
        aspect: in a table that holds several lists, which one this is.
    """

    member: str
    table: str
    column: str | None = None
    aspect: str | None = None


PARTS: Final[dict[str, tuple[Part, ...]]] = {
    "actor": (Part("names", "actor_name"), Part("identifiers", "actor_identifier")),
    "contact": (
        Part("participants", "participant"),
        Part("identifiers", "contact_identifier"),
        Part("relations", "contact_relation"),
        Part("topic_ids", "contact_topic", "topic_id"),
        Part("episode_ids", "contact_episode", "episode_id"),
    ),
    "account": (
        Part("participant_ids", "account_actor", "actor_id", "participant"),
        Part("denied_ids", "account_actor", "actor_id", "denied"),
        Part("topic_ids", "account_topic", "topic_id"),
    ),
    "commitment": (
        Part("by_ids", "commitment_actor", "actor_id", "by"),
        Part("to_ids", "commitment_actor", "actor_id", "to"),
        Part("account_ids", "commitment_account", "account_id"),
    ),
}


def write_states(session: Session, noun: str, now: States, wanted: States) -> None:
    """Makes records of one noun what is wanted of them; what does not differ is left alone.

    All that is to go goes first: an identifier can pass from one record to another.

    Args:
        session: of a change whose caller has locked the records and remembers them.
        noun: as in RECORDS.
        now: what the tables hold.
        wanted: the same records as they shall be.

    Cost: a few statements for each kind of row, whatever their number.
    """
    record = RECORDS[noun]
    changed = {number: state for number, state in wanted.items() if state != now.get(number)}
    parts = PARTS.get(noun, ())
    moved = {part: [n for n in changed if _part(now, n, part) != _part(changed, n, part)] for part in parts}
    for part, numbers in moved.items():
        _run(session, _drop(record, part.table, part.aspect), _keys(record, numbers))
    _run(session, _drop(record, record.noun), _keys(record, [n for n, state in changed.items() if state is None]))
    there = {number: state for number, state in changed.items() if state is not None}
    fresh = [_searched(noun, state) for number, state in there.items() if now.get(number) is None]
    _run(session, _insert(record), fresh)
    _run(session, _update(record), [_searched(noun, state) for n, state in there.items() if now.get(n) is not None])
    for part, numbers in moved.items():
        rows = [row for number in numbers for row in _rows(record, part, number, _part(changed, number, part))]
        _run(session, _fill(part.table), rows)
    session.expire_all()


def _part(states: States, number: Number, part: Part) -> list[Any]:
    return list((states.get(number) or {}).get(part.member) or [])


def _rows(record: Record, part: Part, number: Number, entries: Iterable[Any]) -> list[dict[str, Any]]:
    (own,) = _keys(record, [number])
    aspect = {} if part.aspect is None else {"aspect": part.aspect}
    rows = [{**own, **aspect, **(one if part.column is None else {part.column: one})} for one in entries]
    if part.table == "actor_name":
        rows = [{**row, "folded": fold(row["name"])} for row in rows]
    return rows


def _searched(noun: str, state: State) -> State:
    """Adds the columns by which an actor is found and sorted."""
    if noun != "actor":
        return state
    keys = {key for name in state["names"] for key in blocking_keys(name["name"])}
    return {**state, "folded": fold(state["name"]), "keys": sorted(keys)}


def _keys(record: Record, numbers: Iterable[Number]) -> list[dict[str, Any]]:
    pairs = [number if isinstance(number, tuple) else (0, number) for number in numbers]
    return [{record.key: own, **({"contact_id": contact} if record.of_contact else {})} for contact, own in pairs]


def _run(session: Session, statement: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        session.execute(text(statement), {"rows": json.dumps(rows)})


def _given(table: str) -> str:
    return f"jsonb_populate_recordset(NULL::{table}, CAST(:rows AS jsonb)) s"


def _own(record: Record) -> str:
    return " AND ".join(f"t.{key} = s.{key}" for key in _keys(record, [(0, 0)])[0])


def _drop(record: Record, table: str, aspect: str | None = None) -> str:
    only = "" if aspect is None else f" AND t.aspect = '{aspect}'"
    return f"DELETE FROM {table} t USING {_given(table)} WHERE {_own(record)}{only}"


def _columns(record: Record) -> list[str]:
    return [*columns(record.table, record.without), *(("folded", "keys") if record.noun == "actor" else ())]


def _insert(record: Record) -> str:
    names = ", ".join(map(_quoted, _columns(record)))
    return f"INSERT INTO {record.noun} ({names}) SELECT {names} FROM {_given(record.noun)}"


def _update(record: Record) -> str:
    names = [name for name in _columns(record) if name not in _keys(record, [(0, 0)])[0]]
    sets = ", ".join(f"{name} = s.{name}" for name in map(_quoted, names))
    return f"UPDATE {record.noun} t SET {sets} FROM {_given(record.noun)} WHERE {_own(record)}"


def _fill(table: str) -> str:
    found = SQLModel.metadata.tables[table].columns
    names = ", ".join(_quoted(one.name) for one in found if one.computed is None and one.name != "known_from")
    return f"INSERT INTO {table} ({names}) SELECT {names} FROM {_given(table)}"


def _quoted(name: str) -> str:
    # «when» is a word of SQL.
    return f'"{name}"'
