"""The command `readout bi`: a role for dashboards that read PostgreSQL itself."""

import secrets
from typing import Annotated, Final

import typer
from sqlalchemy import URL, make_url

from api.running import Urls, bring_up_to_date, console, database_urls, read_settings, refuse
from db.bi_role import ROLE, MayNotMakeRolesError, NotOursError, Reader, grant_reader, make_reader, statements
from db.upkeep import one_start_at_a_time
from models.settings import Settings

app: Final = typer.Typer()
PASSWORD_BYTES: Final = 24
_NAME: Final = "The role's name; one that was not made by this command is left alone."
_GRANT: Final = "Only let a role read that an administrator has made; its password stays."
_SQL: Final = "Only print the SQL by which an administrator makes the role."


@app.command()
def bi(
    role: Annotated[str, typer.Option(metavar="NAME", help=_NAME)] = ROLE,
    grant: Annotated[bool, typer.Option("--grant", help=_GRANT)] = False,
    show_sql: Annotated[bool, typer.Option("--sql", help=_SQL)] = False,
) -> None:
    """Make a role that reads the views of the schema bi, for Metabase, Superset or Grafana's PostgreSQL source.

    It sees nothing else, changes nothing, and each of its statements ends after 30 seconds. Run again, it gets a
    new password.
    """
    if show_sql:
        console.print("\n".join(statements(role)), soft_wrap=True, markup=False)
        return
    settings = read_settings()
    with database_urls(settings) as urls:
        with one_start_at_a_time(urls.service):
            bring_up_to_date(settings, urls)
        if grant:
            grant_reader(urls.strongest, role)
            console.print(f"{role} may read the schema bi.", markup=False)
            return
        made = made_reader(urls, role)
        tell(settings, make_url(urls.strongest), made)


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
