"""The pairs of a contact of very many participants, expanded when they are asked for."""

import json
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.documents import moment
from db.engine import ids_of
from db.events import dossiers
from models.projection import Event, Pair, PairFacts, pairs_at

_CONTACT: Final = f"""
SELECT "when", {moment("earliest")} AS earliest, {moment("latest")} AS latest FROM contact WHERE contact_id = :id
"""
_ENDS: Final = "SELECT actor_id, slug, name, kind FROM actor WHERE actor_id = ANY(:ids)"


def expand_edges(session: Session, contact_id: int, level: str, limit: int) -> tuple[str, int]:
    """Returns the edges of one contact as a JSON list of models.edges.EdgeOut, and how many it really has.

    Args:
        session: to read with.
        contact_id: a contact whose pairs are not stored.
        level: at which the pairs are wanted.
        limit: most edges in the list.

    Cost: about 1 ms per thousand pairs; there are n²/2 of them.
    """
    dossier = dossiers(session, [contact_id])[contact_id]
    pairs = sorted(pairs_at(dossier.event, level).items())
    shown = pairs[:limit]
    numbers = sorted({end for pair, _ in shown for end in pair})
    ends = {row.actor_id: row for row in session.execute(text(_ENDS), {"ids": numbers})}
    when = session.execute(text(_CONTACT), {"id": contact_id}).one()
    shared = {
        "contact_id": ids_of(session).encode("con", contact_id),
        "contact_kind": dossier.event.kind,
        "when": when.when,
        "earliest": when.earliest.isoformat() if when.earliest else None,
        "latest": when.latest.isoformat() if when.latest else None,
        "level": level,
        "contact": f"/v1/contacts/{ids_of(session).encode('con', contact_id)}",
    }
    items = [{**shared, **_pair(dossier.event, facts), **_end(session, ends, pair, facts)} for pair, facts in shown]
    return json.dumps(items), len(pairs)


def _pair(event: Event, facts: PairFacts) -> dict[str, Any]:
    names = {"ego": "source", "alter": "target"}
    initiated = [names[name] for name in sorted(facts.initiated)]
    return {
        "contact_status": "disputed" if facts.disputed and event.disputed else event.status,
        "initiated_by": "both" if len(initiated) == 2 else next(iter(initiated), None),
        "certain": facts.certain,
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
