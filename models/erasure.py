"""Erasure: what is left of a person or a contact, and what an administrator is told of it."""

from typing import Final

from pydantic import Field

from models.base import Shape

ERASED: Final = "Erased: its content was removed for good."
"""Why an erased record is not part of any answer any more."""
ERASED_NAME: Final = "Erased person"
REASON_ERASED: Final = "Removed by an administrator."
"""Stands for a reason that named somebody."""
MENTIONS_MAX: Final = 1_000


class Mention(Shape):
    """A free text of the record that may still tell of what was erased."""

    noun: str = Field(description="What kind of record holds it; `revision` = why a change was made.")
    id: str = Field(description="Public id of the record, or number of the revision.")
    field: str = Field(description="Its member; `history` = it says so no more, but did.")


class Erased(Shape):
    """What was erased, and which texts are left for you to look at."""

    id: str = Field(description="Public id of what was erased; it answers 410 from now on.")
    merged: list[str] = Field(description="Public ids of what had been merged into it and was erased with it.")
    entries: int = Field(description="Entries of history whose content was removed, or part of it.")
    answers: int = Field(description="Kept answers to repeated requests that were removed.")
    mentions: list[Mention] = Field(
        description="Free texts that name the person, or tell why the contact was changed: correct them as you see fit."
    )
    truncated: bool = Field(description="Whether there are more such texts than are listed.")
