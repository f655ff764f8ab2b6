"""Acknowledgement over many contacts: which governments stand by theirs, how soon, and who admits what with whom."""

from typing import Literal

from pydantic import Field

from models.base import ActorLink, Shape
from models.filters import Refs
from models.graph import GraphAnswer, GraphQuestion

MOST_SIDES = 250


class AcknowledgementQuestion(GraphQuestion):
    """Which governments stand by the contacts in which they took part, and how many days that took.

    A government is a state, or a top organisation that belongs to none, for which somebody took part as a counterpart.
    It acknowledges a contact when its standing word affirms it; each of its silences is `observed`, when a publisher
    that may speak for it was monitored from the contact on for 30 days or until now, or `not_looked_at`. The lag counts
    from the last day on which the contact may have taken place to the publication of the first word that affirms it.
    Governments with most contacts come first. The matrix counts contacts in which both took part; each pair comes from
    both ends, and `only_side` are those that the side admits and the counterpart does not.
    """

    actor: Refs = Field(
        default=[], description="Only these governments as sides; absent = all.", examples=[["united-states"]]
    )
    limit: int = Field(default=50, ge=1, le=MOST_SIDES, description="Most governments, and most counterparts of each.")


class Silences(Shape):
    """How many silences somebody would have noticed."""

    observed: int = Field(description="A publisher that may speak for the side was monitored.")
    not_looked_at: int = Field(description="Nobody was.")


class SideCounts(Shape):
    """One government over the contacts in which it took part."""

    side: ActorLink = Field(description="The government.")
    contacts: int = Field(description="Distinct contacts in which it took part.")
    acknowledged: int = Field(description="Those it stands by.")
    otherwise: int = Field(description="Those of which it says something else: it denies, or speaks of a plan.")
    silent: Silences = Field(description="Those of which it says nothing.")
    median_lag_days: float | None = Field(description="Days to its first word that affirms; null = none is known.")
    lags_known: int = Field(description="Acknowledged contacts behind the median: published on a known day.")
    links: dict[Literal["acknowledged", "not_acknowledged"], str] = Field(
        description="The contacts behind this; none where the question itself asks by acknowledgement."
    )


class AcknowledgementCell(Shape):
    """A government and another that took part in the same contacts."""

    side: ActorLink = Field(description="Whose word is counted.")
    counterpart: ActorLink = Field(description="Who took part too.")
    contacts: int = Field(description="Distinct contacts in which both took part.")
    acknowledged: int = Field(description="Those the side stands by.")
    both: int = Field(description="Those both stand by.")
    only_side: int = Field(description="Those the side stands by and the counterpart does not.")
    silent: Silences = Field(description="Those of which the side says nothing.")
    links: dict[Literal["only_side"], str] = Field(
        description="The contacts that only the side admits; none where the question asks by acknowledgement."
    )


class AcknowledgementAnswer(GraphAnswer):
    """Acknowledgement by government, and side against counterpart."""

    items: list[SideCounts] = Field(description="Governments, those with most contacts first.")
    matrix: list[AcknowledgementCell] = Field(
        description="Side and counterpart; those with most contacts first, side by side."
    )
