"""Pairs of actors that look like one: found by rare keys of names, identifiers, and offices held at once."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
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
ACTORS: Final = 50_000
"""Actors whose names are looked at when none is asked for, the latest recorded first."""
PAIRS: Final = 250_000
"""Pairs that share something, found by what fewest have first."""
COMMONEST: Final = 25
"""A word or sound that more actors of one kind have makes no pairs: a title, a given name, a particle."""
HOLDERS: Final = 100
"""An office that more have held makes no pairs: it is a rank, such as an ambassador's."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a search goes: over so many actors, unless it is for one, and so many pairs."""

    actors: int = ACTORS
    pairs: int = PAIRS


def find_actor_duplicates(session: Session, asked: ActorDuplicateQuestion, *, bounds: Bounds = Bounds()) -> Answer:
    """Returns pairs of actors as models.duplicates.ActorDuplicateOut, the likeliest first.

    Args:
        session: to read with.
        asked: the question.
        bounds: how far the search goes.

    Raises:
        InvalidQuery: the actor is not in the record, or the cursor is none of this question's.

    Cost: two statements and up to CANDIDATES comparisons. For one actor the first looks up who shares a key of his, by
    index; else it groups the keys of so many names, and goes over so many pairs, however large the record is.
    """
    after = place_of(asked, "actors")
    question = Question(ContactFilter(), ids_of(session))
    limits = {"most": CANDIDATES + 1, "common": COMMONEST, "holders": HOLDERS, **asdict(bounds)}
    statement = _statement(question, asked)
    rows = session.execute(text(statement), {**question.params, **limits}).all()
    check_references(session, question, rows[0].refs)
    pairs = [row for row in rows[:CANDIDATES] if row.one is not None]
    known = _known(session, {number for row in pairs for number in (row.one, row.other)})
    found: dict[Pair, Features] = {}
    for row in pairs:
        features = likeness(known[row.one][0], known[row.other][0])
        if features is not None:
            found[row.one, row.other] = features
    scores = {pair: weighted(features) for pair, features in found.items()}
    dismissals = {(row.one, row.other): row.dismissal for row in pairs if row.dismissal is not None}
    ranked = Ranked(found, scores, METHOD, dismissals, _cut(rows, bounds), after)
    return page_of(ranked, asked, rows[0], "actors", lambda number: known[number][1])


def _cut(rows: Sequence[Any], bounds: Bounds) -> dict[str, int]:
    """Returns the limits that cut the search."""
    reached = {"candidates": len(rows) > CANDIDATES, "actors": rows[0].more_actors, "pairs": rows[0].more_pairs}
    limits = {"candidates": CANDIDATES, **asdict(bounds)}
    return {name: limits[name] for name, cut in reached.items() if cut}


def _statement(question: Question, asked: ActorDuplicateQuestion) -> str:
    actor = question.refer(ACTOR, asked.actor, "actor") if asked.actor else None
    kind = f"a.kind = ANY({question.bind(asked.kind)})" if asked.kind else "true"
    conditions = [] if asked.dismissed else ["m.dismissal_id IS NULL"]
    if asked.provisional is not None:
        unsettled = "(SELECT actor_id FROM actor WHERE provisional)"
        conditions.append(f"(p.one IN {unsettled} OR p.other IN {unsettled}) = {question.bind(asked.provisional)}")
    if actor is not None:
        conditions.append(f"{actor} IN (p.one, p.other)")
    more, looked_at = (_MORE, _OF_ALL) if actor is None else ("false", _OF_ONE)
    which = "" if actor is None else f" AND {actor} IN (x.id, y.id)"
    pairs = _PAIRS.format(which=which, more=more.format(kind=kind), where=" AND ".join(conditions) or "true")
    return f"WITH {question.refs_cte()}, {VERSION}, {looked_at.format(kind=kind, actor=actor)} {pairs}"


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


