"""Parquet, the flat rows in columns with types; needs the extra ``parquet``."""

import io
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any, Final

from formats.shapes import Column, Content, Format, Options
from formats.tables import TABLES

ROWS_PER_GROUP: Final = 10_000
"""Rows held in memory before they are written: a row group."""


class _Sink(io.RawIOBase):
    """Where the writer writes; what has come together is taken away again and again."""

    def __init__(self) -> None:
        self.held = bytearray()
        self.place = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        size = memoryview(data).nbytes
        self.held += data
        self.place += size
        return size

    def tell(self) -> int:
        return self.place

    def taken(self) -> bytes:
        data = bytes(self.held)
        self.held.clear()
        return data


def write(content: Content, _: Options) -> Iterator[bytes]:
    """Yields the rows group by group; a file that broke off lacks its footer, and no tool opens it."""
    # An extra, and slow to import.
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = content.table.columns
    types = {"text": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()}
    fields = [pa.field(c.name, _instant(pa, c) if c.kind == "instant" else types[c.kind]) for c in columns]
    about = {"title": content.about.title, "graph_version": str(content.about.version)}
    schema = pa.schema(fields, metadata={f"readout.{name}": value for name, value in about.items()})
    sink = _Sink()
    rows = content.rows()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        while group := list(islice(rows, ROWS_PER_GROUP)):
            values = zip(*group, strict=True)
            arrays = [_values(column, cells) for column, cells in zip(columns, values, strict=True)]
            writer.write_table(
                pa.Table.from_arrays([pa.array(a, f.type) for a, f in zip(arrays, fields, strict=True)], schema=schema)
            )
            yield sink.taken()
    yield sink.taken()


def _instant(pa: Any, column: Column) -> Any:
    return pa.timestamp("us", tz="UTC" if column.name.endswith("_at") else None)


def _values(column: Column, cells: tuple[Any, ...]) -> list[Any]:
    if column.kind != "instant":
        return list(cells)
    return [None if cell is None else datetime.fromisoformat(cell) for cell in cells]


FORMAT: Final = Format(
    name="Parquet",
    suffix="parquet",
    media_type="application/vnd.apache.parquet",
    tables=tuple(table.name for table in TABLES),
    about="pandas, DuckDB, Spark, R: the columns of CSV with their types, compressed. Needs the extra `parquet`.",
    cannot="What flat rows leave out (see the columns below). Civil times carry no time zone.",
    write=write,
    example="PAR1",
    accepted_as=("application/vnd.apache.parquet",),
    needs="pyarrow",
)
