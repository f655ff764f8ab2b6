"""Questions about contacts travel as one object that refuses unknown fields."""

from datetime import datetime, timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from models.base import CommaList, Cursor, EdtfText, Ref, SafeText, Shape
from models.bounds import DAY
from models.edtf import parse
from models.errors import FieldFault
from models.known_at import OfAnyState
from models.vocabulary import (
    ContactInclude,
    ContactKind,
    ContactSort,
    Dated,
    Level,
    OpenEnds,
    Role,
    Status,
    TieInclude,
    TieSort,
)

Refs = Annotated[list[Ref], CommaList, Field(max_length=50)]
LARGEST_PAGE = 1000
_MOMENT: Final = timedelta(microseconds=1)


class ContactEnds(Shape):
    """Who took part in the contacts that a question is about."""

    actor: Refs = Field(
        default=[],
        description="Any of these took part, in whatever role, at the level asked.",
        examples=[["joe-biden"]],
    )
    participants: Refs = Field(
        default=[],
        description="All of these took part, whether or not they dealt with each other.",
        examples=[["iso3:ISR", "hamas"]],
    )
    between: Refs = Field(
        default=[],
        description="Two ends, comma-listed, that dealt with each other: an edge joins them.",
        examples=[["joe-biden", "benjamin-netanyahu"]],
    )
    role: Annotated[list[Role], CommaList] = Field(
        default=[], description="With actor: only where it had one of these roles.", examples=[["mediator"]]
    )


