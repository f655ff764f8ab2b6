"""networkx and igraph, each holding all ties in memory: a program of its own, in an environment of its own.

Nothing of Readout needs them, and igraph's licence (GPL) stays away from it. Run by that environment's Python, this
file reads pairs of numbers from a file, then questions from its standard input, and prints for each how long it took.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Pairs = list[tuple[int, int]]


def with_networkx(pairs: Pairs) -> Callable[[int, int], Any]:
    """Returns what finds a shortest path, from both ends."""
    import networkx

    graph = networkx.Graph(pairs)

    def find(source: int, target: int) -> Any:
        try:
            return networkx.bidirectional_shortest_path(graph, source, target)
        except networkx.NetworkXNoPath:
            return []

    return find


def with_igraph(pairs: Pairs) -> Callable[[int, int], Any]:
    """Returns what finds a shortest path; igraph numbers nodes from 0, so it gets actors by their numbers."""
    import igraph

    graph = igraph.Graph(edges=pairs)
    return lambda source, target: graph.get_shortest_path(source, target)


LIBRARIES = {"networkx": with_networkx, "igraph": with_igraph}


def main(library: str, file: str) -> None:
    """Loads the pairs, says how long that took, then answers until there are no more questions."""
    begun = time.perf_counter()
    lines = Path(file).read_text(encoding="ascii").splitlines()
    find = LIBRARIES[library]([(int(a), int(b)) for a, _, b in (line.partition("\t") for line in lines)])
    print(time.perf_counter() - begun, flush=True)
    for line in sys.stdin:
        source, target = map(int, line.split())
        begun = time.perf_counter()
        path = find(source, target)
        print(time.perf_counter() - begun, len(path) - 1, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
