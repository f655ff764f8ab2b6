"""Ties kept in the process are those of the record after every kind of write, and a search in them finds the best."""

import itertools
import random
from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from sqlalchemy import text

from db.engine import Database
from db.records import Author, commit
from db.revisions import read_version
from graph import kept_ties as module
from graph.best_paths import BestPaths
from graph.kept_ties import Loading, kept_ties
from graph.memory import Memory
from graph.questions import NODES, SECONDS, Asking, Budget
from graph.shortest import ShortestPath
from graph.tie_arrays import Ties, ties_of
from models.vocabulary import STORED_LEVELS
from tests.brute_force import Reading
from tests.generated import World
from tests.graph.conftest import BY_NAME, Ask
from tests.graph.test_paths import graph_of, pairs, ways
from tests.world import TODAY

Pairs = dict[tuple[int, int], int]


def asking(session: object, memory: Memory, seconds: float = 60) -> Asking:
    return Asking(session, read_version(session), TODAY, Budget(seconds=seconds), memory)  # type: ignore[arg-type]


def kept(database: Database, memory: Memory) -> dict[str, Ties]:
    """Returns what a question finds that begins now, level by level."""
    with database.snapshot_session() as session:
        found = {level: kept_ties(asking(session, memory), level) for level in STORED_LEVELS}
        assert None not in found.values()
        return found  # type: ignore[return-value]


def stored(database: Database, level: str) -> Pairs:
    with database.reading_session() as session:
        rows = session.execute(text("SELECT ego_id, alter_id, contacts FROM tie WHERE level = :l"), {"l": level})
        return {(row.ego_id, row.alter_id): row.contacts for row in rows}


def held(ties: Ties) -> Pairs:
    """Returns ties as they are kept, having looked at their order."""
    egos = np.flatnonzero(ties.counts)
    for ego in egos:
        place = ties.run(int(ego))
        run = list(zip(ties.contacts[place].tolist(), ties.heads[place].tolist(), strict=True))
        assert run == sorted(run, reverse=True)
    near, far, contacts = (column.tolist() for column in ties.of(egos))
    return dict(zip(zip(near, far, strict=True), contacts, strict=True))


@pytest.mark.parametrize("small", [False, True])
def test_after_every_write_they_are_those_of_the_record(
    clone: Database, monkeypatch: pytest.MonkeyPatch, small: bool
) -> None:
    read: list[str] = []
    read_on = module._read_on
    monkeypatch.setattr(
        module, "_read_on", lambda asking, level, *rest: read.append(level) or read_on(asking, level, *rest)
    )
    if small:
        # Hardly any room for mended runs: they are laid out anew again and again.
        monkeypatch.setattr("graph.tie_arrays.ROOM", 0.0)
    writer = clone.session()
    world = World(writer, random.Random(29))
    commit(writer, Author())
    memory, changed = Memory(), 0
    before = kept(clone, memory)
    seen = {level: held(ties) for level, ties in before.items()}
    for _ in range(60):
        world.step()
        commit(writer, Author())
        now = kept(clone, memory)
        for level, ties in now.items():
            assert held(ties) == stored(clone, level)
            # Whoever began before goes on with what he has.
            assert held(before[level]) == seen[level]
            changed += held(ties) != seen[level]
        before, seen = now, {level: held(ties) for level, ties in now.items()}
    writer.close()
    assert changed > 10
    assert len(read) <= 4


