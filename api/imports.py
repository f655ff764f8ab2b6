"""Data sets into the record: an importer's records handed to a load, row by row accounted for."""

import csv
import xml.sax
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TextIO
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy.orm import Session

from api.terminal import console, refuse
from db.loading import Loading, Settled, undisturbed
from importers.choices import Choices
from importers.documents import Document, document_of
from importers.records import (
    ActorRecord,
    AffiliationRecord,
    ContactRecord,
    Fault,
    GivenContact,
    Outcome,
    Record,
    SourceRecord,
)
from importers.registry import Importer
from importers.shapes import ROW_SEPARATOR, actor_body, affiliation_body, contact_body, source_body
from importers.tally import Tally

KNOWN: Final = "in the record already"
KNOWN_RULE: Final = "known"
GREW_RULE: Final = "known_contact"
REFUSED_SHOWN_MAX: Final = 40
Heard = Callable[[Outcome], None]


@contextmanager
def readable() -> Iterator[None]:
    """Ends the command with a sentence when the data set is not what its files' names promise."""
    try:
        yield
    except (xml.sax.SAXException, ParseError) as error:
        refuse(f"The data set cannot be read, so nothing was stored: {error}")
    except DefusedXmlException as error:
        refuse(f"The data set defines XML entities of its own, so nothing was stored: {error}")


def counted(document: Document, advance: Callable[[int], None]) -> Document:
    """Returns a document that tells how many bytes of it have been read."""

    def pieces() -> Iterator[bytes]:
        for piece in document.chunks:
            yield piece
            advance(len(piece))

    return Document(document.name, pieces())


@dataclass(slots=True)
class Group:
    """Contacts handed over together, and the rows that they came of."""

    waiting: int = 0
    closed: bool = False
    settled: list[Settled] = field(default_factory=list)
    places: dict[int, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)

    def told(self) -> Iterator[Outcome]:
        """Yields what became of the rows, now that it is known what became of the contacts."""
        refused = tuple(self._fault(one, *fault) for one in self.settled for fault in _faults(one))
        added = any(one.fate == "added" for one in self.settled)
        grown = {row for one in self.settled for rows in one.rows for row in rows.split(ROW_SEPARATOR)}
        for outcome in self.outcomes:
            if refused:
                said = "; ".join(dict.fromkeys(f"{f.column}: {f.reason}" if f.column else f.reason for f in refused))
                yield replace(outcome, outcome="refused", rule="refused", reason=said, faults=refused)
            elif outcome.id in grown:
                yield replace(outcome, outcome="folded", rule=GREW_RULE, reason="tells of a contact known before")
            elif self.settled and not added:
                yield replace(outcome, outcome="duplicate", rule=KNOWN_RULE, reason=KNOWN)
            else:
                yield outcome

    def _fault(self, one: Settled, pointer: str, reason: str) -> Fault:
        """Returns a fault at the column that the pointer was made of, where the importer says which."""
        named = [place for place in self.places.get(one.number, ()) if f"{pointer}/".startswith(f"{place[0]}/")]
        return Fault(max(named, key=lambda place: len(place[0]))[1] if named else pointer, reason)


def _faults(one: Settled) -> Iterator[tuple[str, str]]:
    yield from ((fault.pointer or "", fault.message) for fault in one.faults)


@dataclass(slots=True)
class Ledger:
    """What became of each row: known only when the contacts it tells of have been written or refused."""

    heard: Heard
    _group: Group = field(default_factory=Group)
    _groups: dict[int, Group] = field(default_factory=dict)
    _number: int = 0

    def contact(self, places: tuple[tuple[str, str], ...] = ()) -> None:
        """Notes that the next contact is about to be taken."""
        if self._group.closed:
            self._group = Group()
        self._group.waiting += 1
        self._group.places[self._number] = places
        self._groups[self._number] = self._group
        self._number += 1

    def outcome(self, outcome: Outcome) -> None:
        """Notes what an importer says of a row."""
        if outcome.outcome not in ("loaded", "folded"):
            self.heard(outcome)
        else:
            self._group.closed = True
            self._group.outcomes.append(outcome)
            if not self._group.waiting:
                self._tell(self._group)

    def settled(self, settled: Iterable[Settled]) -> None:
        """Notes what became of contacts."""
        for one in settled:
            group = self._groups.pop(one.number)
            group.settled.append(one)
            group.waiting -= 1
            if not group.waiting:
                self._tell(group)

    def _tell(self, group: Group) -> None:
        for outcome in group.told():
            self.heard(outcome)
        group.outcomes.clear()


def load(records: Iterable[Record], loading: Loading, heard: Heard) -> None:
    """Hands an importer's records to a load; nothing is committed.

    Args:
        records: as an importer yields them.
        loading: where they go.
        heard: is told what became of each row. A row whose contacts are all in the record already is a duplicate.
    """
    ledger = Ledger(heard)
    loading.begin()
    with undisturbed():
        for record in records:
            _hand_over(record, loading, ledger)
        ledger.settled(loading.flush())


