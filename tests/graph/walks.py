"""Paths in time by the definitions of DOMAIN.md and nothing else: every walk without a contact twice is looked at."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from graph.hops import World

Hop = tuple[int, int, int, int, int]
"""Tail, head, lo, hi, contact."""
FOREVER = 1_000


@dataclass(frozen=True)
class Asked:
    """One question about a world."""

    source: int
    target: int
    mode: str
    objective: str
    start: int | None = None
    end: int | None = None
    longest_wait: int | None = None
    max_hops: int | None = None


@dataclass
class Drawn:
    """A world drawn at random: contacts of two to four actors with bounds from an instant to always."""

    rng: random.Random
    hops: list[Hop] = field(default_factory=list)
    actors: int = 0

    def __post_init__(self) -> None:
        self.actors = self.rng.randint(3, 6)
        for contact in range(self.rng.randint(2, 6)):
            self._add(100 + contact)

    def _add(self, contact: int) -> None:
        rng = self.rng
        lo = rng.randint(0, 9)
        hi = lo + rng.choice((1, 1, 1, 2, 3, 6))
        lo, hi = rng.choice(((lo, hi), (lo, hi), (lo, hi), (lo, hi), (-FOREVER, hi), (lo, FOREVER)))
        who = rng.sample(range(self.actors), rng.randint(2, min(4, self.actors)))
        shape = rng.choice(("all", "sides", "message", "hub"))
        sides = [rng.randint(0, 1) for _ in who]
        for i, one in enumerate(who):
            for j, other in enumerate(who):
                joined = {
                    "all": i != j,
                    "sides": sides[i] != sides[j],
                    "message": i == 0 and j > 0,
                    # Party to mediator to party: a relayed hop stands for both, so all are joined here too.
                    "hub": i != j and (i == 0 or j == 0 or contact % 2 == 0),
                }
                if joined[shape]:
                    self.hops.append((one, other, lo, hi, contact))

    def world(self) -> World:
        """The same hops as the search takes them."""
        columns = np.array(self.hops, dtype=np.int64).reshape(-1, 5).T
        return World.of(*columns)

    def question(self) -> Asked:
        """Anything that can be asked."""
        rng = self.rng
        source, target = rng.sample(range(self.actors), 2)
        start = rng.choice((None, None, rng.randint(0, 5)))
        end = rng.choice((None, None, rng.randint(6, 14)))
        objective = rng.choice(("earliest-arrival", "latest-departure", "fewest-hops", "shortest-duration"))
        wait = rng.choice((None, None, rng.randint(0, 5)))
        most = rng.choice((None, None, rng.randint(1, 4)))
        return Asked(source, target, rng.choice(("certain", "possible")), objective, start, end, wait, most)


def walks(hops: list[Hop], asked: Asked) -> Iterator[list[Hop]]:
    """Yields every walk from source to target that the definitions allow."""

    def onward(at: int, way: list[Hop]) -> Iterator[list[Hop]]:
        if way and at == asked.target and allowed(way, asked):
            yield way
        for hop in hops:
            if hop[0] == at and hop[4] not in {one[4] for one in way}:
                yield from onward(hop[1], [*way, hop])

    yield from onward(asked.source, [])


def allowed(way: list[Hop], asked: Asked) -> bool:
    """Whether a walk keeps to order, window, waits and length."""
    if asked.max_hops is not None and len(way) > asked.max_hops:
        return False
    start, end = -FOREVER if asked.start is None else asked.start, FOREVER if asked.end is None else asked.end
    bounds = [(lo, hi) for _, _, lo, hi, _ in way]
    if asked.mode == "certain":
        inside = all(start <= lo and hi <= end for lo, hi in bounds)
        neighbours = list(itertools.pairwise(bounds))
        patient = asked.longest_wait is None or all(b[1] - a[0] <= asked.longest_wait for a, b in neighbours)
        return inside and patient and all(a[1] <= b[0] for a, b in neighbours)
    inside = all(lo < end and hi > start for lo, hi in bounds)
    pairs = ((bounds[i], bounds[j]) for i in range(len(bounds)) for j in range(i + 1, len(bounds)))
    return inside and all(a[0] < b[1] for a, b in pairs) and bool(instants(way, asked))


def instants(way: list[Hop], asked: Asked) -> set[int]:
    """Returns the whole instants at which the last hop may have been: bounds and waits are whole, so these decide."""
    start, end = -20 if asked.start is None else asked.start, 40 if asked.end is None else asked.end
    wait = FOREVER if asked.longest_wait is None else asked.longest_wait
    before: set[int] | None = None
    for _, _, lo, hi, _ in way:
        span = range(max(lo, start), min(hi, end))
        before = {t for t in span if before is None or any(s <= t <= s + wait for s in before)}
    return before or set()


def value(way: list[Hop], asked: Asked) -> int:
    """Returns what the objective counts, the smaller the better."""
    start, end = -FOREVER if asked.start is None else asked.start, FOREVER if asked.end is None else asked.end
    certain = asked.mode == "certain"
    latest_lo, earliest_hi = max(max(hop[2], start) for hop in way), min(min(hop[3], end) for hop in way)
    return {
        "earliest-arrival": way[-1][3] if certain else latest_lo,
        "latest-departure": -way[0][2] if certain else -earliest_hi,
        "fewest-hops": len(way),
        "shortest-duration": way[-1][3] - way[0][2] if certain else max(0, latest_lo - earliest_hi),
    }[asked.objective]
