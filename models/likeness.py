"""How alike two contacts are: whether they may be one event, reported twice.

Method ``contacts/1``. A feature says 0 to 1; the score is their weighted mean, 0 to 100. What cannot be one event has
no score at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

METHOD: Final = "contacts/1"
WEIGHTS: Final = {"ends": 0.45, "when": 0.3, "kind": 0.15, "sources": 0.1}
"""Who dealt with whom tells most; that two sources tell of it, least."""
DAY: Final = timedelta(days=1)
APART_MINUTES: Final = 120
"""Two instants with offsets that are farther apart are two events: clocks do not err by hours."""
FINER: Final = {
    "engagement": frozenset({"conversation", "call", "meeting"}),
    "conversation": frozenset({"call", "meeting"}),
}
"""Which kinds refine a coarser one."""
REFINED: Final = 0.7
SAME_SOURCE: Final = 0.3
"""One document that tells of two contacts most often means two."""
SAME: Final = 1.0
STANDS_FOR: Final = 0.9
"""A person and the office he held then."""
COARSER: Final = 0.6
"""A state, or an organisation, and somebody who stood for it."""


@dataclass(frozen=True, slots=True)
class Taker:
    """One who took part: himself, of which rank, and the offices and units he stood for on that date."""

    actor: int
    level: str | None
    offices: frozenset[int]
    units: frozenset[int]


@dataclass(frozen=True, slots=True)
class Told:
    """What of one contact is held against another."""

    kind: str
    earliest: datetime
    latest: datetime
    has_offset: bool
    takers: Sequence[Taker]
    sources: frozenset[int]


def likeness(one: Told, other: Told, pair: tuple[int, int]) -> dict[str, float] | None:
    """Returns the features by which two contacts are alike, or None when they cannot be one.

    Args:
        one: of them.
        other: of them.
        pair: the two ends that both contacts join, at the level at which they were found.
    """
    ends = [_end(one, other, unit) for unit in pair]
    found = {"ends": min(ends), "when": _when(one, other), "kind": kinds(one.kind, other.kind)}
    if not all(found.values()):
        return None
    return {**found, "sources": SAME_SOURCE if one.sources & other.sources else 1.0}


def score(features: dict[str, float]) -> float:
    """Returns the weighted mean of the features, 0 to 100."""
    return round(100 * sum(WEIGHTS[name] * value for name, value in features.items()) / sum(WEIGHTS.values()), 1)


def kinds(one: str, other: str) -> float:
    """Returns how well two kinds agree: the same, one refines the other, or 0 when they contradict."""
    if one == other:
        return 1.0
    return REFINED if other in FINER.get(one, ()) or one in FINER.get(other, ()) else 0.0


def _when(one: Told, other: Told) -> float:
    """Civil days of two capitals differ by one at most; a day inside a month agrees with it, and says less."""
    gap = max(one.earliest, other.earliest) - min(one.latest, other.latest)
    lengths = one.latest - one.earliest, other.latest - other.earliest
    if max(lengths) < DAY and one.has_offset and other.has_offset:
        return 1.0 if gap < timedelta(minutes=APART_MINUTES) else 0.0
    if gap >= DAY:
        return 0.0
    if gap >= timedelta(0):
        return 0.5
    return max(0.3, min(lengths) / max(lengths)) if max(lengths) > DAY else 1.0


def _end(one: Told, other: Told, unit: int) -> float:
    """Returns how well those who stood for one end agree; of known and different rank they are different people."""
    pairs = [(a, b) for a in _of(one, unit) for b in _of(other, unit)]
    return max((_same(a, b) for a, b in pairs), default=0.0)


def _of(told: Told, unit: int) -> list[Taker]:
    return [taker for taker in told.takers if unit == taker.actor or unit in taker.units]


def _same(one: Taker, other: Taker) -> float:
    if one.level and other.level and one.level != other.level:
        return 0.0
    if one.actor == other.actor:
        return SAME
    if one.offices & {other.actor} or other.offices & {one.actor}:
        return STANDS_FOR
    if one.actor in other.units or other.actor in one.units:
        return COARSER
    return 0.0
