"""Affiliations: who holds, belongs to, is part of, is a member of or controls what, and when."""

from datetime import datetime

from pydantic import Field
from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from models.base import (
    ActorLink,
    Civil,
    Fields,
    Line,
    Page,
    Prose,
    Recorded,
    Ref,
    TenureDate,
    Versioned,
    id_column,
    patch_of,
    ref_column,
)
from models.vocabulary import Relation, words

ALLOWED_ENDS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "holds": (frozenset({"person"}), frozenset({"office"})),
    "belongs_to": (
        frozenset({"office", "group", "person", "organisation"}),
        frozenset({"organisation", "state", "group"}),
    ),
    "part_of": (
        frozenset({"organisation", "group", "state", "office"}),
        frozenset({"organisation", "state", "group"}),
    ),
    "member_of": (frozenset({"state", "organisation", "person"}), frozenset({"organisation", "group"})),
    "controls": (frozenset({"organisation", "state"}), frozenset({"state"})),
}
"""Which kinds may stand at either end of a relation. ``person belongs_to state`` serves sources that give
a person's country and no post."""


class TenureFields(Fields):
    """When something held: two dates, each EDTF, ``..`` for open, absent for unknown."""

    since: TenureDate | None = ColumnField(
        default=None, sa_type=Text, description="First day; .. = always; absent = unknown."
    )
    until: TenureDate | None = ColumnField(
        default=None,
        sa_type=Text,
        description="Last day; .. = still; absent = unknown, which is not «still».",
    )


class TenureBounds(SQLModel):
    """The four instants a tenure's two dates mean; certain is [start_latest, end_earliest)."""

    start_earliest: datetime = ColumnField(sa_type=Civil)
    start_latest: datetime = ColumnField(sa_type=Civil)
    end_earliest: datetime = ColumnField(sa_type=Civil)
    end_latest: datetime = ColumnField(sa_type=Civil)


class AffiliationFields(TenureFields):
    """What one actor is to another."""

    relation: Relation = ColumnField(sa_type=Text, description="What the actor is to the target.")
    title: Line | None = ColumnField(default=None, sa_type=Text, description="As the source words the post.")
    note: Prose | None = ColumnField(default=None, sa_type=Text, description="What a reader should know of it.")


class AffiliationIn(AffiliationFields):
    """An affiliation as a client sends it."""

    target: Ref = Field(description="The office, organisation, state or group at the other end.")


AffiliationPatch = patch_of(AffiliationIn, "AffiliationPatch")


class Affiliation(AffiliationFields, TenureBounds, Versioned, table=True):
    """One relation of one actor to another over one time."""

    __tablename__ = "affiliation"
    __table_args__ = (
        CheckConstraint(f"relation IN {words(Relation)}", name="affiliation_relation"),
        # A merge retracts one that would lead from an actor to himself; of whom else should it be?
        CheckConstraint("actor_id <> target_id OR retracted_at IS NOT NULL", name="affiliation_not_to_itself"),
        CheckConstraint("start_earliest < end_latest", name="affiliation_starts_before_it_ends"),
        Index("affiliation_actor_idx", "actor_id"),
        Index("affiliation_target_idx", "target_id"),
    )
    affiliation_id: int | None = id_column("affiliation_id_seq")
    actor_id: int | None = ref_column("actor.actor_id", name="affiliation_actor_fkey")
    target_id: int | None = ref_column("actor.actor_id", name="affiliation_target_fkey")


class AffiliationOut(AffiliationFields, Recorded):
    """An affiliation as the service answers it."""

    actor: ActorLink = Field(description="Whose affiliation it is.")
    target: ActorLink = Field(description="The office, organisation, state or group at the other end.")


class AffiliationPage(Page[AffiliationOut]):
    """A page of affiliations."""
