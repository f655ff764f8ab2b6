"""Office and organisation level, lifted on read: what a participant counted as on the contact's date.

Only actor and state level are stored, since each stored level costs writes. The SQL here is the reading twin of
models.projection: both must say the same, and a test compares them.
"""

from collections.abc import Sequence
from typing import Final

from models.status import HAPPENED

_HAPPENED: Final = ", ".join(f"'{status}'" for status in HAPPENED)
_EDGES: Final = """(
    SELECT {level} AS level, e.contact_id, near.unit_id AS ego_id, far.unit_id AS alter_id, e.kind, e.earliest,
        e.latest, e.newest, e.match_earliest, e.match_latest,
        CASE WHEN bool_and(e.status = 'disputed') THEN 'disputed' ELSE min(c.status) END AS status,
        string_agg(DISTINCT e.ego_roles, ',') AS ego_roles, string_agg(DISTINCT e.alter_roles, ',') AS alter_roles,
        CASE WHEN bool_or(e.initiated_by IN ('ego', 'both')) AND bool_or(e.initiated_by IN ('alter', 'both'))
            THEN 'both' ELSE min(e.initiated_by) END AS initiated_by,
        bool_or(near.certain AND far.certain) AS certain, bool_or(near.represented OR far.represented) AS represented
    FROM edge e JOIN contact c USING (contact_id)
    JOIN participant p ON p.contact_id = e.contact_id AND p.actor_id = e.ego_id
    JOIN participant q ON q.contact_id = e.contact_id AND q.actor_id = e.alter_id
    CROSS JOIN LATERAL ({near}) near CROSS JOIN LATERAL ({far}) far
    WHERE e.level = 'actor' AND near.unit_id <> far.unit_id AND {narrowed}
    AND (e.kind <> 'visit' OR NOT EXISTS (
        SELECT FROM (
            SELECT k.contact_id FROM contact k WHERE k.part_of_id = e.contact_id AND k.retracted_at IS NULL
            AND (k.status IN ({happened}) OR c.status NOT IN ({happened})) OFFSET 0) part
        CROSS JOIN LATERAL (
            SELECT FROM edge f JOIN participant r ON r.contact_id = f.contact_id AND r.actor_id = f.ego_id
            JOIN participant s ON s.contact_id = f.contact_id AND s.actor_id = f.alter_id
            CROSS JOIN LATERAL ({near_in_part}) one CROSS JOIN LATERAL ({far_in_part}) other
            WHERE f.contact_id = part.contact_id AND f.level = 'actor'
            AND one.unit_id = near.unit_id AND other.unit_id = far.unit_id OFFSET 0) met))
    GROUP BY e.contact_id, near.unit_id, far.unit_id, e.kind, e.earliest, e.latest, e.newest, e.match_earliest,
        e.match_latest)"""

_BY_CONTACT: Final = """(
    SELECT x.level, o.contact_id, x.ego_id, x.alter_id, o.kind, o.earliest, o.latest, o.newest, o.match_earliest,
        o.match_latest, x.status, x.ego_roles, x.alter_roles, x.initiated_by, x.certain, x.represented
    FROM contact o CROSS JOIN LATERAL {edges} x WHERE o.retracted_at IS NULL)"""


def lifted_edges(level: str, near: Sequence[str] | str = (), far: Sequence[str] = ()) -> str:
    """Returns a subquery of the edges at a level that is not stored, with the columns of stored ones.

    Args:
        level: SQL of the level.
        near: SQL of units, or of an array of them; with any, only their edges, found by index, each as the near end.
        far: SQL of units; with any, what is not an edge to one of them is left out early, where it can be told.
    """
    ends = [
        f"{alias}.standing_id IN ({standing_for(units if isinstance(units, str) else _array(units), level)})"
        for alias, units in (("p", near), ("q", far))
        if units
    ]
    if far and near:
        # One end may have very many contacts: those of both are found before anything is lifted.
        ever = standing_for(_array(far), level)
        both = f"SELECT y.contact_id FROM participant y WHERE y.standing_id IN ({ever})"
        ends.append(f"e.contact_id = ANY(ARRAY({both}))")
    return _lifted(level, " AND ".join(ends) or "true")


def _lifted(level: str, narrowed: str) -> str:
    return _EDGES.format(
        level=level,
        near=units_of("p", level, "e"),
        far=units_of("q", level, "e"),
        narrowed=narrowed,
        near_in_part=units_of("r", level, "f"),
        far_in_part=units_of("s", level, "f"),
        happened=_HAPPENED,
    )


