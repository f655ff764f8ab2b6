"""Columns of numbers out of PostgreSQL as NumPy arrays: millions of rows without an object, or a message, for each."""

import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db.bulk import raw

HEADER_BYTES: Final = 20
"""Dimensions, whether there are NULLs, type, length and first number of an array of one dimension (array_send)."""
PLACE: Final = re.compile(r"(?<!:):([a-z_][a-z0-9_]*)")
"""A place for a parameter as SQLAlchemy writes it, and not a cast."""


def read_arrays(
    session: Session, select: str, parameters: Mapping[str, Any], columns: Mapping[str, str]
) -> dict[str, NDArray[Any]]:
    """Returns the columns of a query.

    PostgreSQL sends each column as one array. COPY sends a message for each row, and taking these in costs ten
    times what reading the rows does.

    Args:
        session: to read with.
        select: SQL without NULLs in its result, places written ``:name``.
        parameters: of the query.
        columns: name and NumPy type of each column in their order: ``i8`` for bigint and timestamp (microseconds
            since 2000-01-01), ``i4`` for integer and date, ``i2`` for smallint, ``?`` for boolean, ``f8``.

    Raises:
        ValueError: a column has another width, or a NULL.

    Cost: some millions of rows a second; the server and this process hold all of them at once.
    """
    named = PLACE.sub(r"%(\1)s", select.replace("%", "%%"))
    arrays = ", ".join(f"array_agg(x.{name})" for name in columns)
    statement = f"SELECT {arrays} FROM ({named}) x ({', '.join(columns)})"
    with raw(session).cursor() as cursor:
        cursor.execute(statement.encode(), dict(parameters), binary=True)
        found = cursor.pgresult
        assert found is not None
        sent = [found.get_value(0, place) for place in range(len(columns))]
    return {name: _column(one, np.dtype(kind)) for (name, kind), one in zip(columns.items(), sent, strict=True)}


def _column(sent: bytes | None, kind: np.dtype[Any]) -> NDArray[Any]:
    """Returns one array as PostgreSQL sent it: before each value stands its width. Of no rows there is none."""
    if sent is None:
        return np.empty(0, kind)
    one = np.dtype([("width", ">i4"), ("value", kind.newbyteorder(">"))])
    rows = np.frombuffer(sent, one, offset=HEADER_BYTES) if not (len(sent) - HEADER_BYTES) % one.itemsize else None
    if rows is None or (rows["width"] != kind.itemsize).any():
        raise ValueError("a column has another width than was said, or a NULL")
    return rows["value"].astype(kind.newbyteorder("="))
