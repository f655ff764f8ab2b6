"""The data sets and formats that can be imported; each entry describes itself."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from importers import csv_contacts, gdelt, historyatstate, icews, ndjson, plover
from importers.archives import read_archive
from importers.choices import Choices
from importers.documents import Document
from importers.records import Record, Rule


@dataclass(frozen=True, slots=True)
class Importer:
    """One data set or format.

    Attributes:
        name: as given to `readout import`, and the scheme of its identifiers.
        title: what it is.
        cannot_carry: what of our record it has no place for.
        source: whose it is, under which terms, and how to cite it.
        media_types: by which its files go over HTTP; the first is the one to send.
        suffixes: of its files' names, with the dot.
        example: the shortest input that loads something; of a folder, what to send.
        rules: by which its rows are folded, left out, taken for duplicates.
        holds: what is held in memory while it is read.
        needs_mapping: whether it is read only with `Choices.mapping`.
        event_data: whether it may be read with `Choices.intents`.
        read: files as records, streamed; None where a folder is needed.
        read_folder: a folder of files as records; None where files are read one by one.
        folder_files: patterns of the files in that folder; over HTTP they come as a ZIP archive.
        count_rows: how many rows a folder has, for the progress bar.
    """

    name: str
    title: str
    cannot_carry: str
    source: str
    media_types: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = ()
    example: str = ""
    rules: tuple[Rule, ...] = ()
    holds: str = "One row."
    needs_mapping: bool = False
    event_data: bool = False
    read: Callable[[Iterable[Document], Choices], Iterator[Record]] | None = None
    read_folder: Callable[[Path], Iterator[Record]] | None = None
    folder_files: tuple[str, ...] = ()
    count_rows: Callable[[Path], int] | None = None

    def read_sent(self, document: Document, choices: Choices) -> Iterator[Record]:
        """Returns the records of one file, as it is sent: a folder comes as an archive.

        Raises:
            Unreadable: the archive is none, or not of such a folder.
        """
        if self.read is not None:
            return self.read([document], choices)
        assert self.read_folder is not None
        return read_archive(document, self.folder_files, self.read_folder)


EVENTS_LACK: Final = (
    "What the sides themselves say, times of day, offices, how long it lasted, what was promised; and nothing that a "
    "person has checked: accounts have reliability F and credibility 6."
)
DAYS: Final = "The rows of eight days that tell of contacts, 50,000 at most."
IMPORTERS: Final[tuple[Importer, ...]] = (
    Importer(
        name=historyatstate.NAME,
        title="Visits of foreign leaders to the United States, trips of presidents and secretaries of state "
        "(US Department of State, Office of the Historian; public domain)",
        cannot_carry="Calls and messages, what the other side says, times of day, who initiated.",
        source="Office of the Historian, US Department of State; the files of HistoryAtState/visits and "
        "HistoryAtState/travels. A work of the US government; CC0 1.0 elsewhere.",
        media_types=("application/zip",),
        suffixes=(".xml",),
        example="(a ZIP archive of visits/*.xml, president-travels/*.xml, secretary-travels/*.xml, presidents.xml)",
        rules=(Rule("repeats", "duplicate", "The same traveller, place and first day stand in an earlier row."),),
        holds="All rows: every row helps to name the people of all.",
        read_folder=historyatstate.read,
        folder_files=historyatstate.FILES,
        count_rows=historyatstate.count_rows,
    ),
    Importer(
        name=ndjson.NAME,
        title="Contacts as `POST /v1/contacts` takes them, one JSON object to a line",
        cannot_carry="Nothing of a contact. Actors, affiliations and designations have routes of their own: an actor "
        "that a line mentions must be in the record.",
        source="Readout's own format.",
        media_types=("application/x-ndjson", "application/jsonl"),
        suffixes=(".ndjson", ".jsonl"),
        example=ndjson.EXAMPLE,
        rules=ndjson.RULES,
        read=ndjson.read,
    ),
    Importer(
        name=csv_contacts.NAME,
        title="A table in CSV, read by a mapping of its columns",
        cannot_carry="What each account says of its own of date, kind and participants; commitments; one contact over "
        "several rows: each row is a contact.",
        source="Whoever made the table.",
        media_types=("text/csv",),
        suffixes=(".csv", ".tsv", ".txt"),
        example=csv_contacts.EXAMPLE,
        rules=csv_contacts.RULES,
        needs_mapping=True,
        read=csv_contacts.read,
    ),
    Importer(
        name=icews.NAME,
        title="ICEWS Coded Event Data in its original layout of twenty columns",
        cannot_carry=f"{EVENTS_LACK} More than two actors of one event.",
        source="Boschee, Lautenschlager, O'Brien, Shellman, Starz, Ward: ICEWS Coded Event Data, Harvard Dataverse, "
        "doi:10.7910/DVN/28075; terms to be looked up there.",
        media_types=("text/tab-separated-values",),
        suffixes=(".tab", ".tsv"),
        example=icews.EXAMPLE,
        rules=icews.RULES,
        holds=DAYS,
        event_data=True,
        read=icews.read,
    ),
    Importer(
        name=gdelt.NAME,
        title="GDELT events, 1.0 and 2.0: rows of 57, 58 or 61 columns, also mixed",
        cannot_carry=f"{EVENTS_LACK} More than two actors of one event; who a person is: actors are codes and types.",
        source="The GDELT Project (gdeltproject.org); free for any use with citation and a link.",
        media_types=("text/tab-separated-values",),
        suffixes=(".csv", ".tsv"),
        example=gdelt.EXAMPLE,
        rules=gdelt.RULES,
        holds=DAYS,
        event_data=True,
        read=gdelt.read,
    ),
    Importer(
        name=plover.NAME,
        title="PLOVER events as JSON objects, to a line, in a list or spread over lines",
        cannot_carry=EVENTS_LACK,
        source="Field names of the PLOVER manual, Open Event Data Alliance (CC BY-SA 4.0); the data's own terms hold.",
        media_types=("application/json", "application/x-ndjson"),
        suffixes=(".json", ".jsonl"),
        example=plover.EXAMPLE,
        rules=plover.RULES,
        holds=DAYS,
        read=plover.read,
    ),
)


def importer_named(name: str) -> Importer | None:
    """The importer of that name, or None."""
    return next((one for one in IMPORTERS if one.name == name), None)
