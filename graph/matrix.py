"""Who dealt with whom, as a matrix of actors or states."""

from collections.abc import Collection
from typing import Any, Final

from db.documents import actor_link
from db.engine import ids_of
from db.filters import TOO_WIDE, Question, wide_contacts
from graph.ends import contact_filter
from graph.neighbours import check
from graph.pairs import FAR, NEAR, NOT_TO_THE_DAY, Pairs, Way, pairs_by, ways
from graph.questions import Asking, Found, Json
from graph.ties import narrowing, silent_until
from graph.watches import NOT_LOOKED_AT, OBSERVED, watched_throughout
from models.base import FIRST_MOMENT
from models.matrix import MatrixQuestion
from models.vocabulary import STORED_LEVELS

UNITS: Final = {"contacts": "distinct contacts", "edges": "edges", "days": "distinct days"}
_GIVEN: Final = "SELECT x.* FROM unnest(CAST(:{0} AS bigint[])) WITH ORDINALITY AS x (actor_id, n)"
_SAID: Final = f"CASE WHEN {{}} THEN '{OBSERVED}' ELSE '{NOT_LOOKED_AT}' END"
_OF_NAMED: Final = """SELECT alter_id AS actor_id, row_number() OVER (ORDER BY max(value) DESC, alter_id DESC) AS n
    FROM pairs GROUP BY alter_id ORDER BY n LIMIT :most + 1"""
_OF_ALL: Final = """SELECT x.actor_id, row_number() OVER (ORDER BY min(2 * p.n + x.side)) AS n
    FROM (SELECT ego_id, alter_id, row_number() OVER (ORDER BY value DESC, ego_id DESC, alter_id DESC) AS n FROM (
        SELECT d.ego_id, d.alter_id, d.value FROM {0} AND d.ego_id < d.alter_id
        ORDER BY d.value DESC, d.ego_id DESC, d.alter_id DESC
        LIMIT CAST(:most AS integer) * (:most + 1) / 2 + 1) strongest) p
    CROSS JOIN LATERAL (VALUES (p.ego_id, 0), (p.alter_id, 1)) x (actor_id, side)
    GROUP BY x.actor_id ORDER BY n LIMIT :most + 1"""
"""Pair by pair, the strongest first, the one recorded first of each before the other.

So many actors as are wanted have no more pairs among each other than the limit: with one pair more, one actor more.
"""
_SIDE: Final = """{0} AS MATERIALIZED (SELECT x.actor_id, x.n, a.slug, {2} AS watched
        FROM ({1}) x JOIN actor a ON a.actor_id = x.actor_id),
    {0}_side AS MATERIALIZED (SELECT array_agg(actor_id ORDER BY n) AS ids, array_agg(slug ORDER BY n) AS slugs,
        array_agg(watched ORDER BY n) AS watches FROM {0})"""


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
    pairs = pairs_by(way, question, " AND ".join(ends), asked.count)
    wide = wide_contacts(question, contact_filter(asked, actor=actors))[TOO_WIDE]
    check(asking, question)
    start, _ = contact_filter(asked).window
    as_of = silent_until(contact_filter(asked), asking.today)
    watched = watched_throughout(
        f"CAST({question.bind(start or FIRST_MOMENT)} AS timestamp)", f"CAST({question.bind(as_of)} AS date)"
    )
    rest = question.bind(f"&level={asked.level}{narrowing(contact_filter(asked))}")
    named_ends = {name: ids for name, ids in (("near", near), ("far", far)) if ids}
    statement = f"""WITH {question.refs_cte()}, {_chosen(pairs, named_ends, watched)}
        SELECT {_ends("near", rest)} AS near, {_ends("far", rest)} AS far, {_cells(rest, turned=turned)} AS cells,
        (SELECT count(*) FROM candidates) > :most AS cut, {pairs.left_out} AS undated, {wide} AS wide"""
    found: Any = asking.execute(statement, {**question.params, **named_ends, "most": asked.limit}).one()
    ordered = (found.far, found.near) if turned else (found.near, found.far)
    members = {"count": asked.count, "rows": Json(ordered[0]), "columns": Json(ordered[1]), "cells": Json(found.cells)}
    left_out = {NOT_TO_THE_DAY: found.undated, TOO_WIDE: found.wide}
    return Found(
        members,
        UNITS[asked.count],
        limits={"limit": asked.limit} if found.cut and len(named_ends) < 2 else {},
        left_out={name: count for name, count in left_out.items() if count},
    )


def _chosen(pairs: Pairs, named: Collection[str], watched: str) -> str:
    """Returns the common table expressions of the pairs, of both sides of the matrix, and of their margins."""
    counted = f"pairs AS MATERIALIZED ({pairs.pairs})"
    candidates = f"candidates AS MATERIALIZED ({_OF_NAMED if named else _OF_ALL.format(pairs.ranked)})"
    others = "SELECT actor_id, n FROM candidates WHERE n <= :most"
    sides = [_SIDE.format(side, _GIVEN.format(side) if side in named else others, watched) for side in ("near", "far")]
    shown = f"shown AS MATERIALIZED (SELECT array_agg(DISTINCT one) AS ids FROM unnest({NEAR} || {FAR}) x (one))"
    chosen = [candidates, *sides, shown]
    parts = [counted, *chosen] if named or pairs.ranked.startswith("pairs") else [*chosen, counted]
    return f"{pairs.ctes}{', '.join(parts)}, margins AS MATERIALIZED ({pairs.margins})"


def _ends(side: str, rest: str) -> str:
    """Returns SQL of models.matrix.MatrixEnd for one side, as text."""
    return f"""(SELECT coalesce(json_agg(json_build_object('actor', {actor_link("a")},
        'contacts', coalesce(m.contacts, 0), 'link', '/v1/contacts?actor=' || a.slug || CAST({rest} AS text),
        'watched', {_SAID.format("x.watched")}) ORDER BY x.n), '[]')::text
        FROM {side} x JOIN actor a ON a.actor_id = x.actor_id LEFT JOIN margins m ON m.actor_id = x.actor_id)"""


def _cells(rest: str, *, turned: bool) -> str:
    """Returns SQL of models.matrix.MatrixCell, row by row, as text."""
    row, column = ("far", "near") if turned else ("near", "far")
    return f"""(SELECT coalesce(json_agg(json_build_object('row', {row}_slug, 'column', {column}_slug,
        'value', value::bigint,
        'link', '/v1/contacts?between=' || {row}_slug || ',' || {column}_slug || CAST({rest} AS text),
        'watched', {_SAID.format("(SELECT watches FROM near_side)[near] OR (SELECT watches FROM far_side)[far]")})
        ORDER BY {row}, {column}), '[]')::text
        FROM (SELECT p.*, (SELECT slugs FROM near_side)[near] AS near_slug,
                (SELECT slugs FROM far_side)[far] AS far_slug
            FROM (SELECT value, array_position({NEAR}, ego_id) AS near, array_position({FAR}, alter_id) AS far
                FROM pairs OFFSET 0) p WHERE near IS NOT NULL AND far IS NOT NULL) cells)"""
