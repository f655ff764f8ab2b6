"""Paths over ties: shortest by search from both ends, the k best among all of bounded length.

The search from both ends expands the smaller side, level by level, and asks PostgreSQL for the pairs that join
the two sides before it expands again (I. Pohl, "Bi-directional search", Machine Intelligence 6, 1971). The k best
are drawn in their order from a best-first search with exact lower bounds (P. Hart, N. Nilsson, B. Raphael, 1968).
"""

import heapq
import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from graph.ends import actor_links, pair_address, span
from graph.neighbours import Link, Neighbours
from graph.questions import NODES, SECONDS, Asking, Found
from models.base import LAST_MOMENT
from models.errors import TimedOut
from models.paths import LONGEST_PATH, PathQuestion

Path = tuple[int, ...]
_NOTE: Final = "A path joins pairs, whenever each of them met; for the order of time ask for chronological paths."


@dataclass(slots=True)
class Side:
    """What has been reached from one end: each actor with the hops to him, and the ring reached last."""

    hops: dict[int, int]
    ring: list[int]
    level: int = 0
    links: list[Link] = field(default_factory=list)


@dataclass(slots=True)
class Walked:
    """What a search from both ends saw.

    Attributes:
        links: pairs on the way, each in the direction from source to target.
        shortest: hops of the shortest path, None when there is none within the limits.
        limits: those that ended the search.
    """

    links: list[Link]
    shortest: int | None
    limits: dict[str, int]


def find_paths(asking: Asking, asked: PathQuestion) -> Found:
    """Returns the best paths between two actors as models.paths.PathAnswer.

    Cost: for a shortest path a few statements, each a range of an index for every actor of the smaller side.
    """
    source, target = asking.two_actors([asked.source, asked.target], "source")
    neighbours = Neighbours(asking, asked, dated=asked.weight == "recency")
    most = min(asked.max_hops or LONGEST_PATH, asking.budget.hops)
    one_path = asked.k == 1 and asked.weight == "hops"
    longer = 0 if one_path else 1 if asked.max_hops is None else most
    walked = walk(asking, neighbours, (source, target), most, longer)
    most = min(most, (walked.shortest or 0) + longer)
    graph = _directed(walked.links, asked, asking)
    found: list[tuple[Path, float]] = []
    # A part of the time is kept for the answer itself.
    paths = best_paths(graph, source, target, most, lambda: asking.seconds_left > asking.budget.seconds / 5)
    try:
        found.extend(itertools.islice(paths, asked.k))
    except TimedOut:
        walked.limits[SECONDS] = int(asking.budget.seconds)
    items = _items(asking, asked, neighbours, found)
    return Found(
        {"items": items}, "distinct contacts", left_out=neighbours.left_out(), limits=walked.limits, notes=[_NOTE]
    )


def walk(asking: Asking, neighbours: Neighbours, ends: tuple[int, int], most: int, longer: int) -> Walked:
    """Searches from both ends until they meet, or until paths of at most ``most`` hops are all seen.

    Args:
        asking: whose budget of time and actors holds.
        neighbours: the pairs.
        ends: source and target.
        most: longest path.
        longer: by how many hops other paths may be longer than the shortest.
    """
    near, far = (Side({end: 0}, [end]) for end in ends)
    joined: list[Link] = []
    limits: dict[str, int] = {}
    shortest: int | None = None
    while True:
        length = near.level + far.level + 1
        meeting = neighbours.between(near.ring, list(far.hops))
        if meeting:
            shortest = shortest if shortest is not None else length
            joined = meeting
        wanted = most if shortest is None else min(most, shortest + longer)
        if length >= wanted or not (near.ring and far.ring):
            break
        if asking.seconds_left < asking.budget.seconds / 4:
            limits[SECONDS] = int(asking.budget.seconds)
            break
        side = near if len(near.ring) <= len(far.ring) else far
        if not _expand(neighbours, side, asking.budget.nodes):
            limits[NODES] = asking.budget.nodes
    outward = [link for link in near.links if link.ego != ends[1]]
    inward = [Link(link.alter, link.ego, link.contacts, link.last) for link in far.links if link.ego != ends[0]]
    return Walked([*outward, *joined, *inward], shortest, limits)


