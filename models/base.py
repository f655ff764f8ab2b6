"""What every shape shares: strict bodies, safe text, references, links, pages and patches."""

import re
import unicodedata
from datetime import datetime
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError
from sqlalchemy import BigInteger, DateTime, ForeignKey, Text, text
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel
from sqlmodel.main import FieldInfoMetadata

from models.edtf import EdtfError, parse
from models.vocabulary import ROUTE_WORDS, ActorKind, ContactKind, SourceKind

FIRST_MOMENT: Final = datetime(1, 1, 1)
"""Stands for an unknown or open start, so that one index range serves every window."""
LAST_MOMENT: Final = datetime(9999, 12, 31)
"""Stands for an unknown or open end."""
BIDI_CONTROLS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that make text read in another order than it is stored."""
Instant = DateTime(timezone=True)
Civil = DateTime(timezone=False)
CodeText = Text(collation="C")
"""Text compared by code point: the same order on every server, and the fastest."""


_HALF_PAIRS: Final = re.compile("[\ud800-\udfff]")


def refuse_unstorable(value: str) -> str:
    """Returns the text unless it holds a character Postgres or UTF-8 cannot store."""
    if "\x00" in value:
        raise ValueError("contains a NUL character, which cannot be stored")
    if not value.isascii() and _HALF_PAIRS.search(value):
        raise ValueError("contains half of a surrogate pair, which is not a character")
    return value.strip()


def refuse_unreadable(value: str) -> str:
    """Returns a name or title unless it would deceive or disturb whoever reads it in a list or a terminal."""
    if value.isascii() and value.isprintable() and not value.isspace():
        return value  # No control, and something to read: most names are plain.
    if any(unicodedata.category(character) == "Cc" or character in BIDI_CONTROLS for character in value):
        raise ValueError("contains a control character; write it on one line, without marks that turn its direction")
    if value and not any(unicodedata.category(character)[0] in "LNSP" for character in value):
        raise ValueError("has no letter, digit or sign that could be read")
    return value


def check_edtf(value: str) -> str:
    """Returns the text when it is a supported EDTF date."""
    try:
        return parse(value).text
    except EdtfError as error:
        raise ValueError(str(error)) from error


def check_tenure_date(value: str) -> str:
    """Returns the text when it is one EDTF date, or ``..`` for «always» and «still»."""
    if value == "..":
        return value
    if "/" in check_edtf(value):
        raise ValueError("give one date such as 2021, 2021-05 or 2021-05-12, or .. for open, not an interval")
    return value.strip()


def refuse_loose_number(value: object) -> object:
    """Returns a value unless it would only be read into a number: a text, or true."""
    if isinstance(value, bool | str | bytes):
        raise PydanticCustomError("int_type", "This must be a whole number.")
    return value


def split_commas(value: object) -> object:
    """Returns a list in which comma-listed members stand one by one, as if repeated."""
    if not isinstance(value, list):
        return value
    split = (item.split(",") if isinstance(item, str) else [item] for item in value)
    return [part.strip() if isinstance(part, str) else part for parts in split for part in parts]


def refuse_route_words(value: str) -> str:
    """Returns a slug unless the service's own addresses use the word in its place."""
    if value in ROUTE_WORDS:
        raise ValueError("this word stands in the service's own addresses; choose a longer slug")
    return value


SafeText = Annotated[str, AfterValidator(refuse_unstorable)]
Name = Annotated[SafeText, Field(min_length=1, max_length=300), AfterValidator(refuse_unreadable)]
Line = Annotated[SafeText, Field(min_length=1, max_length=500), AfterValidator(refuse_unreadable)]
Prose = Annotated[SafeText, Field(min_length=1, max_length=10_000)]
UNFIT_FOR_URL: Final = r"\s\x00-\x20\x7f-\xa0\ufeff<>\""
"""Blanks by name too: what is one differs between the engines that read the contract's patterns."""
Url = Annotated[
    str, Field(max_length=2_000, pattern=rf"^https?://[^{UNFIT_FOR_URL}]+$"), AfterValidator(refuse_unstorable)
]
Slug = Annotated[str, Field(max_length=120, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$"), AfterValidator(refuse_route_words)]
Ref = Annotated[SafeText, Field(min_length=1, max_length=300)]
"""An id (``act_…``), a slug, or ``scheme:value``."""
Scheme = Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z0-9_-]*$")]
EdtfText = Annotated[SafeText, Field(max_length=64), AfterValidator(check_edtf)]
TenureDate = Annotated[SafeText, Field(max_length=64), AfterValidator(check_tenure_date)]
Flag = Annotated[bool, Field(strict=True)]
WHOLE = BeforeValidator(refuse_loose_number)
"""A whole number as JSON Schema means it: 30 and 30.0, but neither "30" nor true."""
Minutes = Annotated[int, Field(ge=0, le=60 * 24 * 366), WHOLE]
Language = Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
CommaList = BeforeValidator(split_commas)
Cursor = Annotated[
    str | None,
    Field(
        max_length=500,
        description="From links.next; only with the filters it was made for.",
        examples=["WyJkMzk0MzA4ZmQ5ZjE0OTFjIiw1MF0"],
    ),
]
"""A place in a list; the example leads nowhere, since each cursor belongs to one question."""


class Fields(SQLModel):
    """The fields that a body, its table and its answer share: written once."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)  # type: ignore[assignment]


class Shape(BaseModel):
    """A wire shape without a table of its own; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


def id_column(sequence: str) -> Any:
    """Returns the column of an id drawn from a sequence; identity columns would block distribution."""
    return ColumnField(
        default=None,
        primary_key=True,
        sa_type=BigInteger,
        sa_column_kwargs={"server_default": text(f"nextval('{sequence}')"), "autoincrement": False},
    )


def key_column() -> Any:
    """Returns a column of a key that is drawn elsewhere, without a foreign key of its own."""
    return ColumnField(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})


