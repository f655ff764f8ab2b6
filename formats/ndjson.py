"""NDJSON: each record as the service answers it, on a line of its own."""

import json
from collections.abc import Iterator
from typing import Final

from formats.shapes import Content, Format, Options, in_chunks
from formats.tables import TABLES


def write(content: Content, _: Options) -> Iterator[bytes]:
    """Yields one record a line, nested as in JSON; each of its rows where a list has rows of its own.

    Outside of strings PostgreSQL breaks lines; inside, a line break is an escape.
    """
    if content.table.rows is not None:
        return in_chunks(json.dumps(row, ensure_ascii=False) + "\n" for row in content.flat())
    return in_chunks(text.replace("\n", "") + "\n" for text in content.documents())


FORMAT: Final = Format(
    name="NDJSON",
    suffix="ndjson",
    media_type="application/x-ndjson",
    tables=tuple(table.name for table in TABLES),
    about="Programs: every record as JSON answers it, nested, one a line. jq, DuckDB, pandas (`lines=True`).",
    cannot="Links and meta of a page; a matrix's margins are in its cells, a circle's nodes in its ties.",
    write=write,
    example='{"contact_id": "con_5f3a91b2", "contact_kind": "call", "source_slug": "joe-biden"}\n',
    accepted_as=("application/x-ndjson", "application/ndjson", "application/jsonl"),
)
