"""Facts about a pair, computed and put into words: first since, longest gap since, silence against the usual gap."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from db.documents import public_contact
from db.filters import Question
from graph.rhythm import BEFORE, day, rhythm_ctes, rhythm_json, spoken_edges
from models.filters import ContactFilter
from models.vocabulary import ROLES_WITHOUT_EDGES, OfficeLevel, words

_ORDER: Final = ", ".join(f"'{level}'" for level in words(OfficeLevel))
_SILENT_ROLES: Final = ", ".join(f"'{role}'" for role in sorted(ROLES_WITHOUT_EDGES))
RANKS: Final = {"leader": "head_of_government", "minister": "minister", "any": None}
"""The lowest rank that both ends must have had, by the name under which a fact speaks of it."""
_MOST: Final = ", ".join(
    f"('{name}', {words(OfficeLevel).index(lowest) + 1 if lowest else 'NULL::int'})" for name, lowest in RANKS.items()
)
_WORDS: Final = {"leader": "leader-level contact", "minister": "contact at minister level or above", "any": "contact"}


def ranks_of(edge: str, level: str) -> str:
    """Returns the SELECT of the highest rank of both ends of an edge, from 1, for a LATERAL join; null = unknown.

    Args:
        edge: alias of a row with both ends, contact_id, earliest and latest.
        level: at which the ends are named.

    Cost: one range of participants and, above actor level, one of lifts for each of them.

    Source: the order of models.vocabulary.OfficeLevel.
    """
    rank = f"min(array_position(ARRAY[{_ORDER}], p.level))"
    unit, lifted = "p.actor_id", ""
    if level != "actor":
        unit = "coalesce(l.unit_id, p.standing_id)"
        lifted = f"""LEFT JOIN LATERAL (SELECT l.unit_id FROM lift l WHERE l.actor_id = p.standing_id
            AND l.level = '{level}' AND l.since < {edge}.latest AND l.until > {edge}.earliest OFFSET 0) l ON true"""
    return f"""SELECT {rank} FILTER (WHERE {unit} = {edge}.ego_id) AS ego_rank,
        {rank} FILTER (WHERE {unit} = {edge}.alter_id) AS alter_rank FROM participant p {lifted}
        WHERE p.contact_id = {edge}.contact_id AND p.level IS NOT NULL AND p.role NOT IN ({_SILENT_ROLES})"""


def rhythm_and_facts(question: Question, asked: ContactFilter, as_of: str) -> tuple[str, str]:
    """Returns further common table expressions, and the columns ``rhythm`` and ``facts``, of one pair.

    Args:
        question: to which references and parameters are added.
        asked: whose ``between`` names the pair.
        as_of: SQL of the civil day at which the silence is measured.
    """
    ctes = f", {rhythm_ctes(spoken_edges(question, asked))}, {facts_ctes(asked.level)}"
    rhythm = f"""(SELECT {rhythm_json(as_of)} FROM (SELECT 1) one
        LEFT JOIN rhythm r ON true LEFT JOIN aside o ON true) AS rhythm"""
    return ctes, f"{rhythm}, {facts_json()} AS facts"


def facts_ctes(level: str) -> str:
    """Returns common table expressions that end in ``newest``: for each of RANKS the last occasion and the gap before.

    They follow those of graph.rhythm.rhythm_ctes, on one pair.
    """
    return f"""ranked AS MATERIALIZED (SELECT s.*, k.ego_rank, k.alter_rank
        FROM steps s CROSS JOIN LATERAL ({ranks_of("s", level)}) k),
    by_rank AS (SELECT k.name, s.contact_id, s.first_day, max(ARRAY[s.last_day, s.contact_id]) OVER (
            PARTITION BY k.name ORDER BY s.first_day, s.contact_id {BEFORE}) AS before
        FROM (VALUES {_MOST}) k(name, most)
        JOIN ranked s ON k.most IS NULL OR s.ego_rank <= k.most AND s.alter_rank <= k.most),
    gaps AS MATERIALIZED (SELECT b.*, b.first_day - b.before[1] AS gap FROM by_rank b
        WHERE b.before IS NULL OR b.first_day > b.before[1]),
    newest AS (SELECT DISTINCT ON (name) * FROM gaps ORDER BY name, first_day DESC, contact_id DESC)"""


def facts_json() -> str:
    """Returns the SQL of what ``facts_in_words`` puts into words."""
    longer = """SELECT json_build_object('days', g.gap, 'since', {since}, 'until', {until},
        'contacts', json_build_array({before}, {after})) FROM gaps g
        WHERE g.name = {name} AND g.gap >= {least} AND {earlier} ORDER BY g.first_day DESC LIMIT 1"""
    gap = {
        "since": day("g.before[1]"),
        "until": day("g.first_day"),
        "before": public_contact("g.before[2]"),
        "after": public_contact("g.contact_id"),
    }
    of_gap = longer.format(name="n.name", least="n.gap", earlier="g.first_day < n.first_day", **gap)
    return f"""(SELECT json_object_agg(n.name, json_build_object('days', n.gap, 'since', {day("n.before[1]")},
        'until', {day("n.first_day")}, 'contact', {public_contact("n.contact_id")},
        'before', {public_contact("n.before[2]")}, 'longer', ({of_gap}),
        'unknown_rank', (SELECT count(*) FROM ranked u WHERE (u.ego_rank IS NULL OR u.alter_rank IS NULL)
            AND u.first_day < n.first_day AND (n.before IS NULL OR u.last_day > n.before[1])))) FROM newest n)"""


def facts_in_words(found: Mapping[str, Any] | None, rhythm: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns models.ties.Fact of a pair, the most telling first.

    Args:
        found: what ``facts_json`` built; None without a contact that is dated to the day.
        rhythm: models.ties.Rhythm of the same pair.
    """
    if not found:
        return []
    facts: list[dict[str, Any]] = []
    told: set[tuple[str, str]] = set()
    for rank, row in ((rank, found[rank]) for rank in RANKS if rank in found):
        # What holds of leaders holds of ministers too, and need not be said twice.
        pair = (row["contact"]["id"], row["before"]["id"] if row["before"] else "")
        facts += [_first(rank, row)] if pair not in told else []
        told.add(pair)
    newest = found["any"]
    if newest["days"] is not None:
        facts.append(_gap_since(newest))
    if rhythm["longest_gap"] is not None:
        facts.append(_longest(rhythm["longest_gap"]))
    return [*facts, _silence(rhythm)]


