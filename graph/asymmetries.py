"""Asymmetry between counterparts: travel, initiative and rank, each counted with the contacts behind it."""

from collections.abc import Mapping
from typing import Any, Final

from db.documents import public_contact
from db.engine import ids_of
from db.filters import TOO_WIDE, Question, wide_contacts
from db.lifted import stands_for
from graph.edges import edge_source
from graph.ends import actor_links, contact_filter
from graph.facts import ranks_of
from graph.neighbours import check
from graph.questions import NODES, Asking, Found
from graph.ties import narrowing
from models.asymmetries import AsymmetryQuestion
from models.errors import Detail, InvalidQuery
from models.filters import ContactFilter
from models.status import HAPPENED
from models.vocabulary import ROLES_WITHOUT_EDGES, STORED_LEVELS, OfficeLevel, Role, words

SHOWN: Final = 3
"""Contacts behind each number that come with it; the link of the pair leads to all."""
MOST_RANKED: Final = 5_000
"""Contacts whose ranks are looked up, at some 50 microseconds each: a large state has many more in one record."""
OUTCOMES: Final = {
    "travel": ("ego", "alter", "both", "unknown"),
    "initiative": ("ego", "alter", "both", "unknown"),
    "ranks": ("ego", "alter", "equal", "unknown"),
}
_SAME: Final = "An asymmetry is between two different actors; nobody deals with himself."


def find_asymmetries(asking: Asking, asked: AsymmetryQuestion) -> Found:
    """Returns what is uneven between an actor and his counterparts, as models.asymmetries.Asymmetry.

    Raises:
        InvalidQuery: it refers to something that is not in the record, or both actors are one.

    Cost: one statement over the actor's edges; ranks are looked up for at most MOST_RANKED contacts, or
    as many as the budget has nodes, the newest first.
    """
    (ego,) = asking.actors([asked.actor], "actor")
    ends = [asked.actor] if asked.counterpart is None else [asked.actor, asked.counterpart]
    if asked.counterpart is not None and asking.actors([asked.counterpart], "counterpart") == [ego]:
        raise InvalidQuery(_SAME, errors=[Detail("same_actor", _SAME, parameter="counterpart")])
    contacts = contact_filter(asked, **({"between": ends} if ends[1:] else {"actor": ends}))
    row = _read(asking, asked, contacts)
    rows = row.pairs or []
    names = actor_links(asking, [ego, *(one["alter_id"] for one in rows)])
    pairs = [_written(asked, contacts, one, (names[ego], names[one["alter_id"]])) for one in rows]
    limits = {"limit": asked.limit} if row.counterparts > asked.limit else {}
    unranked = sum(one["contacts"] for one in rows) - row.ranked
    limits |= {NODES: _most_ranked(asking)} if unranked else {}
    left_out = {
        "counterparts": row.counterparts - len(rows),
        "contacts_whose_ranks_were_not_looked_up": unranked,
        TOO_WIDE: row.wide,
    }
    left_out = {name: count for name, count in left_out.items() if count}
    return Found({"ego": names[ego], "pairs": pairs}, "contacts", limits, left_out)


def _most_ranked(asking: Asking) -> int:
    return min(MOST_RANKED, asking.budget.nodes)


