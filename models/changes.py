"""Changes of the record, as answers show them: who, when, why, before and after."""

from datetime import datetime
from typing import Annotated

from pydantic import Field, JsonValue

from models.base import CommaList, Cursor, Page, Shape
from models.vocabulary import Action, ChangedNoun


class ChangedBy(Shape):
    """The key that made a change."""

    id: str = Field(description="Id of the key.")
    name: str | None = Field(description="Whose key it is; null unless you are an administrator.")


class Difference(Shape):
    """One field before and after; null = it had no value."""

    before: JsonValue = Field(description="What it was.")
    after: JsonValue = Field(description="What it is since.")


class ChangeNote(Shape):
    """One record changed by one writing request."""

    revision: int = Field(description="The graph version since which it shows.")
    ordinal: int = Field(description="Its place among the changes of that revision, from 0.")
    at: datetime = Field(description="When it came to be known, UTC.")
    action: Action = Field(description="What became of the record.")
    noun: ChangedNoun = Field(description="What kind of record it is.")
    id: str = Field(description="Public id of the record.")
    contact: str | None = Field(description="Id of the contact that an account or a commitment belongs to.")
    by: ChangedBy | None = Field(description="Whose key it was; null = the command line.")
    reason: str | None = Field(description="Why, as the header Readout-Reason said.")
    request_id: str | None = Field(description="Of the request, as X-Request-Id gave it; null = the command line.")


class Change(ChangeNote):
    """One change with the record before and after it. What has no value is absent."""

    erased: bool = Field(description="Whether the content was erased since: before and after are null then.")
    before: dict[str, JsonValue] | None = Field(description="The record as it was; null = there was none.")
    after: dict[str, JsonValue] | None = Field(description="The record as it became.")
    changed: dict[str, Difference] = Field(description="The fields that differ, version and instants aside.")


class ChangePage(Page[Change]):
    """A page of one record's changes, newest first."""


class ChangeFeed(Page[ChangeNote]):
    """A page of all changes, oldest first."""


class ChangeLine(ChangeNote):
    """A change of a stream, with the place to go on from when the stream broke off after it."""

    cursor: str = Field(description="What to ask for as `since` to get what comes after this.")


class FollowAsked(Shape):
    """Which changes are wanted."""

    since: Cursor = Field(
        default=None, description="The last `meta.next_cursor`; absent = from the beginning, `now` = what comes next."
    )
    noun: Annotated[list[ChangedNoun], CommaList] = Field(
        default=[], description="Only of any of these nouns.", examples=[["contact", "account"]]
    )


class FeedAsked(FollowAsked):
    """Which page of changes is wanted."""

    limit: int = Field(default=100, ge=1, le=1_000, description="Longest page.", examples=[100])
