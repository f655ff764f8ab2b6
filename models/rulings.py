"""Rulings: what an editor decides became of a contact, shown above what the accounts make of it."""

from pydantic import Field

from models.base import Prose, Shape
from models.vocabulary import Status


class RulingIn(Shape):
    """A ruling as an editor sends it."""

    ruling: Status = Field(description="Any status, or `did_not_happen`.")
    reason: Prose = Field(description="Why; stands beside the ruling for every reader.")
