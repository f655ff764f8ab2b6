"""Two things measured side by side: in turn, over and over, in one run; only their ratio is believed."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Final

ROUNDS: Final = 7
DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Spread:
    """A median and the range it comes from."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        """Returns the spread of some values."""
        return cls(*(float(f"{value:.{DIGITS}g}") for value in (median(values), min(values), max(values))))


@dataclass(frozen=True, slots=True)
class Figure:
    """What is compared.

    Attributes:
        name: of the figure.
        peer: what it is compared with.
        at_least: the ratio to reach; None where none was asked for.
        ours: measures Readout once, in answers per second.
        theirs: measures the peer once, likewise.
        missing: why it cannot be measured, if so.
    """

    name: str
    peer: str
    at_least: float | None
    ours: Callable[[], float] | None = None
    theirs: Callable[[], float] | None = None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What came out of a figure: ratio, and answers per second of both.

    Attributes:
        refused: how often a request was refused for the moment, and sent again.
    """

    name: str
    peer: str
    at_least: float | None
    ratio: Spread | None = None
    ours: Spread | None = None
    theirs: Spread | None = None
    rounds: int = 0
    missing: str = ""
    refused: int = 0

    def document(self) -> dict[str, Any]:
        """Returns the result as JSON values."""
        return asdict(self)


def compare(figure: Figure, rounds: int = ROUNDS) -> Result:
    """Measures both sides in turn, each beginning every other round.

    Args:
        figure: what to compare.
        rounds: how often; the first one, which warms both up, is not counted.
    """
    if figure.ours is None or figure.theirs is None:
        return Result(figure.name, figure.peer, figure.at_least, missing=figure.missing)
    ours: list[float] = []
    theirs: list[float] = []
    for number in range(rounds + 1):
        for turn in (number, number + 1):
            (theirs.append(figure.theirs()) if turn % 2 else ours.append(figure.ours()))
    del ours[0], theirs[0]
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    return Result(
        figure.name, figure.peer, figure.at_least, Spread.of(ratios), Spread.of(ours), Spread.of(theirs), rounds
    )
