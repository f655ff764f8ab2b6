"""What a tie is like over time: gaps, silence against the usual gap, who initiates, and facts in words."""

from pydantic import Field

from models.base import ContactLink, Shape
from models.edges import TieOut
from models.silences import Silence
from models.vocabulary import FactKind, TieRank


class ContactAt(ContactLink):
    """A contact behind a number, and where to read it."""

    contact: str = Field(description="Address of the contact.")


class Gap(Shape):
    """The days between two contacts that follow each other."""

    days: int = Field(description="From the last day of the earlier to the first day of the later.")
    since: str = Field(description="Last civil day of the earlier contact.")
    until: str = Field(description="First civil day of the later one.")
    contacts: list[ContactAt] = Field(description="The two contacts, the earlier first.")


class Initiative(Shape):
    """Who called, asked or invited, counted in distinct contacts; each contact stands under one of the four."""

    ego: int = Field(description="Ego alone.")
    alter: int = Field(description="Alter alone.")
    both: int = Field(description="Both.")
    unknown: int = Field(description="Nobody is named.")


class RhythmLeftOut(Shape):
    """Contacts of the tie that its rhythm does not count."""

    engagements: int = Field(description="Contact is asserted, nothing more.")
    coarser_than_a_day: int = Field(description="Their date does not say which day or days.")


class Rhythm(Shape):
    """How a pair's contacts follow each other, by those that are dated to the day and more than an engagement.

    Contacts on one day, or that overlap, are one occasion: a gap lasts a day or more.
    """

    contacts: int = Field(description="Distinct contacts that the rhythm counts.")
    occasions: int = Field(description="How many occasions they make.")
    median_gap_days: float | None = Field(description="Median of the gaps; null with fewer than two occasions.")
    longest_gap: Gap | None = Field(description="The longest gap, the latest of several; null without any.")
    last: ContactAt | None = Field(description="The last contact that the rhythm counts.")
    silence: Silence = Field(
        description="Days since the last contact: at most since the last that the rhythm counts, at least since the "
        "latest day on which one of coarser date may have been."
    )
    times_median: float | None = Field(description="The silence, at most, divided by the median gap.")
    initiated: Initiative = Field(description="Who initiated the contacts that the rhythm counts.")
    left_out: RhythmLeftOut = Field(description="What the rhythm does not count.")


class Fact(Shape):
    """One computed fact as a sentence, with the numbers and contacts it rests on."""

    kind: FactKind = Field(description="What is said.")
    text: str = Field(description="The fact as an English sentence.")
    rank: TieRank | None = Field(
        description="Of what rank both ends were at least: heads of state or government, ministers, or any; "
        "null where rank does not matter."
    )
    days: int | None = Field(description="The days it speaks of.")
    since: str | None = Field(description="The civil day from which they are counted.")
    until: str | None = Field(description="The civil day to which they are counted.")
    unknown_rank: int | None = Field(
        description="Contacts in that time of which the rank of an end is not known; null where rank does not matter."
    )
    contacts: list[ContactAt] = Field(description="The contacts it rests on, the earlier first.")


class TieDetail(TieOut):
    """One pair over all contacts of the question, with its rhythm where that is asked for."""

    rhythm: Rhythm | None = Field(default=None, description="With include=rhythm: gaps, silence, who initiates.")
    facts: list[Fact] | None = Field(default=None, description="With include=rhythm: facts in words.")
