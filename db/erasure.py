"""Erasure: the content of a person or a contact leaves every table, the past, history and kept answers.

A tombstone stays, and so does the chain over history. A person stays in his contacts as an unnamed one of his state,
so that what was counted still counts.
"""

import json
import secrets
from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.edges import hold_ladder, restate
from db.engine import ids_of
from db.erasure_mentions import Told, names_of, reasons_of, texts_naming
from db.journal import forget, remember_all
from db.lifts import restate_lifts
from db.records import check_version, fetch
from models.actors import Actor
from models.affiliations import Affiliation
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.bounds import tenure
from models.chain import SALT_BYTES, entry_digest
from models.contacts import Contact, ContactFields
from models.erasure import ERASED, ERASED_NAME, Erased
from models.errors import Conflict, Retracted
from models.names import fold

HIDDEN: Final = ("capacity_id", "name_as_given", "level")
"""What of a participant would tell who he was."""
OF_CONTACT: Final = (
    *("commitment_account", "commitment_actor", "commitment", "account_topic", "account_actor", "account"),
    *("contact_topic", "contact_episode", "contact_identifier", "contact_relation", "participant"),
)


def erase_contact(session: Session, contact_id: int, expected: int | None) -> Erased:
    """Removes a contact's content for good; its id answers 410 from now on.

    Raises:
        Conflict: other contacts are part of it, or it was merged with another.
        Retracted: it was erased before.
        StaleVersion: it has changed since the administrator saw it.
    """
    hold_ladder(session, alone=False)
    row = _fetched(session, Contact, contact_id, expected)
    parts = text("SELECT count(*) FROM contact WHERE part_of_id = :id AND retracted_at IS NULL")
    if session.execute(parts, {"id": contact_id}).scalar():
        raise Conflict("Other contacts are part of this one: retract them, or give them another part_of, first.")
    session.execute(text(_RETRACT.format(noun="contact")), {"id": contact_id, "why": ERASED})
    restate(session, [contact_id])
    for noun in ("account", "commitment"):
        mine = text(f"SELECT contact_id, {noun}_id FROM {noun} WHERE contact_id = :id")
        remember_all(session, noun, [(c, n) for c, n in session.execute(mine, {"id": contact_id})], "erase")
    for table in OF_CONTACT:
        session.execute(text(f"DELETE FROM {table} WHERE contact_id = :id"), {"id": contact_id})
    session.execute(text(_EMPTY_CONTACT), {"id": contact_id, "first": FIRST_MOMENT, "last": LAST_MOMENT})
    session.expire(row)
    remember_all(session, "contact", [contact_id], "erase")
    redacted = _redact(session, ("contact", contact_id), text(_OF_CONTACT), {"id": contact_id})
    session.execute(text("SELECT erase_past_contact(:id)"), {"id": contact_id})
    return _told(session, ("con", contact_id), redacted, ([], reasons_of(session, "contact", contact_id)))


def erase_actor(session: Session, actor_id: int, expected: int | None) -> Erased:
    """Removes a person's content for good; in his contacts an unnamed person of his state is left.

    Raises:
        Conflict: it is no person, or was merged with another.
        Retracted: he was erased before.
        StaleVersion: he has changed since the administrator saw him.
    """
    hold_ladder(session, alone=True)
    row = _fetched(session, Actor, actor_id, expected)
    if row.kind != "person":
        raise Conflict("Only a person can be erased; retract what is none.")
    names = names_of(session, actor_id)
    states = session.execute(text(_STATES), {"id": actor_id}).all()
    contacts = list(session.execute(text(_CONTACTS), {"id": actor_id}).scalars())
    for noun in ("affiliation", "designation"):
        gone = session.execute(text(f"DELETE FROM {noun} WHERE actor_id = :id RETURNING {noun}_id"), {"id": actor_id})
        remember_all(session, noun, sorted(gone.scalars()), "erase")
    session.execute(text(f"UPDATE participant SET {_HIDE} WHERE actor_id = :id"), {"id": actor_id})
    _stand_for(session, actor_id, states)
    _unname(session, actor_id)
    session.expire(row)
    remember_all(session, "actor", [actor_id], "erase")
    restate_lifts(session, [actor_id])
    restate(session, contacts)
    redacted = _redact(session, ("actor", actor_id), text(_OF_ACTOR), {"id": actor_id})
    session.execute(text("SELECT erase_past_actor(:id)"), {"id": actor_id})
    found = (texts_naming(session, names), reasons_of(session, "actor", actor_id))
    return _told(session, ("act", actor_id), redacted, found, names)


