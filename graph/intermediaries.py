"""Who stands between two actors: ties to both, mediation, and contacts with the one soon after the other."""

from typing import Any, Final

from db.engine import ids_of
from db.filters import TOO_WIDE, Question, wide_contacts
from graph.edges import edge_source
from graph.ends import actor_links, contact_filter, pair_address
from graph.neighbours import check
from graph.questions import Asking, Found
from models.intermediaries import IntermediaryQuestion

BETWEEN: Final = """
met AS MATERIALIZED (
    SELECT d.ego_id = :first AS with_first, d.alter_id AS middle, d.contact_id, d.kind, d.earliest, d.latest,
        d.alter_roles, count(*) OVER (PARTITION BY d.alter_id, d.contact_id) > 1 AS joint
    FROM {source} WHERE {where} AND d.ego_id IN (:first, :second) AND d.alter_id NOT IN (:first, :second)),
stops AS (
    SELECT *, max(earliest) FILTER (WHERE with_first) OVER earlier AS first_before,
        max(earliest) FILTER (WHERE NOT with_first) OVER earlier AS second_before
    FROM (SELECT with_first, middle, contact_id, date_trunc('day', earliest) AS earliest FROM met
        WHERE NOT joint AND kind <> 'engagement' AND latest <= date_trunc('day', earliest) + interval '1 day') dated
    WINDOW earlier AS (PARTITION BY middle ORDER BY earliest))
"""
"""Contacts of everybody with either end; of those known to the day, the latest day with the other end before each.

A contact with both ends at once is no way from one to the other.
"""
_FOUND: Final = """
SELECT m.middle, m.with_first, m.with_second, m.mediated, coalesce(s.first_then_second, 0) AS first_then_second,
    coalesce(s.second_then_first, 0) AS second_then_first, count(*) OVER () AS found
FROM (SELECT middle, count(DISTINCT contact_id) FILTER (WHERE with_first) AS with_first,
        count(DISTINCT contact_id) FILTER (WHERE NOT with_first) AS with_second,
        count(DISTINCT contact_id) FILTER (WHERE joint AND 'mediator' = ANY(string_to_array(alter_roles, ',')))
            AS mediated
    FROM met GROUP BY middle) m
LEFT JOIN (SELECT middle,
        count(DISTINCT contact_id) FILTER (WHERE NOT with_first AND earliest - first_before <= :within)
            AS first_then_second,
        count(DISTINCT contact_id) FILTER (WHERE with_first AND earliest - second_before <= :within)
            AS second_then_first
    FROM stops GROUP BY middle) s USING (middle)
WHERE m.with_first > 0 AND m.with_second > 0
ORDER BY least(m.with_first, m.with_second) DESC, m.with_first + m.with_second DESC, m.middle LIMIT :limit
"""


def find_intermediaries(asking: Asking, asked: IntermediaryQuestion) -> Found:
    """Returns who has ties to both ends as models.intermediaries.IntermediaryAnswer.

    Cost: one statement; the edges of both ends, a range of an index each.
    """
    first, second = asking.two_actors(asked.between, "between")
    question = Question(contact_filter(asked, actor=asked.between), ids_of(asking.session))
    source = edge_source(question, question.asked)
    wide = wide_contacts(question, question.asked)
    check(asking, question)
    met = BETWEEN.format(source=source, where=" AND ".join(question.conditions))
    statement = f"WITH {question.refs_cte()}, {met} {_FOUND}"
    ends = {"first": first, "second": second, "within": f"{asked.within_days} days", "limit": asked.limit}
    statement = statement.replace(":within", "CAST(:within AS interval)")
    rows = asking.execute(statement, {**question.params, **ends}).all()
    links = actor_links(asking, [first, second, *(row.middle for row in rows)])
    items = [_item(asked, row, links, (first, second)) for row in rows]
    cut = rows[0].found - len(rows) if rows else 0
    left_out = {"intermediaries": cut} if cut else {}
    skipped = asking.execute(f"WITH {question.refs_cte()} SELECT {wide[TOO_WIDE]}", question.params).scalar_one()
    if skipped:
        left_out[TOO_WIDE] = skipped
    members = {"between": [links[first], links[second]], "items": items}
    return Found(members, "distinct contacts", limits={"limit": asked.limit} if cut else {}, left_out=left_out)


def _item(asked: IntermediaryQuestion, row: Any, links: dict[int, dict[str, Any]], ends: tuple[int, int]) -> Any:
    slug = links[row.middle]["slug"]
    addresses = {
        name: pair_address(asked, slug, links[end]["slug"]) for name, end in zip(("first", "second"), ends, strict=True)
    }
    return {
        "actor": links[row.middle],
        "contacts_with_first": row.with_first,
        "contacts_with_second": row.with_second,
        "mediated": row.mediated,
        "first_then_second": row.first_then_second,
        "second_then_first": row.second_then_first,
        "links": addresses,
    }
