"""The commands of `readout`, as they are typed and explained.

What a command does stands in a module of its own, which is imported when the command runs: whoever asks for help, or
for a key, should not wait for the web framework and the graph to be loaded.
"""

from pathlib import Path
from typing import Annotated, Final

import typer

from api import import_commands
from api.terminal import refuse

ROLE: Final = "readout_bi"
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
_NAME: Final = "The role's name; one that was not made by this command is left alone."
_GRANT: Final = "Only let a role read that an administrator has made; its password stays."
_SQL: Final = "Only print the SQL by which an administrator makes the role."


@app.command()
def serve() -> None:
    """Start the database and the service; Ctrl-C or SIGTERM stops both.

    A new database is begun with the reference actors, a first world, and a key that is shown once.
    """
    from api.serving import serve

    serve()


@app.command()
def status() -> None:
    """Say where the record is and what it holds, without changing anything."""
    from api.contents import show_status

    show_status()


@app.command()
def demo() -> None:
    """Ask the record the four questions of the README, and show the answers."""
    from api.demo import show

    show()


@keys.command(name="create")
def create_key(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Whose key it is and what for.")],
    scope: Annotated[
        str, typer.Option(metavar="read|write|admin", help="What it may do: write implies read, admin both.")
    ] = "write",
) -> None:
    """Make a key and show it, this once."""
    from api.key_commands import create

    create(name, scope)


@keys.command(name="list")
def list_keys() -> None:
    """List the keys, without their secrets."""
    from api.key_commands import show

    show()


@keys.command(name="revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(metavar="KEY", help="Its id, as `readout key list` shows it.")],
) -> None:
    """Make a key worthless, within a second."""
    from api.key_commands import revoke

    revoke(key)


@app.command()
def export(
    format_: Annotated[str, typer.Argument(metavar="FORMAT", help="The format by its suffix, such as csv or gexf.")],
    output: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; it is there only when whole.")],
    list_: Annotated[str, typer.Option("--of", metavar="LIST", help="The list.")] = "contacts",
    query: Annotated[str, typer.Option("--where", metavar="QUERY", help="As in an address: kind=call&from=2021.")] = "",
) -> None:
    """Write a list to a file, as `/v1/LIST.FORMAT?QUERY` answers it, without a limit.

    Like there, contacts are those that took place by somebody's word, unless QUERY says otherwise: status=any.
    """
    from api.dump_commands import export

    export(format_, output, list_, query)


@app.command()
def dump(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the dumps are kept, a folder for each.")],
    keep: Annotated[int, typer.Option(min=1, help="How many dumps to keep; older ones are removed.")] = 7,
) -> None:
    """Write the whole record to a new folder in DIR: every list, one state of it, and a manifest.

    The folder appears when everything in it is whole, and is readable for you alone. What was retracted is not in it;
    `readout backup` keeps all.
    """
    from api.dump_commands import dump

    dump(folder, keep)


@app.command()
def migrate() -> None:
    """Bring the schema up to date, before a new build serves.

    An embedded database is migrated by every start anyway. Safe to run again.
    """
    from api.maintenance import migrate

    migrate()


@app.command()
def check(
    history: Annotated[
        bool, typer.Option("--history", help="Check history instead: its chain, and that it ends in what is stored.")
    ] = False,
) -> None:
    """Prove that what is derived is what the records demand, row for row.

    Nothing is changed, and the service may go on meanwhile. Ends with 1 if anything differs.
    """
    from api.maintenance import check, check_log

    check_log() if history else check()


@app.command()
def rebuild() -> None:
    """Derive edges, ties and all else anew; rows that are right stay as they are.

    Readers go on meanwhile, writers wait.
    """
    from api.maintenance import rebuild

    rebuild()


@app.command()
def backup(file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write the dump.")]) -> None:
    """Dump the whole database to a file, while it is in use.

    The dump is pg_dump's custom format, of one moment, and readable for you alone.
    """
    from api.maintenance import backup

    backup(file)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A dump made by backup.")],
) -> None:
    """Restore a dump into an empty database; all of it, or nothing."""
    from api.maintenance import restore

    restore(file)


@app.command()
def wipe(
    yes: Annotated[bool, typer.Option("--yes", help="Really remove every record, key and all history.")] = False,
) -> None:
    """Remove everything, for good."""
    if not yes:
        refuse("This removes every record, key and all history, for good. If you mean it: readout wipe --yes")
    from api.maintenance import wipe

    wipe()


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
    from api import bi

    if show_sql:
        bi.show_sql(role)
    elif grant:
        bi.grant(role)
    else:
        bi.make(role)


def run() -> None:
    """Runs the command line; a fault of the domain, or of a file, is told as its sentence."""
    try:
        app()
    except Exception as error:
        from api.failures import sentence_for

        sentence = sentence_for(error)
        if sentence is None:
            raise
        refuse(sentence)
