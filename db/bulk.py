"""Rows by the thousand: COPY, inside the session's own transaction."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice
from operator import itemgetter
from typing import Any, Final, cast

import psycopg
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.orm import Session

LINES_AT_ONCE: Final = 1_000
"""Handed to the driver together."""


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


class _Texts(dict[Any, str]):
    """Moments as text, each put into words once."""

    def __missing__(self, moment: Any) -> str:
        return self.setdefault(moment, str(moment))


def copy_plain_rows(session: Session, table: str, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Loads rows of numbers, flags, moments and words of the vocabulary: of nothing that COPY would want escaped."""
    statement = sql.SQL("COPY {table} ({columns}) FROM STDIN").format(
        table=sql.Identifier(table), columns=sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    pick, moments = itemgetter(*columns), _Texts()
    lines = ("\t".join([_plain(value, moments) for value in pick(row)]) + "\n" for row in rows)
    with raw(session).cursor() as cursor, cursor.copy(statement) as copy:
        while block := "".join(islice(lines, LINES_AT_ONCE)):
            copy.write(block)


def _plain(value: Any, moments: _Texts) -> str:
    if value.__class__ is str:
        return value
    if value.__class__ is datetime:
        return moments[value]
    return "\\N" if value is None else str(value)


def draw(session: Session, sequence: str, count: int) -> list[int]:
    """Returns numbers drawn from a sequence, as many as are asked for."""
    if count == 0:
        return []
    drawn = text("SELECT nextval(CAST(:sequence AS regclass)) FROM generate_series(1, :count)")
    return list(session.execute(drawn, {"sequence": sequence, "count": count}).scalars())


def given_rows(types: Mapping[str, str], name: str = "given") -> str:
    """Returns SQL of rows that a statement is given as JSON under their name: cheaper than an array for each column.

    Args:
        types: SQL type of each column.
        name: of the parameter, as psycopg writes it, and of the rows.
    """
    return f"json_to_recordset(%({name})s::json) AS {name}({', '.join(f'{one} {kind}' for one, kind in types.items())})"


def rows_as_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """Returns rows as ``given_rows`` takes them."""
    return json.dumps(rows, default=lambda moment: moment.isoformat())


def copy_pieces(session: Session, table: str, number: int, pieces: Iterable[bytes]) -> None:
    """Loads pieces of a file into a table of number, ordinal and bytes, one at a time in memory."""
    statement = sql.SQL("COPY {table} FROM STDIN (FORMAT binary)").format(table=sql.Identifier(table))
    with raw(session).cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(("int8", "int4", "bytea"))
        for ordinal, piece in enumerate(pieces):
            copy.write_row((number, ordinal, piece))
