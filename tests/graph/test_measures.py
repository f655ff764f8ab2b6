"""Measures of a graph against networkx, on random graphs in one piece and in several."""

from typing import Any

import networkx as nx
import numpy as np
import pytest

from graph import measures
from graph.measures import Adjacency, Ends, Values


def random_graph(seed: int) -> "nx.Graph[int]":
    """Returns a graph without lonely actors, sparse enough to be in several pieces now and then."""
    rng = np.random.default_rng(seed)
    graph = nx.gnm_random_graph(int(rng.integers(4, 60)), int(rng.integers(3, 120)), seed=seed)
    graph.remove_nodes_from(list(nx.isolates(graph)))
    graph = nx.convert_node_labels_to_integers(graph)
    for one, other in graph.edges:
        graph.edges[one, other]["weight"] = int(rng.integers(1, 30))
    return graph


def arrays(graph: "nx.Graph[int]") -> tuple[Ends, Ends, Values, int]:
    ends = np.array(list(graph.edges), dtype=np.int64).reshape(-1, 2)
    weights = np.array([graph.edges[pair]["weight"] for pair in graph.edges], dtype=float)
    return ends[:, 0], ends[:, 1], weights, len(graph)


seeds = pytest.mark.parametrize("seed", range(25))
ORACLES: dict[str, Any] = {
    "degree": lambda graph: dict(graph.degree),
    "strength": lambda graph: dict(graph.degree(weight="weight")),
    "closeness": nx.closeness_centrality,
    "betweenness": nx.betweenness_centrality,
    "pagerank": lambda graph: nx.pagerank(graph, tol=1e-13, max_iter=1000),
}


@seeds
@pytest.mark.parametrize("measure", sorted(ORACLES))
def test_measures_are_those_of_networkx(seed: int, measure: str) -> None:
    graph = random_graph(seed)
    found = getattr(measures, measure)(*arrays(graph))
    values, sources = found if isinstance(found, tuple) else (found, len(graph))
    expected = ORACLES[measure](graph)
    assert values == pytest.approx([expected[node] for node in range(len(graph))], abs=1e-8)
    assert sources == len(graph)


@seeds
def test_communities_have_the_modularity_they_say(seed: int) -> None:
    graph = random_graph(seed)
    groups, modularity = measures.leiden(*arrays(graph), 1.0)
    parts = [{int(node) for node in np.flatnonzero(groups == group)} for group in set(groups.tolist())]
    assert modularity == pytest.approx(nx.community.modularity(graph, parts))
    louvain = nx.community.modularity(graph, nx.community.louvain_communities(graph, seed=seed))
    assert modularity > louvain - 0.05
    again, _ = measures.leiden(*arrays(graph), 1.0)
    assert groups.tolist() == again.tolist()


@pytest.mark.parametrize("measure", ["closeness", "betweenness"])
def test_an_estimate_is_near_and_says_from_how_many(measure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = nx.barabasi_albert_graph(300, 3, seed=1)
    nx.set_edge_attributes(graph, 1, "weight")
    exact, everybody = getattr(measures, measure)(*arrays(graph))
    monkeypatch.setattr(measures, "LINKS_SEEN_MAX", 100 * 2 * graph.number_of_edges())
    estimated, sources = getattr(measures, measure)(*arrays(graph))
    assert (everybody, sources) == (300, 100)
    assert np.corrcoef(exact, estimated)[0, 1] > 0.95
    assert estimated.mean() == pytest.approx(exact.mean(), rel=0.1)


def test_shortest_ways_are_counted() -> None:
    square = Adjacency.of(np.array([0, 1, 2, 0]), np.array([1, 2, 3, 3]), 5)
    swept = square.sweep(0)
    assert swept.hops.tolist() == [0, 1, 2, 1, -1]
    assert swept.paths.tolist() == [1, 1, 2, 1, 0]
