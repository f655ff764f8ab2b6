"""Which state of the record a session sees: the graph version, and since when it is so."""

from datetime import datetime
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

VERSION: Final = """version AS (SELECT coalesce(max(revision_id), 0) AS number,
    (SELECT at FROM revision ORDER BY revision_id DESC LIMIT 1) AS at FROM revision)"""
"""The number is 0, and the instant null, while nothing was ever written."""


def read_state(session: Session) -> tuple[int, datetime | None]:
    """Returns the graph version of the state that a session sees, and when it came to be."""
    row = session.execute(text(f"WITH {VERSION} SELECT number, at FROM version")).one()
    return row.number, row.at


def read_version(session: Session) -> int:
    """Returns the graph version of the state that a session sees."""
    return read_state(session)[0]
