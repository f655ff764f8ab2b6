"""Whole lists in other formats: one route for each list, `/v1/contacts.csv` and its like."""

import hashlib
import inspect
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec
from itertools import chain
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Path, Query, Request, Response
from sqlalchemy.orm import Session

from api.answers import today, view_of
from api.deps import Asking as CallerAsking
from api.deps import Moment, may_read
from api.etags import is_known, last_modified
from api.export_sources import LISTS, SOURCES, ListSource, QuestionSource, Wanted
from api.export_streams import ErasedMeanwhileError, Limits, Stream, exports_of
from api.graph import ActorPath, address_names_actors
from api.questions import Graph
from api.routing import RetryingRoute, address_of
from db.engine import ids_of
from db.exporting import Export, count_erasures, was_erased_since
from db.past import stand_at
from db.revisions import read_state
from formats.registry import formats_of
from formats.shapes import About, Content, Format, Options
from formats.tables import BY_NAME
from graph.questions import Asking
from models.base import Shape
from models.errors import Detail, InvalidQuery, NotAcceptable, NotFound
from models.exports import FEED_ENTRIES, ContactSearchExport, FormatOptions
from models.ids import IdKey
from models.known_at import moment_known

RECORDS: Final = "Readout-Records"
TRUNCATED: Final = "Readout-Truncated"
LEFT_OUT: Final = "Readout-Left-Out"
router: Final = APIRouter(prefix="/v1", tags=["exports"], route_class=RetryingRoute)


def format_for(table: str, suffix: str, asked: FormatOptions) -> Format:
    """Returns the format that a suffix means for a list.

    Raises:
        NotFound: the list has no such format.
        NotAcceptable: the service lacks what makes it.
        InvalidQuery: an option is given that the format does not know.
    """
    known = formats_of(table)
    form = known.get(suffix)
    if form is None:
        names = ", ".join(["json", *known] if table != "participants" else known)
        raise NotFound(f"There is no such format of this list. It comes as: {names}.")
    if form.needs is not None and find_spec(form.needs) is None:
        raise NotAcceptable(
            f"{form.name} cannot be made here: whoever runs the service has to install the extra `{form.suffix}`."
        )
    strange = [
        name for name in FormatOptions.model_fields if name in asked.model_fields_set and name not in form.options
    ]
    if strange:
        said = f"{strange[0]} is no option of {form.name}."
        raise InvalidQuery(said, errors=[Detail("unknown_option", said, parameter=strange[0])])
    return form


def with_defaults(form: Format, asked: Any) -> Any:
    """Returns the question with what a format understands by itself: a feed is short and newest first, a calendar
    shows what is planned."""
    given, defaults = asked.model_fields_set, {}
    if form.suffix == "atom":
        defaults = {"sort": "-recorded", "limit": FEED_ENTRIES}
    elif form.suffix == "ics":
        defaults = {"status": ["planned"], "sort": "earliest"}
    return asked.model_copy(update={name: value for name, value in defaults.items() if name not in given})


def headers_of(
    request: Request, table: str, form: Format, state: tuple[int, Any], body: Shape | None = None
) -> dict[str, str]:
    """Returns the headers of an export of one state of the record."""
    version, changed_at = state
    return {
        "ETag": f'W/"g{version}-{view_of(request, body)}"',
        "Vary": "Authorization, Accept",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="readout-{table}.{form.suffix}"',
        **last_modified(changed_at),
    }


def about_of(request: Request, table: str, ids: IdKey, state: tuple[int, Any]) -> About:
    """Returns what a file says about itself."""
    address = address_of(request)
    instance = hashlib.sha256(f"{ids.first}/{ids.second}".encode()).hexdigest()[:16]
    query = f": {request.url.query}" if request.url.query else ""
    host = str(address.replace(path="", query=""))
    return About(f"{table}{query}", str(address), host, instance, *state)


