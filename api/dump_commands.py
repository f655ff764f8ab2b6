"""`readout export` and `readout dump`: a list in a file, and the whole record in a folder every night."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

from sqlalchemy.orm import Session

from api.answers import BUILD, today
from api.export_sources import LISTS, Wanted
from api.exports import content_of, format_for, options_of, with_defaults
from api.registry import REGISTRY
from api.running import opened, read_settings
from api.terminal import console, refuse
from api.validation import refuse_unknown_parameters
from db.exporting import ExportDatabase, count_erasures, was_erased_since
from db.pages import Asked, encode_cursor, filter_digest
from db.resources import list_resources
from db.revisions import read_version
from formats.registry import FORMATS
from formats.shapes import About
from models.errors import Conflict
from models.exports import LARGEST_LIMIT

UNLIMITED: Final = 0
PAGE: Final = 1_000
INSTANT: Final = "%Y-%m-%dT%H%M%S.%fZ"
MANIFEST: Final = "manifest.json"
TOLD: Final = ("file", "records", "bytes", "sha256")
OWNERS_ONLY: Final = 0o077
ATTEMPTS: Final = 3
"""Of a dump during which content is erased."""
DUMPED: Final = (
    ("contacts", "contacts", "ndjson", "status=any&include=accounts,commitments,identifiers,parts,follows"),
    ("contacts", "contacts", "csv", "status=any"),
    ("participants", "participants", "csv", "status=any"),
    ("participants", "participants", "parquet", "status=any"),
    ("contacts", "contacts", "parquet", "status=any"),
    *(
        (f"{table}-{level}", table, suffix, f"level={level}")
        for table in ("edges", "ties")
        for level in ("actor", "state")
        for suffix in ("ndjson", "csv", "parquet", "graphml")
    ),
)
"""File, list, format and question; edges and ties as questions count them: what took place by somebody's word."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of one file; its records are of one unit."""

    file: str
    records: int
    bytes: int
    sha256: str
    unit: str = ""


@contextmanager
def snapshot() -> Iterator[Session]:
    """Gives a session that sees one state of the record, without limits on time.

    Raises:
        Conflict: content was erased meanwhile; whatever was written of it must go.
    """
    with opened(read_settings()) as database:
        exporting = ExportDatabase(database, seconds=UNLIMITED, idle_seconds=UNLIMITED)
        with exporting.session() as session:
            erasures = count_erasures(session)
            yield session
            if was_erased_since(session, erasures):
                raise Conflict("Content was erased while this ran, and what was read may hold it. Run it again.")


def write_list(session: Session, path: Path, table: str, suffix: str, query: str) -> Written:
    """Writes a list to a file, which is there only when it is whole."""
    source = next(one for one in LISTS if one.table == table)
    given: dict[str, Any] = asked_for(query)
    address = {end: given.pop(end, [""])[0] for end in source.ends}
    fields = {field.alias or name: field for name, field in source.asked.model_fields.items()}
    refuse_unknown_parameters(given, fields)
    lists = {name for name, field in fields.items() if isinstance(field.default, list)}
    asked = source.asked.model_validate({name: v if name in lists else v[-1] for name, v in given.items()})
    form = format_for(table, suffix, asked)  # type: ignore[arg-type]
    wanted = Wanted(with_defaults(form, asked), today(), form.actors, address)
    export = source.make(session, wanted)
    counted = export.count(session, LARGEST_LIMIT)
    about = About(f"{table}: {query}" if query else table, version=read_version(session))
    pieces = form.write(content_of(table, export, session, about), options_of(wanted.asked))
    return replace(write_file(path, pieces, counted.records), unit=export.listing.unit)


