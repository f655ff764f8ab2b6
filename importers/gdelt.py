"""GDELT events, 1.0 and 2.0: tab-separated, without a header, rows of 57, 58 and 61 columns, mixed as they come.

Source: the GDELT Project (gdeltproject.org), free with citation. Nothing of it is in this repository.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from importers.choices import Choices
from importers.documents import Document
from importers.event_folding import RULES as EVENT_RULES
from importers.event_folding import Folding, Row, Telling
from importers.event_lines import Head, Reading, Skipped, checked_head, day_of, read_lines, skipped
from importers.gdelt_parties import NAME, party_of
from importers.records import Fault, Record, Rule, SourceRecord
from models.base import UNFIT_FOR_URL

__all__ = ["EXAMPLE", "NAME", "RULES", "read"]
RULES: Final = (*EVENT_RULES, Rule("blank", "left_out", "The line is blank."))
PLACES: Final[Mapping[int, tuple[int, int, int | None]]] = {57: (50, 56, None), 58: (50, 56, 57), 61: (52, 59, 60)}
"""By the number of columns: where the place of the action, the day of adding and the address of the story stand."""
EVENT_ID, DAY, ACTOR_1, ACTOR_2, CODE = 0, 1, 5, 15, 26
URL: Final = re.compile(rf"https?://[^{UNFIT_FOR_URL}]+")
URL_LENGTH_MAX: Final = 2_000
UNNAMED: Final = SourceRecord(
    key=f"{NAME}:story/unnamed",
    kind="dataset",
    publisher_key=None,
    title="GDELT events whose story is not named",
    language=None,
    publisher_name="GDELT Project",
    reliability="F",
    note="Rows of 57 columns carry no address of a story.",
)
EXAMPLE: Final = (
    "\t".join(
        [
            *("1", "20010203", "200102", "2001", "2001.0890"),
            *("FRAGOV", "PARIS", "FRA", "", "", "", "", "GOV", "", "", "JPN", "TOKYO", "JPN", *[""] * 7),
            *("1", "040", "040", "04", "1", "1.0", "4", "1", "4", "0.5"),
            *(["0", *[""] * 6] * 2),
            *("4", "Tokyo, Tokyo, Japan", "JA", "JA40", "35.685", "139.751", "-246227"),
            *("20010203", "https://news.example/talks"),
        ]
    )
    + "\n"
)


def read(documents: Iterable[Document], choices: Choices) -> Iterator[Record]:
    """Every row that tells of a contact, folded with the rows that tell of the same.

    Cost:
        Memory for the rows of eight days that tell of contacts: a file keeps coming back to today, yesterday, a week,
        a month, a year ago.
    """
    yield from read_lines(Folding(NAME, "GDELT"), documents, _row, choices)


def _row(row: Row, cells: list[str], choices: Choices) -> Reading:
    if len(cells) not in PLACES:
        return (Fault("", f"The row has {len(cells)} cells; GDELT's have 57 or 58 (1.0) or 61 (2.0)."),)
    head = checked_head(cells[DAY], cells[CODE], ("SQLDATE", "EventCode"))
    number = cells[EVENT_ID]
    good = number.isascii() and number.isdigit() and len(number) <= 20
    if not good or not isinstance(head, Head):
        named = () if good else (Fault("GLOBALEVENTID", "This must be a number of digits only."),)
        return (*named, *(() if isinstance(head, Head) else head))
    if rule := skipped(head.code, choices):
        return rule
    if not cells[ACTOR_1] or not cells[ACTOR_2]:
        return Skipped("no_second_actor")
    return _telling(Row(row.file, row.line, number), cells, head)


def _telling(row: Row, cells: list[str], head: Head) -> Reading:
    first, second = (party_of(cells[start : start + 10]) for start in (ACTOR_1, ACTOR_2))
    if first is None or second is None:
        return Skipped("no_place")
    if first.ref == second.ref:
        return Skipped("same_actor")
    place, _, _ = PLACES[len(cells)]
    return Telling(
        row=row,
        day=head.day,
        code=head.code,
        original_code=cells[CODE],
        told_first=first.ref,
        first=(second if head.code.code == "043" else first,),
        second=(first if head.code.code == "043" else second,),
        source=_story(cells),
        place=cells[place][:500] or None,
    )


def _story(cells: list[str]) -> SourceRecord:
    """The story by its address; rows of 57 columns name none, some name a publisher instead of an address."""
    _, added, address = PLACES[len(cells)]
    told = cells[address] if address is not None else ""
    if not told:
        return UNNAMED
    url = told if URL.fullmatch(told) and len(told) <= URL_LENGTH_MAX else None
    publisher = _host(url) if url else told
    return SourceRecord(
        key=f"{NAME}:story/{hashlib.sha256(told.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}",
        kind="press_report",
        publisher_key=None,
        title=f"Story at {url.split('://', 1)[1]}"[:300] if url else f"Story of {told}"[:300],
        url=url,
        language=None,
        publisher_name=publisher[:300],
        retrieved=day_of(cells[added][:8]),
        reliability="F",
        note="Known only as the GDELT Project coded it, by machine.",
    )


def _host(url: str) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    return host.removeprefix("www.") or "unknown host"
