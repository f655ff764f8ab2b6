"""One import carried out: its file read by its importer into one transaction, which ends with the import's success."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from api.import_sending import options_kept
from api.imports import load
from db.engine import Database
from db.faults import meaning
from db.imports import Attendance, Cancelled, attended
from db.loading import Loading
from db.records import Author, commit
from importers.archives import Unreadable
from importers.choices import Choices
from importers.documents import Document
from importers.records import Fault, Outcome
from importers.registry import importer_named
from importers.tally import Tally
from models.errors import DiskFull, ReadoutError, TimedOut, Unavailable
from models.imports import ROW_COUNTS

TOLD_SECONDS: Final = 0.5
"""How often an import says how far it is, and looks whether it is cancelled."""
FAULTS_TOLD_AT: Final = 1_000
REASON_LENGTH_MAX: Final = 500
OURS: Final = "The service made a mistake; its log says which. Nothing was stored."
log = structlog.get_logger("readout.import")


class Passing(Exception):
    """The import failed for no fault of its file; it is begun again after a while."""


class NothingKept(Exception):
    """The load is over and is taken back: it was a trial, or rows were refused."""


@dataclass(slots=True)
class Progress:
    """How far an import is, told from time to time."""

    job: Attendance
    tally: Tally = field(default_factory=Tally)
    made: dict[str, int] = field(default_factory=dict)
    bytes_read: int = 0
    _faults: list[tuple[int, str, str]] = field(default_factory=list)
    _told: float = field(default_factory=time.monotonic)

    @property
    def name(self) -> str:
        """What the import's file is called."""
        return self.job.row.file_name or self.job.row.format

    def document(self) -> Document:
        """Returns the import's file, which counts how much of it has been read."""

        def pieces() -> Iterator[bytes]:
            for piece in self.job.file():
                yield piece
                self.bytes_read += len(piece)

        return Document(self.name, pieces())

    def heard(self, outcome: Outcome) -> None:
        """Counts a row, and keeps its faults if it was refused."""
        self.tally.add(outcome)
        if outcome.outcome == "refused":
            # Of several files in an archive it has to be said which.
            file = outcome.file if outcome.file != self.name else ""
            self._faults += [
                (outcome.line, f"{file} {fault.column}".strip(), fault.reason[:REASON_LENGTH_MAX])
                for fault in outcome.faults or (Fault("", outcome.reason),)
            ]
        if len(self._faults) >= FAULTS_TOLD_AT or time.monotonic() - self._told >= TOLD_SECONDS:
            self.tell()

    def tell(self) -> None:
        """Stores how far it is, in a transaction of its own."""
        faults, self._faults = self._faults, []
        self.job.tell(self.counts(), faults)
        self._told = time.monotonic()

    def counts(self) -> dict[str, Any]:
        """Returns the columns of the import's row that say how far it is."""
        rules = {rule: rows for outcome, rule, rows in self.tally.by_rule() if rule and outcome != "refused"}
        found: dict[str, Any] = {name: self.tally.total(name) for name in ROW_COUNTS}
        stored = {noun: count for noun, count in self.made.items() if count and not noun.endswith(" known")}
        return {
            **found,
            "rows_read": self.tally.read,
            "bytes_read": self.bytes_read,
            "rules": rules,
            "stored": stored,
        }


def carry_out(database: Database, import_id: int) -> None:
    """Carries out an import that is not over, unless somebody else is at it.

    Args:
        database: without limits on time.
        import_id: of the import.

    Raises:
        Passing: it is to be begun again after a while.
    """
    with attended(database, import_id) as job:
        if job is None:
            return
        progress = Progress(job)
        try:
            with database.session() as session:
                _load(session, progress)
        except Cancelled:
            _end(progress, "cancelled")
        except NothingKept:
            refused = 0 if job.row.skip_refused else progress.tally.total("refused")
            _end(progress, *(("failed", refused_said(refused)) if refused else ("succeeded", None)))
        except Unreadable as error:
            _end(progress, "failed", f"{error} Nothing was stored.")
        except Exception as error:
            _fail(progress, error)


def _load(session: Session, progress: Progress) -> None:
    row = progress.job.row
    importer = importer_named(row.format)
    assert importer is not None
    loading = Loading(session)
    # What the load counts is told while it goes on.
    progress.made = loading.counts
    load(importer.read_sent(progress.document(), Choices(**options_kept(row))), loading, progress.heard)
    progress.tell()
    if row.dry_run or (progress.tally.total("refused") and not row.skip_refused):
        raise NothingKept
    progress.job.end(session, "succeeded", progress.counts())
    commit(session, Author(row.key_id, row.request_id, row.reason or f"Import {row.format}"))


def refused_said(rows: int) -> str:
    """Returns why an import failed some of whose rows were refused."""
    some = "A row was" if rows == 1 else f"{rows} rows were"
    return (
        f"{some} refused, so nothing was stored; errors.csv names each. Mend them, or send the file with "
        "skip_refused=true to store the others."
    )


def _end(progress: Progress, state: str, fault: str | None = None) -> None:
    """Ends an import of which nothing is kept; a trial that went well tells what would have been."""
    would_store: dict[str, Any] = {} if state == "succeeded" else {"stored": {}}
    with progress.job.database.session() as session:
        progress.job.end(session, state, progress.counts() | would_store, fault)
        session.commit()


def _fail(progress: Progress, error: Exception) -> None:
    meant = error if isinstance(error, ReadoutError) else meaning(error)
    if isinstance(meant, Unavailable | DiskFull | TimedOut):
        log.warning("import_put_off", import_id=progress.job.row.import_id, reason=meant.detail)
        raise Passing from error
    if meant is None:
        log.error("import_failed", import_id=progress.job.row.import_id, exc_info=error)
    said = OURS if meant is None else " ".join((meant.detail, *(one.message for one in meant.errors[:1])))
    _end(progress, "failed", said)
