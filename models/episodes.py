"""Episodes: what contacts belong to, with dates («Gaza, May 2021»)."""

from pydantic import Field
from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlmodel import Field as ColumnField

from models.affiliations import TenureBounds, TenureFields
from models.base import CodeText, Line, Page, Prose, Recorded, Slug, Versioned, id_column, patch_of


class EpisodeFields(TenureFields):
    """A crisis, a negotiation, a visit season: what several contacts belong to."""

    name: Line = ColumnField(sa_type=Text, description="Its name.")
    description: Prose | None = ColumnField(default=None, sa_type=Text, description="What a reader should know of it.")


class EpisodeIn(EpisodeFields):
    """An episode as a client sends it."""

    slug: Slug | None = Field(default=None, description="Made from the name when absent.")


EpisodePatch = patch_of(EpisodeIn, "EpisodePatch")


class Episode(EpisodeFields, TenureBounds, Versioned, table=True):
    """What contacts belong to."""

    __tablename__ = "episode"
    __table_args__ = (
        UniqueConstraint("slug", name="episode_slug_key"),
        CheckConstraint("start_earliest < end_latest", name="episode_starts_before_it_ends"),
    )
    episode_id: int | None = id_column("episode_id_seq")
    slug: str = ColumnField(sa_type=CodeText)


class EpisodeOut(EpisodeFields, Recorded):
    """An episode as the service answers it."""

    slug: str = Field(description="Its readable name in addresses.")


class EpisodePage(Page[EpisodeOut]):
    """A page of episodes."""
