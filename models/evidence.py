"""The accounts of a contact held against each other, as the service answers it."""

from typing import Literal

from pydantic import Field

from models.base import ActorLink, ContactLink, Shape, SourceLink, TopicLink
from models.vocabulary import ContactKind, Outcome, Stance, Status, Watched

Accounts = list[str]


class SourceCited(SourceLink):
    """A source with what a reader needs to find it."""

    url: str | None = Field(description="Its address; never fetched by the service.")
    archived_url: str | None = Field(description="A copy that lasts.")
    publisher: ActorLink | None = Field(description="Who published it; null = not an actor of the record.")
    publisher_name: str | None = Field(description="The publisher where it is not an actor of the record.")
    published: str | None = Field(description="When, EDTF; null = unknown.")


class SideOut(Shape):
    """One side of a contact: those who were on it, and what they say."""

    side: str = Field(description="Its name in this answer: the label it was given, else the slugs of its actors.")
    actors: list[ActorLink] = Field(
        description="The states or top organisations on it; where all belong to one, the actors themselves."
    )
    word: Stance | None = Field(
        description="What it stands by: affirms as soon as one of its speakers does; null = it has not spoken."
    )
    accounts: Accounts = Field(description="Ids of its accounts in force.")


class AccountCompared(Shape):
    """One account in force: who speaks, for which side, and where it is found."""

    id: str = Field(description="Public id of the account.")
    side: str | None = Field(description="The side for which its speaker is authorised; null = none.")
    voice: str = Field(description="The side, else the name of the speaker: whoever speaks once in this answer.")
    speaker: ActorLink | None = Field(description="Who says so; null = neither speaker nor publisher is an actor.")
    speaker_unnamed: bool = Field(description="An unnamed official of the speaker says so.")
    stance: Stance = Field(description="What it says became of the contact.")
    compared: bool = Field(
        description="Whether it is held against the others: it affirms, or while nobody does, it tells of a plan."
    )
    decides: bool = Field(description="Whether the status rests on it.")
    paraphrase: str | None = Field(description="What it says, in an editor's words.")
    list_exhaustive: bool | None = Field(description="False when its list of participants is not complete.")
    source: SourceCited = Field(description="Where it is found.")


class Compared(Shape):
    """What the accounts make of one aspect together."""

    outcome: Outcome = Field(description="What they make of it together.")
    accounts: Accounts = Field(description="Ids of the accounts that mention it.")
    voices: list[str] = Field(description="The voices that mention it.")


class TextSaid(Shape):
    """One version of a date."""

    value: str = Field(description="As it was given, EDTF.")
    accounts: Accounts = Field(description="Ids of the accounts that say so.")
    voices: list[str] = Field(description="The voices that say so.")


class KindSaid(Shape):
    """One version of the kind."""

    value: ContactKind = Field(description="The kind.")
    accounts: Accounts = Field(description="Ids of the accounts that say so.")
    voices: list[str] = Field(description="The voices that say so.")


class MinutesSaid(Shape):
    """One version of the duration."""

    value: int = Field(description="Minutes.")
    accounts: Accounts = Field(description="Ids of the accounts that say so.")
    voices: list[str] = Field(description="The voices that say so.")


class ActorSaid(Shape):
    """One version of who began it."""

    value: ActorLink = Field(description="Who called, asked or invited.")
    accounts: Accounts = Field(description="Ids of the accounts that say so.")
    voices: list[str] = Field(description="The voices that say so.")


class WhenCompared(Compared):
    """The dates."""

    finest: str | None = Field(description="The date that lies within all others; null = there is none.")
    values: list[TextSaid] = Field(description="Each version, in the order of the accounts.")


class KindCompared(Compared):
    """The kinds."""

    finest: ContactKind | None = Field(description="The kind that refines all others; null = there is none.")
    values: list[KindSaid] = Field(description="Each version, in the order of the accounts.")


class DurationCompared(Compared):
    """The durations."""

    values: list[MinutesSaid] = Field(description="Each version, in the order of the accounts.")


class InitiatorCompared(Compared):
    """Who began it."""

    values: list[ActorSaid] = Field(description="Each version, in the order of the accounts.")


class ParticipantCompared(Compared):
    """One who is said to have taken part."""

    actor: ActorLink = Field(description="Who.")
    resolved: bool = Field(description="Whether the contact itself names this actor as participant.")
    denied_by: Accounts = Field(description="Ids of the accounts that deny this part.")
    omitted_by: Accounts = Field(description="Ids of the accounts whose complete list leaves this actor out.")


