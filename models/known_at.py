"""The instant at which a reader wants to stand: what was known then. Valid dates of tenures are another matter."""

import re
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, model_validator

from models.base import SafeText, Shape

_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?", re.ASCII | re.IGNORECASE
)
_LAST_OF_DAY: Final = time(23, 59, 59, 999_999, tzinfo=UTC)


def moment_known(text: str) -> datetime:
    """Returns the instant, UTC, that a text means; a day means its end, UTC.

    Raises:
        ValueError: it is neither an instant with an offset nor a day.
    """
    try:
        if not _INSTANT.fullmatch(text):
            raise ValueError
        if len(text) == len("2021-05-13"):
            return datetime.combine(date.fromisoformat(text), _LAST_OF_DAY)
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            "give an instant with its offset such as 2021-05-13T00:00:00Z (in an address, + is written %2B), "
            "or a day such as 2021-05-12, which means its end, UTC"
        ) from error


def check_known_at(text: str) -> str:
    """Returns the text when it means an instant."""
    moment_known(text)
    return text


KnownAt = Annotated[SafeText, Field(max_length=40), AfterValidator(check_known_at)]
MEANING: Final = (
    "Answer from the record as it stood at this instant: RFC 3339, or a day, which means its end, UTC. What was "
    "committed later is not seen, and silences are measured at that day. An instant that lies ahead is refused."
)


class OfAnyState(Shape):
    """A question in an address; ``known_at`` beside it says of which state of the record it is asked."""

    @model_validator(mode="before")
    @classmethod
    def state_stands_beside(cls, given: Any) -> Any:
        # The framework hands a question all parameters of the address; this one the route has read already.
        return {name: given[name] for name in given if name != "known_at"} if isinstance(given, dict) else given
