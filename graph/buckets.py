"""The calendar cut into buckets: days, weeks, months, quarters, years; and dates shared out among them."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from models.bounds import DAY
from models.vocabulary import BucketSize

DECIMALS: Final = 6
"""A day's share of a century is 0.000027: fewer digits would lose it."""
ROUNDING: Final = 1e-9
"""Less than any share that could be shown."""
MOMENT: Final = timedelta(microseconds=1)
TOTAL: Final = ""
"""Stands for all groups together."""
Counts = defaultdict[str, float]


@dataclass(frozen=True, slots=True)
class Bucket:
    """One bucket of civil days, half-open."""

    name: str
    start: datetime
    end: datetime

    @property
    def first_day(self) -> str:
        """Its first day."""
        return self.start.date().isoformat()

    @property
    def last_day(self) -> str:
        """Its last day."""
        return (self.end - DAY).date().isoformat()


def bucket_start(moment: datetime, by: BucketSize) -> date:
    """Returns the first day of the bucket that a moment lies in."""
    day = moment.date()
    if by == "week":
        return day - timedelta(days=day.weekday())
    if by == "quarter":
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return {"day": day, "month": day.replace(day=1), "year": date(day.year, 1, 1)}[by]


def next_start(start: date, by: BucketSize) -> date:
    """Returns the first day of the bucket after one."""
    if by in ("day", "week"):
        return start + timedelta(days=1 if by == "day" else 7)
    months = {"month": 1, "quarter": 3, "year": 12}[by]
    months += start.year * 12 + start.month - 1
    return date(months // 12, months % 12 + 1, 1)


def bucket_name(start: date, by: BucketSize) -> str:
    """Returns the name of a bucket by its first day; weeks are those of ISO 8601."""
    if by == "week":
        year, week, _ = start.isocalendar()
        return f"{year:04}-W{week:02}"
    if by == "quarter":
        return f"{start.year:04}-Q{(start.month + 2) // 3}"
    return start.isoformat()[: {"day": 10, "month": 7, "year": 4}[by]]


def bucket_count(start: datetime, end: datetime, by: BucketSize) -> int:
    """Returns how many buckets a span of time touches, without going through them."""
    first, last = bucket_start(start, by), bucket_start(end - MOMENT, by)
    if by in ("day", "week"):
        return (last - first).days // (1 if by == "day" else 7) + 1
    months = (last.year - first.year) * 12 + last.month - first.month
    return months // {"month": 1, "quarter": 3, "year": 12}[by] + 1


def buckets_between(start: datetime, end: datetime, by: BucketSize) -> Iterator[Bucket]:
    """Yields the buckets of a span of time, the first and last cut to it."""
    day = bucket_start(start, by)
    while (begins := datetime.combine(day, time.min)) < end:
        after = next_start(day, by)
        yield Bucket(bucket_name(day, by), max(begins, start), min(datetime.combine(after, time.min), end))
        day = after


@dataclass(slots=True)
class Line:
    """Buckets, what is counted in each, and what falls outside of them all."""

    buckets: list[Bucket]
    counts: list[Counts] = field(default_factory=list)
    outside: Counts = field(default_factory=lambda: defaultdict(float))

    def __post_init__(self) -> None:
        """Begins with empty buckets."""
        self.counts = [defaultdict(float) for _ in self.buckets]

    def count(self, group: str, moment: datetime, contacts: int) -> None:
        """Counts contacts in the bucket that a moment lies in."""
        place = self._place(moment)
        counts = self.counts[place] if 0 <= place < len(self.buckets) else self.outside
        counts[group] += contacts

    def spread(self, group: str, span: tuple[datetime, datetime], contacts: int) -> None:
        """Counts contacts in each bucket of a span by the share of the span that lies in it."""
        start, end = span
        left = 1.0
        for place in range(max(self._place(start), 0), len(self.buckets)):
            bucket = self.buckets[place]
            if bucket.start >= end:
                break
            share = max(min(bucket.end, end) - max(bucket.start, start), timedelta(0)) / (end - start)
            self.counts[place][group] += contacts * share
            left -= share
        if left > ROUNDING:
            self.outside[group] += contacts * left

    def _place(self, moment: datetime) -> int:
        """Returns the number of the bucket of a moment; -1 before the first, their number after the last."""
        if self.buckets and moment >= self.buckets[-1].end:
            return len(self.buckets)
        return bisect_right(self.buckets, moment, key=lambda bucket: bucket.start) - 1
