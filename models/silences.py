"""How long a pair has been silent, as the range that dates allow, and whether anybody would have noticed."""

from pydantic import Field

from models.base import Shape
from models.vocabulary import Watched


class DateRange(Shape):
    """An instant known only to lie in a span, civil time, half-open; null = unknown or open."""

    earliest: str | None = Field(description="Not before this instant.")
    latest: str | None = Field(description="Before this instant.")


class WatchedEnds(Shape):
    """Whether a silence was observed, from either end.

    It is `observed` when a publisher that may speak for that end was monitored from its last contact to the day counted
    to, by one window of coverage; else nobody looked.
    """

    ego: Watched = Field(description="Of what ego's side publishes.")
    alter: Watched = Field(description="Of what alter's side publishes.")


class Silence(Shape):
    """Whole days since the last contact, as the range that uncertain dates allow."""

    at_least: int | None = Field(
        description="Days, if the last contact was as late as its date allows; null = unknown."
    )
    at_most: int | None = Field(description="Days, if it was as early as its date allows; null = unknown.")
    as_of: str = Field(description="The day counted to: today, UTC, or the last day of `to` if that is over.")
    watched: WatchedEnds = Field(description="Whether anybody would have noticed a contact since.")
