"""The commands `readout import FORMAT`: one for each format, with the choices that it knows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TextIO

import typer

from api.terminal import refuse

if TYPE_CHECKING:
    from importers.choices import Choices

app: Final = typer.Typer(
    no_args_is_help=True,
    help="Load a data set: all of it or, if a row is refused, nothing. A second run changes nothing. Every row is "
    "accounted for: read = loaded + folded + left out + duplicate + refused.",
)
Files = Annotated[list[Path], typer.Argument(metavar="FILE…", exists=True, dir_okay=False, help="The files to read.")]
Folder = Annotated[Path, typer.Argument(metavar="PATH", exists=True, help="The folder to read.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and check everything, store nothing.")]
SkipRefused = Annotated[bool, typer.Option("--skip-refused", help="Store the good rows although others are refused.")]
Intents = Annotated[
    bool, typer.Option("--intents", help="Load a stated intent to meet (CAMEO 036) as a planned contact.")
]
Errors = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write what became of each row to this file, tab-separated.")
]


@dataclass(frozen=True, slots=True)
class Manner:
    """How whoever asks wants it loaded."""

    dry_run: bool
    skip_refused: bool
    errors: Path | None
    intents: bool = False


@app.command()
def historyatstate(
    path: Folder, dry_run: DryRun = False, skip_refused: SkipRefused = False, errors: Errors = None
) -> None:
    """Visits and trips of the Office of the Historian, from its XML files."""
    run("historyatstate", [path], Manner(dry_run, skip_refused, errors))


@app.command()
def ndjson(files: Files, dry_run: DryRun = False, skip_refused: SkipRefused = False, errors: Errors = None) -> None:
    """Contacts as POST /v1/contacts takes them, one JSON object to a line."""
    run("ndjson", files, Manner(dry_run, skip_refused, errors))


@app.command(name="csv")
def table(
    files: Files,
    mapping: Annotated[
        Path | None, typer.Option(metavar="FILE", exists=True, dir_okay=False, help="How its columns become contacts.")
    ] = None,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Print a first mapping of the file; load nothing.")
    ] = False,
    dry_run: DryRun = False,
    skip_refused: SkipRefused = False,
    errors: Errors = None,
) -> None:
    """A table in CSV, read by a mapping of its columns in TOML or JSON; --suggest drafts one."""
    from importers.choices import Choices
    from importers.csv_mapping import mapping_of

    if suggest:
        draft(files)
    elif mapping is None:
        refuse("A table is read by a mapping: --mapping FILE. To begin one, use --suggest.")
    else:
        choices = Choices(mapping=mapping_of(mapping.read_bytes()))
        run("csv", files, Manner(dry_run, skip_refused, errors), choices)


def draft(files: Sequence[Path]) -> None:
    """Prints a mapping for a table, as it can be edited and used."""
    from importers.csv_suggest import suggest
    from importers.documents import document_of

    try:
        typer.echo(suggest(document_of(files[0])), nl=False)
    except ValueError as error:
        refuse(str(error))


@app.command()
def icews(
    files: Files,
    dry_run: DryRun = False,
    skip_refused: SkipRefused = False,
    intents: Intents = False,
    errors: Errors = None,
) -> None:
    """ICEWS Coded Event Data in its original layout of twenty columns."""
    run("icews", files, Manner(dry_run, skip_refused, errors, intents))


@app.command()
def gdelt(
    files: Files,
    dry_run: DryRun = False,
    skip_refused: SkipRefused = False,
    intents: Intents = False,
    errors: Errors = None,
) -> None:
    """GDELT events, 1.0 and 2.0: rows of 57, 58 or 61 columns, also mixed."""
    run("gdelt", files, Manner(dry_run, skip_refused, errors, intents))


@app.command()
def plover(files: Files, dry_run: DryRun = False, skip_refused: SkipRefused = False, errors: Errors = None) -> None:
    """PLOVER events as JSON objects, to a line, in a list or spread over lines."""
    run("plover", files, Manner(dry_run, skip_refused, errors))


def run(name: str, paths: Sequence[Path], manner: Manner, choices: "Choices | None" = None) -> None:
    """Loads files or a folder by the importer of that name, and tells what became of each row."""
    # Their patterns take a second to compile, which no other command should have to wait for.
    from api import imports
    from api.running import opened, read_settings
    from db.records import Author, commit
    from db.seed import seed
    from importers.choices import Choices
    from importers.registry import importer_named

    importer = importer_named(name)
    assert importer is not None, "every command of this file is named after an importer"
    with writable(manner.errors) as report, opened(read_settings(), fills=not manner.dry_run) as database:
        done = imports.Run(importer, skip_refused=manner.skip_refused, dry_run=manner.dry_run)
        with imports.readable(), database.session() as session:
            seed(session)
            loading = done.load(paths, choices or Choices(intents=manner.intents), session, report)
            if done.stores:
                commit(session, Author(reason=f"Import {importer.name}"))
        imports.tell(done, loading)


@contextmanager
def writable(path: Path | None) -> Iterator[TextIO | None]:
    """Opens a file to write before the work begins whose outcome it is to hold."""
    if path is None:
        yield None
        return
    try:
        file = path.open("w", encoding="utf-8", newline="")
    except OSError as error:
        refuse(f"{path} cannot be written: {error.strerror}.")
    with file:
        yield file
