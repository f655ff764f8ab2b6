"""Ties and counterparts: one pair over all contacts of a question, with first, last and silence as ranges."""

import json
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from db.documents import actor_link, moment
from db.engine import ids_of
from db.filters import TOO_WIDE, Question, wide_contacts
from db.pages import Answer, Asked, Listing, Order, check_references, filter_digest, read_page
from db.references import ACTOR
from db.revisions import VERSION
from db.statements import fetch_one
from db.ties import TIE_COLUMNS, TIE_SUMS
from graph.edges import each_pair_once, edge_source
from graph.facts import facts_in_words, rhythm_and_facts
from graph.watches import watched_ends
from models.bounds import DAY
from models.filters import ContactFilter, CounterpartList, TieList
from models.restating import given
from models.vocabulary import COUNTED_KINDS, STORED_LEVELS

UNFILTERED: Final = {"actor", "level", "sort", "limit", "cursor", "between"}
"""With nothing but these a question is answered from the stored ties."""
STORED: Final = "tie d"
ORDERS: Final = {
    "-contacts": ("contacts", "bigint", True),
    "-last": ("last_latest", "timestamp", True),
    "first": ("first_latest", "timestamp", False),
}
"""Key column, its type, and whether the greatest comes first. A first contact counts from when it was over: its
start may be unknown where its end is not."""
_KINDS: Final = ", ".join(
    f"""'"{kind}":' || nullif(page.by_kind[{n}], 0)""" for n, kind in enumerate(COUNTED_KINDS, start=1)
)
_BY_KIND: Final = f"('{{' || concat_ws(',', {_KINDS}) || '}}')::json"
"""Put together as text: JSON of all kinds would be read once more to strip its nulls, a seventh of what a tie costs."""
_EGOS: Final = "JOIN actor ea ON ea.actor_id = page.ego_id"
_ONE_EGO: Final = f"""CROSS JOIN (SELECT ea.slug, {actor_link("ea")} AS link FROM actor ea
    WHERE ea.actor_id = (SELECT ego_id FROM page LIMIT 1) OFFSET 0) ea"""
"""Without OFFSET the link would be made anew for every row."""
_LAST: Final = ("page.last_earliest", "page.last_latest")
_SPAN: Final = "json_build_object('earliest', {0}, 'latest', {1})"


def tie_item(today: str, narrowed: str, ego: str = actor_link("ea")) -> str:
    """Returns the SQL of models.edges.TieOut for a row ``page`` whose ends are joined as ``ea`` and ``eb``.

    Args:
        today: SQL of the civil day at which a silence is measured.
        narrowed: SQL of the question's other filters as a query string, so that a link counts what its tie counts.
        ego: SQL of the near end, where it is made once for all rows.
    """
    first = _SPAN.format(moment("page.first_earliest"), moment("page.first_latest"))
    last = _SPAN.format(moment("page.last_earliest"), moment("page.last_latest"))
    pair = "'?between=' || ea.slug || ',' || eb.slug || '&level=' || page.level || " + narrowed
    return f"""json_build_object('level', page.level, 'ego', {ego}, 'alter', {actor_link("eb")},
    'contacts', page.contacts, 'by_kind', {_BY_KIND},
    'initiated_by_ego', page.initiated_by_ego, 'initiated_by_alter', page.initiated_by_alter,
    'uncertain', page.uncertain, 'first', {first}, 'last', {last},
    'silence', json_build_object(
        'at_least', greatest(0, {today}
            - (nullif(page.last_latest, timestamp '9999-12-31') - interval '1 microsecond')::date),
        'at_most', CASE WHEN page.last_earliest > timestamp '0001-01-01'
            THEN greatest(0, {today} - page.last_earliest::date) END,
        'as_of', {today}, 'watched', {watched_ends("page.ego_id", "eb.actor_id", _LAST, today)}),
    'links', json_build_object('contacts', '/v1/contacts' || {pair},
        'tie', '/v1/ties/' || ea.slug || '/' || eb.slug || '?level=' || page.level || {narrowed},
        'last', '/v1/contacts' || {pair} || '&limit=1'))"""


def narrowing(asked: ContactFilter) -> str:
    """Returns the filters of a question, its ends and level apart, as the rest of a query string."""
    plain = asked.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=UNFILTERED)
    sent = {name: ",".join(value) if isinstance(value, list) else value for name, value in plain.items()}
    sent = {name: str(value).lower() if isinstance(value, bool) else value for name, value in sent.items()}
    return f"&{urlencode(sent, safe=',:/')}" if sent else ""


def silent_until(asked: ContactFilter, today: date) -> date:
    """Returns the day at which a silence is measured: a question about a time that is over knows nothing later."""
    _, end = asked.window
    return min(today, (end - DAY).date()) if end else today


def tie_source(question: Question, asked: ContactFilter) -> tuple[str, str, str]:
    """Returns FROM clause, columns and GROUP BY of the ties of a question, and adds its conditions.

    Without further filters these are the stored ties; else the edge set is summed up.
    """
    if given(asked) <= UNFILTERED and asked.level in STORED_LEVELS:
        question.conditions.append(f"d.level = {question.bind(asked.level)}")
        pair = [question.refer(ACTOR, ref, "between") for ref in asked.between]
        near = [] if pair else [question.refer(ACTOR, ref, "actor") for ref in asked.actor]
        question.conditions += [f"d.{name} = {end}" for name, end in zip(("ego_id", "alter_id"), pair, strict=False)]
        # With one actor an equation, so that an index may give the order.
        is_near = f"IN ({', '.join(near)})" if near[1:] else f"= {''.join(near)}"
        question.conditions += [f"d.ego_id {is_near}"] if near else []
        question.conditions += each_pair_once(question, asked)
        return STORED, ", ".join(f"d.{column}" for column in ("level", "ego_id", *TIE_COLUMNS)), ""
    source = edge_source(question, asked)
    where = " AND ".join([*question.conditions, *each_pair_once(question, asked)]) or "true"
    question.conditions.clear()
    summed = f"""(SELECT d.ego_id, d.alter_id, d.level, {TIE_SUMS} FROM {source} WHERE {where}
        GROUP BY d.ego_id, d.alter_id, d.level)"""
    names = ", ".join(("ego_id", "alter_id", "level", *TIE_COLUMNS))
    return f"{summed} AS d ({names})", ", ".join(f"d.{c}" for c in ("level", "ego_id", *TIE_COLUMNS)), ""


