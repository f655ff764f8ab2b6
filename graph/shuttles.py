"""Shuttles: whoever goes from one to the other and back, with little time between the stops."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from db.engine import ids_of
from db.filters import Question
from graph.edges import edge_source
from graph.ends import actor_links, contact_filter
from graph.neighbours import check
from graph.questions import SECONDS, Asking, Found
from models.intermediaries import ShuttleQuestion

ENDS_MAX: Final = 40
"""Counterparts of one actor among whom shuttles are looked for: those met most often."""
CONTACTS_MAX: Final = 50_000
"""Contacts among which shuttles are looked for, the newest: in more, nobody would wait for the end."""
_DATED: Final = """
SELECT d.ego_id, d.alter_id, CAST(d.earliest AS date) AS day, d.contact_id FROM {source}
WHERE {where} AND d.kind <> 'engagement' AND d.latest <= date_trunc('day', d.earliest) + interval '1 day'
ORDER BY d.newest DESC, d.contact_id DESC LIMIT :most
"""
_CONTACTS: Final = 'SELECT contact_id, kind, "when" FROM contact WHERE contact_id = ANY(:ids)'


class Stop(NamedTuple):
    """One contact of a shuttle: with whom, on which day."""

    end: int
    day: date
    contact: int


class Shuttle(NamedTuple):
    """Somebody's way between two ends."""

    actor: int
    stops: tuple[Stop, ...]


def find_shuttles(asking: Asking, asked: ShuttleQuestion) -> Found:
    """Returns shuttles as models.intermediaries.ShuttleAnswer.

    Cost: one statement for the contacts, a range of an index for each end named; the rest is counted in Python.
    """
    ends = asking.two_actors(asked.between, "between") if asked.between else ()
    actor = asking.actors([asked.actor], "actor")[0] if asked.actor is not None else None
    near = [asked.actor] if asked.actor is not None else asked.between
    question = Question(contact_filter(asked, actor=near), ids_of(asking.session))
    source = edge_source(question, question.asked)
    check(asking, question)
    conditions = [*question.conditions, *(["d.alter_id = ANY(:ends)"] if actor is not None and ends else [])]
    statement = f"WITH {question.refs_cte()} {_DATED.format(source=source, where=' AND '.join(conditions))}"
    more = {"most": CONTACTS_MAX} | ({"ends": list(ends)} if ":ends" in statement else {})
    rows = asking.execute(statement, {**question.params, **more}).all()
    limits = {"contacts": CONTACTS_MAX} if len(rows) == CONTACTS_MAX else {}
    # From whichever side the edges were read: the one who shuttles, and where he stopped.
    seen = [
        (row.ego_id, Stop(row.alter_id, row.day, row.contact_id))
        if actor is not None
        else (row.alter_id, Stop(row.ego_id, row.day, row.contact_id))
        for row in rows
    ]
    # A part of the time is kept for the answer itself.
    found, cuts = shuttles(
        seen, asked.within_days, asked.stops, lambda: asking.seconds_left > asking.budget.seconds / 4
    )
    sizes = {"counterparts": ENDS_MAX, SECONDS: int(asking.budget.seconds)}
    limits |= {name: sizes[name] for name in sorted(cuts)}
    found.sort(key=lambda one: (-len(one.stops), one.stops[0].day, one.actor, one.stops[0].contact))
    cut = max(0, len(found) - asked.limit)
    if cut:
        limits["limit"] = asked.limit
    items = _items(asking, found[: asked.limit])
    return Found({"items": items}, "distinct contacts", limits=limits, left_out={"shuttles": cut} if cut else {})


def shuttles(
    seen: Iterable[tuple[int, Stop]], within_days: int, fewest: int, in_time: Callable[[], bool] = lambda: True
) -> tuple[list[Shuttle], set[str]]:
    """Returns everybody's shuttles, and what cut them: counterparts that were left out, or the time.

    Args:
        seen: who stopped where, in any order; a contact of one actor with both ends at once is no stop.
        within_days: longest time between two stops.
        fewest: stops of a shuttle.
        in_time: whether to go on looking.
    """
    by_actor: dict[int, dict[int, list[Stop]]] = defaultdict(lambda: defaultdict(list))
    for actor, stop in seen:
        by_actor[actor][stop.end].append(stop)
    found: list[Shuttle] = []
    cuts: set[str] = set()
    for actor, by_end in by_actor.items():
        ranked = sorted(by_end, key=lambda end: (-len(by_end[end]), end))
        if len(ranked) > ENDS_MAX:
            cuts.add("counterparts")
        for one, other in itertools.combinations(sorted(ranked[:ENDS_MAX]), 2):
            if len(by_end[one]) + len(by_end[other]) < fewest:
                continue
            if not in_time():
                return found, {*cuts, SECONDS}
            joint = {stop.contact for stop in by_end[one]} & {stop.contact for stop in by_end[other]}
            stops = [stop for stop in (*by_end[one], *by_end[other]) if stop.contact not in joint]
            found += [Shuttle(actor, run) for run in alternations(stops, within_days) if len(run) >= fewest]
    return found, cuts


def alternations(stops: Iterable[Stop], within_days: int) -> Iterator[tuple[Stop, ...]]:
    """Yields the longest runs of stops at two ends in turn.

    A second contact with the same end is a longer stay: the time to the next stop counts from it. Stops of one
    day are taken in the order that makes the run longer.
    """
    run: list[Stop] = []
    stayed_until: date | None = None
    ordered = sorted(stops, key=lambda stop: (stop.day, stop.contact))
    for day, group in itertools.groupby(ordered, key=lambda stop: stop.day):
        if stayed_until is not None and (day - stayed_until).days > within_days:
            yield tuple(run)
            run = []
        for stop in _in_turn(list(group), run[-1].end if run else None):
            if not run or run[-1].end != stop.end:
                run.append(stop)
        stayed_until = day
    if run:
        yield tuple(run)


def _in_turn(stops: Sequence[Stop], last: int | None) -> list[Stop]:
    """Returns the stops of one day, ends in turn as long as there are both, beginning away from the last end."""
    waiting: dict[int, list[Stop]] = {}
    for stop in stops:
        waiting.setdefault(stop.end, []).append(stop)
    # Without a last end, the end met oftener comes first: A, B, A is longer than B, A.
    ends = sorted(waiting, key=lambda end: (end == last, -len(waiting[end]), end))
    ordered: list[Stop] = []
    while any(waiting.values()):
        for end in ends:
            if waiting[end]:
                ordered.append(waiting[end].pop(0))
    return ordered


def _items(asking: Asking, found: Sequence[Shuttle]) -> list[dict[str, Any]]:
    links = actor_links(asking, {who for one in found for who in (one.actor, *(stop.end for stop in one.stops))})
    ids = ids_of(asking.session)
    wanted = sorted({stop.contact for one in found for stop in one.stops})
    rows = asking.execute(_CONTACTS, {"ids": wanted})
    contacts = {row.contact_id: row for row in rows}
    shown = {
        number: {"id": ids.encode("con", number), "kind": row.kind, "when": row.when}
        for number, row in contacts.items()
    }
    return [
        {
            "actor": links[one.actor],
            "between": [links[end] for end in dict.fromkeys(stop.end for stop in one.stops)],
            "first_day": one.stops[0].day.isoformat(),
            "last_day": one.stops[-1].day.isoformat(),
            "stops": [
                {"actor": links[stop.end], "day": stop.day.isoformat(), "contact": shown[stop.contact]}
                for stop in one.stops
            ],
        }
        for one in found
    ]
