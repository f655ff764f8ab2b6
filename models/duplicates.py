"""Duplicates: pairs of contacts that look like one event, reported twice."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from models.base import ContactLink, EdtfText, Page, Ref, Shape
from models.edtf import parse
from models.errors import FieldFault
from models.known_at import OfAnyState
from models.likeness import METHOD


class DuplicateQuestion(OfAnyState):
    """A question for pairs of contacts that may be one, the likeliest first."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    actor: Ref | None = Field(default=None, description="He took part in both.", examples=["joe-biden"])
    from_: EdtfText | None = Field(
        default=None, alias="from", description="Both may lie on this day or later, EDTF.", examples=["2021-05-01"]
    )
    to: EdtfText | None = Field(
        default=None, description="Both may lie on this day or earlier, EDTF.", examples=["2021-05-31"]
    )
    min_score: Annotated[float, Field(ge=0, le=100)] = Field(
        default=50.0, description="How alike they are at least, 0 to 100.", examples=[50.0]
    )
    limit: int = Field(default=50, ge=1, le=1000, description="Most pairs wanted, 1 to 1000.")

    @model_validator(mode="after")
    def window_in_order(self) -> Self:
        start = parse(self.from_).earliest if self.from_ else None
        end = parse(self.to).latest if self.to else None
        if start and end and start >= end:
            raise FieldFault("from", "from lies after to")
        return self


class Features(Shape):
    """How alike two contacts are in each respect, 0 to 1."""

    ends: float = Field(description="Who dealt with whom, at the weaker end: the same, his office then, or his state.")
    when: float = Field(description="The same day; less where days differ by one, or one date is coarser.")
    kind: float = Field(description="The same kind, or one refines the other.")
    sources: float = Field(description="Less where one document tells of both.")


class DuplicateOut(Shape):
    """Two contacts that may be one."""

    contacts: list[ContactLink] = Field(description="The two, the one recorded first before the other.")
    score: float = Field(description="The weighted mean of the features, 0 to 100.")
    features: Features = Field(description="From what the score is made.")
    method: str = Field(description="By which rule, and which version of it.", examples=[METHOD])


class DuplicatePage(Page[DuplicateOut]):
    """Pairs that may be one, the likeliest first; one page, which `limits` cuts."""
