"""Bringing the record up for a command: settings, the embedded database or the given one, migrations, first data."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg
from pydantic import ValidationError
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from api.terminal import refuse, warn
from db.embedded import Embedded, EmbeddedError
from db.engine import Database
from db.migrate import current_revision, head_revision, migrate
from db.safety import UnsafeError, check_settings
from db.upkeep import analyse, one_start_at_a_time
from models.faults import sentence_of
from models.settings import Settings

UNLIMITED: Final = 0


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
