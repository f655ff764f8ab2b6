"""From what PostgreSQL refuses to what it means in the domain: one table by constraint, one by SQLSTATE.

The SQLSTATE decides first; the constraint says which record is in the way. Messages of the server are never
passed on: they hold values, SQL and names of tables, in the server's own language.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import psycopg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models.errors import Conflict, Detail, DiskFull, InvalidRecord, ReadoutError, TimedOut, Unavailable

UNIQUE_VIOLATION: Final = "23505"
CHECK_VIOLATION: Final = "23514"
SHARD_SUFFIX: Final = re.compile(r"_\d{6,}$")
"""A sharded table's constraints carry the number of their shard."""
KEY_OF_DETAIL: Final = re.compile(r"\(([a-z_]+(?:, [a-z_]+)*)\)=\((.*)\)", re.DOTALL)
"""The names and values in a unique violation's detail; the words around depend on the server's language."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a unique constraint means, and under which address its columns are found."""

    message: str
    address: str | None = None
    pointer: str | None = None


TAKEN: Final[Mapping[str, Taken]] = {
    "actor_slug_key": Taken("An actor has this slug, retracted or not.", "/v1/actors/{slug}", "/slug"),
    "actor_identifier_pkey": Taken(
        "An actor has this identifier, retracted or not.", "/v1/actors/{scheme}:{value}", "/identifiers"
    ),
    "contact_identifier_pkey": Taken(
        "A contact has this identifier, retracted or not.", "/v1/contacts/{scheme}:{value}", "/identifiers"
    ),
    "source_slug_key": Taken("A source has this slug, retracted or not.", "/v1/sources/{slug}", "/slug"),
    "topic_slug_key": Taken("A topic has this slug, retracted or not.", "/v1/topics/{slug}", "/slug"),
    "episode_slug_key": Taken("An episode has this slug, retracted or not.", "/v1/episodes/{slug}", "/slug"),
}
REPEATED: Final[Mapping[str, Detail]] = {
    "participant_actor_once": Detail(
        "actor_twice", "An actor takes part in a contact only once.", pointer="/participants"
    ),
}
"""Unique constraints that a body breaks by itself, without any other record."""
BROKEN: Final[Mapping[str, str]] = {
    "affiliation_not_to_itself": "An actor cannot be affiliated with itself.",
    "affiliation_starts_before_it_ends": "The affiliation ends before it begins.",
    "contact_bounds": "The contact ends before it begins.",
    "contact_not_part_of_itself": "A contact cannot be part of itself.",
    "designation_starts_before_it_ends": "The designation ends before it begins.",
    "coverage_starts_before_it_ends": "The window ends before it begins.",
    "episode_starts_before_it_ends": "The episode ends before it begins.",
    "source_not_after_itself": "A source cannot supersede itself.",
    "topic_not_broader_than_itself": "A topic cannot be broader than itself.",
}
REDONE: Final = frozenset(
    {
        *("tie_pkey", "tie_month_pkey", "edge_pkey", "incidence_pkey", "lift_pkey", "acknowledgement_pkey"),
        *("idempotency_pkey", "import_idempotency_key"),
    }
)
"""Keys on which two correct writers can meet: the one that lost sees the other's row when it tries again."""
REDONE_STATES: Final = frozenset({"40001", "40P01"})

