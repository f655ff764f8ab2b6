"""The figures of history: what it costs a write to keep it, and a read that its tables hold more than a state."""

import itertools
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import psycopg
from sqlalchemy import text

from bench.pgbench import each_sent_by
from bench.rigs import PAGE, Rig
from bench.rounds import Figure
from db.contacts import create_contacts
from db.engine import Database
from db.records import Author, commit
from db.statements import Sent, fetch_one
from db.upkeep import libpq_url
from models.contacts import ContactIn

WRITES: Final = 40
"""Contacts recorded one by one, each in a transaction of its own, for one side of a round."""
ASKED_FOR: Final = 25
"""Different questions, in turn."""
WRITE_KEPT: Final = round(1 / 1.8, 2)
READ_KEPT: Final = round(1 / 1.1, 2)
WITH: Final = "public"
WITHOUT: Final = "without_past"
"""A schema for copies of the tables without the column that says since when a row is known."""


@contextmanager
def history_figures(rig: Rig, seconds: float) -> Iterator[list[Figure]]:
    """Gives the figures of one record; what it makes beside the record for them is gone afterwards.

    Args:
        rig: the record; its tables are copied within it, once, when the first read is measured.
        seconds: of reads, for each side of a round.
    """
    with ExitStack() as stack:
        database = Database(rig.owner_url, statement_timeout_ms=0)
        stack.callback(database.close)
        numbers = itertools.count()
        found = [
            Figure(
                "contact recorded, with history, chain and past",
                "of one without",
                WRITE_KEPT,
                lambda: _recorded(database, rig, numbers),
                lambda: _recorded_without(database, rig, numbers),
            )
        ]
        bare = Bare(rig.owner_url)
        stack.callback(bare.drop)
        actors, few = rig.sample.busy[:ASKED_FOR], rig.sample.pairs[:ASKED_FOR]
        paths = {
            "contacts of an actor": [f"/v1/contacts?actor={rig.actor(one)}&limit={PAGE}" for one in actors],
            "contacts of a pair": [f"/v1/contacts?between={rig.actor(a)},{rig.actor(b)}&limit={PAGE}" for a, b in few],
            "tie of a pair": [f"/v1/ties/{rig.actor(a)}/{rig.actor(b)}" for a, b in rig.sample.ties[:ASKED_FOR]],
            "counterparts": [f"/v1/actors/{rig.actor(one)}/counterparts" for one in actors],
        }
        found += [_read(name, rig, asked, (bare, database, seconds)) for name, asked in paths.items()]
        yield found


def _read(name: str, rig: Rig, paths: Sequence[str], tools: tuple["Bare", Database, float]) -> Figure:
    """Returns the figure of one read: its very statement, over the tables and over copies that keep no past."""
    bare, database, seconds = tools
    sent: list[Sent] = []

    def asked(schema: str) -> float:
        bare.make()
        if not sent:
            sent.extend(each_sent_by(rig.url, paths))
        with database.session() as session:
            session.execute(text("SELECT set_config('search_path', :path, true)"), {"path": f"{schema}, public"})
            begun, answered = time.perf_counter(), 0
            for one in itertools.cycle(sent):
                fetch_one(session, one.sql, one.params)
                answered += 1
                if time.perf_counter() - begun > seconds:
                    break
            return answered / (time.perf_counter() - begun)

    peer = "of the same statement where no past is kept"
    return Figure(f"{name}, in the database", peer, READ_KEPT, lambda: asked(WITH), lambda: asked(WITHOUT))


class Bare:
    """Copies of the tables that keep a past, with the same indexes and without what they need for it."""

    def __init__(self, url: str) -> None:
        """Makes nothing yet."""
        self.url = libpq_url(url)
        self._made = False

    def make(self) -> None:
        """Copies the tables, once."""
        if self._made:
            return
        self.drop()
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {WITHOUT}".encode())
            for table, columns, indexes in connection.execute(_COPIED).fetchall():
                connection.execute(f"CREATE TABLE {WITHOUT}.{table} AS SELECT {columns} FROM public.{table}".encode())
                for definition in indexes:
                    connection.execute(definition.replace(" ON public.", f" ON {WITHOUT}.", 1).encode())
                connection.execute(f"VACUUM (ANALYZE) {WITHOUT}.{table}".encode())
        self._made = True

    def drop(self) -> None:
        """Removes the copies, also those that a run which was ended left."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"DROP SCHEMA IF EXISTS {WITHOUT} CASCADE".encode())


def _recorded(database: Database, rig: Rig, numbers: Iterator[int]) -> float:
    """Records contacts as the service does, and returns how many a second."""
    return _timed(database, rig, numbers, sealed=True)


def _recorded_without(database: Database, rig: Rig, numbers: Iterator[int]) -> float:
    """Records contacts with neither entries nor a revision, while no table hands rows on to the past."""
    with psycopg.connect(libpq_url(rig.owner_url), autocommit=True) as connection:
        triggers = connection.execute(_TRIGGERS).fetchall()
        try:
            for table, trigger in triggers:
                connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}".encode())
            return _timed(database, rig, numbers, sealed=False)
        finally:
            for table, trigger in triggers:
                connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}".encode())


def _timed(database: Database, rig: Rig, numbers: Iterator[int], *, sealed: bool) -> float:
    begun = 0.0
    # The first one warms up: after ALTER TABLE the server plans anew.
    for turn in range(WRITES + 1):
        if turn == 1:
            begun = time.perf_counter()
        with database.session() as session:
            create_contacts(session, [ContactIn.model_validate(_body(rig, next(numbers)))])
            if sealed:
                commit(session, Author(reason="bench"))
            else:
                session.commit()
    return WRITES / (time.perf_counter() - begun)


def _body(rig: Rig, number: int) -> dict[str, Any]:
    one, other = rig.sample.ties[number % len(rig.sample.ties)]
    return {
        "kind": "call",
        "when": f"2024-{1 + number % 12:02}-{1 + number % 28:02}",
        "participants": [{"actor": rig.actor(one)}, {"actor": rig.actor(other)}],
        "accounts": [{"source": {"kind": "press_report", "title": f"Written while history was measured, {number}"}}],
    }


_COPIED: Final = b"""
SELECT k.relname, (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = k.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'known_from') AS columns,
    ARRAY(SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE i.indrelid = k.oid) AS indexes
FROM pg_class k WHERE k.relnamespace = 'public'::regnamespace AND k.relkind = 'r' AND EXISTS (
    SELECT FROM pg_attribute a WHERE a.attrelid = k.oid AND a.attname = 'known_from' AND NOT a.attisdropped)
ORDER BY k.relname
"""
_TRIGGERS: Final = rb"""
SELECT tgrelid::regclass::text, quote_ident(tgname) FROM pg_trigger
WHERE tgname LIKE '%\_keep\_past' AND NOT tgisinternal ORDER BY 1
"""