def _hand_over(record: Record, loading: Loading, ledger: Ledger) -> None:
    match record:
        case ActorRecord():
            loading.actor(actor_body(record), record.state)
        case AffiliationRecord():
            loading.affiliation(record.subject_key, affiliation_body(record))
        case SourceRecord():
            loading.source(source_body(record))
        case ContactRecord():
            ledger.contact()
            ledger.settled(loading.contact(contact_body(record), grows=record.grows))
        case GivenContact():
            ledger.contact(record.places)
            ledger.settled(loading.contact(record.body))
        case Outcome():
            ledger.outcome(record)


@dataclass(slots=True)
class Run:
    """One import from the terminal: what it reads, what became of it, and whether it stores anything."""

    importer: Importer
    skip_refused: bool = False
    dry_run: bool = False
    tally: Tally = field(default_factory=Tally)

    @property
    def stores(self) -> bool:
        """Whether what was loaded is kept: all of it, or the good rows where that was asked for."""
        return not self.dry_run and (self.skip_refused or not self.tally.total("refused"))

    def load(self, paths: Sequence[Path], choices: Choices, session: Session, report: TextIO | None) -> Loading:
        """Reads the files into a session, with a progress bar; nothing is committed."""
        loading, written = Loading(session), Report(report) if report else None
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())

        def heard(outcome: Outcome) -> None:
            self.tally.add(outcome)
            if written is not None:
                written.add(outcome)

        with Progress(*columns, console=console) as progress:
            task = progress.add_task(self.importer.name, total=size_of(self.importer, paths) or None)

            def advance(step: int = 1) -> None:
                progress.update(task, advance=step, description=f"{self.tally.read:,} rows")

            load(self._records(paths, choices, advance), loading, heard)
            advance(0)
        return loading

    def _records(self, paths: Sequence[Path], choices: Choices, advance: Callable[[int], None]) -> Iterator[Record]:
        if self.importer.read is not None:
            yield from self.importer.read((counted(document_of(path), advance) for path in paths), choices)
        elif self.importer.read_folder is not None:
            for record in self.importer.read_folder(paths[0]):
                yield record
                advance(isinstance(record, Outcome))


def tell(run: Run, loading: Loading) -> None:
    """Prints what became of the rows, by rule, and why those that were refused were."""
    tally, refused = run.tally, run.tally.total("refused")
    says = {rule.name: rule.says for rule in run.importer.rules} | {KNOWN_RULE: f"It is {KNOWN}."}
    table = Table("outcome", "rows", "rule", box=None)
    for outcome, rule, rows in tally.by_rule():
        table.add_row(outcome.replace("_", " "), f"{rows}", says.get(rule, rule if outcome != "refused" else ""))
    table.add_row("read", f"{tally.read}", "= loaded + folded + left out + duplicate + refused")
    console.print(table)
    tell_refused(tally.refused, refused)
    counts = {noun: count for noun, count in sorted(loading.counts.items()) if count}
    made = ", ".join(f"{count} {noun}" for noun, count in counts.items() if not noun.endswith(" known"))
    known = ", ".join(f"{count} {noun.removesuffix(' known')}" for noun, count in counts.items() if " known" in noun)
    console.print(f"{'Stored' if run.stores else 'Would store'}: {made or 'nothing'}.", soft_wrap=True)
    if known:
        console.print(f"In the record already: {known}.", soft_wrap=True)
    if refused and not run.stores and not run.dry_run:
        refuse("Nothing was stored, since rows are refused. Mend them, or store the others with --skip-refused.")


def tell_refused(refused: Sequence[Outcome], total: int) -> None:
    """Prints the first refused rows, each fault with its line, its column and the reason."""
    for one in refused[:REFUSED_SHOWN_MAX]:
        for fault in one.faults or (Fault("", one.reason),):
            place = " ".join(part for part in (f"{one.file}:{one.line}", one.id, fault.column) if part)
            console.print(f"{place}: {fault.reason}", soft_wrap=True, markup=False)
    if total > REFUSED_SHOWN_MAX:
        console.print(f"… and {total - REFUSED_SHOWN_MAX} more; --errors FILE has them all.")


class Report:
    """What became of each row as a tab-separated file; a refused row has a line for each fault."""

    def __init__(self, file: TextIO) -> None:
        self._writer = csv.writer(file, dialect="excel-tab", lineterminator="\n")
        self._writer.writerow(("file", "line", "id", "outcome", "rule", "column", "reason"))

    def add(self, one: Outcome) -> None:
        """Writes one row of the data set."""
        for fault in one.faults or (Fault("", one.reason),):
            self._writer.writerow((one.file, one.line, one.id, one.outcome, one.rule, fault.column, fault.reason))


def size_of(importer: Importer, paths: Sequence[Path]) -> int:
    """Returns how much there is to read: rows of a folder, bytes of files."""
    if importer.count_rows is not None:
        return sum(importer.count_rows(path) for path in paths)
    return sum(path.stat().st_size for path in paths)
