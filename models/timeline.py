"""Contacts over time: the question and its answer, bucket by bucket."""

from typing import Annotated

from pydantic import Field

from models.base import ActorLink, Shape
from models.filters import ContactFilter
from models.graph import GraphAnswer, GraphQuestion
from models.vocabulary import BucketSize, TimelineGroup, Uncertain, Watched

MOST_BUCKETS = 10_000
MOST_GROUPS = 300
Share = Annotated[float, Field(ge=0)]


class TimelineQuestion(ContactFilter, GraphQuestion):
    """Contacts per day, week, month, quarter or year: of the whole record, of an `actor`, or `between` two.

    Every bucket from the first to the last is there, empty ones too; without `from` or `to` the line begins or
    ends with the first or last bucket that a date touches. Weeks begin on Monday. The first and last bucket end
    where the window ends.

    A date that lies in several buckets, because it is not known well enough or because the contact lasted, is
    treated as `uncertain` says: `spread` gives each bucket its share of the date's bounds, so that the fractions of
    one contact add up to 1; `apart` counts it beside the line; `first` counts it where the date begins, and one
    whose start is unknown at its known end. What has no two known ends cannot be spread: it is counted in
    `undated`. What of a contact falls outside the window, or beyond the last bucket of `limit`, is counted in
    `outside`. So buckets, `uncertain`, `undated` and `outside` always add up to `contacts`.

    `group=kind` and `group=status` put each contact in one group; `level` too: the highest office level that a
    participant is recorded with. `group=side` takes the states that the participants stood for on the date, or their
    organisations where they belong to no state: a contact is in several groups, and the groups add up to more than
    the bucket. Do not mix up `group=level` with the filter `level`, which says how `actor` and `between` are meant.
    """

    by: BucketSize = Field(default="month", description="The size of a bucket.", examples=["month"])
    group: TimelineGroup = Field(default="none", description="What the counts are split by.", examples=["kind"])
    uncertain: Uncertain = Field(
        default="spread", description="What becomes of a date that lies in several buckets.", examples=["apart"]
    )
    limit: int = Field(
        default=MOST_BUCKETS, ge=1, le=MOST_BUCKETS, description="Most buckets; later ones are cut.", examples=[1000]
    )
    groups: int = Field(
        default=20, ge=1, le=MOST_GROUPS, description="With group=side: most sides, those with most contacts."
    )


class TimelineCount(Shape):
    """So many contacts, and how many of them are in each group."""

    contacts: Share = Field(description="Distinct contacts; where dates are spread, fractions to six decimals.")
    groups: dict[str, Share] = Field(description="The same by key of the group; groups without a contact are left out.")


class TimelineBucket(TimelineCount):
    """One bucket."""

    bucket: str = Field(description="Its name: 2021-05-12, 2021-W19, 2021-05, 2021-Q2 or 2021.")
    from_: str = Field(alias="from", description="Its first civil day.")
    to: str = Field(description="Its last civil day.")
    link: str = Field(
        description="The contacts that are counted in it; with `uncertain=spread` all that may lie in it. With "
        "`uncertain=first` and `certain` also those that begin in it and end after the window."
    )
    watched: Watched | None = Field(
        description="Whether a publisher that may speak for somebody the question names was monitored for all of it, "
        "as far as it lies behind; null where the question names nobody."
    )


class TimelineGroupOut(Shape):
    """One group."""

    key: str = Field(description="A kind, a status, an office level or `not_stated`; for a side its slug.")
    actor: ActorLink | None = Field(default=None, description="For a side: the state or organisation.")
    contacts: int = Field(description="Distinct contacts of the question in this group.")
    link: str | None = Field(default=None, description="These contacts; absent where no filter says the same.")


class TimelineAnswer(GraphAnswer):
    """Buckets in their order, and what lies beside them."""

    by: BucketSize = Field(description="The size of a bucket.")
    group: TimelineGroup = Field(description="What the counts are split by.")
    contacts: int = Field(description="Distinct contacts of the question.")
    buckets: list[TimelineBucket] = Field(description="From the first to the last, empty ones too.")
    groups: list[TimelineGroupOut] = Field(description="The groups, those with most contacts first.")
    uncertain: TimelineCount = Field(description="Contacts whose date lies in several buckets, with uncertain=apart.")
    undated: TimelineCount = Field(description="Contacts whose date has an unknown or open end.")
    outside: TimelineCount = Field(description="What of the contacts falls outside the window or the buckets shown.")
