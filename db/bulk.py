"""Rows by the thousand: COPY, inside the session's own transaction."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import psycopg
from psycopg import sql
from sqlalchemy.orm import Session


def raw(session: Session) -> psycopg.Connection[tuple[Any, ...]]:
    """Returns the driver's connection behind a session, in the same transaction."""
    return cast("psycopg.Connection[tuple[Any, ...]]", session.connection().connection.driver_connection)


def copy_rows(session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Loads rows into a table with COPY."""
    statement = sql.SQL("COPY {table} ({columns}) FROM STDIN").format(
        table=sql.Identifier(table), columns=sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with raw(session).cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def copy_mappings(session: Session, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Loads mappings that all have the same keys; none at all is nothing to do."""
    if rows:
        columns = list(rows[0])
        copy_rows(session, table, columns, ([row[column] for column in columns] for row in rows))