class TopicCompared(Compared):
    """One topic."""

    topic: TopicLink = Field(description="Which.")
    resolved: bool = Field(description="Whether the contact itself has this topic.")


class CommitmentCompared(Compared):
    """One commitment."""

    id: str = Field(description="Public id of the commitment.")
    text: str = Field(description="What was promised.")


class StatusReasons(Shape):
    """What became of the contact, and which accounts decided it."""

    status: Status = Field(description="The ruling where there is one, else the computed status.")
    computed_status: Status = Field(description="What the accounts make of it.")
    contested: bool = Field(description="A side disputes a plan that otherwise stands.")
    because: str = Field(description="The row of the table of statuses that decided, in words.")
    decided_by: Accounts = Field(description="Ids of the accounts on which it rests.")
    ruling: Status | None = Field(description="An editor's ruling, shown above the computed status.")
    ruling_reason: str | None = Field(description="Why the editor ruled so.")


class ComparisonOut(Shape):
    """What each side says of one contact, aspect by aspect."""

    contact: ContactLink = Field(description="Of which contact.")
    status: StatusReasons = Field(description="What became of it, and why.")
    sides: list[SideOut] = Field(description="The sides, those that spoke first.")
    accounts: list[AccountCompared] = Field(description="The accounts in force, in the order in which they spoke.")
    when: WhenCompared = Field(description="Date and time.")
    kind: KindCompared = Field(description="What kind of event it was.")
    duration_minutes: DurationCompared = Field(description="How long it lasted.")
    initiator: InitiatorCompared = Field(description="Who called, asked or invited.")
    participants: list[ParticipantCompared] = Field(description="Who took part, by any account or the contact itself.")
    topics: list[TopicCompared] = Field(description="What it was about.")
    commitments: list[CommitmentCompared] = Field(description="What was promised in it.")
    acknowledgement: "AcknowledgementOut" = Field(description="Who stands by it, who spoke first, who is silent.")
    left_out: dict[Literal["withdrawn", "superseded", "not_compared"], int] = Field(
        description="Accounts withdrawn, of superseded sources, and in force but no version of what took place."
    )


class Days(Shape):
    """Whole days; a range where a publication is not known to the day."""

    at_least: int = Field(description="Not fewer than these.")
    at_most: int = Field(description="Not more than these.")


class FirstWord(Shape):
    """Who spoke first."""

    account: str = Field(description="Public id of the account.")
    voice: str = Field(description="The side, else the name of the speaker.")
    side: str | None = Field(description="The side for which it is spoken; null = none.")
    published: str | None = Field(description="When, EDTF; null = unknown, and then the day it was recorded counts.")
    certain: bool = Field(description="False when another account may have been published earlier.")


class Observer(Shape):
    """A publisher of a side that was being watched."""

    publisher: ActorLink = Field(description="Who publishes.")
    since: str | None = Field(description="First day of the window, EDTF; `..` = always.")
    until: str | None = Field(description="Last day of the window, EDTF; `..` = still.")


class SideAcknowledgement(SideOut):
    """Whether one side stands by a contact, since when, and if it is silent, whether anybody would have noticed."""

    acknowledged: bool = Field(description="Its standing word affirms.")
    first_account: str | None = Field(description="Its first account; if it affirms, the first that does.")
    published: str | None = Field(description="When that was published, EDTF; null = unknown.")
    lag: Days | None = Field(
        description="Days from the last day on which the contact may have taken place to that; null = unknown."
    )
    behind_first: Days | None = Field(description="Days from the publication of whoever spoke first; null = unknown.")
    silence: Watched | None = Field(description="Of a side that never spoke: whether that was observed.")
    observed_by: list[Observer] = Field(description="Of an observed silence: which publishers were watched.")


class AcknowledgementOut(Shape):
    """Who stands by one contact, who spoke first, and who never did."""

    contact: ContactLink = Field(description="Of which contact.")
    status: Status = Field(description="What became of it.")
    counted_from: str | None = Field(
        description="The last day on which it may have taken place: lags count from here; null = unknown."
    )
    first: FirstWord | None = Field(description="Who spoke first, with or without a side; null = nobody's word stands.")
    sides: list[SideAcknowledgement] = Field(description="The sides, those that spoke first.")
