"""Node-link JSON, for networkx and D3."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from formats.networks import EDGE, FLAG, HEAD, NODE, attributes, edges_of, network_of, nodes_of
from formats.shapes import Content, Format, Options, in_chunks
from formats.tables import NETWORKS


def write(content: Content, options: Options) -> Iterator[bytes]:
    """Yields ``{"directed", "multigraph", "graph", "nodes", "edges"}``; ``edges`` may be called ``links``."""
    return in_chunks(_parts(content, options))


def _parts(content: Content, options: Options) -> Iterator[str]:
    network = network_of(content)
    graph = {"name": content.about.title, "graph_version": content.about.version}
    flags = f'"directed": false, "multigraph": {json.dumps(network.parallel)}'
    yield f'{{{flags}, "graph": {_text(graph)}, "nodes": [\n'
    yield from _listed(attributes(network.nodes, node) for node in nodes_of(content))
    yield f'\n], "{options.edges_key}": [\n'
    edges = (attributes(network.edges, edge) for edge in edges_of(content))
    yield from _listed({**edge, "key": edge["id"]} if network.parallel else edge for edge in edges)
    yield "\n]}\n"


def _listed(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    for number, row in enumerate(rows):
        yield (",\n" if number else "") + _text(row)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


_EDGES: Final = {"type": "array", "items": EDGE}
FORMAT: Final = Format(
    name="Node-link JSON",
    suffix="node-link.json",
    media_type="application/vnd.readout.node-link+json",
    tables=NETWORKS,
    about='networkx (`node_link_graph(data, edges="edges")`) and D3; `edges_key=links` for tools that want `links`.',
    cannot="Time as time: bounds are text.",
    write=write,
    actors=True,
    example='{"directed": false, "multigraph": true, "graph": {}, "nodes": [], "edges": []}\n',
    schema={
        "type": "object",
        "properties": {
            "directed": FLAG,
            "multigraph": FLAG,
            "graph": HEAD,
            "nodes": {"type": "array", "items": NODE},
            "edges": _EDGES,
            "links": _EDGES,
        },
        "required": ["directed", "multigraph", "graph", "nodes"],
    },
    accepted_as=("application/vnd.readout.node-link+json",),
    options=("edges_key",),
)
