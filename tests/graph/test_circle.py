"""The graph around actors, against the circle worked out in a random world read literally."""

from typing import Any

import networkx as nx
import pytest

from graph.questions import NODES
from models.errors import InvalidQuery
from models.vocabulary import Level, words
from tests.brute_force import Reading
from tests.graph.conftest import Ask
from tests.graph.test_paths import graph_of

each_level = pytest.mark.parametrize("level", words(Level))


def hops_of(found: Any) -> dict[str, int]:
    return {node["slug"]: node["hops"] for node in found.members["nodes"]}


def contacts_of(found: Any) -> dict[frozenset[str], int]:
    return {frozenset((e["source_slug"], e["target_slug"])): e["contacts"] for e in found.members["edges"]}


@each_level
@pytest.mark.parametrize("hops", [1, 2, 3])
def test_everybody_within_the_hops_and_every_tie_among_them(reading: Reading, ask: Ask, level: str, hops: int) -> None:
    graph = graph_of(reading, level=level)
    for middle in (["ada"], ["ruritania"], ["minister", "rebels"]):
        found = ask("get_circle", actor=middle, level=level, hops=hops)
        near: dict[str, int] = {}
        for one in middle:
            reached = nx.single_source_shortest_path_length(graph, one, cutoff=hops) if one in graph else {one: 0}
            near |= {slug: min(far, near.get(slug, far)) for slug, far in reached.items()}
        assert hops_of(found) == near
        among = {frozenset(pair): graph.edges[pair]["contacts"] for pair in graph.subgraph(near).edges}
        assert contacts_of(found) == among
        for node in found.members["nodes"]:
            mine = [count for pair, count in among.items() if node["slug"] in pair]
            assert (node["degree"], node["contacts"]) == (len(mine), sum(mine))
        assert found.limits == {}


def test_filters_are_those_of_every_question(reading: Reading, ask: Ask) -> None:
    filters: dict[str, Any] = {"kind": ["call", "meeting"], "from": "2021-05", "to": "2021-05"}
    graph = graph_of(reading, **filters)
    found = ask("get_circle", actor=["ada"], hops=2, **filters)
    assert set(hops_of(found)) == set(nx.ego_graph(graph, "ada", 2)) if "ada" in graph else {"ada"}


@each_level
def test_a_node_budget_keeps_the_strongest_ties(reading: Reading, ask: Ask, level: str) -> None:
    graph = graph_of(reading, level=level)
    middle = max(graph, key=graph.degree)
    ranked = sorted((graph.edges[middle, one]["contacts"] for one in graph[middle]), reverse=True)
    found = ask("get_circle", actor=[middle], level=level, hops=3, nodes=3)
    kept = [slug for slug, far in hops_of(found).items() if far]
    assert len(kept) == 2
    assert sorted((graph.edges[middle, slug]["contacts"] for slug in kept), reverse=True) == ranked[:2]
    assert found.limits == {NODES: 3}


def test_the_circle_around_biden(ask_first: Ask) -> None:
    found = ask_first("get_circle", actor=["joe-biden"], hops=2)
    assert hops_of(found) == {"joe-biden": 0, "benjamin-netanyahu": 1, "antony-blinken": 2}
    assert contacts_of(found) == {
        frozenset({"joe-biden", "benjamin-netanyahu"}): 1,
        frozenset({"antony-blinken", "benjamin-netanyahu"}): 1,
    }
    assert ask_first("get_circle", actor=["joe-biden"]).members["edges"] == [
        edge for edge in found.members["edges"] if "joe-biden" in (edge["source_slug"], edge["target_slug"])
    ]


def test_an_actor_nobody_knows_is_named(ask_first: Ask) -> None:
    with pytest.raises(InvalidQuery, match="no such actor"):
        ask_first("get_circle", actor=["joe-biden", "nobody-at-all"])
