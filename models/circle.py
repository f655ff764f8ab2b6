"""The circle around one or several actors: the question and its answer, a graph of nodes and ties."""

from typing import Annotated, Literal

from pydantic import Field

from models.base import ActorLink, CommaList, Ref, Shape
from models.graph import GraphAnswer, GraphQuestion
from models.silences import DateRange

WIDEST_CIRCLE = 3
MOST_NODES = 1_500


class CircleQuestion(GraphQuestion):
    """The graph around one or several actors: everybody within some hops, and the ties among them.

    When there are more than `nodes` of them, ring by ring those are kept whose strongest tie into what is kept
    already has most contacts; the answer says that it was cut. Ties are those of the question's filter, each pair
    once.
    """

    actor: Annotated[list[Ref], CommaList, Field(min_length=1, max_length=20)] = Field(
        description="In the middle.", examples=[["joe-biden"]]
    )
    hops: int = Field(default=1, ge=1, le=WIDEST_CIRCLE, description="How far around.", examples=[2])
    nodes: int = Field(default=200, ge=2, le=MOST_NODES, description="Most actors in the answer.", examples=[50])


class CircleNode(ActorLink):
    """An actor of the circle."""

    hops: int = Field(description="From the nearest actor in the middle; 0 = in the middle.")
    degree: int = Field(description="His ties within this answer.")
    contacts: int = Field(description="Contacts of these ties, added up; a contact of three counts for each tie.")


class CircleTie(Shape):
    """A pair of the circle under the question."""

    source: str = Field(description="Id of one end.")
    target: str = Field(description="Id of the other.")
    source_slug: str = Field(description="Slug of one end.")
    target_slug: str = Field(description="Slug of the other.")
    contacts: int = Field(description="Distinct contacts of the two.")
    first: DateRange = Field(description="Their first, as the range that uncertain dates allow.")
    last: DateRange = Field(description="Their last, likewise.")
    links: dict[Literal["contacts"], str] = Field(description="The contacts behind this tie.")


class CircleAnswer(GraphAnswer):
    """Nodes and ties; every end of a tie is among the nodes."""

    nodes: list[CircleNode] = Field(description="Actors, ring by ring, the strongest first.")
    edges: list[CircleTie] = Field(description="Ties among them, the strongest first.")
