"""Bringing the record up: settings, the embedded database or the given one, migrations, first data, a first key."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NoReturn

from db.safety import UnsafeError, check_server, check_settings
from pydantic import ValidationError
from rich.console import Console
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from db.embedded import Embedded, EmbeddedError
from db.engine import Database
from db.keys import make_key
from db.migrate import current_revision, head_revision, migrate
from db.records import Author, commit
from db.seed import is_empty, load_world, seed
from models.keys import KeyIn
from models.settings import Settings

console: Final = Console(highlight=False)
failures: Final = Console(stderr=True, highlight=False, style="bold red")
UNLIMITED: Final = 0


class Refusal(SystemExit):
    """The command ends with a sentence."""


def refuse(sentence: str) -> NoReturn:
    """Prints a sentence and ends the command with exit code 1."""
    failures.print(sentence)
    raise Refusal(1)


def read_settings() -> Settings:
    """Returns the settings of the environment, or ends the command with what is wrong with them."""
    try:
        settings = Settings()
        for warning in check_settings(os.environ):
            console.print(f"[yellow]{warning}[/]")
    except UnsafeError as error:
        refuse(str(error))
    except ValidationError as error:
        faults = [
            f"READOUT_{'_'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" if fault["loc"] else fault["msg"]
            for fault in error.errors()
        ]
        refuse("\n".join(fault.replace("Value error, ", "") for fault in faults))
    return settings


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the database is: as its owner, and as the service."""

    owner: str | None
    service: str


@contextmanager
def database_urls(settings: Settings) -> Iterator[Urls]:
    """Gives the database's addresses; the embedded one is started, watched and stopped again."""
    if settings.database_url is not None:
        owner = settings.owner_database_url or settings.database_url
        yield Urls(owner.get_secret_value(), settings.database_url.get_secret_value())
        return
    embedded = Embedded(settings.data_dir)
    try:
        urls = embedded.start()
        embedded.watch()
        yield Urls(urls.owner, urls.service)
    except EmbeddedError as error:
        refuse(str(error))
    finally:
        embedded.stop()


@contextmanager
def opened(settings: Settings, *, prepare: bool = True) -> Iterator[Database]:
    """Gives the record's database, its schema up to date, without limits on time: for commands."""
    with database_urls(settings) as urls:
        try:
            if prepare:
                bring_up_to_date(settings, urls)
            database = Database(urls.service, statement_timeout_ms=UNLIMITED)
            yield database
            database.close()
        except OperationalError as error:
            refuse(unreachable(settings, error))


def unreachable(settings: Settings, error: OperationalError) -> str:
    """Returns the sentence for a database that cannot be reached."""
    if settings.embedded:
        return f"The embedded database does not answer; its log is below {settings.data_dir}. {error.orig}"
    return f"The database at READOUT_DATABASE_URL cannot be reached: {error.orig}"


def bring_up_to_date(settings: Settings, urls: Urls) -> None:
    """Migrates, or checks that somebody else did when this process may not."""
    role = make_url(urls.service).username
    separate = urls.owner is not None and make_url(urls.owner).username != role
    if settings.embedded or settings.owner_database_url is not None:
        migrate(urls.owner or urls.service, service_role=role if separate else None)
        return
    found = current_revision(urls.service)
    if found != head_revision():
        refuse(
            f"The database is at schema revision {found or 'none'}, this build needs {head_revision()}: "
            "run `readout migrate` with READOUT_OWNER_DATABASE_URL set to the owner of the schema."
        )


def fill(database: Database) -> str | None:
    """Adds the reference data, the first world to an empty record, and a first key; returns that key."""
    with database.session() as session:
        seed(session)
        if is_empty(session):
            load_world(session)
        key = None
        if not session.execute(text("SELECT EXISTS (SELECT FROM api_key)")).scalar():
            _, made = make_key(session, KeyIn(name="made at the first start", scopes=["admin"]))
            key = str(made)
        commit(session, Author(reason="First start"))
    return key


def check_safety(database: Database) -> None:
    """Warns of, or refuses, a server that would not keep what it acknowledges."""
    try:
        for warning in check_server(database):
            console.print(f"[yellow]{warning}[/]")
    except UnsafeError as error:
        refuse(str(error))


def check_port(settings: Settings) -> None:
    """Refuses an address that cannot be listened on, before anything is started."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host.strip("[]"), settings.port))
        except OSError as error:
            refuse(
                f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}. "
                "Stop what uses the port, or choose another: READOUT_PORT=8001 make serve"
            )
