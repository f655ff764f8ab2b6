"""A table's rows: decoded, cut into cells, each with the line it begins on, and what is wrong with it."""

import csv
import unicodedata
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from importers.documents import LINE_BYTES_MAX, Document, lines
from importers.records import Fault

BOM: Final = b"\xef\xbb\xbf"
CONTROLS_ALLOWED: Final = frozenset("\t\n\r")
ROW_LINES_MAX: Final = 200
"""A cell may hold line ends; a quote that is never closed would hold the rest of the file."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: its first line, its cells, and the faults that keep it from being read."""

    line: int
    cells: tuple[str, ...]
    faults: tuple[Fault, ...] = ()


class _Unclosed(Exception):
    """A quoted cell runs on over more lines than any cell has."""


@dataclass(frozen=True, slots=True)
class _Text:
    number: int
    text: str
    fault: Fault | None = None


class _Lines:
    """The lines of a document as text, as a parser draws them; those that it drew in vain can be given back."""

    def __init__(self, document: Document, encoding: str) -> None:
        self._source = iter(_decoded(document, encoding))
        self._waiting: deque[_Text] = deque()
        self.drawn: list[_Text] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.drawn) >= ROW_LINES_MAX:
            raise _Unclosed
        one = self._waiting.popleft() if self._waiting else next(self._source)
        self.drawn.append(one)
        return one.text

    def give_back(self) -> None:
        """Takes back all lines that were drawn for a row but its first."""
        self._waiting.extendleft(reversed(self.drawn[1:]))
        del self.drawn[1:]


def table_rows(document: Document, encoding: str, delimiter: str) -> Iterator[TableRow]:
    """The rows of a table, the header among them.

    Quoted cells may hold delimiters, doubled quotes and line ends; a row is known by the line it begins on. A byte
    order mark is not part of the first cell. What cannot be read is a row with faults; reading goes on behind its first
    line, so that a quote that is never closed costs one row.

    Cost:
        Memory for one row.
    """
    source = _Lines(document, encoding)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    while True:
        source.drawn.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _Unclosed) as error:
            source.give_back()
            reader = csv.reader(source, delimiter=delimiter, strict=True)
            yield TableRow(source.drawn[0].number, (), (Fault("", _said(error)),))
            continue
        faults = tuple(line.fault for line in source.drawn if line.fault is not None)
        yield TableRow(source.drawn[0].number, tuple(cells), faults or _controls(cells))


def _decoded(document: Document, encoding: str) -> Iterator[_Text]:
    for line in lines(document):
        if line.data is None:
            yield _Text(line.number, "\n", Fault("", f"The line is longer than {LINE_BYTES_MAX:,} bytes."))
            continue
        data = line.data.removeprefix(BOM) if line.number == 1 else line.data
        try:
            yield _Text(line.number, data.decode(encoding) + "\n")
        except UnicodeDecodeError as error:
            said = f"Byte {error.start + 1} of line {line.number} is no character in {encoding}; name the encoding."
            yield _Text(line.number, data.decode("ascii", "replace") + "\n", Fault("", said))


def _said(error: Exception) -> str:
    if isinstance(error, _Unclosed) or "unexpected end" in str(error):
        return "A quote opens in this row and is not closed."
    if "field larger" in str(error):
        return "A cell is longer than 131,072 characters."
    return "A quoted cell goes on after its closing quote; double the quotes inside it."


def _controls(cells: list[str]) -> tuple[Fault, ...]:
    faults = []
    for number, cell in enumerate(cells):
        control = next((c for c in cell if unicodedata.category(c) == "Cc" and c not in CONTROLS_ALLOWED), None)
        if control is not None:
            what = "a NUL character" if control == "\x00" else "a control character"
            faults.append(Fault(f"{number}", f"The cell holds {what}, which cannot be stored."))
    return tuple(faults)
