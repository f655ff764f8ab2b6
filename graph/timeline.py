"""Contacts over time, bucket by bucket, uncertain dates spread or put apart."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from itertools import islice
from typing import Any, Final
from urllib.parse import urlencode

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
from graph.questions import Asking, Found
from graph.timeline_rows import Placed, Source
from graph.watches import is_watched, windows_of
from models.timeline import TimelineQuestion
from models.vocabulary import Watched

SHAPE: Final = {"by", "group", "uncertain", "limit", "groups"}
"""Parameters that contacts are not asked with."""
OWN: Final = {*SHAPE, "from_", "to", "certain"}
"""The same for one bucket, which is a window of its own."""
DATED: Final = {"apart": "within", "first": "begins"}
"""How the dates of the contacts that a bucket counts lie to it; where it counts shares, no filter tells them apart."""


def find_timeline(asking: Asking, asked: TimelineQuestion) -> Found:
    """Returns contacts over time as models.timeline.TimelineAnswer.

    Cost: one statement, two with group=side, two more where actors are named. Of the whole record it reads an index
    that holds each span once, or with group=side the incidences. What it finds is kept until the record changes.
    """
    source = Source(asking, asked)
    totals = source.placed("none" if asked.group == "side" else asked.group)
    sides, split = source.sides() if asked.group == "side" else ({}, [])
    shown = dict(islice(sides.items(), asked.groups))
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
        "buckets": [
            {**_bucket(asked, bucket, counts, names), "watched": seen}
            for bucket, counts, seen in zip(
                line.buckets, line.counts, _watched(asking, asked, line.buckets), strict=True
            )
        ],
        "groups": _groups(asked, totals, shown, links),
        **{name: _count(counts, names) for name, counts in {**apart, "outside": line.outside}.items()},
    }
    if len(sides) > len(shown):
        limits["groups"], left_out["groups"] = asked.groups, len(sides) - len(shown)
    return Found(members, "distinct contacts", limits, {**left_out, **source.left_out()})


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


def _watched(asking: Asking, asked: TimelineQuestion, buckets: Sequence[Bucket]) -> list[Watched | None]:
    """Returns of each bucket whether anybody would have noticed a contact in it."""
    named = {name: getattr(asked, name) for name in ("actor", "participants", "between") if getattr(asked, name)}
    if not named:
        return [None for _ in buckets]
    windows = windows_of(asking, [number for name, refs in named.items() for number in asking.actors(refs, name)])
    today = _midnight(asking.today)
    return [is_watched(windows, one.start, min(one.end, max(one.start, today))) for one in buckets]


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
    dated = {"dated": DATED[asked.uncertain]} if asked.uncertain in DATED else {}
    return {"bucket": bucket.name, **days, **_count(counts, names), "link": _address(asked, OWN, **days, **dated)}


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
