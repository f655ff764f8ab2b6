"""Relations between contacts: what prepared what, what followed from what, rounds of one negotiation."""

from typing import Final

from pydantic import Field
from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field as ColumnField

from models.base import CodeText, ContactLink, KnownFrom, Ref, Shape, ref_column
from models.vocabulary import ContactRelation, RelationSeen, words

IN_ORDER: Final[tuple[ContactRelation, ...]] = ("prepared_by", "follows")
"""Relations in which the contact that states them comes after the other: no contact comes after itself."""


class RelatedIn(Shape):
    """A relation as a client sends it, stated by the contact in whose body it stands."""

    relation: ContactRelation = Field(
        description="What the other is to this one: it prepared this, this follows from it, both are rounds of one."
    )
    contact: Ref = Field(description="The other contact.")


class Relation(KnownFrom, table=True):
    """What one contact is to another, stored with the one that states it."""

    __tablename__ = "contact_relation"
    __table_args__ = (
        CheckConstraint(f"relation IN {words(ContactRelation)}", name="contact_relation_relation"),
        CheckConstraint("contact_id <> other_id", name="contact_relation_not_to_itself"),
        Index("contact_relation_other_idx", "other_id"),
    )
    contact_id: int | None = ref_column("contact.contact_id", name="contact_relation_contact_fkey", primary=True)
    relation: str = ColumnField(primary_key=True, sa_type=CodeText)
    other_id: int | None = ref_column("contact.contact_id", name="contact_relation_other_fkey", primary=True)


class RelatedOut(Shape):
    """A relation as the service answers it, seen from the contact in the answer."""

    relation: RelationSeen = Field(
        description="What the other is to this one; `prepares` and `followed_by` are stated by the other."
    )
    contact: ContactLink = Field(description="The other contact.")
