"""The command `readout`."""

import asyncio
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx
import typer
import uvicorn
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy import text

from api import imports, maintenance
from api.app import create_app
from api.running import (
    bring_up_to_date,
    check_port,
    check_safety,
    console,
    database_urls,
    fill,
    opened,
    read_settings,
    refuse,
)
from db.embedded import Embedded
from db.engine import Database
from db.keys import list_keys, make_key, revoke_key
from db.loading import Loading
from db.migrate import head_revision
from db.records import Author, commit
from importers.registry import IMPORTERS
from models.errors import ReadoutError
from models.keys import KeyIn
from models.settings import Settings

GRACE_SECONDS = 10
"""How long requests under way may take to end after SIGTERM."""
app = typer.Typer(
    name="readout",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Who spoke with whom in diplomacy, how it is known, and what follows from it.",
)
keys = typer.Typer(no_args_is_help=True, help="Make, list and revoke API keys.")
app.add_typer(keys, name="key")
app.add_typer(maintenance.app)


@app.command()
def serve() -> None:
    """Start the database and the service; Ctrl-C or SIGTERM stops both."""
    settings = read_settings()
    check_port(settings)
    with database_urls(settings) as urls:
        bring_up_to_date(settings, urls)
        database = Database.of(settings, urls.service)
        check_safety(database)
        key = fill(database)
        announce(settings, key)
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(settings, database),
                host=settings.host,
                port=settings.port,
                log_level="warning",
                timeout_graceful_shutdown=GRACE_SECONDS,
                server_header=False,
            )
        )
        server.run()
    console.print("Stopped.")


