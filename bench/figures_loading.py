"""The figures of loading: contacts taken by a load with all that follows from them, beside COPY of the same rows."""

import itertools
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.rigs import Rig
from bench.rounds import Figure
from db.bulk import raw
from db.engine import Database
from db.loading import BATCH, Loading, undisturbed
from db.records import Author, seal
from models.contacts import ContactIn

KEYS: Final = {
    **{"source": "source_id", "contact": "contact_id", "participant": "contact_id", "account": "contact_id"},
    **{"contact_identifier": "contact_id", "incidence": "contact_id", "edge": "contact_id"},
    **{"acknowledgement": "contact_id", "history": "log_id"},
}
"""Tables to which a new contact adds rows, in the order that their foreign keys ask for, and what numbers these."""
SUMS: Final = ("tie", "tie_month")
"""Tables of which rows are added and changed; COPY writes these to a table that has the same indexes."""
BARE: Final = ("contact", "participant")
Rows = dict[str, bytes]


def loading_figures(rig: Rig) -> Iterator[Figure]:
    """Yields how fast a load takes contacts, from bodies to sealed history, beside COPY of the rows that it wrote."""
    database = Database(rig.owner_url, statement_timeout_ms=0)
    numbers = itertools.count()
    made: Rows = {}

    def ours() -> float:
        bodies = _bodies(rig, next(numbers))
        with database.session() as session:
            marks = {table: _greatest(session, table) for table in KEYS}
            begun = time.perf_counter()
            with undisturbed():
                loading = Loading(session)
                for body in bodies:
                    loading.contact(ContactIn.model_validate(body))
                loading.flush()
                seal(session, Author(reason="bench"))
            seconds = time.perf_counter() - begun
            made.update({table: copied_out(session, table, f"{KEYS[table]} > {marks[table]}") for table in KEYS})
            made.update({table: copied_out(session, table, "known_from = current_write()") for table in SUMS})
            session.rollback()
        return BATCH / seconds

    def theirs(tables: Sequence[str]) -> float:
        if not made:
            ours()
        with database.session() as session:
            for table in set(SUMS) & set(tables):
                session.execute(text(f"CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING ALL)"))
            return BATCH / seconds_of_copy(session, tables, made)

    name = f"contacts loaded by {BATCH}, with all that follows"
    yield Figure(name, "of COPY into all tables", 0.4, ours, lambda: theirs((*KEYS, *SUMS)))
    yield Figure(name, "of COPY into contact and participant", 0.6, ours, lambda: theirs(BARE))


def _bodies(rig: Rig, turn: int) -> list[dict[str, Any]]:
    """Returns contacts of pairs that have met before, on days of their own."""
    first = turn * BATCH
    pairs = itertools.islice(itertools.cycle(rig.sample.ties), first, first + BATCH)
    return [
        {
            "kind": "meeting",
            "when": f"2022-{1 + number % 12:02}-{1 + number % 28:02}",
            "identifiers": [{"scheme": "bench", "value": f"{first + number}"}],
            "participants": [{"actor": rig.actor(one)}, {"actor": rig.actor(other)}],
            "accounts": [{"source": {"kind": "press_report", "title": f"Report {first + number}"}}],
        }
        for number, (one, other) in enumerate(pairs)
    ]


def _greatest(session: Session, table: str) -> int:
    found = session.execute(text(f"SELECT coalesce(max({KEYS[table]}), 0) FROM {table}")).scalar_one()
    return int(found)


def _columns(session: Session, table: str) -> str:
    """Returns the columns that can be written: generated ones cannot."""
    rows = session.execute(text(_WRITABLE), {"table": table}).scalars()
    return ", ".join(rows)


def copied_out(session: Session, table: str, condition: str, *, moved: int = 0) -> bytes:
    """Returns rows as COPY takes them, their contacts numbered higher by so much."""
    columns = ", ".join(
        f"contact_id + {moved}" if moved and one == "contact_id" else one
        for one in _columns(session, table).split(", ")
    )
    wanted = f"SELECT {columns} FROM {table} WHERE {condition}"
    with raw(session).cursor() as cursor, cursor.copy(f"COPY ({wanted}) TO STDOUT (FORMAT binary)".encode()) as copy:
        return b"".join(bytes(part) for part in copy)


def seconds_of_copy(session: Session, tables: Sequence[str], rows: Rows) -> float:
    """Returns how long COPY takes to write rows that were copied out; they are taken back."""
    begun = time.perf_counter()
    for table in tables:
        _copied_in(session, table, rows[table])
    seconds = time.perf_counter() - begun
    session.rollback()
    return seconds


def _copied_in(session: Session, table: str, rows: Any) -> None:
    into = f"COPY {table} ({_columns(session, table)}) FROM STDIN (FORMAT binary)"
    with raw(session).cursor() as cursor, cursor.copy(into.encode()) as copy:
        copy.write(rows)


_WRITABLE: Final = """SELECT quote_ident(attname) FROM pg_attribute
WHERE attrelid = CAST(:table AS regclass) AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum"""
