"""The pairs of a contact of very many participants, expanded when they are asked for."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.documents import moment
from db.engine import ids_of
from db.events import dossiers, family
from db.references import ACTOR, CONTACT, resolve
from models.filters import EdgeList
from models.projection import Event, Pair, PairFacts, own_pairs, pair_status
from models.status import HAPPENED

_CONTACT: Final = f"""
SELECT "when", {moment("earliest")} AS earliest, {moment("latest")} AS latest FROM contact WHERE contact_id = :id
"""
_ENDS: Final = "SELECT actor_id, slug, name, kind FROM actor WHERE actor_id = ANY(:ids)"


def expand_edges(session: Session, asked: EdgeList, limit: int) -> tuple[str, int]:
    """Returns the edges of one contact as a JSON list of models.edges.EdgeOut, and how many it really has.

    Args:
        session: to read with.
        asked: the question; its ``contact`` is one whose pairs are not stored, and stands in the record.
        limit: most edges in the list.

    Cost: about 1 ms per thousand pairs; there are n²/2 of them.
    """
    assert asked.contact is not None
    contact_id = resolve(session, CONTACT, [asked.contact])[asked.contact]
    event = dossiers(session, family(session, [contact_id])[1])[contact_id].event
    edges = _wanted(event, asked, resolve(session, ACTOR, [*asked.actor, *asked.between]))
    numbers = sorted({end for pair, _ in edges[:limit] for end in pair})
    ends = {row.actor_id: row for row in session.execute(text(_ENDS), {"ids": numbers})}
    when = session.execute(text(_CONTACT), {"id": contact_id}).one()
    shared = {
        "contact_id": ids_of(session).encode("con", contact_id),
        "contact_kind": event.kind,
        "when": when.when,
        "earliest": when.earliest.isoformat() if when.earliest else None,
        "latest": when.latest.isoformat() if when.latest else None,
        "level": asked.level,
        "contact": f"/v1/contacts/{ids_of(session).encode('con', contact_id)}",
    }
    items = [{**shared, **_facts(event, facts), **_end(session, ends, pair, facts)} for pair, facts in edges[:limit]]
    return json.dumps(items), len(edges)


def _wanted(event: Event, asked: EdgeList, named: Mapping[str, int]) -> list[tuple[Pair, PairFacts]]:
    """Returns the pairs that a question is about, the actor asked for as the near end, otherwise each once."""
    near = {named[ref] for ref in asked.actor or asked.between[:1]}
    far = {named[ref] for ref in asked.between[1:]}
    found = []
    for pair, facts in sorted(own_pairs(event, asked.level).items()):
        both = [(pair, facts), (pair[::-1], _turned(facts))]
        fits = [
            (ends, seen)
            for ends, seen in both
            if (not near or ends[0] in near)
            and (not far or ends[1] in far)
            and (not asked.role or seen.roles[0] & set(asked.role))
            and ("any" in asked.status or pair_status(event, facts) in (asked.status or HAPPENED))
        ]
        found += fits[:1]
    return found


def _turned(facts: PairFacts) -> PairFacts:
    names = {"ego": "alter", "alter": "ego"}
    return replace(facts, roles=facts.roles[::-1], initiated={names[name] for name in facts.initiated})


def _facts(event: Event, facts: PairFacts) -> dict[str, Any]:
    names = {"ego": "source", "alter": "target"}
    initiated = [names[name] for name in sorted(facts.initiated)]
    return {
        "contact_status": pair_status(event, facts),
        "initiated_by": "both" if len(initiated) == 2 else next(iter(initiated), None),
        "certain": facts.certain,
        "ambiguous": facts.ambiguous and not facts.certain,
        "represented": facts.represented,
    }


def _end(session: Session, ends: dict[int, Any], pair: Pair, facts: PairFacts) -> dict[str, Any]:
    ids = ids_of(session)
    return {
        f"{name}_{key}": value
        for name, number, roles in zip(("source", "target"), pair, facts.roles, strict=True)
        for key, value in {
            "id": ids.encode("act", number),
            "slug": ends[number].slug,
            "name": ends[number].name,
            "kind": ends[number].kind,
            "roles": ",".join(sorted(roles)),
        }.items()
    }
