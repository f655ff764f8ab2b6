"""What comes with a file that is to be imported: who sends it, what he decides, and what is refused at once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from api.auth import Caller
from api.deps import Sender
from api.errors import request_id
from api.routing import WRITING
from api.uploads import FILE, FORM, MAPPING, Received, is_form, received
from api.writes import idempotency_key_of, reason_of
from importers import ndjson
from importers.archives import ARCHIVE_BYTES_MAX, looks_like_archive
from importers.csv_mapping import CsvMapping, mapping_of
from importers.registry import IMPORTERS, Importer, importer_named
from models.base import Shape
from models.errors import Detail, InvalidQuery, InvalidRecord
from models.imports import Import

NAME_LENGTH_MAX: Final = 300
BINARY: Final = {"type": "string", "format": "binary", "minLength": 1}
FORMATS: Final = [one.name for one in IMPORTERS]
FORM_SCHEMA: Final = {
    "type": "object",
    "properties": {
        FILE: {**BINARY, "description": "The file."},
        MAPPING: {
            "type": "string",
            "description": "Of a table: how its columns become contacts, in TOML or JSON, as `readout import csv "
            "--suggest` drafts it.",
        },
    },
    "required": [FILE],
    "additionalProperties": False,
}
REQUEST_BODY: Final = {
    "required": True,
    "description": "The file itself, in the format that the address names, or a form that has it in the part `file`. "
    "A table (`csv`) comes as a form, with its mapping in the part `mapping`; a data set that is a folder as a ZIP "
    "archive.",
    "content": {
        **{kind: {"schema": BINARY, "example": one.example} for one in IMPORTERS for kind in one.media_types[:1]},
        "application/octet-stream": {"schema": BINARY, "example": ndjson.EXAMPLE},
        FORM: {"schema": FORM_SCHEMA, "example": {FILE: "contacts.ndjson"}},
    },
}


class ImportAsked(Shape):
    """What whoever sends a file decides."""

    format: str = Field(
        max_length=40,
        description="What it is; `/v1/imports/formats` lists what there is.",
        examples=["ndjson"],
        json_schema_extra={"enum": list(FORMATS)},
    )
    dry_run: bool = Field(default=False, description="Judge everything and store nothing.", examples=[False])
    skip_refused: bool = Field(
        default=False, description="Store the good rows although others are refused.", examples=[False]
    )
    file_name: str | None = Field(
        default=None,
        max_length=NAME_LENGTH_MAX,
        description="The name of the file, for messages; a form carries its own.",
        examples=["contacts.ndjson"],
    )
    intents: bool = Field(
        default=False, description="Event data: load a stated intent to meet as a planned contact.", examples=[False]
    )


@dataclass(frozen=True, slots=True)
class Sent:
    """A file that has come in, who sent it and what he decided."""

    caller: Caller
    asked: ImportAsked
    file: Received
    mapping: CsvMapping | None

    def row(self, request: Request) -> Import:
        """Returns the import that it is to become."""
        asked, file = self.asked, self.file
        mapping = None if self.mapping is None else self.mapping.model_dump(mode="json")
        digest = file.digest.copy()
        digest.update(asked.model_dump_json(exclude={"file_name"}).encode())
        if self.mapping is not None:
            digest.update(self.mapping.model_dump_json().encode())
        return Import(
            **asked.model_dump(include={"format", "dry_run", "skip_refused"}),
            options={"intents": asked.intents, "mapping": mapping},
            file_name=readable_name(asked.file_name or file.name),
            file_bytes=file.size,
            key_id=self.caller.key_id or 0,
            idempotency_key=idempotency_key_of(request),
            request_digest=digest.digest(),
            request_id=request_id(request),
            reason=reason_of(request),
        )


async def sending(request: Request, caller: Sender, asked: Annotated[ImportAsked, Query()]) -> AsyncIterator[Sent]:
    """Receives the file of an import, once; a second attempt finds it there."""
    importer = importer_for(asked)
    reason_of(request), idempotency_key_of(request)
    if importer.needs_mapping and not is_form(request):
        raise without_mapping()
    async with received(request) as file:
        await run_in_threadpool(check_archive, importer, file)
        yield Sent(caller, asked, file, await run_in_threadpool(mapping_for, importer, file.mapping))


WRITING.add(sending)


def importer_for(asked: ImportAsked) -> Importer:
    """Returns the importer that reads files as whoever sends one wants it.

    Raises:
        InvalidQuery: there is none of that name, or it knows no intents.
    """
    importer = importer_named(asked.format)
    if importer is None:
        said = f"There is no format of that name; there are: {', '.join(FORMATS)}."
        raise InvalidQuery(said, errors=[Detail("unknown_format", said, parameter="format")])
    if asked.intents and not importer.event_data:
        said = "Only event data tell of intents; leave intents away."
        raise InvalidQuery(said, errors=[Detail("not_event_data", said, parameter="intents")])
    return importer


def check_archive(importer: Importer, sent: Received) -> None:
    """Checks what can be seen at once of a file that is to be an archive.

    Raises:
        InvalidRecord: it is none, or too long.
    """
    if importer.folder_files and not (sent.size <= ARCHIVE_BYTES_MAX and looks_like_archive(sent.file)):
        said = (
            f"This data set is a folder: send it as a ZIP archive of at most {ARCHIVE_BYTES_MAX >> 20} MiB that holds "
            f"{', '.join(importer.folder_files)}."
        )
        raise InvalidRecord(said, errors=[Detail("no_archive", said, pointer=f"/{FILE}")])


def mapping_for(importer: Importer, sent: bytes | None) -> CsvMapping | None:
    """Returns the mapping that came with a file.

    Raises:
        InvalidRecord: it is none, or is missing, or the format has none.
    """
    if sent is None:
        if importer.needs_mapping:
            raise without_mapping()
        return None
    if not importer.needs_mapping:
        said = f"Files of this format are read without a mapping; leave the part «{MAPPING}» away."
        raise InvalidRecord(said, errors=[Detail("no_mapping", said, pointer=f"/{MAPPING}")])
    try:
        return mapping_of(sent)
    except InvalidRecord as error:
        places = [Detail(one.code, one.message, pointer=f"/{MAPPING}{one.pointer or ''}") for one in error.errors]
        said = error.detail if not places else "The mapping is not one; each of its faults is named."
        raise InvalidRecord(said, errors=places or [Detail("bad_mapping", said, pointer=f"/{MAPPING}")]) from error


def without_mapping() -> InvalidRecord:
    """Returns the refusal of a table that comes without its mapping."""
    said = (
        f"A table is read by a mapping of its columns: send a form ({FORM}) with the table in the part «{FILE}» and "
        f"the mapping, in TOML or JSON, in the part «{MAPPING}». `readout import csv --suggest FILE` drafts one."
    )
    return InvalidRecord(said, errors=[Detail("unmapped", said, pointer=f"/{MAPPING}")])


def readable_name(name: str | None) -> str | None:
    """Returns a file's name as it can be kept and shown: on one line, and not too long."""
    shown = "".join(one if one.isprintable() else " " for one in name or "").strip()
    return shown[:NAME_LENGTH_MAX] or None


def options_kept(row: Import) -> dict[str, Any]:
    """Returns what whoever sent an import decided, as its importer takes it."""
    mapping = row.options.get("mapping")
    return {**row.options, "mapping": CsvMapping.model_validate(mapping) if mapping is not None else None}
