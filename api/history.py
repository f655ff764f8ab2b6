"""History over HTTP: what became of one record, and the feed of all changes."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response

from api.answers import view_of
from api.deps import Paging, Reader
from api.etags import is_known
from api.registry import REGISTRY
from api.routing import PathRef, RetryingRoute, address_of
from db.changes import Changes, feed, history_of
from db.pages import decode_cursor, encode_cursor, filter_digest
from db.references import COMMITMENT, CONTACT, DISMISSAL, Noun
from models.base import PageLinks, PageMeta
from models.changes import ChangeFeed, ChangePage, FeedAsked

router: Final = APIRouter(prefix="/v1", route_class=RetryingRoute)
HEADERS: Final = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}
BEGINNING: Final = (0, -1)
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
        return _answer(ChangePage, request, found, cursor, "cursor")

    said = f"The {noun.name}'s id; its slug or outside identifier too, where it has one and stands."
    history.__annotations__["ref"] = Annotated[PathRef, Path(alias=noun.name, description=said, examples=[example])]
    router.get(
        f"/{plural}/{{{noun.name}:record}}/history",
        response_model=ChangePage,
        operation_id=f"list_{noun.name}_history",
        summary=f"List the changes of {'an' if noun.name[0] in 'aeiou' else 'a'} {noun.name}",
        tags=[plural],
        description="Who changed it, when, why, and what it was before and after; newest first. "
        + ("Changes of its accounts and commitments are among them. " if noun is CONTACT else "")
        + "What was retracted, merged or erased keeps its history, under its id.",
    )(history)


for one in HISTORIES:
    _add_history(*one)


@router.get(
    "/changes", response_model=ChangeFeed, operation_id="list_changes", summary="Follow all changes", tags=["changes"]
)
def changes(request: Request, reader: Reader, asked: Annotated[FeedAsked, Query()]) -> Response:
    """Every creation, change, merge, retraction and erasure, oldest first: nothing is missed and nothing comes twice,
    however many write meanwhile. Keep `meta.next_cursor`, which every page has, and go on from it with `since`. Changes
    of keys are for administrators."""
    digest = filter_digest(asked.model_copy(update={"since": None}), "changes")
    after = _place(asked.since, digest) or BEGINNING
    admin = "admin" in reader.caller.scopes
    found = feed(reader.session, asked, after=after, sees_keys=admin)
    return _answer(ChangeFeed, request, found, encode_cursor(digest, found.last or after), "since")


def _place(cursor: str | None, digest: str) -> tuple[int, int] | None:
    if cursor is None:
        return None
    revision, ordinal = decode_cursor(cursor, digest, 2)
    return (int(revision), int(ordinal))


def _answer(page: Any, request: Request, found: Changes, cursor: str | None, parameter: str) -> Response:
    address = address_of(request)
    following = str(address.include_query_params(**{parameter: cursor})) if found.more else None
    shown = page(
        items=list(found.items),
        links=PageLinks(self=str(address), next=following),
        meta=PageMeta(graph_version=found.version, unit="changes", next_cursor=cursor),
    )
    tag = f'W/"g{found.version}-{view_of(request)}"'
    headers = {**HEADERS, "ETag": tag, **({"Link": f'<{following}>; rel="next"'} if following else {})}
    if is_known(request, tag):
        return Response(None, 304, headers)
    absent = {part: {name for name, value in getattr(shown, part) if value is None} for part in ("links", "meta")}
    body = shown.model_dump_json(exclude=absent)
    return Response(body, 200, headers, "application/json")
