"""Dismissals: pairs of records that look like one and were judged to be two."""

from typing import Annotated, Literal

from pydantic import Field, model_validator
from sqlalchemy import BigInteger, CheckConstraint, Index, Text, text
from sqlmodel import Field as ColumnField

from models.base import CodeText, Fields, Page, Prose, Recorded, Ref, Versioned, id_column
from models.resource_filters import ResourceFilter
from models.vocabulary import DuplicateNoun


class DismissalFields(Fields):
    """Why two records are two."""

    reason: Prose = ColumnField(sa_type=Text, description="Why they are two, for whoever wonders later.")


class DismissalIn(DismissalFields):
    """A dismissal as an editor sends it."""

    of: DuplicateNoun = Field(description="Contacts or actors.")
    pair: Annotated[list[Ref], Field(min_length=2, max_length=2)] = Field(
        description="The two records, in either order."
    )

    @model_validator(mode="after")
    def two_records(self) -> "DismissalIn":
        if self.pair[0] == self.pair[1]:
            raise ValueError("a pair has two different records")
        return self


class Dismissal(DismissalFields, Versioned, table=True):
    """Two records that are no duplicates of each other."""

    __tablename__ = "dismissal"
    __table_args__ = (
        CheckConstraint("noun IN ('actor', 'contact')", name="dismissal_noun"),
        CheckConstraint("first_id < second_id", name="dismissal_in_order"),
        Index(
            "dismissal_pair_idx",
            *("noun", "first_id", "second_id"),
            unique=True,
            postgresql_where=text("retracted_at IS NULL"),
        ),
    )
    dismissal_id: int | None = id_column("dismissal_id_seq")
    noun: str = ColumnField(sa_type=CodeText)
    first_id: int = ColumnField(sa_type=BigInteger)
    second_id: int = ColumnField(sa_type=BigInteger)
    decided_by_id: int | None = ColumnField(default=None, sa_type=BigInteger, description="The key that decided.")


class DismissalFilter(ResourceFilter):
    """A question for a page of dismissals."""

    of: DuplicateNoun | None = Field(default=None, description="Only of contacts, or of actors.", examples=["actors"])


class DismissalOut(DismissalFields, Recorded):
    """A dismissal as the service answers it."""

    of: DuplicateNoun = Field(description="Contacts or actors.")
    pair: list[str] = Field(description="Public ids of the two records.")
    decided_by: str | None = Field(description="Id of the key that decided; null = the command line.")
    links: dict[Literal["self", "first", "second"], str] = Field(description="Where to go on from here.")


class DismissalPage(Page[DismissalOut]):
    """A page of dismissals."""
