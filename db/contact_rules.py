"""What a contact must keep to that only the record can tell, each fault at its place in the request."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.engine import ids_of
from db.references import CONTACT
from db.relations import strange_relations
from models.accounts import AccountIn
from models.base import FIRST_MOMENT
from models.contacts import KINDS_WITH_PARTS, ContactBody
from models.edtf import parse
from models.errors import Conflict, Detail, InvalidRecord

Found = Mapping[tuple[str, str], int]
FAULTS_MAX: Final = 50
"""More faults than this are one fault: the wrong document."""
NAMED_MAX: Final = 10
"""Participants named in a sentence; the rest are counted."""
WHOLES: Final = f"Only a {', '.join(KINDS_WITH_PARTS[:-1])} or {KINDS_WITH_PARTS[-1]} can have parts."
AHEAD: Final = (
    "This lies in the future, and an account affirms that it took place; "
    "what is planned is recorded with the stance «announces»."
)


@dataclass(frozen=True, slots=True)
class Given:
    """The body of a contact and the place where it stands in the request."""

    body: ContactBody
    at: str = ""


def civil_today() -> date:
    """Returns the civil day, UTC."""
    return datetime.now(UTC).date()


def check_contacts(session: Session, given: Sequence[Given], found: Found, today: date, *, but: int = 0) -> None:
    """Lets bodies pass that agree with the record and with each other.

    Args:
        session: to read with.
        given: the bodies and their places.
        found: what their references mean.
        today: the civil day, UTC, after which nothing can have taken place.
        but: the contact that a body stands for already.

    Raises:
        InvalidRecord: some do not; each fault is named with its place.
        Conflict: a contact of the record has one of the identifiers.

    Cost: three statements, whatever the number of bodies.
    """
    faults = [*_repeated(given), *_standing(session, given, found), *_wholes(session, given, found)]
    faults += _said_twice(given, found)
    faults += strange_relations([(one.body, one.at) for one in given], found, but)
    for one in given:
        takers = [found["actor", taker.actor] for taker in one.body.participants]
        for number, account in enumerate(getattr(one.body, "accounts", ())):
            faults += stray_denials(session, (f"{one.at}/accounts/{number}", account), takers, found)
            faults += quoting_itself((f"{one.at}/accounts/{number}", account), found)
        affirmed = any(account.stance == "affirms" for account in getattr(one.body, "accounts", ()))
        if affirmed and lies_ahead(one.body.when, today):
            faults.append(Detail("in_the_future", AHEAD, pointer=f"{one.at}/when"))
    refuse(faults)
    _check_identifiers(session, given, but)


def refuse(faults: Sequence[Detail]) -> None:
    """Refuses a body with all these faults; none is no reason to."""
    if faults:
        said = faults[0].message if len(faults) == 1 else f"There are {len(faults)} faults; see errors."
        raise InvalidRecord(said, errors=list(faults[:FAULTS_MAX]))


def lies_ahead(when: str | None, today: date) -> bool:
    """Whether a date begins after tomorrow: today in the capital that is furthest ahead is over by then."""
    begins = (parse(when).earliest if when else None) or FIRST_MOMENT
    return begins.date() > today + timedelta(days=1)


def stray_denials(
    session: Session, given: tuple[str, AccountIn], takers: Sequence[int], found: Found
) -> Iterator[Detail]:
    """Yields a fault for each actor whose part an account denies although nobody says that he took part.

    Args:
        session: to read the participants' names with, if there is a fault.
        given: where the account stands in the request, and the account.
        takers: the actors who take part in the contact.
        found: what the account's references mean.
    """
    place, account = given
    stray = [n for n, ref in enumerate(account.denies) if found["actor", ref] not in takers]
    if stray:
        names = session.execute(text(_NAMES), {"ids": list(takers)[:NAMED_MAX]}).scalars()
        more = f" and {len(takers) - NAMED_MAX} more" if len(takers) > NAMED_MAX else ""
        said = f"This is no participant of the contact; a denial names some of these: {', '.join(names)}{more}."
        yield from (Detail("no_participant", said, pointer=f"{place}/denies/{n}") for n in stray)


def quoting_itself(given: tuple[str, AccountIn], found: Found) -> Iterator[Detail]:
    """Yields a fault for an account whose source quotes itself.

    Args:
        given: where the account stands in the request, and the account.
        found: what its references mean.
    """
    place, account = given
    if account.quoted_from is None:
        return
    quoted = found["source", account.quoted_from]
    source = found["source", account.source] if isinstance(account.source, str) else account.source.slug
    if source in (quoted, account.quoted_from):
        said = "A source does not quote itself; leave this out, or name the document that it quotes."
        yield Detail("quotes_itself", said, pointer=f"{place}/quoted_from")


def check_parts_allowed(session: Session, contact_id: int, kind: str) -> None:
    """Lets a contact become of a kind; one that has parts must be able to have them."""
    if kind not in KINDS_WITH_PARTS and session.execute(text(_HAS_PARTS), {"id": contact_id}).scalar():
        refuse([Detail("no_whole", f"This contact has parts. {WHOLES}", pointer="/kind")])


def check_not_inside(session: Session, contact_id: int, whole: int) -> None:
    """Lets a contact become part of another, unless it contains it."""
    if contact_id in session.execute(text(_ABOVE), {"id": whole}).scalars().all():
        said = "A contact cannot be part of itself, nor of one of its own parts."
        refuse([Detail("circle", said, pointer="/part_of")])


def _check_identifiers(session: Session, given: Sequence[Given], but: int) -> None:
    """Refuses identifiers that another contact has, a retracted one included: the sentence says where it is."""
    places = {(one.scheme, one.value): place for place, one in _identifiers(given)}
    if not places:
        return
    schemes, values = zip(*places, strict=True)
    params = {"schemes": list(schemes), "values": list(values), "but": but}
    row = session.execute(text(_TAKEN), params).first()
    if row is None:
        return
    known = f"{row.scheme}:{quote(row.value, safe='')}"
    address = f"/v1/contacts/{ids_of(session).encode(CONTACT.prefix, row.contact_id) if row.retracted else known}"
    said = (
        "A contact with this identifier was retracted." if row.retracted else "A contact with this identifier exists."
    )
    detail = Detail("taken", said, pointer=places[row.scheme, row.value])
    way = "; restore it, or take another" if row.retracted else ""
    raise Conflict(f"{said} It is at {address}{way}.", errors=[detail], extra={"existing": address})


def _identifiers(given: Sequence[Given]) -> Iterator[tuple[str, Any]]:
    for one in given:
        for number, identifier in enumerate(one.body.identifiers):
            yield f"{one.at}/identifiers/{number}", identifier


def _repeated(given: Sequence[Given]) -> Iterator[Detail]:
    first: dict[tuple[str, str], str] = {}
    for place, one in _identifiers(given):
        known = first.setdefault((one.scheme, one.value), place)
        if known != place:
            yield Detail("repeated", f"This identifier stands at {known} already.", pointer=place)


def _said_twice(given: Sequence[Given], found: Found) -> Iterator[Detail]:
    """What one source says by one speaker stands once; what he denies of some participants stands beside it."""
    for one in given:
        first: dict[tuple[Any, ...], int] = {}
        accounts = getattr(one.body, "accounts", ())
        for number, account in enumerate(accounts if len(accounts) > 1 else ()):
            source = account.source
            said_in = found["source", source] if isinstance(source, str) else source.model_dump_json()
            speaker = found["actor", account.speaker] if account.speaker else None
            known = first.setdefault((said_in, speaker, account.stance, bool(account.denies)), number)
            if known != number:
                said = f"What this source says stands at {one.at}/accounts/{known} already; join the two."
                yield Detail("repeated", said, pointer=f"{one.at}/accounts/{number}/source")


def _standing(session: Session, given: Sequence[Given], found: Found) -> Iterator[Detail]:
    """Who takes part once, in an office, and not on behalf of himself: by whatever reference each is named."""
    capacities = {found["actor", p.capacity] for one in given for p in one.body.participants if p.capacity}
    posts = set(session.execute(text(_POSTS), {"ids": sorted(capacities)}).scalars()) if capacities else set()
    for one in given:
        seen: set[int] = set()
        for number, taker in enumerate(one.body.participants):
            place, actor = f"{one.at}/participants/{number}", found["actor", taker.actor]
            if actor in seen:
                said = "An actor takes part in a contact once; join his roles into one participant."
                yield Detail("actor_twice", said, pointer=f"{place}/actor")
            seen.add(actor)
            if taker.capacity and found["actor", taker.capacity] not in posts:
                said = "A capacity is an actor of kind office; whom he spoke for is on_behalf_of."
                yield Detail("wrong_kind", said, pointer=f"{place}/capacity")
            if taker.on_behalf_of and found["actor", taker.on_behalf_of] == actor:
                said = "Nobody acts on behalf of himself; leave this out."
                yield Detail("on_behalf_of_himself", said, pointer=f"{place}/on_behalf_of")


def _wholes(session: Session, given: Sequence[Given], found: Found) -> Iterator[Detail]:
    own = {f"{one.scheme}:{one.value}": n for n, each in enumerate(given) for one in each.body.identifiers}
    stored = {found["contact", w] for one in given if (w := one.body.part_of) and ("contact", w) in found}
    rows = session.execute(text(_KINDS), {"ids": sorted(stored)}) if stored else ()
    kinds = {row.contact_id: row.kind for row in rows}
    for number, one in enumerate(given):
        whole = one.body.part_of
        if whole is None:
            continue
        place = own.get(whole)
        if place is not None and place >= number:
            said = "A contact can be part of an earlier one in the same request, not of itself or a later one."
            yield Detail("part_of_later", said, pointer=f"{one.at}/part_of")
        elif (given[place].body.kind if place is not None else kinds[found["contact", whole]]) not in KINDS_WITH_PARTS:
            yield Detail("no_whole", WHOLES, pointer=f"{one.at}/part_of")


_TAKEN: Final = """
WITH there AS MATERIALIZED (
    SELECT i.* FROM unnest(CAST(:schemes AS text[]), CAST(:values AS text[])) AS asked(scheme, value)
    CROSS JOIN LATERAL (SELECT scheme, value, contact_id FROM contact_identifier i
        WHERE i.scheme = asked.scheme AND i.value = asked.value LIMIT 1) i
)
SELECT i.scheme, i.value, c.contact_id, c.retracted_at IS NOT NULL AS retracted
FROM there i JOIN contact c USING (contact_id)
WHERE c.contact_id <> :but ORDER BY c.contact_id LIMIT 1
"""
"""Looked up first, one by one: the planner would rather walk all contacts in their order than expect that none is."""
_POSTS: Final = "SELECT actor_id FROM actor WHERE actor_id = ANY(:ids) AND kind = 'office'"
_NAMES: Final = (
    "SELECT slug FROM actor WHERE actor_id = ANY(:ids) ORDER BY array_position(CAST(:ids AS bigint[]), actor_id)"
)
_KINDS: Final = "SELECT contact_id, kind FROM contact WHERE contact_id = ANY(:ids)"
_HAS_PARTS: Final = "SELECT EXISTS (SELECT FROM contact WHERE part_of_id = :id AND retracted_at IS NULL)"
_ABOVE: Final = """
WITH RECURSIVE up(contact_id) AS (
    SELECT CAST(:id AS bigint)
    UNION SELECT c.part_of_id FROM contact c JOIN up USING (contact_id) WHERE c.part_of_id IS NOT NULL
)
SELECT contact_id FROM up
"""
