"""Columns of numbers out of PostgreSQL as NumPy arrays, by binary COPY: millions of rows without an object for each."""

import re
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from db.bulk import raw

HEADER_BYTES: Final = 19
"""Signature, flags and the length of an extension that is never there (PostgreSQL manual, COPY, binary format)."""
TRAILER_BYTES: Final = 2
PLACE: Final = re.compile(r"(?<!:):([a-z_][a-z0-9_]*)")
"""A place for a parameter as SQLAlchemy writes it, and not a cast."""


def read_arrays(
    session: Session, select: str, parameters: Mapping[str, Any], columns: Mapping[str, str]
) -> dict[str, NDArray[Any]]:
    """Returns the columns of a query.

    Args:
        session: to read with.
        select: SQL without NULLs in its result, places written ``:name``.
        parameters: of the query.
        columns: name and NumPy type of each column in their order: ``i8`` for bigint and timestamp (microseconds
            since 2000-01-01), ``i4`` for integer and date, ``i2`` for smallint, ``?`` for boolean, ``f8``.

    Raises:
        ValueError: a column has another width, or a NULL.

    Cost: some millions of rows a second.
    """
    named = PLACE.sub(r"%(\1)s", select.replace("%", "%%"))
    statement = f"COPY ({named}) TO STDOUT (FORMAT BINARY)"
    with raw(session).cursor() as cursor, cursor.copy(statement.encode(), dict(parameters)) as copy:
        sent = b"".join(copy)
    types = {name: np.dtype(kind).newbyteorder(">") for name, kind in columns.items()}
    length = np.dtype(">i4")
    fields = [field for name, kind in types.items() for field in ((f"{name} bytes", length), (name, kind))]
    row = np.dtype([("fields", ">i2"), *fields])
    count, rest = divmod(len(sent) - HEADER_BYTES - TRAILER_BYTES, row.itemsize)
    rows = np.frombuffer(sent, row, count, HEADER_BYTES) if not rest else np.empty(0, row)
    if rest or any((rows[f"{name} bytes"] != kind.itemsize).any() for name, kind in types.items()):
        raise ValueError("a column has another width than was said, or a NULL")
    return {name: rows[name].astype(kind.newbyteorder("=")) for name, kind in types.items()}
