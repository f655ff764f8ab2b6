"""CSV, exact, and CSV for spreadsheets, in which no cell is a formula."""

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from formats.shapes import CHUNK_BYTES, Content, Format, Options
from formats.tables import TABLES

BOM: Final = "\ufeff"
SIGNS: Final = frozenset("=+-@|%\uff1d\uff0b\uff0d\uff20")
"""By one of these some spreadsheet knows a formula; the full-width ones count in a few."""
UNSEEN: Final = ("Z", "C")
"""First letters of the categories of characters that need not show, and may stand before the sign."""
GUARD: Final = "'"
_WORDS: Final = {True: "true", False: "false"}


def is_formula(text: str) -> bool:
    """Whether some spreadsheet might compute a text, or break it into another cell."""
    if text[:1] in ("\t", "\r", "\n"):
        return True
    return next((seen for seen in text if not unicodedata.category(seen).startswith(UNSEEN)), "") in SIGNS


def guarded(text: str) -> str:
    """Returns a text that no spreadsheet computes: one that might be a formula gets an apostrophe in front.

    So does one that begins with an apostrophe, so that taking one off gives back what was there.
    """
    return GUARD + text if text[:1] == GUARD or is_formula(text) else text


def unguarded(text: str) -> str:
    """Returns what `guarded` was given."""
    return text.removeprefix(GUARD)


def write(content: Content, _: Options) -> Iterator[bytes]:
    """Yields a header and the rows (RFC 4180); cells hold exactly what the record holds, null is empty."""
    names = [column.name for column in content.table.columns]
    return _lines(names, (list(map(_cell, row)) for row in content.rows()), csv.QUOTE_MINIMAL)


def write_safe(content: Content, options: Options) -> Iterator[bytes]:
    """Yields the same with every text in quotes and, where it might be taken for a formula, guarded."""
    names = [column.name for column in content.table.columns]
    guard = [column.kind in ("text", "instant") for column in content.table.columns]
    rows = ([_safe_cell(cell, text=text) for cell, text in zip(row, guard, strict=True)] for row in content.rows())
    if options.bom:
        yield BOM.encode()
    yield from _lines(names, rows, csv.QUOTE_NONNUMERIC)


def _cell(value: Any) -> Any:
    return _WORDS[value] if isinstance(value, bool) else value


def _safe_cell(value: Any, *, text: bool) -> Any:
    if value is None:
        return None
    return guarded(str(value)) if text else _cell(value)


def _lines(names: Iterable[str], rows: Iterable[Iterable[Any]], quoting: Any) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=quoting)
    writer.writerow(names)
    for row in rows:
        writer.writerow(row)
        if buffer.tell() >= CHUNK_BYTES:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode("utf-8", "replace")


def _format(name: str, suffix: str, make: Callable[[Content, Options], Iterator[bytes]], **more: Any) -> Format:
    tables = tuple(table.name for table in TABLES)
    return Format(name=name, suffix=suffix, media_type="text/csv", tables=tables, write=make, **more)


CSV: Final = _format(
    "CSV",
    "csv",
    write,
    about="Flat rows for pandas, R, DuckDB, Power BI and Tableau: a header, UTF-8, null is an empty cell.",
    cannot="Types; what flat rows leave out (see the columns below). Cells are exact: do not double-click it open in a "
    "spreadsheet, which would compute a name that begins with `=`; take the spreadsheet CSV.",
    example="contact_id,contact_kind,contact_status\r\ncon_5f3a91b2,call,acknowledged\r\n",
    accepted_as=("text/csv",),
)
SPREADSHEET_CSV: Final = _format(
    "Spreadsheet CSV",
    "safe.csv",
    write_safe,
    about="Excel, LibreOffice, Google Sheets: as CSV, and no cell is a formula. `bom=true` puts a byte order mark in "
    "front, by which Excel knows UTF-8.",
    cannot="As CSV; and a text that begins with `=`, `+`, `-`, `@`, `|`, `%`, an apostrophe, a tab or a line break "
    "(blanks before it aside) has an apostrophe in front, which is to be taken off again.",
    example='"contact_id","contact_kind","contact_status"\r\n"con_5f3a91b2","call","acknowledged"\r\n',
    options=("bom",),
)
