"""API keys: who may read, write and administer."""

from datetime import datetime
from typing import Annotated

from pydantic import Field
from sqlalchemy import ARRAY, CheckConstraint, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from models.base import WHOLE, CodeText, Instant, Line, Page, Shape, id_column
from models.vocabulary import Scope, words


class ApiKey(SQLModel, table=True):
    """A key; only the SHA-256 of its secret is stored."""

    __tablename__ = "api_key"
    __table_args__ = (
        CheckConstraint(f"scopes <@ ARRAY{list(words(Scope))}", name="api_key_scopes"),
        UniqueConstraint("name_token", name="api_key_name_token_key"),
    )
    key_id: int | None = id_column("api_key_id_seq")
    name_token: str = ColumnField(sa_type=CodeText, description="The public middle part of ro_<id>_<secret>.")
    name: str = ColumnField(sa_type=Text)
    digest: bytes = ColumnField(sa_type=LargeBinary)
    scopes: list[str] = ColumnField(sa_type=ARRAY(Text))
    created_at: datetime | None = ColumnField(
        default=None, nullable=False, sa_type=Instant, sa_column_kwargs={"server_default": text("now()")}
    )
    expires_at: datetime | None = ColumnField(default=None, sa_type=Instant)
    revoked_at: datetime | None = ColumnField(default=None, sa_type=Instant)
    last_used_at: datetime | None = ColumnField(default=None, sa_type=Instant)


class KeyIn(Shape):
    """A key to be made."""

    name: Line = Field(description="Whose key it is and what for.")
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=3)] = Field(
        description="What it may do; write implies read, admin both."
    )
    expires_at: datetime | None = Field(default=None, description="Until when it works; absent = until it is revoked.")


class KeyOut(Shape):
    """A key as the service answers it, without its secret."""

    id: str = Field(description="Public id; not the key itself.")
    name: str = Field(description="Whose key it is and what for.")
    scopes: list[Scope] = Field(description="What it may do; write implies read, admin both.")
    created_at: datetime = Field(description="When it was made, UTC.")
    expires_at: datetime | None = Field(description="Until when it works, UTC; null = until it is revoked.")
    revoked_at: datetime | None = Field(description="Since when it is worthless, UTC; null = it is not revoked.")
    last_used_at: datetime | None = Field(description="When it was last used, to the minute, UTC; null = never.")


class KeyMade(KeyOut):
    """A new key; the only time its secret is shown."""

    key: str | None = Field(description="The key itself; null when the answer is repeated under its Idempotency-Key.")


class KeyRotation(Shape):
    """How long the old key goes on working beside the new one."""

    overlap_minutes: Annotated[int, Field(ge=0, le=60 * 24 * 30), WHOLE] = Field(
        default=60 * 24, description="Minutes during which the old key goes on working; at most 30 days."
    )


class KeyPage(Page[KeyOut]):
    """A page of keys."""
