"""Contacts as the rules see them: loaded with all that their status and their projection depend on."""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from db.lifts import stored_lifts
from models.bounds import Bounds, TooLateError, contact_bounds
from models.errors import Detail, InvalidRecord
from models.projection import Event, Lifts
from models.status import HAPPENED, Verdict, Word, verdict

SPEAKING_KINDS: Final = frozenset({"person", "office", "organisation", "state"})
"""Who can be authorised to speak for a side. A group («officials») has no voice of its own."""

_CONTACTS = """
SELECT contact_id, kind, talks, "when", part_of_id, status, ruling FROM contact
WHERE contact_id = ANY(:ids) AND retracted_at IS NULL ORDER BY contact_id
"""
_PARTICIPANTS = """
SELECT contact_id, actor_id, standing_id, capacity_id, on_behalf_of_id, role, side, initiator FROM participant
WHERE contact_id = ANY(:ids) ORDER BY contact_id, ordinal
"""
_ACCOUNTS = """
SELECT a.contact_id, a.account_id, a.stance, a.parties_met, a.source_id, a.speaker_unnamed, s.supersedes_id,
    coalesce(a.speaker_id, s.publisher_id) AS speaker_id, s.publisher_name,
    coalesce(q.published_earliest, s.published_earliest, a.recorded_at AT TIME ZONE 'UTC') AS said_at,
    least(q.published_latest, s.published_latest) AS published_latest,
    v.kind AS speaker_kind, v.organisation_type,
    (SELECT array_agg(d.actor_id) FROM account_actor d
     WHERE d.contact_id = a.contact_id AND d.account_id = a.account_id AND d.aspect = 'denied') AS denies
FROM account a
JOIN source s USING (source_id)
LEFT JOIN source q ON q.source_id = a.quoted_from_id
LEFT JOIN actor v ON v.actor_id = coalesce(a.speaker_id, s.publisher_id)
WHERE a.contact_id = ANY(:ids) AND a.withdrawn_at IS NULL ORDER BY a.contact_id, a.account_id
"""


@dataclass(frozen=True, slots=True)
class Dossier:
    """A contact with its accounts in force and what follows from them."""

    event: Event
    part_of_id: int | None
    bounds: Bounds
    verdict: Verdict
    ruling: str | None

    @property
    def status(self) -> str:
        """The ruling where there is one, else the computed status."""
        return self.ruling or self.verdict.status


@dataclass(slots=True)
class Material:
    """The rows of some contacts, by contact."""

    contacts: dict[int, Row[Any]]
    participants: dict[int, list[Row[Any]]] = field(default_factory=dict)
    accounts: dict[int, list[Row[Any]]] = field(default_factory=dict)
    lifts: Lifts = field(default_factory=dict)


def family(session: Session, contact_ids: Collection[int]) -> tuple[list[int], list[int]]:
    """Returns the contacts whose edges depend on these, and all contacts needed to derive them.

    A visit depends on its parts, so a part brings in its whole and a whole all its parts.
    """
    up = text("SELECT part_of_id FROM contact WHERE contact_id = ANY(:ids) AND part_of_id IS NOT NULL")
    down = text("SELECT contact_id FROM contact WHERE part_of_id = ANY(:ids) AND retracted_at IS NULL")
    affected = sorted({*contact_ids, *session.execute(up, {"ids": list(contact_ids)}).scalars()})
    needed = sorted({*affected, *session.execute(down, {"ids": affected}).scalars()})
    return affected, needed


def dossiers(session: Session, contact_ids: Collection[int]) -> dict[int, Dossier]:
    """Returns the standing contacts among these, with status and bounds worked out and parts attached.

    Cost: six statements, whatever the number of contacts.
    """
    material = _material(session, list(contact_ids))
    found = {key: _dossier(key, material) for key in material.contacts}
    parts: dict[int, list[Event]] = {}
    for dossier in found.values():
        if dossier.part_of_id in found and _counts(dossier, found[dossier.part_of_id]):
            parts.setdefault(dossier.part_of_id, []).append(dossier.event)
    return {
        key: replace(d, event=replace(d.event, parts=parts[key])) if key in parts and d.event.kind == "visit" else d
        for key, d in found.items()
    }


def _counts(part: Dossier, whole: Dossier) -> bool:
    """Whether a part takes its pairs from the whole: a meeting that failed does not undo the visit."""
    return part.status in HAPPENED or whole.status not in HAPPENED