def lifted_by_contact(level: str) -> str:
    """Returns the same rows as lifted_edges of the whole record, one contact after the other.

    What is wanted in the order of time, a page at a time, is then lifted for as many contacts as the page needs.

    Args:
        level: SQL of the level.
    """
    return _BY_CONTACT.format(edges=_lifted(level, "e.contact_id = o.contact_id"))


def standing_for(units: str, level: str) -> str:
    """Returns SQL of everybody who may ever have stood for the units of an array, and of these themselves."""
    return (
        f"SELECT l.actor_id FROM lift l WHERE l.unit_id = ANY({units}) AND l.level = {level} "
        f"UNION ALL SELECT unnest({units})"
    )


def _array(units: Sequence[str]) -> str:
    return f"ARRAY[{', '.join(units)}]"


def takes_part(unit: str, level: str, roles: str = "") -> str:
    """Returns the condition that somebody who stood for a unit took part in contact ``d``.

    Args:
        unit: SQL of the unit.
        level: SQL of the level.
        roles: SQL of an array of roles, one of which he must have had; empty for whatever role.
    """
    had = f" AND p.role = ANY({roles})" if roles else ""
    overlaps = f"l.actor_id = p.standing_id AND l.level = {level} AND l.since < d.latest AND l.until > d.earliest"
    ever = standing_for(_array([unit]), level)
    return f"""d.contact_id IN (SELECT y.contact_id FROM participant y WHERE y.standing_id IN ({ever}))
        AND EXISTS (SELECT FROM participant p WHERE p.contact_id = d.contact_id{had}
        AND (EXISTS (SELECT FROM lift l WHERE {overlaps} AND l.unit_id = {unit})
            OR p.standing_id = {unit} AND NOT EXISTS (SELECT FROM lift l WHERE {overlaps})))"""


def stands_for(alias: str, unit: str, level: str, edge: str) -> str:
    """Returns the condition that a participant counts as a unit on the date of an edge.

    Args:
        alias: of the participant.
        unit: SQL of the unit.
        level: at which he is to count as it; any of the four.
        edge: alias of a row with earliest and latest.
    """
    if level == "actor":
        return f"{alias}.actor_id = {unit}"
    overlaps = (
        f"l.actor_id = {alias}.standing_id AND l.level = '{level}' "
        f"AND l.since < {edge}.latest AND l.until > {edge}.earliest"
    )
    return f"""(EXISTS (SELECT FROM lift l WHERE {overlaps} AND l.unit_id = {unit})
        OR {alias}.standing_id = {unit} AND NOT EXISTS (SELECT FROM lift l WHERE {overlaps}))"""


def is_ambiguous(row: str, level: str, ends: Sequence[str]) -> str:
    """Returns SQL of whether an end of an edge is one of several units that a participant may have stood for.

    So it is where he held several offices on the date, no capacity is given, and nobody else makes the edge certain.

    Args:
        row: alias of the edge, with certain, contact_id, earliest and latest.
        level: SQL of its level.
        ends: SQL of its ends.
    """
    return f"""(NOT {row}.certain AND EXISTS (SELECT FROM participant p JOIN lift l ON l.actor_id = p.standing_id
        AND l.level = {level} AND l.unit_id IN ({", ".join(ends)}) AND l.ambiguous
        AND l.since < {row}.latest AND l.until > {row}.earliest WHERE p.contact_id = {row}.contact_id))"""


def units_of(alias: str, level: str, edge: str) -> str:
    """Returns SQL of what a participant counts as on the date of an edge: himself without a lift.

    Args:
        alias: of the participant.
        level: SQL of the level, one of those above the actor's.
        edge: alias of a row with earliest and latest.
    """
    overlaps = (
        f"l.actor_id = {alias}.standing_id AND l.level = {level} "
        f"AND l.since < {edge}.latest AND l.until > {edge}.earliest"
    )
    sent = f"{alias}.on_behalf_of_id IS NOT NULL AS represented"
    covers = f"l.certain AND l.since <= {edge}.earliest AND l.until >= {edge}.latest"
    return f"""SELECT l.unit_id, bool_or({covers}) AS certain, {sent} FROM lift l WHERE {overlaps} GROUP BY l.unit_id
        UNION ALL SELECT {alias}.standing_id, true, {sent} WHERE NOT EXISTS (SELECT FROM lift l WHERE {overlaps})"""
