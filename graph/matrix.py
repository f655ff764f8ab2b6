"""Who dealt with whom, as a matrix of actors or states."""

from typing import Any, Final

from db.documents import actor_link
from db.engine import ids_of
from db.filters import TOO_WIDE, Question, wide_contacts
from graph.ends import contact_filter
from graph.neighbours import check
from graph.pairs import NOT_TO_THE_DAY, Pairs, Way, pairs_by, ways
from graph.questions import Asking, Found, Json
from graph.ties import narrowing
from models.matrix import MatrixQuestion
from models.vocabulary import STORED_LEVELS

UNITS: Final = {"contacts": "distinct contacts", "edges": "edges", "days": "distinct days"}
_GIVEN: Final = "SELECT x.* FROM unnest(CAST(:{0} AS bigint[])) WITH ORDINALITY AS x (actor_id, n)"
_STRONGEST: Final = """SELECT {0} AS actor_id, row_number() OVER (ORDER BY sum(value) DESC, {0}) AS n
    FROM pairs GROUP BY {0} ORDER BY n LIMIT :most"""


def find_matrix(asking: Asking, asked: MatrixQuestion) -> Found:
    """Returns who dealt with whom as models.matrix.MatrixAnswer.

    Cost: one statement. Without filters it reads ties, and for a window of whole months, at state level, the month
    rollup: neither grows as the record does. Other filters read the edges of the question.
    """
    return matrix_by(ways(contact_filter(asked), asked.count)[0], asking, asked)


def matrix_by(way: Way, asking: Asking, asked: MatrixQuestion) -> Found:
    """Returns the same, found in one of the ways that can answer it.

    Raises:
        InvalidQuery: it refers to something that is not in the record.
    """
    # A matrix has two directions and pairs have none: the side that is named, if only one is, is the near one.
    turned = bool(asked.columns) and not asked.rows
    named = ("columns", "rows") if turned else ("rows", "columns")
    near, far = (list(dict.fromkeys(asking.actors(getattr(asked, name), name))) for name in named)
    actors = getattr(asked, named[0])
    lifted = asked.level not in STORED_LEVELS
    question = Question(contact_filter(asked, actor=actors if lifted else ()), ids_of(asking.session))
    ends = [f"d.{end} = ANY(:{name})" for end, name, ids in (("ego_id", "near", near), ("alter_id", "far", far)) if ids]
    pairs = pairs_by(way, question, " AND ".join(ends) or "true", asked.count)
    wide = wide_contacts(question, contact_filter(asked, actor=actors))[TOO_WIDE]
    check(asking, question)
    rest = question.bind(f"&level={asked.level}{narrowing(contact_filter(asked))}")
    named_ends = {name: ids for name, ids in (("near", near), ("far", far)) if ids}
    statement = f"""WITH {question.refs_cte()}, {_chosen(pairs, named_ends)}
        SELECT {_ends("near", rest)} AS near, {_ends("far", rest)} AS far, {_cells(rest, turned=turned)} AS cells,
        {_others(named_ends)} - :most AS others, {pairs.left_out} AS undated, {wide} AS wide"""
    found: Any = asking.execute(statement, {**question.params, **named_ends, "most": asked.limit}).one()
    ordered = (found.far, found.near) if turned else (found.near, found.far)
    members = {"count": asked.count, "rows": Json(ordered[0]), "columns": Json(ordered[1]), "cells": Json(found.cells)}
    cut = len(named_ends) < 2 and found.others > 0
    left_out = {"actors": found.others if cut else 0, NOT_TO_THE_DAY: found.undated, TOO_WIDE: found.wide}
    return Found(
        members,
        UNITS[asked.count],
        limits={"limit": asked.limit} if cut else {},
        left_out={name: count for name, count in left_out.items() if count},
    )


def _chosen(pairs: Pairs, named: dict[str, list[int]]) -> str:
    """Returns the common table expressions of the pairs, of both sides of the matrix, and of their margins."""
    near = _GIVEN.format("near") if "near" in named else _STRONGEST.format("ego_id")
    other = _STRONGEST.format("alter_id") if "near" in named else "SELECT actor_id, n FROM near"
    far = _GIVEN.format("far") if "far" in named else other
    return f"""{pairs.ctes}pairs AS MATERIALIZED ({pairs.pairs}),
        near AS MATERIALIZED ({near}), far AS MATERIALIZED ({far}),
        shown AS MATERIALIZED (SELECT actor_id FROM near UNION SELECT actor_id FROM far),
        margins AS MATERIALIZED ({pairs.margins})"""


def _others(named: dict[str, list[int]]) -> str:
    """Returns SQL of how many actors could have been shown on a side that was not named."""
    return f"(SELECT count(DISTINCT {'alter_id' if named else 'ego_id'}) FROM pairs)"


def _ends(side: str, rest: str) -> str:
    """Returns SQL of models.matrix.MatrixEnd for one side, as text."""
    return f"""(SELECT coalesce(json_agg(json_build_object('actor', {actor_link("a")},
        'contacts', coalesce(m.contacts, 0), 'link', '/v1/contacts?actor=' || a.slug || CAST({rest} AS text))
        ORDER BY x.n), '[]')::text
        FROM {side} x JOIN actor a ON a.actor_id = x.actor_id LEFT JOIN margins m ON m.actor_id = x.actor_id)"""


def _cells(rest: str, *, turned: bool) -> str:
    """Returns SQL of models.matrix.MatrixCell, row by row, as text."""
    row, column = ("f", "n") if turned else ("n", "f")
    return f"""(SELECT coalesce(json_agg(json_build_object('row', {row}a.slug, 'column', {column}a.slug,
        'value', p.value::bigint,
        'link', '/v1/contacts?between=' || {row}a.slug || ',' || {column}a.slug || CAST({rest} AS text))
        ORDER BY {row}.n, {column}.n), '[]')::text
        FROM pairs p JOIN near n ON n.actor_id = p.ego_id JOIN far f ON f.actor_id = p.alter_id
        JOIN actor na ON na.actor_id = n.actor_id JOIN actor fa ON fa.actor_id = f.actor_id)"""
