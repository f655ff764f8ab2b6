"""The plain nouns over HTTP: list, get, create, change and retract, made from each entry of the registry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.answers import asked_page, merged_body, page_reply
from api.deps import RecordReader, Writer
from api.routing import PathRef
from api.writes import RetryingRoute, reply
from db import actors as actor_verbs
from db import resources
from db.engine import ids_of
from db.pages import filter_digest
from db.records import check_version, fetch
from db.references import ACTOR, Mention, Noun, hold_names, resolve_mentions
from db.resources import Held, Resource
from models.errors import Retracted

Links = Mapping[str, Any]
Create = Callable[[Session, Any, Links], int]
Change = Callable[[Session, int, Any, Links, int | None], Any]
Retract = Callable[[Session, int, str, int | None], Any]


@dataclass(frozen=True, slots=True)
class Shapes:
    """The wire shapes of a noun: body, patch, answer, page and list question."""

    body: type[BaseModel]
    patch: type[BaseModel]
    out: type[BaseModel]
    page: type[BaseModel]
    asked: type[BaseModel]


@dataclass(frozen=True, slots=True)
class Routes:
    """One noun's routes.

    Attributes:
        plural: its path and tag.
        resource: how it is stored and read.
        shapes: its wire shapes.
        about: what the noun is, for the docs.
        create: adds one; None where it is added below an actor.
        change: makes one what a merged body says.
        retract: takes one out.
        links: fields of the body that refer to other records, with the noun each means.
        example: a reference, for the docs.
    """

    plural: str
    resource: Resource
    shapes: Shapes
    about: str
    change: Change
    retract: Retract
    create: Create | None = None
    links: Mapping[str, Noun] = field(default_factory=dict)
    example: str = ""

    @property
    def singular(self) -> str:
        """The noun itself."""
        return self.resource.noun.name


def linked(session: Session, routes: Routes, body: BaseModel) -> dict[str, int | None]:
    """Returns the rows a body refers to as column values.

    Raises:
        InvalidRecord: a reference means nothing.
    """
    given = {name: getattr(body, name) for name in routes.links}
    mentions = [Mention(routes.links[name], ref, f"/{name}") for name, ref in given.items() if ref]
    if mentions:
        hold_names(session)
    found = resolve_mentions(session, mentions)
    return {f"{n}_id": found[(routes.links[n].name, ref)] if ref else None for n, ref in given.items()}


def current_body(session: Session, routes: Routes, number: int) -> dict[str, Any]:
    """Returns a stored record as the body that would make it: what a merge patch is applied to."""
    row: Any = fetch(session, routes.resource.table, number)
    if routes.resource.noun is ACTOR:
        return actor_verbs.actor_body(session, row)
    fields = routes.shapes.body.model_fields
    plain = {name: getattr(row, name) for name in fields if name not in routes.links}
    ids = ids_of(session)
    refs = {
        name: ids.encode(noun.prefix, value) if (value := getattr(row, f"{name}_id")) is not None else None
        for name, noun in routes.links.items()
    }
    return plain | refs


def router_of(routes: Routes) -> APIRouter:
    """Returns the routes of one noun."""
    router = APIRouter(prefix=f"/v1/{routes.plural}", tags=[routes.plural], route_class=RetryingRoute)
    _add_reads(router, routes)
    if routes.create is not None:
        _add_create(router, routes, routes.create)
    _add_changes(router, routes)
    return router


def _add_reads(router: APIRouter, routes: Routes) -> None:
    noun, shapes = routes.singular, routes.shapes

    def list_(request: Request, reader: RecordReader, asked: Any) -> Response:
        page = asked_page(request, asked.limit, asked.cursor)
        answer = resources.list_resources(reader.session, routes.resource, asked, page)
        return page_reply(request, answer, filter_digest(asked, noun), routes.plural)

    def get(request: Request, reader: RecordReader, ref: str) -> Response:
        return one(request, reader.session, routes, ref)

    list_.__annotations__["asked"] = Annotated[shapes.asked, Query()]
    get.__annotations__["ref"] = path_of(routes)
    router.get(
        "",
        response_model=shapes.page,
        operation_id=f"list_{routes.plural}",
        summary=f"List {routes.plural}",
        description=routes.about,
    )(list_)
    router.get(
        f"/{{{noun}:record}}",
        response_model=shapes.out,
        operation_id=f"get_{noun}",
        summary=f"Get {a(noun)}",
        description=f"{routes.about} By id{', slug' if routes.resource.noun.slugs else ''}"
        f"{' or outside identifier' if routes.resource.noun.identifiers else ''}.",
    )(get)


def _add_create(router: APIRouter, routes: Routes, create: Create) -> None:
    def post(write: Writer, body: Any) -> Response:
        number = create(write.session, body, linked(write.session, routes, body))
        return made(write, routes, number, 201)

    post.__annotations__["body"] = routes.shapes.body
    router.post(
        "",
        status_code=201,
        response_model=routes.shapes.out,
        operation_id=f"create_{routes.singular}",
        summary=f"Record {a(routes.singular)}",
        description=routes.about,
    )(post)


def _add_changes(router: APIRouter, routes: Routes) -> None:
    def patch(write: Writer, ref: str, body: Any) -> Response:
        expected = write.if_match(required=True)
        held = _standing(routes, resources.read(write.session, routes.resource, ref))
        current = current_body(write.session, routes, held.number)
        merged = merged_body(routes.shapes.body, current, body)
        links = linked(write.session, routes, merged)
        if not _says_the_same(write.session, routes, (current, merged, links), held, expected):
            routes.change(write.session, held.number, merged, links, expected)
        return made(write, routes, held.number, 200)

    def retract(write: Writer, ref: str) -> Response:
        expected = write.if_match(required=True)
        held = _standing(routes, resources.read(write.session, routes.resource, ref))
        routes.retract(write.session, held.number, write.reason(), expected)
        return write.done(b"", status=204)

    noun, merge_patch = routes.singular, Body(media_type="application/merge-patch+json")
    patch.__annotations__ |= {"ref": path_of(routes), "body": Annotated[routes.shapes.patch, merge_patch]}
    retract.__annotations__["ref"] = path_of(routes)
    router.patch(
        f"/{{{noun}:record}}",
        response_model=routes.shapes.out,
        operation_id=f"patch_{noun}",
        summary=f"Change {a(noun)}",
        description="JSON Merge Patch; the result is validated as a whole. Needs `If-Match`.",
    )(patch)
    router.delete(
        f"/{{{noun}:record}}",
        status_code=204,
        operation_id=f"retract_{noun}",
        summary=f"Retract {a(noun)}",
        description="Takes it out of every answer; its history stays. Needs `If-Match` and a reason in "
        "`Readout-Reason`.",
    )(retract)


def _says_the_same(
    session: Session, routes: Routes, sides: tuple[dict[str, Any], Any, Links], held: Held, expected: int | None
) -> bool:
    """Whether a merged body says what the record says already, by whatever references.

    Raises:
        StaleVersion: it does, but it has changed since the client read it: the other one's change is not his.
    """
    current, merged, links = sides
    plain = {name: value for name, value in current.items() if value is not None}
    names = set(routes.links)
    if merged.model_dump(exclude=names) != routes.shapes.body.model_validate(plain).model_dump(exclude=names):
        return False
    row: Any = fetch(session, routes.resource.table, held.number, lock=True)
    check_version(row, expected)
    # Whoever changed it between two of our statements has it compared with something else.
    if row.version != held.version:
        return False
    return all(getattr(row, name) == value for name, value in links.items())


def path_of(routes: Routes) -> Any:
    """Returns the reference in an address that names a record of a noun."""
    noun = routes.resource.noun
    forms = [f"an id (`{noun.prefix}_…`)", *(["a slug"] if noun.slugs else [])]
    forms += ["`scheme:value`"] if noun.identifiers else []
    said = ", ".join(forms[:-1]) + (" or " if len(forms) > 1 else "") + forms[-1]
    said = said[0].upper() + said[1:] + "."
    return Annotated[PathRef, Path(alias=noun.name, description=said, examples=[routes.example])]


def a(noun: str) -> str:
    """Returns a noun with its article."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def one(request: Request, session: Session, routes: Routes, ref: str) -> Response:
    """Answers one record; a merged one leads to the living one."""
    held = resources.read(session, routes.resource, ref)
    if held.merged_into is not None:
        return led_on(request, held.merged_into)
    return reply(request, held.document.encode(), held.version, changed_at=held.changed_at)


def led_on(request: Request, ref: str) -> Response:
    """Leads from the address of a merged record, or of what stands below it, to the same of the one that stands."""
    parts = request.url.path.split("/")
    parts[3] = ref
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse("/".join(parts) + query, 308, {"Cache-Control": "no-store"})


def _standing(routes: Routes, held: Held) -> Held:
    """Returns a record that may be changed.

    Raises:
        Retracted: it has been merged; the sentence names the one to change.
    """
    if held.merged_into is not None:
        raise Retracted(f"This {routes.singular} has been merged into {held.merged_into}; change that one.")
    return held


def made(write: Any, routes: Routes, number: int, status: int) -> Response:
    """Answers a record just written, once it is committed."""
    public = ids_of(write.session).encode(routes.resource.noun.prefix, number)
    held = resources.read(write.session, routes.resource, public)
    headers = {"Location": f"/v1/{routes.plural}/{public}"} if status == 201 else {}
    done: Response = write.done(held.document.encode(), status=status, headers=headers, version=held.version)
    return done
