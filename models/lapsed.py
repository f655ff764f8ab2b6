"""Lapsed ties: pairs who have been silent for longer than a number of days, or than is usual between them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from models.edges import TieOut
from models.filters import LARGEST_PAGE, Refs
from models.graph import GraphAnswer, GraphQuestion
from models.ties import Rhythm
from models.vocabulary import SilenceSort

LongestSilence = Annotated[int, Field(ge=0, le=1_000_000)]
Multiple = Annotated[float, Field(ge=1, le=1_000_000)]


class LapsedQuestion(GraphQuestion):
    """Pairs whose silence exceeds a number of days, or a multiple of their usual gap.

    The silence runs from the last contact that is dated to the day and more than an engagement; the usual gap is the
    median between such contacts. Contacts on one day, or that overlap, are one occasion, and only pairs of three or
    more occasions have a usual gap. Each pair comes once, or seen from the actor asked for, with what its rhythm
    leaves out. Pairs are ranked by the days for which, engagements and uncertain dates counted in, they have surely
    been silent, or by their number of contacts.
    """

    actor: Refs = Field(
        default=[],
        description="Ties of any of these, each seen from its side; absent = of the whole record.",
        examples=[["joe-biden"]],
    )
    days: LongestSilence | None = Field(default=None, description="Silent for more days than this.", examples=[365])
    times: Multiple | None = Field(
        default=None, description="Silent for more than so many times their usual gap.", examples=[3]
    )
    sort: SilenceSort = Field(default="-silence", description="Longest silence first, or most contacts first.")
    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE, description="Pairs in the answer, 1 to 1000.")

    @model_validator(mode="after")
    def says_how_long(self) -> Self:
        if self.days is None and self.times is None:
            raise ValueError("give days=, or times= for a multiple of the usual gap, or both")
        return self


class LapsedTie(TieOut):
    """A pair that has fallen silent."""

    rhythm: Rhythm = Field(description="Its gaps, and the silence against them.")


class LapsedAnswer(GraphAnswer):
    """Pairs that have fallen silent, in the order asked."""

    ties: list[LapsedTie] = Field(description="The pairs, in the order asked.")
