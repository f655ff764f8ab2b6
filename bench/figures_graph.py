"""The figures of graph questions: Readout's route beside what one would write in SQL."""

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from statistics import median
from typing import Any, Final

from bench.figures import in_turn, once
from bench.load import Client, get
from bench.peers import DEPTH, MONTH_EDGES, MONTH_RAW, SHORTEST, earliest_arrival
from bench.rigs import Rig
from bench.rounds import Figure

ASKED_AT_ONCE: Final = 20
"""A path takes a millisecond or two, its peer a second: ours is the median of so many."""
YEAR: Final = (datetime(2023, 1, 1), datetime(2024, 1, 1))
MONTHS: Final = tuple(f"{year}-{month:02}" for year in (2019, 2021, 2023) for month in (3, 5, 9))


def graph_figures(rig: Rig) -> Iterator[Figure]:
    """Yields the figures of graph questions on one record; a route that is not there yet says so."""
    client = Client(rig.port)
    routes = set(json.loads(client.ask(get("/openapi.json")))["paths"])
    client.close()
    yield _shortest_path(rig, routes)
    for mode in ("possible", "certain"):
        yield _chronological_path(rig, routes, mode)
    yield from _matrices(rig, routes)


def asked_alone(port: int, next_request: Callable[[], bytes], times: int) -> float:
    """Returns how often per second one client alone is answered, from the median of some answers."""
    client = Client(port)
    rates = [once(lambda: client.ask(next_request())) for _ in range(times)]
    client.close()
    return median(rates)


def _shortest_path(rig: Rig, routes: set[str]) -> Figure:
    name, peer = f"shortest path, {rig.contacts:,}", f"times a recursive CTE (depth {DEPTH})"
    if "/v1/paths" not in routes:
        return Figure(name, peer, 300, missing="the route is not there yet")
    connection = rig.connect()
    ends = [(a, b) for (a, _), (b, _) in itertools.pairwise(rig.sample.ties[:40]) if a != b]
    joined = [pair for pair in ends if (_hops(connection, pair) or 0) > 1][:15]
    next_path = in_turn([get(f"/v1/paths?source={rig.actor(a)}&target={rig.actor(b)}") for a, b in joined])
    next_pair = itertools.cycle(joined).__next__
    return Figure(
        name,
        peer,
        300,
        lambda: asked_alone(rig.port, next_path, ASKED_AT_ONCE),
        lambda: once(lambda: _hops(connection, next_pair())),
    )


def _hops(connection: Any, pair: tuple[int, int]) -> int | None:
    row = connection.execute(SHORTEST.encode(), {"source": pair[0], "target": pair[1]}).fetchone()
    hops: int | None = row[0]
    return hops


def _chronological_path(rig: Rig, routes: set[str], mode: str) -> Figure:
    name = f"chronological path ({mode}) over a year of {rig.contacts:,}, right after a write"
    peer = "times the exact SQL version"
    if "/v1/chronological-paths" not in routes:
        return Figure(name, peer, 10, missing="the route is not there yet")
    start, end = YEAR
    connection = rig.connect()
    rows = connection.execute(_ACTIVE.encode(), {"start": start, "end": end}).fetchall()
    pairs = [(a[0], b[0]) for a, b in itertools.pairwise(rows)]
    window = f"from={start:%Y-%m-%d}&to={start:%Y}-12-31&mode={mode}"
    next_path = in_turn(
        [get(f"/v1/chronological-paths?source={rig.actor(a)}&target={rig.actor(b)}&{window}") for a, b in pairs]
    )
    next_pair, written = itertools.cycle(pairs).__next__, itertools.count()

    def ours() -> float:
        # A connection for each round: the peer may take longer than a service keeps one that says nothing.
        client = Client(rig.port)
        number = next(written)
        if not number:
            client.ask(next_path())
        client.ask(rig.write(number))
        rate = once(lambda: client.ask(next_path()))
        client.close()
        return rate

    def theirs() -> float:
        source, target = next_pair()
        question = {"source": source, "target": target, "start": start, "end": end}
        return once(lambda: earliest_arrival(connection, mode, question))

    return Figure(name, peer, 10, ours, theirs)


def _matrices(rig: Rig, routes: set[str]) -> Iterator[Figure]:
    name = f"state matrix of a month, {rig.contacts:,}"
    peers = (("times the raw query over contacts", MONTH_RAW, 20), ("times the query over edges", MONTH_EDGES, None))
    for peer, statement, at_least in peers:
        if "/v1/matrix" not in routes:
            yield Figure(name, peer, at_least, missing="the route is not there yet")
            continue
        connection = rig.connect()
        next_matrix = in_turn([get(f"/v1/matrix?level=state&from={one}&to={one}") for one in MONTHS])
        next_month = itertools.cycle(MONTHS).__next__

        def theirs(connection: Any = connection, statement: str = statement, month: Any = next_month) -> float:
            start = datetime.strptime(month(), "%Y-%m")
            end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
            return once(lambda: connection.execute(statement.encode(), {"start": start, "end": end}).fetchall())

        ours = partial(asked_alone, rig.port, next_matrix, len(MONTHS))
        yield Figure(name, peer, at_least, ours, theirs)


_ACTIVE: Final = """SELECT DISTINCT ON (hashint8(ego_id)) ego_id FROM edge
WHERE level = 'actor' AND earliest >= %(start)s AND latest <= %(end)s AND contact_id %% 97 = 0
ORDER BY hashint8(ego_id), ego_id LIMIT 40"""
