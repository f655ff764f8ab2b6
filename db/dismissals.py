"""Dismissals: pairs that look like one and were judged to be two; what a merge makes of them."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.engine import ids_of
from db.record_states import Number, State
from db.records import check_version, fetch, insert, retract
from db.references import ACTOR, CONTACT, DISMISSAL, Mention, Noun, hold_names, resolve_mentions
from models.dismissals import Dismissal, DismissalIn
from models.errors import Conflict, Detail, InvalidRecord, Retracted

NOUNS_OF: Final[dict[str, Noun]] = {"actors": ACTOR, "contacts": CONTACT}


def dismiss(session: Session, body: DismissalIn, key_id: int | None) -> int:
    """Says that two records are two: they are proposed no more. Returns the dismissal's id.

    Raises:
        InvalidRecord: a reference means nothing, or both mean one record.
        Conflict: the pair was dismissed before.
    """
    hold_names(session)
    noun = NOUNS_OF[body.of]
    found = resolve_mentions(session, [Mention(noun, ref, f"/pair/{n}") for n, ref in enumerate(body.pair)])
    first, second = sorted(found[noun.name, ref] for ref in body.pair)
    if first == second:
        said = "Both references mean one record."
        raise InvalidRecord(said, errors=[Detail("same_record", said, pointer="/pair")])
    check_not_dismissed(session, noun.name, (first, second))
    pair = {"noun": noun.name, "first_id": first, "second_id": second}
    row = Dismissal.model_validate({"reason": body.reason, **pair, "decided_by_id": key_id})
    return insert(session, row).dismissal_id or 0


def check_not_dismissed(session: Session, noun: str, pair: tuple[int, int]) -> None:
    """Refuses a dismissal of a pair that has one.

    Raises:
        Conflict: it has; the sentence says where.
    """
    known = session.scalar(text(_KNOWN), {"noun": noun, "first": pair[0], "second": pair[1]})
    if known is not None:
        address = f"/v1/dismissals/{ids_of(session).encode(DISMISSAL.prefix, known)}"
        said = "This pair was dismissed before."
        raise Conflict(f"{said} It is at {address}.", errors=[Detail("taken", said)], extra={"existing": address})


def take_back(session: Session, dismissal_id: int, reason: str, expected: int | None) -> None:
    """Lets a pair be proposed again; that it was dismissed stays in history.

    Raises:
        Retracted: it was taken back before.
        StaleVersion: it has changed since the editor saw it.
    """
    row = fetch(session, Dismissal, dismissal_id, lock=True)
    check_version(row, expected)
    if row.retracted_at is not None:
        raise Retracted
    retract(session, row, reason)


def standing(session: Session, noun: str, record_id: int) -> list[int]:
    """Returns the dismissals in force that name a record."""
    named = text(
        """SELECT dismissal_id FROM dismissal WHERE noun = :noun AND :id IN (first_id, second_id)
        AND retracted_at IS NULL ORDER BY dismissal_id"""
    )
    return list(session.scalars(named, {"noun": noun, "id": record_id}))


def settled(states: dict[Number, State], others: set[int], ends: tuple[int, int], reason: str) -> dict[Number, State]:
    """Returns the dismissals of a merged record as they stand afterwards.

    That of the two themselves is settled by the merge; one against a third passes to the record that stands, unless
    that has one of its own.

    Args:
        states: of the merged record's dismissals.
        others: the records that the one that stands was told apart from.
        ends: the merged record, and the one that stands.
        reason: of the merge.
    """
    found: dict[Number, State] = {}
    for number, state in states.items():
        third = other_of(state, ends[0])
        if third == ends[1] or third in others:
            found[number] = {**state, "retracted_at": datetime.now(UTC).isoformat(), "retraction_reason": reason}
        else:
            first, second = sorted((third, ends[1]))
            found[number] = {**state, "first_id": first, "second_id": second}
    return found


def other_of(state: Any, record_id: int) -> int:
    """Returns the other record of a dismissal."""
    return int(state["second_id"] if state["first_id"] == record_id else state["first_id"])


_KNOWN: Final = """
SELECT dismissal_id FROM dismissal
WHERE noun = :noun AND first_id = :first AND second_id = :second AND retracted_at IS NULL
"""
