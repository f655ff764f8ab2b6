"""A synthetic record of any size, the same for the same seed, written directly into every table.

python -m bench.record --contacts 100000 --database postgresql://user@host/name
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Annotated, Any, Final

import psycopg
import typer
from psycopg import sql
from rich.console import Console

from bench import record_contacts, record_rows
from bench.record_actors import Cast, make_actors
from bench.record_days import STAGED, stage
from db.engine import Database
from db.journal import draw_revision
from db.migrate import migrate
from db.records import Author
from db.seed import is_empty, seed
from db.upkeep import libpq_url

SEED: Final = 20210512
CHUNK: Final = 25_000
"""Contacts of one transaction: their temporary tables stay in memory."""
MEMORY: Final = ("SET work_mem = '256MB'", "SET maintenance_work_mem = '1GB'", "SET temp_buffers = '256MB'")
LOADED: Final = (
    *("contact", "participant", "source", "account", "contact_topic", "incidence", "edge", "tie", "tie_month"),
    "acknowledgement",
)
"""Tables that get many rows: their indexes are made when the rows are there."""
SEQUENCES: Final = {"contact_id_seq": 1, "account_id_seq": 2, "source_id_seq": 2}
"""Numbers drawn for each contact."""
console: Final = Console(highlight=False)


def make_record(url: str, contacts: int, seed_number: int = SEED, jobs: int = 2) -> None:
    """Makes a synthetic record in an empty database.

    Args:
        url: of the database's owner.
        contacts: how many.
        seed_number: of everything that is drawn.
        jobs: connections that work side by side.

    Raises:
        SystemExit: the database holds contacts already.
    """
    migrate(url)
    with timed("actors"):
        cast = _begin(url, contacts, seed_number)
    plain = libpq_url(url)
    with psycopg.connect(plain, autocommit=True) as connection:
        made_last = drop_indexes(connection)
    with timed("contacts and edges"):
        _make_contacts(plain, contacts, cast, jobs)
    with timed("ties"), psycopg.connect(plain) as connection:
        _sum_up(connection, contacts)
    _draw_revision(url, contacts)
    with timed("indexes"):
        for group in made_last:
            in_parallel(jobs, [partial(_run, plain, statement) for statement in group])
    with timed("vacuum"):
        _run(plain, "VACUUM (ANALYZE)")


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Prints how long something took."""
    begun = time.monotonic()
    yield
    console.print(f"{what}: {time.monotonic() - begun:.1f} s")


def in_parallel(jobs: int, work: list[Callable[[], None]]) -> None:
    """Does all of it, some side by side; the first failure is raised."""
    with ThreadPoolExecutor(jobs) as pool:
        for done in [pool.submit(one) for one in work]:
            done.result()


def _begin(url: str, contacts: int, seed_number: int) -> Cast:
    database = Database(url, statement_timeout_ms=0)
    try:
        with database.session() as session:
            if not is_empty(session):
                raise SystemExit("This database holds contacts already; give an empty one.")
            seed(session)
            cast = make_actors(session, contacts, seed_number)
            stage(session, cast, seed_number)
            session.connection().exec_driver_sql(record_contacts.draw_function(seed_number))
            session.commit()
    finally:
        database.close()
    return cast


def _make_contacts(url: str, contacts: int, cast: Cast, jobs: int) -> None:
    def one(first: int) -> None:
        last = min(first + CHUNK - 1, contacts)
        parameters = {"first": first, "last": last, "chunk": CHUNK, "first_medium": cast.first_medium}
        with psycopg.connect(url) as connection:
            for statement in (*MEMORY, *record_contacts.STEPS, *record_rows.STEPS):
                connection.execute(statement.encode(), parameters if "%(" in statement else None)

    in_parallel(jobs, [partial(one, first) for first in range(1, contacts + 1, CHUNK)])


def _sum_up(connection: psycopg.Connection[Any], contacts: int) -> None:
    for statement in (*MEMORY, record_rows.TIES, record_rows.MONTHS):
        connection.execute(statement.encode())
    for sequence, each in SEQUENCES.items():
        connection.execute("SELECT setval(%s, %s)", (sequence, contacts * each))
    connection.execute("DROP FUNCTION bench_draw")
    for table in STAGED:
        connection.execute(sql.SQL("DROP TABLE {}").format(sql.Identifier(table)))


def _draw_revision(url: str, contacts: int) -> None:
    database = Database(url, statement_timeout_ms=0)
    try:
        with database.session() as session:
            draw_revision(session, Author(reason="synthetic record"), contacts)
            session.commit()
    finally:
        database.close()


def drop_indexes(connection: psycopg.Connection[Any]) -> list[list[str]]:
    """Drops foreign keys, keys and indexes of the tables to be loaded.

    Returns:
        The statements that make them again, in groups: within a group in any order, the groups one by one.
    """
    found: list[list[str]] = [[], [], []]
    for kinds, group in (("f", 2), ("pu", 0)):
        for table, name, definition in connection.execute(
            _CONSTRAINTS, {"tables": list(LOADED), "kinds": list(kinds)}
        ).fetchall():
            found[group].append(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
            connection.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
    for name, definition in connection.execute(_INDEXES, (list(LOADED),)).fetchall():
        found[1].append(definition)
        connection.execute(f"DROP INDEX {name}".encode())
    return found


_CONSTRAINTS: Final = """SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
FROM pg_constraint WHERE (conrelid::regclass::text = ANY(%(tables)s) OR confrelid::regclass::text = ANY(%(tables)s))
AND contype = ANY(%(kinds)s)"""
_INDEXES: Final = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename = ANY(%s)"


def _run(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET maintenance_work_mem = '1GB'")
        connection.execute(statement.encode())


def main(
    contacts: Annotated[int, typer.Option(min=1, help="How many contacts.")] = 100_000,
    database: Annotated[str, typer.Option(help="The owner's address of an empty database.")] = "",
    seed_number: Annotated[int, typer.Option("--seed", help="The same number makes the same record.")] = SEED,
    jobs: Annotated[int, typer.Option(min=1, help="Connections that work side by side.")] = 2,
) -> None:
    """Make a synthetic record in an empty database: every table, projections included."""
    if not database:
        raise SystemExit("Say where: --database postgresql://user@host/name")
    begun = time.monotonic()
    make_record(database, contacts, seed_number, jobs)
    console.print(f"{contacts:,} contacts in {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    typer.run(main)