def _read(asking: Asking, asked: AsymmetryQuestion, contacts: ContactFilter) -> Any:
    question = Question(contacts, ids_of(asking.session))
    source = edge_source(question, contacts)
    where = " AND ".join(question.conditions)
    wide = wide_contacts(question, contacts)[TOO_WIDE]
    check(asking, question)
    most = question.bind(_most_ranked(asking))
    statement = f"""WITH {question.refs_cte()}, edges AS MATERIALIZED (SELECT d.ego_id, d.alter_id, d.contact_id,
        d.kind, d.ego_roles, d.alter_roles, d.initiated_by, d.earliest, d.latest, d.newest FROM {source} WHERE {where}),
    pairs AS (SELECT alter_id, count(*) AS contacts, count(*) OVER () AS counterparts FROM edges GROUP BY alter_id
        ORDER BY count(*) DESC, alter_id LIMIT :limit),
    met AS MATERIALIZED (SELECT e.* FROM edges e JOIN pairs USING (alter_id)),
    {_journeys(asked.level)},
    {_ranked(asked.level, most)},
    {_COUNTED}
    SELECT (SELECT json_agg(json_build_object('alter_id', s.alter_id, 'contacts', s.contacts,
            'counted', (SELECT json_agg(c) FROM counted c WHERE c.alter_id = s.alter_id),
            'steps', {_steps("s")}) ORDER BY s.contacts DESC, s.alter_id) FROM pairs s) AS pairs,
        coalesce((SELECT max(counterparts) FROM pairs), 0) AS counterparts,
        (SELECT count(*) FROM ranked) AS ranked, {wide} AS wide"""
    return asking.execute(statement, {**question.params, "limit": asked.limit, "stored": asked.level}).one()


def _journeys(level: str) -> str:
    """Returns the common table expression of visits and missions that join a pair, themselves or through a part.

    A visit whose parts join the two has no edge of its own for them: who travelled is read from the visit.
    """
    return f"""journeys AS (SELECT alter_id, contact_id, newest, bool_or(ego) AS ego, bool_or(alter) AS alter FROM (
        SELECT e.alter_id, e.contact_id, e.newest, {_had("e.ego_roles", _TRAVELLED)} AS ego,
            {_had("e.alter_roles", _TRAVELLED)} AS alter FROM met e WHERE e.kind IN {_JOURNEYS}
        UNION ALL {_WHOLES if level in STORED_LEVELS else _lifted_wholes(level)}) j
        GROUP BY alter_id, contact_id, newest)"""


def _had(roles: str, wanted: str) -> str:
    """Returns SQL that tells whether comma-joined roles hold one of some."""
    return f"string_to_array({roles}, ',') && ARRAY[{wanted}]"


_JOURNEYS: Final = "('visit', 'mission')"
_TRAVELLED: Final = "'visitor', 'envoy'"
_FACING: Final = ", ".join(f"'{role}'" for role in words(Role) if role not in ROLES_WITHOUT_EDGES)
_HAPPENED: Final = ", ".join(f"'{status}'" for status in HAPPENED)
_PARTS: Final = f"""met e CROSS JOIN LATERAL (SELECT w.* FROM contact c JOIN contact w ON w.contact_id = c.part_of_id
        WHERE c.contact_id = e.contact_id AND c.part_of_id IS NOT NULL AND w.kind IN {_JOURNEYS}
        AND w.retracted_at IS NULL AND w.status IN ({_HAPPENED}) AND e.kind NOT IN {_JOURNEYS} OFFSET 0) w"""
"""Contacts of the pairs that are part of a journey. OFFSET 0 keeps to one look-up per contact, whatever the planner
takes the number of contacts to be."""
_WHOLES: Final = f"""SELECT e.alter_id, w.contact_id, w.newest, {_had("near.roles", _TRAVELLED)},
        {_had("far.roles", _TRAVELLED)} FROM {_PARTS}
    CROSS JOIN LATERAL (SELECT i.roles FROM incidence i WHERE i.contact_id = w.contact_id AND i.level = :stored
        AND i.ego_id = e.ego_id AND {_had("i.roles", _FACING)} OFFSET 0) near
    CROSS JOIN LATERAL (SELECT i.roles FROM incidence i WHERE i.contact_id = w.contact_id AND i.level = :stored
        AND i.ego_id = e.alter_id AND {_had("i.roles", _FACING)} OFFSET 0) far"""


