"""Pairs of actors that look like one: found by rare keys of names, identifiers, and offices held at once."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.documents import actor_link
from db.engine import ids_of
from db.filters import Question
from db.pages import Answer, check_references
from db.ranked_pairs import Pair, Ranked, page_of, place_of
from db.references import ACTOR
from db.revisions import VERSION
from models.actor_likeness import METHOD, Features, Known, Post, likeness, weighted
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.duplicates import ActorDuplicateQuestion
from models.filters import ContactFilter

CANDIDATES: Final = 5_000
"""Pairs compared in process; those that share most keys come first."""
COMMONEST: Final = 25
"""A word or sound that more actors of one kind have makes no pairs: a title, a given name, a particle."""


def find_actor_duplicates(session: Session, asked: ActorDuplicateQuestion) -> Answer:
    """Returns pairs of actors as models.duplicates.ActorDuplicateOut, the likeliest first.

    Raises:
        InvalidQuery: the actor is not in the record, or the cursor is none of this question's.

    Cost: two statements and up to CANDIDATES comparisons. For one actor the first looks up who shares a key of his, by
    index; else it goes over the names of the whole record.
    """
    after = place_of(asked, "actors")
    question = Question(ContactFilter(), ids_of(session))
    actor = question.refer(ACTOR, asked.actor, "actor") if asked.actor else None
    keyed, held = (
        (_KEYED, "true") if actor is None else (_KEYED_LIKE.format(actor=actor), _HELD_LIKE.format(actor=actor))
    )
    found_by = _FOUND.format(where=_conditions(question, asked, actor), keyed=keyed, held=held)
    statement = f"WITH {question.refs_cte()}, {VERSION}, {found_by}"
    rows = session.execute(text(statement), {**question.params, "most": CANDIDATES + 1, "common": COMMONEST}).all()
    check_references(session, question, rows[0].refs)
    pairs = [row for row in rows[:CANDIDATES] if row.one is not None]
    known = _known(session, {number for row in pairs for number in (row.one, row.other)})
    found: dict[Pair, Features] = {}
    for row in pairs:
        features = likeness(known[row.one][0], known[row.other][0])
        if features is not None:
            found[row.one, row.other] = features
    ranked = Ranked(
        found,
        {pair: weighted(features) for pair, features in found.items()},
        METHOD,
        {(row.one, row.other): row.dismissal for row in pairs if row.dismissal is not None},
        {"candidates": CANDIDATES} if len(rows) > CANDIDATES else {},
        after,
    )
    return page_of(ranked, asked, rows[0], "actors", lambda number: known[number][1])


def _conditions(question: Question, asked: ActorDuplicateQuestion, actor: str | None) -> str:
    found = [] if asked.dismissed else ["m.dismissal_id IS NULL"]
    if actor is not None:
        found.append(f"{actor} IN (p.one, p.other)")
    if asked.kind:
        found.append(f"a.kind = ANY({question.bind(asked.kind)})")
    if asked.provisional is not None:
        found.append(f"(a.provisional OR b.provisional) = {question.bind(asked.provisional)}")
    return " AND ".join(found) or "true"


def _known(session: Session, actor_ids: Iterable[int]) -> dict[int, tuple[Known, Any]]:
    params = {"ids": sorted(actor_ids), "first": FIRST_MOMENT, "last": LAST_MOMENT}
    return {
        row.actor_id: (
            Known(
                row.kind,
                row.names,
                frozenset((scheme.casefold(), value.casefold()) for scheme, value in row.identifiers),
                frozenset(row.states),
                [Post(*post) for post in zip(*(part or () for part in row[6:10]), strict=True)],
                (row.began, row.ended) if row.began is not None and row.ended is not None else None,
            ),
            row.link,
        )
        for row in session.execute(text(_KNOWN), params)
    }


_KEYED: Final = """SELECT a.actor_id, a.kind, k.key FROM actor a CROSS JOIN LATERAL unnest(a.keys) k(key)
    WHERE a.retracted_at IS NULL AND left(k.key, 2) <> 'p:'"""
_KEYED_LIKE: Final = """SELECT b.actor_id, b.kind, k.key FROM actor a CROSS JOIN LATERAL unnest(a.keys) k(key)
    JOIN actor b ON b.keys @> ARRAY[k.key] AND b.kind = a.kind
    WHERE a.actor_id = {actor} AND b.retracted_at IS NULL AND left(k.key, 2) <> 'p:'"""
"""Whoever has a key of one actor: all of them, so that what is common is known for that."""
_HELD_LIKE: Final = "target_id IN (SELECT h.target_id FROM affiliation h WHERE h.actor_id = {actor})"
_FOUND: Final = """
keyed AS MATERIALIZED ({keyed}),
rare AS (SELECT kind, key FROM keyed GROUP BY kind, key HAVING count(*) BETWEEN 2 AND :common),
held AS (SELECT * FROM affiliation WHERE relation = 'holds' AND retracted_at IS NULL AND {held}),
pair AS (SELECT one, other, count(*) AS shared FROM (
    SELECT a.actor_id AS one, b.actor_id AS other FROM keyed a JOIN rare USING (kind, key)
        JOIN keyed b USING (kind, key) WHERE a.actor_id < b.actor_id
    UNION ALL SELECT i.actor_id, j.actor_id FROM actor_identifier i JOIN actor_identifier j
        ON lower(i.scheme) = lower(j.scheme) AND lower(i.value) = lower(j.value) AND i.actor_id < j.actor_id
    UNION ALL SELECT f.actor_id, g.actor_id FROM held f JOIN held g ON f.target_id = g.target_id
        AND f.actor_id < g.actor_id AND f.start_earliest < g.end_latest AND g.start_earliest < f.end_latest
    ) told GROUP BY one, other)
