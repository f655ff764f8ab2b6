"""GEXF 1.3 with spells, so that Gephi's time line works."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final

from formats.networks import attributes, edges_of, network_of, nodes_of
from formats.shapes import Column, Content, Document, Format, Network, Options, in_chunks
from formats.tables import NETWORKS
from formats.xml_text import DECLARATION, attribute

TYPES: Final = {"text": "string", "instant": "string", "integer": "long", "number": "double", "boolean": "boolean"}
HEAD: Final = (
    '<gexf xmlns="http://gexf.net/1.3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://gexf.net/1.3 http://gexf.net/1.3/gexf.xsd" version="1.3">\n'
)
MOMENT: Final = timedelta(seconds=1)
"""Spells of GEXF 1.3 include both ends, to the second; our bounds leave out the later one."""
Span = tuple[str | None, str | None]


def write(content: Content, _: Options) -> Iterator[bytes]:
    """Yields an undirected graph in which each edge has a spell for every contact whose date has a known end."""
    return in_chunks(_parts(content))


def _parts(content: Content) -> Iterator[str]:
    network = network_of(content)
    edge_columns = () if network.parallel else network.edges[4:]
    yield DECLARATION + HEAD
    yield f"<meta><creator>Readout</creator><description>{_description(content)}</description></meta>\n"
    # Spells may be instants under timeformat="date" too; networkx does not know "dateTime".
    yield '<graph mode="dynamic" timeformat="date" timerepresentation="interval" defaultedgetype="undirected">\n'
    yield from _declared("node", network.nodes[2:])
    yield from _declared("edge", edge_columns)
    yield "<nodes>\n"
    for node in nodes_of(content):
        spells = spells_of([network.span(node)]) if "earliest" in node else ""
        inside = _values(attributes(network.nodes[2:], node)) + spells
        yield f"<node id={attribute(node['id'])} label={attribute(network.nodes[1].of(node))}>{inside}</node>\n"
    yield "</nodes>\n<edges>\n"
    yield from _edges(network, edges_of(content), edge_columns)
    yield "</edges>\n</graph>\n</gexf>\n"


def _edges(network: Network, edges: Iterable[Document], columns: tuple[Column, ...]) -> Iterator[str]:
    """Yields the edges; several of one pair, which follow each other, become one with several spells."""
    number, source, target, weight = network.edges[:4]
    for (one, other), several in groupby(edges, key=lambda edge: (source.of(edge), target.of(edge))):
        held = list(several)
        name = attribute(number.of(held[0]) if len(held) == 1 and not network.parallel else f"{one}-{other}")
        values = _values(attributes(columns, held[0]))
        spells = spells_of([network.span(edge) for edge in held])
        heavy = sum(weight.of(edge) for edge in held)
        ends = f"source={attribute(one)} target={attribute(other)}"
        yield f'<edge id={name} {ends} weight="{heavy}">{values}{spells}</edge>\n'


def spells_of(spans: Iterable[Span]) -> str:
    """Returns the spells of half-open bounds: an end that is unknown is left away, and one without ends too."""
    written = []
    for earliest, latest in spans:
        start = f' start="{_second(datetime.fromisoformat(earliest))}"' if earliest else ""
        end = f' end="{_second(datetime.fromisoformat(latest) - MOMENT)}"' if latest else ""
        if start or end:
            written.append(f"<spell{start}{end}/>")
    return f"<spells>{''.join(dict.fromkeys(written))}</spells>" if written else ""


def _second(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _description(content: Content) -> str:
    return attribute(f"{content.about.title}, graph version {content.about.version}")[1:-1]


def _declared(place: str, columns: tuple[Column, ...]) -> Iterator[str]:
    if columns:
        yield f'<attributes class="{place}" mode="static">\n'
        for column in columns:
            yield f'<attribute id="{column.name}" title="{column.name}" type="{TYPES[column.kind]}"/>\n'
        yield "</attributes>\n"


def _values(given: dict[str, Any]) -> str:
    values = "".join(f'<attvalue for="{name}" value={attribute(value)}/>' for name, value in given.items())
    return f"<attvalues>{values}</attvalues>" if values else ""


FORMAT: Final = Format(
    name="GEXF",
    suffix="gexf",
    media_type="application/gexf+xml",
    tables=NETWORKS,
    about="Gephi 0.9.3 and newer, with its time line: GEXF 1.3, an edge is there in its spells.",
    cannot="Of edges: which contact is which. A pair is one edge whose weight counts its contacts and whose spells are "
    "their bounds, both ends included, to the second; an unknown or open end is left away, and an edge none of whose "
    "contacts has a known end is always there. A tie's spell runs from its first to its last contact. Control "
    "characters that XML forbids come out as �.",
    write=write,
    actors=True,
    example='<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="http://gexf.net/1.3" version="1.3">\n',
    accepted_as=("application/gexf+xml",),
)
