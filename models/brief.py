"""The brief on a pair: what a desk officer reads before a call, each line with how it is known."""

from typing import Literal

from pydantic import Field

from models.base import ActorLink, ContactLink, Shape, SourceLink
from models.graph import GraphAnswer, GraphQuestion
from models.silences import Silence
from models.ties import Fact
from models.vocabulary import Level, Stance, Status

End = Literal["ego", "alter"]


class BriefQuestion(GraphQuestion):
    """What is to be read before two actors speak: their last contact at each level, upcoming contacts, open
    commitments, disputes, and facts in words, each with how it is known.

    The levels are the one asked and those above it: the offices, organisations and states for which both stand on the
    day of the brief. Under each heading a contact comes once, at the lowest level that joins the two. `status` is about
    last contacts and facts; what is upcoming or disputed follows from its own.
    """

    limit: int = Field(default=10, ge=1, le=100, description="Entries under each heading, 1 to 100.")


class Citation(Shape):
    """One account that counts, and the document it stands in."""

    account: str = Field(description="Public id of the account.")
    stance: Stance = Field(description="What it says became of the contact.")
    side: End | None = Field(description="For which end its speaker was authorised; null = for neither.")
    speaker: ActorLink | None = Field(description="Who says so; null = not an actor of the record.")
    speaker_unnamed: bool = Field(description="The speaker is an unnamed official of that actor.")
    source: SourceLink = Field(description="The document.")
    publisher: ActorLink | None = Field(description="Who published it; null = not an actor of the record.")
    publisher_name: str | None = Field(description="The publisher where it is not an actor of the record.")
    url: str | None = Field(description="Where it was published.")
    archived_url: str | None = Field(description="Where a copy is kept.")
    published: str | None = Field(description="When it was published, EDTF; null = unknown.")


class Stances(Shape):
    """The standing word of each end's side; null = it has said nothing."""

    ego: Stance | None = Field(description="Of ego's side.")
    alter: Stance | None = Field(description="Of alter's side.")


class CitedContact(ContactLink):
    """A contact of the pair, and how it is known."""

    contact: str = Field(description="Address of the contact.")
    level: Level = Field(description="The lowest level of the brief at which it joins the two.")
    earliest: str | None = Field(description="Start of its bounds, civil time, inclusive; null = unknown or open.")
    latest: str | None = Field(description="End of its bounds, civil time, exclusive; null = unknown or open.")
    status: Status = Field(description="What became of it between these two.")
    contested: bool = Field(description="A side disputes a plan that otherwise stands.")
    ambiguous: bool = Field(
        description="At this level somebody may have stood for another unit: he held several offices on the date, and "
        "no capacity is given."
    )
    place: str | None = Field(description="Where, in words.")
    summary: str | None = Field(description="What happened, in the editor's words.")
    participants: list[ActorLink] = Field(description="Who took part.")
    stances: Stances = Field(description="What each side says of it.")
    sources: list[Citation] = Field(description="The accounts that count, earliest recorded first.")


class LastContact(Shape):
    """The last contact at one level."""

    level: Level = Field(description="The level at which the ends are named.")
    ego: ActorLink = Field(description="Ego, or what he stands for at this level.")
    alter: ActorLink = Field(description="Alter, or what he stands for at this level.")
    silence: Silence = Field(description="Days since.")
    contact: CitedContact = Field(description="The contact.")


class OpenCommitment(Shape):
    """A commitment of one end, to the other or to nobody named, of which the outcome is open."""

    id: str = Field(description="Its public id.")
    text: str = Field(description="What was promised.")
    due: str | None = Field(description="By when, EDTF; null = no date was given.")
    outcome: Literal[0] | None = Field(description="0 partly kept or under way; null = not known.")
    by: list[ActorLink] = Field(description="Who promised.")
    to: list[ActorLink] = Field(description="To whom; empty = not said.")
    contact: CitedContact = Field(description="The contact in which it was promised; its sources.")
    accounts: list[str] = Field(description="Ids of the accounts that state it; empty = not said which.")


class CitedFact(Fact):
    """A fact, and the accounts behind its contacts."""

    sources: list[Citation] = Field(description="The accounts that count of its contacts.")


class BriefAnswer(GraphAnswer):
    """The brief on a pair."""

    ego: ActorLink = Field(description="From whose side the pair is seen.")
    alter: ActorLink = Field(description="The counterpart.")
    last: list[LastContact] = Field(description="The last contact at each level that has one.")
    upcoming: list[CitedContact] = Field(
        description="Planned, requested or postponed, and not past: the earliest first, those without a date last."
    )
    commitments: list[OpenCommitment] = Field(description="What is still to be kept, what is due first first.")
    disputes: list[CitedContact] = Field(description="Contacts that are disputed or denied, the latest first.")
    facts: list[CitedFact] = Field(description="Facts of the pair itself, in words.")
