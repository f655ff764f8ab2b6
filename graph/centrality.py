"""Who is central, and who belongs together: measures of all ties of a question, kept until the record changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from graph import measures
from graph.ends import actor_links, contact_filter
from graph.measures import Ends, Values
from graph.neighbours import Neighbours
from graph.questions import Asking, Found
from graph.ties import narrowing
from models.centrality import CentralityQuestion, CommunityQuestion
from models.graph import GraphQuestion

SMALL: Final = 5_000
"""Ties up to which a measure takes some milliseconds, and is worth no other process."""
SUMS: Final[frozenset[Callable[..., Any]]] = frozenset({measures.degree, measures.strength, measures.pagerank})
"""Measures that are a few sums over all ties: as fast as to copy these to another process, and soon past each."""
LARGE: Final = 100_000
"""Ties from which a measure takes seconds: it must not keep the shorter ones waiting."""
KEPT_BACK: Final = 0.2
"""Part of the time that is left for the answer when a measure takes all it may."""
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Graph:
    """All pairs of a question: actors as numbers 0 … n - 1, each pair once, weighted by distinct contacts."""

    actors: Ends
    one: Ends
    other: Ends
    contacts: Values
    left_out: dict[str, int]

    @property
    def bytes(self) -> int:
        """What it takes to keep."""
        return int(self.actors.nbytes + self.one.nbytes + self.other.nbytes + self.contacts.nbytes)


def find_centrality(asking: Asking, asked: CentralityQuestion) -> Found:
    """Returns the most central actors as models.centrality.CentralityAnswer.

    Cost: the first time after a change all ties of the question are read; closeness and betweenness of many ties
    are worked out in another process.
    """
    graph = graph_of(asking, asked)
    measure = getattr(measures, asked.measure)
    searches = measure in (measures.closeness, measures.betweenness)
    key = (asked.measure, *([measures.LINKS_IN_A_HURRY] if searches and asking.in_a_hurry else []))
    found = _worked_out(asking, asked, graph, key, measure)
    values, sources = found if isinstance(found, tuple) else (found, len(graph.actors))
    order = np.lexsort((graph.actors, -values.round(12)))[: asked.limit]
    ranks = 1 + np.searchsorted(np.sort(-values.round(12)), -values[order].round(12))
    links = actor_links(asking, (int(graph.actors[n]) for n in order))
    rest = f"level={asked.level}{narrowing(contact_filter(asked))}"
    items = []
    for n, rank in zip(order, ranks, strict=True):
        actor = links[int(graph.actors[n])]
        address = {"ties": f"/v1/ties?actor={actor['slug']}&{rest}"}
        items.append({"rank": int(rank), "actor": actor, "value": round(float(values[n]), 9), "links": address})
    members: dict[str, Any] = {"measure": asked.measure, "actors": len(graph.actors), "ties": len(graph.one)}
    members |= {"sources": sources, "items": items}
    unit = {"degree": "counterparts", "strength": "contacts of all ties"}.get(asked.measure, asked.measure)
    cut = len(graph.actors) - len(items)
    limits = {"limit": asked.limit} if cut else {}
    left_out = {**graph.left_out, **({"actors": cut} if cut else {})}
    notes = [] if sources == len(graph.actors) else [f"Estimated from the paths that begin at {sources} actors."]
    return Found(members, unit, limits=limits, left_out=left_out, notes=notes)


def find_communities(asking: Asking, asked: CommunityQuestion) -> Found:
    """Returns communities as models.centrality.CommunityAnswer."""
    wanted = asking.actors([asked.actor], "actor")[0] if asked.actor is not None else None
    graph = graph_of(asking, asked)
    groups: NDArray[np.int64]
    groups, modularity = _worked_out(asking, asked, graph, ("leiden", asked.resolution), measures.leiden)
    count = len(graph.actors)
    strength = measures.strength(graph.one, graph.other, graph.contacts, count)
    sizes = np.bincount(groups)
    order = [int(group) for group in np.lexsort((np.arange(len(sizes)), -sizes)) if sizes[group]]
    if wanted is not None:
        order = [int(groups[n]) for n in np.flatnonzero(graph.actors == wanted)]
    shown = {group: _strongest(groups, strength, group, asked.members) for group in order[: asked.limit]}
    links = actor_links(asking, (int(graph.actors[n]) for chosen in shown.values() for n in chosen))
    items = [
        {
            "community": number,
            "size": int(sizes[group]),
            **_weights(graph, groups, group),
            "members": [links[int(graph.actors[n])] for n in shown[group]],
        }
        for number, group in enumerate(shown, start=1)
    ]
    cut = {"communities": max(0, len(order) - asked.limit)}
    cut["members"] = sum(int(sizes[group]) for group in shown) - sum(map(len, shown.values()))
    left_out = {**graph.left_out, **{name: number for name, number in cut.items() if number}}
    limits = {"limit": asked.limit} if cut["communities"] else {}
    limits |= {"members": asked.members} if cut["members"] else {}
    members = {"modularity": round(modularity, 6), "actors": count, "items": items}
    return Found(members, "contacts of all ties", limits=limits, left_out=left_out)


def graph_of(asking: Asking, asked: GraphQuestion) -> Graph:
    """Returns all pairs of a question, kept for as long as the record stays as it is."""
    key = ("graph", asking.version, contact_filter(asked).model_dump_json())

    def read() -> Graph:
        neighbours = Neighbours(asking, asked)
        ego, alter, contacts = neighbours.all_pairs()
        # Ids are numbers of one sequence: to tick them off takes a twentieth of the time of sorting them.
        there = np.zeros(max(ego.max(initial=0), alter.max(initial=0)) + 1, dtype=np.bool_)
        there[ego] = there[alter] = True
        places = np.cumsum(there) - 1
        given = (places[ego], places[alter], contacts.astype(float), neighbours.left_out())
        return Graph(np.flatnonzero(there), *given)

    return asking.memory.kept(key, read, lambda graph: graph.bytes, patience_seconds=max(asking.seconds_left, 0))


def _worked_out(
    asking: Asking, asked: GraphQuestion, graph: Graph, key: tuple[Any, ...], measure: Callable[..., Result]
) -> Result:
    given = (graph.one, graph.other, graph.contacts, len(graph.actors), *key[1:])

    whole = ("measure", asking.version, contact_filter(asked).model_dump_json(), *key)

    def work() -> Result:
        if len(graph.one) <= SMALL or measure in SUMS:
            return measure(*given)
        large = len(graph.one) > LARGE
        workshop = asking.memory.workshop if large else asking.memory.small_workshop
        return workshop.run(whole, measure, *given, seconds=asking.seconds_left * (1 - KEPT_BACK))

    patience = max(asking.seconds_left, 0)
    return asking.memory.kept(whole, work, lambda _: 8 * len(graph.actors), patience_seconds=patience)


def _strongest(groups: NDArray[np.int64], strength: Values, group: int, most: int) -> list[int]:
    members = np.flatnonzero(groups == group)
    return [int(n) for n in members[np.lexsort((members, -strength[members]))][:most]]


def _weights(graph: Graph, groups: NDArray[np.int64], group: int) -> dict[str, int]:
    ends = (groups[graph.one] == group).astype(int) + (groups[graph.other] == group)
    return {
        "contacts_within": int(graph.contacts[ends == 2].sum()),
        "contacts_across": int(graph.contacts[ends == 1].sum()),
    }