def test_they_are_read_in_pieces_and_by_nobody_who_has_no_time(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory()
    with monkeypatch.context() as hurry:
        hurry.setattr(module, "LOADING_SHARE", 0)
        assert kept_ties(asking(reading.session, memory), "actor") is None
    read: list[int] = []
    further = module._further
    monkeypatch.setattr(module, "_further", lambda *given: read.append(1) or further(*given))
    monkeypatch.setattr(module, "Loading", lambda *given: replace(Loading(*given), piece=3))
    pieces = kept_ties(asking(reading.session, Memory()), "actor")
    assert len(read) > 5
    whole = kept_ties(asking(reading.session, memory), "actor")
    assert whole is not None
    assert pieces is not None
    assert held(pieces) == held(whole)


@pytest.mark.parametrize("weight", ["hops", "contacts"])
def test_paths_are_the_same_where_nothing_can_be_kept(reading: Reading, ask: Ask, weight: str) -> None:
    graph = graph_of(reading, level="actor")
    memory = Memory(bytes_max=0)
    question = BY_NAME["list_paths"]
    for source, target in pairs(f"kept or not {weight}", graph, 12):
        given = {"source": source, "target": target, "weight": weight, "k": 4}
        without = question.find(asking(reading.session, memory), question.asked.model_validate(given))
        found = ask("list_paths", **given)
        assert [item["weight"] for item in without.members["items"]] == [
            item["weight"] for item in found.members["items"]
        ]
        assert bool(ways(without)) == bool(ways(found))
    assert kept_ties(asking(reading.session, memory), "actor") is None


def random_graph(seed: int, actors: int, links: int) -> "tuple[nx.Graph[int], Ties]":
    rng = random.Random(seed)
    graph: nx.Graph[int] = nx.Graph()
    for _ in range(links):
        # Hubs have low numbers.
        one, other = (1 + int(actors * rng.random() ** 3) for _ in range(2))
        if one != other:
            graph.add_edge(one, other, contacts=rng.choice([1, 1, 1, 2, 3, 9]))
    columns = zip(*((a, b, data["contacts"]) for a, b, data in graph.edges(data=True)), strict=True)
    return graph, ties_of(*(np.array(column) for column in columns))


@pytest.mark.parametrize("seed", range(6))
def test_the_shortest_path_is_the_strongest_of_its_length(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.shortest.FIRST_TIES", 3)
    monkeypatch.setattr("graph.shortest.TIES_AT_ONCE", 5)
    graph, ties = random_graph(seed, 60, 90)
    for one, other, data in graph.edges(data=True):
        graph.edges[one, other]["weight"] = 1 + 1 / (10 * data["contacts"])
    for source, target in itertools.permutations(sorted(graph)[:25], 2):
        found = ShortestPath(ties, 6, 1_000).between(source, target)
        if not nx.has_path(graph, source, target) or nx.shortest_path_length(graph, source, target) > 6:
            assert found is None
            continue
        assert found is not None
        assert (found[0], found[-1]) == (source, target)
        best = nx.shortest_path_length(graph, source, target, weight="weight")
        assert nx.path_weight(graph, found, "weight") == pytest.approx(best)


def test_a_search_that_is_cut_says_by_what() -> None:
    chain = ties_of(np.arange(1, 8), np.arange(2, 9), np.ones(7, dtype=np.int64))
    search = ShortestPath(chain, 6, 3)
    assert (search.between(1, 6), search.cut) == (None, NODES)
    search = ShortestPath(chain, 6, 100, in_time=lambda: False)
    assert (search.between(1, 6), search.cut) == (None, SECONDS)
    best = BestPaths(chain, lambda places: np.ones(len(places)), target=6, most=6, nodes=0)
    assert (list(best.begin_at(1)), best.cut) == ([], NODES)


def test_of_very_many_ties_only_the_strongest_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hubs whose counterparts know each other: the strongest way is found without a look at all of these."""
    left, right = np.arange(10, 2_010), np.arange(3_000, 5_000)
    near = (np.full(2_000, 1), left, np.where(left == 500, 9, 1))
    far = (np.full(2_000, 2), right, np.where(right == 3_500, 9, 1))
    across = (np.repeat(left, 50), np.tile(right, 50), np.ones(100_000, dtype=np.int64))
    strong = (np.array([500]), np.array([3_500]), np.array([9]))
    ties = ties_of(*(np.concatenate(columns) for columns in zip(strong, near, far, across, strict=True)))
    search = ShortestPath(ties, 6, 20_000)
    assert search.between(1, 2) == [1, 500, 3_500, 2]
    assert 20_000 - search.nodes < 200
