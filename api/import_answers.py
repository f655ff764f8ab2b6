"""Imports as the service answers them."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from db.engine import Database
from db.imports import PREFIX, number_of, read_imports
from models.imports import ROW_COUNTS, Import, ImportLinks, ImportOut, RowCounts

ADDRESS: Final = "/v1/imports"


def reader_of_imports(database: Database) -> Callable[[Iterable[int]], dict[int, ImportOut]]:
    """Returns what reads imports, by number, as they are now."""

    def read(numbers: Iterable[int]) -> dict[int, ImportOut]:
        with database.reading_session() as session:
            return {number_of(row): import_out(database, row) for row in read_imports(session, numbers)}

    return read


def import_out(database: Database, row: Import) -> ImportOut:
    """Returns an import as the service answers it."""
    public = database.ids.encode(PREFIX, number_of(row))
    own = row.model_dump(include=set(ImportOut.model_fields) - {"id", "links", "rows"})
    address = f"{ADDRESS}/{public}"
    seconds = ((row.ended_at or datetime.now(UTC)) - row.started_at).total_seconds() if row.started_at else 0.0
    # Of an archive all is read before its first row is.
    running = row.state == "running" and 0 < row.bytes_read < row.file_bytes and seconds > 0
    left = (row.file_bytes - row.bytes_read) * seconds / row.bytes_read if running else None
    return ImportOut(
        **own,
        id=public,
        rows=RowCounts(read=row.rows_read, **{name: getattr(row, name) for name in ROW_COUNTS}),
        rows_per_second=round(row.rows_read / seconds, 1) if seconds > 0 else None,
        seconds_left=round(max(left, 0.0), 1) if left is not None else None,
        links=ImportLinks(self=address, events=f"{address}/events", errors=f"{address}/errors.csv"),
    )
