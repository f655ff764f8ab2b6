"""Topics: the controlled list of what contacts are about, which starts as PLOVER's contexts."""

from pydantic import Field
from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field as ColumnField

from models.base import (
    CodeText,
    Fields,
    Line,
    Page,
    Prose,
    Recorded,
    Ref,
    Slug,
    TopicLink,
    Versioned,
    id_column,
    patch_of,
    ref_column,
)


class TopicFields(Fields):
    """A subject; a narrower one names its broader one (SKOS)."""

    label: Line = ColumnField(sa_type=Text, description="Its name.")
    description: Prose | None = ColumnField(default=None, sa_type=Text, description="What belongs under it.")


class TopicIn(TopicFields):
    """A topic as a client sends it."""

    slug: Slug | None = Field(default=None, description="Made from the label when absent.")
    broader: Ref | None = Field(default=None, description="The topic directly above it.")


TopicPatch = patch_of(TopicIn, "TopicPatch")


class Topic(TopicFields, Versioned, table=True):
    """A subject of the controlled list."""

    __tablename__ = "topic"
    __table_args__ = (
        UniqueConstraint("slug", name="topic_slug_key"),
        CheckConstraint("broader_id <> topic_id", name="topic_not_broader_than_itself"),
    )
    topic_id: int | None = id_column("topic_id_seq")
    slug: str = ColumnField(sa_type=CodeText)
    broader_id: int | None = ref_column("topic.topic_id", name="topic_broader_fkey", nullable=True)


class TopicOut(TopicFields, Recorded):
    """A topic as the service answers it."""

    slug: str = Field(description="Its readable name in addresses.")
    broader: TopicLink | None = Field(description="The topic directly above it.")


class TopicPage(Page[TopicOut]):
    """A page of topics."""
