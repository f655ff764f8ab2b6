"""Paths, checked against every simple path that networkx finds in a random world read literally."""

import itertools
import random
from datetime import timedelta
from typing import Any

import networkx as nx
import numpy as np
import pytest

from graph.best_paths import BestPaths
from graph.questions import NODES, Budget
from graph.tie_arrays import ties_of
from models.base import LAST_MOMENT
from models.errors import InvalidQuery
from models.filters import ContactFilter
from models.paths import LONGEST_PATH
from models.vocabulary import Level, words
from tests.brute_force import Reading
from tests.generated import ACTORS
from tests.graph.conftest import Ask
from tests.world import TODAY

each_level = pytest.mark.parametrize("level", words(Level))


def graph_of(reading: Reading, **filters: Any) -> "nx.Graph[str]":
    """Returns the ties of a question with the contacts and the last of each."""
    slugs = {number: slug for slug, number in reading.slugs.items()}
    graph: nx.Graph[str] = nx.Graph()
    for (ego, alter), tie in reading.ties(ContactFilter(**filters)).items():
        graph.add_edge(slugs[ego], slugs[alter], contacts=tie.contacts, last=tie.last[1])
    return graph


def ways(found: Any) -> list[tuple[str, ...]]:
    """Returns the paths of an answer as slugs."""
    return [
        (item["steps"][0]["ego"]["slug"], *(step["alter"]["slug"] for step in item["steps"]))
        for item in found.members["items"]
    ]


def pairs(seed: str, graph: "nx.Graph[str]", count: int) -> list[tuple[str, str]]:
    rng = random.Random(seed)
    return [tuple(rng.sample(sorted(graph), 2)) for _ in range(count)]  # type: ignore[misc]


@each_level
@pytest.mark.parametrize("filters", [{}, {"kind": ["call", "meeting", "visit"]}, {"from": "2021-05", "to": "2021-05"}])
def test_the_shortest_path_is_shortest(reading: Reading, ask: Ask, level: str, filters: dict[str, Any]) -> None:
    graph = graph_of(reading, level=level, **filters)
    joined = 0
    for source, target in pairs(f"shortest {level} {filters}", graph, 15):
        found = ways(ask("list_paths", source=source, target=target, level=level, **filters))
        if nx.has_path(graph, source, target) and nx.shortest_path_length(graph, source, target) <= LONGEST_PATH:
            joined += 1
            assert len(found) == 1
            assert nx.is_path(graph, found[0])
            assert len(found[0]) - 1 == nx.shortest_path_length(graph, source, target)
        else:
            assert found == []
    assert joined


def weight_of(graph: "nx.Graph[str]", way: Any, weight: str) -> float:
    steps = [graph.edges[pair] for pair in itertools.pairwise(way)]
    if weight == "contacts":
        return sum(1 / step["contacts"] for step in steps)
    if weight == "recency":
        ages = [
            1 if step["last"] == LAST_MOMENT else (TODAY - (step["last"] - timedelta(microseconds=1)).date()).days
            for step in steps
        ]
        return float(sum(max(1, age) for age in ages))
    return sum(1 + 1 / (10 * step["contacts"]) for step in steps)


@pytest.mark.parametrize("level", ["actor", "state", "office"])
@pytest.mark.parametrize("weight", ["hops", "contacts", "recency"])
def test_the_best_paths_are_the_lightest_in_their_order(reading: Reading, ask: Ask, level: str, weight: str) -> None:
    graph = graph_of(reading, level=level)
    for source, target in pairs(f"best {level} {weight}", graph, 6):
        found = ways(ask("list_paths", source=source, target=target, level=level, weight=weight, k=8, max_hops=4))
        every = sorted(weight_of(graph, way, weight) for way in nx.all_simple_paths(graph, source, target, cutoff=4))
        assert len(set(found)) == len(found) == min(8, len(every))
        assert [weight_of(graph, way, weight) for way in found] == pytest.approx(every[:8])


def test_without_a_longest_path_it_is_one_longer_than_the_shortest(reading: Reading, ask: Ask) -> None:
    graph = graph_of(reading, level="actor")
    for source, target in pairs("one more", graph, 8):
        found = ask("list_paths", source=source, target=target, k=20)
        if not nx.has_path(graph, source, target):
            continue
        shortest = nx.shortest_path_length(graph, source, target)
        every = list(nx.all_simple_paths(graph, source, target, cutoff=shortest + 1))
        assert len(found.members["items"]) == min(20, len(every))


def test_each_hop_says_what_it_rests_on(ask_first: Ask) -> None:
    found = ask_first("list_paths", source="antony-blinken", target="joe-biden")
    (path,) = found.members["items"]
    assert ways(found) == [("antony-blinken", "benjamin-netanyahu", "joe-biden")]
    assert (path["hops"], path["weight"], path["weakest"]) == (2, 2, 1)
    assert path["steps"][1]["last"] == {"earliest": "2021-05-12T00:00:00", "latest": "2021-05-13T00:00:00"}
    assert path["steps"][0]["links"] == {
        "contacts": "/v1/contacts?between=antony-blinken,benjamin-netanyahu&level=actor",
        "tie": "/v1/ties/antony-blinken/benjamin-netanyahu?level=actor",
    }


def test_states_reach_hamas_through_whoever_mediated(ask_first: Ask) -> None:
    found = ask_first("list_paths", source="iso3:USA", target="hamas", level="state", k=10)
    assert {way for way in ways(found) if len(way) == 3} == {
        ("united-states", state, "hamas") for state in ("egypt", "jordan", "qatar")
    }
    assert len(ways(found)[3:]) == 3
    assert {(way[1], way[3]) for way in ways(found)[3:]} == {("israel", "hamas")}


def test_a_budget_of_actors_is_kept_and_said(reading: Reading, ask: Ask) -> None:
    graph = graph_of(reading, level="actor")
    source, target = next(
        (one, other)
        for one, other in itertools.combinations(ACTORS, 2)
        if one in graph
        and other in graph
        and nx.has_path(graph, one, other)
        and nx.shortest_path_length(graph, one, other) == 3
    )
    found = ask("list_paths", source=source, target=target, budget=Budget(seconds=60, nodes=2))
    assert found.limits == {NODES: 2}


def test_the_two_ends_must_be_two_actors_of_the_record(ask_first: Ask) -> None:
    with pytest.raises(InvalidQuery, match="same actor"):
        ask_first("list_paths", source="joe-biden", target="wikidata:Q6279")
    with pytest.raises(InvalidQuery, match=r"no such actor\. Nearest: joe-biden"):
        ask_first("list_paths", source="joe-bidan", target="hamas")


def test_best_paths_pass_nobody_twice() -> None:
    ring = ties_of(*(np.array(column) for column in ([1, 2, 3, 4, 5], [2, 3, 4, 5, 1], [1, 1, 1, 1, 1])))
    best = BestPaths(ring, lambda places: np.ones(len(places)), target=3, most=4, nodes=10)
    assert list(best.begin_at(1)) == [((1, 2, 3), 2.0), ((1, 5, 4, 3), 3.0)]
