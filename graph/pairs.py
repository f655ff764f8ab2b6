"""What joined pairs under a question, counted: from ties, from the month rollup, or from the edges themselves.

The three agree wherever more than one of them can answer. Ties and months do not grow with the record as edges do.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from db.filters import Question, contact_source
from db.lifted import units_of
from graph.edges import edge_source
from graph.rhythm import TO_THE_DAY
from models.edges import ROLLED_LEVEL
from models.filters import ContactFilter
from models.restating import given
from models.vocabulary import COUNTED_KINDS, STORED_LEVELS, CountingRule

Way = Literal["ties", "months", "edges"]
NOT_TO_THE_DAY: Final = "contacts_not_known_to_the_day"
FIRST_MONTH: Final = date(1, 1, 1)
LAST_MONTH: Final = date(9998, 12, 1)
"""Contacts that match no window are kept under months beyond these."""

NEAR: Final = "CAST((SELECT ids FROM near_side) AS bigint[])"
FAR: Final = "CAST((SELECT ids FROM far_side) AS bigint[])"
SHOWN: Final = "CAST((SELECT ids FROM shown) AS bigint[])"
"""SQL of the actors on either side, and of all: arrays, since nobody can estimate how many rows a choice leaves."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """SQL of the pairs of a question and of what each of their ends took part in.

    Attributes:
        ctes: common table expressions that the others need.
        pairs: SELECT of ``ego_id, alter_id, value``, each pair from both ends, or from the ends asked for.
        margins: SELECT of ``actor_id, contacts`` for the actors in SHOWN.
        left_out: SQL that counts contacts of the question that the values do not include.
        ranked: what the strongest pairs are read from, alias ``d``; if it is not ``pairs``, these are of NEAR and FAR.
    """

    ctes: str
    pairs: str
    margins: str
    left_out: str = "0"
    ranked: str = "pairs d WHERE true"


def ways(asked: ContactFilter, count: CountingRule) -> list[Way]:
    """Returns the ways in which a question can be answered, the fastest first."""
    more = given(asked) - {"level", "kind"}
    if count == "days" or (count == "edges" and asked.level != "actor"):
        return ["edges"]
    if not more and asked.level in STORED_LEVELS:
        return ["ties", "edges"]
    if more <= {"from_", "to"} and asked.level == ROLLED_LEVEL and _months(asked) is not None:
        return ["months", "edges"]
    return ["edges"]


def pairs_by(way: Way, question: Question, ends: str, count: CountingRule = "contacts") -> Pairs:
    """Returns what a question counts, in one way.

    Args:
        way: one that can answer it.
        question: to which conditions and parameters are added.
        ends: SQL condition on the ends of row ``d``; empty if none is named.
        count: what a pair's value is; ties and months count contacts.
    """
    if way == "ties":
        return _from_ties(question, ends)
    if way == "months":
        return _from_months(question, ends or "true")
    return _from_edges(question, ends or "true", count)


def _from_ties(question: Question, ends: str) -> Pairs:
    asked = question.asked
    numbers = sorted({COUNTED_KINDS.index(kind) + 1 for kind in asked.kind if kind in COUNTED_KINDS})
    value = " + ".join(f"d.by_kind[{number}]" for number in numbers) or "0" if asked.kind else "d.contacts"
    # Written out, not bound: an index of one level is found only so.
    level = f"d.level = '{asked.level}'"
    more = {} if ends or asked.kind else {"ranked": f"(SELECT *, contacts AS value FROM tie) d WHERE {level}"}
    chosen = f"d.ego_id = ANY({NEAR}) AND d.alter_id = ANY({FAR})" if more else ends or "true"
    pairs = f"SELECT d.ego_id, d.alter_id, {value} AS value FROM tie d WHERE {level} AND {value} > 0 AND {chosen}"
    if asked.level != ROLLED_LEVEL:
        return Pairs("", pairs, _attended(question), **more)
    kinds = f"AND d.kind = ANY({question.bind(list(asked.kind))})" if asked.kind else ""
    margins = f"""SELECT d.ego_id AS actor_id, sum(d.contacts) AS contacts FROM unnest({SHOWN}) s (actor_id)
        JOIN tie_month d ON d.ego_id = s.actor_id AND d.alter_id = s.actor_id AND {level} {kinds} GROUP BY d.ego_id"""
    return Pairs("", pairs, margins, **more)


def _from_months(question: Question, ends: str) -> Pairs:
    asked = question.asked
    months = _months(asked)
    assert months is not None
    first, last = (question.bind(month) for month in months)
    kinds = f"AND d.kind = ANY({question.bind(list(asked.kind))})" if asked.kind else ""
    level = f"d.level = {question.bind(asked.level)} {kinds}"
    rows = "SELECT d.ego_id, d.alter_id, d.contacts FROM tie_month d WHERE"
    # What ends within the window, and what reaches beyond its end: two ranges of two indexes.
    ctes = f"""seen AS MATERIALIZED (
        {rows} {level} AND d.until_month BETWEEN {first} AND {last} AND d.since_month <= {last}
        UNION ALL {rows} {level} AND d.until_month > {last} AND d.since_month <= {last}
            AND d.since_month < d.until_month), """
    pairs = f"""SELECT d.ego_id, d.alter_id, sum(d.contacts) AS value FROM seen d
        WHERE d.ego_id <> d.alter_id AND {ends} GROUP BY d.ego_id, d.alter_id"""
    margins = f"""SELECT d.ego_id AS actor_id, sum(d.contacts) AS contacts FROM seen d
        WHERE d.ego_id = d.alter_id AND d.ego_id = ANY({SHOWN}) GROUP BY d.ego_id"""
    return Pairs(ctes, pairs, margins)


def _from_edges(question: Question, ends: str, count: CountingRule) -> Pairs:
    asked = question.asked
    source = edge_source(question, asked)
    where = " AND ".join([*question.conditions, ends])
    question.conditions.clear()
    margins = _attended(question)
    if count == "days":
        ctes = f"""dated AS MATERIALIZED (SELECT d.ego_id, d.alter_id, d.contact_id, d.earliest, d.latest,
            {TO_THE_DAY} AS known FROM {source} WHERE {where}), """
        pairs = """SELECT d.ego_id, d.alter_id, count(DISTINCT x.day) AS value FROM dated d
            CROSS JOIN LATERAL generate_series(date_trunc('day', d.earliest), d.latest - interval '1 microsecond',
                interval '1 day') x(day) WHERE d.known GROUP BY d.ego_id, d.alter_id"""
        return Pairs(ctes, pairs, margins, "(SELECT count(DISTINCT contact_id) FROM dated WHERE NOT known)")
    if count == "edges" and asked.level != "actor":
        counted = f"SELECT d.ego_id, d.alter_id, d.contact_id, d.earliest, d.latest FROM {source} WHERE {where}"
        return Pairs(_BEHIND.format(counted=counted, level=asked.level), _BEHIND_PAIRS, margins)
    pairs = f"""SELECT d.ego_id, d.alter_id, count(*) AS value FROM {source}
        WHERE {where} GROUP BY d.ego_id, d.alter_id"""
    return Pairs("", pairs, margins)


_BEHIND: Final = """counted AS MATERIALIZED ({counted}),
    spans AS MATERIALIZED (SELECT DISTINCT contact_id, earliest, latest FROM counted),
    stood AS MATERIALIZED (SELECT DISTINCT p.contact_id, p.actor_id, coalesce(l.unit_id, p.standing_id) AS unit_id
        FROM spans s JOIN participant p ON p.contact_id = s.contact_id LEFT JOIN lift l ON l.actor_id = p.standing_id
            AND l.level = '{level}' AND l.since < s.latest AND l.until > s.earliest), """
_BEHIND_PAIRS: Final = """SELECT d.ego_id, d.alter_id, count(*) AS value FROM counted d
    JOIN stood p ON p.contact_id = d.contact_id AND p.unit_id = d.ego_id
    JOIN stood q ON q.contact_id = d.contact_id AND q.unit_id = d.alter_id
    JOIN edge a ON a.contact_id = d.contact_id AND a.level = 'actor'
        AND a.ego_id = p.actor_id AND a.alter_id = q.actor_id GROUP BY d.ego_id, d.alter_id"""
"""Pairs of actors behind the pairs of units: for whom each participant stood is worked out once for each contact."""


def _attended(question: Question) -> str:
    """Returns SELECT of how many contacts of the question each actor in ``shown`` took part in."""
    asked = question.asked
    question.asked = asked.model_copy(update={"actor": []})
    source = contact_source(question, incidences=True)
    where = " AND ".join(question.conditions)
    question.conditions.clear()
    question.asked = asked
    if asked.level in STORED_LEVELS:
        return f"""SELECT d.ego_id AS actor_id, count(*) AS contacts FROM {source}
            WHERE {where} AND d.ego_id = ANY({SHOWN}) GROUP BY d.ego_id"""
    return f"""SELECT u.unit_id AS actor_id, count(DISTINCT d.contact_id) AS contacts FROM {source}
        JOIN participant p ON p.contact_id = d.contact_id
        CROSS JOIN LATERAL ({units_of("p", f"'{asked.level}'", "d")}) u
        WHERE {where} AND u.unit_id = ANY({SHOWN}) GROUP BY u.unit_id"""


def _months(asked: ContactFilter) -> tuple[date, date] | None:
    """Returns the first and last month of a window of whole months; None for any other window, and for none."""
    start, end = asked.window
    if not (start or end) or any(moment and moment.day != 1 for moment in (start, end)):
        return None
    return _month(start, FIRST_MONTH), _month(end and end - timedelta(days=1), LAST_MONTH)


def _month(moment: datetime | None, without: date) -> date:
    return moment.date().replace(day=1) if moment else without
