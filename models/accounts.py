"""Accounts: what one source says of a contact."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, model_validator
from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field as ColumnField

from models.base import (
    WHOLE,
    ActorLink,
    EdtfText,
    Fields,
    Flag,
    Instant,
    KnownFrom,
    Line,
    Minutes,
    Prose,
    Ref,
    Shape,
    SourceLink,
    TopicLink,
    id_column,
    key_column,
    ref_column,
)
from models.sources import SourceIn
from models.vocabulary import ContactKind, Stance, words

Credibility = Annotated[int, Field(ge=1, le=6), WHOLE]


class AccountFields(Fields):
    """One source's version of a contact."""

    stance: Stance = ColumnField(default="affirms", sa_type=Text, description="What it says became of the contact.")
    speaker_unnamed: Flag = ColumnField(
        default=False, description="The speaker is an unnamed official of the actor given as speaker."
    )
    kind: ContactKind | None = ColumnField(default=None, sa_type=Text, description="If this account gives one.")
    when: EdtfText | None = ColumnField(default=None, sa_type=Text, description="Its own version of the date, EDTF.")
    duration_minutes: Minutes | None = ColumnField(
        default=None, description="How long it lasted, if this account says so."
    )
    paraphrase: Prose | None = ColumnField(default=None, sa_type=Text, description="What it says, in your words.")
    credibility: Credibility | None = ColumnField(
        default=None, description="Admiralty scale: 1 confirmed … 6 cannot be judged."
    )
    list_exhaustive: Flag | None = ColumnField(
        default=None, description="False when it says «including …»; null = not known."
    )
    parties_met: Flag | None = ColumnField(
        default=None, description="It says that the parties to a mediation met each other directly."
    )
    original_code: Line | None = ColumnField(default=None, sa_type=Text, description="The data set's own code.")
    original_row: Line | None = ColumnField(default=None, sa_type=Text, description="The data set's own row id.")


class AccountIn(AccountFields):
    """An account as a client sends it."""

    source: Ref | SourceIn = Field(description="A source of the record, or a new one in full.")
    speaker: Ref | None = Field(default=None, description="Who says so; absent = the source's publisher.")
    quoted_from: Ref | None = Field(default=None, description="The source that this source quotes.")
    initiator: Ref | None = Field(default=None, description="Who called, asked or invited, if this account says so.")
    participants: Annotated[list[Ref], Field(max_length=500)] = Field(
        default=[], description="Whom it names as having taken part."
    )
    denies: Annotated[list[Ref], Field(max_length=500)] = Field(
        default=[], description="Of a denial: the participants it names, when it denies only these."
    )
    topics: Annotated[list[Ref], Field(max_length=100)] = Field(
        default=[], description="What it says the contact was about."
    )

    @model_validator(mode="after")
    def only_denials_deny(self) -> "AccountIn":
        if self.denies and self.stance != "denies":
            raise ValueError("denies names the participants of a denial: it goes with the stance «denies» only")
        return self


class Account(AccountFields, KnownFrom, table=True):
    """What one source says of one contact."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint(f"stance IN {words(Stance)}", name="account_stance"),
        CheckConstraint(f"kind IS NULL OR kind IN {words(ContactKind)}", name="account_kind"),
        CheckConstraint("credibility BETWEEN 1 AND 6", name="account_credibility"),
        Index("account_source_idx", "source_id", "contact_id"),
        Index("account_speaker_idx", "speaker_id"),
    )
    contact_id: int | None = ref_column("contact.contact_id", name="account_contact_fkey", primary=True)
    account_id: int | None = id_column("account_id_seq")
    source_id: int | None = ref_column("source.source_id", name="account_source_fkey")
    speaker_id: int | None = ref_column("actor.actor_id", name="account_speaker_fkey", nullable=True)
    quoted_from_id: int | None = ref_column("source.source_id", name="account_quoted_fkey", nullable=True)
    initiator_id: int | None = ref_column("actor.actor_id", name="account_initiator_fkey", nullable=True)
    recorded_at: datetime | None = ColumnField(
        default=None, nullable=False, sa_type=Instant, sa_column_kwargs={"server_default": text("now()")}
    )
    withdrawn_at: datetime | None = ColumnField(default=None, sa_type=Instant)
    withdrawal_reason: str | None = ColumnField(default=None, sa_type=Text)


class OfAccount(KnownFrom):
    """The key of what belongs to an account."""

    contact_id: int = key_column()
    account_id: int = key_column()


class AccountActor(OfAccount, table=True):
    """An actor whom an account names: as a participant, or as one whose part it denies."""

    __tablename__ = "account_actor"
    __table_args__ = (
        CheckConstraint("aspect IN ('participant', 'denied')", name="account_actor_aspect"),
        Index("account_actor_actor_idx", "actor_id"),
    )
    aspect: str = ColumnField(primary_key=True, sa_type=Text)
    actor_id: int | None = ref_column("actor.actor_id", name="account_actor_actor_fkey", primary=True)


class AccountTopic(OfAccount, table=True):
    """A topic that an account gives."""

    __tablename__ = "account_topic"
    topic_id: int | None = ref_column("topic.topic_id", name="account_topic_topic_fkey", primary=True)


class AccountOut(AccountFields):
    """An account as the service answers it."""

    id: str = Field(description="Public id; opaque and stable.")
    source: SourceLink = Field(description="The document that says so.")
    publisher: ActorLink | None = Field(description="Who published the source; null = not an actor of the record.")
    publisher_name: str | None = Field(description="The publisher where it is not an actor of the record.")
    published: str | None = Field(description="When the source was published, EDTF; null = unknown.")
    speaker: ActorLink | None = Field(description="Absent where neither speaker nor publisher is known.")
    quoted_from: SourceLink | None = Field(description="The source that this source quotes.")
    initiator: ActorLink | None = Field(description="Who called, asked or invited, by this account.")
    participants: list[ActorLink] = Field(description="Whom it names as having taken part.")
    denies: list[ActorLink] = Field(
        description="Of a denial: the participants it denies; empty = the contact as a whole."
    )
    topics: list[TopicLink] = Field(description="What it says the contact was about.")
    decides: bool = Field(description="Whether the contact's computed status rests on it.")
    recorded_at: datetime = Field(description="When it was recorded, UTC.")
    withdrawn_at: datetime | None = Field(description="Since when it no longer counts, UTC; null = it counts.")
    withdrawal_reason: str | None = Field(description="Why it was withdrawn.")


class AccountList(Shape):
    """All accounts of one contact; there are never many enough to page."""

    items: list[AccountOut] = Field(description="The accounts, withdrawn ones included.")
