"""The circle around actors: ring by ring, the strongest ties first, up to a number of nodes."""

import itertools
from collections import defaultdict
from typing import Any, Final

from graph.ends import actor_links, pair_address, span
from graph.hurry import hurried
from graph.neighbours import Facts, Neighbours
from graph.questions import NODES, SECONDS, Asking, Found
from models.circle import CircleQuestion
from models.errors import TimedOut

EDGES_MAX: Final = 20_000
"""Ties in one answer: more are no picture any more."""
RING_SHARE: Final = 0.4
"""Of the time that is left, for each ring; then the ties among those who are there already are looked up."""
TIES_SHARE: Final = 0.6
FEW: Final = 25
"""Actors among whom ties are found in next to no time."""
Pair = tuple[int, int]


def find_circle(asking: Asking, asked: CircleQuestion) -> Found:
    """Returns everybody within some hops and the ties among them as models.circle.CircleAnswer.

    Cost: a statement for each ring, which looks at no more than ``nodes`` ties of each actor, and one for the ties.
    """
    middle = list(dict.fromkeys(asking.actors(asked.actor, "actor")))
    neighbours = Neighbours(asking, asked)
    most = min(asked.nodes, asking.budget.nodes)
    hops, limits = rings(asking, neighbours, middle, min(asked.hops, asking.budget.hops), most)
    facts = _among(asking, neighbours, hops, limits)
    if len(facts) > EDGES_MAX:
        limits["edges"] = EDGES_MAX
    kept = dict(itertools.islice(facts.items(), EDGES_MAX))
    members = _members(asking, asked, hops, kept)
    return Found(members, "distinct contacts", left_out=neighbours.left_out(), limits=limits)


def rings(
    asking: Asking, neighbours: Neighbours, middle: list[int], widest: int, most: int
) -> tuple[dict[int, int], dict[str, int]]:
    """Returns the hops to everybody kept, and the limits that cut the circle."""
    hops = dict.fromkeys(middle, 0)
    ring = middle
    limits: dict[str, int] = {}
    for level in range(1, widest + 1):
        if asking.seconds_left < asking.budget.seconds / 3:
            limits[SECONDS] = int(asking.budget.seconds)
            break
        strongest: dict[int, int] = {}
        # Whoever is not among the strongest ties of anybody in the ring is not among the strongest of all.
        try:
            with hurried(asking, RING_SHARE) as step:
                links = neighbours.by(step).of(ring, most=most + 1 + len(hops))
        except TimedOut:
            limits[SECONDS] = int(asking.budget.seconds)
            break
        for alter, contacts in zip(links.alter.tolist(), links.contacts.tolist(), strict=True):
            if alter not in hops:
                strongest[alter] = max(strongest.get(alter, 0), contacts)
        ring = sorted(strongest, key=lambda actor: (-strongest[actor], actor))
        room = max(0, most - len(hops))
        if len(ring) > room:
            limits[NODES] = most
        ring = ring[:room]
        hops.update(dict.fromkeys(ring, level))
    return hops, limits


def _among(asking: Asking, neighbours: Neighbours, hops: dict[int, int], limits: dict[str, int]) -> dict[Pair, Facts]:
    """Returns the ties among everybody kept; of fewer, who came first, where there is no time for all; else none."""
    try:
        with hurried(asking, TIES_SHARE) as step:
            return neighbours.by(step).among(list(hops), EDGES_MAX + 1)
    except TimedOut:
        limits[SECONDS] = int(asking.budget.seconds)
    for actor in list(hops)[FEW:]:
        del hops[actor]
    try:
        with hurried(asking, TIES_SHARE) as step:
            return neighbours.by(step).among(list(hops), EDGES_MAX + 1)
    except TimedOut:
        if not asking.in_a_hurry:
            raise
        return {}


def _members(asking: Asking, asked: CircleQuestion, hops: dict[int, int], facts: dict[Pair, Facts]) -> dict[str, Any]:
    links = actor_links(asking, hops)
    degree: dict[int, int] = defaultdict(int)
    contacts: dict[int, int] = defaultdict(int)
    for pair, fact in facts.items():
        for end in pair:
            degree[end] += 1
            contacts[end] += fact.contacts
    nodes = [
        {**links[actor], "hops": far, "degree": degree[actor], "contacts": contacts[actor]}
        for actor, far in hops.items()
    ]
    edges = [
        {
            "source": links[one]["id"],
            "target": links[other]["id"],
            "source_slug": links[one]["slug"],
            "target_slug": links[other]["slug"],
            "contacts": fact.contacts,
            "first": span(fact.first_earliest, fact.first_latest),
            "last": span(fact.last_earliest, fact.last_latest),
            "links": {"contacts": pair_address(asked, links[one]["slug"], links[other]["slug"])},
        }
        for (one, other), fact in facts.items()
    ]
    return {"nodes": nodes, "edges": edges}