def announce(settings: Settings, key: str | None) -> None:
    """Prints where the service is, and the first key, which is shown only this once."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    console.print(f"Readout on [bold]http://{host}:{settings.port}[/]  docs at /docs, stop with Ctrl-C", soft_wrap=True)
    if key is not None:
        console.print(f"Write key, shown only this once: [bold]{key}[/]", soft_wrap=True)


@app.command()
def status() -> None:
    """Say where the record is and what it holds, without changing anything."""
    settings = read_settings()
    table = Table(show_header=False, box=None)
    if settings.embedded:
        facts = Embedded(settings.data_dir).facts()
        table.add_row("database", f"embedded, {'running' if facts.postmaster_pid else 'stopped'}")
        table.add_row("data", str(facts.cluster))
        if facts.moved_because_root:
            table.add_row("", f"(not in {facts.data_dir}: PostgreSQL's account cannot reach it there)")
        table.add_row("log", str(facts.log_folder))
    else:
        table.add_row("database", "READOUT_DATABASE_URL")
    if not settings.embedded or Embedded(settings.data_dir).facts().postmaster_pid:
        with opened(settings, prepare=False) as database, database.session() as session:
            for name, value in session.execute(text(_COUNTS)).mappings().one().items():
                table.add_row(name.replace("_", " "), str(value))
    table.add_row("newest schema", head_revision())
    console.print(table)


@app.command()
def demo() -> None:
    """Ask the record the four questions of the README, and show the answers."""
    settings = read_settings()
    with opened(settings) as database:
        fill(database)
        asyncio.run(_ask(settings.model_copy(update={"public_read": True}), database))


async def _ask(settings: Settings, database: Database) -> None:
    transport = httpx.ASGITransport(app=create_app(settings, database))
    async with httpx.AsyncClient(transport=transport, base_url="http://readout") as client:
        for question, address in QUESTIONS:
            console.print(f"\n[bold]{question}[/]\n[dim]GET {address}[/]", soft_wrap=True)
            for item in (await client.get(address)).json()["items"]:
                console.print("  " + _line(item), soft_wrap=True)


def _line(item: dict[str, object]) -> str:
    plain = json.loads(json.dumps(item))
    if "alter" in plain:
        kinds = ", ".join(f"{count} {kind}" for kind, count in plain["by_kind"].items())
        return f"{plain['alter']['name']}: {kinds}"
    people = " – ".join(p["actor"]["name"] for p in plain["participants"])
    known = "; ".join(account["source"]["title"] for account in plain.get("accounts") or [])
    return f"{plain['when'] or 'undated'}  {plain['kind']}: {people} ({plain['status']})" + (
        known and f"\n      {known}"
    )


@app.command(name="import")
def import_(
    format_: Annotated[str, typer.Argument(metavar="FORMAT", help="One of: " + ", ".join(i.name for i in IMPORTERS))],
    path: Annotated[Path, typer.Argument(exists=True, help="The file or folder to read.")],
    dry_run: Annotated[bool, typer.Option(help="Read and check everything, store nothing.")] = False,
    errors: Annotated[Path | None, typer.Option(help="Write what became of each row to this TSV file.")] = None,
) -> None:
    """Load a data set; all of it or, if anything fails, nothing. A second run changes nothing."""
    importer = next((one for one in IMPORTERS if one.name == format_), None)
    if importer is None:
        refuse(f"There is no importer of that name; there are: {', '.join(one.name for one in IMPORTERS)}.")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with opened(read_settings()) as database, Progress(*columns, console=console) as progress:
        task = progress.add_task("rows", total=importer.count_rows(path))
        with database.session() as session:
            loading = Loading(session)
            outcomes = imports.load(importer, path, loading, lambda: progress.advance(task))
            if not dry_run:
                commit(session, Author(reason=f"Import {importer.name}"))
    imports.tell(outcomes, loading, dry_run=dry_run)
    if errors is not None:
        errors.write_text("".join(f"{o.file}\t{o.line}\t{o.id}\t{o.outcome}\t{o.reason}\n" for o in outcomes))


@keys.command(name="create")
def create_key(
    name: Annotated[str, typer.Argument(help="Whose key it is and what for.")],
    scope: Annotated[list[str], typer.Option(help="read, write or admin; may be repeated.")],
) -> None:
    """Make a key and show it, this once."""
    wanted = KeyIn.model_validate({"name": name, "scopes": scope})
    with opened(read_settings()) as database, database.session() as session:
        _, made = make_key(session, wanted)
        commit(session, Author(reason="Key made on the command line"))
    console.print(str(made), soft_wrap=True)


@keys.command(name="list")
def show_keys() -> None:
    """List the keys, without their secrets."""
    table = Table("id", "name", "scopes", "made", "last used", "state", box=None)
    now = datetime.now(UTC)
    with opened(read_settings()) as database, database.session() as session:
        found, _ = list_keys(session, after=0, limit=1000)
    for key in found:
        expired = key.expires_at is not None and key.expires_at < now
        state = "revoked" if key.revoked_at else "expired" if expired else "valid"
        used = f"{key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never"
        table.add_row(key.id, key.name, ", ".join(key.scopes), f"{key.created_at:%Y-%m-%d}", used, state)
    console.print(table)


@keys.command(name="revoke")
def end_key(key: Annotated[str, typer.Argument(help="Its id, as `readout key list` shows it.")]) -> None:
    """Make a key worthless, within a second."""
    with opened(read_settings()) as database, database.session() as session:
        revoke_key(session, key)
        commit(session, Author(reason="Key revoked on the command line"))
    console.print("Revoked.")


QUESTIONS = (
    (
        "When did Biden last speak with Netanyahu, and how is it known?",
        "/v1/contacts?between=joe-biden,benjamin-netanyahu&kind=call,conversation,meeting&limit=1&include=accounts",
    ),
    (
        "Whom did the United States engage on 12 May 2021, by state?",
        "/v1/actors/iso3:USA/counterparts?level=state&from=2021-05-12&to=2021-05-12",
    ),
    ("Who mediated between Israel and Hamas?", "/v1/contacts?kind=mediation&participants=iso3:ISR,hamas"),
    ("Which contacts involve a designated organisation?", "/v1/contacts?designated=true"),
)
_COUNTS = """
SELECT (SELECT version_num FROM alembic_version) AS schema_revision,
    (SELECT coalesce(max(revision_id), 0) FROM revision) AS graph_version,
    (SELECT count(*) FROM contact WHERE retracted_at IS NULL) AS contacts,
    (SELECT count(*) FROM actor WHERE retracted_at IS NULL) AS actors,
    (SELECT count(*) FROM edge) AS edge_rows, (SELECT count(*) FROM tie) AS tie_rows
"""


def main() -> None:
    """Runs the command; a fault of the domain is told as its sentence."""
    try:
        app()
    except ReadoutError as error:
        refuse(" ".join([error.detail, *(one.message for one in error.errors if one.message != error.detail)]))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
