"""The feed of all changes over HTTP: as pages, as lines, and as a stream that goes on."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlalchemy.orm import Session

from api.answers import view_of
from api.auth import ANYBODY, caller_with, presented_key
from api.change_streams import AT_ONCE, ChangeStream, Followers, Following, Sending
from api.deps import Asking, Reader, gate_of, keyring_of, may_read
from api.etags import is_known
from api.history import HEADERS, page_of_changes
from api.routing import RetryingRoute, address_of
from db.changes import Fed, Mark, feed, newest_mark
from db.engine import Database
from db.pages import decode_cursor, encode_cursor, filter_digest
from models.base import PageLinks, PageMeta
from models.changes import ChangeFeed, FeedAsked, FollowAsked
from models.errors import Detail, InvalidQuery
from models.key_text import KeyText
from models.settings import Settings

router: Final = APIRouter(prefix="/v1", route_class=RetryingRoute, tags=["changes"])
NOW: Final = "now"
NDJSON: Final = "application/x-ndjson"
EVENTS: Final = "text/event-stream"
BEHIND: Final = "/v1/changes"
STREAMS: Final = {NDJSON: f"{BEHIND}.ndjson", EVENTS: f"{BEHIND}/events"}
"""Where the same changes are in another form, by the media type that asks for it at the address of the feed."""
LINE_EXAMPLE: Final = (
    '{"revision":1,"ordinal":0,"at":"2021-05-12T16:00:00Z","action":"create","noun":"topic","id":"top_5f3a91b2",'
    '"contact":null,"by":null,"reason":"First start","request_id":null,"cursor":"WyJkMzk0MzA4ZmQ5ZjE0OTFjIl0"}'
)
EVENT_EXAMPLE: Final = f"event: change\ndata: {LINE_EXAMPLE}\nid: WyJkMzk0MzA4ZmQ5ZjE0OTFjIl0\n\n"
UNKEPT: Final = {"Cache-Control": "private, no-store", "Vary": "Authorization, Accept", "X-Accel-Buffering": "no"}
"""Of what goes on; the last one asks proxies not to gather what they should pass on."""
NO_CURSOR: Final = (
    "This is no cursor of the feed of these nouns: take it from an answer to the same `noun`, or leave it out."
)
ShownKey = Annotated[KeyText | None, Depends(presented_key)]


@router.get(
    "/changes",
    response_model=ChangeFeed,
    operation_id="list_changes",
    summary="Follow all changes",
    responses={200: {"content": {EVENTS: {"schema": {"type": "string"}, "example": EVENT_EXAMPLE}}}},
)
def changes(request: Request, reader: Reader, asked: Annotated[FeedAsked, Query()]) -> Response:
    """Every creation, change, merge, retraction and erasure, oldest first: nothing is missed and nothing comes twice,
    however many write meanwhile. Keep `meta.next_cursor`, which every page has, and go on from it with `since`;
    `since=now` begins with what comes next. Changes of keys are for administrators.

    With `Accept: text/event-stream`, as the `EventSource` of a browser sends it, the same as a stream that goes on:
    each change is an event `change` with the cursor as its `id`, from which `Last-Event-ID` goes on. It takes `since`
    and `noun`, not `limit`."""
    fed = feed(
        reader.session,
        asked.noun,
        _mark(reader.session, asked.since, asked),
        asked.limit,
        sees_keys="admin" in reader.caller.scopes,
    )
    cursor = _cursor(asked, fed.mark)
    address = address_of(request)
    following = str(address.include_query_params(since=cursor)) if fed.more else None
    shown = ChangeFeed(
        items=[note for note, _ in fed.items],
        links=PageLinks(self=str(address), next=following),
        meta=PageMeta(graph_version=fed.version, unit="changes", next_cursor=cursor),
    )
    return page_of_changes(request, shown)


@router.get(
    "/changes.ndjson",
    response_class=Response,
    operation_id="export_changes",
    summary="Export all changes",
    responses={
        200: {
            "description": "The changes, an object on each line.",
            "content": {NDJSON: {"schema": {"type": "string"}, "example": LINE_EXAMPLE + "\n"}},
        }
    },
)
def changes_as_lines(
    request: Request, caller: Asking, key: ShownKey, asked: Annotated[FollowAsked, Query()]
) -> Response:
    """The same changes without pages: all up to now, a JSON object on each line, streamed. Each has the `cursor` to go
    on from: where an answer broke off, that of the last whole line."""
    following, close = _follow(request, key, asked, asked.since)
    headers = {**HEADERS, "ETag": f'W/"g{following.first.version}-{view_of(request)}"'}
    if is_known(request, headers["ETag"]):
        close()
        return Response(None, 304, headers)
    return ChangeStream(following.lines(), NDJSON, headers, Sending(_write_seconds(request), close))


@router.get("/changes/events", response_class=Response, include_in_schema=False)
def changes_as_events(
    request: Request, caller: Asking, key: ShownKey, asked: Annotated[FollowAsked, Query()]
) -> Response:
    """The same changes as server-sent events; the feed leads here whoever accepts nothing better."""
    following, close = _follow(request, key, asked, request.headers.get("last-event-id") or asked.since)
    return ChangeStream(following.events(), EVENTS, UNKEPT, Sending(_write_seconds(request), close))


def _follow(request: Request, key: KeyText | None, asked: FollowAsked, since: str | None) -> tuple[Following, Any]:
    """Returns one who follows, with what he gets first, and what gives back his place."""
    state, keyring = request.app.state, keyring_of(request)
    database: Database = state.database
    followers: Followers = state.followers

    def read(mark: Mark | str | None) -> Fed:
        # Asked each time: a key that was revoked reads no more.
        facts = None if key is None else keyring.find(key)
        caller = ANYBODY if facts is None else caller_with(facts.key_id, facts.scopes)
        may_read(state.settings, caller)
        with database.reading_session() as session:
            after = mark if isinstance(mark, Mark) else _mark(session, mark, asked)
            return feed(session, asked.noun, after, AT_ONCE, sees_keys="admin" in caller.scopes)

    close = followers.take_place()
    try:
        first = read(since)
    except BaseException:
        close()
        raise
    return Following(followers, gate_of(request), read, lambda mark: _cursor(asked, mark), first), close


def _cursor(asked: FollowAsked, mark: Mark) -> str:
    return encode_cursor(_digest(asked), (*mark.place, mark.link))


def _mark(session: Session, cursor: str | None, asked: FollowAsked) -> Mark:
    if cursor is None:
        return Mark()
    if cursor == NOW:
        return newest_mark(session)
    try:
        revision, ordinal, link = decode_cursor(cursor, _digest(asked), 3)
        return Mark((int(revision), int(ordinal)), str(link))
    except (ValueError, InvalidQuery) as error:
        code = error.errors[0].code if isinstance(error, InvalidQuery) else "bad_cursor"
        raise InvalidQuery(NO_CURSOR, errors=[Detail(code, NO_CURSOR, parameter="since")]) from error


def _digest(asked: FollowAsked) -> str:
    return filter_digest(FollowAsked(noun=asked.noun), "changes")


def _write_seconds(request: Request) -> float:
    settings: Settings = request.app.state.settings
    return settings.export_write_seconds
