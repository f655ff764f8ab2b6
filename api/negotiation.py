"""Which format a client wants: by the end of the address, which wins, or by Accept (RFC 9110, section 12)."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.accepting import JSON, weights_of
from api.changes import BEHIND, STREAMS
from api.export_sources import SOURCES
from api.routing import JSON_SUFFIX
from formats.registry import formats_of

ENDING: Final = ".json"
WITHOUT_JSON: Final = frozenset({"participants"})
"""Lists that have no pages in JSON."""
PLACES: Final = {
    source.table: re.compile("/v1" + re.sub(r"\\{\w+\\}", "[^/]+", re.escape(source.path)))
    for source in SOURCES
    if source.table not in WITHOUT_JSON
}


SEARCH: Final = "/v1/contacts/search"
METHODS: Final = {SEARCH: ("POST",)}
"""Where another method than GET asks for a list."""


class Negotiated:
    """Leads a request for another format to the route that makes it, and one for `.json` to the pages of JSON."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in METHODS.get(scope["path"], ("GET", "HEAD")):
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if path == BEHIND:
            there = preferred(Request(scope), {media: (media,) for media in STREAMS})
            await self.app({**scope, "path": STREAMS.get(there or "", path)}, receive, varying(send))
            return
        bare = path.removesuffix(ENDING)
        table = "contacts" if path == SEARCH else table_at(bare)
        if table is None:
            await self.app(scope, receive, send)
        elif path != bare:
            headers = [(name, value) for name, value in scope["headers"] if name != b"accept"]
            await self.app({**scope, "path": bare, "headers": headers, JSON_SUFFIX: ENDING}, receive, send)
        else:
            suffix = accepted_suffix(Request(scope), table)
            there = path if suffix is None else f"{path}.{suffix}"
            await self.app({**scope, "path": there}, receive, varying(send))


def table_at(path: str) -> str | None:
    """Returns the list that an address means, None where it means none."""
    return next((name for name, place in PLACES.items() if place.fullmatch(path)), None)


def varying(send: Send) -> Send:
    """Returns what sends the same and says that the answer depends on Accept."""

    async def send_varying(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if "accept" not in headers.get("vary", "").lower().replace(" ", "").split(","):
                headers.add_vary_header("Accept")
        await send(message)

    return send_varying


def accepted_suffix(request: Request, table: str) -> str | None:
    """Returns the suffix of the format that a client likes best; None = JSON, which also wins a tie."""
    return preferred(request, {form.suffix: form.accepted_as for form in formats_of(table).values()})


def preferred(request: Request, forms: Mapping[str, Iterable[str]]) -> str | None:
    """Returns which of some forms, each with its media types, a client likes better than JSON; None = none."""
    weights = weights_of(request)

    def weight(*ranges: str) -> float:
        return next((weights[one] for one in ranges if one in weights), 0.0)

    best, chosen = weight(*JSON), None
    for name, types in forms.items():
        for media in types:
            liked = weight(media, f"{media.partition('/')[0]}/*", "*/*")
            if liked > best:
                best, chosen = liked, name
    return chosen