def ref_column(target: str, *, name: str, nullable: bool = False, primary: bool = False) -> Any:
    """Returns a column that refers to another table's id through a named foreign key."""
    return ColumnField(
        default=None,
        primary_key=primary,
        nullable=nullable,
        sa_type=BigInteger,
        sa_column_args=(ForeignKey(target, name=name),),
    )


class KnownFrom(SQLModel):
    """The number of the write since which a row is as it is; what it was before stands in the schema ``past``."""

    known_from: int | None = ColumnField(
        default=None, nullable=False, sa_type=BigInteger, sa_column_kwargs={"server_default": text("current_write()")}
    )


class Versioned(KnownFrom):
    """Columns of every record that can be changed and retracted."""

    version: int = ColumnField(default=1, sa_column_kwargs={"server_default": text("1")})
    recorded_at: datetime | None = ColumnField(
        default=None,
        nullable=False,
        sa_type=Instant,
        sa_column_kwargs={"server_default": text("now()")},
    )
    changed_at: datetime | None = ColumnField(
        default=None,
        nullable=False,
        sa_type=Instant,
        sa_column_kwargs={"server_default": text("now()")},
    )
    retracted_at: datetime | None = ColumnField(default=None, sa_type=Instant)
    retraction_reason: str | None = ColumnField(default=None, sa_type=Text)


class Recorded(Shape):
    """What every answer about one record carries beside its fields."""

    id: str = Field(description="Public id; opaque and stable.")
    version: int = Field(description="Rises with every change; part of the ETag.")
    recorded_at: datetime = Field(description="When it was first recorded, UTC.")
    changed_at: datetime = Field(description="When it last changed, UTC.")


class ActorLink(Shape):
    """An actor as other records mention it."""

    id: str = Field(description="Its public id.")
    slug: str = Field(description="Its readable name in addresses.")
    name: str = Field(description="Its primary name.")
    kind: ActorKind = Field(description="What it is.")


class SourceLink(Shape):
    """A source as other records mention it."""

    id: str = Field(description="Its public id.")
    slug: str | None = Field(description="Its readable name in addresses, if it has one.")
    title: str = Field(description="Its title.")
    kind: SourceKind = Field(description="What kind of document it is.")


class ContactLink(Shape):
    """A contact as other records mention it."""

    id: str = Field(description="Its public id.")
    kind: ContactKind = Field(description="What kind of event it is.")
    when: str | None = Field(description="Its date, EDTF; null = unknown.")


class TopicLink(Shape):
    """A topic as other records mention it."""

    slug: str = Field(description="Its readable name in addresses.")
    label: str = Field(description="Its name.")


class EpisodeLink(Shape):
    """An episode as other records mention it."""

    slug: str = Field(description="Its readable name in addresses.")
    name: str = Field(description="Its name.")


class PageLinks(Shape):
    """Absolute addresses of this page and the next; ``next`` is absent on the last page."""

    self: str = Field(description="Absolute address of this page.")
    next: str | None = Field(default=None, description="Absolute address of the next page; absent on the last.")


class PageMeta(Shape):
    """What the page is and what it leaves out."""

    graph_version: int = Field(description="Which state of the record this answer describes.")
    unit: str = Field(description="What one item counts as.")
    total: int | None = Field(default=None, description="Only with the header Prefer: count=exact.")
    next_cursor: str | None = Field(default=None, description="For the next page; absent on the last.")
    truncated: bool | None = Field(default=None, description="True when something was left out; left_out says what.")
    left_out: dict[str, int] | None = Field(default=None, description="What the numbers do not include, counted.")
    limits: dict[str, int] | None = Field(default=None, description="What cut a list that has no next page.")


Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """One page of a list; each noun names its own subclass."""

    items: list[Item] = Field(description="The records of this page, in the order asked.")
    links: PageLinks = Field(description="Addresses of this page and the next.")
    meta: PageMeta = Field(description="Which state of the record it describes, and what it leaves out.")


def patch_of(shape: type[BaseModel], name: str, *, without: frozenset[str] = frozenset()) -> type[BaseModel]:
    """Returns the JSON Merge Patch (RFC 7396) of a body: every field optional, null clears those that may be absent.

    The merged document is validated again as a whole, so the patch itself only names the fields.
    """
    fields: dict[str, Any] = {
        key: (_patched(info), Field(default=None, description=info.description))
        for key, info in shape.model_fields.items()
        if key not in without
    }
    return create_model(
        name,
        __config__=ConfigDict(extra="forbid"),
        __doc__=f"Changes to a record; see {shape.__name__}.",
        **fields,
    )


def _patched(info: FieldInfo) -> Any:
    """Returns the type of a field in a patch: with all its limits, and null only where it may be absent."""
    limits = [limit for limit in info.metadata if not isinstance(limit, FieldInfoMetadata)]
    kind: Any = Annotated[info.annotation, *limits] if limits else info.annotation
    return kind if info.is_required() else kind | None
