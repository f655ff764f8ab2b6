"""Sources: the documents on which the record rests."""

from datetime import datetime

from pydantic import Field
from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field as ColumnField

from models.base import (
    ActorLink,
    Civil,
    CodeText,
    EdtfText,
    Fields,
    Language,
    Line,
    Page,
    Prose,
    Recorded,
    Ref,
    Sha256,
    Slug,
    SourceLink,
    Url,
    Versioned,
    id_column,
    patch_of,
    ref_column,
)
from models.vocabulary import Reliability, SourceKind, words


class SourceFields(Fields):
    """What a document is and how far its publisher is relied on."""

    kind: SourceKind = ColumnField(sa_type=Text, description="What kind of document it is.")
    title: Line = ColumnField(sa_type=Text, description="Its title, or a line that describes it.")
    publisher_name: Line | None = ColumnField(
        default=None, sa_type=Text, description="For a publisher that is not an actor of the record."
    )
    url: Url | None = ColumnField(default=None, sa_type=Text, description="Never fetched by the service.")
    archived_url: Url | None = ColumnField(
        default=None, sa_type=Text, description="A copy that lasts; never fetched by the service."
    )
    language: Language | None = ColumnField(
        default=None, sa_type=Text, description="Language as a BCP 47 tag, such as ar or pt-BR."
    )
    published: EdtfText | None = ColumnField(default=None, sa_type=Text, description="EDTF; absent = unknown.")
    updated: Line | None = ColumnField(default=None, sa_type=Text, description="As the document words it.")
    retrieved: EdtfText | None = ColumnField(default=None, sa_type=Text, description="When somebody read it, EDTF.")
    sha256: Sha256 | None = ColumnField(
        default=None, sa_type=Text, description="Digest of the file that was read, in hexadecimal."
    )
    reliability: Reliability | None = ColumnField(
        default=None, sa_type=Text, description="Admiralty scale: A completely reliable … F cannot be judged."
    )
    note: Prose | None = ColumnField(default=None, sa_type=Text, description="What a reader should know of it.")


class SourceIn(SourceFields):
    """A source as a client sends it."""

    slug: Slug | None = Field(default=None, description="Its readable name in addresses; a source may go without.")
    publisher: Ref | None = Field(default=None, description="The actor that published it.")
    supersedes: Ref | None = Field(default=None, description="The source this one corrects.")


SourcePatch = patch_of(SourceIn, "SourcePatch")


class Source(SourceFields, Versioned, table=True):
    """A document."""

    __tablename__ = "source"
    __table_args__ = (
        CheckConstraint(f"kind IN {words(SourceKind)}", name="source_kind"),
        CheckConstraint(f"reliability IS NULL OR reliability IN {words(Reliability)}", name="source_reliability"),
        CheckConstraint("supersedes_id <> source_id", name="source_not_after_itself"),
        UniqueConstraint("slug", name="source_slug_key"),
        Index("source_publisher_idx", "publisher_id"),
        Index("source_supersedes_idx", "supersedes_id"),
    )
    source_id: int | None = id_column("source_id_seq")
    slug: str | None = ColumnField(default=None, sa_type=CodeText)
    publisher_id: int | None = ref_column("actor.actor_id", name="source_publisher_fkey", nullable=True)
    supersedes_id: int | None = ref_column("source.source_id", name="source_supersedes_fkey", nullable=True)
    published_earliest: datetime | None = ColumnField(default=None, sa_type=Civil)
    published_latest: datetime | None = ColumnField(default=None, sa_type=Civil)


class SourceOut(SourceFields, Recorded):
    """A source as the service answers it."""

    slug: str | None = Field(description="Its readable name in addresses, if it has one.")
    publisher: ActorLink | None = Field(description="The actor that published it.")
    supersedes: SourceLink | None = Field(description="The source this one corrects.")


class SourcePage(Page[SourceOut]):
    """A page of sources."""
