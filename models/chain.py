"""The hash chain over history: pure functions from what was written to the digests that prove it.

Every entry has a salt of its own, so that its content can be taken out later and its digest tells nothing of it.
The chain hashes digests only, and goes on holding when content is gone.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, cast

SALT_BYTES: Final = 16
ENTRY_FACTS: Final = ("log_id", "ordinal", "noun", "record_id", "contact_id", "action", "before", "after")
"""What an entry's digest covers."""
STATES: Final = ("before", "after")
_ENTRY_ORDER: Final = tuple(sorted(ENTRY_FACTS))
_ENTRY: Final = b"{%s}" % b",".join(b'"%s":%%s' % name.encode() for name in _ENTRY_ORDER)


_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical(value: Any) -> bytes:
    """Returns a JSON value in the canonical form of RFC 8785.

    Only for what history holds: text, whole numbers, true, false, null, and objects whose keys are ASCII. There the
    standard library's fast encoder writes what the RFC demands; a test compares it with a library that does it all.
    """
    return _CANONICAL.encode(value).encode()


def entry_digest(salt: bytes, entry: Mapping[str, Any]) -> bytes:
    """Returns the SHA-256 over an entry's salt and its canonical JSON."""
    texts = {side: None if entry[side] is None else canonical(entry[side]) for side in STATES}
    return digest_of_texts(salt, {**entry, **texts})


def digest_of_texts(salt: bytes, entry: Mapping[str, Any]) -> bytes:
    """Returns the digest of an entry whose states are canonical JSON already: they are long, and stored as text too."""
    said = _ENTRY % tuple(_member(name, entry[name]) for name in _ENTRY_ORDER)
    return sha256(salt + said).digest()


def _member(name: str, value: Any) -> bytes:
    if value is None:
        return b"null"
    if name in STATES:
        return cast("bytes", value)
    # Nouns and actions are words of the vocabulary: nothing in them wants escaping.
    return b"%d" % value if value.__class__ is int else b'"%s"' % value.encode()


def entries_digest(digests: Iterable[bytes]) -> bytes:
    """Returns the SHA-256 over the digests of one transaction's entries, in their order."""
    whole = sha256()
    for digest in digests:
        whole.update(digest)
    return whole.digest()


def reason_digest(salt: bytes, reason: str) -> bytes:
    """Returns the SHA-256 over a reason and its salt."""
    return sha256(salt + reason.encode()).digest()


def link(previous: bytes | None, facts: Mapping[str, Any], *, entries: bytes, reason: bytes | None) -> bytes:
    """Returns the link of a revision: the SHA-256 over the link before and all that the revision says.

    The database works out the same in its function ``seal_revision``, under the lock that orders revisions.

    Args:
        previous: the link of the revision before; None = it is the first.
        facts: the revision's columns.
        entries: digest over its entries.
        reason: digest of why it was made; None = it does not say.
    """
    at: datetime = facts["at"]
    numbers = ("changes", "key_id", "latest_write", "log_id", "request_id", "revision_id", "touched", "write_id")
    said = {
        **{name: facts[name] for name in numbers},
        "at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "entries": entries.hex(),
        "previous": None if previous is None else previous.hex(),
        "reason": None if reason is None else reason.hex(),
    }
    return sha256(canonical(said)).digest()
