"""Coverage: the windows in which a publisher was monitored, so that silence can be told from not looking."""

from pydantic import Field
from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field as ColumnField

from models.affiliations import TenureBounds, TenureFields
from models.base import ActorLink, Page, Prose, Recorded, Ref, Versioned, id_column, patch_of, ref_column

WATCH_DAYS = 30
"""A side that says nothing for so long after a contact is silent: readouts come within days, replies within weeks."""


class CoverageFields(TenureFields):
    """One window in which somebody read what a publisher publishes."""

    note: Prose | None = ColumnField(default=None, sa_type=Text, description="What was read, by whom, how often.")


class CoverageIn(CoverageFields):
    """A window of coverage as a client sends it."""

    publisher: Ref = Field(description="Whose publications were read.")


CoveragePatch = patch_of(CoverageIn, "CoveragePatch")


class Coverage(CoverageFields, TenureBounds, Versioned, table=True):
    """One publisher over one time."""

    __tablename__ = "coverage"
    __table_args__ = (
        CheckConstraint("start_earliest < end_latest", name="coverage_starts_before_it_ends"),
        Index("coverage_publisher_idx", "publisher_id"),
    )
    coverage_id: int | None = id_column("coverage_id_seq")
    publisher_id: int | None = ref_column("actor.actor_id", name="coverage_publisher_fkey")


class CoverageOut(CoverageFields, Recorded):
    """A window of coverage as the service answers it."""

    publisher: ActorLink = Field(description="Whose publications were read.")


class CoveragePage(Page[CoverageOut]):
    """A page of windows of coverage."""