def extent(records: int, left_out: Any, cut: str) -> dict[str, str]:
    """Returns the headers that say how much there is, and what there is not."""
    said = {RECORDS: str(records), TRUNCATED: cut, LEFT_OUT: ", ".join(f"{n}={c}" for n, c in left_out.items())}
    return {name: value for name, value in said.items() if value}


def export_list(source: ListSource, request: Request, form: Format, wanted: Wanted, known_at: str | None) -> Response:
    """Returns a list as a whole, or 304 when the client has that of this state already."""
    exports, held = exports_of(request), ExitStack()
    held.callback(exports.take_place())
    try:
        session = held.enter_context(exports.database.session())
        if known_at is not None:
            moment = moment_known(known_at)
            request.state.erasures = stand_at(session, moment)
            wanted = replace(wanted, today=moment.date())
        state = read_state(session)
        sent = wanted.asked if request.method == "POST" else None
        headers = headers_of(request, source.table, form, state, sent)
        if is_known(request, headers["ETag"]):
            held.close()
            return Response(None, 304, headers)
        with address_names_actors(*source.ends):
            export = source.make(session, wanted)
            counted = export.count(session, exports.settings.export_records)
        headers |= extent(counted.records, counted.left_out, "limit" if counted.cut else "")
        about = about_of(request, source.table, ids_of(session), state)
        pieces = begun(form.write(content_of(source.table, export, session, about), options_of(wanted.asked)))
        pieces = unless_erased(pieces, session, count_erasures(session))
    except BaseException:
        held.close()
        raise
    return Stream(pieces, headers, form.media_type, Limits.of(exports.settings), held.close)


def content_of(table: str, export: Export, session: Session, about: About) -> Content:
    """Returns a list as a format takes it."""
    return Content(BY_NAME[table], lambda: export.documents(session), lambda: export.actors(session), about)


def options_of(asked: FormatOptions) -> Options:
    """Returns what a client chose about the format."""
    return Options(**{name: getattr(asked, name) for name in FormatOptions.model_fields})


def begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Returns the same pieces, the first of them made already: what fails at once is still answered as a problem."""
    first = next(pieces, b"")
    return chain((first,), pieces)


def unless_erased(pieces: Iterator[bytes], session: Session, erasures: int) -> Iterator[bytes]:
    """Yields the pieces; when content was erased meanwhile, breaks off before the last one: what was read before may
    hold that content, and must not pass for whole afterwards."""
    kept = b""
    for piece in filter(None, pieces):
        if kept:
            yield kept
        kept = piece
    if was_erased_since(session, erasures):
        raise ErasedMeanwhileError
    yield kept


def export_answer(source: QuestionSource, request: Request, form: Format, asked: Any, reader: Asking) -> Response:
    """Returns the answer to a graph question in another format, or 304 when the client has it already."""
    state = (reader.version, request.state.changed_at)
    headers = headers_of(request, source.table, form, state)
    if is_known(request, headers["ETag"]):
        return Response(None, 304, headers)
    question = source.question.asked
    plain = question.model_construct(**{name: getattr(asked, name) for name in question.model_fields})
    found = source.question.find(reader, plain)
    rows, actors = (list(map(json.dumps, some)) for some in source.rows(found))
    headers |= extent(len(rows), found.left_out, ",".join(found.limits))
    about = about_of(request, source.table, ids_of(reader.session), state)
    pieces = form.write(Content(BY_NAME[source.table], lambda: rows, lambda: actors, about), options_of(asked))
    return Stream(pieces, headers, form.media_type, Limits.of(request.app.state.settings), lambda: None)


def handler_of(source: ListSource | QuestionSource) -> Any:
    """Returns the route of one list; its parameters are the names in the path, the format, then the question."""
    kind = inspect.Parameter.KEYWORD_ONLY
    shared = {"request": Request, "asked": Annotated[source.asked, Query()], "format": _suffix(source.table)}

    def lists(request: Request, caller: Any, asked: Any, known_at: str | None, **address: str) -> Response:
        may_read(request.app.state.settings, caller)
        form = format_for(source.table, address.pop("format"), asked)
        wanted = Wanted(with_defaults(form, asked), today(), form.actors, address)
        assert isinstance(source, ListSource)
        return export_list(source, request, form, wanted, known_at)

    def answers(request: Request, reader: Asking, asked: Any, format: str) -> Response:
        assert isinstance(source, QuestionSource)
        return export_answer(source, request, format_for(source.table, format, asked), asked, reader)

    if isinstance(source, ListSource):
        handler: Any = lists
        shared |= {"caller": CallerAsking, **dict.fromkeys(source.ends, ActorPath)}
        last = [inspect.Parameter("known_at", kind, annotation=Moment, default=None)]
    else:
        handler, last = answers, []
        shared |= {"reader": Graph}
    first = [inspect.Parameter(name, kind, annotation=annotation) for name, annotation in shared.items()]
    handler.__signature__ = inspect.Signature([*first, *last])
    return handler


def _suffix(table: str) -> Any:
    suffixes = list(formats_of(table))
    said = f"What it comes as: {', '.join(f'`{suffix}`' for suffix in suffixes)}."
    return Annotated[
        str,
        Path(
            description=said,
            examples=["csv"],
            json_schema_extra={"pattern": f"^({'|'.join(map(re.escape, suffixes))})$"},
        ),
    ]


def told(source: ListSource | QuestionSource) -> str:
    """Returns the description of one route: each format, what it is for and what it cannot carry."""
    table = BY_NAME[source.table]
    lines = [
        source.about,
        "No pages: everything there is, streamed, or the first `limit`. `Readout-Records` says how many records that "
        "is; an answer that broke off has fewer and is not completed.",
        f"Flat rows leave out: {table.cannot[0].lower()}{table.cannot[1:]}",
        *(f"* `{one.suffix}`: {one.about} *Cannot carry:* {one.cannot}" for one in formats_of(source.table).values()),
    ]
    return "\n\n".join(lines[:3]) + "\n\n" + "\n".join(lines[3:])


def _body_of(form: Format) -> dict[str, Any]:
    whole = form.schema["type"] == "object"
    return {"schema": form.schema, "example": json.loads(form.example) if whole else form.example}


def _answers_of(table: str) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for form in formats_of(table).values():
        content.setdefault(form.media_type, _body_of(form))
    about = {
        RECORDS: ("integer", "How many records the complete answer has: contacts, edges, pairs, cells, rows."),
        TRUNCATED: ("string", "What cut the answer: `limit`, or a limit of the graph question."),
        LEFT_OUT: ("string", "What the records do not include, counted."),
    }
    headers = {name: {"description": said, "schema": {"type": kind}} for name, (kind, said) in about.items()}
    return {"description": "The list in the format asked for.", "content": content, "headers": headers}


CONTACTS: Final = LISTS[0]


def search(
    request: Request,
    caller: CallerAsking,
    format: _suffix(CONTACTS.table),  # type: ignore[valid-type]
    asked: Annotated[ContactSearchExport, Body()],
    known_at: Moment = None,
) -> Response:
    """Returns the contacts of a body."""
    may_read(request.app.state.settings, caller)
    form = format_for(CONTACTS.table, format, asked)
    wanted = Wanted(with_defaults(form, asked), today(), form.actors)
    return export_list(CONTACTS, request, form, wanted, known_at)


router.add_api_route(
    "/contacts/search.{format}",
    search,
    methods=["POST"],
    response_class=Response,
    operation_id="export_contact_search",
    summary="Export contacts by a body",
    description="The filters of `GET /v1/contacts.{format}` as a body, for questions too long for an address; "
    "answered in the same formats.",
    responses={200: _answers_of(CONTACTS.table)},
)
for _source in SOURCES:
    router.add_api_route(
        f"{_source.path}.{{format}}",
        handler_of(_source),
        methods=["GET"],
        response_class=Response,
        operation_id=f"export_{_source.table}",
        summary=f"Export {_source.table}",
        description=told(_source),
        responses={200: _answers_of(_source.table)},
    )
