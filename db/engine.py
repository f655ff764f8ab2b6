"""The engine: one pool of connections, the key of the public ids, and sessions."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any, Final

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models.ids import IdKey
from models.settings import Settings, driver_url

LOCK_TIMEOUT_MS: Final = 3_000
"""Longest wait for a row another request is changing; below the statement timeout, so the cause is named."""
IDLE_TIMEOUT_MS: Final = 30_000
"""A transaction left open by a dead request is ended by the server."""
CONNECT_TIMEOUT_SECONDS: Final = 5
Hearing = Callable[[str, Mapping[str, Any]], None]
"""Is told of every hot statement, with its parameters, before it is sent."""


class ReadingSession(Session):
    """A session that only reads, each statement in a transaction of its own: the server begins and ends it."""

    def __init__(self, engine: Engine, **options: Any) -> None:
        """Connects to nothing yet.

        Args:
            engine: whose connections are in autocommit.
            options: of any session.
        """
        super().__init__(engine, **options)
        self.engine = engine


class SnapshotSession(Session):
    """A session that only reads, and one state of the record. It ends with COMMIT: at a ROLLBACK the driver forgets
    its prepared statements, and every request would have its statements parsed and planned anew."""

    def close(self) -> None:
        """Ends the transaction, whatever became of it, and gives the connection back."""
        if self.in_transaction():
            # A transaction that failed, or lost its connection, is rolled back below.
            with suppress(SQLAlchemyError):
                self.commit()
        super().close()


class Database:
    """A PostgreSQL database that holds a record."""

    def __init__(
        self, url: str, *, pool_size: int = 5, wait_ms: int = 1_500, statement_timeout_ms: int = 5_000
    ) -> None:
        """Prepares the pool; connects to nothing yet.

        Args:
            url: of the service's role; any postgresql:// form.
            pool_size: connections kept, and the most there will be.
            wait_ms: longest wait for a free one.
            statement_timeout_ms: longest single statement; 0 = no limit, and none on how long a transaction may
                stand still either: bulk work reads and judges for minutes between two statements.
        """
        self.url = driver_url(url)
        self.hear: Hearing | None = None
        idle_ms = IDLE_TIMEOUT_MS if statement_timeout_ms else 0
        self.reading_engine = create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=wait_ms / 1000,
            # Values belong to the record, not into a log.
            hide_parameters=True,
            isolation_level="AUTOCOMMIT",
            connect_args={
                "connect_timeout": CONNECT_TIMEOUT_SECONDS,
                "options": f"-c statement_timeout={statement_timeout_ms} -c lock_timeout={LOCK_TIMEOUT_MS} "
                f"-c idle_in_transaction_session_timeout={idle_ms} -c TimeZone=UTC -c jit=off "
                "-c default_transaction_read_only=on",
            },
        )
        # Of the same pool: whoever means to write says so at BEGIN.
        self.engine: Engine = self.reading_engine.execution_options(
            isolation_level="READ COMMITTED", postgresql_readonly=False
        )

    @classmethod
    def of(cls, settings: Settings, url: str) -> "Database":
        """Returns the database of a running service."""
        return cls(
            url,
            pool_size=settings.pool_size,
            wait_ms=settings.wait_ms,
            statement_timeout_ms=settings.statement_timeout_ms,
        )

    def session(self) -> Session:
        """Returns a session whose records stay readable after COMMIT."""
        return Session(self.engine, autoflush=False, expire_on_commit=False, info=self._info)

    def reading_session(self) -> Session:
        """Returns a session that the server itself keeps from changing anything, without a transaction around it."""
        return ReadingSession(self.reading_engine, autoflush=False, expire_on_commit=False, info=self._info)

    def snapshot_session(self) -> Session:
        """Returns such a session all of whose statements see one state of the record."""
        return SnapshotSession(self._snapshot_engine, autoflush=False, expire_on_commit=False, info=self._info)

    @property
    def _info(self) -> dict[str, Any]:
        return {"ids": self.ids, "hear": self.hear}

    @cached_property
    def _snapshot_engine(self) -> Engine:
        return self.reading_engine.execution_options(postgresql_readonly=True, isolation_level="REPEATABLE READ")

    @cached_property
    def ids(self) -> IdKey:
        """The key of this database's public ids."""
        with self.reading_engine.connect() as connection:
            first, second = connection.execute(text("SELECT id_first, id_second FROM instance")).one()
        return IdKey(first, second)

    def close(self) -> None:
        """Closes every connection."""
        self.reading_engine.dispose()


def ids_of(session: Session) -> IdKey:
    """Returns the key of the public ids of the session's database."""
    key: IdKey = session.info["ids"]
    return key
