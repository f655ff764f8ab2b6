"""The command `readout bi`: a role for dashboards that read PostgreSQL itself."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import URL, make_url

from api.running import Urls, bring_up_to_date, database_urls, read_settings
from api.terminal import console, refuse
from db.bi_role import MayNotMakeRolesError, NotOursError, Reader, grant_reader, make_reader, statements
from db.upkeep import one_start_at_a_time
from models.settings import Settings

PASSWORD_BYTES: Final = 24


def show_sql(role: str) -> None:
    """Prints the SQL by which an administrator makes the role."""
    console.print("\n".join(statements(role)), soft_wrap=True, markup=False)


def grant(role: str) -> None:
    """Lets a role read that an administrator has made."""
    with up_to_date() as (_, urls):
        grant_reader(urls.strongest, role)
    console.print(f"{role} may read the schema bi.", markup=False)


def make(role: str) -> None:
    """Makes the role, or gives it a new password, and prints how it connects."""
    with up_to_date() as (settings, urls):
        tell(settings, make_url(urls.strongest), made_reader(urls, role))


@contextmanager
def up_to_date() -> Iterator[tuple[Settings, Urls]]:
    """Gives the addresses of a database whose views are there."""
    settings = read_settings()
    with database_urls(settings) as urls:
        with one_start_at_a_time(urls.service):
            bring_up_to_date(settings, urls)
        yield settings, urls


def made_reader(urls: Urls, role: str) -> Reader:
    """Returns the role with its new password, or ends the command with what to do instead."""
    reader = Reader(role, secrets.token_urlsafe(PASSWORD_BYTES))
    try:
        make_reader(urls.superuser or urls.strongest, urls.strongest, reader)
    except NotOursError:
        refuse(f"There is a role {role} already that this command has not made: choose another name with --role.")
    except MayNotMakeRolesError:
        refuse(
            f"The owner of the schema may not make roles. Let an administrator run what `readout bi --role {role} "
            f"--sql` prints and give the role a password; then run `readout bi --role {role} --grant`."
        )
    return reader


def tell(settings: Settings, place: URL, reader: Reader) -> None:
    """Prints how the role connects; the password is shown only this once."""
    url = URL.create(
        "postgresql", reader.role, reader.password, place.host, place.port, place.database, place.query
    ).render_as_string(hide_password=False)
    console.print(f"Connect as, shown only this once: {url}", soft_wrap=True, markup=False)
    if settings.embedded:
        console.print(
            "The embedded database has no way in but its socket, and runs while Readout does; a tool on another "
            "machine needs a PostgreSQL of your own (READOUT_DATABASE_URL).",
            soft_wrap=True,
        )
