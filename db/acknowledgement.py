"""Who stands by one contact, who spoke first, and whether a silence was observed."""

import json
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.documents import actor_link
from db.evidence import Evidence, read_evidence, sides
from models.acknowledgement import days_after, days_between, first_word
from models.authority import VOICELESS_TYPES
from models.base import LAST_MOMENT
from models.coverage import WATCH_DAYS
from models.status import Word


def read_acknowledgement(session: Session, contact_id: int, today: date) -> tuple[str, int]:
    """Returns models.evidence.AcknowledgementOut of one contact as JSON text, and the contact's version.

    Args:
        session: to read with.
        contact_id: of the contact.
        today: the civil day, UTC, until which somebody may have been watched.

    Raises:
        NotFound: there is none.
        Retracted: it was taken out of the record; the sentence says why.

    Cost: eight statements.
    """
    evidence = read_evidence(session, contact_id)
    return json.dumps(acknowledgement(session, evidence, today)), evidence.row.version


def acknowledgement(session: Session, evidence: Evidence, today: date) -> dict[str, Any]:
    """Returns models.evidence.AcknowledgementOut of a contact that is read already. Cost: one statement."""
    watched = _observers(session, evidence.row.contact_id, today)
    latest = evidence.dossier.bounds.latest
    words = [word for word in evidence.words if not word.is_partial]
    return {
        "contact": evidence.row.link,
        "status": evidence.dossier.status,
        "counted_from": (latest - timedelta(microseconds=1)).date().isoformat() if latest < LAST_MOMENT else None,
        "first": _first(evidence, words),
        "sides": [one | _of_side(evidence, words, one["accounts"]) | _silence(one, watched) for one in sides(evidence)],
    }


def _first(evidence: Evidence, words: Sequence[Word]) -> dict[str, Any] | None:
    if not words:
        return None
    first, *others = words
    until = first.published and first.published[1]
    later = all(until and other.published and until <= other.published[0] for other in others)
    return {
        "account": evidence.public[first.account],
        "voice": evidence.voice_name(first),
        "side": evidence.side_name(first.side) if first.side is not None else None,
        "published": evidence.accounts[first.account].published,
        "certain": later and until is not None,
    }


def _of_side(evidence: Evidence, words: Sequence[Word], accounts: Sequence[str]) -> dict[str, Any]:
    stance, first = first_word(word for word in words if evidence.public[word.account] in accounts)
    latest: datetime = evidence.dossier.bounds.latest
    lag = days_after(latest, first.published) if first else None
    behind = days_between(words[0].published, first.published) if first else None
    return {
        "acknowledged": stance == "affirms",
        "first_account": evidence.public[first.account] if first else None,
        "published": evidence.accounts[first.account].published if first else None,
        "lag": {"at_least": lag[0], "at_most": lag[1]} if lag else None,
        "behind_first": {"at_least": behind[0], "at_most": behind[1]} if behind else None,
    }


def _silence(side: dict[str, Any], watched: dict[str, list[Any]]) -> dict[str, Any]:
    if side["accounts"]:
        return {"silence": None, "observed_by": []}
    by = [one for actor in side["actors"] for one in watched.get(actor["id"], ())]
    return {"silence": "observed" if by else "not_looked_at", "observed_by": by}


def _observers(session: Session, contact_id: int, today: date) -> dict[str, list[Any]]:
    """Returns who was watched after a contact, by the public id of everybody for whom he may speak."""
    params = {"id": contact_id, "today": today, "voiceless": sorted(VOICELESS_TYPES)}
    found: dict[str, list[Any]] = {}
    for row in session.execute(text(_OBSERVERS), params):
        found.setdefault(row.side, []).append(row.observer)
    return found


WATCHED: Final = f"""(v.start_latest <= c.latest AND c.latest < timestamp '9999-12-31'
    AND v.end_earliest >= least(c.latest + interval '{WATCH_DAYS} days', CAST(:today AS date)))"""
"""SQL condition that window ``v`` began no later than contact ``c`` ended, and lasted long enough, or until now."""
OBSERVED: Final = f"""EXISTS (SELECT FROM coverage v JOIN actor w ON w.actor_id = v.publisher_id
    WHERE v.retracted_at IS NULL AND {WATCHED}
    AND (w.organisation_type IS NULL OR w.organisation_type <> ALL(:voiceless))
    AND (v.publisher_id = a.side_id OR EXISTS (SELECT FROM lift l WHERE l.actor_id = v.publisher_id
        AND l.level = 'state' AND l.unit_id = a.side_id AND l.since < c.latest AND l.until > c.earliest)))"""
"""SQL condition that somebody who may speak for ``a.side_id`` was watched after contact ``c``."""
_OBSERVERS: Final = f"""
SELECT DISTINCT ON (l.unit_id, v.coverage_id)
    public_id('act', l.unit_id) AS side,
    json_build_object('publisher', {actor_link("w")}, 'since', v.since, 'until', v.until) AS observer
FROM contact c, coverage v JOIN actor w ON w.actor_id = v.publisher_id
JOIN (SELECT actor_id, unit_id, since, until FROM lift WHERE level = 'state'
    UNION ALL SELECT actor_id, actor_id, timestamp '0001-01-01', timestamp '9999-12-31' FROM actor) l
    ON l.actor_id = v.publisher_id
WHERE c.contact_id = :id AND v.retracted_at IS NULL AND {WATCHED} AND l.since < c.latest AND l.until > c.earliest
AND (w.organisation_type IS NULL OR w.organisation_type <> ALL(:voiceless))
ORDER BY l.unit_id, v.coverage_id
"""
