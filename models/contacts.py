"""Contacts: the events of the record, each with two or more participants and one or more accounts."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator
from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlmodel import Field as ColumnField
from sqlmodel import SQLModel

from models.accounts import AccountIn, AccountOut
from models.actors import Identifier, refuse_repeated
from models.base import (
    WHOLE,
    Civil,
    CodeText,
    ContactLink,
    EdtfText,
    EpisodeLink,
    Fields,
    Instant,
    KnownFrom,
    Line,
    Minutes,
    Page,
    Prose,
    Recorded,
    Ref,
    Shape,
    TopicLink,
    Versioned,
    id_column,
    patch_of,
    ref_column,
)
from models.commitments import CommitmentIn, CommitmentOut
from models.errors import FieldFault
from models.participants import ParticipantIn, ParticipantOut, missing_part
from models.relations import RelatedIn, RelatedOut
from models.vocabulary import ContactKind, DateBasis, Medium, Protocol, Status, Talks, Track, words

FOLLOWABLE = ("kind", "when", "duration_minutes", "participants", "topics", "initiator")
Followed = Literal["kind", "when", "duration_minutes", "participants", "topics", "initiator"]


class ContactFields(Fields):
    """What, when and where: the editor's resolution of the accounts."""

    kind: ContactKind = ColumnField(sa_type=Text, description="What kind of event it is.")
    when: EdtfText | None = ColumnField(default=None, sa_type=Text, description="EDTF; absent = unknown.")
    date_basis: DateBasis = ColumnField(
        default="stated", sa_type=Text, description="Whether a source states the date, or an editor inferred it."
    )
    medium: Medium | None = ColumnField(default=None, sa_type=Text, description="Of a call or conversation.")
    protocol: Protocol | None = ColumnField(default=None, sa_type=Text, description="Of a visit.")
    track: Track | None = ColumnField(default=None, sa_type=Text, description="Of a negotiation.")
    talks: Talks | None = ColumnField(default=None, sa_type=Text, description="Direct, or in proximity.")
    duration_minutes: Minutes | None = ColumnField(default=None, description="How long it lasted; absent = unknown.")
    place: Line | None = ColumnField(default=None, sa_type=Text, description="Where, in words.")
    summary: Prose | None = ColumnField(default=None, sa_type=Text, description="What happened, in your words.")


KINDS_WITH_PARTS: tuple[str, ...] = ("visit", "gathering", "negotiation", "mission", "mediation")
"""Kinds that last and contain other contacts: a call has no margins."""


class ContactBody(ContactFields):
    """What of a contact can be patched: its own fields, its participants and what it belongs to."""

    participants: Annotated[list[ParticipantIn], Field(min_length=1, max_length=500)] = Field(
        description="Who took part: two or more, except in a visit or a gathering."
    )
    identifiers: Annotated[list[Identifier], Field(max_length=20)] = Field(
        default=[], description="Its outside identifiers; each names one contact only."
    )
    topics: Annotated[list[Ref], Field(max_length=100)] = Field(default=[], description="What it was about.")
    episodes: Annotated[list[Ref], Field(max_length=50)] = Field(default=[], description="What it belongs to.")
    part_of: Ref | None = Field(
        default=None, description="The visit, gathering, negotiation, mission or mediation this took place in."
    )
    related: Annotated[list[RelatedIn], Field(max_length=50)] = Field(
        default=[], description="What prepared it, what it follows from, and other rounds of the same negotiation."
    )

    @field_validator("medium")
    @classmethod
    def medium_of_a_call(cls, value: str | None, given: ValidationInfo) -> str | None:
        if value is not None and given.data.get("kind", "call") not in ("call", "conversation"):
            raise ValueError("only a call or a conversation has a medium")
        return value

    @field_validator("protocol")
    @classmethod
    def protocol_of_a_visit(cls, value: str | None, given: ValidationInfo) -> str | None:
        if value is not None and given.data.get("kind", "visit") != "visit":
            raise ValueError("only a visit has a protocol")
        return value

    @field_validator("identifiers")
    @classmethod
    def each_identifier_once(cls, value: list[Identifier]) -> list[Identifier]:
        return refuse_repeated(value)

    @model_validator(mode="after")
    def enough_participants(self) -> "ContactBody":
        if self.kind not in ("visit", "gathering") and len(self.participants) < 2:
            raise ValueError("a contact has two or more participants; only a visit or a gathering may name one")
        return self

    @model_validator(mode="after")
    def needed_roles(self) -> "ContactBody":
        if missing := missing_part(self.kind, [participant.role for participant in self.participants]):
            raise FieldFault("participants", missing)
        return self

    @model_validator(mode="after")
    def each_actor_once(self) -> "ContactBody":
        actors = [participant.actor for participant in self.participants]
        if len(set(actors)) < len(actors):
            raise ValueError("an actor takes part in a contact once; join his roles into one participant")
        return self


