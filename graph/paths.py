"""Paths over ties: the shortest by search from both ends, the k best among all of bounded length.

Where a question has no filters the ties that the process keeps are searched. Else the pairs are fetched from
PostgreSQL, level by level from both ends, and the search is done among these.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import numpy as np

from graph.best_paths import BestPaths, Costs, Path
from graph.ends import pair_address, span
from graph.hurry import hurried
from graph.kept_ties import EPOCH
from graph.neighbours import Links, Neighbours
from graph.newest import in_time
from graph.questions import NODES, SECONDS, Asking, Found
from graph.shortest import ShortestPath
from graph.tie_arrays import Places, Ties, ties_of
from models.errors import TimedOut
from models.paths import LONGEST_PATH, PathQuestion

_NOTE: Final = "A path joins pairs, whenever each of them met; for the order of time ask for chronological paths."
DAY: Final = timedelta(days=1)
DAY_MICROS: Final = DAY // timedelta(microseconds=1)
FETCHING_SHARE: Final = 0.6
"""Part of the time in which pairs are fetched; the rest is for the search among them, and for the answer."""
KEPT_BACK: Final = 0.2
"""Part of the time that is left for the answer when a search is cut short."""


@dataclass(slots=True)
class Side:
    """What was fetched from one end: each actor seen, the ring seen last, the pairs on the way."""

    seen: set[int]
    ring: list[int]
    level: int = 0
    links: list[Links] = field(default_factory=list)


@dataclass(slots=True)
class Fetched:
    """The pairs fetched from both ends until these met.

    Attributes:
        links: all of them.
        shortest: hops of the shortest path, None when there is none within the limits.
        limits: those that ended it.
    """

    links: list[Links] = field(default_factory=list)
    shortest: int | None = None
    limits: dict[str, int] = field(default_factory=dict)


def find_paths(asking: Asking, asked: PathQuestion) -> Found:
    """Returns the best paths between two actors as models.paths.PathAnswer.

    Cost: over kept ties two short statements beside the search, which takes a millisecond or two for a shortest
    path; else some statements, each a range of an index for every actor of the smaller side.
    """
    neighbours = Neighbours(asking, asked, dated=asked.weight == "recency")
    return _find(asking, asked) if neighbours.kept is None else _found(asking, asked, neighbours, Fetched())


@in_time
def _find(asking: Asking, asked: PathQuestion) -> Found:
    """Answers a question whose pairs have to be fetched."""
    neighbours = Neighbours(asking, asked, dated=asked.weight == "recency", fetched=True)
    ends = asking.two_actors([asked.source, asked.target], "source")
    most = min(asked.max_hops or LONGEST_PATH, asking.budget.hops)
    return _found(asking, asked, neighbours, fetch(asking, neighbours, ends, most, _longer(asked, most)))


def _found(asking: Asking, asked: PathQuestion, neighbours: Neighbours, fetched: Fetched) -> Found:
    ends = asking.two_actors([asked.source, asked.target], "source")
    most = min(asked.max_hops or LONGEST_PATH, asking.budget.hops)
    ties = neighbours.kept or _as_ties(fetched.links, asked, asking)
    found, cut = _searched(asking, asked, ties, ends, most)
    items = _items(asked, neighbours, found)
    limits = fetched.limits | cut
    return Found({"items": items}, "distinct contacts", left_out=neighbours.left_out(), limits=limits, notes=[_NOTE])


def _longer(asked: PathQuestion, most: int) -> int:
    """Returns by how many hops a path that is asked for may be longer than the shortest."""
    if asked.k == 1 and asked.weight == "hops":
        return 0
    return 1 if asked.max_hops is None else most


def _searched(
    asking: Asking, asked: PathQuestion, ties: Ties, ends: tuple[int, int], most: int
) -> tuple[list[tuple[Path, float]], dict[str, int]]:
    """Returns the best paths, and the limits that cut the search."""
    allowed = {NODES: asking.budget.nodes, SECONDS: int(asking.budget.seconds)}

    def in_time() -> bool:
        return asking.seconds_left > asking.budget.seconds * KEPT_BACK

    search = ShortestPath(ties, most, asking.budget.nodes, in_time)
    shortest = search.between(*ends)
    cuts, longer = {search.cut}, _longer(asked, most)
    found = [] if shortest is None else [(tuple(shortest), float(len(shortest) - 1))]
    if shortest is not None and longer:
        most = min(most, len(shortest) - 1 + longer)
        best = BestPaths(ties, partial(_weights, ties, asked.weight), ends[1], most, search.nodes, in_time)
        found = []
        try:
            found.extend(itertools.islice(best.begin_at(ends[0]), asked.k))
        except TimedOut:
            cuts.add(SECONDS)
        cuts.add(best.cut)
    return found, {cut: allowed[cut] for cut in cuts if cut}


def fetch(asking: Asking, neighbours: Neighbours, ends: tuple[int, int], most: int, longer: int) -> Fetched:
    """Fetches pairs from both ends until they meet, or until paths of at most ``most`` hops are all seen.

    Args:
        asking: whose budget of time and actors holds.
        neighbours: the pairs.
        ends: source and target.
        most: longest path.
        longer: by how many hops other paths may be longer than the shortest.
    """
    fetched = Fetched()
    try:
        with hurried(asking, FETCHING_SHARE) as step:
            _fetch(neighbours.by(step), ends, (most, longer, asking.budget.nodes), fetched)
    except TimedOut:
        fetched.limits[SECONDS] = int(asking.budget.seconds)
    return fetched


def _fetch(neighbours: Neighbours, ends: tuple[int, int], limits: tuple[int, int, int], fetched: Fetched) -> None:
    most, longer, nodes = limits
    near, far = (Side({end}, [end]) for end in ends)
    while True:
        length = near.level + far.level + 1
        meeting = neighbours.between(near.ring, list(far.seen))
        if len(meeting.ego):
            fetched.shortest = fetched.shortest or length
            fetched.links.append(meeting)
        wanted = most if fetched.shortest is None else min(most, fetched.shortest + longer)
        if length >= wanted or not (near.ring and far.ring):
            break
        side = near if len(near.ring) <= len(far.ring) else far
        links, whole = _expand(neighbours, side, nodes)
        fetched.links.append(links)
        if not whole:
            fetched.limits[NODES] = nodes


def _expand(neighbours: Neighbours, side: Side, nodes: int) -> tuple[Links, bool]:
    """Takes one side a ring further; returns the pairs and whether all of the ring was taken."""
    links = neighbours.of(side.ring)
    side.level += 1
    order = np.lexsort((links.alter, -links.contacts))
    fresh = [one for one in dict.fromkeys(links.alter[order].tolist()) if one not in side.seen]
    side.ring = fresh[: max(nodes - len(side.seen), 0)]
    side.seen.update(side.ring)
    return links, len(side.ring) == len(fresh)


def _as_ties(links: Sequence[Links], asked: PathQuestion, asking: Asking) -> Ties:
    """Returns fetched pairs as ties; by recency their days take the place of contacts."""
    none = np.zeros(0, dtype=np.int64)
    ego, alter, contacts, last = (
        np.concatenate([none, *(getattr(one, name) for one in links)]) for name in ("ego", "alter", "contacts", "last")
    )
    if asked.weight != "recency":
        return ties_of(ego, alter, contacts)
    today = (datetime.combine(asking.today, datetime.min.time()) - EPOCH) // timedelta(microseconds=1)
    return ties_of(ego, alter, np.maximum((today - last) // DAY_MICROS + 1, 1))


def _weights(ties: Ties, weight: str, places: Places) -> Costs:
    """Returns what ties weigh, from their contacts, or by recency from their days."""
    values = ties.contacts[places].astype(float)
    if weight == "recency":
        return values
    # Strength only decides among paths of as many hops: 1 / contacts of at most six hops adds up to less than one.
    return 1 / values if weight == "contacts" else 1 + 1 / (10 * values)


def _items(asked: PathQuestion, neighbours: Neighbours, found: Sequence[tuple[Path, float]]) -> list[Any]:
    paths = [path for path, _ in found]
    pairs = {pair for path in paths for pair in itertools.pairwise(path)}
    facts, links = neighbours.described(pairs) if pairs else ({}, {})
    items = []
    for path, weight in found:
        hops = [facts[pair] for pair in itertools.pairwise(path)]
        shown = len(hops) if asked.weight == "hops" else round(weight, 6)
        steps = [
            {
                "ego": links[ego],
                "alter": links[alter],
                "contacts": hop.contacts,
                "first": span(hop.first_earliest, hop.first_latest),
                "last": span(hop.last_earliest, hop.last_latest),
                "links": _addresses(asked, links[ego]["slug"], links[alter]["slug"]),
            }
            for (ego, alter), hop in zip(itertools.pairwise(path), hops, strict=True)
        ]
        least = min(hop.contacts for hop in hops)
        items.append({"hops": len(hops), "weight": shown, "weakest": least, "steps": steps})
    return items


def _addresses(asked: PathQuestion, ego: str, alter: str) -> dict[str, str]:
    contacts = pair_address(asked, ego, alter)
    rest = contacts.partition("&")[2]
    return {"contacts": contacts, "tie": f"/v1/ties/{ego}/{alter}?{rest}"}
