"""The figures: which two things are compared, and what ratio is asked for."""

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from bench.load import Client, get, put_under_load
from bench.pgbench import program, script, sent_by, transactions_per_second
from bench.postgraphile import contacts_of
from bench.rigs import PAGE, Rig
from bench.rounds import Figure

COUNTERPARTS: Final = 100
FEW_ACTORS: Final = 100
"""Among which pgbench draws, and so does the service beside it."""


@dataclass(frozen=True, slots=True)
class Peers:
    """The services beside one rig: ports, or why there is none."""

    textbook: int
    postgraphile: int | None
    without_postgraphile: str
    seconds: float


def loaded(port: int, requests: Sequence[bytes], seconds: float) -> Callable[[], float]:
    """Returns what measures a service under load, in answers per second."""
    return lambda: put_under_load(port, requests, seconds).per_second


def list_figures(rig: Rig, peers: Peers) -> Iterator[Figure]:
    """Yields the figures of single reads of one record, beside pgbench and other services."""
    name = f"contacts of an actor, {PAGE} with participants"
    few = rig.sample.busy[:FEW_ACTORS]
    ours = loaded(rig.port, rig.lists()[:FEW_ACTORS], peers.seconds)
    yield _beside_pgbench(rig, name, few, ours, peers.seconds)
    lists = [get(f"/actors/{one}/contacts?limit={PAGE}") for one in few]
    yield Figure(name, "times the textbook service", 15, ours, loaded(peers.textbook, lists, peers.seconds))
    if peers.postgraphile is None:
        yield Figure(name, "times PostGraphile", 1.8, missing=peers.without_postgraphile)
    else:
        asked = [contacts_of(one, PAGE) for one in few]
        yield Figure(name, "times PostGraphile", 1.8, ours, loaded(peers.postgraphile, asked, peers.seconds))
    yield Figure(
        f"counterparts, top {COUNTERPARTS}",
        "times the textbook service",
        12,
        loaded(rig.port, _counterparts(rig, few), peers.seconds),
        loaded(peers.textbook, [get(f"/actors/{one}/counterparts") for one in few], peers.seconds),
    )
    client = Client(rig.port)
    size = int(median(len(client.ask(request)) for request in rig.ties()[:FEW_ACTORS]))
    client.close()
    yield Figure(
        "tie of a pair",
        f"of a static route of {size} bytes",
        0.4,
        loaded(rig.port, rig.ties(), peers.seconds),
        loaded(peers.textbook, [get(f"/static/{size}")], peers.seconds),
    )


def _counterparts(rig: Rig, actors: Sequence[int]) -> list[bytes]:
    return [get(f"/v1/actors/{rig.actor(one)}/counterparts?limit={COUNTERPARTS}") for one in actors]


def _beside_pgbench(rig: Rig, name: str, few: Sequence[int], ours: Callable[[], float], seconds: float) -> Figure:
    peer = "of pgbench with the same SQL"
    if program() is None:
        return Figure(name, peer, 0.55, missing="pgbench is not installed")
    statement = sent_by(rig.url, f"/v1/contacts?actor={rig.actor(few[0])}&limit={PAGE}")
    varying = next(key for key, value in statement.params.items() if value == few[0])
    text, options = script(statement, varying, few)
    return Figure(name, peer, 0.55, ours, lambda: transactions_per_second(rig.owner_url, text, options, seconds))


def growth_figures(small: Rig, large: Rig, seconds: float) -> Iterator[Figure]:
    """Yields how much throughput a larger record keeps of a smaller one's."""
    # What is asked for was asked of the step from one million to ten.
    asked: tuple[tuple[str, float | None, Callable[[Rig], list[bytes]]], ...] = (
        ("tie of a pair", 0.85, Rig.ties),
        ("list of an actor", 0.6, Rig.lists),
        ("list of a pair", 0.5, Rig.pair_lists),
        ("counterparts", None, lambda rig: _counterparts(rig, rig.sample.busy)),
        ("shortest path", None, Rig.paths),
    )
    for name, at_least, requests in asked:
        yield Figure(
            f"throughput kept, {name}",
            f"{large.contacts:,} contacts of {small.contacts:,}",
            at_least,
            loaded(large.port, requests(large), seconds),
            loaded(small.port, requests(small), seconds),
        )


def once(ask: Callable[[], Any]) -> float:
    """Returns how often per second something could be done, from doing it once."""
    begun = time.perf_counter()
    ask()
    return 1 / (time.perf_counter() - begun)


def in_turn(requests: Sequence[bytes]) -> Callable[[], bytes]:
    """Returns what gives the next request at every call, over and over."""
    return itertools.cycle(requests).__next__
