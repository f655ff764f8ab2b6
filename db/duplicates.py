"""Pairs of contacts that look like one event: found by an index of pairs and days, never by comparing all with all."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.documents import contact_link
from db.engine import ids_of
from db.filters import Question
from db.pages import Answer, check_references
from db.ranked_pairs import Ranked, page_of, place_of
from db.references import ACTOR
from db.revisions import VERSION
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.duplicates import DuplicateQuestion
from models.edtf import parse
from models.filters import ContactFilter
from models.likeness import METHOD, Taker, Told, likeness, score

CANDIDATES: Final = 5_000
"""Pairs compared in process; an answer made of as many says that it was cut."""
EDGES: Final = 50_000
"""Edges of each level that are looked at, the newest of the window first; an answer that passed over others says so."""
COARSEST: Final = "32 days"
"""A date that spans more agrees with everything, and says nothing of two contacts being one."""


def find_duplicates(session: Session, asked: DuplicateQuestion, *, edges: int = EDGES) -> Answer:
    """Returns pairs of contacts as models.duplicates.DuplicateOut, the likeliest first.

    Args:
        session: to read with.
        asked: the question.
        edges: most edges of each level that are looked at, the newest first.

    Raises:
        InvalidQuery: the actor is not in the record.

    Cost: two statements and up to CANDIDATES comparisons. The first goes over at most so many edges of the window, and
    for each over those of the same pair around its day, by index: however large the record is.
    """
    after = place_of(asked, "contacts")
    question = Question(ContactFilter(), ids_of(session))
    actor = question.refer(ACTOR, asked.actor, "actor") if asked.actor else None
    here, there = (_conditions(question, asked, alias, actor) for alias in ("a", "b"))
    there += "" if asked.dismissed else " AND m.dismissal_id IS NULL"
    statement = f"""WITH {question.refs_cte()}, {VERSION},
        {_LOOKED_AT.format(here=here, coarsest=COARSEST)} {_PAIRS.format(there=there, coarsest=COARSEST)}"""
    rows = session.execute(text(statement), {**question.params, "most": CANDIDATES + 1, "edges": edges}).all()
    check_references(session, question, rows[0].refs)
    pairs = [row for row in rows[:CANDIDATES] if row.one is not None]
    told = _told(session, {number for row in pairs for number in (row.one, row.other)})
    best: dict[tuple[int, int], dict[str, float]] = {}
    for row in pairs:
        features = likeness(told[row.one][0], told[row.other][0], (row.ego_id, row.alter_id))
        key = (row.one, row.other)
        if features is not None and score(features) > score(best[key]) if key in best else features is not None:
            best[key] = features or {}
    ranked = Ranked(
        best,
        {pair: score(features) for pair, features in best.items()},
        METHOD,
        {(row.one, row.other): row.dismissal for row in pairs if row.dismissal is not None},
        ({"candidates": CANDIDATES} if len(rows) > CANDIDATES else {}) | ({"edges": edges} if rows[0].cut else {}),
        after,
    )
    return page_of(ranked, asked, rows[0], "contacts", lambda number: told[number][1])


def _conditions(question: Question, asked: DuplicateQuestion, alias: str, actor: str | None) -> str:
    found = []
    start = parse(asked.from_).earliest if asked.from_ else None
    end = parse(asked.to).latest if asked.to else None
    if start or end:
        found.append(f"{alias}.earliest < {question.bind(end or LAST_MOMENT)}")
        found.append(f"{alias}.latest > {question.bind(start or FIRST_MOMENT)}")
    # What follows from these two, since no date spans more than COARSEST, and finds the window in the index.
    found += [f"{alias}.newest < {question.bind(end)} + interval '33 days'"] if end else []
    found += [f"{alias}.newest > {question.bind(start)} - interval '33 days'"] if start else []
    if actor is not None:
        found.append(f"{alias}.contact_id IN (SELECT i.contact_id FROM incidence i WHERE i.ego_id = {actor})")
    return "".join(f" AND {one}" for one in found)


def _told(session: Session, contact_ids: Iterable[int]) -> dict[int, tuple[Told, Any]]:
    found: dict[int, tuple[Told, Any]] = {}
    for row in session.execute(text(_TOLD), {"ids": sorted(contact_ids)}):
        takers = [
            Taker(one["actor"], one["level"], frozenset(one["offices"]), frozenset(one["units"])) for one in row.takers
        ]
        told = Told(row.kind, row.earliest, row.latest, row.has_offset, takers, frozenset(row.sources))
        found[row.contact_id] = (told, row.link)
    return found


_OF_A_LEVEL: Final = """(SELECT a.contact_id, a.ego_id, a.alter_id, a.level, a.earliest, a.latest, a.newest FROM edge a
    WHERE a.level = '{level}' AND a.ego_id < a.alter_id AND a.latest - a.earliest <= interval '{{coarsest}}'{{here}}
    ORDER BY a.newest DESC, a.contact_id DESC LIMIT :edges + 1)"""
_LOOKED_AT: Final = f"""
looked_at AS MATERIALIZED ({" UNION ALL ".join(_OF_A_LEVEL.format(level=level) for level in ("actor", "state"))}),
cut AS (SELECT coalesce(max(n), 0) > :edges AS cut FROM (SELECT count(*) AS n FROM looked_at GROUP BY level) counted)
"""
"""Level by level, since the index of the newest edges is: a LIMIT over both would read and sort them all."""
_PAIRS: Final = """
SELECT version.number, version.at, (SELECT row_to_json(refs) FROM refs) AS refs, (SELECT cut FROM cut) AS cut, found.*
FROM version LEFT JOIN (
SELECT least(a.contact_id, b.contact_id) AS one, greatest(a.contact_id, b.contact_id) AS other, a.ego_id, a.alter_id,
    public_id('dms', m.dismissal_id) AS dismissal
FROM looked_at a CROSS JOIN LATERAL (SELECT * FROM edge b WHERE b.ego_id = a.ego_id AND b.alter_id = a.alter_id
    AND b.level = a.level AND b.newest > a.earliest - interval '1 day' AND b.newest <= a.newest
    AND (b.newest < a.newest OR b.contact_id < a.contact_id)
    AND b.earliest < a.latest + interval '1 day' AND b.latest > a.earliest - interval '1 day'
    ORDER BY b.newest DESC, b.contact_id DESC OFFSET 0) b
LEFT JOIN dismissal m ON m.noun = 'contact' AND m.first_id = least(a.contact_id, b.contact_id)
    AND m.second_id = greatest(a.contact_id, b.contact_id) AND m.retracted_at IS NULL
WHERE b.latest - b.earliest <= interval '{coarsest}'{there}
    AND NOT EXISTS (SELECT FROM contact k WHERE k.contact_id IN (a.contact_id, b.contact_id)
        AND k.part_of_id IN (a.contact_id, b.contact_id))
    AND NOT EXISTS (SELECT FROM contact_relation r
        WHERE (r.contact_id, r.other_id) IN ((a.contact_id, b.contact_id), (b.contact_id, a.contact_id)))
ORDER BY a.newest DESC, a.contact_id DESC, b.contact_id DESC LIMIT :most) found ON true
"""
"""Each pair once: the older of the two beside the newer one. OFFSET keeps the planner from joining all edges of busy
pairs with each other; the order leads it to the index of a pair's newest edges, of which it reads the days around."""
_UNITS: Final = """coalesce((SELECT json_agg(l.unit_id) FROM lift l WHERE l.actor_id = p.standing_id AND {level}
    AND l.since < c.latest AND l.until > c.earliest), '[]')"""
_TOLD: Final = f"""
SELECT c.contact_id, c.kind, c.earliest, c.latest, c.offset_minutes IS NOT NULL AS has_offset,
    {contact_link("c")} AS link,
    ARRAY(SELECT a.source_id FROM account a WHERE a.contact_id = c.contact_id AND a.withdrawn_at IS NULL) AS sources,
    (SELECT json_agg(json_build_object('actor', p.actor_id, 'level', p.level,
        'offices', {_UNITS.format(level="l.level = 'office'")}, 'units', {_UNITS.format(level="true")}))
        FROM participant p WHERE p.contact_id = c.contact_id) AS takers
FROM contact c WHERE c.contact_id = ANY(:ids)
"""
