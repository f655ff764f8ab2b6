"""History: one revision per writing transaction, one entry per changed record; and stored first answers."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, LargeBinary, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from models.base import CodeText, Instant, id_column, key_column
from models.vocabulary import Action, words


class Revision(SQLModel, table=True):
    """One committed transaction that wrote; its id is the graph version.

    The id is drawn under a lock taken last before COMMIT, so that revisions become visible in their order.
    """

    __tablename__ = "revision"
    __table_args__ = (
        Index("revision_at_idx", "at"),
        Index("revision_latest_write_idx", "latest_write"),
        Index("revision_log_idx", "log_id", unique=True),
        Index("revision_late_idx", "revision_id", "write_id", postgresql_where=text("write_id < latest_write")),
    )
    revision_id: int | None = id_column("revision_id_seq")
    at: datetime | None = ColumnField(
        default=None,
        nullable=False,
        sa_type=Instant,
        sa_column_kwargs={"server_default": text("revision_moment()")},
        description="When it was sealed: from then on it is known. Rises with the revisions.",
    )
    key_id: int | None = ColumnField(default=None, sa_type=BigInteger, description="Absent for the command line.")
    request_id: str | None = ColumnField(default=None, sa_type=Text)
    reason: str | None = ColumnField(default=None, sa_type=Text)
    changes: int = ColumnField(sa_type=BigInteger, description="Entries it wrote.")
    touched: list[int] | None = ColumnField(
        default=None,
        sa_type=ARRAY(BigInteger),
        description="Contacts whose incidences or edges it moved; null = unknown or too many, all may have moved.",
    )
    write_id: int | None = ColumnField(
        default=None,
        nullable=False,
        sa_type=BigInteger,
        sa_column_kwargs={"server_default": text("current_write()")},
        description="The number that its rows carry as known_from; drawn when it first wrote, not when it committed.",
    )
    latest_write: int | None = ColumnField(
        default=None,
        nullable=False,
        sa_type=BigInteger,
        sa_column_kwargs={"server_default": text("latest_write()")},
        description="The highest write_id up to here.",
    )
    log_id: int = ColumnField(sa_type=BigInteger, description="The number that its entries stand under.")
    reason_salt: bytes | None = ColumnField(default=None, sa_type=LargeBinary, description="Hashed with the reason.")
    entries: bytes | None = ColumnField(default=None, sa_type=LargeBinary, description="Digest over its entries.")
    link: bytes | None = ColumnField(
        default=None, sa_type=LargeBinary, description="See models.chain.link; null = made before there was a chain."
    )


class History(SQLModel, table=True):
    """One record before and after one writing transaction, as its tables hold it: see db.record_states."""

    __tablename__ = "history"
    __table_args__ = (
        CheckConstraint(f"action IN {words(Action)}", name="history_action"),
        Index("history_record_idx", "noun", "record_id", "log_id"),
        Index("history_contact_idx", "contact_id", "log_id", postgresql_where=text("contact_id IS NOT NULL")),
    )
    log_id: int = key_column()
    ordinal: int = ColumnField(primary_key=True, sa_column_kwargs={"autoincrement": False})
    noun: str = ColumnField(sa_type=CodeText)
    record_id: int = ColumnField(sa_type=BigInteger)
    contact_id: int | None = ColumnField(
        default=None, sa_type=BigInteger, description="The contact that an account or a commitment belongs to."
    )
    action: str = ColumnField(sa_type=Text)
    before: dict[str, Any] | None = ColumnField(default=None, sa_type=JSONB(none_as_null=True))
    after: dict[str, Any] | None = ColumnField(default=None, sa_type=JSONB(none_as_null=True))
    salt: bytes | None = ColumnField(default=None, sa_type=LargeBinary)
    digest: bytes | None = ColumnField(
        default=None, sa_type=LargeBinary, description="See models.chain.entry_digest; null = made before the chain."
    )


class Idempotency(SQLModel, table=True):
    """The first answer to a request with an Idempotency-Key, replayed to its repetitions."""

    __tablename__ = "idempotency"
    __table_args__ = (Index("idempotency_stored_idx", "stored_at"),)
    key_id: int = key_column()
    idempotency_key: str = ColumnField(primary_key=True, sa_type=CodeText)
    request_digest: bytes = ColumnField(sa_type=LargeBinary)
    status: int = ColumnField(sa_type=SmallInteger)
    headers: dict[str, str] = ColumnField(sa_type=JSONB)
    body: bytes = ColumnField(sa_type=LargeBinary)
    stored_at: datetime | None = ColumnField(
        default=None, nullable=False, sa_type=Instant, sa_column_kwargs={"server_default": text("now()")}
    )


class Instance(SQLModel, table=True):
    """The one row about this database: the key of its public ids."""

    __tablename__ = "instance"
    __table_args__ = (CheckConstraint("instance_id = 1", name="instance_only_one"),)
    instance_id: int = ColumnField(
        default=1, primary_key=True, sa_type=SmallInteger, sa_column_kwargs={"autoincrement": False}
    )
    id_first: int = ColumnField(sa_type=BigInteger)
    id_second: int = ColumnField(sa_type=BigInteger)
    logged_from: int = ColumnField(
        default=0,
        sa_type=BigInteger,
        sa_column_kwargs={"server_default": text("0")},
        description="Every write with this number or a higher one left complete entries of history.",
    )
    erasures: int = ColumnField(
        default=0,
        sa_type=BigInteger,
        sa_column_kwargs={"server_default": text("0")},
        description="How often content was erased: the past may have changed each time.",
    )
    past_since: datetime | None = ColumnField(
        default=None, sa_type=Instant, description="Before this the record kept no past; null = it always has."
    )
