"""Data sets into the record: an importer's records handed to a load, row by row accounted for."""

import csv
import xml.sax
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final, TextIO
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from rich.table import Table

from api.running import console, refuse
from db.loading import Loading
from importers.records import ActorRecord, AffiliationRecord, ContactRecord, Outcome, SourceRecord
from importers.registry import IMPORTERS, Importer
from importers.shapes import actor_body, affiliation_body, contact_body, source_body

KNOWN: Final = "in the record already"
REFUSED_SHOWN_MAX: Final = 20


def importer_of(name: str) -> Importer:
    """Returns the importer of a data set, or ends the command with the names that there are."""
    for importer in IMPORTERS:
        if importer.name == name:
            return importer
    refuse(f"There is no importer of that name; there are: {', '.join(one.name for one in IMPORTERS)}.")


@contextmanager
def readable() -> Iterator[None]:
    """Ends the command with a sentence when the data set is not what its files' names promise."""
    try:
        yield
    except (xml.sax.SAXException, ParseError) as error:
        refuse(f"The data set cannot be read, so nothing was stored: {error}")
    except DefusedXmlException as error:
        refuse(f"The data set defines XML entities of its own, so nothing was stored: {error}")


def load(importer: Importer, path: Path, loading: Loading, advance: Callable[[], None]) -> list[Outcome]:
    """Reads a data set into a load; nothing is committed.

    Args:
        importer: that reads it.
        path: where it is.
        loading: where it goes.
        advance: called after each row.

    Returns:
        What became of each row: loaded, duplicate or refused. A row of which every contact is in the record
        already is a duplicate.
    """
    outcomes: list[Outcome] = []
    loading.begin(importer.name)
    taken = 0
    for record in importer.read(path):
        match record:
            case ActorRecord():
                loading.actor(actor_body(record))
            case AffiliationRecord():
                loading.affiliation(record.subject_key, affiliation_body(record))
            case SourceRecord():
                loading.source(source_body(record))
            case ContactRecord():
                taken += loading.contact(contact_body(record))
            case Outcome():
                known = record.outcome == "loaded" and taken == 0
                outcomes.append(replace(record, outcome="duplicate", reason=KNOWN) if known else record)
                taken = 0
                advance()
    loading.flush()
    return outcomes


def tell(outcomes: Sequence[Outcome], loading: Loading, *, dry_run: bool) -> None:
    """Prints what became of the rows, and why those that were not loaded were not."""
    table = Table("outcome", "rows", "", box=None)
    for (outcome, why), rows in sorted(Counter((one.outcome, _why(one)) for one in outcomes).items()):
        table.add_row(outcome, str(rows), why)
    table.add_row("read", str(len(outcomes)), "= loaded + duplicate + refused")
    console.print(table)
    tell_refused([one for one in outcomes if one.outcome == "refused"])
    counts = {noun: count for noun, count in sorted(loading.counts.items()) if count}
    made = ", ".join(f"{count} {noun}" for noun, count in counts.items() if not noun.endswith(" known"))
    known = ", ".join(f"{count} {noun.removesuffix(' known')}" for noun, count in counts.items() if " known" in noun)
    console.print(f"{'Would store' if dry_run else 'Stored'}: {made or 'nothing'}.", soft_wrap=True)
    if known:
        console.print(f"In the record already: {known}.", soft_wrap=True)


def _why(one: Outcome) -> str:
    if one.outcome != "duplicate":
        return ""
    return KNOWN if one.reason == KNOWN else "says what another row says"


def tell_refused(refused: Sequence[Outcome]) -> None:
    """Prints the first refused rows, each with its place and the reason."""
    for one in refused[:REFUSED_SHOWN_MAX]:
        console.print(f"{one.file}:{one.line} {one.id}: {one.reason}", soft_wrap=True, markup=False)
    if len(refused) > REFUSED_SHOWN_MAX:
        console.print(f"… and {len(refused) - REFUSED_SHOWN_MAX} more; --errors FILE has them all.")


def write_outcomes(outcomes: Sequence[Outcome], file: TextIO) -> None:
    """Writes what became of each row, tab-separated, a row to a line."""
    writer = csv.writer(file, dialect="excel-tab", lineterminator="\n")
    writer.writerow(("file", "line", "id", "outcome", "reason"))
    writer.writerows((one.file, one.line, one.id, one.outcome, one.reason) for one in outcomes)
