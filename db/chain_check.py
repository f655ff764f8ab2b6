"""The proof that history is as it was written: every digest and link worked out anew, in the order of revisions."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from models.chain import entries_digest, entry_digest, link, reason_digest

ROWS_AT_ONCE: Final = 500
"""Entries that travel together; an entry has some kilobytes at most, so memory stays flat."""
FAULTS_TOLD: Final = 1_000
ERASED: Final = b""
"""Stands for an entry whose content was erased as a whole."""
Erasures = tuple[dict[Any, bytes], dict[int, bytes]]
"""What the chain says was taken out: digests of what is left of entries, by place; of reasons, by revision."""
Progress = Callable[[int], None]
"""Told after each revision how many are done."""


@dataclass(slots=True)
class Findings:
    """What is wrong, a sentence each, and how much was looked at.

    Attributes:
        faults: the first of them.
        faulty: how many there are.
        revisions: in the chain.
        unchained: revisions from before there was a chain.
        entries: of history, covered by the chain.
        erased: entries that lost their content, or part of it, to an erasure that the chain knows of.
        records: replayed to what the tables hold.
        unlogged: records from before history was complete that have not changed since: nothing is said of them.
        head: number and link of the newest revision; who notes it elsewhere can prove that nothing was cut off.
    """

    faults: list[str] = field(default_factory=list)
    faulty: int = 0
    revisions: int = 0
    unchained: int = 0
    entries: int = 0
    erased: int = 0
    records: int = 0
    unlogged: int = 0
    head: str = ""

    def fault(self, sentence: str) -> None:
        """Counts a fault, and keeps the sentence unless there are very many."""
        self.faulty += 1
        if len(self.faults) < FAULTS_TOLD:
            self.faults.append(sentence)


def verify(session: Session, found: Findings, progress: Progress | None = None) -> None:
    """Works out every digest and link anew and names what does not agree.

    Args:
        session: that sees one snapshot.
        found: where it is told.
        progress: told after each revision.

    Cost: one pass over history in the order of revisions; memory flat.
    """
    lawful = dict(_redactions(session))
    unsaid = {row.record_id: bytes.fromhex(row.reason) for row in session.execute(text(_UNSAID))}
    previous: bytes | None = None
    begun = False
    rows = session.execute(text(_IN_ORDER), execution_options={"yield_per": ROWS_AT_ONCE})
    by_revision: Iterator[tuple[int, Iterator[Row[Any]]]] = groupby(rows, key=lambda row: row.revision_id)
    for number, group in by_revision:
        first = next(group)
        if first.link is None:
            found.unchained += 1
            if begun:
                found.fault(f"Revision {number} has lost its link.")
        else:
            begun = True
            _verify_revision(first, group, previous, (lawful, unsaid), found)
            previous = bytes(first.link)
            found.head = f"{number}:{previous.hex()}"
        if progress is not None:
            progress(found.revisions + found.unchained)
    for row in session.execute(text(_ORPHANS)):
        found.fault(f"Entry {row.ordinal} of log {row.log_id} belongs to no revision: the revision was removed.")


def _verify_revision(
    first: Row[Any], rest: Iterable[Row[Any]], previous: bytes | None, erased: Erasures, found: Findings
) -> None:
    lawful, unsaid = erased
    number = first.revision_id
    entries = _verified((row for row in (first, *rest) if row.ordinal is not None), lawful, found)
    digest = entries_digest(entries)
    if digest != first.entries:
        found.fault(f"Revision {number} sealed other entries: one was altered, removed, added or moved.")
    reason = unsaid.get(number)
    if first.reason is not None:
        reason = reason_digest(bytes(first.reason_salt or b""), first.reason)
    facts = {name: getattr(first, name) for name in ("revision_id", *_FACTS)}
    if link(previous, facts, entries=bytes(first.entries or b""), reason=reason) != first.link:
        found.fault(f"Revision {number} does not follow from the one before: it was altered, or the order was changed.")
    found.revisions += 1


def _verified(rows: Iterable[Row[Any]], lawful: dict[Any, bytes], found: Findings) -> Iterator[bytes]:
    """Yields the digests as they stand, and tells of the entries that they do not fit."""
    for row in rows:
        found.entries += 1
        place = f"Entry {row.ordinal} of revision {row.revision_id} ({row.noun} {row.record_id})"
        held = ERASED if row.salt is None else entry_digest(bytes(row.salt), row._asdict())
        known = bytes(row.digest) if row.digest is not None else None
        if held != known:
            if lawful.get((row.log_id, row.ordinal)) == held:
                found.erased += 1
            else:
                found.fault(f"{place} was altered.")
        yield known or b""


def _redactions(session: Session) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Yields the entries that an erasure changed, by place, with the digest of what was left of them."""
    for row in session.execute(text(_REDACTIONS)):
        for log_id, ordinal, digest in row.after["entries"]:
            yield (log_id, ordinal), bytes.fromhex(digest) if digest else ERASED


_FACTS: Final = ("at", "changes", "key_id", "latest_write", "log_id", "request_id", "touched", "write_id")
_IN_ORDER: Final = f"""
SELECT r.revision_id, r.{", r.".join(_FACTS)}, r.reason, r.reason_salt, r.entries, r.link,
    h.ordinal, h.noun, h.record_id, h.contact_id, h.action, h.before, h.after, h.salt, h.digest
FROM revision r LEFT JOIN history h USING (log_id) ORDER BY r.revision_id, h.ordinal
"""
_ORPHANS: Final = """
SELECT log_id, ordinal FROM history h WHERE NOT EXISTS (SELECT FROM revision r WHERE r.log_id = h.log_id)
ORDER BY log_id, ordinal
"""
_UNSAID: Final = """
SELECT record_id, after ->> 'reason' AS reason FROM history h JOIN revision r USING (log_id)
WHERE noun = 'history' AND action = 'erase' AND after ? 'reason'
"""
_REDACTIONS: Final = """
SELECT h.after FROM history h JOIN revision r USING (log_id)
WHERE noun = 'history' AND action = 'erase' ORDER BY r.revision_id, ordinal
"""
