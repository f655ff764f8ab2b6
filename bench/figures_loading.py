"""The figure of loading: contacts recorded with all that follows from them, beside COPY of the same rows."""

import itertools
import time
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.rigs import Rig
from bench.rounds import Figure
from db.bulk import raw
from db.contacts import create_contacts
from db.engine import Database
from models.contacts import ContactIn

BATCH: Final = 300
"""Contacts recorded together, about as many as an import writes at once."""
KEYS: Final = {
    **{"source": "source_id", "contact": "contact_id", "participant": "contact_id", "account": "contact_id"},
    **{"incidence": "contact_id", "edge": "contact_id", "acknowledgement": "contact_id"},
}
"""Tables to which a new contact adds rows, in the order that their foreign keys ask for, and what numbers these."""
Rows = dict[str, bytes]


def loading_figures(rig: Rig) -> Iterator[Figure]:
    """Yields how fast contacts are recorded, with ties and history, beside COPY of the rows that were new by it."""
    database = Database(rig.owner_url, statement_timeout_ms=0)
    numbers = itertools.count()
    made: Rows = {}

    def ours() -> float:
        bodies = _bodies(rig, next(numbers))
        with database.session() as session:
            marks = {table: _greatest(session, table) for table in KEYS}
            begun = time.perf_counter()
            create_contacts(session, bodies, batch=True)
            seconds = time.perf_counter() - begun
            made.update({table: _copied_out(session, table, mark) for table, mark in marks.items()})
            session.rollback()
        return BATCH / seconds

    def theirs() -> float:
        if not made:
            ours()
        with database.session() as session:
            begun = time.perf_counter()
            for table, rows in made.items():
                _copy_in(session, table, rows)
            seconds = time.perf_counter() - begun
            session.rollback()
        return BATCH / seconds

    name = f"contacts recorded by {BATCH}, with all that follows"
    yield Figure(name, "of COPY of the new rows", None, ours, theirs)


def _bodies(rig: Rig, turn: int) -> list[ContactIn]:
    """Returns contacts of pairs that have met before, on days of their own."""
    first = turn * BATCH
    pairs = itertools.islice(itertools.cycle(rig.sample.ties), first, first + BATCH)
    return [
        ContactIn.model_validate(
            {
                "kind": "meeting",
                "when": f"2022-{1 + number % 12:02}-{1 + number % 28:02}",
                "participants": [{"actor": rig.actor(one)}, {"actor": rig.actor(other)}],
                "accounts": [{"source": {"kind": "press_report", "title": f"Report {first + number}"}}],
            }
        )
        for number, (one, other) in enumerate(pairs)
    ]


def _greatest(session: Session, table: str) -> int:
    found = session.execute(text(f"SELECT coalesce(max({KEYS[table]}), 0) FROM {table}")).scalar_one()
    return int(found)


def _columns(session: Session, table: str) -> str:
    """Returns the columns that can be written: generated ones cannot."""
    rows = session.execute(text(_WRITABLE), {"table": table}).scalars()
    return ", ".join(rows)


def _copied_out(session: Session, table: str, mark: int) -> bytes:
    wanted = f"SELECT {_columns(session, table)} FROM {table} WHERE {KEYS[table]} > {mark}"
    with raw(session).cursor() as cursor, cursor.copy(f"COPY ({wanted}) TO STDOUT (FORMAT binary)".encode()) as copy:
        return b"".join(bytes(part) for part in copy)


def _copy_in(session: Session, table: str, rows: Any) -> None:
    into = f"COPY {table} ({_columns(session, table)}) FROM STDIN (FORMAT binary)"
    with raw(session).cursor() as cursor, cursor.copy(into.encode()) as copy:
        copy.write(rows)


_WRITABLE: Final = """SELECT quote_ident(attname) FROM pg_attribute
WHERE attrelid = CAST(:table AS regclass) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"""
