"""Graph questions: the filter they share, and what every answer says about itself."""

from typing import Any

from pydantic import ConfigDict, Field

from models.base import Shape
from models.filters import ContactConditions


class GraphQuestion(ContactConditions):
    """The filter that all graph questions share: which contacts join two actors."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class GraphMeta(Shape):
    """Which state of the record an answer describes, what its numbers count, and what they leave out."""

    graph_version: int = Field(description="Which state of the record this answer describes.")
    unit: str = Field(description="What the numbers count: distinct contacts, edges, days or hops.")
    as_of: str = Field(description="The civil day, UTC, at which silences and «upcoming» are measured.")
    truncated: bool | None = Field(
        default=None, description="True when something was left out; limits and left_out say what cut it and what."
    )
    limits: dict[str, int] | None = Field(default=None, description="The limits that cut the answer, with their size.")
    left_out: dict[str, int] | None = Field(default=None, description="What the numbers do not include, counted.")
    notes: list[str] | None = Field(default=None, description="Assumptions without which the numbers mislead.")


class GraphLinks(Shape):
    """Where this answer is found again."""

    self: str = Field(description="Absolute address of this answer.")


class GraphAnswer(Shape):
    """An answer to a graph question; each question names its own subclass and adds its members."""

    links: GraphLinks = Field(description="Its own address.")
    meta: GraphMeta = Field(description="Which state it describes, what is counted, what is left out.")


Members = dict[str, Any]
"""The members that a question adds to its answer, as JSON values or as models."""
