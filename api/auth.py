"""From headers to who is asking. Knows nothing of storage."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from models.errors import NotAuthenticated, NotPermitted
from models.key_text import KeyText, parse_key_text
from models.vocabulary import Scope

IMPLIED: Final[dict[str, frozenset[str]]] = {
    "read": frozenset({"read"}),
    "write": frozenset({"read", "write"}),
    "admin": frozenset({"read", "write", "admin"}),
}
"""Who may write may read what he wrote; who administers may do both."""
BEARER: Final = HTTPBearer(
    scheme_name="bearer",
    bearerFormat="ro_<id>_<secret>",
    description="An API key as `Authorization: Bearer ro_…`.",
    auto_error=False,
)
HEADER: Final = APIKeyHeader(
    name="X-API-Key",
    scheme_name="header",
    description="An API key as `X-API-Key: ro_…`, for clients that cannot set `Authorization`.",
    auto_error=False,
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, and what he may do."""

    key_id: int | None
    scopes: frozenset[str]

    def require(self, scope: Scope) -> None:
        """Lets only a caller with a scope pass.

        Raises:
            NotAuthenticated: no key was sent.
            NotPermitted: the key lacks the scope.
        """
        if scope in self.scopes:
            return
        if self.key_id is None:
            raise NotAuthenticated
        raise NotPermitted(f"This request needs a key with the scope «{scope}».")


ANYBODY: Final = Caller(None, frozenset())


def caller_with(key_id: int, scopes: Iterable[str]) -> Caller:
    """Returns the holder of a key, with the scopes that his imply."""
    return Caller(key_id, frozenset().union(*(IMPLIED.get(scope, frozenset()) for scope in scopes)))


async def presented_key(
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)],
    header: Annotated[str | None, Security(HEADER)],
) -> KeyText | None:
    """Returns the key that a request shows, or None when it shows none.

    Raises:
        NotAuthenticated: what it shows is not a key, or has a typing error.
    """
    text = bearer.credentials if bearer is not None else header
    if text is None:
        return None
    key = parse_key_text(text.strip())
    if key is None:
        raise NotAuthenticated("This is not a key of this service, or it has a typing error: keys begin with ro_.")
    return key


async def shown_key(request: Request) -> KeyText | None:
    """Returns the key that a request shows, or None when it shows none; the same outside of the framework."""
    return await presented_key(await BEARER(request), await HEADER(request))
