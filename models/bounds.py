"""What dates mean to the record: a contact's bounds and a tenure's four instants, with sentinels for the unknown."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models.base import FIRST_MOMENT, LAST_MOMENT
from models.edtf import match_window, parse

DAY: Final = timedelta(days=1)
"""Two sides' civil dates may differ by one day: a call after midnight in one capital is before it in another."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """A contact's bounds, the span default windows look at, and the two sort keys."""

    earliest: datetime = FIRST_MOMENT
    latest: datetime = LAST_MOMENT
    match_earliest: datetime = LAST_MOMENT
    match_latest: datetime = FIRST_MOMENT
    newest: datetime = FIRST_MOMENT
    oldest: datetime = LAST_MOMENT

    def columns(self) -> dict[str, datetime]:
        """Returns the bounds as column values."""
        return {name: getattr(self, name) for name in self.__slots__}


UNDATED: Final = Bounds()


class TooLateError(ValueError):
    """The date lies after the publication of an account that affirms the contact."""


def contact_bounds(when: str | None, published_latest: datetime | None = None) -> Bounds:
    """Returns the bounds of a contact.

    Args:
        when: EDTF, or None for unknown.
        published_latest: end of the publication date of the earliest account that affirms the contact. What
            took place *some time within* a date ended no later, so a date wider than a day is cut there. A civil
            day is not cut: it may be the day before or after in the capital that publishes. Nor is ``A/B``, which
            says how long it lasted: a readout on the first day of a visit is nothing unusual.

    Raises:
        TooLateError: the date begins a day or more after that publication.
    """
    date = parse(when) if when is not None else None
    earliest = date.earliest if date else None
    latest = date.latest if date else None
    window = match_window(date) if date else None
    if published_latest is not None:
        begins = earliest or FIRST_MOMENT
        if begins >= published_latest + DAY:
            raise TooLateError
        lasting = date is not None and date.throughout
        if not lasting and (latest is None or earliest is None or latest - earliest > DAY):
            end = published_latest if begins < published_latest else published_latest + DAY
            latest = min(latest or LAST_MOMENT, end)
            window = window and (min(window[0], _day_before(latest)), min(window[1], latest))
    return Bounds(
        earliest=earliest or FIRST_MOMENT,
        latest=latest or LAST_MOMENT,
        match_earliest=window[0] if window else LAST_MOMENT,
        match_latest=window[1] if window else FIRST_MOMENT,
        # An end cut at publication is still not a stated one: it sorts last, as open ends do.
        newest=latest if latest is not None and date is not None and date.latest is not None else FIRST_MOMENT,
        oldest=earliest or LAST_MOMENT,
    )


def _day_before(moment: datetime) -> datetime:
    """Returns the start of the day that ends at a moment; no calendar goes further back than the first."""
    return moment - DAY if moment - FIRST_MOMENT > DAY else FIRST_MOMENT


@dataclass(frozen=True, slots=True)
class Tenure:
    """Four instants: certain is [start_latest, end_earliest), possible is [start_earliest, end_latest)."""

    start_earliest: datetime
    start_latest: datetime
    end_earliest: datetime
    end_latest: datetime

    def columns(self) -> dict[str, datetime]:
        """Returns the instants as column values."""
        return {name: getattr(self, name) for name in self.__slots__}


def tenure(since: str | None, until: str | None) -> Tenure:
    """Returns what two tenure dates mean.

    Days count whole: who holds a post since 20 January holds it for a call on that day. ``..`` is «always» or
    «still»; None is unknown, so nothing is certain on that side.

    Raises:
        ValueError: the tenure ends before it begins.
    """
    if since == "..":
        start_earliest = start_latest = FIRST_MOMENT
    elif since is None:
        start_earliest, start_latest = FIRST_MOMENT, LAST_MOMENT
    else:
        date = parse(since)
        start_earliest = date.earliest or FIRST_MOMENT
        start_latest = max(start_earliest, _day_before(date.latest or LAST_MOMENT))
    if until == "..":
        end_earliest = end_latest = LAST_MOMENT
    elif until is None:
        end_earliest, end_latest = start_latest, LAST_MOMENT
    else:
        date = parse(until)
        end_latest = date.latest or LAST_MOMENT
        end_earliest = min(end_latest, (date.earliest or FIRST_MOMENT) + DAY)
    if start_earliest >= end_latest:
        raise ValueError("until lies before since")
    return Tenure(start_earliest, start_latest, end_earliest, end_latest)
