"""A record as its tables hold it: the row of a noun with the rows that belong to it, as one JSON object.

History keeps this before and after every change, and a replay of the log compares it with the tables. What is
derived is left out: it has a check of its own. So is what is null, so that a column can be added to a table without
changing what the log says of rows that do not use it.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from models.accounts import Account
from models.actors import Actor, ActorIdentifier, ActorName
from models.affiliations import Affiliation
from models.commitments import Commitment
from models.contacts import Contact, ContactBounds, ContactIdentifier
from models.coverage import Coverage
from models.designations import Designation
from models.dismissals import Dismissal
from models.episodes import Episode
from models.keys import ApiKey
from models.participants import Participant
from models.relations import Relation
from models.sources import Source
from models.topics import Topic

Number = int | tuple[int, int]
"""What tells a record of one noun from others: its id; for what belongs to a contact, the contact's and its own."""
State = dict[str, Any]
One = TypeVar("One")
AT_ONCE: Final = 1_000
"""Records read together: memory stays flat."""
_OF_NO_RECORD: Final = frozenset({"known_from", "search"})
DERIVED: Final = frozenset(
    {
        *("status", "computed_status", "contested", "decided_by", "disputed_ids", "folded"),
        *ContactBounds.model_fields,
    }
)
"""Columns of a contact that follow from others; `readout check` derives them anew."""


@dataclass(frozen=True, slots=True)
class Record:
    """How the state of one noun is read.

    Attributes:
        table: of the record itself.
        key: its own id.
        without: columns that are no part of its state.
        parts: SQL of what belongs to it, by name; ``t`` is the record's row.
    """

    table: type[SQLModel]
    key: str
    without: frozenset[str] = frozenset()
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def noun(self) -> str:
        """The name under which its history is kept."""
        return str(self.table.__tablename__)

    @property
    def of_contact(self) -> bool:
        """Whether it belongs to a contact, which then is part of its number."""
        return self.noun in ("account", "commitment")

    @property
    def sql(self) -> str:
        """Of the state of the row ``t``; null for a row that is not there."""
        pairs = [*((name, f"t.{name}") for name in columns(self.table, self.without)), *self.parts]
        members = ", ".join(f"'{name}', {sql}" for name, sql in pairs)
        return f"jsonb_strip_nulls(jsonb_build_object({members}))"


def columns(table: type[SQLModel], without: Collection[str] = ()) -> list[str]:
    """Returns the columns of a table that say something of a record."""
    found = SQLModel.metadata.tables[str(table.__tablename__)].columns
    return [one.name for one in found if one.computed is None and one.name not in {*_OF_NO_RECORD, *without}]


def _rows(table: type[SQLModel], key: str, order: str, *, without: tuple[str, ...] = ()) -> str:
    pairs = ", ".join(f"'{name}', p.{name}" for name in columns(table, (key, *without)))
    return f"""(SELECT jsonb_agg(jsonb_build_object({pairs}) ORDER BY {order})
        FROM {table.__tablename__} p WHERE p.{key} = t.{key})"""


def _ids(table: str, column: str, *keys: str, aspect: str | None = None) -> str:
    same = " AND ".join([*(f"p.{key} = t.{key}" for key in keys), *([f"p.aspect = '{aspect}'"] if aspect else [])])
    return f"(SELECT jsonb_agg(p.{column} ORDER BY p.{column}) FROM {table} p WHERE {same})"


_ACCOUNT: Final = ("contact_id", "account_id")
_COMMITMENT: Final = ("contact_id", "commitment_id")
_BY_SCHEME: Final = "p.scheme, p.value"
RECORDS: Final[dict[str, Record]] = {
    one.noun: one
    for one in (
        Record(
            *(Actor, "actor_id", frozenset({"folded", "keys"})),
            parts=(
                ("names", _rows(ActorName, "actor_id", "p.ordinal", without=("folded",))),
                ("identifiers", _rows(ActorIdentifier, "actor_id", _BY_SCHEME)),
            ),
        ),
        *(Record(Affiliation, "affiliation_id"), Record(Designation, "designation_id"), Record(Source, "source_id")),
        *(Record(Coverage, "coverage_id"), Record(Dismissal, "dismissal_id")),
        *(Record(Episode, "episode_id"), Record(Topic, "topic_id")),
        Record(
            *(Contact, "contact_id", DERIVED),
            parts=(
                ("participants", _rows(Participant, "contact_id", "p.ordinal")),
                ("identifiers", _rows(ContactIdentifier, "contact_id", _BY_SCHEME)),
                ("topic_ids", _ids("contact_topic", "topic_id", "contact_id")),
                ("episode_ids", _ids("contact_episode", "episode_id", "contact_id")),
                ("relations", _rows(Relation, "contact_id", "p.relation, p.other_id")),
            ),
        ),
        Record(
            *(Account, "account_id"),
            parts=(
                ("participant_ids", _ids("account_actor", "actor_id", *_ACCOUNT, aspect="participant")),
                ("denied_ids", _ids("account_actor", "actor_id", *_ACCOUNT, aspect="denied")),
                ("topic_ids", _ids("account_topic", "topic_id", *_ACCOUNT)),
            ),
        ),
        Record(
            *(Commitment, "commitment_id"),
            parts=(
                ("by_ids", _ids("commitment_actor", "actor_id", *_COMMITMENT, aspect="by")),
                ("to_ids", _ids("commitment_actor", "actor_id", *_COMMITMENT, aspect="to")),
                ("account_ids", _ids("commitment_account", "account_id", *_COMMITMENT)),
            ),
        ),
        # History is kept for ever: neither the digest of a key nor what it is found by, nor when it was last used.
        Record(ApiKey, "key_id", frozenset({"digest", "name_token", "last_used_at"})),
    )
}
"""Every noun that has a history, by name."""


def read_states(session: Session, noun: str, numbers: Sequence[Number]) -> dict[Number, State]:
    """Returns records of one noun as their tables hold them; one that is not there is absent.

    Cost: one statement; the caller asks for some thousand at most.
    """
    rows = session.execute(text(_STATEMENTS[noun]), _given(RECORDS[noun], numbers))
    if RECORDS[noun].of_contact:
        return {(row.contact_id, row.number): row.state for row in rows}
    return {row.number: row.state for row in rows}


def chunks(some: Iterable[One]) -> Iterable[list[One]]:
    """Returns names or numbers of records in lists that can be read together."""
    ordered = list(some)
    return (ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE))


def _given(record: Record, numbers: Sequence[Number]) -> dict[str, list[int]]:
    pairs = [number if isinstance(number, tuple) else (0, number) for number in numbers]
    if record.of_contact:
        return {"contacts": [pair[0] for pair in pairs], "ids": [pair[1] for pair in pairs]}
    return {"ids": [pair[1] for pair in pairs]}


def _statement(record: Record) -> str:
    if record.of_contact:
        given = "unnest(CAST(:contacts AS bigint[]), CAST(:ids AS bigint[])) AS g(contact_id, number)"
        return f"""SELECT t.contact_id, t.{record.key} AS number, {record.sql} AS state FROM {given}
            JOIN {record.noun} t ON t.contact_id = g.contact_id AND t.{record.key} = g.number"""
    return (
        f"SELECT t.{record.key} AS number, {record.sql} AS state FROM {record.noun} t WHERE t.{record.key} = ANY(:ids)"
    )


_STATEMENTS: Final = {noun: _statement(record) for noun, record in RECORDS.items()}
