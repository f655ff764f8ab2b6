"""Data sets into the record: an importer's records handed to a load, row by row accounted for."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from rich.table import Table

from api.running import console
from db.loading import Loading
from importers.records import ActorRecord, AffiliationRecord, ContactRecord, Outcome, SourceRecord
from importers.registry import Importer
from importers.shapes import actor_body, actor_ref, affiliation_body, contact_body, source_body

KNOWN = "in the record already"


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
                loading.affiliation(actor_ref(record.subject_key), affiliation_body(record))
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


def tell(outcomes: list[Outcome], loading: Loading, *, dry_run: bool) -> None:
    """Prints what became of the rows, and why those that were not loaded were not."""
    table = Table("outcome", "rows", "why", box=None)
    reasons = Counter((one.outcome, one.reason.partition(":")[0]) for one in outcomes)
    for (outcome, reason), rows in sorted(reasons.items()):
        if outcome == "loaded" or not reason.startswith("repeats "):
            table.add_row(outcome, str(rows), reason)
    for one in outcomes:
        if one.outcome != "loaded" and one.reason != KNOWN:
            table.add_row("", f"{one.file}:{one.line}", f"{one.id} {one.reason}")
    table.add_row("read", str(len(outcomes)), "= loaded + duplicate + refused")
    console.print(table)
    made = ", ".join(f"{count} {noun}" for noun, count in sorted(loading.counts.items()) if count)
    console.print(f"{'Would store' if dry_run else 'Stored'}: {made or 'nothing'}.")
