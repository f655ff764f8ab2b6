"""Pages of the service for browsers, and the files they load."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

Endpoint = Callable[[Request], Awaitable[Response]]


def asset(content: bytes, media_type: str) -> Endpoint:
    """Returns what answers a file whose address names its content, so that browsers may keep it for ever."""
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
    }

    async def answer(request: Request) -> Response:
        return Response(content, media_type=media_type, headers=headers)

    return answer


def page(html: str, content_security_policy: str) -> Endpoint:
    """Returns what answers a page under a policy of its own."""
    headers = {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": content_security_policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }

    async def answer(request: Request) -> Response:
        return Response(html, media_type="text/html; charset=utf-8", headers=headers)

    return answer
