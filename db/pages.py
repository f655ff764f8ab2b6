"""Pages of lists: one statement each, keyset cursors, and the graph version in the same snapshot."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from db.filters import Question
from db.names import nearest_actors
from db.references import ACTOR, retractions
from db.revisions import VERSION
from db.statements import fetch_one
from models.base import Shape
from models.errors import Detail, InvalidQuery

LARGEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Order:
    """A sort: key columns of the driving rows, all in one direction, the last of them unique.

    Attributes:
        columns: SQL of the keys.
        descending: whether the largest comes first.
        led: how many of them an index leads to; the rest is sorted as it comes. Zero: all.
    """

    columns: tuple[str, ...]
    descending: bool = False
    led: int = 0

    @property
    def clause(self) -> str:
        """The ORDER BY clause."""
        return ", ".join(f"{column} {'DESC' if self.descending else 'ASC'}" for column in self.columns)

    def after(self, places: Sequence[str]) -> str:
        """Returns the condition that a row comes after the key at these places."""
        sign = "<" if self.descending else ">"
        after = f"({', '.join(self.columns)}) {sign} ({', '.join(places)})"
        if not self.led:
            return after
        near = f"({', '.join(self.columns[: self.led])}) {sign}= ({', '.join(places[: self.led])})"
        return f"{near} AND {after}"


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: what drives it, in which order, and how a row becomes JSON.

    Attributes:
        source: FROM clause of the driving rows, alias ``d``.
        counted: FROM clause of the same rows that counts them faster; empty = the source.
        order: of the driving rows.
        join: from a page row ``page`` to the rows the document needs.
        item: SQL of one item.
        casts: SQL types of the key columns.
        group: GROUP BY clause, for lists of sums.
        columns: further columns the page must carry.
        unit: what one item counts as.
        left_out: SQL that counts what the items do not include, by the name under which the answer says so.
    """

    source: str
    order: Order
    join: str
    item: str
    casts: tuple[str, ...]
    group: str = ""
    columns: str = ""
    unit: str = "records"
    left_out: Mapping[str, str] = field(default_factory=dict)
    counted: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A page as Postgres built it; ``items`` is None when the client's copy is current.

    ``changed_at`` is when the record came to be as it is, by its last revision; None while there is none.
    """

    version: int
    items: str | None
    changed_at: datetime | None = None
    next_key: list[Any] | None = None
    total: int | None = None
    left_out: Mapping[str, int] | None = None
    limits: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """How much of a list is wanted, from where, and what the client already has."""

    limit: int
    cursor: str | None = None
    known_version: int = -1
    count: bool = False


def filter_digest(asked: Shape, scope: str) -> str:
    """Returns a short digest of a question without its page: a cursor belongs to one digest."""
    plain = asked.model_dump_json(exclude={"limit", "cursor", "include"})
    return hashlib.sha256(f"{scope} {plain}".encode()).hexdigest()[:16]


def encode_cursor(digest: str, key: Sequence[Any]) -> str:
    """Returns the opaque cursor of a place in a list."""
    plain = json.dumps([digest, *key], default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def bad_cursor() -> InvalidQuery:
    """Returns the refusal of a cursor that is none of ours."""
    said = "This cursor is not one of links.next; start again without it."
    return InvalidQuery(said, errors=[Detail("bad_cursor", said, parameter="cursor")])


def decode_cursor(cursor: str, digest: str, length: int) -> list[Any]:
    """Returns the key inside a cursor.

    Raises:
        InvalidQuery: it was made for other filters, or is none of ours.
    """
    try:
        found, *rest = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        key: list[Any] = rest
        if len(key) != length or not all(map(_is_key_part, key)):
            raise ValueError
    except (ValueError, TypeError, RecursionError) as error:
        raise bad_cursor() from error
    if found != digest:
        said = "This cursor was made for other filters or another order; start again without it."
        raise InvalidQuery(said, errors=[Detail("foreign_cursor", said, parameter="cursor")])
    return key


def _is_key_part(part: object) -> bool:
    """Whether PostgreSQL could hold a value at all; of which type, the column it is compared with knows."""
    if isinstance(part, bool):
        return False
    return -LARGEST <= part <= LARGEST if isinstance(part, int) else isinstance(part, str) and part.isprintable()


def read_page(session: Session, question: Question, listing: Listing, asked: Asked, digest: str) -> Answer:
    """Returns one page.

    Raises:
        InvalidQuery: a reference means nothing, or the cursor belongs to another question.

    Cost: one statement.
    """
    page = page_sql(question, listing, asked, digest)
    total = _count(question, listing) if asked.count else "NULL::bigint"
    statement = f"""WITH {question.refs_cte()}, {VERSION}, page AS ({page})
    SELECT (SELECT number FROM version) AS version, (SELECT at FROM version) AS changed_at,
    (SELECT row_to_json(refs) FROM refs) AS refs, {total} AS total,
    CASE WHEN (SELECT number FROM version) = :known THEN NULL ELSE (
        SELECT coalesce(json_agg({listing.item} ORDER BY page.n) FILTER (WHERE page.n <= :limit), '[]')::text
        FROM page {listing.join}) END AS items,
    (SELECT json_build_array({", ".join(f"page.k{i}" for i in range(len(listing.casts)))})
        FROM page WHERE page.n = :limit AND EXISTS (SELECT FROM page WHERE n > :limit)) AS last,
    json_build_object({", ".join(f"'{name}', {sql}" for name, sql in listing.left_out.items())}) AS left_out"""
    params = {**question.params, "known": asked.known_version, "limit": asked.limit}
    row = fetch_one(session, statement, params)
    check_references(session, question, row.refs)
    left_out = {name: count for name, count in row.left_out.items() if count}
    return Answer(row.version, row.items, row.changed_at, row.last, row.total, left_out)


def page_sql(question: Question, listing: Listing, asked: Asked, digest: str) -> str:
    """Returns the SQL of the page's rows: keys ``k0 …``, their number ``n``, and the listing's own columns."""
    conditions = list(question.conditions)
    having = ""
    if asked.cursor is not None:
        key = decode_cursor(asked.cursor, digest, len(listing.casts))
        places = [
            f"CAST({question.bind(_typed(part, cast))} AS {cast})"
            for part, cast in zip(key, listing.casts, strict=True)
        ]
        after = listing.order.after(places)
        having = f"HAVING {after}" if listing.group else ""
        conditions += [] if listing.group else [after]
    where = " AND ".join(conditions) or "true"
    keys = ", ".join(f"{column} AS k{i}" for i, column in enumerate(listing.order.columns))
    more = f", {listing.columns}" if listing.columns else ""
    inner = f"""SELECT {keys}{more} FROM {listing.source} WHERE {where} {listing.group} {having}
        ORDER BY {listing.order.clause} LIMIT :limit + 1"""
    direction = "DESC" if listing.order.descending else "ASC"
    numbered = ", ".join(f"k{i} {direction}" for i in range(len(listing.casts)))
    return f"SELECT *, row_number() OVER (ORDER BY {numbered}) AS n FROM ({inner}) rows_of_page"


def _typed(part: Any, cast: str) -> Any:
    """Returns a cursor's key part as the type of its column; a bent one is refused like any bad cursor."""
    try:
        return (
            datetime.fromisoformat(str(part)) if cast == "timestamp" else int(part) if cast == "bigint" else str(part)
        )
    except ValueError as error:
        raise bad_cursor() from error


