"""An editor's ruling on a contact: shown above the computed status, which goes on following the accounts beneath."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from db.contact_rules import lies_ahead, refuse
from db.edges import hold_ladder, restate
from db.records import change, check_version, fetch
from models.contacts import Contact
from models.errors import Detail, Retracted
from models.rulings import RulingIn
from models.status import HAPPENED

AHEAD = "This lies in the future; a ruling that it took place can be made when it has."


@dataclass(frozen=True, slots=True)
class Ruler:
    """Who rules, and on which civil day, UTC."""

    key_id: int | None
    today: date


def rule(session: Session, contact_id: int, body: RulingIn, ruler: Ruler, expected: int | None) -> None:
    """Sets the ruling on a contact; its edges and ties follow at once.

    Raises:
        InvalidRecord: it says that something took place which lies ahead.
        StaleVersion: the contact has changed since the editor saw it.
    """
    values = {
        "ruling": body.ruling,
        "ruling_reason": body.reason,
        "ruled_at": datetime.now(UTC),
        "ruled_by_id": ruler.key_id,
    }
    row = _standing(session, contact_id, expected)
    if body.ruling in HAPPENED and lies_ahead(row.when, ruler.today):
        refuse([Detail("in_the_future", AHEAD, pointer="/ruling")])
    _set(session, row, values)


def lift_ruling(session: Session, contact_id: int, expected: int | None) -> None:
    """Takes the ruling off a contact: the computed status shows again. Without one nothing changes.

    Raises:
        StaleVersion: the contact has changed since the editor saw it.
    """
    row = _standing(session, contact_id, expected)
    if row.ruling is not None:
        _set(session, row, dict.fromkeys(("ruling", "ruling_reason", "ruled_at", "ruled_by_id")))


def _standing(session: Session, contact_id: int, expected: int | None) -> Contact:
    hold_ladder(session, alone=False)
    row = fetch(session, Contact, contact_id, lock=True)
    if row.retracted_at is not None:
        raise Retracted
    check_version(row, expected)
    return row


def _set(session: Session, row: Contact, values: dict[str, Any]) -> None:
    change(session, row, values)
    restate(session, [row.contact_id or 0])
