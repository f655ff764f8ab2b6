"""The reason of a revision erased: free text that may name somebody, wherever that revision wrote it down."""

import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.erasure_mentions import take_time
from db.journal import forget
from db.record_states import RECORDS
from models.chain import SALT_BYTES, entry_digest, reason_digest
from models.erasure import REASON_ERASED
from models.errors import NotFound

FIELDS: Final[Mapping[str, str]] = {
    noun: "withdrawal_reason" if noun == "account" else "retraction_reason" for noun in RECORDS if noun != "api_key"
}
"""Where a record keeps why it was taken out."""


def erase_reason(session: Session, revision_id: int) -> None:
    """Removes why a revision was made, from the chain, and from the records that it took out by that reason.

    The chain keeps the digest of what was said, so that it goes on holding.

    Raises:
        NotFound: there is no such revision, or it does not say why.
    """
    take_time(session)
    found = session.execute(text(_REVISION), {"id": revision_id}).one_or_none()
    if found is None or found.reason is None:
        raise NotFound("There is no such revision, or it says no reason.")
    digest = None if found.reason_salt is None else reason_digest(bytes(found.reason_salt), found.reason).hex()
    changes: list[dict[str, Any]] = []
    listed: list[list[Any]] = []
    for noun, field in FIELDS.items():
        given = {"noun": noun, "field": field, "log": found.log_id, "reason": found.reason, "said": REASON_ERASED}
        session.execute(text(_UPDATE.format(noun=noun, field=field, key=RECORDS[noun].key)), given)
        for row in session.execute(text(_ENTRIES), given):
            one = row._asdict()
            sides = {side: _unsaid(one[side], field, found.reason) for side in ("before", "after")}
            salt = secrets.token_bytes(SALT_BYTES)
            place = {"log_id": row.log_id, "ordinal": row.ordinal}
            changes.append({**place, **sides, "salt": salt.hex()})
            listed.append([row.log_id, row.ordinal, entry_digest(salt, one | sides).hex()])
    session.expire_all()
    session.execute(text("SELECT redact_history(CAST(:entries AS jsonb))"), {"entries": json.dumps(changes)})
    session.execute(text("SELECT redact_reason(:id, :said)"), {"id": revision_id, "said": REASON_ERASED})
    session.execute(text(_ANSWERS), {"word": json.dumps(found.reason, ensure_ascii=False)[1:-1]})
    forget(session, revision_id, listed, reason=digest)


def _unsaid(state: dict[str, Any] | None, field: str, reason: str) -> dict[str, Any] | None:
    return {**state, field: REASON_ERASED} if state is not None and state.get(field) == reason else state


def revision_number(ref: str) -> int:
    """Returns the number of a revision as an address has it.

    Raises:
        NotFound: it is none.
    """
    if not (ref.isascii() and ref.isdigit() and len(ref) <= MOST_DIGITS):
        raise NotFound("There is no such revision.")
    return int(ref)


MOST_DIGITS: Final = 18
_REVISION: Final = "SELECT log_id, reason, reason_salt FROM revision WHERE revision_id = :id"
_UPDATE: Final = """
UPDATE {noun} SET {field} = :said WHERE {field} = :reason
    AND {key} IN (SELECT record_id FROM history WHERE log_id = :log AND noun = :noun)
"""
_ENTRIES: Final = """
SELECT log_id, ordinal, noun, record_id, contact_id, action, before, after FROM history
WHERE salt IS NOT NULL AND noun = :noun AND :reason IN (before ->> :field, after ->> :field)
    AND record_id IN (SELECT h.record_id FROM history h WHERE h.log_id = :log AND h.noun = :noun)
"""
_ANSWERS: Final = "DELETE FROM idempotency WHERE position(convert_to(:word, 'UTF8') IN body) > 0"