def _fetched(session: Session, table: Any, number: int, expected: int | None) -> Any:
    row = fetch(session, table, number, lock=True)
    if row.retraction_reason == ERASED:
        raise Retracted(ERASED)
    check_version(row, expected)
    merged = text(f"SELECT EXISTS (SELECT FROM {table.__tablename__} WHERE merged_into_id = :id)")
    if row.merged_into_id is not None or session.execute(merged, {"id": number}).scalar():
        raise Conflict("This was merged with another record; unmerge them first, then erase each.")
    return row


def _unname(session: Session, actor_id: int) -> None:
    session.execute(text(_RETRACT.format(noun="actor")), {"id": actor_id, "why": ERASED})
    slug = "erased-" + ids_of(session).encode("act", actor_id).removeprefix("act_")
    named = {"name": ERASED_NAME, "folded": fold(ERASED_NAME), "slug": slug}
    session.execute(text(_EMPTY_ACTOR), {"id": actor_id, **named})
    for table in ("actor_name", "actor_identifier"):
        session.execute(text(f"DELETE FROM {table} WHERE actor_id = :id"), {"id": actor_id})


def _stand_for(session: Session, actor_id: int, states: Iterable[Any]) -> None:
    """Lets the unnamed person belong to the states for which he stood, as long as he did."""
    several = list(states)
    for unit, since, until in several:
        # One state is his for ever: dates of office would tell who he was.
        days = ["..", ".."]
        if len(several) > 1:
            days = [".." if end in (FIRST_MOMENT, LAST_MOMENT) else end.date().isoformat() for end in (since, until)]
        ends = {"actor_id": actor_id, "target_id": unit, "relation": "belongs_to", "since": days[0], "until": days[1]}
        row = Affiliation.model_validate({**ends, **tenure(*days).columns()})
        session.add(row)
        session.flush()
        remember_all(session, "affiliation", [row.affiliation_id or 0], "create")


def _redact(session: Session, erased: tuple[str, int], entries: Any, given: dict[str, int]) -> int:
    """Takes content out of history, and leaves in the chain which entries it was taken from."""
    changes, listed = [], []
    for row in session.execute(entries, given):
        one = row._asdict()
        if erased[0] == row.noun or row.noun != "contact":
            sides: dict[str, Any] = {"before": None, "after": None}
        else:
            sides = {side: _hidden(one[side], erased[1]) for side in ("before", "after")}
            if sides == {side: one[side] for side in sides}:
                continue
        salt = None if sides == {"before": None, "after": None} else secrets.token_bytes(SALT_BYTES)
        digest = None if salt is None else entry_digest(salt, one | sides).hex()
        place = {"log_id": row.log_id, "ordinal": row.ordinal}
        changes.append({**place, **sides, "salt": salt and salt.hex()})
        listed.append([row.log_id, row.ordinal, digest])
    session.execute(text("SELECT redact_history(CAST(:entries AS jsonb))"), {"entries": json.dumps(changes)})
    forget(session, erased[1], listed)
    return len(listed)


def _hidden(state: dict[str, Any] | None, actor_id: int) -> dict[str, Any] | None:
    """Returns a contact's state without what tells who one of its participants was."""
    if state is None or "participants" not in state:
        return state
    takers = [
        {name: value for name, value in taker.items() if name not in HIDDEN}
        if taker.get("actor_id") == actor_id
        else taker
        for taker in state["participants"]
    ]
    return {**state, "participants": takers}


