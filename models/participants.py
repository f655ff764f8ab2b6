"""Participants: who took part in a contact, in which role and capacity, and for whom."""

from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import Field
from sqlalchemy import BigInteger, CheckConstraint, Computed, Index, Text, UniqueConstraint
from sqlmodel import Field as ColumnField

from models.base import ActorLink, Fields, Flag, KnownFrom, Line, Ref, ref_column
from models.vocabulary import ROLES_WITHOUT_EDGES, OfficeLevel, Presence, Role, words

NEEDED_ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "mission": ("envoy",),
    "mediation": ("mediator",),
    "message": ("sender", "recipient"),
    "visit": ("visitor",),
}
"""Roles without which a contact of the kind could have no edge and would say nothing."""
KINDS_OF_TWO: Final = frozenset({"call", "conversation", "meeting", "negotiation", "summons", "engagement"})
"""Kinds in which two face each other; the others need roles of their own, and a gathering is attended."""


def missing_part(kind: str, roles: Sequence[str]) -> str | None:
    """Returns who is missing for a contact of a kind with these roles, in words; None = nobody."""
    missing = [role for role in NEEDED_ROLES.get(kind, ()) if role not in roles]
    if missing:
        return f"a {kind} needs a participant with the role {' and one with '.join(missing)}"
    if kind in KINDS_OF_TWO and sum(role not in ROLES_WITHOUT_EDGES for role in roles) < 2:
        own = "one who only lends the place, interprets, takes notes or observes does not"
        return f"in a contact of kind {kind} at least two take part themselves; {own}"
    return None


class ParticipantFields(Fields):
    """How one actor took part."""

    role: Role = ColumnField(default="principal", sa_type=Text, description="What he did in it.")
    side: Line | None = ColumnField(
        default=None,
        sa_type=Text,
        description="A label shared by those who sit on one side; absent = the participant's state.",
    )
    initiator: Flag | None = ColumnField(default=None, description="Who called, asked or invited; null = unknown.")
    presence: Presence | None = ColumnField(
        default=None, sa_type=Text, description="How he was there; absent = unknown."
    )
    level: OfficeLevel | None = ColumnField(
        default=None, sa_type=Text, description="The rank of his office; absent = unknown."
    )
    name_as_given: Line | None = ColumnField(default=None, sa_type=Text, description="As the source writes it.")


class ParticipantIn(ParticipantFields):
    """A participant as a client sends it."""

    actor: Ref = Field(description="Who took part.")
    capacity: Ref | None = Field(default=None, description="The office in which he took part.")
    on_behalf_of: Ref | None = Field(default=None, description="The actor he was sent by or spoke for.")


class Participant(ParticipantFields, KnownFrom, table=True):
    """One actor in one contact."""

    __tablename__ = "participant"
    __table_args__ = (
        CheckConstraint(f"role IN {words(Role)}", name="participant_role"),
        CheckConstraint(f"presence IS NULL OR presence IN {words(Presence)}", name="participant_presence"),
        CheckConstraint(f"level IS NULL OR level IN {words(OfficeLevel)}", name="participant_level"),
        UniqueConstraint("contact_id", "actor_id", name="participant_actor_once"),
        Index("participant_actor_idx", "actor_id", "contact_id"),
        Index("participant_standing_idx", "standing_id", "contact_id"),
    )
    contact_id: int | None = ref_column("contact.contact_id", name="participant_contact_fkey", primary=True)
    ordinal: int = ColumnField(primary_key=True, sa_column_kwargs={"autoincrement": False})
    actor_id: int | None = ref_column("actor.actor_id", name="participant_actor_fkey")
    capacity_id: int | None = ref_column("actor.actor_id", name="participant_capacity_fkey", nullable=True)
    on_behalf_of_id: int | None = ref_column("actor.actor_id", name="participant_on_behalf_of_fkey", nullable=True)
    standing_id: int | None = ColumnField(
        default=None,
        sa_type=BigInteger,
        sa_column_args=(Computed("coalesce(on_behalf_of_id, capacity_id, actor_id)", persisted=True),),
        description="Where the lift to a higher level starts.",
    )


class ParticipantOut(ParticipantFields):
    """A participant as the service answers it."""

    actor: ActorLink = Field(description="Who took part.")
    capacity: ActorLink | None = Field(description="The office in which he took part.")
    on_behalf_of: ActorLink | None = Field(description="The actor he was sent by or spoke for.")
    disputed: bool = Field(
        description="A side denies that he took part, while somebody affirms the contact; his edges are disputed."
    )
