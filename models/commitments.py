"""Commitments: what was promised in a contact."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, model_validator
from sqlalchemy import BigInteger, CheckConstraint, Index, Text
from sqlmodel import Field as ColumnField

from models.base import (
    WHOLE,
    ActorLink,
    Civil,
    CommaList,
    ContactLink,
    EdtfText,
    Fields,
    KnownFrom,
    Page,
    Prose,
    Recorded,
    Ref,
    Versioned,
    id_column,
    key_column,
    patch_of,
    ref_column,
)
from models.filters import Refs
from models.resource_filters import ResourceFilter
from models.vocabulary import CommitmentState, Status

Outcome = Annotated[int, Field(ge=-1, le=1), WHOLE]


class CommitmentFields(Fields):
    """A promise and what became of it."""

    text: Prose = ColumnField(sa_type=Text, description="What was promised, in your words.")
    due: EdtfText | None = ColumnField(
        default=None, sa_type=Text, description="By when, EDTF; absent = no date was given."
    )
    outcome: Outcome | None = ColumnField(default=None, description="-1 not kept, 0 partly or under way, 1 kept.")


class CommitmentIn(CommitmentFields):
    """A commitment as a client sends it with its contact."""

    by: Annotated[list[Ref], Field(min_length=1, max_length=100)] = Field(description="Who promised.")
    to: Annotated[list[Ref], Field(max_length=100)] = Field(default=[], description="To whom; empty = not said.")
    accounts: Annotated[list[Annotated[int, Field(ge=0, le=10_000), WHOLE]], Field(max_length=100)] = Field(
        default=[], description="Which of the body's accounts state it, counted from 0."
    )
    follow_up: Ref | None = Field(default=None, description="The contact in which it was followed up.")


class CommitmentBody(CommitmentFields):
    """What of a commitment can be patched: what became of it, and how it is worded and dated."""

    outcome_account: Ref | None = Field(default=None, description="The account that shows the outcome (`acc_…`).")
    follow_up: Ref | None = Field(default=None, description="The contact in which it was followed up.")

    @model_validator(mode="after")
    def outcome_of_an_account(self) -> "CommitmentBody":
        if self.outcome_account is not None and self.outcome is None:
            raise ValueError("outcome_account goes with an outcome: it is the account that shows it")
        return self


CommitmentPatch = patch_of(CommitmentBody, "CommitmentPatch")


class CommitmentList(ResourceFilter):
    """A question for a page of commitments, those due first at the top; those without a date come last."""

    state: Annotated[list[CommitmentState], CommaList] = Field(
        default=[],
        description="What became of them: `open`, `lapsed` (past due, no outcome), `kept`, `partly`, `not_kept`.",
        examples=[["lapsed"]],
    )
    actor: Refs = Field(default=[], description="By or to any of these, or whoever stood for them.")
    by: Refs = Field(
        default=[], description="Any of these promised, or whoever stood for them then.", examples=[["united-states"]]
    )
    to: Refs = Field(default=[], description="To any of these, or whoever stood for them then.", examples=[["israel"]])
    contact: Ref | None = Field(default=None, description="Made in this.", examples=["example:first-world/1"])
    due_from: EdtfText | None = Field(
        default=None, description="Due on this day or later, as far as the date can tell, EDTF.", examples=["2021-05"]
    )
    due_to: EdtfText | None = Field(
        default=None, description="Due on this day or earlier, as far as the date can tell, EDTF.", examples=["2021-06"]
    )
    status: Annotated[list[Status | Literal["any"]], CommaList] = Field(
        default=[],
        description="Of their contacts. Absent = those that took place by somebody's word.",
        examples=[["disputed"]],
    )


class Commitment(CommitmentFields, Versioned, table=True):
    """What was promised in one contact."""

    __tablename__ = "commitment"
    __table_args__ = (
        CheckConstraint("outcome BETWEEN -1 AND 1", name="commitment_outcome"),
        Index("commitment_follow_up_idx", "follow_up_id"),
        Index("commitment_due_idx", "due_latest"),
    )
    contact_id: int | None = ref_column("contact.contact_id", name="commitment_contact_fkey", primary=True)
    commitment_id: int | None = id_column("commitment_id_seq")
    follow_up_id: int | None = ref_column("contact.contact_id", name="commitment_follow_up_fkey", nullable=True)
    due_earliest: datetime | None = ColumnField(default=None, sa_type=Civil)
    due_latest: datetime | None = ColumnField(default=None, sa_type=Civil)
    outcome_account_id: int | None = ColumnField(default=None, sa_type=BigInteger)


class OfCommitment(KnownFrom):
    """The key of what belongs to a commitment."""

    contact_id: int = key_column()
    commitment_id: int = key_column()


class CommitmentActor(OfCommitment, table=True):
    """An actor by whom, or to whom, something was promised."""

    __tablename__ = "commitment_actor"
    __table_args__ = (
        CheckConstraint("aspect IN ('by', 'to')", name="commitment_actor_aspect"),
        Index("commitment_actor_actor_idx", "actor_id"),
    )
    aspect: str = ColumnField(primary_key=True, sa_type=Text)
    actor_id: int | None = ref_column("actor.actor_id", name="commitment_actor_actor_fkey", primary=True)


class CommitmentAccount(OfCommitment, table=True):
    """An account that states a commitment."""

    __tablename__ = "commitment_account"
    account_id: int = key_column()


class CommitmentOut(CommitmentFields):
    """A commitment as the service answers it."""

    id: str = Field(description="Public id; opaque and stable.")
    by: list[ActorLink] = Field(description="Who promised.")
    to: list[ActorLink] = Field(description="To whom; empty = not said.")
    accounts: list[str] = Field(description="Ids of the accounts that state it.")
    follow_up: ContactLink | None = Field(description="The contact in which it was followed up.")


class CommitmentDetail(CommitmentOut, Recorded):
    """A commitment by itself: with its contact, and what became of it."""

    contact: ContactLink = Field(description="The contact in which it was promised.")
    state: CommitmentState = Field(description="What became of it, as of today, UTC.")
    outcome_account: str | None = Field(description="Id of the account that shows the outcome.")


class CommitmentPage(Page[CommitmentDetail]):
    """A page of commitments."""
