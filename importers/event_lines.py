"""Event data as lines of cells: decoded, cut at tabs, and read row by row into a folding."""

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from importers.cameo import EventCode, event_code
from importers.choices import Choices
from importers.documents import LINE_BYTES_MAX, Document, Line, lines
from importers.event_folding import Folding, Row, Telling
from importers.records import Fault, Outcome, Record, refusal

CELL_LENGTH_MAX: Final = 5_000


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that a rule leaves out."""

    rule: str


Reading = Telling | Skipped | tuple[Fault, ...]
Read = Callable[[Row, list[str], Choices], Reading]


def read_lines(
    folding: Folding, documents: Iterable[Document], read: Read, choices: Choices, header: tuple[str, ...] = ()
) -> Iterator[Record]:
    """Every line as what it tells, folded with the others; with a header, the first line of each file must be it."""
    for document in documents:
        for line in lines(document):
            cells = cells_of(line)
            if header and line.number == 1:
                if cells == list(header):
                    continue
                fault = Fault("", f"The first line must be the header of this layout: {', '.join(header[:4])} …")
                yield refusal(document.name, 1, (fault,))
            elif isinstance(cells, Fault):
                yield refusal(document.name, line.number, (cells,))
            else:
                yield from settle(folding, Row(document.name, line.number, ""), read, cells, choices)
    yield from folding.close()


def settle(folding: Folding, row: Row, read: Read, cells: list[str], choices: Choices) -> Iterator[Record]:
    """The records that follow from one row."""
    if cells == [""]:
        yield Outcome(f"{row.file}:{row.line}", row.file, row.line, "", "left_out", "The line is blank.", "blank")
        return
    reading = read(row, cells, choices)
    match reading:
        case Telling():
            yield from folding.take(reading)
        case Skipped(rule):
            yield row.outcome(rule)
        case _:
            yield refusal(row.file, row.line, reading)


def cells_of(line: Line) -> list[str] | Fault:
    """The cells of a line, or the fault that it has none: not UTF-8, NUL or another control character, too long."""
    if line.data is None:
        return Fault("", f"The line is longer than {LINE_BYTES_MAX:,} bytes.")
    data = line.data.removeprefix(b"\xef\xbb\xbf") if line.number == 1 else line.data
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Fault("", f"The line is not encoded in UTF-8: byte {error.start + 1} of the line begins no character.")
    cells = [cell.strip() for cell in text.split("\t")]
    for number, cell in enumerate(cells, start=1):
        if any(unicodedata.category(character) == "Cc" for character in cell):
            return Fault(f"column {number}", "The cell holds a control character.")
        if len(cell) > CELL_LENGTH_MAX:
            return Fault(f"column {number}", f"The cell is longer than {CELL_LENGTH_MAX:,} characters.")
    return cells


def day_of(text: str) -> str | None:
    """A day written as 2018-06-01 or 20180601, as EDTF; None if it is no day."""
    plain = text.replace("-", "") if len(text) == 10 and text[4] == text[7] == "-" else text
    if len(plain) != 8 or not (plain.isascii() and plain.isdigit()):
        return None
    try:
        return date(int(plain[:4]), int(plain[4:6]), int(plain[6:])).isoformat()
    except ValueError:
        return None


def skipped(code: EventCode, choices: Choices) -> Skipped | None:
    """The rule that leaves out rows of this code; None where it tells of a contact, or of a wanted intent."""
    if code.treatment == "contact" or (code.treatment == "meet" and choices.intents):
        return None
    return Skipped("intent_to_meet" if code.treatment == "meet" else code.treatment)


@dataclass(frozen=True, slots=True)
class Head:
    """What every row needs, whatever it tells."""

    day: str
    code: EventCode


def checked_head(day: str, code: str, columns: tuple[str, str]) -> Head | tuple[Fault, ...]:
    """A row's day and code, or what is wrong with them at these columns."""
    found_day, found_code = day_of(day), event_code(code)
    if found_day is not None and found_code is not None:
        return Head(found_day, found_code)
    no_day = Fault(columns[0], "This is no day of the calendar.")
    no_code = Fault(columns[1], "This is no CAMEO code; a code is text, such as 040.")
    return (*((no_day,) if found_day is None else ()), *((no_code,) if found_code is None else ()))
