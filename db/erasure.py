"""Erasure: the content of a person or a contact leaves every table, the past, history and kept answers.

A tombstone stays, and so does the chain over history. A person stays in his contacts as an unnamed one of his state,
so that what was counted still counts. All that was merged into a record goes with it (db.erasure_stays).
"""

import json
import secrets
from collections.abc import Collection, Iterable
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.edges import hold_ladder, restate
from db.engine import ids_of
from db.erasure_mentions import Told, names_of, reasons_of, take_time, texts_naming
from db.erasure_stays import HOSTED, Stay, erase_past_stays, given_stays, merged_with, stays_of
from db.journal import forget, remember_all
from db.lifts import restate_lifts
from db.records import check_version, fetch
from db.references import NOUNS
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
    """Removes the content of a contact, and of all that were merged into it, for good; their ids answer 410 then.

    Raises:
        Conflict: other contacts are part of it.
        Retracted: it was erased before, or was merged into another: that one is to be erased.
        StaleVersion: it has changed since the administrator saw it.
    """
    take_time(session)
    hold_ladder(session, alone=False)
    row = _fetched(session, Contact, contact_id, expected)
    gone = merged_with(session, "contact", contact_id)
    stays = stays_of(session, "contact", gone)
    given = {"ids": gone}
    parts = text("SELECT count(*) FROM contact WHERE part_of_id = ANY(:ids) AND retracted_at IS NULL")
    if session.execute(parts, given).scalar():
        raise Conflict("Other contacts are part of this one: retract them, or give them another part_of, first.")
    session.execute(text(_RETRACT.format(noun="contact")), {**given, "why": ERASED})
    restate(session, gone)
    for noun in ("account", "commitment"):
        mine = text(f"SELECT contact_id, {noun}_id FROM {noun} WHERE contact_id = ANY(:ids)")
        remember_all(session, noun, [(c, n) for c, n in session.execute(mine, given)], "erase")
    for table in OF_CONTACT:
        session.execute(text(f"DELETE FROM {table} WHERE contact_id = ANY(:ids)"), given)
    session.execute(text(_EMPTY_CONTACT), {**given, "first": FIRST_MOMENT, "last": LAST_MOMENT})
    session.expire(row)
    remember_all(session, "contact", gone, "erase")
    redacted = _redact(session, "contact", gone, stays)
    erase_past_stays(session, "contact", stays)
    session.execute(text("SELECT erase_past_sums(CAST(:ids AS bigint[]))"), given)
    session.execute(text("SELECT erase_past_contact(unnest(CAST(:ids AS bigint[])))"), given)
    return _told(session, ("con", gone), redacted, reasons_of(session, "contact", gone))


def erase_actor(session: Session, actor_id: int, expected: int | None) -> Erased:
    """Removes the content of a person, and of all that were merged into him, for good; in his contacts an unnamed
    person of his state is left.

    Raises:
        Conflict: it is no person.
        Retracted: he was erased before, or was merged into another: that one is to be erased.
        StaleVersion: he has changed since the administrator saw him.
    """
    take_time(session)
    hold_ladder(session, alone=True)
    row = _fetched(session, Actor, actor_id, expected)
    if row.kind != "person":
        raise Conflict("Only a person can be erased; retract what is none.")
    gone = merged_with(session, "actor", actor_id)
    stays = stays_of(session, "actor", gone)
    given = {"ids": gone}
    names = names_of(session, gone)
    states = session.execute(text(_STATES), given).all()
    contacts = list(session.execute(text(_CONTACTS), given).scalars())
    for noun in ("affiliation", "designation"):
        left = session.execute(text(f"DELETE FROM {noun} WHERE actor_id = ANY(:ids) RETURNING {noun}_id"), given)
        remember_all(session, noun, sorted(left.scalars()), "erase")
    session.execute(text(f"UPDATE participant SET {_HIDE} WHERE actor_id = ANY(:ids)"), given)
    _stand_for(session, actor_id, states)
    _unname(session, gone)
    session.expire(row)
    remember_all(session, "actor", gone, "erase")
    restate_lifts(session, gone)
    restate(session, contacts)
    redacted = _redact(session, "actor", gone, stays)
    erase_past_stays(session, "actor", stays)
    words = sorted({fold(name) for name in names} - {""})
    session.execute(text("SELECT erase_contact_words(CAST(:ids AS bigint[]), :words)"), {**given, "words": words})
    session.execute(text("SELECT erase_past_actor(unnest(CAST(:ids AS bigint[])))"), given)
    found = [*texts_naming(session, names), *reasons_of(session, "actor", gone)]
    return _told(session, ("act", gone), redacted, found, names)


def _fetched(session: Session, table: Any, number: int, expected: int | None) -> Any:
    row = fetch(session, table, number, lock=True)
    if row.retraction_reason == ERASED:
        raise Retracted(ERASED)
    if row.merged_into_id is not None:
        noun = NOUNS[table.__tablename__]
        there = ids_of(session).encode(noun.prefix, row.merged_into_id)
        raise Retracted(f"This {noun.name} has been merged into {there}; erase that one, and this one goes with it.")
    check_version(row, expected)
    return row


def _unname(session: Session, actor_ids: list[int]) -> None:
    session.execute(text(_RETRACT.format(noun="actor")), {"ids": actor_ids, "why": ERASED})
    for actor_id in actor_ids:
        slug = "erased-" + ids_of(session).encode("act", actor_id).removeprefix("act_")
        named = {"name": ERASED_NAME, "folded": fold(ERASED_NAME), "slug": slug}
        session.execute(text(_EMPTY_ACTOR), {"id": actor_id, **named})
    for table in ("actor_name", "actor_identifier"):
        session.execute(text(f"DELETE FROM {table} WHERE actor_id = ANY(:ids)"), {"ids": actor_ids})


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


