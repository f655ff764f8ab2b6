"""The commands of `readout`."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Final

import typer
import uvicorn
from pydantic import ValidationError
from rich.markup import escape
from rich.table import Table

from api import bi, dump_commands, import_commands, maintenance
from api.app import create_app
from api.demo import ask
from api.running import (
    Server,
    bring_up_to_date,
    check_safety,
    connected,
    console,
    database_urls,
    ended_by_signals,
    fill,
    first_key,
    listen,
    opened,
    read_settings,
    refuse,
    stopped_by_signals,
)
from db.embedded import Embedded, EmbeddedError
from db.engine import Database
from db.keys import list_keys, make_key, revoke_key
from db.migrate import current_revision, head_revision
from db.records import Author, commit
from db.upkeep import counts, one_start_at_a_time
from models.errors import ReadoutError
from models.faults import sentence_of
from models.keys import KeyIn
from models.settings import Settings
from models.vocabulary import Scope

KEYS_SHOWN_MAX: Final = 1_000
GRACE_SECONDS: Final = 10
"""How long requests under way may take to end after SIGTERM."""
app: Final = typer.Typer(
    name="readout",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Who spoke with whom in diplomacy, how it is known, and what follows from it.",
)
keys: Final = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.")
app.add_typer(keys, name="key")
app.add_typer(import_commands.app, name="import")
app.add_typer(dump_commands.app)
app.add_typer(maintenance.app)
app.add_typer(bi.app)


@app.command()
def serve() -> None:
    """Start the database and the service; Ctrl-C or SIGTERM stops both.

    A new database is begun with the reference actors, a first world, and a key that is shown once.
    """
    settings = read_settings()
    with stopped_by_signals(), listen(settings) as listener:
        port: int = listener.getsockname()[1]
        if settings.embedded and not settings.data_dir.exists():
            console.print(f"Making a database in {escape(str(settings.data_dir))}; this takes a few seconds, once.")
        with database_urls(settings) as urls:
            database = Database.of(settings, urls.service)
            with one_start_at_a_time(urls.service):
                check_safety(database)
                bring_up_to_date(settings, urls)
                with connected(urls.service) as unhurried:
                    fill(unhurried)
                    key = first_key(unhurried)
            config = uvicorn.Config(
                create_app(settings, database),
                log_level="warning",
                timeout_graceful_shutdown=GRACE_SECONDS,
                server_header=False,
            )
            server = Server(config)
            with ended_by_signals(server):
                announce(settings, port, key)
                server.run(sockets=[listener])
    console.print("Stopped.")


def announce(settings: Settings, port: int, key: str | None) -> None:
    """Prints where the service is, and the first key, which is shown only this once."""
    host = settings.host.strip("[]")
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    if key is not None:
        console.print(f"Write key, shown only this once: [bold]{key}[/]", soft_wrap=True)
    said = f"Readout is at [bold]{escape(address)}[/], its docs at {escape(address)}/docs. Ctrl-C stops it."
    console.print(said, soft_wrap=True)


@app.command()
def status() -> None:
    """Say where the record is and what it holds, without changing anything."""
    settings = read_settings()
    table = Table.grid(padding=(0, 3))
    if settings.embedded and not settings.data_dir.exists():
        table.add_row("database", f"embedded, not begun: there is no {escape(str(settings.data_dir))}")
    elif settings.embedded:
        facts = Embedded(settings.data_dir).facts()
        table.add_row("database", f"embedded, {'running' if facts.postmaster_pid else 'stopped'}")
        table.add_row("kept in", escape(str(facts.cluster)))
        if facts.moved_because_root:
            table.add_row("", f"(not in {escape(str(facts.data_dir))}: PostgreSQL's account cannot reach it there)")
        table.add_row("its log in", escape(str(facts.log_folder)))
        if facts.postmaster_pid:
            add_contents(table, settings)
        else:
            table.add_row("contents", "not read while it is stopped; `readout serve` starts it")
    else:
        table.add_row("database", "at READOUT_DATABASE_URL")
        add_contents(table, settings)
    console.print(table, soft_wrap=True)


def add_contents(table: Table, settings: Settings) -> None:
    """Adds to a table what a running database holds."""
    with database_urls(settings) as urls, connected(urls.service) as database:
        schema, newest = current_revision(urls.service), head_revision()
        if schema is None:
            table.add_row("contents", "none: the schema is not there; `readout migrate` makes it")
            return
        with database.session() as session:
            held = counts(session)
    for name in ("contacts", "actors", "sources"):
        table.add_row(name, f"{held[name]:,}")
    table.add_row("edges", f"{held['edge_rows']:,} rows: each pair in each contact, from both ends")
    table.add_row("ties", f"{held['tie_rows']:,} rows: each pair over all contacts, from both ends")
    table.add_row("graph version", f"{held['graph_version']:,}, which rises with every change")
    known = "the newest" if schema == newest else f"while this build knows {newest}; `readout migrate` brings it"
    table.add_row("schema", f"{schema}, {known}")


@app.command()
def demo() -> None:
    """Ask the record the four questions of the README, and show the answers."""
    settings = read_settings()
    with opened(settings) as database:
        with one_start_at_a_time(database.url):
            fill(database)
        asyncio.run(ask(settings.model_copy(update={"public_read": True}), database))


@keys.command(name="create")
def create_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is and what for.")],
    scope: Annotated[Scope, typer.Option(help="What it may do: write implies read, admin both.")] = "write",
) -> None:
    """Make a key and show it, this once."""
    wanted = KeyIn.model_validate({"name": name, "scopes": [scope]})
    with opened(read_settings()) as database, database.session() as session:
        made = make_key(session, wanted)
        commit(session, Author(reason="Key made on the command line"))
    console.print(made.key, soft_wrap=True, markup=False)


@keys.command(name="list")
def show_keys() -> None:
    """List the keys, without their secrets."""
    table = Table("id", "name", "scopes", "made", "last used", "state", box=None)
    now = datetime.now(UTC)
    with opened(read_settings()) as database, database.session() as session:
        found = list_keys(session, after=0, limit=KEYS_SHOWN_MAX)
    for key in found.items:
        expired = key.expires_at is not None and key.expires_at < now
        state = "revoked" if key.revoked_at else "expired" if expired else "valid"
        used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
        table.add_row(key.id, escape(key.name), ", ".join(key.scopes), f"{key.created_at:%Y-%m-%d}", used, state)
    console.print(table)


@keys.command(name="revoke")
def end_key(key: Annotated[str, typer.Argument(metavar="KEY", help="Its id, as `readout key list` shows it.")]) -> None:
    """Make a key worthless, within a second."""
    with opened(read_settings()) as database, database.session() as session:
        revoke_key(session, key)
        commit(session, Author(reason="Key revoked on the command line"))
    console.print("Revoked.")


def run() -> None:
    """Runs the command line; a fault of the domain, or of a file, is told as its sentence."""
    try:
        app()
    except EmbeddedError as error:
        refuse(str(error))
    except ReadoutError as error:
        refuse(" ".join([error.detail, *(one.message for one in error.errors if one.message != error.detail)]))
    except ValidationError as error:
        refuse("\n".join(f"{'.'.join(map(str, fault['loc']))}: {sentence_of(fault)}" for fault in error.errors()))
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        refuse(f"{place}{error.strerror or error}")
