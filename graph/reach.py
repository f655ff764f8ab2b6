"""Whom an actor could reach by word of mouth, or who could reach him, in a span of time."""

import heapq
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import numpy as np

from graph.chronicle import Hops, hops_of
from graph.chronological_paths import Way, allowance_of, budget_of, notes_of, too_wide, window_of
from graph.chronology import Tree, path_around, reach_of, repeated_contacts
from graph.ends import actor_links, contact_filter, day_text
from graph.hops import Allowance, CutShortError, Flags, Ints, Sought, World
from graph.questions import Asking, Found
from graph.ties import narrowing
from models.bounds import DAY
from models.chronology import ReachQuestion

NOT_SETTLED: Final = "actors_not_settled"
"""Actors to whom the search found no path yet that uses no contact twice, and looked no further."""
LAST_TWELVE_MONTHS: Final = 365


@dataclass(slots=True)
class Ranked:
    """The actors reached, best first, each with the hops of his path as places in the world."""

    ways: list[tuple[int, list[int]]]
    reached: int
    not_settled: int
    cut: bool = False
    certain: Tree | None = None


def find_reach(asking: Asking, asked: ReachQuestion) -> Found:
    """Returns who is reached as models.chronology.ReachAnswer.

    Cost: one search over all hops of the window, one more for certainty, and one for each actor among the first to
    whom the way found would use a contact twice.
    """
    asked = in_window(asking, asked)
    (actor,) = asking.actors([asked.actor], "actor")
    hops = hops_of(asking, asked)
    left_out = too_wide(asking, asked)
    turn = asked.direction == "in"
    worlds = {mode: window_of(asking, asked, hops, mode) for mode in ("certain", asked.mode)}
    world, certain_world = (worlds[mode].turned if turn else worlds[mode] for mode in (asked.mode, "certain"))
    most = min(asked.max_hops or asking.budget.hops, asking.budget.hops)
    allowance = allowance_of(asking)
    try:
        certain = reach_of(certain_world, "certain", actor, allowance, most)
        ranked = rank(world, asked, actor, allowance, most)
        ranked.certain = certain
    except CutShortError:
        ranked = Ranked([], 0, 0, cut=True)
    items = _items(asking, asked, hops, world, ranked)
    left_out |= {"actors": ranked.reached - len(items)} if ranked.reached > len(items) else {}
    left_out |= {NOT_SETTLED: ranked.not_settled} if ranked.not_settled else {}
    limits = {"limit": asked.limit} if ranked.reached > len(items) else {}
    limits |= budget_of(asking) if ranked.cut else {}
    start, end = asked.window
    window = {"earliest": start and day_text(start), "latest": end and day_text(end)}
    members = {"window": window, "reached": ranked.reached, "items": items}
    notes = [*notes_of(asked), f"Paths of at most {most} hops."]
    return Found(members, "distinct actors", limits=limits, left_out=left_out, notes=notes)


def in_window(asking: Asking, asked: ReachQuestion) -> ReachQuestion:
    """Returns the question with the last twelve months for a window, if it has none."""
    if asked.from_ or asked.to:
        return asked
    since = asking.today - LAST_TWELVE_MONTHS * DAY
    return asked.model_copy(update={"from_": since.isoformat(), "to": asking.today.isoformat()})


def rank(world: World, asked: ReachQuestion, actor: int, allowance: Allowance, most: int) -> Ranked:
    """Returns whom word from an actor reaches, by when it arrives at best.

    A way that uses a contact twice is no path, but says how early a path could arrive; it is settled when its
    turn comes, and takes its place anew.
    """
    tree = reach_of(world, asked.mode, actor, allowance, most)
    reached = np.flatnonzero(tree.last >= 0)
    reached = reached[reached != actor]
    repeats = _repeating(world, tree)[tree.last[reached]]
    queue: list[tuple[int, bool, int, int, list[int] | None]]
    # Of those reached at once whoever is settled already comes first: he may do for the limit.
    keys = (tree.best[reached], repeats, tree.hops[tree.last[reached]], reached)
    queue = [(*key, None) for key in zip(*(column.tolist() for column in keys), strict=True)]
    heapq.heapify(queue)
    found = Ranked([], len(reached), int(np.count_nonzero(repeats)))
    while queue and len(found.ways) < asked.limit:
        *_, one, way = heapq.heappop(queue)
        way = way or tree.way_to(one) or []
        if not repeated_contacts(world, way):
            found.ways.append((one, way))
            continue
        try:
            exact = path_around(world, Sought(asked.mode, actor, one, max_hops=most), allowance, way)
        except CutShortError:
            found.cut = True
            break
        found.not_settled -= 1
        if exact is None:
            found.reached -= 1
        else:
            latest = max(int(world.lo[hop]) for hop in exact)
            heapq.heappush(queue, (latest, False, len(exact), one, exact))
    found.reached -= found.not_settled
    return found


def _repeating(world: World, tree: Tree) -> Flags:
    """Returns for each improvement whether the way to it uses a contact twice."""
    contact = world.contact[tree.hop]
    repeats: Flags = np.zeros(len(contact), dtype=np.bool_)
    for also in (False, True):
        before: Ints = tree.before.copy()
        own = repeats.copy()
        while len(there := np.flatnonzero(before >= 0)):
            repeats[there] |= own[before[there]] if also else contact[before[there]] == contact[there]
            before[there] = tree.before[before[there]]
    return repeats


def _items(asking: Asking, asked: ReachQuestion, hops: Hops, world: World, ranked: Ranked) -> list[dict[str, Any]]:
    links = actor_links(asking, (actor for actor, _ in ranked.ways))
    items = []
    for actor, places in ranked.ways:
        rows = [int(world.row[place]) for place in places]
        way = Way.of(hops, asked.mode, rows[::-1] if asked.direction == "in" else rows)
        found = {"actor": links[actor], "hops": len(rows), "departure": way.departure, "arrival": way.arrival}
        address = {"path": path_address(asked, links[actor]["slug"])}
        items.append({**found, "certain": _is_there(ranked.certain, actor), "links": address})
    return items


def _is_there(tree: Tree | None, actor: int) -> bool:
    return tree is not None and actor < len(tree.last) and bool(tree.last[actor] >= 0)


def path_address(asked: ReachQuestion, other: str) -> str:
    """Returns the address of the path behind one line of the answer."""
    out = asked.direction == "out"
    source, target = (asked.actor, other) if out else (other, asked.actor)
    objective = "earliest-arrival" if out else "latest-departure"
    query = f"source={quote(source, safe=':')}&target={quote(target, safe=':')}&mode={asked.mode}"
    return (
        f"/v1/chronological-paths?{query}&objective={objective}&level={asked.level}{narrowing(contact_filter(asked))}"
    )
