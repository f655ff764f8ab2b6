"""Cytoscape JSON, for Cytoscape.js and the Cytoscape desktop."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from formats.networks import EDGE, FLAG, HEAD, NODE, attributes, edges_of, network_of, nodes_of
from formats.shapes import Content, Format, Options, in_chunks
from formats.tables import NETWORKS


def write(content: Content, _: Options) -> Iterator[bytes]:
    """Yields ``{"data", "directed", "multigraph", "elements": {"nodes", "edges"}}``."""
    return in_chunks(_parts(content))


def _parts(content: Content) -> Iterator[str]:
    network = network_of(content)
    data = {"name": content.about.title, "graph_version": content.about.version}
    flags = f'"directed": false, "multigraph": {json.dumps(network.parallel)}'
    yield f'{{"data": {_text(data)}, {flags}, "elements": {{"nodes": [\n'
    nodes = (attributes(network.nodes, node) for node in nodes_of(content))
    # Cytoscape shows «name»; networkx takes «value» for the node.
    yield from _listed({**node, "name": node["label"], "value": node["id"]} for node in nodes)
    yield '\n], "edges": [\n'
    edges = (attributes(network.edges, edge) for edge in edges_of(content))
    yield from _listed({**edge, "key": edge["id"]} if network.parallel else edge for edge in edges)
    yield "\n]}}\n"


def _listed(elements: Iterable[dict[str, Any]]) -> Iterator[str]:
    for number, element in enumerate(elements):
        yield (",\n" if number else "") + _text({"data": element})


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _list_of(element: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "properties": {"data": element}, "required": ["data"]}}


_ELEMENTS: Final = {
    "type": "object",
    "properties": {"nodes": _list_of(NODE), "edges": _list_of(EDGE)},
    "required": ["nodes", "edges"],
}
FORMAT: Final = Format(
    name="Cytoscape JSON",
    suffix="cyjs",
    media_type="application/vnd.readout.cytoscape+json",
    tables=NETWORKS,
    about="Cytoscape.js (`cytoscape(json)`) and the Cytoscape desktop (File, Import, Network).",
    cannot="Positions and style; time as time: bounds are text.",
    write=write,
    actors=True,
    example='{"data": {"name": "edges"}, "elements": {"nodes": [], "edges": []}}\n',
    schema={
        "type": "object",
        "properties": {"data": HEAD, "directed": FLAG, "multigraph": FLAG, "elements": _ELEMENTS},
        "required": ["data", "elements"],
    },
    accepted_as=("application/vnd.readout.cytoscape+json",),
)
