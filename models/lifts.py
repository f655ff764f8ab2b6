"""Where an actor stands at each level over time: a pure function of his affiliations.

Time is cut at every date on which some affiliation on the way up begins or ends. Between two cuts nothing
changes, so the lift is a plain walk; equal neighbours are then joined again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from models.base import FIRST_MOMENT, LAST_MOMENT
from models.vocabulary import Level

LIFTED_LEVELS: Final[tuple[Level, ...]] = ("office", "organisation", "state")
UPWARD: Final = frozenset({"holds", "belongs_to", "part_of"})
"""Relations by which an actor stands for another. A member does not speak for its alliance, nor a ruler for a land."""


@dataclass(frozen=True, slots=True)
class Step:
    """One affiliation on the way up: possible in [start_earliest, end_latest), certain in the inner span."""

    relation: str
    target: int
    start_earliest: datetime
    start_latest: datetime
    end_earliest: datetime
    end_latest: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit an actor stands for in [since, until); ambiguous when there are several at once."""

    unit: int
    since: datetime
    until: datetime
    certain: bool
    ambiguous: bool


@dataclass(frozen=True, slots=True)
class Ladder:
    """The affiliations of some actors and of all above them, with every actor's kind."""

    steps: Mapping[int, Sequence[Step]]
    kinds: Mapping[int, str]

    def standings(self, actor: int, level: str) -> list[Standing]:
        """Returns where an actor stands at a level; spans in which he stays himself are left out."""
        rows: list[Standing] = []
        cuts = self._cuts(actor)
        for since, until in pairwise(cuts):
            units = self._preferred(level, dict(self._units(actor, level, since, frozenset())))
            if set(units) <= {actor}:
                continue
            for unit, certain in sorted(units.items()):
                several = len(units) > 1
                rows.append(Standing(unit, since, until, certain and not several, several))
        return _joined(rows)

    def _preferred(self, level: str, units: dict[int, bool]) -> dict[int, bool]:
        """Returns the units of the level's own kind; without one, what the ways up end at stands in for it.

        His country beside his ministry does not make an actor ambiguous, nor does a club beside his country.
        """
        own = {unit: certain for unit, certain in units.items() if self.kinds.get(unit) == level}
        return own or units

    def _cuts(self, actor: int) -> list[datetime]:
        cuts = {FIRST_MOMENT, LAST_MOMENT}
        seen, waiting = {actor}, [actor]
        while waiting:
            for step in self.steps.get(waiting.pop(), ()):
                if step.relation in UPWARD:
                    cuts |= {step.start_earliest, step.start_latest, step.end_earliest, step.end_latest}
                    if step.target not in seen:
                        seen.add(step.target)
                        waiting.append(step.target)
        return sorted(cuts)

    def _units(self, actor: int, level: str, moment: datetime, below: frozenset[int]) -> Iterator[tuple[int, bool]]:
        kind = self.kinds.get(actor, "")
        if self._arrived(kind, level, first=not below):
            yield actor, True
            return
        units: dict[int, bool] = {}
        for step in self.steps.get(actor, ()):
            if step.target in below or not self._leads(step, level, moment):
                continue
            sure = step.start_latest <= moment < step.end_earliest
            for unit, certain in self._units(step.target, level, moment, below | {actor}):
                units[unit] = units.get(unit, False) or (sure and certain)
        if units:
            yield from units.items()
        elif kind == "organisation":
            # A way up that ends at an office or a group without a state leads to no unit: he stays himself.
            yield actor, True

    @staticmethod
    def _arrived(kind: str, level: str, *, first: bool) -> bool:
        """Whether the walk ends here: at a state always, else at the first actor of the level's kind."""
        if kind == "state":
            return True
        if level == "office":
            return kind == "office" or not first
        return level == "organisation" and kind == "organisation"

    @staticmethod
    def _leads(step: Step, level: str, moment: datetime) -> bool:
        relations = {"holds"} if level == "office" else UPWARD
        return step.relation in relations and step.start_earliest <= moment < step.end_latest


def _joined(rows: list[Standing]) -> list[Standing]:
    joined: dict[tuple[int, bool, bool], list[Standing]] = {}
    for row in rows:
        same = joined.setdefault((row.unit, row.certain, row.ambiguous), [])
        if same and same[-1].until == row.since:
            same[-1] = Standing(row.unit, same[-1].since, row.until, row.certain, row.ambiguous)
        else:
            same.append(row)
    return sorted((row for same in joined.values() for row in same), key=lambda row: (row.since, row.unit))
