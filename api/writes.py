"""A write: its session, its author, its preconditions, and the answer that leaves only after COMMIT."""

import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from api.auth import Caller
from api.errors import request_id
from api.etags import etag, expected_version, reply
from api.routing import Answered, RetryingRoute
from db import idempotency
from db.idempotency import Repeatable, StoredAnswer
from db.records import Author, commit
from models.errors import Detail, InvalidQuery

__all__ = ["RetryingRoute", "Write", "reply"]

KEY_SHAPE: Final = re.compile(r'"?([\x21\x23-\x7e]{1,255})"?')
REASON_LENGTH_MAX: Final = 500
ONE_IN: Final = 64
"""One write in so many with a key also clears away answers that are too old to be asked for."""


@dataclass(slots=True)
class Write:
    """One writing request."""

    request: Request
    session: Session
    caller: Caller
    repeatable: Repeatable | None = None

    @property
    def author(self) -> Author:
        """Who changes the record, by which request, and why."""
        return Author(self.caller.key_id, request_id(self.request), reason_of(self.request))

    def reason(self) -> str:
        """Returns why, for changes that must say so.

        Raises:
            InvalidQuery: the header Readout-Reason is missing.
        """
        given = reason_of(self.request)
        if given is None:
            said = "Say why in the header Readout-Reason."
            raise InvalidQuery(said, errors=[Detail("missing", said, parameter="Readout-Reason")])
        return given

    def if_match(self, *, required: bool) -> int | None:
        """Returns the version the client wants to change, None when any will do; see `expected_version`."""
        return expected_version(self.request, required=required)

    def begin(self) -> None:
        """Claims the request's Idempotency-Key.

        Raises:
            Answered: the request was answered before; the answer is repeated.
            InFlight: it is being carried out at this moment.
            IdempotencyMismatch: the key was used for another request.
            InvalidQuery: the reason cannot be kept.
        """
        reason_of(self.request)
        if self.repeatable is None:
            return
        stored = idempotency.claim(self.session, self.repeatable)
        if stored is not None:
            headers = {**stored.headers, "Idempotency-Replayed": "true"}
            raise Answered(Response(stored.body, stored.status, headers))

    def done(
        self,
        body: bytes,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        version: int | None = None,
        kept: bytes | None = None,
    ) -> Response:
        """Commits, and only then returns the answer.

        Args:
            body: JSON, or nothing.
            status: of the answer.
            headers: more of them.
            version: of the record in the body; gives the answer its ETag.
            kept: the body to keep for repetitions, when the first holds a secret.
        """
        sent = {"Cache-Control": "private, no-cache", **(headers or {})}
        if body:
            sent["Content-Type"] = "application/json"
        if version is not None:
            sent["ETag"] = etag(version, body)
        if self.repeatable is not None:
            idempotency.store(self.session, self.repeatable, StoredAnswer(status, sent, body if kept is None else kept))
            if secrets.randbelow(ONE_IN) == 0:
                idempotency.prune(self.session)
        commit(self.session, self.author)
        return Response(body, status, sent)


def reason_of(request: Request) -> str | None:
    """Returns the header Readout-Reason.

    Raises:
        InvalidQuery: it is too long, or not text in UTF-8.
    """
    sent = request.headers.get("readout-reason", "").strip()
    try:
        # Header values reach us as Latin-1 whatever they were; people write reasons in UTF-8.
        reason = sent.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        reason = ""
    if (sent and not reason) or len(reason) > REASON_LENGTH_MAX or not reason.isprintable():
        said = f"Readout-Reason takes up to {REASON_LENGTH_MAX} characters of text in UTF-8, on one line."
        raise InvalidQuery(said, errors=[Detail("bad_reason", said, parameter="Readout-Reason")])
    return reason or None


async def repeatable(request: Request, key_id: int) -> Repeatable | None:
    """Returns a request as its repetitions are known, or None when it is not to be repeated.

    Raises:
        InvalidQuery: the Idempotency-Key is not 1 to 255 visible characters.
    """
    key = idempotency_key_of(request)
    if key is None or request.method != "POST":
        return None
    digest = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    digest.update(await request.body())
    return Repeatable(key_id, key, digest.digest())


def idempotency_key_of(request: Request) -> str | None:
    """Returns the header Idempotency-Key.

    Raises:
        InvalidQuery: it is not 1 to 255 visible characters.
    """
    sent = request.headers.get("idempotency-key")
    if sent is None:
        return None
    match = KEY_SHAPE.fullmatch(sent.strip())
    if match is None:
        said = "Idempotency-Key takes 1 to 255 visible ASCII characters, such as a UUID."
        raise InvalidQuery(said, errors=[Detail("bad_key", said, parameter="Idempotency-Key")])
    return match[1]
