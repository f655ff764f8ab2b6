"""Questions for lists of the plain nouns."""

from typing import Annotated

from pydantic import Field

from models.base import CommaList, Cursor, EdtfText, Line, Ref, SafeText
from models.filters import LARGEST_PAGE
from models.known_at import OfAnyState
from models.vocabulary import ActorKind, OrganisationType, Relation, SourceKind


class ResourceFilter(OfAnyState):
    """What every list takes."""

    limit: int = Field(default=50, ge=1, le=LARGEST_PAGE, description="Items on a page, 1 to 1000.")
    cursor: Cursor = None


class ActorFilter(ResourceFilter):
    """A question for a page of actors, in the order of their names."""

    kind: Annotated[list[ActorKind], CommaList] = Field(
        default=[], description="Of any of these kinds.", examples=[["person", "office"]]
    )
    organisation_type: Annotated[list[OrganisationType], CommaList] = Field(
        default=[], description="Organisations of any of these types.", examples=[["igo"]]
    )
    provisional: bool | None = Field(
        default=None, description="Only those whose identity is not settled, or is.", examples=[False]
    )


class ActorSearch(OfAnyState):
    """A question for actors by name, best fit first."""

    q: Annotated[SafeText, Field(min_length=1, max_length=300)] = Field(
        description="A name in any script; accents and the order of words do not matter.",
        examples=["Netanyahu Benjamin"],
    )
    kind: ActorKind | None = Field(default=None, description="Only actors of this kind.", examples=["person"])
    limit: int = Field(default=20, ge=1, le=100, description="Most matches wanted, 1 to 100.")


class SourceFilter(ResourceFilter):
    """A question for a page of sources."""

    kind: Annotated[list[SourceKind], CommaList] = Field(
        default=[], description="Of any of these kinds.", examples=[["readout"]]
    )
    publisher: Ref | None = Field(default=None, description="Who published it.", examples=["white-house"])


class TopicFilter(ResourceFilter):
    """A question for a page of topics."""

    broader: Ref | None = Field(default=None, description="Only topics directly below this one.", examples=["military"])


class EpisodeFilter(ResourceFilter):
    """A question for a page of episodes."""


class ActorDesignationFilter(ResourceFilter):
    """A question for a page of one actor's designations."""

    list: Line | None = Field(
        default=None, description="The exact name of a list.", examples=["Foreign Terrorist Organizations"]
    )


class DesignationFilter(ActorDesignationFilter):
    """A question for a page of designations."""

    actor: Ref | None = Field(default=None, description="Who is on the list.", examples=["hamas"])


class CoverageFilter(ResourceFilter):
    """A question for a page of windows of coverage."""

    publisher: Ref | None = Field(default=None, description="Whose publications were read.", examples=["white-house"])


class ActorAffiliationFilter(ResourceFilter):
    """A question for a page of one actor's affiliations."""

    target: Ref | None = Field(default=None, description="With whom.", examples=["president-of-the-united-states"])
    relation: Annotated[list[Relation], CommaList] = Field(
        default=[], description="Of any of these kinds.", examples=[["holds"]]
    )
    on: EdtfText | None = Field(
        default=None, description="Only those that may have held then, EDTF.", examples=["2021-05-12"]
    )


class AffiliationFilter(ActorAffiliationFilter):
    """A question for a page of affiliations."""

    actor: Ref | None = Field(default=None, description="Whose affiliations.", examples=["joe-biden"])
