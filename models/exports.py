"""Questions for whole lists in other formats: the filters of the lists in JSON, and no pages."""

from typing import Annotated, Final

from pydantic import Field

from models.base import CommaList, Ref, Shape
from models.filters import (
    AS_BODY,
    TIE_SORT,
    ContactConditions,
    ContactFilter,
    DatedContacts,
    Refs,
    SentAsBody,
)
from models.vocabulary import ContactInclude, ContactSort, EdgesKey, Role, TieSort

LARGEST_LIMIT: Final = 1_000_000_000
Limit = Annotated[int | None, Field(ge=1, le=LARGEST_LIMIT)]
_LIMIT: Final = "Most records, the first in the order asked; absent = all, up to what the operator allows."
FEED_ENTRIES: Final = 50


class FormatOptions(Shape):
    """What a client may choose about a format; refused where the format does not know it."""

    bom: bool = Field(
        default=False, description="Spreadsheet CSV: a byte order mark in front, by which Excel knows UTF-8."
    )
    edges_key: EdgesKey = Field(default="edges", description="Node-link JSON: what the list of edges is called.")


class ContactExport(DatedContacts, FormatOptions):
    """Contacts, or who took part in them, as a whole."""

    sort: ContactSort | None = Field(
        default=None,
        description="Open and unknown ends come last. Absent = -latest, in a feed -recorded.",
        examples=["-latest"],
    )
    include: Annotated[list[ContactInclude], CommaList] = Field(
        default=[], description="What to embed; NDJSON alone shows it.", examples=[["accounts"]]
    )
    limit: Limit = Field(default=None, description=f"{_LIMIT} A feed has {FEED_ENTRIES}.", examples=[100])


class ContactSearchExport(SentAsBody, ContactExport):
    """The same question as a body."""

    model_config = AS_BODY


class ParticipantExport(DatedContacts, FormatOptions):
    """Who took part in the contacts of a question, as a whole."""

    sort: ContactSort | None = Field(
        default=None, description="Of the contacts. Absent = -latest.", examples=["-latest"]
    )
    limit: Limit = Field(default=None, description=f"{_LIMIT} Counted in contacts.", examples=[100])


class EdgeExport(ContactFilter, FormatOptions):
    """Edges as a whole."""

    contact: Ref | None = Field(
        default=None, description="Only edges of this contact, whatever its status.", examples=["example:first-world/1"]
    )
    limit: Limit = Field(default=None, description=_LIMIT, examples=[100])


class TieExport(ContactConditions, FormatOptions):
    """Ties as a whole."""

    actor: Refs = Field(
        default=[],
        description="Ties of any of these, each seen from its side; absent = of the whole record.",
        examples=[["joe-biden"]],
    )
    sort: TieSort = Field(default="-contacts", description=TIE_SORT)
    limit: Limit = Field(default=None, description=_LIMIT, examples=[100])


class CounterpartExport(ContactConditions, FormatOptions):
    """The counterparts of the actor in the address, as a whole."""

    participants: Refs = Field(default=[], description="All of these took part too.", examples=[["hamas"]])
    role: Annotated[list[Role], CommaList] = Field(
        default=[], description="Only where the actor had one of these roles.", examples=[["mediator"]]
    )
    sort: TieSort = Field(default="-contacts", description=TIE_SORT)
    limit: Limit = Field(default=None, description=_LIMIT, examples=[100])