class ContactConditions(OfAnyState):
    """Which contacts a question is about, whoever took part."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    kind: Annotated[list[ContactKind], CommaList] = Field(
        default=[], description="Of any of these kinds.", examples=[["call", "meeting"]]
    )
    from_: EdtfText | None = Field(
        default=None,
        alias="from",
        description="First civil day, EDTF; inclusive. An instant stands for its day.",
        examples=["2021-05-12"],
    )
    to: EdtfText | None = Field(
        default=None,
        description="Last civil day, EDTF; inclusive. An instant stands for its day.",
        examples=["2021-05-12"],
    )
    certain: bool = Field(
        default=False,
        description="Only contacts that must lie inside from–to, not those that may; wholly so in the time on a list.",
    )
    open: OpenEnds = Field(
        default="exclude",
        description="Whether a date with an open or unknown end may lie anywhere beyond its known end.",
    )
    status: Annotated[list[Status | Literal["any"]], CommaList] = Field(
        default=[],
        description="Absent = took place by somebody's word: disputed, confirmed, acknowledged, reported.",
        examples=[["planned"]],
    )
    topic: Refs = Field(default=[], description="Slugs; narrower topics are included.", examples=[["military"]])
    episode: Refs = Field(default=[], description="Belongs to any of these.", examples=[["gaza-may-2021"]])
    level: Level = Field(
        default="actor",
        description="What actor, between and participants name: roll-up by tenure on the contact's date.",
    )
    publisher: Refs = Field(default=[], description="A source published by one of these.", examples=[["white-house"]])
    acknowledged_by: Refs = Field(
        default=[],
        description="Any of these states or top organisations took part and stands by it: its standing word affirms.",
        examples=[["united-states"]],
    )
    not_acknowledged_by: Refs = Field(
        default=[],
        description="Any of these states or top organisations took part and does not affirm it: silent, or otherwise.",
        examples=[["israel"]],
    )
    designated: bool | None = Field(
        default=None,
        description="True: a participant, or the organisation he stood for, was on a list at that date.",
        examples=[True],
    )
    min_sources: int | None = Field(
        default=None,
        ge=1,
        le=1000,
        description="At least so many distinct sources; stories that a machine coded count by their publisher.",
        examples=[2],
    )
    part_of: Ref | None = Field(
        default=None, description="Parts of this visit or gathering.", examples=["example:first-world/1"]
    )
    related_to: Ref | None = Field(
        default=None,
        description="Prepared, follows from or is another round of this one, or the reverse.",
        examples=["example:first-world/1"],
    )
    q: Annotated[SafeText, Field(min_length=1, max_length=300)] | None = Field(
        default=None,
        description="Words in summaries, paraphrases, places and names; all must occur.",
        examples=["cease-fire"],
    )

    @model_validator(mode="after")
    def window_in_order(self) -> Self:
        start, end = self.window
        if start and end and start >= end:
            raise FieldFault("from", "from lies after to")
        return self

    @property
    def window(self) -> tuple[datetime | None, datetime | None]:
        """The civil days that from and to select, half-open; None = no limit. An instant stands for its day."""
        start = parse(self.from_).earliest if self.from_ else None
        end = parse(self.to).latest if self.to else None
        first_day = start and start.replace(hour=0, minute=0, second=0)
        last_day = end and (end - _MOMENT).replace(hour=0, minute=0, second=0, microsecond=0)
        return first_day, last_day and last_day + DAY


class ContactFilter(ContactConditions, ContactEnds):
    """Which contacts a question is about."""

    @model_validator(mode="after")
    def ends_belong_together(self) -> Self:
        if self.between and len(self.between) != 2:
            said = "between takes two actors, comma-listed: between=joe-biden,benjamin-netanyahu"
            raise FieldFault("between", said)
        if self.role and (not self.actor or self.between):
            raise FieldFault("role", "role goes with actor alone: it says in which role that actor took part")
        return self


class DatedContacts(ContactFilter):
    """Contacts by any filter, and by how their dates lie to the window."""

    dated: Dated = Field(
        default="may",
        description="Contacts that may lie in from–to; that lie wholly `within`, as the buckets of a timeline with "
        "`uncertain=apart` count them; or whose date `begins` in it, as those with `uncertain=first` do: one whose "
        "start is unknown at its known end.",
    )


class ContactList(DatedContacts):
    """A question for a page of contacts."""

    sort: ContactSort = Field(default="-latest", description="Open and unknown ends come last.")
    include: Annotated[list[ContactInclude], CommaList] = Field(default=[], description="What to embed.")
    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE, description="Items on a page, 1 to 1000.")
    cursor: Cursor = None


AS_BODY: Final = ConfigDict(extra="forbid", populate_by_name=False, strict=True)
"""Of a question that is sent as a body: JSON has types of its own, so nothing is read into them."""


class SentAsBody(Shape):
    """What a question that is sent as a body does with one."""

    @model_validator(mode="before")
    @classmethod
    def state_stands_beside(cls, given: object) -> object:
        # In a body it would be passed over in silence: it stands in the address of a search too.
        return given

    @model_validator(mode="before")
    @classmethod
    def whole_numbers(cls, body: object) -> object:
        # JSON knows no difference between 5 and 5.0.
        if not isinstance(body, dict):
            return body
        return {name: int(v) if isinstance(v, float) and v.is_integer() else v for name, v in body.items()}


class ContactSearch(SentAsBody, ContactList):
    """The same question as a body."""

    model_config = AS_BODY


class EdgeList(ContactFilter):
    """A question for a page of edges."""

    contact: Ref | None = Field(
        default=None, description="Only edges of this contact, whatever its status.", examples=["example:first-world/1"]
    )
    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE, description="Items on a page, 1 to 1000.")
    cursor: Cursor = None


TIE_SORT: Final = (
    "Most contacts first; latest contact first; or earliest first contact first, by when it was over. "
    "An end that is not known comes last where first contacts are sorted."
)


class TieListQuestion(ContactConditions):
    """A question for a page of ties."""

    actor: Refs = Field(
        default=[],
        description="Ties of any of these, each seen from its side; absent = of the whole record.",
        examples=[["joe-biden"]],
    )
    sort: TieSort = Field(default="-contacts", description=TIE_SORT)
    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE, description="Items on a page, 1 to 1000.")
    cursor: Cursor = None


class TieList(TieListQuestion, ContactFilter):
    """The same as a filter."""


class CounterpartQuestion(ContactConditions):
    """A question for a page of counterparts of the actor in the address."""

    participants: Refs = Field(default=[], description="All of these took part too.", examples=[["hamas"]])
    role: Annotated[list[Role], CommaList] = Field(
        default=[], description="Only where the actor had one of these roles.", examples=[["mediator"]]
    )
    sort: TieSort = Field(default="-contacts", description=TIE_SORT)
    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE, description="Items on a page, 1 to 1000.")
    cursor: Cursor = None


class CounterpartList(CounterpartQuestion, ContactFilter):
    """The same with the actor in it."""


class IncludeList(OfAnyState):
    """What to embed in one contact."""

    include: Annotated[list[ContactInclude], CommaList] = Field(
        default=[], description="What to embed.", examples=[["accounts", "commitments"]]
    )


class TieQuestion(ContactConditions):
    """Which contacts the tie of a pair is drawn from; the pair itself stands in the address."""

    include: Annotated[list[TieInclude], CommaList] = Field(
        default=[], description="What to embed: rhythm adds gaps, silence and facts in words.", examples=[["rhythm"]]
    )
