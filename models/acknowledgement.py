"""Acknowledgement: which governments stand by a contact, since when, and how long that took. Derived, never edited.

A government is a state, or a top organisation that belongs to none, for which somebody took part as a counterpart.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field as ColumnField

from models.base import FIRST_MOMENT, LAST_MOMENT, Civil
from models.edges import Cleared, plain_id
from models.projection import Event
from models.status import Word, standing
from models.vocabulary import Stance, words

_MOMENT: Final = timedelta(microseconds=1)
Days = tuple[int, int]
"""Whole days, at least and at most."""


class Acknowledgement(Cleared, table=True):
    """A government that took part in a contact, and the word it stands by."""

    __tablename__ = "acknowledgement"
    __table_args__ = (
        CheckConstraint(f"word IN {words(Stance)}", name="acknowledgement_word"),
        Index("acknowledgement_side_idx", "side_id", "word", "contact_id"),
    )
    contact_id: int = plain_id(primary=True)
    side_id: int = plain_id(primary=True)
    word: str | None = ColumnField(default=None, sa_type=Text, description="Its standing word; null = silent.")
    published_earliest: datetime | None = ColumnField(
        default=None,
        sa_type=Civil,
        description="Bounds of the publication of its first word; of affirming, if it does.",
    )
    published_latest: datetime | None = ColumnField(default=None, sa_type=Civil)


def governments(event: Event) -> dict[Hashable, list[int]]:
    """Returns for each side of a contact the governments on it, ascending."""
    found: dict[Hashable, set[int]] = {}
    sides = event.sides()
    for taker in event.takers:
        if taker.actor_id in sides:
            found.setdefault(sides[taker.actor_id], set()).update(unit.unit for unit in event.units(taker, "state"))
    return {side: sorted(units) for side, units in found.items()}


def spoken_for(word: Word, event: Event, of_side: Mapping[Hashable, Sequence[int]]) -> frozenset[int]:
    """Returns the governments a word commits: of several on one side, the speaker's own if it is there.

    Args:
        word: of somebody authorised for a side, or not.
        event: the contact; what counts is where the speaker stood on its date.
        of_side: as ``governments`` returns it.
    """
    there = frozenset(of_side.get(word.side, ())) if word.side is not None else frozenset[int]()
    if len(there) < 2 or not isinstance(word.speaker, int):
        return there
    start, end = event.bounds.earliest, event.bounds.latest
    rows = event.lifts.get((word.speaker, "state"), ())
    own = {word.speaker, *(row.unit_id for row in rows if row.since < end and row.until > start)}
    return there & own or there


def first_word(said: Iterable[Word]) -> tuple[str | None, Word | None]:
    """Returns what some speakers together stand by, and the first word of it.

    They affirm as soon as one of them does, since his first affirmation; else their latest word stands, and what
    is first is whatever they said first. A denial of participants only is no word on the contact.
    """
    said = sorted((word for word in said if not word.is_partial), key=lambda word: (word.order, word.account))
    stand = standing(said)
    if not stand:
        return None, None
    affirming = {word.speaker for word in stand if word.stance == "affirms"}
    if affirming:
        return "affirms", next(word for word in said if word.stance == "affirms" and word.speaker in affirming)
    return stand[-1].stance, said[0]


def acknowledgements(event: Event, said: Sequence[Word]) -> list[dict[str, Any]]:
    """Returns the rows of one contact: every government that took part, with the word it stands by."""
    of_side = governments(event)
    committed = [(word, spoken_for(word, event, of_side)) for word in said]
    rows = []
    for side in sorted({unit for units in of_side.values() for unit in units}):
        stance, first = first_word(word for word, units in committed if side in units)
        published = (first.published if first else None) or (None, None)
        row = {"contact_id": event.contact_id, "side_id": side, "word": stance}
        rows.append({**row, "published_earliest": published[0], "published_latest": published[1]})
    return rows


def days_after(moment: datetime, published: tuple[datetime, datetime] | None) -> Days | None:
    """Returns how many days after a moment something was published; None = not known.

    Args:
        moment: exclusive end of a span of civil time: what counts is its last day.
        published: bounds of the publication. A day earlier is no day: two capitals' days differ by as much.
    """
    if published is None or moment >= LAST_MOMENT or published[1] >= LAST_MOMENT:
        return None
    last = (moment - _MOMENT).date()
    first, end = published[0].date(), (published[1] - _MOMENT).date()
    return max(0, (first - last).days), max(0, (end - last).days)


def days_between(first: tuple[datetime, datetime] | None, later: tuple[datetime, datetime] | None) -> Days | None:
    """Returns how many days lie between two publications; None = not known."""
    if first is None or later is None or LAST_MOMENT in (first[1], later[1]) or first[0] == FIRST_MOMENT:
        return None
    gaps = (later[0].date() - (first[1] - _MOMENT).date()).days, ((later[1] - _MOMENT).date() - first[0].date()).days
    return (0, 0) if first == later else (max(0, gaps[0]), max(0, gaps[1]))
