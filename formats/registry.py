"""All formats: routes, contract, docs and common tests are made from this tuple."""

from typing import Final

from formats import (
    atom,
    cameo,
    csv,
    cytoscape,
    followthemoney,
    gexf,
    graphml,
    icalendar,
    ndjson,
    node_link,
    parquet,
    plover,
)
from formats.shapes import Format

FORMATS: Final[tuple[Format, ...]] = (
    ndjson.FORMAT,
    csv.CSV,
    csv.SPREADSHEET_CSV,
    parquet.FORMAT,
    graphml.FORMAT,
    gexf.FORMAT,
    cytoscape.FORMAT,
    node_link.FORMAT,
    cameo.FORMAT,
    plover.FORMAT,
    followthemoney.FORMAT,
    atom.FORMAT,
    icalendar.FORMAT,
)


def formats_of(table: str) -> dict[str, Format]:
    """Returns the formats that can carry a list, by suffix, in the order of the docs."""
    return {one.suffix: one for one in FORMATS if table in one.tables}
