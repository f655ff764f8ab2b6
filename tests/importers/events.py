"""Rows of event data as tests need them, and what became of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from importers.choices import Choices
from importers.documents import Document
from importers.icews import HEADER
from importers.records import ContactRecord, Outcome, Record

Read = Callable[[Iterable[Document], Choices], Iterator[Record]]
DEFAULT = {
    "Event ID": "1", "Event Date": "2001-02-03", "Source Name": "France", "Source Country": "France",
    "CAMEO Code": "040", "Target Name": "Japan", "Target Country": "Japan", "Story ID": "9", "Publisher": "Daily",
}  # fmt: skip


def icews(*rows: dict[str, str]) -> bytes:
    """A file of the layout; a row says what differs from a consultation of France with Japan."""
    given = [DEFAULT | {"Event ID": str(number)} | row for number, row in enumerate(rows, start=1)]
    lines = ["\t".join(HEADER), *("\t".join(row.get(name, "NA") for name in HEADER) for row in given)]
    return "\n".join([*lines, ""]).encode()


def gdelt(columns: int = 61, **cells: str) -> bytes:
    """A row of GDELT; cells by their numbers, as in `c5="USA"`."""
    row = [""] * columns
    row[0], row[1], row[26] = "1", "20010203", "040"
    row[5], row[6], row[7] = "FRA", "PARIS", "FRA"
    row[15], row[16], row[17] = "JPN", "TOKYO", "JPN"
    if columns != 57:
        row[-1] = "https://www.daily.example/one"
    for name, cell in cells.items():
        row[int(name[1:])] = cell
    return ("\t".join(row) + "\n").encode()


def records(read: Read, *pieces: bytes, intents: bool = False) -> list[Record]:
    """What an importer hands over for one file."""
    return list(read([Document("file", pieces)], Choices(intents=intents)))


def contacts(found: Iterable[Record]) -> list[ContactRecord]:
    """The contacts among records."""
    return [one for one in found if isinstance(one, ContactRecord)]


def became(found: Iterable[Record]) -> list[tuple[int, str, str]]:
    """What became of each row: line, outcome, rule, in the order of lines."""
    return sorted((one.line, one.outcome, one.rule) for one in found if isinstance(one, Outcome))


def by_rule(found: Iterable[Record]) -> dict[str, int]:
    """Rows by outcome and rule, as the docs state them."""
    return dict(Counter(f"{one.outcome} {one.rule}".strip() for one in found if isinstance(one, Outcome)))
