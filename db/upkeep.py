"""What the commands that look after a whole database need: one start at a time, what it holds, emptying it."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

START_LOCK: Final = 7_263_004
"""Held while a process migrates and fills the database; a second one that starts meanwhile waits for it."""
WIPE_LOCK_WAIT: Final = "5s"


SCHEMAS: Final = ("public", "past", "as_of", "bi")
"""The record, what its rows were before they changed, the views that show it as it stood, and those for dashboards."""


class InUseError(Exception):
    """Somebody else is connected to the database; the message says what to do."""


def analyse(owner_url: str) -> None:
    """Gathers the planner's statistics as the owner: lists are slow until autovacuum comes after a large load."""
    with psycopg.connect(libpq_url(owner_url), autocommit=True) as connection:
        connection.execute("ANALYZE")


def libpq_url(url: str) -> str:
    """Returns a URL as psycopg and PostgreSQL's own programs read it."""
    return "postgresql://" + url.split("://", 1)[1]


@contextmanager
def one_start_at_a_time(url: str) -> Iterator[None]:
    """Keeps every other start on this database waiting; the lock dies with the connection.

    Args:
        url: of any role.
    """
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [START_LOCK])
        yield


def counts(session: Session) -> dict[str, Any]:
    """Returns the schema's revision, the graph version and how much the record holds, by name."""
    return dict(session.execute(text(_COUNTS)).mappings().one())


def wipe(owner_url: str) -> None:
    """Removes every table with all that is in them, its past included.

    Args:
        owner_url: of the role that owns the schema.

    Raises:
        InUseError: somebody else is connected.
    """
    with psycopg.connect(libpq_url(owner_url)) as connection:
        others = connection.execute(_OTHERS).fetchone()
        if others is not None and others[0]:
            raise InUseError(f"The database is in use ({others[0]} other connections); stop the service first.")
        connection.execute(f"SET LOCAL lock_timeout = '{WIPE_LOCK_WAIT}'")
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(_named(SCHEMAS)))
        connection.execute("CREATE SCHEMA public")


def make_schemas(owner_url: str) -> None:
    """Makes the schemas that are not there yet: a dump restored by schema does not make them.

    Args:
        owner_url: of the role that owns the schemas.
    """
    with psycopg.connect(libpq_url(owner_url)) as connection:
        for schema in SCHEMAS:
            connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(schema)))


def _named(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


_COUNTS: Final = """
SELECT (SELECT version_num FROM alembic_version) AS schema_revision,
    (SELECT coalesce(max(revision_id), 0) FROM revision) AS graph_version,
    (SELECT count(*) FROM contact WHERE retracted_at IS NULL) AS contacts,
    (SELECT count(*) FROM actor WHERE retracted_at IS NULL) AS actors,
    (SELECT count(*) FROM source WHERE retracted_at IS NULL) AS sources,
    (SELECT count(*) FROM edge) AS edge_rows, (SELECT count(*) FROM tie) AS tie_rows
"""
_OTHERS: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL
"""
