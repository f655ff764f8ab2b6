"""Which governments stand by their contacts, how soon, and who admits what with whom."""

from typing import Any, Final

from db.acknowledgement import OBSERVED
from db.engine import ids_of
from db.filters import Question, contact_source
from graph.ends import actor_links, contact_filter
from graph.neighbours import check
from graph.questions import Asking, Found
from graph.ties import narrowing
from models.acknowledgements import AcknowledgementQuestion
from models.authority import VOICELESS_TYPES

_NOTE: Final = "Lags of publications that are not known to the day are left out of the median."
_SAID: Final = f"""
said AS MATERIALIZED (
    SELECT a.contact_id, a.side_id, a.word, a.word IS NULL AND {OBSERVED} AS observed,
        CASE WHEN a.word = 'affirms' AND c.latest < timestamp '9999-12-31'
            AND a.published_latest - a.published_earliest <= interval '1 day'
            THEN greatest(0, a.published_earliest::date - (c.latest - interval '1 microsecond')::date) END AS lag
    FROM chosen JOIN acknowledgement a USING (contact_id) JOIN contact c USING (contact_id)
    WHERE CAST(:sides AS bigint[]) IS NULL OR a.side_id = ANY(:sides))
"""
_COUNTS: Final = """count(*) AS contacts, count(*) FILTER (WHERE s.word = 'affirms') AS acknowledged,
    count(*) FILTER (WHERE s.observed) AS observed,
    count(*) FILTER (WHERE s.word IS NULL AND NOT s.observed) AS not_looked_at"""
_SIDES: Final = f"""
sides AS MATERIALIZED (
    SELECT s.side_id, {_COUNTS}, percentile_cont(0.5) WITHIN GROUP (ORDER BY s.lag) AS median_lag,
        count(s.lag) AS lags, count(*) OVER () AS found
    FROM said s GROUP BY s.side_id ORDER BY count(*) DESC, s.side_id LIMIT :limit)
"""
_CELLS: Final = f"""
cells AS (
    SELECT *, row_number() OVER (PARTITION BY side_id ORDER BY contacts DESC, counterpart_id) AS n FROM (
        SELECT s.side_id, o.side_id AS counterpart_id, {_COUNTS},
            count(*) FILTER (WHERE s.word = 'affirms' AND o.word = 'affirms') AS both_affirm,
            count(*) FILTER (WHERE s.word = 'affirms' AND o.word IS DISTINCT FROM 'affirms') AS only_side
        FROM said s JOIN acknowledgement o ON o.contact_id = s.contact_id AND o.side_id <> s.side_id
        WHERE s.side_id IN (SELECT side_id FROM sides) GROUP BY s.side_id, o.side_id) counted)
"""
_ROWS: Final = """
SELECT (SELECT coalesce(json_agg(sides ORDER BY contacts DESC, side_id), '[]') FROM sides) AS items,
    (SELECT coalesce(json_agg(c ORDER BY s.contacts DESC, c.side_id, c.n), '[]')
        FROM cells c JOIN sides s USING (side_id) WHERE c.n <= :limit) AS matrix,
    (SELECT count(*) FROM cells WHERE n > :limit) AS more_cells
"""


def find_acknowledgements(asking: Asking, asked: AcknowledgementQuestion) -> Found:
    """Returns which governments stand by their contacts as models.acknowledgements.AcknowledgementAnswer.

    Raises:
        InvalidQuery: an actor is not in the record.

    Cost: two statements; one row for each government of every contact of the question.
    """
    actors = asking.actors(asked.actor, "actor") if asked.actor else None
    contacts = contact_filter(asked)
    question = Question(contacts, ids_of(asking.session))
    source = contact_source(question)
    check(asking, question)
    chosen = f"chosen AS MATERIALIZED (SELECT d.contact_id FROM {source} WHERE {' AND '.join(question.conditions)})"
    params = {"sides": actors, "limit": asked.limit, "voiceless": sorted(VOICELESS_TYPES), "today": asking.today}
    ctes = f"WITH {question.refs_cte()}, {chosen}, {_SAID}, {_SIDES}, {_CELLS}"
    row = asking.execute(ctes + _ROWS, {**question.params, **params}).one()
    links = actor_links(asking, {end for one in row.matrix for end in (one["side_id"], one["counterpart_id"])})
    links |= actor_links(asking, [one["side_id"] for one in row.items])
    # A second acknowledged_by in an address would widen the first, so then there is no address to lead to.
    rest = None if asked.acknowledged_by or asked.not_acknowledged_by else narrowing(contacts)
    left_out = {
        "governments": row.items[0]["found"] - len(row.items) if row.items else 0,
        "counterparts": row.more_cells,
    }
    members = {
        "items": [_side(one, links, rest) for one in row.items],
        "matrix": [_cell(one, links, rest) for one in row.matrix],
    }
    left_out = {name: count for name, count in left_out.items() if count}
    return Found(members, "distinct contacts", {"limit": asked.limit} if left_out else {}, left_out, [_NOTE])


def _side(row: dict[str, Any], links: dict[int, Any], rest: str | None) -> dict[str, Any]:
    side = links[row["side_id"]]
    silent = {name: row[name] for name in ("observed", "not_looked_at")}
    return {
        "side": side,
        "contacts": row["contacts"],
        "acknowledged": row["acknowledged"],
        "otherwise": row["contacts"] - row["acknowledged"] - sum(silent.values()),
        "silent": silent,
        "median_lag_days": row["median_lag"],
        "lags_known": row["lags"],
        "links": {name: f"/v1/contacts?{name}_by={side['slug']}{rest}" for name in ("acknowledged", "not_acknowledged")}
        if rest is not None
        else {},
    }


def _cell(row: dict[str, Any], links: dict[int, Any], rest: str | None) -> dict[str, Any]:
    side, other = links[row["side_id"]], links[row["counterpart_id"]]
    return {
        "side": side,
        "counterpart": other,
        "contacts": row["contacts"],
        "acknowledged": row["acknowledged"],
        "both": row["both_affirm"],
        "only_side": row["only_side"],
        "silent": {name: row[name] for name in ("observed", "not_looked_at")},
        "links": {"only_side": f"/v1/contacts?acknowledged_by={side['slug']}&not_acknowledged_by={other['slug']}{rest}"}
        if rest is not None
        else {},
    }
