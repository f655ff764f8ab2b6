"""Accounts held against each other, aspect by aspect: what is read goes through models.comparison."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.acknowledgement import acknowledgement
from db.evidence import Evidence, read_evidence, reasons, sides, voice_of
from db.lifts import stored_lifts
from models.comparison import (
    Above,
    Claim,
    Version,
    finest,
    is_date_within,
    is_kind_within,
    mention,
    outcome,
    relate_actors,
    relate_dates,
    relate_kinds,
    relate_numbers,
)
from models.lifts import LIFTED_LEVELS
from models.status import Word


def read_comparison(session: Session, contact_id: int, today: date) -> tuple[str, int]:
    """Returns models.evidence.ComparisonOut of one contact as JSON text, and the contact's version.

    Args:
        session: to read with.
        contact_id: of the contact.
        today: the civil day, UTC, until which a silence may have been observed.

    Raises:
        NotFound: there is none.
        Retracted: it was taken out of the record; the sentence says why.

    Cost: eleven statements.
    """
    evidence = read_evidence(session, contact_id)
    above = _actors_above(session, evidence)
    members = {
        "contact": evidence.row.link,
        "status": reasons(evidence),
        "sides": sides(evidence),
        "accounts": [_account(evidence, word) for word in evidence.words],
        **_aspects(evidence, above),
        "participants": _participants(evidence, above),
        "topics": _topics(session, evidence),
        "commitments": _commitments(session, evidence),
        "acknowledgement": acknowledgement(session, evidence, today),
        "left_out": _left_out(evidence),
    }
    return json.dumps(members), evidence.row.version


def _account(evidence: Evidence, word: Word) -> dict[str, Any]:
    return {
        **evidence.accounts[word.account].document,
        "side": evidence.side_name(word.side) if word.side is not None else None,
        "voice": evidence.voice_name(word),
        "compared": word.account in {one.account for one in evidence.compared},
        "decides": word.account in evidence.dossier.verdict.decided_by,
    }


def _aspects(evidence: Evidence, above: Above) -> dict[str, Any]:
    dates, kinds = (_claims(evidence, name) for name in ("when", "kind"))
    minutes, actors = (_claims(evidence, name) for name in ("duration_minutes", "initiator_id"))
    voices = {voice_of(word) for word in evidence.compared}
    began = _values(evidence, actors)
    return {
        "when": {
            "outcome": outcome(dates, voices, relate_dates),
            **evidence.said_by({claim.account for claim in dates}),
            "finest": finest([claim.value for claim in dates], is_date_within),
            "values": _values(evidence, dates),
        },
        "kind": {
            "outcome": outcome(kinds, voices, relate_kinds),
            **evidence.said_by({claim.account for claim in kinds}),
            "finest": finest([claim.value for claim in kinds], is_kind_within),
            "values": _values(evidence, kinds),
        },
        "duration_minutes": {
            "outcome": outcome(minutes, voices, relate_numbers),
            **evidence.said_by({claim.account for claim in minutes}),
            "values": _values(evidence, minutes),
        },
        "initiator": {
            "outcome": outcome(actors, voices, relate_actors(above)),
            **evidence.said_by({claim.account for claim in actors}),
            "values": [{**one, "value": evidence.links[one["value"]]} for one in began],
        },
    }


def _claims(evidence: Evidence, name: str) -> list[Claim]:
    said = ((word, getattr(evidence.accounts[word.account], name)) for word in evidence.compared)
    return [Claim(word.account, voice_of(word), value) for word, value in said if value is not None]


def _values(evidence: Evidence, claims: Sequence[Claim]) -> list[dict[str, Any]]:
    by_value: dict[Any, set[int]] = {}
    for claim in claims:
        by_value.setdefault(claim.value, set()).add(claim.account)
    return [{"value": value, **evidence.said_by(accounts)} for value, accounts in by_value.items()]


def _participants(evidence: Evidence, above: Above) -> list[dict[str, Any]]:
    versions = []
    for word in evidence.listing:
        row = evidence.accounts[word.account]
        lists = frozenset(row.named_ids), frozenset(row.denied_ids)
        versions.append(Version(word.account, voice_of(word), *lists, complete=bool(row.list_exhaustive)))
    resolved = [taker.actor_id for taker in evidence.dossier.event.takers]
    listed = sorted({actor for one in versions for actor in one.named | one.denied} - set(resolved))
    found = []
    for actor in (*resolved, *listed):
        said = mention(actor, versions, above)
        found.append(
            {
                "outcome": said.outcome,
                **evidence.said_by(said.named),
                "actor": evidence.links[actor],
                "resolved": actor in resolved,
                "denied_by": [evidence.public[account] for account in said.denied],
                "omitted_by": [evidence.public[account] for account in said.omitted],
            }
        )
    return found


def _topics(session: Session, evidence: Evidence) -> list[dict[str, Any]]:
    named = {word.account: evidence.accounts[word.account].topic_ids for word in evidence.compared}
    wanted = {topic for topics in (*named.values(), evidence.row.topic_ids) for topic in topics}
    rows = session.execute(text(_TOPICS), {"ids": sorted(wanted)}).all()
    above = {row.topic_id: row.above for row in rows}
    versions = [Version(word.account, voice_of(word), frozenset(named[word.account])) for word in evidence.compared]
    found = ((row, mention(row.topic_id, versions, above)) for row in rows)
    return [
        {
            "outcome": said.outcome,
            **evidence.said_by(said.named),
            "topic": row.link,
            "resolved": row.topic_id in evidence.row.topic_ids,
        }
        for row, said in found
    ]


def _commitments(session: Session, evidence: Evidence) -> list[dict[str, Any]]:
    rows = session.execute(text(_COMMITMENTS), {"id": evidence.row.contact_id}).all()
    versions = [
        Version(
            word.account,
            voice_of(word),
            frozenset(row.commitment_id for row in rows if word.account in row.accounts),
        )
        for word in evidence.compared
    ]
    found = ((row, mention(row.commitment_id, versions, {})) for row in rows)
    return [{"outcome": said.outcome, **evidence.said_by(said.named), **row.document} for row, said in found]


def _left_out(evidence: Evidence) -> dict[str, int]:
    in_force = {word.account for word in evidence.words}
    withdrawn = {number for number, row in evidence.accounts.items() if row.withdrawn_at is not None}
    counts = {
        "withdrawn": len(withdrawn),
        "superseded": len(evidence.accounts.keys() - in_force - withdrawn),
        "not_compared": len(evidence.words) - len(evidence.listing),
    }
    return {name: count for name, count in counts.items() if count}


def _actors_above(session: Session, evidence: Evidence) -> dict[int, set[int]]:
    """Returns for each actor named all that he stood for on the contact's date, as recorded and by his offices."""
    event = evidence.dossier.event
    stands = {taker.actor_id: taker.standing_id for taker in event.takers}
    lifts = stored_lifts(session, {*evidence.links, *stands.values()})
    found: dict[int, set[int]] = {}
    for actor in evidence.links:
        found[actor] = {actor, stands.get(actor, actor)}
        found[actor] |= set(_stood_for(lifts, found[actor], event))
    return found


