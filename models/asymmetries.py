"""Asymmetry: who travels to whom, who initiates, and how the ranks of two counterparts differ."""

from typing import Literal

from pydantic import Field

from models.base import ActorLink, Ref, Shape
from models.filters import LARGEST_PAGE
from models.graph import GraphAnswer, GraphQuestion
from models.ties import ContactAt
from models.vocabulary import OfficeLevel


class AsymmetryQuestion(GraphQuestion):
    """Who travels to whom, who initiates, and whose rank is the higher, for an actor and each of his counterparts.

    A journey is a visit or mission; the visitor or envoy has travelled. A visit whose parts join the two counts once,
    through its parts. A rank is that of the highest who stood for an end, from head of state down to other, and the
    step from one to the next is one. What is not known is counted as such.
    """

    actor: Ref = Field(description="The actor, at the level asked.", examples=["iso3:USA"])
    counterpart: Ref | None = Field(
        default=None,
        description="Only this counterpart; absent = all, those with most contacts first.",
        examples=["iso3:ISR"],
    )
    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE, description="Counterparts in the answer, 1 to 1000.")


class CountedContacts(Shape):
    """A number, and the latest of the contacts behind it."""

    contacts: int = Field(description="Distinct contacts.")
    latest: list[ContactAt] = Field(description="The latest of them, at most three.")


class Travel(Shape):
    """Who travelled to whom, in visits and missions."""

    ego: CountedContacts = Field(description="Ego travelled to alter.")
    alter: CountedContacts = Field(description="Alter travelled to ego.")
    both: CountedContacts = Field(description="Both were visitors or envoys.")
    unknown: CountedContacts = Field(description="Neither is named as visitor or envoy.")


class Initiatives(Shape):
    """Who called, asked or invited."""

    ego: CountedContacts = Field(description="Ego alone.")
    alter: CountedContacts = Field(description="Alter alone.")
    both: CountedContacts = Field(description="Both.")
    unknown: CountedContacts = Field(description="Nobody is named.")


class Ranks(Shape):
    """How high those ranked who stood for each end."""

    ego: CountedContacts = Field(description="Ego was represented at the higher rank.")
    alter: CountedContacts = Field(description="Alter was represented at the higher rank.")
    equal: CountedContacts = Field(description="Both at the same.")
    unknown: CountedContacts = Field(description="The rank of an end is not recorded.")
    median_steps: float | None = Field(
        description="Median difference in steps; positive where ego ranks higher; null = no contact with both ranks."
    )
    usual_ego: OfficeLevel | None = Field(description="The median rank of ego, where both are known.")
    usual_alter: OfficeLevel | None = Field(description="The median rank of alter, where both are known.")


class Asymmetry(Shape):
    """What is uneven between the actor and one counterpart."""

    alter: ActorLink = Field(description="The counterpart.")
    contacts: int = Field(description="Distinct contacts that join the two.")
    travel: Travel = Field(description="Who travels to whom.")
    initiative: Initiatives = Field(description="Who initiates.")
    ranks: Ranks = Field(description="Whose rank is the higher.")
    links: dict[Literal["contacts", "tie"], str] = Field(description="Where to go on from here.")


class AsymmetryAnswer(GraphAnswer):
    """What is uneven between an actor and his counterparts."""

    ego: ActorLink = Field(description="The actor asked for.")
    pairs: list[Asymmetry] = Field(description="Each counterpart, those with most contacts first.")
