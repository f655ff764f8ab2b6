"""Commands that look after the database: migrate, check, rebuild, backup, restore, wipe."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy import make_url

from api.running import Urls, bring_up_to_date, database_urls, opened, read_settings
from api.terminal import console, refuse
from db.embedded_binaries import find_binaries
from db.migrate import current_revision, head_revision
from db.rebuild import Progress as Told
from db.rebuild import Report
from db.rebuild import check as find_differences
from db.rebuild import rebuild as derive_anew
from db.replay import check_history
from db.upkeep import SCHEMAS, InUseError, libpq_url, make_schemas, one_start_at_a_time
from db.upkeep import wipe as remove_everything
from models.settings import Settings

OWNERS_ONLY: Final = 0o077
"""Taken from the rights of a dump: it holds everything, down to the digests of the keys."""


def migrate() -> None:
    """Brings the schema up to date."""
    settings = read_settings()
    with database_urls(settings) as urls, one_start_at_a_time(urls.service):
        before = current_revision(urls.strongest)
        bring_up_to_date(settings, Urls(urls.strongest, urls.service))
    console.print(f"Schema revision {before or 'none'} → {head_revision()}.")


def check() -> None:
    """Proves that what is derived is what the records demand; ends the command with 1 where it is not."""
    with opened(read_settings()) as database, database.session() as session, progress() as told:
        report = find_differences(session, told)
    show(report)
    if not report.clean:
        refuse("What is stored differs from what the records demand; `readout rebuild` makes it right.")
    console.print("Stored = derived, row for row.")


def check_log() -> None:
    """Proves that history is as it was written and ends in what is stored; names every entry that is not."""
    with opened(read_settings()) as database, database.session() as session:
        found = check_history(session)
    for fault in found.faults:
        console.print(fault, soft_wrap=True, markup=False)
    console.print(
        f"{found.revisions:,} revisions, {found.entries:,} entries, {found.erased:,} of them erased; "
        f"{found.records:,} records replayed. Newest: {found.head or 'none'}",
        soft_wrap=True,
    )
    if found.unchained:
        said = "are from before there was a chain, and are not proved; records that have not changed since:"
        console.print(f"{found.unchained:,} revisions {said} {found.unlogged:,}.", soft_wrap=True)
    if found.faulty:
        refuse(f"History, or what is stored, was changed: {found.faulty:,} faults.")
    console.print("History is whole, and ends in what is stored.")


def rebuild() -> None:
    """Derives edges, ties and all else anew."""
    with opened(read_settings()) as database, database.session() as session:
        with progress() as told:
            report = derive_anew(session, told)
        session.commit()
    show(report)
    console.print("Rebuilt: nothing differed." if report.clean else "Rebuilt: what differed is mended.")


@contextmanager
def progress() -> Iterator[Told]:
    """Shows how many contacts are done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("contacts", total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def show(report: Report) -> None:
    """Prints what differed, table by table."""
    table = Table("table", "rows", "missing", "surplus", "such as", box=None)
    for one in report.tables:
        table.add_row(one.name, str(one.rows), str(one.missing), str(one.surplus), escape("; ".join(one.examples)))
    console.print(table)


def backup(file: Path) -> None:
    """Dumps the whole database to a file, readable for its owner alone."""
    settings = read_settings()
    if file.exists():
        refuse(f"{file} exists already; choose another name.")
    partial = file.with_name(file.name + ".partial")
    try:
        with database_urls(settings) as urls:
            run_tool(settings, urls, "pg_dump", ["--format=custom", "--no-owner", "--no-acl", f"--file={partial}"])
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    console.print(f"Wrote {escape(str(file))} ({file.stat().st_size:,} bytes).", soft_wrap=True)


def restore(file: Path) -> None:
    """Restores a dump into an empty database; all of it, or nothing."""
    settings = read_settings()
    with database_urls(settings) as urls, one_start_at_a_time(urls.service):
        if current_revision(urls.strongest) is not None:
            refuse(
                "This database already holds a record. Restore into an empty one: set READOUT_DATA_DIR to a new "
                "folder, or wipe this one first."
            )
        make_schemas(urls.strongest)
        schemas = [f"--schema={schema}" for schema in SCHEMAS]
        arguments = ["--no-owner", "--no-acl", "--single-transaction", "--exit-on-error"]
        run_tool(settings, urls, "pg_restore", [*arguments, *schemas, str(file)])
        bring_up_to_date(settings, urls)
    console.print("Restored.")


def wipe() -> None:
    """Removes everything, for good."""
    try:
        with database_urls(read_settings()) as urls:
            remove_everything(urls.strongest)
    except InUseError as error:
        refuse(str(error))
    console.print("Wiped. The next start begins with an empty record.")


def run_tool(settings: Settings, urls: Urls, tool: str, arguments: list[str]) -> None:
    """Runs one of PostgreSQL's own programs on the database; the password goes by environment, not by argument."""
    program = str(find_binaries() / tool) if settings.embedded else shutil.which(tool)
    if program is None:
        refuse(f"{tool} is not on the PATH; install PostgreSQL's client programs, of the server's version or newer.")
    url = make_url(urls.strongest)
    # SQLAlchemy's own set() cannot take a password away.
    bare = url._replace(password=None).render_as_string()
    environment = {**os.environ, "PGPASSWORD": url.password} if isinstance(url.password, str) else dict(os.environ)
    command = [program, f"--dbname={libpq_url(bare)}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, umask=OWNERS_ONLY)
    if done.returncode != 0:
        refuse(f"{tool} failed: {done.stderr.strip()}")