def asked_for(query: str) -> dict[str, list[str]]:
    """Returns the parameters of a question written as in an address, or ends the command with how it is written."""
    try:
        return parse_qs(query.removeprefix("?"), keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        refuse(
            "--where takes what stands after the ? of an address, in quotes: "
            '--where "kind=call,meeting&actor=iso3:USA&level=state&from=2021". '
            "The parameters of each list are at /docs, or in docs/formats.md."
        )


def write_file(path: Path, pieces: Iterator[bytes], records: int) -> Written:
    """Writes a file beside its place and moves it there when it is whole and on the disk."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    digest, size = hashlib.sha256(), 0
    try:
        with beside.open("wb") as file:
            for piece in pieces:
                digest.update(piece)
                size += file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        # Whoever asked knows the file by the name he gave it.
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        beside.unlink(missing_ok=True)
    return Written(path.name, records, size, digest.hexdigest())


def export(format_: str, output: Path, list_: str, query: str) -> None:
    """Writes a list to a file, as the address of the same words answers it, without a limit."""
    names = [source.table for source in LISTS]
    if list_ not in names:
        refuse(f"There is no such list to export. Lists: {', '.join(names)}.")
    if not output.parent.is_dir():
        refuse(f"There is no folder {output.parent} to write {output.name} to.")
    try:
        with snapshot() as session:
            made = write_list(session, output, list_, format_, query)
    except Conflict:
        output.unlink(missing_ok=True)
        raise
    console.print(f"{made.records:,} {made.unit}, {made.bytes:,} bytes in {made.file}.", markup=False)
    if "status" not in asked_for(query):
        said = "Of what took place by somebody's word, as questions count; with status=any in --where, of all."
        console.print(said, soft_wrap=True)


def dump(folder: Path, keep: int) -> None:
    """Writes the whole record to a new folder, which appears when everything in it is whole.

    Raises:
        Conflict: content was erased during each of the attempts.
    """
    for attempt in range(1, ATTEMPTS + 1):
        name = f"readout-{datetime.now(UTC):{INSTANT}}"
        try:
            with for_its_owner_alone():
                files = write_dump(folder, name)
            break
        except Conflict:
            # A timer that runs at night has nobody to run it again.
            if attempt == ATTEMPTS:
                raise
            console.print("Content was erased meanwhile; beginning again.")
    for old in sorted(path for path in folder.glob("readout-*T*Z") if (path / MANIFEST).is_file())[:-keep]:
        shutil.rmtree(old)
    console.print(f"{len(files)} files in {folder / name}.", markup=False, soft_wrap=True)


@contextmanager
def for_its_owner_alone() -> Iterator[None]:
    """Lets files and folders that are made meanwhile be read by nobody else: a dump holds everything."""
    before = os.umask(OWNERS_ONLY)
    try:
        yield
    finally:
        os.umask(before)


def write_dump(folder: Path, name: str) -> list[Written]:
    """Writes a dump beside its place and moves it there when everything in it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    begun = folder / f".{name}"
    begun.mkdir()
    try:
        with snapshot() as session:
            files = [*dump_lists(session, begun), *dump_nouns(session, begun)]
            manifest = {
                "graph_version": read_version(session),
                "build": BUILD,
                "made_at": datetime.now(UTC).isoformat(),
            }
        manifest["files"] = [{part: getattr(one, part) for part in TOLD} for one in files]
        write_file(begun / MANIFEST, iter([json.dumps(manifest, indent=1).encode()]), len(files))
        begun.replace(folder / name)
    finally:
        shutil.rmtree(begun, ignore_errors=True)
    return files


def dump_lists(session: Session, folder: Path) -> Iterator[Written]:
    """Writes contacts, participants, edges and ties in every format of a dump that can be made here."""
    needs = {form.suffix: form.needs for form in FORMATS}
    for file, table, suffix, query in DUMPED:
        needed = needs[suffix]
        if needed is None or find_spec(needed) is not None:
            yield write_list(session, folder / f"{file}.{suffix}", table, suffix, query)


def dump_nouns(session: Session, folder: Path) -> Iterator[Written]:
    """Writes actors, sources and the other plain nouns as NDJSON."""
    for routes in REGISTRY:
        rows = [row for page in noun_pages(session, routes) for row in page]
        lines = (json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)
        yield write_file(folder / f"{routes.plural}.ndjson", lines, len(rows))


def noun_pages(session: Session, routes: Any) -> Iterator[list[dict[str, Any]]]:
    """Yields the records of a noun page by page."""
    asked, cursor = routes.shapes.asked(), None
    digest = filter_digest(asked, routes.singular)
    while True:
        answer = list_resources(session, routes.resource, asked, Asked(PAGE, cursor))
        yield json.loads(answer.items or "[]")
        if answer.next_key is None:
            return
        cursor = encode_cursor(digest, answer.next_key)
