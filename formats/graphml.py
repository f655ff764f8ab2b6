"""GraphML, for networkx, igraph, yEd, Cytoscape and R."""

from collections.abc import Iterator
from typing import Final

from formats.networks import attributes, edges_of, network_of, nodes_of
from formats.shapes import Column, Content, Document, Format, Options, in_chunks
from formats.tables import NETWORKS
from formats.xml_text import DECLARATION, attribute, element_text

TYPES: Final = {"text": "string", "instant": "string", "integer": "long", "number": "double", "boolean": "boolean"}
HEAD: Final = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns '
    'http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">\n'
)


def write(content: Content, _: Options) -> Iterator[bytes]:
    """Yields an undirected graph: keys, nodes, edges."""
    return in_chunks(_parts(content))


def _parts(content: Content) -> Iterator[str]:
    network = network_of(content)
    node_columns, edge_columns = network.nodes[1:], network.edges[3:]
    yield DECLARATION + HEAD
    yield from (_key("node", "n", column) for column in node_columns)
    yield from (_key("edge", "e", column) for column in edge_columns)
    yield f'<graph id={attribute(content.table.name)} edgedefault="undirected">\n'
    for node in nodes_of(content):
        yield f"<node id={attribute(node['id'])}>{_data('n', node_columns, node)}</node>\n"
    for edge in edges_of(content):
        number, source, target = (attribute(column.of(edge)) for column in network.edges[:3])
        data = _data("e", edge_columns, edge)
        yield f"<edge id={number} source={source} target={target}>{data}</edge>\n"
    yield "</graph>\n</graphml>\n"


def _key(place: str, prefix: str, column: Column) -> str:
    kind = TYPES[column.kind]
    return f'<key id="{prefix}_{column.name}" for="{place}" attr.name="{column.name}" attr.type="{kind}"/>\n'


def _data(prefix: str, columns: tuple[Column, ...], row: Document) -> str:
    given = attributes(columns, row).items()
    return "".join(f'<data key="{prefix}_{name}">{element_text(value)}</data>' for name, value in given)


FORMAT: Final = Format(
    name="GraphML",
    suffix="graphml",
    media_type="application/graphml+xml",
    tables=NETWORKS,
    about="networkx, igraph, R, yEd, Cytoscape: a network with typed attributes.",
    cannot="Time as time: bounds are text. Lists of values. Control characters that XML forbids come out as �.",
    write=write,
    actors=True,
    example='<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n',
    accepted_as=("application/graphml+xml",),
)