def _expand(neighbours: Neighbours, side: Side, nodes: int) -> bool:
    """Takes one side a ring further; returns whether all of the ring was taken."""
    links = neighbours.of(side.ring)
    side.level += 1
    fresh: dict[int, int] = {}
    for link in links:
        if link.alter not in side.hops:
            fresh[link.alter] = max(fresh.get(link.alter, 0), link.contacts)
    room = nodes - len(side.hops)
    kept = sorted(fresh, key=lambda actor: (-fresh[actor], actor))[: max(room, 0)]
    side.hops.update(dict.fromkeys(kept, side.level))
    side.links += [link for link in links if link.alter in side.hops]
    side.ring = kept
    return len(kept) == len(fresh)


def _directed(links: Iterable[Link], asked: PathQuestion, asking: Asking) -> dict[int, dict[int, float]]:
    """Returns what each hop weighs, by its ends."""
    weights: dict[int, dict[int, float]] = defaultdict(dict)
    for link in links:
        weights[link.ego][link.alter] = _weight(link, asked.weight, asking.today)
    return weights


def _weight(link: Link, weight: str, today: Any) -> float:
    if weight == "contacts":
        return 1 / link.contacts
    if weight == "recency":
        if link.last is None or link.last == LAST_MOMENT:
            return 1.0
        return float(max(1, (datetime.combine(today, datetime.min.time()) - link.last).days + 1))
    # Strength only decides among paths of as many hops: 1 / contacts of at most six hops adds up to less than one.
    return 1 + 1 / (10 * link.contacts)


def best_paths(
    weights: Mapping[int, Mapping[int, float]],
    source: int,
    target: int,
    most: int,
    in_time: Callable[[], bool] = lambda: True,
) -> Iterator[tuple[Path, float]]:
    """Yields the paths from source to target that pass nobody twice, of at most ``most`` hops, lightest first.

    Args:
        weights: of each hop, by its two ends; greater than zero.
        source: where paths begin.
        target: where they end.
        most: hops.
        in_time: whether to go on searching.

    Raises:
        TimedOut: it is no longer; what was yielded are the lightest.

    Cost: for each path yielded about its length times the neighbours on it; lower bounds cost most × hops.
    """
    bounds = _lower_bounds(weights, target, most)
    queue: list[tuple[float, Path, float]] = []

    def push(path: Path, so_far: float) -> None:
        rest = bounds[most - len(path) + 1].get(path[-1])
        if rest is not None:
            heapq.heappush(queue, (so_far + rest, path, so_far))

    push((source,), 0.0)
    while queue:
        if not in_time():
            raise TimedOut
        _, path, so_far = heapq.heappop(queue)
        if path[-1] == target:
            yield path, so_far
        elif len(path) <= most:
            for alter, weight in weights.get(path[-1], {}).items():
                if alter not in path:
                    push((*path, alter), so_far + weight)


def _lower_bounds(weights: Mapping[int, Mapping[int, float]], target: int, most: int) -> list[dict[int, float]]:
    """Returns, for 0 … most hops left, the least weight from each actor to the target."""
    bounds: list[dict[int, float]] = [{target: 0.0}]
    for _ in range(most):
        before = bounds[-1]
        now = dict(before)
        for ego, hops in weights.items():
            if ego == target:
                continue
            reach = [weight + before[alter] for alter, weight in hops.items() if alter in before]
            if reach:
                now[ego] = min(now.get(ego, float("inf")), *reach)
        bounds.append(now)
    return bounds


def _items(
    asking: Asking, asked: PathQuestion, neighbours: Neighbours, found: Sequence[tuple[Path, float]]
) -> list[Any]:
    paths = [path for path, _ in found]
    pairs = {pair for path in paths for pair in itertools.pairwise(path)}
    facts = neighbours.facts(pairs) if pairs else {}
    links = actor_links(asking, {actor for path in paths for actor in path})
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
