"""API keys over HTTP; for administrators."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from api.answers import wants_count
from api.deps import Admin, Paging, keyring_of
from api.routing import address_of
from api.writes import RetryingRoute, Write
from db.keys import find_key, key_out, list_keys, make_key, revoke_key, rotate_key
from db.pages import bad_cursor, decode_cursor, encode_cursor
from models.base import PageLinks, PageMeta
from models.keys import KeyIn, KeyMade, KeyOut, KeyPage, KeyRotation

router = APIRouter(prefix="/v1/keys", tags=["keys"], route_class=RetryingRoute)
KeyId = Annotated[str, Path(max_length=40, description="An id (`key_…`).", examples=["key_5f3a91b2"])]
CURSOR_OF: Final = "keys"


@router.get("", response_model=KeyPage, operation_id="list_keys", summary="List keys")
def list_(request: Request, admin: Admin, paging: Paging) -> Response:
    """Keys in the order they were made, revoked and expired ones included, none with its secret."""
    after = decode_cursor(paging.cursor, CURSOR_OF, 1)[0] if paging.cursor is not None else 0
    if not isinstance(after, int):
        raise bad_cursor()
    found = list_keys(admin.session, after=after, limit=paging.limit, count=wants_count(request))
    meta = PageMeta(graph_version=found.graph_version, unit="keys", total=found.total)
    links = PageLinks(self=str(address_of(request)))
    headers = {"Cache-Control": "private, no-store"}
    if found.total is not None:
        headers["Preference-Applied"] = "count=exact"
    if found.next_place is not None:
        meta.next_cursor = encode_cursor(CURSOR_OF, [found.next_place])
        links.next = str(address_of(request).include_query_params(cursor=meta.next_cursor))
        headers["Link"] = f'<{links.next}>; rel="next"'
    page = KeyPage(items=found.items, links=links, meta=meta)
    absent = {part: {name for name, value in getattr(page, part) if value is None} for part in ("links", "meta")}
    return Response(page.model_dump_json(exclude=absent), 200, headers, "application/json")


@router.post("", status_code=201, response_model=KeyMade, operation_id="create_key", summary="Make a key")
def create(write: Admin, body: KeyIn) -> Response:
    """The answer shows the key this once; only a digest of it is stored. Repeated under its `Idempotency-Key`,
    the answer comes without it."""
    return _made(write, make_key(write.session, body))


@router.get("/{key}", response_model=KeyOut, operation_id="get_key", summary="Get a key")
def get(admin: Admin, key: KeyId) -> Response:
    """A key's name, scopes, expiry and last use."""
    found = key_out(admin.session, find_key(admin.session, key))
    return Response(found.model_dump_json(), 200, {"Cache-Control": "private, no-store"}, "application/json")


@router.delete("/{key}", response_model=KeyOut, operation_id="revoke_key", summary="Revoke a key")
def revoke(request: Request, write: Admin, key: KeyId) -> Response:
    """Ends a key within a second, everywhere. A key once revoked stays so."""
    revoked = revoke_key(write.session, key)
    response = write.done(revoked.model_dump_json().encode())
    keyring_of(request).forget()
    return response


@router.post(
    "/{key}/rotate", status_code=201, response_model=KeyMade, operation_id="rotate_key", summary="Replace a key"
)
def rotate(request: Request, write: Admin, key: KeyId, body: KeyRotation) -> Response:
    """Makes a successor with the same name and scopes; the old key goes on working for the overlap."""
    response = _made(write, rotate_key(write.session, key, overlap=timedelta(minutes=body.overlap_minutes)))
    keyring_of(request).forget()
    return response


def _made(write: Write, made: KeyMade) -> Response:
    headers = {"Location": f"/v1/keys/{made.id}", "Cache-Control": "private, no-store"}
    # What is kept for repetitions lies in the database in plain text: without the secret.
    kept = made.model_copy(update={"key": None}).model_dump_json().encode()
    return write.done(made.model_dump_json().encode(), status=201, headers=headers, kept=kept)
