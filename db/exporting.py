"""Lists as a whole, row by row: a server-side cursor in one snapshot, on a connection outside of the pool."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.orm import Session

from db.engine import CONNECT_TIMEOUT_SECONDS, LOCK_TIMEOUT_MS, Database, SnapshotSession
from db.filters import Question
from db.pages import Listing, check_references
from models.errors import Detail, InvalidQuery

FETCHED_AT_ONCE: Final = 500
"""Rows that wait in memory; a thousand contacts would be some MiB."""
ACTOR: Final = """json_build_object('id', public_id('act', a.actor_id), 'slug', a.slug, 'name', a.name, 'kind', a.kind,
    'identifiers', (SELECT coalesce(json_agg(json_build_object('scheme', i.scheme, 'value', i.value)
        ORDER BY i.scheme, i.value), '[]') FROM actor_identifier i WHERE i.actor_id = a.actor_id))"""
"""models.base.ActorLink with the outside identifiers."""


class ExportDatabase:
    """The same database for long reads: each has a connection of its own, so that the pool is for requests."""

    def __init__(self, database: Database, *, seconds: float, idle_seconds: float) -> None:
        """Connects to nothing yet.

        Args:
            database: whose record is read.
            seconds: longest single statement, a fetch included.
            idle_seconds: longest pause between two fetches, while a client reads slowly.
        """
        self.database = database
        self.options = (
            f"-c statement_timeout={int(seconds * 1000)} -c lock_timeout={LOCK_TIMEOUT_MS} "
            f"-c idle_in_transaction_session_timeout={int(idle_seconds * 1000)} -c TimeZone=UTC -c jit=off"
        )

    def session(self) -> Session:
        """Returns a session that only reads, and all of whose statements see one state of the record."""
        return SnapshotSession(self._engine, autoflush=False, expire_on_commit=False, info={"ids": self.database.ids})

    @cached_property
    def _engine(self) -> Any:
        engine = create_engine(
            self.database.url,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS, "options": self.options},
        )
        return engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")


@dataclass(frozen=True, slots=True)
class Export:
    """A list that is to be read as a whole.

    Attributes:
        question: its filter as SQL.
        listing: what drives it, in which order, and how a row becomes JSON.
        members: SQL of the actors of a row ``page`` of the list, as a SELECT of one column; empty = none wanted.
        limit: most records; None = all.
    """

    question: Question
    listing: Listing
    members: str = ""
    limit: int | None = None

    @property
    def _page(self) -> str:
        order, listing = self.listing.order, self.listing
        keys = ", ".join(f"{column} AS k{i}" for i, column in enumerate(order.columns))
        more = f", {listing.columns}" if listing.columns else ""
        return f"""SELECT {keys}{more} FROM {listing.source} WHERE {self._where} {listing.group}
            ORDER BY {order.clause} LIMIT :limit"""

    @property
    def _where(self) -> str:
        return " AND ".join(self.question.conditions) or "true"

    @property
    def _params(self) -> dict[str, Any]:
        return {**self.question.params, "limit": self.limit}

    def count(self, session: Session, most: int) -> "Counted":
        """Returns how many records the list has, and what it leaves out.

        Args:
            session: to read with.
            most: records that are exported at once.

        Raises:
            InvalidQuery: a reference means nothing, or there are more records.

        Cost: one statement, which looks at no more than one record beyond the most.
        """
        listing = self.listing
        uncounted = ", ".join(f"'{name}', {sql}" for name, sql in listing.left_out.items())
        statement = f"""WITH {self.question.refs_cte()}
            SELECT (SELECT row_to_json(refs) FROM refs) AS refs, json_build_object({uncounted}) AS left_out,
            (SELECT count(*) FROM (SELECT 1 FROM {listing.source} WHERE {self._where} {listing.group}
                LIMIT CAST(:most AS bigint) + 1) counted) AS records"""
        params = {**self.question.params, "most": most}
        row: Any = session.execute(text(statement), params).one()
        check_references(session, self.question, row.refs)
        cut = self.limit is not None and self.limit < row.records
        if row.records > most and not cut:
            raise too_many(listing.unit, most)
        left_out = {name: count for name, count in row.left_out.items() if count}
        return Counted(min(row.records, self.limit or row.records), left_out, cut=cut)

    def documents(self, session: Session) -> Iterator[str]:
        """Yields the records as JSON text, in their order.

        Cost: one cursor; memory does not grow with the list.
        """
        # The item is made in a subquery of each row: what is fetched next is made next, and nothing is sorted twice.
        item = f"(SELECT ({self.listing.item})::text FROM (SELECT 1) one {self.listing.join})"
        return self._stream(session, f"SELECT {item} FROM ({self._page}) page")

    def actors(self, session: Session) -> Iterator[str]:
        """Yields the actors of the list, each once, as JSON text.

        Cost: one cursor; the server sorts the ids.
        """
        if not self.members:
            return iter(())
        members = f"SELECT x.member FROM ({self._page}) page CROSS JOIN LATERAL ({self.members}) AS x (member)"
        return self._stream(
            session, f"SELECT ({ACTOR})::text FROM actor a WHERE a.actor_id IN ({members}) ORDER BY a.actor_id"
        )

    def _stream(self, session: Session, select: str) -> Iterator[str]:
        statement = text(f"WITH {self.question.refs_cte()} {select}")
        options = {"stream_results": True, "yield_per": FETCHED_AT_ONCE}
        with session.execute(statement, self._params, execution_options=options) as found:
            yield from found.scalars()


@dataclass(frozen=True, slots=True)
class Counted:
    """How many records an export has, what it leaves out, and whether its limit cut it."""

    records: int
    left_out: Mapping[str, int]
    cut: bool = False


def count_erasures(session: Session) -> int:
    """Returns how often content had been erased in the state that a session sees, wherever in time it stands.

    Cost: one statement over one row.
    """
    return int(session.execute(text("SELECT erasures FROM public.instance")).scalar_one())


def was_erased_since(session: Session, erasures: int) -> bool:
    """Returns whether content has been erased since; it ends the session's snapshot, and sees what is stored by now.

    Args:
        session: of an export that has read all that it wants.
        erasures: as counted in its snapshot.

    Cost: a connection, since the former goes with the snapshot, and one statement over one row.
    """
    session.rollback()
    return count_erasures(session) != erasures


def too_many(unit: str, most: int) -> InvalidQuery:
    """Returns the refusal of an export that is larger than the operator allows."""
    said = (
        f"These are more than {most:,} {unit}, the most that this service exports at once. Narrow the question, with "
        "from= and to= for instance, or say with limit= how many you want."
    )
    return InvalidQuery(said, errors=[Detail("too_many_records", said, parameter="limit")])