SELECT version.number, version.at, (SELECT row_to_json(refs) FROM refs) AS refs, found.* FROM version LEFT JOIN (
    SELECT p.one, p.other, public_id('dms', m.dismissal_id) AS dismissal
    FROM pair p JOIN actor a ON a.actor_id = p.one JOIN actor b ON b.actor_id = p.other AND b.kind = a.kind
    LEFT JOIN dismissal m ON m.noun = 'actor' AND m.first_id = p.one AND m.second_id = p.other
        AND m.retracted_at IS NULL
    WHERE a.retracted_at IS NULL AND b.retracted_at IS NULL AND {where}
    ORDER BY p.shared DESC, p.one, p.other LIMIT :most) found ON true
"""
_STATES: Final = """ARRAY(SELECT l.unit_id FROM lift l WHERE l.level = 'state' AND l.unit_id <> a.actor_id
    AND (l.actor_id = a.actor_id OR l.actor_id IN (SELECT p.standing_id FROM participant p WHERE p.actor_id = a.actor_id
        AND p.standing_id <> a.actor_id)))"""
_POSTS: Final = """
SELECT array_agg(o.actor_id ORDER BY o.actor_id) AS offices, array_agg(o.name ORDER BY o.actor_id) AS titles,
    array_agg(t.since ORDER BY o.actor_id) AS since, array_agg(t.until ORDER BY o.actor_id) AS until
FROM (SELECT f.target_id AS office, f.start_earliest AS since, f.end_latest AS until FROM affiliation f
    WHERE f.actor_id = a.actor_id AND f.relation = 'holds' AND f.retracted_at IS NULL
    UNION ALL SELECT p.capacity_id, min(c.earliest), max(c.latest) FROM participant p JOIN contact c USING (contact_id)
    WHERE p.actor_id = a.actor_id AND p.capacity_id IS NOT NULL AND c.retracted_at IS NULL GROUP BY p.capacity_id) t
JOIN actor o ON o.actor_id = t.office"""
_KNOWN: Final = f"""
SELECT a.actor_id, a.kind, {actor_link("a")} AS link,
    ARRAY(SELECT n.name FROM actor_name n WHERE n.actor_id = a.actor_id ORDER BY n.ordinal) AS names,
    ARRAY(SELECT ARRAY[i.scheme, i.value] FROM actor_identifier i WHERE i.actor_id = a.actor_id) AS identifiers,
    {_STATES} AS states, post.*, span.began, span.ended
FROM actor a LEFT JOIN LATERAL ({_POSTS}) post ON a.kind = 'person' LEFT JOIN LATERAL (
    SELECT min(i.earliest) FILTER (WHERE i.earliest > :first) AS began,
        max(i.latest) FILTER (WHERE i.latest < :last) AS ended
    FROM incidence i WHERE i.ego_id = a.actor_id AND i.level = 'actor') span ON a.kind = 'person'
WHERE a.actor_id = ANY(:ids)
"""
