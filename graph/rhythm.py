"""Rhythm: how the contacts of a pair follow each other, by those dated to the day that are more than an engagement."""

from typing import Final

from db.documents import public_contact
from db.filters import Question
from graph.edges import edge_source
from graph.watches import watched_ends
from models.filters import ContactFilter

_DAY_ZERO: Final = "date '0001-01-01'"
_DAYS: Final = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[~?%]?/[0-9]{4}-[0-9]{2}-[0-9]{2}[~?%]?$"
"""EDTF of several days throughout: known to the day, though its bounds are wider."""
TO_THE_DAY: Final = f"""(d.latest - d.earliest <= interval '1 day' OR (
    SELECT coalesce(x."when", '') ~ '{_DAYS}' FROM contact x WHERE x.contact_id = d.contact_id))"""
"""SQL: the date of an edge ``d`` says which day or days, in its text or since publication cuts it to one."""
IS_COUNTED: Final = f"(d.kind <> 'engagement' AND {TO_THE_DAY})"
BEFORE: Final = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"


def first_day(moment: str) -> str:
    """Returns SQL of the civil day that begins a span, as a number."""
    return f"({moment}::date - {_DAY_ZERO})::bigint"


def last_day(moment: str) -> str:
    """Returns SQL of the last civil day of a span that ends at a moment, as a number."""
    return first_day(f"({moment} - interval '1 microsecond')")


def day(number: str) -> str:
    """Returns SQL of the civil day of a number."""
    return f"({_DAY_ZERO} + ({number})::int)"


def rhythm_ctes(spoken: str) -> str:
    """Returns common table expressions that end in ``rhythm`` and ``aside``: one row for each pair.

    Args:
        spoken: SELECT of edges, each pair from one end, with ``counted`` as IS_COUNTED says.
    """
    return f"""spoken AS (SELECT e.*, {first_day("e.earliest")} AS first_day, {last_day("e.latest")} AS last_day
        FROM ({spoken}) e),
    steps AS (SELECT s.*, max(ARRAY[s.last_day, s.contact_id]) OVER (
            PARTITION BY s.ego_id, s.alter_id ORDER BY s.first_day, s.contact_id {BEFORE}) AS before
        FROM spoken s WHERE s.counted),
    rhythm AS (SELECT ego_id, alter_id, count(*) AS contacts,
            1 + count(*) FILTER (WHERE first_day > before[1]) AS occasions,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY first_day - before[1])
                FILTER (WHERE first_day > before[1]) AS median,
            max(ARRAY[first_day - before[1], first_day, contact_id, before[1], before[2]])
                FILTER (WHERE first_day > before[1]) AS longest,
            max(ARRAY[last_day, contact_id]) AS last,
            count(*) FILTER (WHERE initiated_by = 'ego') AS by_ego,
            count(*) FILTER (WHERE initiated_by = 'alter') AS by_alter,
            count(*) FILTER (WHERE initiated_by = 'both') AS by_both
        FROM steps GROUP BY ego_id, alter_id),
    aside AS (SELECT ego_id, alter_id, count(*) FILTER (WHERE kind = 'engagement') AS engagements,
            count(*) FILTER (WHERE kind <> 'engagement') AS coarser,
            max(last_day) FILTER (WHERE kind <> 'engagement') AS later
        FROM spoken WHERE NOT counted GROUP BY ego_id, alter_id)"""


def spoken_edges(question: Question, asked: ContactFilter, more: str = "true") -> str:
    """Returns the SELECT of the edges of a question that ``rhythm_ctes`` starts from."""
    kept, question.conditions = question.conditions, []
    source = edge_source(question, asked)
    where = " AND ".join([*question.conditions, more])
    question.conditions = kept
    return f"""SELECT d.ego_id, d.alter_id, d.level, d.contact_id, d.kind, d.initiated_by, d.earliest, d.latest,
        {IS_COUNTED} AS counted FROM {source} WHERE {where}"""


def most_silent(as_of: str) -> str:
    """Returns SQL of the days since the last contact that a rhythm ``r`` counts."""
    return f"greatest(0, {first_day(as_of)} - r.last[1])"


def rhythm_json(as_of: str) -> str:
    """Returns the SQL of models.ties.Rhythm for rows ``r`` of rhythm and ``o`` of aside, of which one may be missing.

    Args:
        as_of: SQL of the civil day at which the silence is measured.
    """
    most = most_silent(as_of)
    last = (f"{day('r.last[1]')}::timestamp", f"({day('r.last[1]')} + 1)::timestamp")
    return f"""json_build_object('contacts', coalesce(r.contacts, 0), 'occasions', coalesce(r.occasions, 0),
    'median_gap_days', r.median, 'longest_gap', CASE WHEN r.longest IS NOT NULL THEN json_build_object(
        'days', r.longest[1], 'since', {day("r.longest[4]")}, 'until', {day("r.longest[2]")},
        'contacts', json_build_array({public_contact("r.longest[5]")}, {public_contact("r.longest[3]")})) END,
    'last', {public_contact("r.last[2]")},
    'silence', json_build_object(
        'at_least', CASE WHEN r.last IS NOT NULL
            THEN greatest(0, {first_day(as_of)} - greatest(r.last[1], o.later)) END,
        'at_most', CASE WHEN r.last IS NOT NULL THEN {most} END, 'as_of', {as_of},
        'watched', {watched_ends("r.ego_id", "r.alter_id", last, as_of)}),
    'times_median', round(({most} / r.median)::numeric, 2),
    'initiated', json_build_object('ego', coalesce(r.by_ego, 0), 'alter', coalesce(r.by_alter, 0),
        'both', coalesce(r.by_both, 0), 'unknown', coalesce(r.contacts - r.by_ego - r.by_alter - r.by_both, 0)),
    'left_out', json_build_object('engagements', coalesce(o.engagements, 0),
        'coarser_than_a_day', coalesce(o.coarser, 0)))"""
