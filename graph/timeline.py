"""Contacts over time, bucket by bucket, uncertain dates spread or put apart."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from db.engine import ids_of
from db.filters import TOO_WIDE, Question, contact_source, wide_contacts
from graph.buckets import (
    DECIMALS,
    MOMENT,
    TOTAL,
    Bucket,
    Counts,
    Line,
    bucket_count,
    bucket_start,
    buckets_between,
    next_start,
)
from graph.ends import actor_links
from graph.neighbours import check
from graph.questions import Asking, Found
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.timeline import TimelineQuestion
from models.vocabulary import OfficeLevel, words

SHAPE: Final = {"by", "group", "uncertain", "limit", "groups"}
"""Parameters that contacts are not asked with."""
OWN: Final = {*SHAPE, "from_", "to", "certain"}
"""The same for one bucket, which is a window of its own."""
NOT_STATED: Final = "not_stated"
PLACED_BYTES: Final = 300
"""About what one place takes to keep."""
_LEVELS: Final = ", ".join(f"'{level}'" for level in words(OfficeLevel))
GROUPS: Final = {
    "none": ("''", ""),
    "kind": ("p.kind", ""),
    "status": ("c.status", "JOIN contact c ON c.contact_id = p.contact_id"),
    "level": (
        f"coalesce((ARRAY[{_LEVELS}])[r.rank], '{NOT_STATED}')",
        f"""LEFT JOIN (SELECT contact_id, min(array_position(ARRAY[{_LEVELS}], level)) AS rank FROM participant
            WHERE contact_id IN (SELECT contact_id FROM placed) GROUP BY contact_id) r
            ON r.contact_id = p.contact_id""",
    ),
    "side": (
        "s.ego_id::text",
        "JOIN incidence s ON s.contact_id = p.contact_id AND s.level = 'state' AND s.ego_id = ANY(:sides)",
    ),
}
"""SQL of a contact's group, and what has to be joined for it."""


class Placed(NamedTuple):
    """Contacts that lie at the same place of the line: in one bucket, over a span, or beside it."""

    place: str
    start: datetime | None
    end: datetime | None
    group: str
    contacts: int


def find_timeline(asking: Asking, asked: TimelineQuestion) -> Found:
    """Returns contacts over time as models.timeline.TimelineAnswer.

    Cost: one statement that reads the question's contacts once; three with group=side. What it finds is kept until
    the record changes: of a whole record of a million contacts it is a matter of a second.
    """
    source = Source(asking, asked)
    totals = source.placed("none" if asked.group == "side" else asked.group)
    sides = source.sides() if asked.group == "side" else {}
    shown = dict(islice(sides.items(), asked.groups))
    split = source.placed("side", list(shown)) if shown else []
    line, limits, left_out = _line(asked, totals)
    apart: dict[str, Counts] = {"uncertain": defaultdict(float), "undated": defaultdict(float)}
    _tally(line, apart, (row._replace(group=TOTAL) for row in totals))
    if asked.group != "none":
        _tally(line, apart, split if asked.group == "side" else totals)
    links = actor_links(asking, shown) if shown else {}
    names = {str(key): link["slug"] for key, link in links.items()}
    members: dict[str, Any] = {
        "by": asked.by,
        "group": asked.group,
        "contacts": sum(row.contacts for row in totals),
        "buckets": [_bucket(asked, *one, names) for one in zip(line.buckets, line.counts, strict=True)],
        "groups": _groups(asked, totals, shown, links),
        **{name: _count(counts, names) for name, counts in {**apart, "outside": line.outside}.items()},
    }
    if len(sides) > len(shown):
        limits["groups"], left_out["groups"] = asked.groups, len(sides) - len(shown)
    return Found(members, "distinct contacts", limits, {**left_out, **source.left_out()})


