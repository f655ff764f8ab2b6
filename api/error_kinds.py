"""The table of what can go wrong: each error of the domain, its status, its title and what to do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.errors import (
    Conflict,
    DiskFull,
    IdempotencyMismatch,
    InFlight,
    InvalidQuery,
    InvalidRecord,
    MissingPrecondition,
    NotAcceptable,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    ReadoutError,
    Retracted,
    StaleVersion,
    TimedOut,
    TooLarge,
    TooManyExports,
    Unavailable,
    UnsupportedMedia,
)

PROBLEM_TYPE: Final = "application/problem+json"
ERRORS_PAGE: Final = "/docs/errors"


class MethodNotAllowed(ReadoutError):
    """This address does not take this method; the header Allow lists those it takes."""


class MalformedRequest(ReadoutError):
    """This is no request of HTTP/1.1 that could be read; the connection is closed."""


class TooSlow(ReadoutError):
    """The request did not come in time; the connection is closed."""


class AddressTooLong(ReadoutError):
    """The address is too long; what is asked in it can be sent as a body to the search of the same list."""


class HeadTooLarge(ReadoutError):
    """The headers are too many or too long; the connection is closed."""


class Internal(ReadoutError):
    """The service made a mistake. It is logged under the request id of this answer; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How one error of the domain is answered."""

    error: type[ReadoutError]
    status: int
    title: str
    remedy: str
    retry_after_seconds: int | None = None

    @property
    def slug(self) -> str:
        """The last part of the problem's type."""
        return self.title.lower().replace(" ", "-")

    @property
    def type(self) -> str:
        """The address of the section that explains this problem."""
        return f"{ERRORS_PAGE}#{self.slug}"


KINDS: Final[tuple[Kind, ...]] = (
    Kind(InvalidQuery, 400, "Invalid query", "Correct the parameters that `errors` names."),
    Kind(
        MalformedRequest, 400, "Malformed request", "Send HTTP/1.1; one length of the body, and headers without gaps."
    ),
    Kind(NotAuthenticated, 401, "Not authenticated", "Send a key that is neither expired nor revoked."),
    Kind(NotPermitted, 403, "Not permitted", "Use a key with the scope that the answer names."),
    Kind(NotFound, 404, "Not found", "Search for the record; it may not exist or be hidden from you."),
    Kind(MethodNotAllowed, 405, "Method not allowed", "Use a method that the header `Allow` lists."),
    Kind(NotAcceptable, 406, "Not acceptable", "Ask for a media type that this address can produce."),
    Kind(
        TooSlow, 408, "Too slow", "Send the whole request at once: its head in 10 seconds, its body at 8 KiB a second."
    ),
    Kind(Conflict, 409, "Conflict", "Look at the record under `existing`, if named; use it or another key."),
    Kind(InFlight, 409, "In flight", "Wait, then send the same request with the same key again.", 1),
    Kind(Retracted, 410, "Retracted", "The record is not part of any answer any more; its history is."),
    Kind(StaleVersion, 412, "Stale version", "Get the record again and repeat your change on what it says now."),
    Kind(
        TooLarge,
        413,
        "Too large",
        "Send less at once; the limit is READOUT_MAX_BODY_BYTES, of a file READOUT_MAX_IMPORT_BYTES.",
    ),
    Kind(AddressTooLong, 414, "Address too long", "Send an address of at most 32 KiB; long questions go into a body."),
    Kind(
        UnsupportedMedia,
        415,
        "Unsupported media type",
        "Send `Content-Type: application/json`, uncompressed.",
    ),
    Kind(InvalidRecord, 422, "Invalid record", "Correct what `errors` points at."),
    Kind(IdempotencyMismatch, 422, "Idempotency mismatch", "Use a new `Idempotency-Key` for a new request."),
    Kind(MissingPrecondition, 428, "Missing precondition", "Send the `ETag` of the record as `If-Match`."),
    Kind(HeadTooLarge, 431, "Head too large", "Send at most 200 headers, of 64 KiB together."),
    Kind(Internal, 500, "Internal error", "Report the request id; the log of the service explains it."),
    Kind(Unavailable, 503, "Unavailable", "Send the request again after `Retry-After` seconds.", 1),
    Kind(
        TooManyExports,
        503,
        "Too many exports",
        "Wait for `Retry-After` seconds; READOUT_EXPORT_PLACES says how many are made at once.",
        10,
    ),
    Kind(TimedOut, 503, "Timed out", "Narrow the question with more filters, or ask again later.", 5),
    Kind(DiskFull, 507, "Disk full", "Whoever runs the service must make room; reads still work.", 60),
)
BY_ERROR: Final[Mapping[type[ReadoutError], Kind]] = {kind.error: kind for kind in KINDS}