_OF_ALL: Final = """
looked_at AS MATERIALIZED (SELECT actor_id, kind FROM actor a WHERE retracted_at IS NULL AND {kind}
    ORDER BY actor_id DESC LIMIT :actors),
keyed AS (SELECT l.actor_id, l.kind, k.key FROM looked_at l JOIN actor a USING (actor_id)
    CROSS JOIN LATERAL unnest(a.keys) k(key) WHERE left(k.key, 2) <> 'p:'),
identified AS (SELECT l.actor_id, l.kind, i.scheme, i.value FROM looked_at l JOIN actor_identifier i USING (actor_id)),
held AS MATERIALIZED (SELECT f.* FROM looked_at l JOIN affiliation f USING (actor_id)
    WHERE f.relation = 'holds' AND f.retracted_at IS NULL),"""
_OF_ONE: Final = """
his AS MATERIALIZED (SELECT a.kind, k.key FROM actor a CROSS JOIN LATERAL unnest(a.keys) k(key)
    WHERE a.actor_id = {actor} AND {kind} AND left(k.key, 2) <> 'p:'),
keyed AS (SELECT a.actor_id, a.kind, his.key FROM his JOIN actor a ON a.keys @> ARRAY[his.key] AND a.kind = his.kind
    WHERE a.retracted_at IS NULL),
identified AS (SELECT a.actor_id, a.kind, i.scheme, i.value FROM actor_identifier i JOIN actor a USING (actor_id)
    WHERE a.retracted_at IS NULL AND {kind} AND (lower(i.scheme), lower(i.value)) IN
        (SELECT lower(o.scheme), lower(o.value) FROM actor_identifier o WHERE o.actor_id = {actor})),
held AS MATERIALIZED (SELECT f.* FROM affiliation f JOIN actor a USING (actor_id)
    WHERE f.relation = 'holds' AND f.retracted_at IS NULL AND a.retracted_at IS NULL AND {kind}
        AND f.target_id IN (SELECT h.target_id FROM affiliation h WHERE h.actor_id = {actor})),"""
"""Whoever has a key of one actor: all of them, so that what is common is known for that."""
_PAIRS: Final = """
shared AS MATERIALIZED (
    SELECT array_agg(actor_id) AS ids, count(*) AS n, kind || key AS what, NULL::bigint AS office FROM keyed
        GROUP BY kind, key HAVING count(*) BETWEEN 2 AND :common
    UNION ALL SELECT array_agg(actor_id), count(*), lower(scheme) || ':' || lower(value), NULL FROM identified
        GROUP BY kind, lower(scheme), lower(value) HAVING count(*) BETWEEN 2 AND :common
    UNION ALL SELECT NULL, count(*), '', target_id FROM held GROUP BY target_id HAVING count(*) BETWEEN 2 AND :holders),
ranked AS MATERIALIZED (SELECT *, sum(n * (n - 1) / 2) OVER (ORDER BY n, what, office) AS pairs FROM shared),
told AS (
    SELECT x.id AS one, y.id AS other FROM ranked r CROSS JOIN LATERAL unnest(r.ids) x(id)
        CROSS JOIN LATERAL unnest(r.ids) y(id) WHERE r.pairs <= :pairs AND x.id < y.id{which}
    UNION ALL SELECT f.actor_id, g.actor_id FROM ranked r JOIN held f ON f.target_id = r.office
        JOIN held g ON g.target_id = r.office AND f.actor_id < g.actor_id AND f.start_earliest < g.end_latest
        AND g.start_earliest < f.end_latest WHERE r.pairs <= :pairs),
pair AS (SELECT one, other, count(*) AS shared FROM told GROUP BY one, other)
SELECT version.number, version.at, (SELECT row_to_json(refs) FROM refs) AS refs, {more} AS more_actors,
    (SELECT coalesce(max(pairs), 0) > :pairs FROM ranked) AS more_pairs, found.* FROM version LEFT JOIN (
    SELECT p.one, p.other, public_id('dms', m.dismissal_id) AS dismissal FROM pair p
    LEFT JOIN dismissal m ON m.noun = 'actor' AND m.first_id = p.one AND m.second_id = p.other
        AND m.retracted_at IS NULL
    WHERE {where} ORDER BY p.shared DESC, p.one, p.other LIMIT :most) found ON true
"""
"""What several have in common: a word or a sound of a name, an identifier but for upper and lower case, an office. What
fewest have tells most and makes the fewest pairs, so that comes first."""
_MORE: Final = (
    "(SELECT count(*) > :actors FROM (SELECT FROM actor a WHERE retracted_at IS NULL AND {kind} LIMIT :actors + 1) l)"
)
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
