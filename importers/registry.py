"""The data sets that can be imported."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from importers import historyatstate
from importers.records import Record


@dataclass(frozen=True, slots=True)
class Importer:
    """One data set.

    Attributes:
        name: as given to `readout import`, and the scheme of its identifiers.
        title: what it is.
        cannot_carry: what of our record it has no place for.
        read: its files as records.
        count_rows: how many rows its files have, for the progress bar.
    """

    name: str
    title: str
    cannot_carry: str
    read: Callable[[Path], Iterator[Record]]
    count_rows: Callable[[Path], int]


IMPORTERS: Final[tuple[Importer, ...]] = (
    Importer(
        name=historyatstate.NAME,
        title="Visits of foreign leaders to the United States, trips of presidents and secretaries of state "
        "(US Department of State, Office of the Historian; public domain)",
        cannot_carry="Calls and messages, what the other side says, times of day, who initiated.",
        read=historyatstate.read,
        count_rows=historyatstate.count_rows,
    ),
)
