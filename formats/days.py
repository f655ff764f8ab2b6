"""Days for tools whose intervals include both ends."""

from datetime import datetime, timedelta
from typing import Final

MOMENT: Final = timedelta(microseconds=1)


def last_day(latest: str) -> str:
    """Returns the last civil day before an exclusive bound."""
    return (datetime.fromisoformat(latest) - MOMENT).date().isoformat()