def _told(
    session: Session, erased: tuple[str, int], entries: int, found: tuple[Told, Told], names: Iterable[str] = ()
) -> Erased:
    public = ids_of(session).encode(*erased)
    wanted = {"words": [public, *(json.dumps(name, ensure_ascii=False)[1:-1] for name in names)]}
    answers = session.execute(text(_ANSWERS), wanted).rowcount  # type: ignore[attr-defined]
    mentions = [*found[0], *found[1]]
    most = mentions[:1_000]
    return Erased(id=public, entries=entries, answers=answers, mentions=most, truncated=len(mentions) > len(most))


_HIDE: Final = ", ".join(f"{column} = NULL" for column in HIDDEN)
_RETRACT: Final = """
UPDATE {noun} SET retracted_at = coalesce(retracted_at, now()), retraction_reason = :why, version = version + 1,
    changed_at = now() WHERE {noun}_id = :id
"""
_NULLED: Final = ", ".join(
    f'"{name}" = NULL' for name in ContactFields.model_fields if name not in ("kind", "date_basis")
)
_EMPTY_CONTACT: Final = f"""
UPDATE contact SET {_NULLED}, kind = 'engagement', date_basis = 'stated', status = 'unsettled',
    computed_status = 'unsettled', contested = false, decided_by = '[]', disputed_ids = '{{}}', ruling = NULL,
    ruling_reason = NULL, ruled_at = NULL, ruled_by_id = NULL, follows = '{{}}', part_of_id = NULL,
    offset_minutes = NULL, folded = '', search = NULL, earliest = :first, match_earliest = :first, newest = :first,
    latest = :last, match_latest = :last, oldest = :last
WHERE contact_id = :id
"""
_EMPTY_ACTOR: Final = """
UPDATE actor SET name = :name, folded = :folded, slug = :slug, keys = '{}', description = NULL,
    organisation_type = NULL, provisional = false WHERE actor_id = :id
"""
_CONTACTS: Final = """
SELECT c.contact_id FROM contact c WHERE retracted_at IS NULL AND (
    EXISTS (SELECT FROM participant p WHERE p.contact_id = c.contact_id AND p.actor_id = :id)
    OR EXISTS (SELECT FROM account a WHERE a.contact_id = c.contact_id AND a.speaker_id = :id)) ORDER BY 1
"""
_STATES: Final = """
SELECT unit_id, min(since) AS since, max(until) AS until FROM lift
WHERE level = 'state' AND unit_id <> :id AND actor_id IN (
    SELECT CAST(:id AS bigint) UNION SELECT capacity_id FROM participant WHERE actor_id = :id)
GROUP BY unit_id ORDER BY unit_id
"""
_ENTRY: Final = "SELECT log_id, ordinal, noun, record_id, contact_id, action, before, after FROM history"
_OF_CONTACT: Final = f"""{_ENTRY}
WHERE salt IS NOT NULL AND (noun = 'contact' AND record_id = :id OR contact_id = :id)
"""
_OF_ACTOR: Final = f"""{_ENTRY} WHERE salt IS NOT NULL AND (noun = 'actor' AND record_id = :id
    OR noun IN ('affiliation', 'designation') AND CAST(coalesce(after, before) ->> 'actor_id' AS bigint) = :id
        AND NOT EXISTS (SELECT FROM affiliation a WHERE noun = 'affiliation' AND a.affiliation_id = record_id)
    OR noun = 'contact' AND record_id IN (SELECT contact_id FROM participant WHERE actor_id = :id
        UNION SELECT contact_id FROM past.participant WHERE actor_id = :id))
"""
_ANSWERS: Final = """
DELETE FROM idempotency WHERE EXISTS (SELECT FROM unnest(CAST(:words AS text[])) AS w(word)
    WHERE position(convert_to(word, 'UTF8') IN body) > 0)
"""
