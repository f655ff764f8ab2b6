"""Who is central, and who belongs together: the questions and their answers."""

from typing import Literal

from pydantic import Field

from models.base import ActorLink, Ref, Shape
from models.graph import GraphAnswer, GraphQuestion
from models.vocabulary import Measure


class CentralityQuestion(GraphQuestion):
    """Who is central among the actors of the question.

    * `degree`: counterparts.
    * `strength`: contacts of all ties, added up; a contact of three counts for each tie (Barrat et al. 2004).
    * `closeness`: r² / ((n - 1) Σ d), r others reached, d hops to each (Wasserman and Faust 1994).
    * `betweenness`: the share of shortest paths between all pairs of others that pass the actor (Freeman 1977).
    * `pagerank`: the share of time of a walker who follows ties in proportion to their contacts and begins anew with
      probability 0.15 (Brin and Page 1998).

    In a large graph closeness and betweenness are estimated from paths that begin at some actors drawn at random;
    `sources` says from how many.
    """

    measure: Measure = Field(default="strength", description="Central in what sense.", examples=["betweenness"])
    limit: int = Field(default=50, ge=1, le=1_000, description="Most actors, the most central first.")


class CentralityOut(Shape):
    """One actor's place."""

    rank: int = Field(description="1 = most central; equals share a rank.")
    actor: ActorLink = Field(description="Who.")
    value: float = Field(description="The measure.")
    links: dict[Literal["ties"], str] = Field(description="The ties behind it.")


class CentralityAnswer(GraphAnswer):
    """The most central actors first."""

    measure: Measure = Field(description="The measure asked.")
    actors: int = Field(description="Actors with any tie under the question.")
    ties: int = Field(description="Their ties.")
    sources: int = Field(description="Actors from whom paths were searched; all of them, unless estimated.")
    items: list[CentralityOut] = Field(description="The most central first.")


class CommunityQuestion(GraphQuestion):
    """Who belongs together: communities that hold more contacts inside than chance would put there.

    By the Leiden algorithm (Traag, Waltman and van Eck 2019) for modularity (Newman and Girvan 2004), pairs weighted
    by their contacts. The same record gives the same communities. They are a way to look at the graph, not a fact
    of the record.
    """

    actor: Ref | None = Field(default=None, description="Only the community of this actor.", examples=["iso3:QAT"])
    resolution: float = Field(
        default=1.0, gt=0, le=100, description="Above 1: more and smaller communities.", examples=[1.0]
    )
    members: int = Field(default=20, ge=1, le=1_000, description="Most members shown of each, the strongest first.")
    limit: int = Field(default=50, ge=1, le=1_000, description="Most communities, the largest first.")


class CommunityOut(Shape):
    """One community."""

    community: int = Field(description="Its number in this answer, from 1; the largest first.")
    size: int = Field(description="Actors in it.")
    contacts_within: int = Field(description="Contacts of ties inside it, added up.")
    contacts_across: int = Field(description="Contacts of ties that lead out of it, added up.")
    members: list[ActorLink] = Field(description="Its members, those with most contacts first.")


class CommunityAnswer(GraphAnswer):
    """Communities, the largest first."""

    modularity: float = Field(description="How much more lies inside than chance would put there: -0.5 to 1.")
    actors: int = Field(description="Actors with any tie under the question.")
    items: list[CommunityOut] = Field(description="The largest first.")
