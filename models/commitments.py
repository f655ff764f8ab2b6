"""Commitments: what was promised in a contact."""

from typing import Annotated

from pydantic import Field
from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field as ColumnField

from models.base import (
    WHOLE,
    ActorLink,
    ContactLink,
    EdtfText,
    Fields,
    KnownFrom,
    Prose,
    Ref,
    Versioned,
    id_column,
    key_column,
    ref_column,
)

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


class Commitment(CommitmentFields, Versioned, table=True):
    """What was promised in one contact."""

    __tablename__ = "commitment"
    __table_args__ = (
        CheckConstraint("outcome BETWEEN -1 AND 1", name="commitment_outcome"),
        Index("commitment_follow_up_idx", "follow_up_id"),
    )
    contact_id: int | None = ref_column("contact.contact_id", name="commitment_contact_fkey", primary=True)
    commitment_id: int | None = id_column("commitment_id_seq")
    follow_up_id: int | None = ref_column("contact.contact_id", name="commitment_follow_up_fkey", nullable=True)


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