def _redact(session: Session, noun: str, gone: list[int], stays: list[Stay]) -> int:
    """Takes content out of history, and leaves in the chain which entries it was taken from."""
    changes, listed = [], []
    entries = text(_OF_CONTACT if noun == "contact" else _OF_ACTOR)
    for row in session.execute(entries, {"ids": gone, **given_stays(stays)}):
        one = row._asdict()
        sides: dict[str, Any] = {"before": None, "after": None}
        if noun == "actor" and row.noun == "contact":
            named = {side: {*gone, *(stay.host for stay in stays if stay.holds(row.log_id, side))} for side in sides}
            sides = {side: _hidden(one[side], named[side]) for side in sides}
            if sides == {side: one[side] for side in sides}:
                continue
        salt = None if sides == {"before": None, "after": None} else secrets.token_bytes(SALT_BYTES)
        digest = None if salt is None else entry_digest(salt, one | sides).hex()
        place = {"log_id": row.log_id, "ordinal": row.ordinal}
        changes.append({**place, **sides, "salt": salt and salt.hex()})
        listed.append([row.log_id, row.ordinal, digest])
    session.execute(text("SELECT redact_history(CAST(:entries AS jsonb))"), {"entries": json.dumps(changes)})
    forget(session, gone[0], listed)
    return len(listed)


def _hidden(state: dict[str, Any] | None, actor_ids: Collection[int]) -> dict[str, Any] | None:
    """Returns a contact's state without what tells who some of its participants were."""
    if state is None or "participants" not in state:
        return state
    takers = [
        {name: value for name, value in taker.items() if name not in HIDDEN}
        if taker.get("actor_id") in actor_ids
        else taker
        for taker in state["participants"]
    ]
    return {**state, "participants": takers}


def _told(
    session: Session, erased: tuple[str, list[int]], entries: int, mentions: Told, names: Iterable[str] = ()
) -> Erased:
    public = [ids_of(session).encode(erased[0], number) for number in erased[1]]
    wanted = {"words": [*public, *(json.dumps(name, ensure_ascii=False)[1:-1] for name in names)]}
    answers = session.execute(text(_ANSWERS), wanted).rowcount  # type: ignore[attr-defined]
    most = mentions[:1_000]
    told = {"mentions": most, "truncated": len(mentions) > len(most)}
    return Erased(id=public[0], merged=public[1:], entries=entries, answers=answers, **told)


_HIDE: Final = ", ".join(f"{column} = NULL" for column in HIDDEN)
_RETRACT: Final = """
UPDATE {noun} SET retracted_at = coalesce(retracted_at, now()), retraction_reason = :why, version = version + 1,
    changed_at = now(), merged_into_id = NULL WHERE {noun}_id = ANY(:ids)
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
WHERE contact_id = ANY(:ids)
"""
_EMPTY_ACTOR: Final = """
UPDATE actor SET name = :name, folded = :folded, slug = :slug, keys = '{}', description = NULL,
    organisation_type = NULL, provisional = false WHERE actor_id = :id
"""
_CONTACTS: Final = """
SELECT c.contact_id FROM contact c WHERE retracted_at IS NULL AND (
    EXISTS (SELECT FROM participant p WHERE p.contact_id = c.contact_id AND p.actor_id = ANY(:ids))
    OR EXISTS (SELECT FROM account a WHERE a.contact_id = c.contact_id AND a.speaker_id = ANY(:ids))) ORDER BY 1
"""
_STATES: Final = """
SELECT unit_id, min(since) AS since, max(until) AS until FROM lift
WHERE level = 'state' AND unit_id <> ALL(:ids) AND actor_id IN (
    SELECT unnest(CAST(:ids AS bigint[])) UNION SELECT capacity_id FROM participant WHERE actor_id = ANY(:ids))
GROUP BY unit_id ORDER BY unit_id
"""
_ENTRY: Final = "SELECT log_id, ordinal, noun, record_id, contact_id, action, before, after FROM history"
_OF_CONTACT: Final = f"""{_ENTRY}
WHERE salt IS NOT NULL AND (noun = 'contact' AND record_id = ANY(:ids) OR contact_id = ANY(:ids)
    OR noun = 'contact' AND {HOSTED.format(record="record_id")}
    OR noun IN ('account', 'commitment') AND {HOSTED.format(record="contact_id")} AND (noun, record_id) IN (
        SELECT h.noun, h.record_id FROM history h WHERE h.contact_id = ANY(:ids)))
"""
_OF_ACTOR: Final = f"""{_ENTRY} WHERE salt IS NOT NULL AND (
    noun = 'actor' AND (record_id = ANY(:ids) OR {HOSTED.format(record="record_id")})
    OR noun IN ('affiliation', 'designation')
        AND ARRAY[CAST(before ->> 'actor_id' AS bigint), CAST(after ->> 'actor_id' AS bigint)] && CAST(:ids AS bigint[])
        AND NOT EXISTS (SELECT FROM affiliation a WHERE noun = 'affiliation' AND a.affiliation_id = record_id)
        AND NOT EXISTS (SELECT FROM designation d WHERE noun = 'designation' AND d.designation_id = record_id)
    OR noun = 'contact' AND record_id IN (SELECT contact_id FROM participant WHERE actor_id = ANY(:ids)
        UNION SELECT contact_id FROM past.participant WHERE actor_id = ANY(:ids)))
"""
_ANSWERS: Final = """
DELETE FROM idempotency WHERE EXISTS (SELECT FROM unnest(CAST(:words AS text[])) AS w(word)
    WHERE position(convert_to(word, 'UTF8') IN body) > 0)
"""
