"""Entity tags (RFC 9110, section 8.8): of one record, strong and with its version in front."""

import hashlib
import re
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from models.errors import Detail, InvalidQuery, MissingPrecondition, StaleVersion

TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
OURS: Final = re.compile(r"([1-9][0-9]{0,8})-[0-9a-f]{12}", re.ASCII)
ANY: Final = "*"


def etag(version: int, body: bytes) -> str:
    """Returns the strong tag of one record: its version, and a digest of the very bytes."""
    return f'"{version}-{hashlib.sha256(body).hexdigest()[:12]}"'


def is_known(request: Request, tag: str) -> bool:
    """Whether the client has the answer with this tag already (If-None-Match, compared weakly)."""
    sent = request.headers.get("if-none-match", "")
    opaque = tag.removeprefix("W/").strip('"')
    return sent.strip() == ANY or opaque in (match[2] for match in TAG.finditer(sent))


def expected_version(request: Request, *, required: bool) -> int | None:
    """Returns the version that the client wants to change (If-Match), or None when any will do.

    Raises:
        MissingPrecondition: it names none, and one is required.
        StaleVersion: the tag is weak or none of ours, so it cannot be the current one.
        InvalidQuery: the header holds no tag, or several.
    """
    sent = request.headers.get("if-match")
    if sent is None:
        if required:
            raise MissingPrecondition
        return None
    if sent.strip() == ANY:
        return None
    match = TAG.fullmatch(sent.strip())
    if match is None:
        said = 'If-Match takes one ETag in its quotes, such as "3-5f3a91b2c4d6", or *.'
        raise InvalidQuery(said, errors=[Detail("not_an_etag", said, parameter="If-Match")])
    if match[1]:
        raise StaleVersion("If-Match compares strong ETags only: get the record itself and send its ETag, without W/.")
    ours = OURS.fullmatch(match[2])
    if ours is None:
        raise StaleVersion
    return int(ours[1])


def last_modified(changed_at: datetime | None) -> dict[str, str]:
    """Returns the header that says since when an answer is as it is; none where that is not known."""
    return {} if changed_at is None else {"Last-Modified": format_datetime(changed_at.astimezone(UTC), usegmt=True)}


def reply(request: Request, body: bytes, version: int, *, changed_at: datetime | None = None) -> Response:
    """Returns one record, or 304 when the client has it already."""
    headers = {"ETag": etag(version, body), "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    headers |= last_modified(changed_at)
    if is_known(request, headers["ETag"]):
        return Response(None, 304, headers)
    return Response(body, 200, headers, "application/json")