def list_counterparts(session: Session, asked: CounterpartList, page: Asked, today: date) -> Answer:
    """Returns a page of an actor's counterparts as models.edges.TieOut.

    Args:
        session: to read with.
        asked: the question; its ``actor`` is whose counterparts are wanted.
        page: how much, from where.
        today: the civil day at which silences are measured, unless the question ends before.

    Cost: one statement; without filters one index range of the stored ties.
    """
    return _list_pairs(session, asked, page, today, ("alter_id",))


def list_ties(session: Session, asked: TieList, page: Asked, today: date) -> Answer:
    """Returns a page of ties as models.edges.TieOut: of some actors, each seen from its side, or of the whole record.

    A pair comes once where both its ends are asked for, or neither is.

    Args:
        session: to read with.
        asked: the question.
        page: how much, from where.
        today: the civil day at which silences are measured, unless the question ends before.

    Cost: one statement; without filters a range of the stored ties for each actor, or one look at all of them.
    """
    return _list_pairs(session, asked, page, today, ("ego_id", "alter_id"))


def _list_pairs(
    session: Session, asked: CounterpartList | TieList, page: Asked, today: date, unique: tuple[str, ...]
) -> Answer:
    question = Question(asked, ids_of(session))
    listing = tie_listing(question, asked, today, unique)
    return read_page(
        session, question, listing, page, filter_digest(asked, "counterparts" if len(unique) == 1 else "ties")
    )


def tie_listing(
    question: Question, asked: CounterpartList | TieList, today: date, unique: tuple[str, ...] = ("ego_id", "alter_id")
) -> Listing:
    """Returns what drives a list of ties, and adds its conditions to the question.

    Args:
        question: to which references, conditions and parameters are added.
        asked: its filter and sort.
        today: the civil day at which silences are measured, unless the question ends before.
        unique: the columns that tell the ties apart, the counterpart last.
    """
    source, columns, group = tie_source(question, asked)
    key, cast, descending = ORDERS[asked.sort]
    near, link = (_ONE_EGO, "ea.link") if len(unique) == 1 else (_EGOS, actor_link("ea"))
    return Listing(
        source=source,
        order=Order(tuple(f"d.{name}" for name in (key, *unique)), descending=descending),
        join=f"{near} JOIN actor eb ON eb.actor_id = page.k{len(unique)}",
        item=tie_item(
            f"CAST({question.bind(silent_until(asked, today))} AS date)",
            f"CAST({question.bind(narrowing(asked))} AS text)",
            link,
        ),
        casts=(cast, *("bigint" for _ in unique)),
        columns=columns,
        group=group,
        unit="pairs",
        left_out=wide_contacts(question, asked),
    )


def read_tie(
    session: Session, asked: ContactFilter, today: date, *, rhythm: bool = False
) -> tuple[int, str | None, int]:
    """Returns the tie of the two ends of ``between``, between the graph version and the contacts it leaves out.

    The tie is None when nothing joins them; even so both may have attended contacts of too many participants.

    Args:
        session: to read with.
        asked: the question; ``between`` names the ends.
        today: the civil day at which the silence is measured, unless the question ends before.
        rhythm: whether rhythm and facts are wanted too.

    Raises:
        InvalidQuery: an end is not in the record, or both are one.

    Cost: one statement; without filters a single row of the stored ties, with the rhythm every edge of the pair.
    """
    question = Question(asked, ids_of(session))
    source, columns, _ = tie_source(question, asked)
    as_of = f"CAST({question.bind(silent_until(asked, today))} AS date)"
    item = tie_item(as_of, f"CAST({question.bind(narrowing(asked))} AS text)")
    where = " AND ".join(question.conditions) or "true"
    wide = wide_contacts(question, asked)[TOO_WIDE]
    more, told = (
        rhythm_and_facts(question, asked, as_of) if rhythm else ("", "NULL::json AS rhythm, NULL::json AS facts")
    )
    statement = f"""WITH {question.refs_cte()}, {VERSION},
    page AS (SELECT {columns}, d.alter_id FROM {source} WHERE {where}){more}
    SELECT (SELECT number FROM version) AS version, (SELECT row_to_json(refs) FROM refs) AS refs,
    (SELECT {item}::text FROM page JOIN actor ea ON ea.actor_id = page.ego_id
        JOIN actor eb ON eb.actor_id = page.alter_id) AS item, {wide} AS wide, {told}"""
    row = fetch_one(session, statement, question.params)
    check_references(session, question, row.refs)
    if row.item is None:
        return row.version, None, row.wide
    members: dict[str, Any] = {"left_out": {TOO_WIDE: row.wide}} if row.wide else {}
    if rhythm:
        members |= {"rhythm": row.rhythm, "facts": facts_in_words(row.facts, row.rhythm)}
    return row.version, f"{row.item[:-1]}, {json.dumps(members)[1:]}" if members else row.item, row.wide
