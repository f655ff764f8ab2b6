"""Imports over HTTP: a file sent, its progress asked for or listened to, its refused rows, cancelled, redacted."""

import csv
import io
from collections.abc import Iterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from api.auth import presented_key
from api.change_streams import ChangeStream, Sending
from api.deps import Admin, Asking, Db, Paging, Read, Reader, Sender, Writer, gate_of, identified
from api.import_answers import ADDRESS, import_out
from api.import_events import Listening, Watch
from api.import_sending import REQUEST_BODY, Sent, sending
from api.routing import address_of
from api.writes import RetryingRoute
from db.engine import Database
from db.imports import PIECE_BYTES, accept, cancel, find_import, list_imports, number_of, redact, refusals
from db.pages import bad_cursor, decode_cursor, encode_cursor
from importers.registry import IMPORTERS, Importer
from models.base import PageLinks, PageMeta
from models.imports import OVER, Import, ImportFormat, ImportFormats, ImportOut, ImportPage, ImportRule
from models.key_text import KeyText
from models.settings import Settings

router = APIRouter(prefix=ADDRESS, tags=["imports"], route_class=RetryingRoute)
CURSOR_OF: Final = "imports"
EVENTS: Final = "text/event-stream"
PRIVATE: Final = {"Cache-Control": "private, no-store"}
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a cell a formula to a spreadsheet; an apostrophe before it makes it text."""
CSV_EXAMPLE: Final = "line,column,reason\r\n17,/participants/0/actor,There is no such actor.\r\n"
EVENTS_EXAMPLE: Final = 'event: progress\ndata: {"state": "running"}\nid: running\n\n'
ImportId = Annotated[
    str, Path(alias="import", max_length=40, description="An id (`imp_…`).", examples=["imp_5f3a91b2"])
]


def import_reading(database: Db, caller: Asking) -> Iterator[Read]:
    """Gives a session that can only read, to somebody who may write: what others send in is not for everybody."""
    caller.require("write")
    with database.reading_session() as session:
        yield Read(session, caller)


ImportReader = Annotated[Read, Depends(import_reading, scope="function")]


@router.post(
    "",
    status_code=202,
    response_model=ImportOut,
    operation_id="create_import",
    summary="Import a file",
    openapi_extra={"requestBody": REQUEST_BODY},
)
def create(request: Request, database: Db, sent: Annotated[Sent, Depends(sending, scope="function")]) -> Response:
    """Takes a file, as the body or as the part `file` of a form, and puts it into the queue: all of it is loaded, or
    nothing. Under an `Idempotency-Key` that is known the answer is the import that it stands for, however far it is."""
    with database.session() as session:
        stored, known = accept(session, sent.row(request), sent.file.pieces(PIECE_BYTES))
        session.commit()
        session.refresh(stored)
        body = import_out(database, stored)
    request.app.state.imports_wanted.set()
    headers = {**PRIVATE, "Location": body.links.self, **({"Idempotency-Replayed": "true"} if known else {})}
    return Response(body.model_dump_json(), 202, headers, "application/json")


@router.get("", response_model=ImportPage, operation_id="list_imports", summary="List imports")
def list_(request: Request, write: ImportReader, paging: Paging, database: Db) -> Response:
    """Imports of everybody, the newest first."""
    before = decode_cursor(paging.cursor, CURSOR_OF, 1)[0] if paging.cursor is not None else None
    if not isinstance(before, int | None):
        raise bad_cursor()
    version, rows = list_imports(write.session, before=before, limit=paging.limit + 1)
    links, meta = PageLinks(self=str(address_of(request))), PageMeta(graph_version=version, unit="imports")
    headers = dict(PRIVATE)
    if len(rows) > paging.limit:
        meta.next_cursor = encode_cursor(CURSOR_OF, [number_of(rows[paging.limit - 1])])
        links.next = str(address_of(request).include_query_params(cursor=meta.next_cursor))
        headers["Link"] = f'<{links.next}>; rel="next"'
    page = ImportPage(items=[import_out(database, row) for row in rows[: paging.limit]], links=links, meta=meta)
    absent = {part: {name for name, value in getattr(page, part) if value is None} for part in ("links", "meta")}
    return Response(page.model_dump_json(exclude=absent), 200, headers, "application/json")


@router.get("/formats", operation_id="list_import_formats", summary="List what can be imported")
def formats(reader: Reader) -> ImportFormats:
    """Every format and data set, with what each cannot carry and by which rules rows are not loaded one to one."""
    del reader
    return ImportFormats(items=[format_out(one) for one in IMPORTERS])


@router.get("/{import}", response_model=ImportOut, operation_id="get_import", summary="Get an import")
def get(write: ImportReader, import_id: ImportId, database: Db) -> Response:
    """How far an import is, and what became of each of its rows."""
    found = import_out(database, find_import(write.session, import_id))
    return Response(found.model_dump_json(), 200, PRIVATE, "application/json")


@router.post("/{import}/cancel", response_model=ImportOut, operation_id="cancel_import", summary="Cancel an import")
def stop(write: Writer, import_id: ImportId, database: Db) -> Response:
    """Cancels an import that is not over: it leaves nothing. One that is running ends within moments."""
    row = find_import(write.session, import_id, lock=True)
    cancel(write.session, row)
    write.session.refresh(row)
    return write.done(import_out(database, row).model_dump_json().encode(), headers=PRIVATE)


@router.get(
    "/{import}/errors.csv",
    response_class=Response,
    operation_id="get_import_errors",
    summary="Get what was refused",
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}, "example": CSV_EXAMPLE}}}},
)
def errors(write: ImportReader, import_id: ImportId, database: Db) -> Response:
    """Each fault of each row that was refused: the line on which the row begins, the column or JSON pointer, and the
    reason. Cells that a spreadsheet would take for formulas begin with an apostrophe."""
    number = number_of(find_import(write.session, import_id))
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{import_id}-errors.csv"'}
    return StreamingResponse(error_lines(database, number), 200, headers, "text/csv; charset=utf-8")


@router.get(
    "/{import}/events",
    response_class=Response,
    operation_id="listen_to_import",
    summary="Listen to an import",
    responses={
        200: {
            "description": "Server-sent events.",
            "content": {EVENTS: {"schema": {"description": "Events, one after the other."}, "example": EVENTS_EXAMPLE}},
        },
        204: {"description": "It is over, and whoever listens has heard so."},
    },
)
async def events(
    request: Request,
    caller: Sender,
    key: Annotated[KeyText | None, Depends(presented_key)],
    import_id: ImportId,
    database: Db,
) -> Response:
    """Server-sent events: one named `progress` whenever the import has changed, with what `GET` of the import answers
    as its data, and at last one named after the state in which it is over. Who comes again after that one is answered
    204, so that a browser does not come a third time."""
    del caller

    def find() -> Import:
        with database.reading_session() as session:
            return find_import(session, import_id)

    async def still_may() -> None:
        async with gate_of(request).place():
            (await identified(request, key)).require("write")

    async with gate_of(request).place():
        found = await run_in_threadpool(find)
    if found.state in OVER and request.headers.get("last-event-id") == found.state:
        return Response(None, 204, PRIVATE)
    watch: Watch = request.app.state.import_watch
    settings: Settings = request.app.state.settings
    close = watch.take_place(number_of(found))
    listening = Listening(watch, number_of(found), gate_of(request), still_may)
    return ChangeStream(listening.events(), EVENTS, PRIVATE, Sending(settings.export_write_seconds, close))


@router.post("/{import}/redact", response_model=ImportOut, operation_id="redact_import", summary="Redact an import")
def take_words_away(write: Admin, import_id: ImportId, database: Db) -> Response:
    """Takes what an import says in words away for good: the name of its file, its reason, its mapping and every
    refused row. Its counts stay, and so does what it loaded. Needs a reason in `Readout-Reason`, which is kept."""
    write.reason()
    row = find_import(write.session, import_id, lock=True)
    redact(write.session, row)
    write.session.refresh(row)
    return write.done(import_out(database, row).model_dump_json().encode(), headers=PRIVATE)


def error_lines(database: Database, number: int) -> Iterator[bytes]:
    """Yields the refused rows of an import as CSV; no connection is held between two pieces."""
    after = 0
    yield b"line,column,reason\r\n"
    while True:
        with database.reading_session() as session:
            found = refusals(session, number, after)
        if not found:
            return
        after = found[-1][0]
        lines = io.StringIO()
        csv.writer(lines).writerows((line, harmless(place), harmless(reason)) for _, line, place, reason in found)
        yield lines.getvalue().encode()


def harmless(cell: str) -> str:
    """Returns a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell


def format_out(one: Importer) -> ImportFormat:
    """Returns an entry of the registry as the service answers it."""
    return ImportFormat(
        name=one.name,
        title=one.title,
        cannot_carry=one.cannot_carry,
        over_http=True,
        archive_of=list(one.folder_files),
        needs_mapping=one.needs_mapping,
        event_data=one.event_data,
        media_types=list(one.media_types),
        rules=[ImportRule(name=rule.name, outcome=rule.outcome, says=rule.says) for rule in one.rules],
    )