class ContactIn(ContactBody):
    """A contact as a client sends it: participants, accounts and their sources in one body."""

    accounts: Annotated[list[AccountIn], Field(min_length=1, max_length=200)] = Field(
        description="What each source says of it; the status follows from them."
    )
    follows: dict[Followed, Annotated[int, Field(ge=0, le=10_000), WHOLE]] = Field(
        default={}, description="Which account, counted from 0, each of the contact's own fields follows."
    )
    commitments: Annotated[list[CommitmentIn], Field(max_length=100)] = Field(
        default=[], description="What was promised in it."
    )

    @model_validator(mode="after")
    def accounts_exist(self) -> "ContactIn":
        numbers = [*self.follows.values(), *(n for c in self.commitments for n in c.accounts)]
        if any(number >= len(self.accounts) for number in numbers):
            raise ValueError("follows and commitments.accounts count the body's accounts from 0")
        return self


ContactPatch = patch_of(ContactBody, "ContactPatch")


class ContactBounds(SQLModel):
    """What a contact's date means, and the two sort keys; unknown and open ends are sentinels."""

    earliest: datetime = ColumnField(sa_type=Civil)
    latest: datetime = ColumnField(sa_type=Civil)
    match_earliest: datetime = ColumnField(sa_type=Civil, description="The span that default windows look at.")
    match_latest: datetime = ColumnField(sa_type=Civil)
    newest: datetime = ColumnField(sa_type=Civil, description="Sort key, newest first: latest, open ends last.")
    oldest: datetime = ColumnField(sa_type=Civil, description="Sort key, oldest first: earliest, open ends last.")


class Contact(ContactFields, ContactBounds, Versioned, table=True):
    """An event between two or more participants."""

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint(f"kind IN {words(ContactKind)}", name="contact_kind"),
        CheckConstraint(f"date_basis IN {words(DateBasis)}", name="contact_date_basis"),
        CheckConstraint(f"medium IS NULL OR medium IN {words(Medium)}", name="contact_medium"),
        CheckConstraint(f"protocol IS NULL OR protocol IN {words(Protocol)}", name="contact_protocol"),
        CheckConstraint(f"track IS NULL OR track IN {words(Track)}", name="contact_track"),
        CheckConstraint(f"talks IS NULL OR talks IN {words(Talks)}", name="contact_talks"),
        CheckConstraint(f"status IN {words(Status)}", name="contact_status"),
        CheckConstraint(f"computed_status IN {words(Status)}", name="contact_computed_status"),
        CheckConstraint(f"ruling IS NULL OR ruling IN {words(Status)}", name="contact_ruling"),
        CheckConstraint("earliest < latest", name="contact_bounds"),
        CheckConstraint("part_of_id <> contact_id", name="contact_not_part_of_itself"),
        Index("contact_merged_idx", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
        Index("contact_newest_idx", "newest", "contact_id", postgresql_where=text("retracted_at IS NULL")),
        Index("contact_oldest_idx", "oldest", "contact_id", postgresql_where=text("retracted_at IS NULL")),
        Index(
            "contact_span_idx",
            *("earliest", "latest", "match_earliest", "match_latest", "kind", "status"),
            postgresql_where=text("retracted_at IS NULL"),
        ),
        Index("contact_part_of_idx", "part_of_id", postgresql_where=text("part_of_id IS NOT NULL")),
        Index("contact_search_idx", "search", postgresql_using="gin"),
    )
    contact_id: int | None = id_column("contact_id_seq")
    status: str = ColumnField(sa_type=Text, description="The ruling where there is one, else computed_status.")
    computed_status: str = ColumnField(sa_type=Text)
    contested: bool = ColumnField(default=False)
    decided_by: list[int] = ColumnField(default_factory=list, sa_type=JSONB)
    disputed_ids: list[int] = ColumnField(
        default_factory=list,
        nullable=False,
        sa_type=ARRAY(BigInteger),
        sa_column_kwargs={"server_default": text("'{}'")},
        description="Participants whose part a side denies, while somebody affirms the contact.",
    )
    ruling: str | None = ColumnField(default=None, sa_type=Text)
    ruling_reason: str | None = ColumnField(default=None, sa_type=Text)
    ruled_at: datetime | None = ColumnField(default=None, sa_type=Instant)
    ruled_by_id: int | None = ColumnField(default=None, sa_type=BigInteger, description="The key that ruled.")
    follows: dict[str, int] = ColumnField(default_factory=dict, sa_type=JSONB)
    part_of_id: int | None = ref_column("contact.contact_id", name="contact_part_of_fkey", nullable=True)
    merged_into_id: int | None = ref_column("contact.contact_id", name="contact_merged_into_fkey", nullable=True)
    offset_minutes: int | None = ColumnField(default=None, description="Of an instant, where it states one.")
    folded: str = ColumnField(default="", sa_type=Text, description="Its own words, folded, for search.")
    search: str | None = ColumnField(default=None, sa_type=TSVECTOR)


