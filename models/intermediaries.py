"""Between two: who has ties to both, who went from one to the other, who shuttled. The questions and answers."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from models.base import ActorLink, CommaList, ContactLink, Ref, Shape
from models.graph import GraphAnswer, GraphQuestion

MOST_ITEMS = 1_000
TwoEnds = Annotated[list[Ref], CommaList, Field(min_length=2, max_length=2)]


class IntermediaryQuestion(GraphQuestion):
    """Who stands between two actors: whoever has ties to both.

    For each the answer counts the distinct contacts with either, those in which he mediated between the two, and
    how often he spoke with one and then, within `within_days` days, with the other: distinct later contacts, known
    to the day, `engagement` left out. Contacts of one day count, in both directions, since their order is not known.
    Ranked by the weaker of his two ties.
    """

    between: TwoEnds = Field(description="The two, comma-listed.", examples=[["iso3:ISR", "hamas"]])
    within_days: int = Field(default=7, ge=0, le=366, description="Longest time from the one to the other, in days.")
    limit: int = Field(default=50, ge=1, le=MOST_ITEMS, description="Most intermediaries.")


class IntermediaryOut(Shape):
    """Somebody with ties to both."""

    actor: ActorLink = Field(description="Who stands between.")
    contacts_with_first: int = Field(description="Distinct contacts with the first of the two.")
    contacts_with_second: int = Field(description="Distinct contacts with the second.")
    mediated: int = Field(description="Distinct contacts in which he was mediator and dealt with both.")
    first_then_second: int = Field(description="Distinct contacts with the second soon after one with the first.")
    second_then_first: int = Field(description="Distinct contacts with the first soon after one with the second.")
    links: dict[Literal["first", "second"], str] = Field(description="The contacts with either.")


class IntermediaryAnswer(GraphAnswer):
    """Intermediaries, those with the strongest weaker tie first."""

    between: list[ActorLink] = Field(description="The two, in the order asked.")
    items: list[IntermediaryOut] = Field(description="Who stands between them.")


class ShuttleQuestion(GraphQuestion):
    """Who shuttled between two: A, B, A, B …, with at most `within_days` days from each stop to the next.

    Looked for among the contacts of one `actor` with any two counterparts, or of everybody with the two of
    `between`, or both. Only contacts known to the day count, `engagement` left out; contacts of one day are put in
    the order that makes the shuttle longer, since their order is not known.
    """

    actor: Ref | None = Field(default=None, description="Who shuttled.", examples=["antony-blinken"])
    between: Annotated[list[Ref], CommaList, Field(max_length=2)] = Field(
        default=[], description="Between which two, comma-listed.", examples=[["iso3:ISR", "iso3:EGY"]]
    )
    within_days: int = Field(default=7, ge=0, le=366, description="Longest time between two stops, in days.")
    stops: int = Field(default=3, ge=3, le=100, description="Fewest stops: A, B, A is three.")
    limit: int = Field(default=50, ge=1, le=MOST_ITEMS, description="Most shuttles.")

    @model_validator(mode="after")
    def someone(self) -> Self:
        if len(self.between) == 1:
            raise ValueError("between takes two actors, comma-listed: between=iso3:ISR,iso3:EGY")
        if not self.between and self.actor is None:
            raise ValueError("name an actor, or the two of between")
        return self


class ShuttleStop(Shape):
    """One stop."""

    actor: ActorLink = Field(description="With whom.")
    day: str = Field(description="The civil day.")
    contact: ContactLink = Field(description="The contact.")


class ShuttleOut(Shape):
    """One shuttle."""

    actor: ActorLink = Field(description="Who shuttled.")
    between: list[ActorLink] = Field(description="Between which two.")
    first_day: str = Field(description="The civil day of the first stop.")
    last_day: str = Field(description="The civil day of the last.")
    stops: list[ShuttleStop] = Field(description="In their order.")


class ShuttleAnswer(GraphAnswer):
    """Shuttles, those with most stops first."""

    items: list[ShuttleOut] = Field(description="The shuttles.")
