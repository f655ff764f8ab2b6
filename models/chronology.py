"""Paths in time, and who could reach whom: the questions and their answers."""

from typing import Literal, Self

from pydantic import Field, model_validator

from models.base import ActorLink, ContactLink, Ref, Shape
from models.graph import GraphAnswer, GraphQuestion
from models.silences import DateRange
from models.vocabulary import PathMode, PathObjective, Status

MOST_REACHED = 1_000


class ChronologicalPathQuestion(GraphQuestion):
    """How word could have gone from one actor to another between two dates, contact after contact.

    A path is *certain* if each contact ended before the next began, and *possible* if instants within the dates can
    be chosen in its order. With `from` and `to` a certain path lies inside them, a possible one may. No contact
    occurs twice; a `message` runs one way; from party to party over a mediator or envoy inside one contact is one
    *relayed* hop. The best path by the objective is exact for either mode:

    - `earliest-arrival`: certain, the earliest end of the last contact; possible, the earliest it may have been.
    - `latest-departure`: certain, the latest beginning of the first contact; possible, the latest it may have been.
    - `fewest-hops`, and among these the earliest arrival.
    - `shortest-duration`: certain, the least time that it lasts at most; possible, the least that it may have lasted.

    `max_waiting_days` limits the time from each contact to the next: certain, whatever the dates within their
    bounds; possible, for some. With it the answer is about walks: the best way may pass an actor twice.
    """

    source: Ref = Field(description="From whom word goes.", examples=["antony-blinken"])
    target: Ref = Field(description="To whom.", examples=["joe-biden"])
    mode: Literal["certain", "possible", "both"] = Field(
        default="both", description="Which order of the contacts is asked for."
    )
    objective: PathObjective = Field(default="earliest-arrival", description="What the best path is best at.")
    max_waiting_days: int | None = Field(
        default=None,
        ge=0,
        le=36_600,
        description="Longest time between two contacts on the way, in days.",
        examples=[30],
    )
    max_hops: int | None = Field(default=None, ge=1, le=20, description="Longest path.", examples=[4])

    @model_validator(mode="after")
    def two_ends(self) -> Self:
        if self.source == self.target:
            raise ValueError("source and target are the same actor")
        return self


class DaysRange(Shape):
    """A time as the range that uncertain dates allow, in days."""

    at_least_days: float = Field(description="Days, if it was as short as the dates allow.")
    at_most_days: float | None = Field(description="Days, if it was as long; null = a date has no known end.")


class ChronologicalStep(Shape):
    """One hop: word goes from one actor to another in one contact."""

    source: ActorLink = Field(description="From whom.")
    target: ActorLink = Field(description="To whom.")
    via: ActorLink | None = Field(description="The mediator or envoy who relayed it; null = they dealt directly.")
    contact: ContactLink = Field(description="In which contact.")
    status: Status = Field(description="What became of the contact, for this pair.")
    bounds: DateRange = Field(description="When the contact was, as its date says.")
    waiting: DaysRange | None = Field(description="From the contact before to this one; null for the first.")
    links: dict[Literal["contact"], str] = Field(description="The contact, with its accounts.")


class ChronologicalPath(Shape):
    """The best path of one mode."""

    mode: PathMode = Field(description="Whether its order is certain or only possible.")
    hops: int = Field(description="Contacts on it.")
    departure: DateRange = Field(description="When the first contact was, given the order of all.")
    arrival: DateRange = Field(description="When the last contact was, given the order of all.")
    duration: DaysRange = Field(description="From the first contact to the last.")
    weakest_status: Status = Field(
        description="The least founded contact on the way, from confirmed over acknowledged and reported to disputed."
    )
    steps: list[ChronologicalStep] = Field(description="From source to target.")


class ChronologicalPathAnswer(GraphAnswer):
    """The best path of each mode asked, certain first; none when there is none."""

    items: list[ChronologicalPath] = Field(description="At most one for each mode.")


class ReachQuestion(GraphQuestion):
    """Whom an actor could reach by word of mouth, or who could reach him, contact after contact.

    Without `from` and `to` it is asked of the last twelve months. Order, hops and modes are those of chronological
    paths; whoever is reached is ranked by the earliest arrival, or, with `direction=in`, by the latest departure.
    """

    actor: Ref = Field(description="Who reaches, or is reached.", examples=["antony-blinken"])
    direction: Literal["out", "in"] = Field(default="out", description="Whom he could reach, or who could reach him.")
    mode: PathMode = Field(default="possible", description="Which order of the contacts is asked for.")
    max_hops: int | None = Field(default=None, ge=1, le=20, description="Longest path.", examples=[2])
    limit: int = Field(default=50, ge=1, le=MOST_REACHED, description="Most actors.")


class Reached(Shape):
    """An actor at the other end, on the best path there."""

    actor: ActorLink = Field(description="Who.")
    hops: int = Field(description="Contacts on the best path.")
    departure: DateRange = Field(description="When the first contact on it was.")
    arrival: DateRange = Field(description="When the last contact on it was.")
    certain: bool = Field(description="Whether some path is certain in its order.")
    links: dict[Literal["path"], str] = Field(description="The path, contact by contact.")


class ReachAnswer(GraphAnswer):
    """Who is reached, first those who are reached earliest, or from whom word may set out latest."""

    window: DateRange = Field(description="The days asked about; null = no limit.")
    reached: int = Field(description="Distinct actors reached, those beyond the limit included.")
    items: list[Reached] = Field(description="Who, with the best path's dates.")
