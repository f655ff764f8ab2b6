"""Mergers: one record taken into another that is the same."""

from pydantic import Field

from models.base import Ref, Shape


class ActorMergeIn(Shape):
    """A merge of actors as an editor sends it."""

    into: Ref = Field(description="The actor that stands afterwards, to which the other's address leads.")


class ContactMergeIn(Shape):
    """A merge of contacts as an editor sends it."""

    into: Ref = Field(description="The contact that stands afterwards, to which the other's address leads.")