UNSTORABLE: Final = "A value cannot be stored: a character, number or date is outside of what a record can hold."
AWAY: Final = "The database is away or restarting; nothing was lost, send the request again."
BUSY: Final = "The database has no free connection; send the request again shortly."
NO_CHANGES: Final = "The database accepts no changes at the moment; send the request again shortly."
BY_STATE: Final[Mapping[str, tuple[type[ReadoutError], str]]] = {
    "08": (Unavailable, AWAY),
    # A standby refuses the BEGIN of whoever means to write.
    "0A000": (Unavailable, NO_CHANGES),
    "22": (InvalidRecord, UNSTORABLE),
    "23502": (InvalidRecord, "A field that a record needs is missing."),
    "23503": (InvalidRecord, "The body refers to a record that does not exist any more."),
    "23505": (Conflict, "A record with this key exists."),
    "23514": (InvalidRecord, "The body breaks a rule of the record."),
    "25006": (Unavailable, NO_CHANGES),
    "25P03": (Unavailable, "The request stood still for too long and was ended; send it again."),
    "40": (
        Unavailable,
        "Other requests changed the same records at the same moment; send the request again.",
    ),
    "53": (Unavailable, BUSY),
    "53100": (DiskFull, ""),
    "54": (InvalidRecord, "A value is too long to be stored."),
    "55P03": (Unavailable, "Another request is changing the same record; send the request again shortly."),
    "57014": (TimedOut, ""),
    "57P": (Unavailable, AWAY),
}
"""The longest beginning of a SQLSTATE decides."""


def meaning(error: Exception) -> ReadoutError | None:
    """Returns what a database error means in the domain, or None when it is a fault of ours."""
    if isinstance(error, PoolTimeout):
        return Unavailable(BUSY)
    if isinstance(error, UnicodeEncodeError):
        return InvalidRecord(UNSTORABLE)
    cause = _cause(error)
    state = cause.sqlstate if cause is not None else None
    if state is None:
        return _without_state(error, cause)
    constraint = constraint_of(error)
    if state == UNIQUE_VIOLATION and constraint in REPEATED:
        return InvalidRecord(REPEATED[constraint].message, errors=[REPEATED[constraint]])
    if state == UNIQUE_VIOLATION and constraint in TAKEN:
        return _taken(TAKEN[constraint], cause)
    if state == CHECK_VIOLATION and constraint in BROKEN:
        said = BROKEN[constraint]
        return InvalidRecord(said, errors=[Detail("broken_rule", said)])
    for length in (5, 3, 2):
        if state[:length] in BY_STATE:
            kind, message = BY_STATE[state[:length]]
            return kind(message)
    return None


def is_worth_repeating(error: BaseException) -> bool:
    """Whether the same transaction, done once more from its start, can be expected to pass."""
    cause = _cause(error)
    if cause is None:
        return False
    return cause.sqlstate in REDONE_STATES or (cause.sqlstate == UNIQUE_VIOLATION and constraint_of(error) in REDONE)


def constraint_of(error: BaseException) -> str:
    """Returns the name of the constraint that refused, without the number of a shard; empty when none did."""
    cause = _cause(error)
    name = cause.diag.constraint_name if cause is not None else None
    return SHARD_SUFFIX.sub("", name or "")


def _cause(error: BaseException) -> psycopg.Error | None:
    inner = error.orig if isinstance(error, DBAPIError) else error
    return inner if isinstance(inner, psycopg.Error) else None


def _without_state(error: Exception, cause: psycopg.Error | None) -> ReadoutError | None:
    # The driver itself speaks: it could not reach the server, lost it, or cannot express a value.
    if isinstance(cause, psycopg.DataError):
        return InvalidRecord(UNSTORABLE)
    if isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return Unavailable(AWAY)
    lost = isinstance(error, OperationalError | InterfaceError) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )
    return Unavailable(AWAY) if isinstance(error, SQLAlchemyError) and lost else None


def _taken(taken: Taken, cause: psycopg.Error | None) -> Conflict:
    found = KEY_OF_DETAIL.search((cause.diag.message_detail if cause else None) or "")
    detail = Detail("taken", taken.message, pointer=taken.pointer)
    if found is None or taken.address is None:
        return Conflict(taken.message, errors=[detail])
    names = found[1].split(", ")
    # Only the last column is free text, so only that may hold the separator itself.
    values = found[2].split(", ", len(names) - 1)
    known = dict(zip(names, (quote(value, safe="") for value in values), strict=False))
    address = taken.address.format_map(known)
    said = f"{taken.message} It is at {address}; if that answers 410, restore it or take another: none is given twice."
    return Conflict(said, errors=[detail], extra={"existing": address})
