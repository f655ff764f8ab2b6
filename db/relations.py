"""Relations between contacts: what a body may state of others, and that none comes after itself."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from models.contacts import ContactBody
from models.errors import Detail, InvalidRecord
from models.relations import IN_ORDER

ORDER_LOCK: Final = 7_263_010
"""Two who state relations at once could each close half of a circle, so they take turns."""


def hold_order(session: Session) -> None:
    """Lets nobody else change which contact lies in, or comes after, which, until COMMIT; taken before any row."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ORDER_LOCK})


def strange_relations(
    given: Sequence[tuple[ContactBody, str]], found: Mapping[tuple[str, str], int], but: int
) -> Iterator[Detail]:
    """Yields a fault for each relation of a contact to itself, to a later one of the request, or stated twice.

    Args:
        given: the bodies and the places where they stand in the request.
        found: what their references mean.
        but: the contact that a body stands for already.
    """
    own = {f"{one.scheme}:{one.value}": n for n, (body, _) in enumerate(given) for one in body.identifiers}
    for number, (body, at) in enumerate(given):
        seen: set[tuple[str, object]] = set()
        for n, one in enumerate(body.related):
            place = f"{at}/related/{n}"
            other = found.get(("contact", one.contact), one.contact)
            if other == but or own.get(one.contact) == number:
                yield Detail("itself", "A contact is not related to itself.", pointer=f"{place}/contact")
            elif own.get(one.contact, -1) > number:
                said = "A contact can be related to an earlier one in the same request, not to a later one."
                yield Detail("related_to_later", said, pointer=f"{place}/contact")
            if (one.relation, other) in seen:
                yield Detail("repeated", "This relation stands here already.", pointer=place)
            seen.add((one.relation, other))


def check_order(session: Session, contact_id: int, body: ContactBody, found: Mapping[tuple[str, str], int]) -> None:
    """Refuses relations by which a contact would come after itself; call it under ``hold_order``.

    Raises:
        InvalidRecord: it would; each relation that closes a circle is named.
    """
    places = {n: found["contact", one.contact] for n, one in enumerate(body.related) if one.relation in IN_ORDER}
    closing = [n for n, other in places.items() if contact_id in earlier(session, [other])]
    if closing:
        said = "By this a contact would come after itself."
        raise InvalidRecord(said, errors=[Detail("circle", said, pointer=f"/related/{n}/contact") for n in closing])


def earlier(session: Session, contact_ids: Iterable[int]) -> set[int]:
    """Returns these contacts and all that come before them by what the record states."""
    return set(session.execute(text(_EARLIER), {"ids": list(contact_ids), "in_order": list(IN_ORDER)}).scalars())


def comes_after_itself(session: Session, contact_id: int) -> bool:
    """Returns whether a contact comes before one that comes before it."""
    later = text("SELECT other_id FROM contact_relation WHERE contact_id = :id AND relation = ANY(:in_order)")
    others = session.scalars(later, {"id": contact_id, "in_order": list(IN_ORDER)}).all()
    return contact_id in earlier(session, others)


_EARLIER: Final = """
WITH RECURSIVE earlier(contact_id) AS (
    SELECT unnest(CAST(:ids AS bigint[]))
    UNION
    SELECT r.other_id FROM contact_relation r JOIN earlier e USING (contact_id) WHERE r.relation = ANY(:in_order)
)
SELECT contact_id FROM earlier
"""
