"""Answers: pages and single records as the bytes Postgres built, with their cache headers and links."""

import hashlib
import json
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import Response

from api.etags import is_known, last_modified
from api.routing import address_of
from db.pages import Answer, Asked, encode_cursor
from models.base import Shape

BUILD: Final = version("readout")
"""Part of every weak ETag: a new build may render the same state differently."""


def today() -> date:
    """Returns the civil day, UTC, at which silences are measured."""
    return datetime.now(UTC).date()


def view_of(request: Request, body: Shape | None = None) -> str:
    """Returns a digest of what, beside the graph version, decides the bytes of a list."""
    sent = body.model_dump_json() if body is not None else ""
    # What was known at an instant does not change with the day.
    day = "" if "known_at" in request.query_params else today().isoformat()
    # But by an erasure it does.
    erasures = str(getattr(request.state, "erasures", ""))
    parts = (request.url.path, request.url.query, sent, request.headers.get("prefer", ""), BUILD, day, erasures)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def asked_page(request: Request, limit: int, cursor: str | None, body: Shape | None = None) -> Asked:
    """Returns how much of a list a request wants, and the graph version of the copy it already has."""
    known = -1
    for tag in request.headers.get("if-none-match", "").split(","):
        number, _, view = tag.strip().removeprefix("W/").strip('"').removeprefix("g").partition("-")
        if view == view_of(request, body) and number.isascii() and number.isdigit() and len(number) < 19:
            known = int(number)
    return Asked(limit, cursor, known, wants_count(request))


def wants_count(request: Request) -> bool:
    """Whether a request asks for the number of items on all pages."""
    return "count=exact" in request.headers.get("prefer", "").replace(" ", "").lower()


def page_reply(request: Request, answer: Answer, digest: str, unit: str, body: Shape | None = None) -> Response:
    """Returns a page: items as Postgres built them, absolute links, what one item counts as."""
    headers = {"ETag": f'W/"g{answer.version}-{view_of(request, body)}"', "Vary": "Authorization, Prefer"}
    headers |= {"Cache-Control": "private, no-cache", **last_modified(answer.changed_at)}
    if answer.items is None or is_known(request, headers["ETag"]):
        return Response(None, 304, headers)
    links: dict[str, str] = {"self": str(address_of(request))}
    meta: dict[str, Any] = {"graph_version": answer.version, "unit": unit}
    if answer.next_key is not None:
        cursor = encode_cursor(digest, answer.next_key)
        meta["next_cursor"] = cursor
        if body is None:
            links["next"] = str(address_of(request).include_query_params(cursor=cursor))
            headers["Link"] = f'<{links["next"]}>; rel="next"'
    if answer.total is not None:
        meta["total"] = answer.total
        headers["Preference-Applied"] = "count=exact"
    if answer.left_out:
        meta["left_out"] = dict(answer.left_out)
        meta["truncated"] = True
    if answer.limits:
        meta |= {"limits": dict(answer.limits), "truncated": True}
    rest = json.dumps({"links": links, "meta": meta})
    return Response(f'{{"items":{answer.items},{rest[1:]}', 200, headers, "application/json")


def merged_body(shape: type[BaseModel], current: dict[str, Any], patch: BaseModel) -> Any:
    """Returns the body that results from a merge patch (RFC 7396), validated again as a whole.

    Raises:
        RequestValidationError: the result is not a valid record.
    """
    changes = patch.model_dump(exclude_unset=True)
    merged = {name: value for name, value in {**current, **changes}.items() if value is not None}
    try:
        return shape.model_validate(merged)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
        raise RequestValidationError(faults, body=changes) from error