def _fact(kind: str, text: str, **data: Any) -> dict[str, Any]:
    blank = dict.fromkeys(("rank", "days", "since", "until", "unknown_rank"))
    return {"kind": kind, "text": text, **blank, **data}


def _days(number: int) -> str:
    return f"{number} day" if number == 1 else f"{number} days"


def _first(rank: str, row: Mapping[str, Any]) -> dict[str, Any]:
    unknown = None if rank == "any" else row["unknown_rank"]
    when = "in between" if row["before"] else "before it"
    doubt = (
        f"; the rank of {unknown} {'contact' if unknown == 1 else 'contacts'} {when} is not known" if unknown else ""
    )
    data = {"rank": rank, "until": row["until"], "unknown_rank": unknown}
    if row["before"] is None:
        text = f"{row['until']}: first {_WORDS[rank]} on record{doubt}."
        return _fact("first_on_record", text, **data, contacts=[row["contact"]])
    text = f"{row['until']}: first {_WORDS[rank]} since {row['since']}, {_days(row['days'])}{doubt}."
    data |= {"days": row["days"], "since": row["since"]}
    return _fact("first_since", text, **data, contacts=[row["before"], row["contact"]])


def _gap_since(row: Mapping[str, Any]) -> dict[str, Any]:
    longer = row["longer"]
    said = f"The {_days(row['days'])} before {row['until']} were the longest gap"
    since = f"since {longer['until']}, when one of {_days(longer['days'])} ended" if longer else "on record until then"
    data = {"days": row["days"], "since": row["since"], "until": row["until"]}
    earlier = longer["contacts"] if longer else []
    return _fact("longest_gap_since", f"{said} {since}.", **data, contacts=[*earlier, row["before"], row["contact"]])


def _longest(gap: Mapping[str, Any]) -> dict[str, Any]:
    text = f"Longest gap on record: {_days(gap['days'])}, from {gap['since']} to {gap['until']}."
    return _fact("longest_gap", text, **gap)


def _silence(rhythm: Mapping[str, Any]) -> dict[str, Any]:
    silence, median = rhythm["silence"], rhythm["median_gap_days"]
    most, as_of = silence["at_most"], date.fromisoformat(silence["as_of"])
    text = f"{_days(most)} of silence on {as_of}"
    if silence["at_least"] < most:
        text = f"{silence['at_least']} to {_days(most)} of silence on {as_of}, since dates are uncertain"
    text += f"; the usual gap is {median:g}." if median is not None else "."
    return _fact("silence", text, days=most, until=silence["as_of"], contacts=[rhythm["last"]])
