"""History over HTTP: what became of one record."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response

from api.answers import view_of
from api.deps import Paging, Reader
from api.etags import is_known
from api.registry import REGISTRY
from api.routing import PathRef, RetryingRoute, address_of
from db.changes import Changes, history_of
from db.pages import decode_cursor, encode_cursor
from db.references import COMMITMENT, CONTACT, DISMISSAL, Noun
from models.base import PageLinks, PageMeta
from models.changes import ChangeFeed, ChangePage

router: Final = APIRouter(prefix="/v1", route_class=RetryingRoute)
HEADERS: Final = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
HISTORIES: Final = (
    (CONTACT, "contacts", "example:first-world/1"),
    (COMMITMENT, "commitments", "com_5f3a91b2"),
    (DISMISSAL, "dismissals", "dms_5f3a91b2"),
    *((routes.resource.noun, routes.plural, routes.example) for routes in REGISTRY),
)


def _add_history(noun: Noun, plural: str, example: str) -> None:
    def history(request: Request, reader: Reader, ref: str, place: Paging) -> Response:
        digest = f"history {noun.name}"
        before = _place(place.cursor, digest)
        admin = "admin" in reader.caller.scopes
        found = history_of(reader.session, noun, ref, (before, place.limit), names_keys=admin)
        cursor = encode_cursor(digest, found.last) if found.more and found.last else None
        return _answer(request, found, cursor)

    said = f"The {noun.name}'s id; its slug or outside identifier too, where it has one."
    history.__annotations__["ref"] = Annotated[PathRef, Path(alias=noun.name, description=said, examples=[example])]
    router.get(
        f"/{plural}/{{{noun.name}:record}}/history",
        response_model=ChangePage,
        operation_id=f"list_{noun.name}_history",
        summary=f"List the changes of {'an' if noun.name[0] in 'aeiou' else 'a'} {noun.name}",
        tags=[plural],
        description="Who changed it, when, why, and what it was before and after; newest first. "
        + ("Changes of its accounts and commitments are among them. " if noun is CONTACT else "")
        + "What was retracted keeps its history; what was merged or erased does so under its id.",
    )(history)


for one in HISTORIES:
    _add_history(*one)


def _place(cursor: str | None, digest: str) -> tuple[int, int] | None:
    if cursor is None:
        return None
    revision, ordinal = decode_cursor(cursor, digest, 2)
    return (int(revision), int(ordinal))


def _answer(request: Request, found: Changes, cursor: str | None) -> Response:
    address = address_of(request)
    following = None if cursor is None else str(address.include_query_params(cursor=cursor))
    shown = ChangePage(
        items=list(found.items),
        links=PageLinks(self=str(address), next=following),
        meta=PageMeta(graph_version=found.version, unit="changes", next_cursor=cursor),
    )
    return page_of_changes(request, shown)


def page_of_changes(request: Request, shown: ChangePage | ChangeFeed) -> Response:
    """Returns a page of changes with its tag and its link, or 304 when the client has it."""
    tag = f'W/"g{shown.meta.graph_version}-{view_of(request)}"'
    following = shown.links.next
    headers = {**HEADERS, "ETag": tag, **({"Link": f'<{following}>; rel="next"'} if following else {})}
    if is_known(request, tag):
        return Response(None, 304, headers)
    absent = {part: {name for name, value in getattr(shown, part) if value is None} for part in ("links", "meta")}
    return Response(shown.model_dump_json(exclude=absent), 200, headers, "application/json")
