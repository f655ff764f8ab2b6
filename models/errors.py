"""What can go wrong in the domain. The docstring of each error is its default sentence."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Detail:
    """One fault at one place: a JSON pointer into the body, or the name of a query parameter."""

    code: str
    message: str
    pointer: str | None = None
    parameter: str | None = None


class FieldFault(ValueError):
    """A fault that only several fields together show, and the field to correct."""

    def __init__(self, field: str, said: str) -> None:
        super().__init__(said)
        self.field = field


@dataclass
class ReadoutError(Exception):
    """The request could not be carried out."""

    detail: str = ""
    errors: list[Detail] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.detail = self.detail or (type(self).__doc__ or "").strip()
        super().__init__(self.detail)


class InvalidQuery(ReadoutError):
    """A query parameter is not valid."""


class InvalidRecord(ReadoutError):
    """The body does not describe a valid record."""


class NotAuthenticated(ReadoutError):
    """This request needs a valid API key in the header «Authorization: Bearer ro_…»."""


class NotPermitted(ReadoutError):
    """The API key does not have the scope that this request needs."""


class NotFound(ReadoutError):
    """There is no such record."""


class NotAcceptable(ReadoutError):
    """None of the accepted media types can be produced."""


class Conflict(ReadoutError):
    """The request conflicts with a record that exists."""


class InFlight(Conflict):
    """A request with the same Idempotency-Key is still being carried out; wait, then send it again."""


@dataclass
class Retracted(ReadoutError):
    """The record has been retracted; its history remains."""

    version: int | None = None
    """Of the record, for whoever wants to bring it back."""


class StaleVersion(ReadoutError):
    """The record has changed since you read it: get it again and send its new ETag as If-Match."""


class MissingPrecondition(ReadoutError):
    """Send the record's ETag as If-Match, so that a change made meanwhile is not lost."""


class IdempotencyMismatch(ReadoutError):
    """This Idempotency-Key was used before with a different request; use a new key."""


class TooLarge(ReadoutError):
    """The body is larger than this service accepts."""


class UnsupportedMedia(ReadoutError):
    """Send the body as application/json."""


class Unavailable(ReadoutError):
    """The database cannot be reached or is busy; try again shortly."""


class TooManyExports(Unavailable):
    """As many exports as this service makes at once are being made; try again when one has ended."""


class DiskFull(ReadoutError):
    """The database has no room left; nothing was stored."""


class TimedOut(ReadoutError):
    """The question took longer than this service allows; narrow it with more filters."""
