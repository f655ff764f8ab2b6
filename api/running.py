"""Bringing the record up: settings, the embedded database or the given one, migrations, first data, a first key."""

import errno
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NoReturn

import psycopg
import uvicorn
from pydantic import ValidationError
from rich.console import Console
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from api.change_streams import Followers
from api.exits import TERMINATED
from db.embedded import Embedded, EmbeddedError
from db.engine import Database
from db.keys import list_keys, make_key
from db.migrate import current_revision, head_revision, migrate
from db.records import Author, commit
from db.safety import UnsafeError, check_server, check_settings
from db.seed import is_empty, load_world, seed
from db.upkeep import analyse, one_start_at_a_time
from models.faults import sentence_of
from models.keys import KeyIn
from models.settings import Settings

console: Final = Console(highlight=False)
remarks: Final = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
"""Where failures and warnings go. What they repeat of the outside world must not be taken for markup."""
UNLIMITED: Final = 0
BACKLOG: Final = 2048


def refuse(sentence: str) -> NoReturn:
    """Prints a sentence and ends the command with exit code 1."""
    remarks.print(sentence, style="bold red")
    raise SystemExit(1)


def warn(sentences: list[str]) -> None:
    """Prints warnings, one a line."""
    for sentence in sentences:
        remarks.print(f"Warning: {sentence}", style="yellow")


def read_settings() -> Settings:
    """Returns the settings of the environment, or ends the command with what is wrong with them."""
    try:
        settings = Settings()
        warn(check_settings(os.environ))
    except UnsafeError as error:
        refuse(str(error))
    except ValidationError as error:
        places = [f"READOUT_{fault['loc'][0]}: ".upper() if fault["loc"] else "" for fault in error.errors()]
        faults = zip(places, map(sentence_of, error.errors()), strict=True)
        refuse("\n".join(place + said for place, said in faults))
    return settings


@dataclass(frozen=True, slots=True)
class Urls:
    """Where the database is: as the schema's owner, if this process may be that, and as the service."""

    owner: str | None
    service: str
    superuser: str | None = None

    @property
    def strongest(self) -> str:
        """The owner's, else the service's."""
        return self.owner or self.service


@contextmanager
def database_urls(settings: Settings) -> Iterator[Urls]:
    """Gives the database's addresses; the embedded one is started, watched and stopped again."""
    try:
        if settings.database_url is None:
            with running_embedded(settings) as urls:
                yield urls
        else:
            owner = settings.owner_database_url
            yield Urls(owner.get_secret_value() if owner else None, settings.database_url.get_secret_value())
    except EmbeddedError as error:
        refuse(str(error))
    except OperationalError as error:
        refuse(unreachable(settings, str(error.orig)))
    except psycopg.OperationalError as error:
        refuse(unreachable(settings, str(error)))


@contextmanager
def running_embedded(settings: Settings) -> Iterator[Urls]:
    """Gives the addresses of the embedded database, which runs as long."""
    embedded = Embedded(settings.data_dir)
    try:
        urls = embedded.start()
        embedded.watch()
        yield Urls(urls.owner, urls.service, urls.superuser)
    finally:
        # Whoever presses Ctrl-C twice would leave the server behind.
        before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
        embedded.stop()
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def opened(settings: Settings, *, fills: bool = False) -> Iterator[Database]:
    """Gives the record's database, its schema up to date, without limits on time: for commands.

    Args:
        settings: where it is.
        fills: whether much will have been added, so that the planner has to be told of it.
    """
    with database_urls(settings) as urls:
        with one_start_at_a_time(urls.service):
            bring_up_to_date(settings, urls)
        with connected(urls.service) as database:
            yield database
        if fills and urls.owner is not None:
            analyse(urls.owner)


@contextmanager
def connected(url: str) -> Iterator[Database]:
    """Gives a database as it is, without limits on time."""
    database = Database(url, statement_timeout_ms=UNLIMITED)
    try:
        yield database
    finally:
        database.close()


def unreachable(settings: Settings, reason: str) -> str:
    """Returns the sentence for a database that cannot be reached."""
    said = " ".join(reason.split())
    if settings.embedded:
        return f"The embedded database does not answer; `readout status` says where its log is. {said}"
    return f"The database at READOUT_DATABASE_URL cannot be used: {said}"


def bring_up_to_date(settings: Settings, urls: Urls) -> None:
    """Migrates, or checks that somebody else did when this process may not."""
    if urls.owner is not None:
        role, owner = (make_url(url).username for url in (urls.service, urls.owner))
        migrate(urls.owner, service_role=role if role != owner else None)
        return
    found = current_revision(urls.service)
    if found != head_revision():
        refuse(
            f"The database is at schema revision {found or 'none'}, this build needs {head_revision()}: "
            "run `readout migrate` with READOUT_OWNER_DATABASE_URL set to the owner of the schema."
        )


def fill(database: Database) -> None:
    """Adds the reference data, and the first world to a record that holds no contact yet."""
    with database.session() as session:
        seed(session)
        if is_empty(session):
            load_world(session)
        commit(session, Author(reason="First start"))


def first_key(database: Database) -> str | None:
    """Makes a key that may write, if there is no key at all, and returns it; it cannot be read again."""
    with database.session() as session:
        if list_keys(session, after=0, limit=1).items:
            return None
        made = make_key(session, KeyIn(name="made at the first start", scopes=["write"]))
        commit(session, Author(reason="First start"))
    return made.key


def check_safety(database: Database) -> None:
    """Warns of, or refuses, a server that would not keep what it acknowledges."""
    try:
        warn(check_server(database))
    except UnsafeError as error:
        refuse(str(error))


def listen(settings: Settings) -> socket.socket:
    """Returns a socket that listens where the settings say, before anything else is started."""
    host = settings.host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, settings.port), family=family, backlog=BACKLOG)
    except OSError as error:
        # Python adds the address to the reason.
        reason = str(error.strerror).partition(" (while")[0]
        refuse(f"Cannot listen on {settings.host} port {settings.port}: {reason}. {_remedy(error)}")


def _remedy(error: OSError) -> str:
    # A name that means no address comes with a number below zero.
    if (error.errno or 0) < 0 or error.errno == errno.EADDRNOTAVAIL:
        return "READOUT_HOST takes an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all of them."
    if error.errno in (errno.EACCES, errno.EPERM):
        return "This user may not use the port; choose one above 1023: READOUT_PORT=8001 make serve"
    return "Stop what uses the port, or choose another: READOUT_PORT=8001 make serve"


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Takes Ctrl-C and SIGTERM for the proper end of a service."""
    try:
        yield
    except KeyboardInterrupt:
        return
    except SystemExit as ending:
        if ending.code != TERMINATED:
            raise


class Server(uvicorn.Server):
    """A server that tells what would go on for ever, before it waits for the answers under way."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Ends streams, then lets the other answers end."""
        followers: Followers | None = getattr(getattr(self.config.app, "state", None), "followers", None)
        if followers is not None:
            await followers.end()
        await super().shutdown(sockets)


@contextmanager
def ended_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """Lets Ctrl-C and SIGTERM end a server from now on, before it listens to them itself.

    An event loop that is interrupted twice while it is being made waits forever.
    """
    before = {number: signal.signal(number, server.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
