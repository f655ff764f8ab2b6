"""Measures of a graph given as arrays: pure, so that they can run in another process.

A graph is undirected: two arrays of the ends of each pair as numbers 0 … n - 1, each pair once, and an array of
weights greater than zero.
"""

from dataclasses import dataclass
from typing import Final

import graspologic_native
import numpy as np
from numpy.typing import NDArray

Ends = NDArray[np.int64]
Values = NDArray[np.float64]
DAMPING: Final = 0.85
TOLERANCE: Final = 1e-10
ROUNDS_MAX: Final = 200
LINKS_SEEN_MAX: Final = 10_000_000
"""Work of one measure that searches from many actors: about half a second on a core of its own."""
LINKS_IN_A_HURRY: Final = 1_000_000
"""The same where there is hardly any time left."""
SOURCES_MIN: Final = 16
SEED: Final = 20210512
"""What is drawn at random is the same for the same graph."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What a breadth-first search saw.

    Attributes:
        hops: to each actor, -1 where there is no way.
        paths: how many shortest ones lead to each.
        rings: of the pairs on shortest paths, ring by ring, the nearer and the farther ends.
    """

    hops: Ends
    paths: Values
    rings: list[tuple[Ends, Ends]]


@dataclass(frozen=True, slots=True)
class Adjacency:
    """The neighbours of each actor, one array after another."""

    begins: Ends
    heads: Ends
    count: int

    @classmethod
    def of(cls, one: Ends, other: Ends, count: int) -> "Adjacency":
        """Returns the neighbours in a graph."""
        near, far = np.concatenate([one, other]), np.concatenate([other, one])
        begins = np.concatenate([[0], np.cumsum(np.bincount(near, minlength=count))]).astype(np.int64)
        return cls(begins, far[np.lexsort((far, near))], count)

    def drawn(self, links: int) -> Ends:
        """Returns from whom to search: everybody, or as many as may look at so many links, drawn at random."""
        most = max(SOURCES_MIN, links // max(len(self.heads), 1))
        if most >= self.count:
            return np.arange(self.count)
        return np.random.default_rng(SEED).choice(self.count, most, replace=False)

    def sweep(self, source: int) -> Sweep:
        """Searches breadth-first from one actor."""
        hops = np.full(self.count, -1)
        paths: Values = np.zeros(self.count)
        hops[source], paths[source] = 0, 1
        ring = np.array([source])
        rings: list[tuple[Ends, Ends]] = []
        while len(ring):
            degrees = self.begins[ring + 1] - self.begins[ring]
            tails = np.repeat(ring, degrees)
            places = np.arange(len(tails)) + np.repeat(self.begins[ring] - np.cumsum(degrees) + degrees, degrees)
            heads = self.heads[places]
            hops[heads[hops[heads] < 0]] = len(rings) + 1
            ring = np.flatnonzero(hops == len(rings) + 1)
            onward = hops[heads] == len(rings) + 1
            tails, heads = tails[onward], heads[onward]
            paths += np.bincount(heads, paths[tails], minlength=self.count)
            rings.append((tails, heads))
        return Sweep(hops, paths, rings)


def degree(one: Ends, other: Ends, weights: Values, count: int) -> Values:
    """Returns the number of counterparts of each actor."""
    return (np.bincount(one, minlength=count) + np.bincount(other, minlength=count)).astype(float)


def strength(one: Ends, other: Ends, weights: Values, count: int) -> Values:
    """Returns the sum of the weights of each actor's pairs.

    Source: A. Barrat, M. Barthélemy, R. Pastor-Satorras, A. Vespignani, PNAS 101 (2004) 3747.
    """
    ends = np.concatenate([one, other])
    return np.bincount(ends, np.concatenate([weights, weights]), minlength=count).astype(float)


def closeness(one: Ends, other: Ends, weights: Values, count: int, links: int = 0) -> tuple[Values, int]:
    """Returns r² / ((n - 1) Σ d), and from how many actors it was counted: r others reached, n actors, d hops.

    For a graph in one piece this is the inverse of the mean distance; for others it is scaled by the share
    reached. In a large graph r and Σ d are estimated from some actors drawn at random.

    Source: S. Wasserman, K. Faust, Social Network Analysis (1994), formula 5.22; D. Eppstein, J. Wang, Journal of
    Graph Algorithms and Applications 8 (2004) 39.
    Cost: one breadth-first search for each actor drawn.
    """
    graph = Adjacency.of(one, other, count)
    drawn = graph.drawn(links or LINKS_SEEN_MAX)
    reached, distance = np.zeros(count), np.zeros(count)
    for source in drawn:
        hops = graph.sweep(source).hops
        seen = hops > 0
        reached[seen] += 1
        distance[seen] += hops[seen]
    scale = count / max(len(drawn), 1)
    found = np.divide((reached * scale) ** 2, distance * scale, out=np.zeros(count), where=distance > 0)
    return found / max(count - 1, 1), len(drawn)


def betweenness(one: Ends, other: Ends, weights: Values, count: int, links: int = 0) -> tuple[Values, int]:
    """Returns the share of shortest paths (in hops) between all pairs of others that pass each actor, and from how
    many actors it was counted.

    Σ σ(s, t | v) / σ(s, t), divided by the number of pairs of others, (n - 1)(n - 2) / 2. In a large graph the sum
    is estimated from paths that begin at some actors drawn at random.

    Source: L. Freeman, Sociometry 40 (1977) 35; U. Brandes, Journal of Mathematical Sociology 25 (2001) 163; U.
    Brandes, C. Pich, International Journal of Bifurcation and Chaos 17 (2007) 2303.
    Cost: one breadth-first search for each actor drawn.
    """
    graph = Adjacency.of(one, other, count)
    drawn = graph.drawn(links or LINKS_SEEN_MAX)
    passed = np.zeros(count)
    for source in drawn:
        swept = graph.sweep(source)
        depends = np.zeros(count)
        for tails, heads in reversed(swept.rings):
            share = swept.paths[tails] / swept.paths[heads] * (1 + depends[heads])
            depends += np.bincount(tails, share, minlength=count)
        depends[source] = 0
        passed += depends
    pairs_of_others = max((count - 1) * (count - 2), 1)
    return passed * (count / max(len(drawn), 1)) / pairs_of_others, len(drawn)


def pagerank(one: Ends, other: Ends, weights: Values, count: int) -> Values:
    """Returns the share of time a walker spends with each actor, who follows pairs in proportion to their weight.

    p = (1 - d) / n + d (Σ p(u) w(u, v) / s(u) + p(nobody's) / n), with d = 0.85; by repetition until the change
    is below 1e-10 for each actor.

    Source: S. Brin, L. Page, Computer Networks 30 (1998) 107.
    """
    near, far = np.concatenate([one, other]), np.concatenate([other, one])
    both = np.concatenate([weights, weights])
    out = np.bincount(near, both, minlength=count)
    share = both / out[near]
    alone = out == 0
    now: Values = np.full(count, 1 / max(count, 1))
    for _ in range(ROUNDS_MAX):
        flow = np.bincount(far, now[near] * share, minlength=count) + now[alone].sum() / count
        then: Values = (1 - DAMPING) / count + DAMPING * flow
        if np.abs(then - now).sum() < count * TOLERANCE:
            return then
        now = then
    return now


def leiden(one: Ends, other: Ends, weights: Values, count: int, resolution: float) -> tuple[NDArray[np.int64], float]:
    """Returns the community of each actor, and the modularity of the whole.

    Q = Σ (w(inside c) / W - γ (s(c) / 2W)²): W all weight, s(c) the strength of a community, γ the resolution.

    Source: M. Newman, M. Girvan, Physical Review E 69 (2004) 026113; V. Traag, L. Waltman, N. van Eck, Scientific
    Reports 9 (2019) 5233.
    """
    if not count:
        return np.zeros(0, dtype=np.int64), 0.0
    near, far = np.concatenate([one, other]), np.concatenate([other, one])
    order = np.lexsort((far, near))
    both = np.concatenate([weights, weights]).astype(float)[order]
    graph = Adjacency.of(one, other, count)
    _, found = graspologic_native.leiden_csr(
        graph.begins, graph.heads.astype(np.int32), both, count, resolution=resolution, iterations=2, seed=SEED
    )
    groups = np.array([found[n] for n in range(count)], dtype=np.int64)
    return groups, modularity(one, other, weights, groups, resolution)


def modularity(one: Ends, other: Ends, weights: Values, groups: NDArray[np.int64], resolution: float) -> float:
    """Returns how much more weight lies inside the communities than chance would put there."""
    total = float(weights.sum())
    if not total:
        return 0.0
    inside = float(weights[groups[one] == groups[other]].sum())
    strengths = np.bincount(groups, strength(one, other, weights, len(groups)))
    return inside / total - resolution * float(((strengths / (2 * total)) ** 2).sum())
