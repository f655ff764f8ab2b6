"""Imports: files that are loaded as jobs, what became of each of their rows, and how far they are."""

from datetime import datetime
from typing import Any, Final, Literal

from pydantic import Field
from sqlalchemy import BigInteger, CheckConstraint, Index, LargeBinary, SmallInteger, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from models.base import CodeText, Instant, Page, Shape, id_column, ref_column
from models.vocabulary import words

ImportState = Literal["queued", "running", "succeeded", "failed", "cancelled"]
OVER: Final[tuple[ImportState, ...]] = ("succeeded", "failed", "cancelled")
"""States that an import never leaves."""
ROW_COUNTS: Final = ("loaded", "folded", "left_out", "duplicate", "refused")
"""What becomes of a row. Together they are the rows read."""


class Import(SQLModel, table=True):
    """One file to be loaded: all of it in one transaction, in which this row becomes «succeeded»."""

    __tablename__ = "import"
    __table_args__ = (
        CheckConstraint(f"state IN {words(ImportState)}", name="import_state"),
        CheckConstraint(
            f"rows_read = {' + '.join(ROW_COUNTS)} OR state IN ('queued', 'running')", name="import_accounts_for_rows"
        ),
        UniqueConstraint("key_id", "idempotency_key", name="import_idempotency_key"),
        Index("import_open_idx", "import_id", postgresql_where=text("state IN ('queued', 'running')")),
    )
    import_id: int | None = id_column("import_id_seq")
    format: str = ColumnField(sa_type=Text)
    options: dict[str, Any] = ColumnField(sa_type=JSONB, description="Decisions for the importer, by name.")
    dry_run: bool = ColumnField(default=False)
    skip_refused: bool = ColumnField(default=False)
    file_name: str | None = ColumnField(default=None, sa_type=Text)
    file_bytes: int = ColumnField(sa_type=BigInteger)
    key_id: int = ColumnField(sa_type=BigInteger, description="The key under which it was sent.")
    idempotency_key: str | None = ColumnField(default=None, sa_type=CodeText)
    request_digest: bytes = ColumnField(sa_type=LargeBinary, description="SHA-256 of the options and the file.")
    request_id: str | None = ColumnField(default=None, sa_type=Text)
    reason: str | None = ColumnField(default=None, sa_type=Text)
    state: str = ColumnField(default="queued", sa_type=Text)
    cancel_requested: bool = ColumnField(default=False)
    attempts: int = ColumnField(default=0, sa_type=SmallInteger, description="How often it was begun.")
    fault: str | None = ColumnField(default=None, sa_type=Text, description="Why it failed, as a sentence.")
    queued_at: datetime | None = ColumnField(
        default=None, nullable=False, sa_type=Instant, sa_column_kwargs={"server_default": text("now()")}
    )
    started_at: datetime | None = ColumnField(default=None, sa_type=Instant, description="When it was last begun.")
    ended_at: datetime | None = ColumnField(default=None, sa_type=Instant)
    bytes_read: int = ColumnField(default=0, sa_type=BigInteger)
    rows_read: int = ColumnField(default=0, sa_type=BigInteger)
    loaded: int = ColumnField(default=0, sa_type=BigInteger)
    folded: int = ColumnField(default=0, sa_type=BigInteger)
    left_out: int = ColumnField(default=0, sa_type=BigInteger)
    duplicate: int = ColumnField(default=0, sa_type=BigInteger)
    refused: int = ColumnField(default=0, sa_type=BigInteger)
    rules: dict[str, int] = ColumnField(default_factory=dict, sa_type=JSONB, description="Rows met by each rule.")
    stored: dict[str, int] = ColumnField(default_factory=dict, sa_type=JSONB, description="Records made, by noun.")


class ImportChunk(SQLModel, table=True):
    """A piece of the file of an import that is not over yet."""

    __tablename__ = "import_chunk"
    import_id: int | None = ref_column("import.import_id", name="import_chunk_import_fkey", primary=True)
    ordinal: int = ColumnField(primary_key=True, sa_column_kwargs={"autoincrement": False})
    data: bytes = ColumnField(sa_type=LargeBinary)