def _count(question: Question, listing: Listing) -> str:
    where = " AND ".join(question.conditions) or "true"
    source = listing.counted or listing.source
    return f"(SELECT count(*) FROM (SELECT 1 FROM {source} WHERE {where} {listing.group}) counted)"


def check_references(session: Session, question: Question, resolved: dict[str, Any]) -> None:
    """Refuses a question about something that is not in the record, naming the nearest actors, or was retracted."""
    found = {asked: resolved.get(f"r{number}") for asked, number in question.references.items()}
    missing = [asked for asked, row in found.items() if row is None]
    if not missing:
        if question.asked.between:
            _check_two_ends(found)
        return
    gone = retractions(session, ACTOR, [ref for noun, _, ref in missing if noun == ACTOR.name])
    errors = [_missing(session, asked, gone.get(asked[2])) for asked in missing]
    raise InvalidQuery(errors[0].message, errors=errors)


def _check_two_ends(found: Mapping[tuple[str, str, str], Any]) -> None:
    """Refuses one actor as both ends of between, by whichever references."""
    if len({row for (_, parameter, _), row in found.items() if parameter == "between"}) == 1:
        said = "between takes two different actors; nobody deals with himself."
        raise InvalidQuery(said, errors=[Detail("same_actor", said, parameter="between")])


def _missing(session: Session, asked: tuple[str, str, str], gone: str | None) -> Detail:
    noun, parameter, ref = asked
    if noun == ACTOR.name and gone is not None:
        return Detail("retracted_actor", f"This actor has been retracted: {gone}", parameter=parameter)
    near = nearest_actors(session, ref) if noun == ACTOR.name else []
    hint = f" Nearest: {', '.join(f'{a.slug} ({a.name})' for a in near)}." if near else ""
    return Detail(f"unknown_{noun}", f"There is no such {noun}.{hint}", parameter=parameter)
