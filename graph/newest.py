"""A question too large for its time is answered from its newest contacts, and says since when.

All of them are tried first, for a part of the time; then the newest eighth, then fewer. What an answer counts is then
exactly what the same question with that ``from`` counts, and its links lead there.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeVar

from graph.hurry import hurried
from graph.questions import SECONDS, Asking, Found
from graph.workshop import UnderWay
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.errors import TimedOut
from models.graph import GraphQuestion

PARTS: Final = (1.0, 1 / 8, 1 / 64, 1 / 512)
"""Of the contacts in the window, by when they began."""
THEN: Final = (2, 2, 3, None)
"""Which part is tried when one took too long: there is no time for a third."""
FIRST_SHARE: Final = 0.5
"""Of the time, for the first part that is tried."""
REMEMBERED_SECONDS: Final = 60.0
"""So long a question that was too large is not tried as a whole again."""
SAMPLED_PERCENT: Final = 1.0
SAMPLED_MIN: Final = 20
"""Contacts in a sample below which it says too little; a record that small is too large for no question."""
VERSIONS_ALIKE: Final = 1_000
"""Revisions in which the spread of contacts over time hardly changes."""
Asked = TypeVar("Asked", bound=GraphQuestion)


def in_time(find: Callable[[Asking, Asked], Found]) -> Callable[[Asking, Asked], Found]:
    """Returns how a question is answered within its time, from all contacts or from the newest.

    Args:
        find: answers it from all.
    """

    def find_in_time(asking: Asking, asked: Asked) -> Found:
        key = f"{find.__name__} {asked.model_dump_json(exclude_defaults=True)} {dict(asking.address)}"
        number: int | None = asking.memory.remembered(key, REMEMBERED_SECONDS) or 0
        share, under_way = FIRST_SHARE, False
        if _since(asking, asked, PARTS[-1]) is None:
            # There is nothing to narrow.
            number, share = 0, 1.0
        while number is not None:
            since = _since(asking, asked, PARTS[number])
            narrowed = asked if since is None else asked.model_copy(update={"from_": since})
            try:
                with hurried(asking, share if THEN[number] else 1.0) as step:
                    step.in_a_hurry = number > 0
                    return _told(asking, find(step, narrowed), since, again=under_way)
            except TimedOut as late:
                under_way = under_way or isinstance(late, UnderWay)
                if not under_way:
                    asking.memory.remember(key, min(number + 1, len(PARTS) - 1))
                number, share = (THEN[number] if share < 1 else None), 1.0
        raise UnderWay if under_way else TimedOut

    return find_in_time


def _told(asking: Asking, found: Found, since: str | None, *, again: bool) -> Found:
    """Returns what was found with the limits that the operator set, and since when it counts."""
    seconds = {SECONDS: int(asking.budget.seconds)}
    limits = found.limits | (seconds if since is not None or SECONDS in found.limits else {})
    if since is None:
        return replace(found, limits=limits)
    note = f"All contacts of this question take longer than it may: only those from {since} on were looked at."
    notes = [note, "The whole is being measured: ask again in a few seconds."] if again else [note]
    return replace(found, limits=limits, notes=[*found.notes, *notes])


def _since(asking: Asking, asked: GraphQuestion, part: float) -> str | None:
    """Returns the month or day since which about such a part of the contacts in a window began."""
    if part == 1:
        return None
    start, end = asked.window
    key = ("began", start, end, asking.version // VERSIONS_ALIKE)
    days = asking.memory.kept(key, lambda: _days(asking, start, end), lambda found: 50 * len(found))
    day = days[int(len(days) * (1 - part))] if days else None
    if day is None:
        return None
    # From the first of a month there are sums, and arrays, by month.
    month = day.replace(day=1)
    first = day if part < PARTS[2] or (start is not None and month <= start) else month
    return None if start is not None and first <= start else f"{first:%Y-%m-%d}"


def _days(asking: Asking, start: datetime | None, end: datetime | None) -> list[datetime]:
    """Returns when contacts of a window began, in order: some of all, or none where there are few."""
    window = {"start": start or FIRST_MOMENT, "end": end or LAST_MOMENT}
    with hurried(asking, 1.0) as step:
        days = list(step.execute(_BEGAN, window).scalars())
    return days if len(days) >= SAMPLED_MIN else []


_BEGAN: Final = f"""SELECT earliest FROM public.contact TABLESAMPLE SYSTEM ({SAMPLED_PERCENT})
WHERE earliest > :start AND earliest < :end ORDER BY 1"""
