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
COARSEST: Final = "32 days"
"""A date that spans more agrees with everything, and says nothing of two contacts being one."""


def find_duplicates(session: Session, asked: DuplicateQuestion) -> Answer:
    """Returns pairs of contacts as models.duplicates.DuplicateOut, the likeliest first.

    Raises:
        InvalidQuery: the actor is not in the record.

    Cost: two statements and up to CANDIDATES comparisons. The first goes over the edges of the window, and for each
    over those of the same pair around its day: on a large record ask for a window or an actor.
    """
    after = place_of(asked, "contacts")
    question = Question(ContactFilter(), ids_of(session))
    where = _conditions(question, asked) + ("" if asked.dismissed else " AND m.dismissal_id IS NULL")
    statement = f"WITH {question.refs_cte()}, {VERSION} {_PAIRS.format(where=where, coarsest=COARSEST)}"
    rows = session.execute(text(statement), {**question.params, "most": CANDIDATES + 1}).all()
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
        {"candidates": CANDIDATES} if len(rows) > CANDIDATES else {},
        after,
    )
    return page_of(ranked, asked, rows[0], "contacts", lambda number: told[number][1])


def _conditions(question: Question, asked: DuplicateQuestion) -> str:
    found = []
    start = parse(asked.from_).earliest if asked.from_ else None
    end = parse(asked.to).latest if asked.to else None
    for alias in ("a", "b"):
        if start or end:
            found.append(f"{alias}.earliest < {question.bind(end or LAST_MOMENT)}")
            found.append(f"{alias}.latest > {question.bind(start or FIRST_MOMENT)}")
    if asked.actor:
        actor = question.refer(ACTOR, asked.actor, "actor")
        found += [
            f"{alias}.contact_id IN (SELECT i.contact_id FROM incidence i WHERE i.ego_id = {actor})"
            for alias in ("a", "b")
        ]
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


_PAIRS: Final = """
SELECT version.number, version.at, (SELECT row_to_json(refs) FROM refs) AS refs, found.* FROM version LEFT JOIN (
SELECT DISTINCT a.contact_id AS one, b.contact_id AS other, a.ego_id, a.alter_id,
    public_id('dms', m.dismissal_id) AS dismissal
FROM edge a JOIN edge b ON b.ego_id = a.ego_id AND b.alter_id = a.alter_id AND b.level = a.level
    AND b.contact_id > a.contact_id
    AND b.newest > a.earliest - interval '1 day' AND b.newest <= a.latest + interval '33 days'
    AND b.earliest < a.latest + interval '1 day' AND b.latest > a.earliest - interval '1 day'
LEFT JOIN dismissal m ON m.noun = 'contact' AND m.first_id = a.contact_id AND m.second_id = b.contact_id
    AND m.retracted_at IS NULL
WHERE a.ego_id < a.alter_id AND a.latest - a.earliest <= interval '{coarsest}'
    AND b.latest - b.earliest <= interval '{coarsest}'{where}
    AND NOT EXISTS (SELECT FROM contact k WHERE k.contact_id IN (a.contact_id, b.contact_id)
        AND k.part_of_id IN (a.contact_id, b.contact_id))
    AND NOT EXISTS (SELECT FROM contact_relation r
        WHERE (r.contact_id, r.other_id) IN ((a.contact_id, b.contact_id), (b.contact_id, a.contact_id)))
LIMIT :most) found ON true
"""
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