def _material(session: Session, contact_ids: Sequence[int]) -> Material:
    ids = {"ids": contact_ids}
    material = Material({row.contact_id: row for row in session.execute(text(_CONTACTS), ids)})
    standing: set[int] = set()
    for row in session.execute(text(_PARTICIPANTS), ids):
        material.participants.setdefault(row.contact_id, []).append(row)
        standing.add(row.standing_id)
    for row in session.execute(text(_ACCOUNTS), ids):
        material.accounts.setdefault(row.contact_id, []).append(row)
        if row.speaker_id is not None:
            standing.add(row.speaker_id)
    material.lifts = stored_lifts(session, standing)
    return material


def _dossier(contact_id: int, material: Material) -> Dossier:
    row = material.contacts[contact_id]
    accounts = in_force(material.accounts.get(contact_id, []))
    affirming = [a.published_latest for a in accounts if a.stance == "affirms" and a.published_latest is not None]
    try:
        bounds = contact_bounds(row.when, min(affirming, default=None))
    except TooLateError as error:
        said = "The contact begins after the publication of an account that says it took place."
        raise InvalidRecord(said, errors=[Detail("after_publication", said, pointer="/when")]) from error
    event = Event(
        contact_id=contact_id,
        kind=row.kind,
        talks=row.talks,
        status=row.status,
        takers=material.participants.get(contact_id, []),
        lifts=material.lifts,
        bounds=bounds,
        parties_met=any(account.parties_met for account in accounts),
    )
    authority = authorities(event)
    outcome = verdict([_word(account, event, authority) for account in accounts])
    status = row.ruling or outcome.status
    event = replace(event, status=status, disputed=outcome.disputed_participants)
    return Dossier(event, row.part_of_id, bounds, outcome, row.ruling)


def in_force(accounts: Sequence[Any]) -> list[Any]:
    """Returns the accounts that count: one of a superseded source gives way to its successor's."""
    by_source = {account.source_id: account for account in accounts}
    replaced = {account.supersedes_id for account in by_source.values() if account.supersedes_id is not None}
    return [account for account in accounts if account.source_id not in replaced]


def authorities(event: Event) -> dict[int, Hashable]:
    """Returns which side an actor speaks for, if he is, or stands at that date for, one of these."""
    found: dict[int, Hashable] = {}
    sides = event.sides()
    alone = all(isinstance(side, tuple) and side[0] == "actor" for side in sides.values())
    for taker in event.takers:
        if taker.actor_id not in sides:
            continue
        side = sides[taker.actor_id]
        units = [] if alone else [unit.unit for unit in event.units(taker, "state")]
        for actor in (taker.actor_id, taker.standing_id, *units):
            found.setdefault(actor, side)
    return found


def _word(account: Any, event: Event, authority: Mapping[int, Hashable]) -> Word:
    speaker: Hashable = account.speaker_id or account.publisher_name or ("source", account.source_id)
    if account.speaker_unnamed:
        speaker = ("unnamed", account.speaker_id, account.source_id)
    return Word(
        account=account.account_id,
        speaker=speaker,
        side=None if account.speaker_unnamed else _side(account, event, authority),
        stance=account.stance,
        order=account.said_at,
        denies=frozenset(account.denies or ()) if account.stance == "denies" else frozenset(),
    )


def _side(account: Any, event: Event, authority: Mapping[int, Hashable]) -> Hashable | None:
    """Returns the side a speaker is authorised for: an organ or office-holder on that date, not its media."""
    speaker = account.speaker_id
    if speaker is None or account.organisation_type == "media" or account.speaker_kind not in SPEAKING_KINDS:
        return None
    if speaker in authority:
        return authority[speaker]
    if account.speaker_kind == "person" and not any(_overlapping(event, speaker, "office")):
        return None
    units = _overlapping(event, speaker, "state")
    return next((authority[unit] for unit in units if unit in authority), None)


def _overlapping(event: Event, actor: int, level: str) -> list[int]:
    rows: Iterable[Any] = event.lifts.get((actor, level), ())
    moment: tuple[datetime, datetime] = (event.bounds.earliest, event.bounds.latest)
    return [row.unit_id for row in rows if row.since < moment[1] and row.until > moment[0]]
