"""What became of the rows of an import, counted: read = loaded + folded + left out + duplicate + refused."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from importers.records import RESULTS, Outcome, Result

REFUSED_KEPT_MAX: Final = 1_000
"""Refused rows kept to be shown; all of them are counted, and whoever wants all listens to each outcome."""


@dataclass(slots=True)
class Tally:
    """Rows counted by what became of them and by rule, and the first of those refused."""

    rows: Counter[tuple[Result, str]] = field(default_factory=Counter)
    refused: list[Outcome] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Counts one row."""
        self.rows[outcome.outcome, outcome.rule] += 1
        if outcome.outcome == "refused" and len(self.refused) < REFUSED_KEPT_MAX:
            self.refused.append(outcome)

    @property
    def read(self) -> int:
        """How many rows were read: the sum of all others, since each row has one outcome."""
        return self.rows.total()

    def total(self, result: Result) -> int:
        """How many rows came to this."""
        return sum(rows for (outcome, _), rows in self.rows.items() if outcome == result)

    def by_rule(self) -> Iterator[tuple[Result, str, int]]:
        """Yields each outcome and rule with its rows, in the order of `RESULTS`, most rows first."""
        order = {result: number for number, result in enumerate(RESULTS)}
        ranked = sorted(self.rows.items(), key=lambda one: (order[one[0][0]], -one[1], one[0][1]))
        yield from ((outcome, rule, rows) for (outcome, rule), rows in ranked)
