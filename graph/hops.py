"""Hops in time: the arrays that chronological questions search, and how much a search may do."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Mode = Literal["certain", "possible"]
Objective = Literal["earliest-arrival", "latest-departure", "fewest-hops", "shortest-duration"]

BEFORE_ALL: Final = -(2**61)
NEVER: Final = 2**61
SAMPLE: Final = 4_096
"""Hops from which it is judged when how many of them are over."""
_PLACE_BITS: Final = 31
_PLACES: Final = 2**_PLACE_BITS - 1


def _order(actors: Ints) -> Ints:
    """Returns the stable order of actors: sorting numbers outright is several times as fast as sorting places."""
    return np.sort((np.asarray(actors, dtype=np.int64) << _PLACE_BITS) | np.arange(len(actors))) & _PLACES


@dataclass(frozen=True)
class World:
    """Hops, each one way from tail to head, sorted by tail.

    Attributes:
        tail: where word is before the hop.
        head: where it is afterwards.
        lo: when the contact began at the earliest, inclusive.
        hi: when it ended at the latest, exclusive.
        contact: to which the hop belongs.
        row: what else is known of the hop stands in this row of whatever the world was made from.
    """

    tail: Ints
    head: Ints
    lo: Ints
    hi: Ints
    contact: Ints
    row: Ints

    @classmethod
    def of(cls, tail: Ints, head: Ints, lo: Ints, hi: Ints, contact: Ints) -> "World":
        """Returns a world of hops in any order; their rows count from 0."""
        columns = (tail, head, lo, hi, contact, np.arange(len(tail)))
        order = _order(tail)
        return cls(*(np.asarray(column, dtype=np.int64)[order] for column in columns))

    @cached_property
    def actors(self) -> int:
        """One more than the greatest actor."""
        return int(max(self.tail.max(initial=-1), self.head.max(initial=-1))) + 1

    @cached_property
    def starts(self) -> Ints:
        """Where the hops of each actor begin; the last is where all end."""
        return np.searchsorted(self.tail, np.arange(self.actors + 1))

    @cached_property
    def turned(self) -> "World":
        """The same hops backwards in time and direction: what arrives earliest there departs latest here."""
        order = _order(self.head)
        columns = (self.head, self.tail, -self.hi, -self.lo, self.contact, self.row)
        return World(*(column[order] for column in columns))

    def joined(self, other: "World", rows: int) -> "World":
        """Returns the hops of both; the rows of the other one count on from ``rows``."""
        places = np.searchsorted(self.tail, other.tail, side="right")
        mine = (self.tail, self.head, self.lo, self.hi, self.contact, self.row)
        more = (other.tail, other.head, other.lo, other.hi, other.contact, other.row + rows)
        return World(*(np.insert(one, places, two) for one, two in zip(mine, more, strict=True)))

    def kept(self, keep: Flags) -> "World":
        """Returns the world of only these hops."""
        columns = (self.tail, self.head, self.lo, self.hi, self.contact, self.row)
        return World(*(column[keep] for column in columns))

    def early(self, mode: Mode, part: float) -> tuple["World", int]:
        """Returns the hops over which word can arrive in the first part of the time, and when that ends.

        Args:
            mode: certain hops must end by then; possible ones must be able to begin.
            part: of all hops, about.
        """
        when = self.hi if mode == "certain" else self.lo
        until = int(np.quantile(when[:: max(1, len(when) // SAMPLE)], part, method="lower"))
        return self.kept(when < until), until

    def within(self, start: int | None, end: int | None, mode: Mode) -> "World":
        """Returns the hops that may lie in a window, cut to it, or those that must."""
        start, end = BEFORE_ALL if start is None else start, NEVER if end is None else end
        if mode == "certain":
            return self.kept((self.lo >= start) & (self.hi <= end))
        # Cutting changes nothing of what is possible: lo_i < to and hi_j > from hold for each hop that is kept.
        keep = (self.lo < end) & (self.hi > start)
        cut = self.kept(keep)
        lo, hi = np.maximum(cut.lo, start), np.minimum(cut.hi, end)
        return World(cut.tail, cut.head, lo, hi, cut.contact, cut.row)


@dataclass(frozen=True, slots=True)
class Sought:
    """Which path is looked for among the hops of a world, which are cut to a window already.

    Attributes:
        mode: certain or possible.
        source: from whom.
        target: to whom.
        objective: what a good path has little of, or where it is late.
        longest_wait: between two hops, in the unit of the world's times.
        max_hops: longest path.
    """

    mode: Mode
    source: int
    target: int
    objective: Objective = "earliest-arrival"
    longest_wait: int | None = None
    max_hops: int | None = None

    @property
    def turned(self) -> "Sought":
        """The same path looked for in the turned world, where the latest departure is the earliest arrival."""
        return replace(self, source=self.target, target=self.source, objective="earliest-arrival")


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much a search may do.

    Attributes:
        steps: states or labels looked at.
        in_time: whether there is time left; asked now and then.
    """

    steps: int = 5_000_000
    in_time: Callable[[], bool] = lambda: True


class CutShortError(Exception):
    """A search used up its allowance: it knows of no best path, nor that there is none."""
