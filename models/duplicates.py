"""Duplicates: pairs of contacts, or of actors, that look like one, recorded twice."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from models.actor_likeness import METHOD as ACTOR_METHOD
from models.base import ActorLink, CommaList, ContactLink, Cursor, EdtfText, Page, Ref, Shape
from models.edtf import parse
from models.errors import FieldFault
from models.filters import LARGEST_PAGE
from models.known_at import OfAnyState
from models.likeness import METHOD
from models.vocabulary import ActorKind


class PairQuestion(OfAnyState):
    """What every question for pairs takes."""

    min_score: Annotated[float, Field(ge=0, le=100)] = Field(
        default=50.0, description="How alike they are at least, 0 to 100.", examples=[50.0]
    )
    dismissed: bool = Field(default=False, description="Also pairs that were dismissed, each with its dismissal.")
    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE, description="Pairs on a page, 1 to 1000.")
    cursor: Cursor = None


class DuplicateQuestion(PairQuestion):
    """A question for pairs of contacts that may be one, the likeliest first."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    actor: Ref | None = Field(default=None, description="He took part in both.", examples=["joe-biden"])
    from_: EdtfText | None = Field(
        default=None, alias="from", description="Both may lie on this day or later, EDTF.", examples=["2021-05-01"]
    )
    to: EdtfText | None = Field(
        default=None, description="Both may lie on this day or earlier, EDTF.", examples=["2021-05-31"]
    )

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
    dismissal: str | None = Field(description="Id of the dismissal that keeps the pair out unless asked for.")


class DuplicatePage(Page[DuplicateOut]):
    """Pairs of contacts that may be one, the likeliest first."""


class ActorDuplicateQuestion(PairQuestion):
    """A question for pairs of actors that may be one, the likeliest first."""

    actor: Ref | None = Field(default=None, description="He is one of the two.", examples=["benjamin-netanyahu"])
    kind: Annotated[list[ActorKind], CommaList] = Field(
        default=[], description="Actors of any of these kinds.", examples=[["person"]]
    )
    provisional: bool | None = Field(
        default=None, description="Only pairs with one whose identity is not settled, or without.", examples=[True]
    )


class ActorFeatures(Shape):
    """How alike two actors are in each respect, 0 to 1; null where one of them leaves nothing to compare."""

    names: float = Field(description="The most alike of their names and aliases, without titles, in any script.")
    state: float | None = Field(description="Whether they ever stood for the same state.")
    offices: float | None = Field(
        description="Whether they held one office at overlapping times, or one's title is the other's office."
    )
    active: float | None = Field(description="How near the times of their contacts lie.")
    identifiers: float | None = Field(description="Whether outside identifiers say the same; less where they differ.")


class ActorDuplicateOut(Shape):
    """Two actors that may be one."""

    actors: list[ActorLink] = Field(description="The two, the one recorded first before the other.")
    score: float = Field(description="The weighted mean of the features that say something, 0 to 100.")
    features: ActorFeatures = Field(description="From what the score is made.")
    method: str = Field(description="By which rule, and which version of it.", examples=[ACTOR_METHOD])
    dismissal: str | None = Field(description="Id of the dismissal that keeps the pair out unless asked for.")


class ActorDuplicatePage(Page[ActorDuplicateOut]):
    """Pairs of actors that may be one, the likeliest first."""
