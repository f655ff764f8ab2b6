"""Actors by name: blocking keys find candidates in an index, similarity ranks them in process."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.revisions import VERSION
from models.actors import ActorIn
from models.names import blocking_keys, fold, query_keys, score, script_of

CANDIDATES: Final = 400
"""Candidates ranked in process, more than any real name has: about 23 µs a name, so some 9 ms for 400 of one name."""
NEAREST_SCORE: Final = 60.0
FOUND_SCORE: Final = 65.0

_CANDIDATES = """
SELECT version.number, version.at, found.* FROM version LEFT JOIN (
SELECT a.actor_id, a.slug, a.name, a.kind, a.provisional,
    (SELECT concat_ws(' ', coalesce(f.title, o.name), nullif(concat('(', concat_ws(', ',
            CASE WHEN f.since <> '..' THEN 'since ' || f.since END,
            CASE WHEN f.until = '..' THEN 'still' ELSE 'until ' || f.until END), ')'), '()'))
        FROM affiliation f JOIN actor o ON o.actor_id = f.target_id
        WHERE f.actor_id = a.actor_id AND f.relation = 'holds' AND f.retracted_at IS NULL
        ORDER BY f.start_earliest DESC, f.end_latest DESC, f.affiliation_id DESC LIMIT 1) AS holds,
    (SELECT u.name FROM lift l JOIN actor u ON u.actor_id = l.unit_id
        WHERE l.actor_id = a.actor_id AND l.level = 'state' AND l.unit_id <> a.actor_id
        ORDER BY l.until DESC, l.since DESC, l.unit_id LIMIT 1) AS state,
    (SELECT array_agg(n.name ORDER BY n.ordinal) FROM actor_name n WHERE n.actor_id = a.actor_id) AS names
FROM actor a
WHERE a.keys && CAST(:keys AS text[]) AND a.retracted_at IS NULL
    AND (CAST(:kind AS text) IS NULL OR a.kind = :kind)
ORDER BY cardinality(ARRAY(SELECT unnest(a.keys) INTERSECT SELECT unnest(CAST(:keys AS text[])))) DESC, a.actor_id
LIMIT :candidates) found ON true
"""


@dataclass(frozen=True, slots=True)
class Match:
    """An actor whose name fits a question, how well (0–100), and what tells him from others of that name."""

    actor_id: int
    slug: str
    name: str
    kind: str
    score: float
    matched_name: str
    provisional: bool
    holds: str | None
    state: str | None


@dataclass(frozen=True, slots=True)
class Search:
    """Actors found by name, best first, and the state of the record in which they were found."""

    version: int
    changed_at: datetime | None
    matches: list[Match]
    more: bool


def search_actors(session: Session, query: str, *, kind: str | None = None, limit: int = 20) -> Search:
    """Returns actors by name, best first; script, accents and the order of words do not matter.

    Cost: one statement, then up to CANDIDATES comparisons in process.
    """
    params = {"keys": query_keys(query), "kind": kind, "candidates": CANDIDATES}
    rows = session.execute(text(f"WITH {VERSION} {_CANDIDATES}"), params).all()
    matches = [_match(query, row) for row in rows if row.actor_id is not None]
    ranked = sorted(matches, key=lambda match: (-match.score, match.slug))
    found = [match for match in ranked if match.score >= FOUND_SCORE]
    more = len(found) > limit or len(matches) == CANDIDATES
    return Search(rows[0].number, rows[0].at, found[:limit], more)


def nearest_actors(session: Session, reference: str, limit: int = 3) -> list[Match]:
    """Returns the actors a mistaken reference may have meant."""
    words = reference.split(":", 1)[-1].replace("-", " ")[:200]
    found = search_actors(session, words, limit=limit)
    return [match for match in found.matches if match.score >= NEAREST_SCORE]


def _match(query: str, row: Any) -> Match:
    best, name = max(((score(query, [name]), name) for name in row.names or [row.name]), key=lambda pair: pair[0])
    return Match(row.actor_id, row.slug, row.name, row.kind, best, name, row.provisional, row.holds, row.state)


def name_rows(body: ActorIn) -> list[dict[str, Any]]:
    """Returns an actor's names as rows, the primary one first; a name given twice is kept once."""
    rows: dict[str, dict[str, Any]] = {}
    primary = {"name": body.name, "kind": "primary", "lang": None, "script": None}
    for given in (primary, *(name.model_dump() for name in body.names)):
        known = rows.get(given["name"])
        if known is None:
            rows[given["name"]] = {**given, "script": given["script"] or script_of(given["name"])}
        elif given["lang"]:
            known["lang"] = given["lang"]
    return [{**row, "ordinal": i, "folded": fold(row["name"])} for i, row in enumerate(rows.values())]


def search_columns(body: ActorIn) -> dict[str, Any]:
    """Returns the columns by which an actor is found and sorted."""
    names = [row["name"] for row in name_rows(body)]
    keys = sorted({key for name in names for key in blocking_keys(name)})
    return {"folded": fold(body.name), "keys": keys}