class ContactIdentifier(KnownFrom, table=True):
    """An outside identifier of a contact: the row of a data set it was loaded from."""

    __tablename__ = "contact_identifier"
    __table_args__ = (Index("contact_identifier_contact_idx", "contact_id"),)
    scheme: str = ColumnField(sa_type=CodeText, primary_key=True)
    value: str = ColumnField(sa_type=CodeText, primary_key=True)
    contact_id: int | None = ref_column("contact.contact_id", name="contact_identifier_contact_fkey")


class ContactTopic(KnownFrom, table=True):
    """A topic of a contact, as its editor resolved it."""

    __tablename__ = "contact_topic"
    __table_args__ = (Index("contact_topic_topic_idx", "topic_id", "contact_id"),)
    contact_id: int | None = ref_column("contact.contact_id", name="contact_topic_contact_fkey", primary=True)
    topic_id: int | None = ref_column("topic.topic_id", name="contact_topic_topic_fkey", primary=True)


class ContactEpisode(KnownFrom, table=True):
    """An episode that a contact belongs to."""

    __tablename__ = "contact_episode"
    __table_args__ = (Index("contact_episode_episode_idx", "episode_id", "contact_id"),)
    contact_id: int | None = ref_column("contact.contact_id", name="contact_episode_contact_fkey", primary=True)
    episode_id: int | None = ref_column("episode.episode_id", name="contact_episode_episode_fkey", primary=True)


class Known(Shape):
    """How a contact is known: what decided its status."""

    computed_status: Status = Field(description="What the accounts make of it.")
    contested: bool = Field(description="A side disputes a plan that otherwise stands.")
    decided_by: list[str] = Field(description="Ids of the accounts on which the status rests.")
    ruling: Status | None = Field(description="An editor's ruling, shown above the computed status.")
    ruling_reason: str | None = Field(description="Why the editor ruled so.")
    ruled_at: datetime | None = Field(description="When, UTC.")
    ruled_by: str | None = Field(description="Id of the key that ruled.")


class ContactOut(ContactFields, Recorded):
    """A contact as the service answers it; the parts below ``links`` come only with ``include=``."""

    earliest: str | None = Field(
        description="Start of the date's bounds, civil time, inclusive; null = unknown or open."
    )
    latest: str | None = Field(description="End of the date's bounds, civil time, exclusive; null = unknown or open.")
    status: Status = Field(description="What became of it: the ruling where there is one, else the computed status.")
    known: Known = Field(description="How that is known.")
    participants: list[ParticipantOut] = Field(description="Who took part, in which role and capacity, and for whom.")
    topics: list[TopicLink] = Field(description="What it was about.")
    episodes: list[EpisodeLink] = Field(description="What it belongs to.")
    part_of: ContactLink | None = Field(description="The contact this took place in.")
    account_count: int = Field(description="Accounts that stand: not withdrawn.")
    links: dict[Literal["self", "accounts", "edges"], str] = Field(description="Where to go on from here.")
    accounts: list[AccountOut] | None = Field(
        default=None, description="With include=accounts: what each source says of it."
    )
    commitments: list[CommitmentOut] | None = Field(
        default=None, description="With include=commitments: what was promised in it."
    )
    identifiers: list[Identifier] | None = Field(
        default=None, description="With include=identifiers: its outside identifiers."
    )
    parts: list[ContactLink] | None = Field(
        default=None, description="With include=parts: the contacts that took place in it."
    )
    related: list[RelatedOut] | None = Field(
        default=None, description="With include=related: what prepared it, what followed, other rounds; both ways."
    )
    follows: dict[Followed, str] | None = Field(default=None, description="The account each own field follows.")


class ContactPage(Page[ContactOut]):
    """A page of contacts."""


class ContactBatch(Shape):
    """Contacts recorded together, all or none."""

    contacts: Annotated[list[ContactIn], Field(min_length=1, max_length=1000)] = Field(
        description="The contacts, in the order in which they are to be recorded."
    )


class ContactBatchMade(Shape):
    """Ids of the contacts of a batch, in its order."""

    ids: list[str] = Field(description="Public ids, in the order of the batch.")
