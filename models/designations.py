"""Designations: the lists that actors are on."""

from pydantic import Field
from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field as ColumnField

from models.affiliations import TenureBounds, TenureFields
from models.base import ActorLink, Line, Page, Prose, Recorded, Versioned, id_column, patch_of, ref_column


class DesignationFields(TenureFields):
    """Being on one list of one authority."""

    list: Line = ColumnField(sa_type=Text, description="The name of the list.")
    authority: Line = ColumnField(sa_type=Text, description="Who keeps it.")
    note: Prose | None = ColumnField(default=None, sa_type=Text, description="What a reader should know of it.")


class DesignationIn(DesignationFields):
    """A designation as a client sends it."""


DesignationPatch = patch_of(DesignationIn, "DesignationPatch")


class Designation(DesignationFields, TenureBounds, Versioned, table=True):
    """One actor on one list over one time."""

    __tablename__ = "designation"
    __table_args__ = (
        CheckConstraint("start_earliest < end_latest", name="designation_starts_before_it_ends"),
        Index("designation_actor_idx", "actor_id"),
    )
    designation_id: int | None = id_column("designation_id_seq")
    actor_id: int | None = ref_column("actor.actor_id", name="designation_actor_fkey")


class DesignationOut(DesignationFields, Recorded):
    """A designation as the service answers it."""

    actor: ActorLink = Field(description="Who is on the list.")


class DesignationPage(Page[DesignationOut]):
    """A page of designations."""