def _stood_for(lifts: Mapping[tuple[int, str], Sequence[Any]], actors: Iterable[int], event: Any) -> Iterable[int]:
    start, end = event.bounds.earliest, event.bounds.latest
    for actor in tuple(actors):
        for level in LIFTED_LEVELS:
            yield from (row.unit_id for row in lifts.get((actor, level), ()) if row.since < end and row.until > start)


_TOPICS: Final = """
WITH RECURSIVE up(topic_id, above_id) AS (
    SELECT topic_id, topic_id FROM topic WHERE topic_id = ANY(:ids)
    UNION SELECT u.topic_id, t.broader_id FROM up u JOIN topic t ON t.topic_id = u.above_id
    WHERE t.broader_id IS NOT NULL)
SELECT topic_id, array_agg(above_id) AS above, json_build_object('slug', slug, 'label', label) AS link
FROM up JOIN topic USING (topic_id) GROUP BY topic_id, slug, label ORDER BY slug
"""
_COMMITMENTS: Final = """
SELECT m.commitment_id, json_build_object('id', public_id('com', m.commitment_id), 'text', m.text) AS document,
    ARRAY(SELECT x.account_id FROM commitment_account x
        WHERE x.contact_id = m.contact_id AND x.commitment_id = m.commitment_id) AS accounts
FROM commitment m WHERE m.contact_id = :id AND m.retracted_at IS NULL ORDER BY m.commitment_id
"""