def _lifted_wholes(level: str) -> str:
    """Returns the same at a level that is not stored, from the participants of each journey."""
    had = "EXISTS (SELECT FROM participant p WHERE p.contact_id = w.contact_id AND p.role IN ({0}) AND {1})"
    near, far = (stands_for("p", f"e.{end}_id", level, "w") for end in ("ego", "alter"))
    return f"""SELECT e.alter_id, w.contact_id, w.newest, {had.format(_TRAVELLED, near)}, {had.format(_TRAVELLED, far)}
        FROM {_PARTS} WHERE {had.format(_FACING, near)} AND {had.format(_FACING, far)}"""


def _ranked(level: str, most: str) -> str:
    """Returns the common table expression of the ranks of both ends, for the newest contacts."""
    return f"""ranked AS MATERIALIZED (SELECT e.alter_id, e.contact_id, e.newest, k.ego_rank AS ego,
        k.alter_rank AS alter FROM (SELECT * FROM met ORDER BY newest DESC, contact_id DESC LIMIT {most}) e
        CROSS JOIN LATERAL ({ranks_of("e", level)}) k)"""


_COUNTED: Final = f"""told AS (
    SELECT alter_id, contact_id, newest, 'initiative' AS measure, coalesce(initiated_by, 'unknown') AS outcome FROM met
    UNION ALL SELECT alter_id, contact_id, newest, 'travel',
        CASE WHEN ego AND alter THEN 'both' WHEN ego THEN 'ego' WHEN alter THEN 'alter' ELSE 'unknown' END FROM journeys
    UNION ALL SELECT alter_id, contact_id, newest, 'ranks', CASE WHEN ego < alter THEN 'ego'
        WHEN alter < ego THEN 'alter' WHEN ego = alter THEN 'equal' ELSE 'unknown' END FROM ranked),
counted AS MATERIALIZED (SELECT alter_id, measure, outcome, count(*) AS contacts,
    json_agg({public_contact("numbered.contact_id")} ORDER BY n) FILTER (WHERE n <= {SHOWN}) AS latest
    FROM (SELECT *, row_number() OVER (PARTITION BY alter_id, measure, outcome ORDER BY newest DESC, contact_id DESC)
        AS n FROM told) numbered GROUP BY alter_id, measure, outcome)"""


def _steps(pair: str) -> str:
    """Returns SQL of the median difference of ranks, and of each end's median rank, where both are known."""
    return f"""(SELECT json_build_object('median', percentile_cont(0.5) WITHIN GROUP (ORDER BY k.alter - k.ego),
        'ego', percentile_disc(0.5) WITHIN GROUP (ORDER BY k.ego),
        'alter', percentile_disc(0.5) WITHIN GROUP (ORDER BY k.alter))
        FROM ranked k WHERE k.alter_id = {pair}.alter_id AND k.ego IS NOT NULL AND k.alter IS NOT NULL)"""


def _written(
    asked: AsymmetryQuestion, contacts: ContactFilter, row: Mapping[str, Any], ends: tuple[Any, Any]
) -> dict[str, Any]:
    """Returns models.asymmetries.Asymmetry of one pair."""
    found = {(one["measure"], one["outcome"]): one for one in row["counted"]}
    none: dict[str, Any] = {"contacts": 0, "latest": []}
    counted = {
        measure: {name: {key: found.get((measure, name), none)[key] for key in none} for name in outcomes}
        for measure, outcomes in OUTCOMES.items()
    }
    steps, ranks = row["steps"], words(OfficeLevel)
    usual = {f"usual_{end}": ranks[steps[end] - 1] if steps[end] else None for end in ("ego", "alter")}
    ego, alter = (end["slug"] for end in ends)
    narrowed = f"level={asked.level}{narrowing(contacts)}"
    links = {"contacts": f"/v1/contacts?between={ego},{alter}&{narrowed}", "tie": f"/v1/ties/{ego}/{alter}?{narrowed}"}
    ranked = {**counted["ranks"], "median_steps": steps["median"], **usual}
    return {"alter": ends[1], "contacts": row["contacts"], **counted, "ranks": ranked, "links": links}