class ImportRefusal(SQLModel, table=True):
    """One fault of one row that was refused."""

    __tablename__ = "import_refusal"
    import_id: int | None = ref_column("import.import_id", name="import_refusal_import_fkey", primary=True)
    ordinal: int = ColumnField(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    line: int = ColumnField(sa_type=BigInteger, description="On which the row begins, from 1.")
    place: str = ColumnField(sa_type=Text, description="A column or a JSON pointer; empty = the whole row.")
    reason: str = ColumnField(sa_type=Text)


class RowCounts(Shape):
    """What became of the rows read so far; read = loaded + folded + left_out + duplicate + refused."""

    read: int = Field(description="Rows read.")
    loaded: int = Field(description="Rows that became contacts.")
    folded: int = Field(description="Rows that became part of a contact that another row made.")
    left_out: int = Field(description="Rows that a rule leaves out: what they say is no contact that took place.")
    duplicate: int = Field(description="Rows whose contact the record, or the file, had already.")
    refused: int = Field(description="Rows with a fault; `errors.csv` names each.")


class ImportLinks(Shape):
    """Where to go on from here."""

    self: str = Field(description="Address of this import.")
    events: str = Field(description="The same as a stream of server-sent events.")
    errors: str = Field(description="The rows that were refused, as CSV.")


class ImportOut(Shape):
    """An import and how far it is."""

    id: str = Field(description="Public id; opaque and stable.")
    state: ImportState = Field(description="The last three are final; only a `succeeded` one has stored anything.")
    format: str = Field(description="The importer's name, as /v1/imports/formats lists it.")
    file_name: str | None = Field(description="The name that was sent with the file.")
    file_bytes: int = Field(description="Length of the file.")
    dry_run: bool = Field(description="Everything is judged and nothing stored.")
    skip_refused: bool = Field(description="Rows with faults are left away instead of failing the import.")
    reason: str | None = Field(description="Why, as `Readout-Reason` said.")
    fault: str | None = Field(description="Why it failed, as a sentence.")
    rows: RowCounts = Field(description="What became of the rows read so far.")
    rules: dict[str, int] = Field(description="Rows met by each rule of the importer.")
    stored: dict[str, int] = Field(description="Records made, or in a dry run to be made, by noun.")
    bytes_read: int = Field(description="How much of the file is read.")
    rows_per_second: float | None = Field(description="Since it was begun; null = not begun.")
    seconds_left: float | None = Field(description="Until the file is read, at this rate; null = not known.")
    attempts: int = Field(description="How often it was begun: more than once after the service died under it.")
    queued_at: datetime = Field(description="When it was accepted, UTC.")
    started_at: datetime | None = Field(description="When it was last begun, UTC.")
    ended_at: datetime | None = Field(description="When it was over, UTC.")
    links: ImportLinks = Field(description="Addresses of what belongs to it.")


class ImportPage(Page[ImportOut]):
    """A page of imports."""


class ImportRule(Shape):
    """A rule by which rows are not loaded one to one."""

    name: str = Field(description="As an import's `rules` counts it.")
    outcome: str = Field(description="What becomes of the rows it meets.")
    says: str = Field(description="The rule as a sentence.")


class ImportFormat(Shape):
    """A format or data set that can be imported."""

    name: str = Field(description="To be sent as `format`.")
    title: str = Field(description="What it is.")
    cannot_carry: str = Field(description="What of the record it has no place for.")
    over_http: bool = Field(description="Whether `POST /v1/imports` takes it; `readout import` takes everything.")
    archive_of: list[str] = Field(
        description="Not empty = it is a folder, sent as one ZIP archive that holds these files, in whatever folder."
    )
    needs_mapping: bool = Field(description="Whether the form has to say, in a part `mapping`, how columns are read.")
    event_data: bool = Field(description="Whether it may be read with `intents`.")
    media_types: list[str] = Field(description="Media types of the body; the first is the one to send.")
    rules: list[ImportRule] = Field(description="By which rows are folded, left out or taken for duplicates.")


class ImportFormats(Shape):
    """Every format that can be imported."""

    items: list[ImportFormat] = Field(description="In the order of the registry.")