class Source:
    """The contacts of a question, and where on the line each lies."""

    def __init__(self, asking: Asking, asked: TimelineQuestion) -> None:
        """Prepares the question.

        Raises:
            InvalidQuery: it refers to something that is not in the record.
        """
        self._asking, self._asked = asking, asked
        self._question = question = Question(asked, ids_of(asking.session))
        source = contact_source(question)
        where = " AND ".join(question.conditions) or "true"
        # Of several actors one contact may have two.
        once = "DISTINCT" if len(asked.actor) > 1 else ""
        columns = "d.contact_id, d.kind, d.earliest, d.latest, d.match_earliest"
        start, end = asked.window
        window = question.bind(start or FIRST_MOMENT), question.bind(end or LAST_MOMENT)
        self._wide = wide_contacts(question, asked)[TOO_WIDE] if asked.between else ""
        check(asking, question)
        self._placed = f"""WITH {question.refs_cte()},
            found AS (SELECT {once} {columns} FROM {source} WHERE {where}),
            placed AS MATERIALIZED (SELECT f.contact_id, f.kind, {_place(asked, *window)} FROM found f)"""

    def placed(self, group: str, sides: Iterable[int] = ()) -> list[Placed]:
        """Returns how many contacts lie where, group by group; kept until the record changes."""
        wanted = list(sides)

        def make() -> list[Placed]:
            key, join = GROUPS[group]
            rows = self._asking.execute(
                f"""{self._placed} SELECT p.place, p.starts, p.ends, {key} AS key, count(*)
                FROM placed p {join} GROUP BY 1, 2, 3, 4""",
                {**self._question.params, **({"sides": wanted} if group == "side" else {})},
            )
            return [Placed._make(row) for row in rows]

        key = ("timeline", self._asking.version, self._asked.model_dump_json(), group, *wanted)
        return self._asking.memory.kept(key, make, lambda rows: PLACED_BYTES * len(rows))

    def sides(self) -> dict[int, int]:
        """Returns how many of the contacts each state, or organisation without one, took part in, most first."""

        def make() -> dict[int, int]:
            rows = self._asking.execute(
                f"""{self._placed} SELECT s.ego_id AS side, count(*) AS contacts FROM placed p
                JOIN incidence s ON s.contact_id = p.contact_id AND s.level = 'state'
                GROUP BY s.ego_id ORDER BY count(*) DESC, s.ego_id""",
                self._question.params,
            )
            return {row.side: row.contacts for row in rows}

        key = ("sides", self._asking.version, self._asked.model_dump_json())
        return self._asking.memory.kept(key, make, lambda found: PLACED_BYTES * len(found))

    def left_out(self) -> dict[str, int]:
        """Returns how many contacts of the pair have no pairs stored, because they are too wide."""
        if not self._wide:
            return {}
        statement = f"WITH {self._question.refs_cte()} SELECT {self._wide}"
        count = self._asking.execute(statement, self._question.params).scalar_one()
        return {TOO_WIDE: count} if count else {}


def _place(asked: TimelineQuestion, start: str, end: str) -> str:
    """Returns SQL of a contact's place; what lies at the same place has the same start and end."""
    if asked.uncertain == "first":
        place = f"""CASE WHEN f.match_earliest = {_NEVER} THEN 'undated'
            WHEN f.match_earliest < {start} OR f.match_earliest >= {end} THEN 'outside' ELSE 'inside' END"""
        begins = f"greatest(date_trunc('{asked.by}', f.match_earliest), {start})"
        return f"{place} AS place, CASE {place} WHEN 'inside' THEN {begins} END AS starts, NULL::timestamp AS ends"
    first, last = (f"date_trunc('{asked.by}', {moment})" for moment in ("f.earliest", _LAST_INSTANT))
    place = f"""CASE WHEN f.earliest = {_UNKNOWN} OR f.latest = {_NEVER} THEN 'undated'
        WHEN {first} = {last} AND f.earliest >= {start} AND f.latest <= {end} THEN 'inside' ELSE 'uncertain' END"""
    begins = f"CASE {place} WHEN 'inside' THEN greatest({first}, {start})"
    if asked.uncertain == "apart":
        return f"{place} AS place, {begins} END AS starts, NULL::timestamp AS ends"
    return f"""{place} AS place, {begins} WHEN 'uncertain' THEN f.earliest END AS starts,
        CASE {place} WHEN 'uncertain' THEN f.latest END AS ends"""


