"""Commands that look after the database: migrate, check, rebuild, backup, restore, wipe."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from db.rebuild import Report
from db.rebuild import check as find_differences
from db.rebuild import rebuild as derive_anew
from rich.table import Table
from sqlalchemy import make_url

from api.running import Urls, bring_up_to_date, console, database_urls, opened, read_settings, refuse
from db.embedded_binaries import find_binaries
from db.migrate import current_revision, head_revision
from db.records import Author, commit
from models.settings import Settings

app = typer.Typer()


@app.command()
def migrate() -> None:
    """Bring the schema up to date; run it before a new build serves. Safe to run again."""
    settings = read_settings()
    with database_urls(settings) as urls:
        before = current_revision(urls.owner or urls.service)
        if not settings.embedded and settings.owner_database_url is None:
            settings = settings.model_copy(update={"owner_database_url": settings.database_url})
        bring_up_to_date(settings, urls)
    console.print(f"Schema revision {before or 'none'} → {head_revision()}.")


@app.command()
def check() -> None:
    """Prove that lifts, statuses, edges and ties are what the records demand, row for row."""
    with opened(read_settings()) as database, database.session() as session:
        report = find_differences(session)
    show(report)
    if not report.clean:
        refuse("The projections differ from the records; `readout rebuild` makes them right.")
    console.print("Stored = derived, row for row.")


@app.command()
def rebuild() -> None:
    """Derive lifts, statuses, edges and ties anew; only rows that differ are replaced."""
    with opened(read_settings()) as database, database.session() as session:
        report = derive_anew(session)
        commit(session, Author(reason="Rebuild"))
    show(report)
    console.print("Rebuilt.")


def show(report: Report) -> None:
    """Prints a report table by table."""
    table = Table("table", "rows", "missing", "surplus", "such as", box=None)
    for row in report.tables:
        table.add_row(row.name, str(row.rows), str(row.missing), str(row.surplus), "; ".join(row.examples))
    console.print(table)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="Where to write the dump.")]) -> None:
    """Dump the whole database to a file (pg_dump, custom format), while it is in use."""
    settings = read_settings()
    if file.exists():
        refuse(f"{file} exists already; choose another name.")
    with database_urls(settings) as urls:
        partial = file.with_name(file.name + ".partial")
        run_tool(settings, urls, "pg_dump", ["--format=custom", "--no-owner", "--no-acl", f"--file={partial}"])
        partial.replace(file)
    console.print(f"Wrote {file} ({file.stat().st_size:,} bytes).")


@app.command()
def restore(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A dump made by backup.")]) -> None:
    """Restore a dump into an empty database; all of it, or nothing."""
    settings = read_settings()
    with database_urls(settings) as urls:
        if current_revision(urls.owner or urls.service) is not None:
            refuse("This database already holds a record. Restore into an empty one: set READOUT_DATA_DIR or wipe.")
        arguments = ["--no-owner", "--no-acl", "--single-transaction", "--exit-on-error", str(file)]
        run_tool(settings, urls, "pg_restore", arguments)
        bring_up_to_date(settings, urls)
    console.print("Restored.")


@app.command()
def wipe(
    yes: Annotated[bool, typer.Option("--yes", help="Really remove every record, key and all history.")] = False,
) -> None:
    """Remove everything, for good."""
    if not yes:
        refuse("This removes every record, key and all history, for good. If you mean it: readout wipe --yes")
    settings = read_settings()
    with database_urls(settings) as urls, psycopg.connect(plain(urls.owner or urls.service)) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    console.print("Wiped. The next start begins with an empty record.")


def run_tool(settings: Settings, urls: Urls, tool: str, arguments: list[str]) -> None:
    """Runs one of PostgreSQL's own tools on the database; the password goes by environment, not by argument."""
    program = str(find_binaries() / tool) if settings.embedded else shutil.which(tool)
    if program is None:
        refuse(f"{tool} is not on the PATH; install PostgreSQL's client programs, of the server's version or newer.")
    url = make_url(urls.owner or urls.service)
    where = [f"--username={url.username}", f"--dbname={url.database}"]
    host = url.host or str(url.query.get("host", ""))
    where += [f"--host={host}"] if host else []
    where += [f"--port={url.port}"] if url.port else []
    environment = {**os.environ, "PGPASSWORD": url.password or ""}
    done = subprocess.run([program, *where, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        refuse(f"{tool} failed: {done.stderr.strip()}")


def plain(url: str) -> str:
    """Returns a URL as psycopg itself reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
