"""Paths between two actors over their ties: the question and its answer."""

from typing import Literal, Self

from pydantic import Field, model_validator

from models.base import ActorLink, Ref, Shape
from models.graph import GraphAnswer, GraphQuestion
from models.silences import DateRange
from models.vocabulary import PathWeight

LONGEST_PATH = 6


class PathQuestion(GraphQuestion):
    """How two actors are joined over others: the shortest path, or the `k` best by a weight.

    A hop is a pair that some contact of the question joins; the order of contacts in time plays no part here (see
    chronological paths). `weight=hops` prefers few hops, then strong ties; `contacts` adds up 1 / distinct contacts
    of each hop, so that much-used ties are short; `recency` adds up the days since the last contact of each hop,
    one day at least. Paths do not pass an actor twice, and are at most `max_hops` long, else one hop longer than
    the shortest.
    """

    source: Ref = Field(description="Where the path begins.", examples=["joe-biden"])
    target: Ref = Field(description="Where it ends.", examples=["hady-amr"])
    k: int = Field(default=1, ge=1, le=20, description="How many paths at most, best first.")
    weight: PathWeight = Field(default="hops", description="What a good path has little of.")
    max_hops: int | None = Field(
        default=None,
        ge=1,
        le=LONGEST_PATH,
        description="Longest path; absent = one more than the shortest.",
        examples=[3],
    )

    @model_validator(mode="after")
    def two_ends(self) -> Self:
        if self.source == self.target:
            raise ValueError("source and target are the same actor")
        return self


class PathHop(Shape):
    """One hop of a path: a pair and its contacts under the question."""

    ego: ActorLink = Field(description="The end nearer to the source.")
    alter: ActorLink = Field(description="The end nearer to the target.")
    contacts: int = Field(description="Distinct contacts of the two.")
    first: DateRange = Field(description="Their first, as the range that uncertain dates allow.")
    last: DateRange = Field(description="Their last, likewise.")
    links: dict[Literal["contacts", "tie"], str] = Field(description="The contacts behind this hop, and the tie.")


class PathOut(Shape):
    """One path."""

    hops: int = Field(description="Pairs on it.")
    weight: float = Field(description="The sum that ranks it, by the weight asked.")
    weakest: int = Field(description="Distinct contacts of its weakest pair.")
    steps: list[PathHop] = Field(description="From the source to the target.")


class PathAnswer(GraphAnswer):
    """Paths, best first; none when nothing joins the two within the hops and the budget."""

    items: list[PathOut] = Field(description="The paths, best first.")