_UNKNOWN: Final = "timestamp '0001-01-01'"
_NEVER: Final = "timestamp '9999-12-31'"
_LAST_INSTANT: Final = "greatest(f.latest - interval '1 microsecond', f.earliest)"


def _line(asked: TimelineQuestion, rows: Sequence[Placed]) -> tuple[Line, dict[str, int], dict[str, int]]:
    """Returns the empty line, the limit that cut it, and how many buckets that left out."""
    start, end = asked.window
    starts = [row.start for row in rows if row.start]
    ends = [row.end - MOMENT if row.end else row.start for row in rows if row.start]
    if not starts and not (start and end):
        return Line([]), {}, {}
    first = start or _midnight(bucket_start(min(starts), asked.by))
    last = end or _midnight(next_start(bucket_start(max(ends), asked.by), asked.by))
    more = bucket_count(first, last, asked.by) - asked.limit
    line = Line(list(islice(buckets_between(first, last, asked.by), asked.limit)))
    return (line, {"buckets": asked.limit}, {"buckets": more}) if more > 0 else (line, {}, {})


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)


def _tally(line: Line, apart: Mapping[str, Counts], rows: Iterable[Placed]) -> None:
    """Counts contacts where they lie."""
    for row in rows:
        if row.place == "outside":
            line.outside[row.group] += row.contacts
        elif row.place == "inside" and row.start:
            line.count(row.group, row.start, row.contacts)
        elif row.start and row.end:
            line.spread(row.group, (row.start, row.end), row.contacts)
        else:
            apart[row.place][row.group] += row.contacts


def _count(counts: Counts, names: Mapping[str, str]) -> dict[str, Any]:
    """Returns models.timeline.TimelineCount."""
    groups = {names.get(key, key): _rounded(value) for key, value in sorted(counts.items()) if key != TOTAL}
    return {"contacts": _rounded(counts[TOTAL]), "groups": groups}


def _rounded(value: float) -> float:
    rounded = round(value, DECIMALS)
    return int(rounded) if rounded == int(rounded) else rounded


def _bucket(asked: TimelineQuestion, bucket: Bucket, counts: Counts, names: Mapping[str, str]) -> dict[str, Any]:
    days = {"from": bucket.first_day, "to": bucket.last_day}
    return {"bucket": bucket.name, **days, **_count(counts, names), "link": _address(asked, OWN, **days)}


def _groups(
    asked: TimelineQuestion, totals: Iterable[Placed], sides: Mapping[int, int], links: Mapping[int, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Returns models.timeline.TimelineGroupOut of every group, those with most contacts first."""
    if asked.group == "side":
        # At another level the filter would mean who took part himself.
        said = asked.level == "state" or not (asked.actor or asked.participants or asked.between)
        return [
            {
                "key": links[side]["slug"],
                "actor": links[side],
                "contacts": contacts,
                "link": _side_address(asked, links[side]["slug"]) if said else None,
            }
            for side, contacts in sides.items()
        ]
    sums: Counter[str] = Counter()
    for row in totals:
        sums[row.group] += row.contacts
    filters = asked.group in ("kind", "status")
    return [
        {"key": key, "contacts": sums[key], "link": _address(asked, SHAPE, **{asked.group: key}) if filters else None}
        for key in sorted(sums, key=lambda key: (-sums[key], key))
        if key != TOTAL
    ]


def _side_address(asked: TimelineQuestion, slug: str) -> str:
    return _address(asked, SHAPE, participants=",".join([*asked.participants, slug]), level="state")


def _address(asked: TimelineQuestion, without: set[str], **more: str) -> str:
    """Returns the address of the contacts of a question with some of its parameters left out and others added."""
    plain = asked.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude=without)
    given = {name: ",".join(value) if isinstance(value, list) else value for name, value in {**plain, **more}.items()}
    given = {name: str(value).lower() if isinstance(value, bool) else value for name, value in given.items()}
    return f"/v1/contacts?{urlencode(given, safe=',:/')}" if given else "/v1/contacts"
