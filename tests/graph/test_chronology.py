"""The best path in time is the best of all walks that the definitions allow, whatever is asked."""

import itertools
import random

import numpy as np
import pytest

from graph.chronology import path_by_rounds, reach_of, shortest_by_rounds
from graph.chronology_labels import best_path, path_by_labels
from graph.hops import NEVER, Allowance, CutShortError, Sought, World
from tests.graph.walks import FOREVER, Asked, Drawn, Hop, allowed, value, walks

WORLDS_OF_A_SEED = 300
ANY = Allowance()


def answer(drawn: Drawn, asked: Asked) -> list[Hop] | None:
    world = drawn.world().within(asked.start, asked.end, asked.mode)
    more = (asked.objective, asked.longest_wait, asked.max_hops)
    rows = best_path(world, Sought(asked.mode, asked.source, asked.target, *more), ANY)
    return None if rows is None else [drawn.hops[row] for row in rows]


@pytest.mark.parametrize("seed", range(10))
def test_the_best_path_is_the_best_of_all_walks(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if seed % 2:
        # Small worlds are searched at once; here the early hops come first, as in large ones.
        monkeypatch.setattr("graph.chronology.FEW_HOPS", 0)
    rng = random.Random(seed)
    found = 0
    for _ in range(WORLDS_OF_A_SEED):
        drawn = Drawn(rng)
        asked = drawn.question()
        expected = min((value(way, asked) for way in walks(drawn.hops, asked)), default=None)
        way = answer(drawn, asked)
        assert (way is None) == (expected is None), (asked, drawn.hops)
        if way is not None:
            found += 1
            assert (way[0][0], way[-1][1]) == (asked.source, asked.target)
            assert all(one[1] == two[0] for one, two in itertools.pairwise(way))
            assert len({hop[4] for hop in way}) == len(way), (asked, way)
            assert allowed(way, asked), (asked, way)
            assert value(way, asked) == expected, (asked, way, drawn.hops)
    assert found > WORLDS_OF_A_SEED / 5


@pytest.mark.parametrize("objective", ["earliest-arrival", "fewest-hops", "shortest-duration"])
@pytest.mark.parametrize("mode", ["certain", "possible"])
def test_rounds_and_labels_agree(mode: str, objective: str) -> None:
    rng = random.Random(5)
    for _ in range(300):
        drawn = Drawn(rng)
        world, ends = drawn.world(), tuple(rng.sample(range(drawn.actors), 2))
        sought = Sought(mode, *ends, objective)
        rounds = shortest_by_rounds if objective == "shortest-duration" else path_by_rounds
        by_rounds, by_labels = rounds(world, sought, ANY), path_by_labels(world, sought, ANY)
        asked = Asked(*ends, mode, objective)
        values = [
            None if way is None else value([drawn.hops[int(world.row[hop])] for hop in way], asked)
            for way in (by_rounds, by_labels)
        ]
        assert values[0] == values[1]


def test_neighbours_alone_do_not_make_a_path_possible() -> None:
    # Each neighbour may follow the other, but the third ended before the first began.
    hops = [(0, 1, 10, 12, 1), (1, 2, 0, 20, 2), (2, 3, 3, 5, 3)]
    world = World.of(*np.array(hops).T)
    assert path_by_rounds(world, Sought("possible", 0, 3), ANY) is None
    assert path_by_rounds(world, Sought("possible", 0, 2), ANY) is not None


def test_a_contact_is_not_used_twice_where_that_would_be_the_only_way() -> None:
    # Two delegations of two at one table: colleagues are joined only through the other side.
    table = [(a, b, 0, 5, 7) for a in (0, 1) for b in (2, 3)]
    hops = table + [(b, a, lo, hi, contact) for a, b, lo, hi, contact in table]
    world = World.of(*np.array(hops).T)
    assert path_by_rounds(world, Sought("possible", 0, 1), ANY) is None
    later = World.of(*np.array([*hops, (2, 1, 9, 10, 8)]).T)
    way = path_by_rounds(later, Sought("possible", 0, 1), ANY)
    assert way is not None
    assert [int(later.contact[hop]) for hop in way] == [7, 8]


def test_waiting_too_long_makes_going_round_worth_while() -> None:
    hops = [(0, 1, 0, 1, 1), (1, 2, 10, 11, 2), (1, 3, 4, 5, 3), (3, 1, 8, 9, 4)]
    world = World.of(*np.array(hops).T)
    assert best_path(world, Sought("certain", 0, 2), ANY) == [0, 1]
    assert best_path(world, Sought("certain", 0, 2, longest_wait=5), ANY) == [0, 2, 3, 1]
    assert best_path(world, Sought("certain", 0, 2, longest_wait=4), ANY) is None


@pytest.mark.parametrize("seed", range(5))
def test_certain_reach_is_the_best_path_to_everybody(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(100):
        drawn = Drawn(rng)
        tree = reach_of(drawn.world(), "certain", 0, ANY)
        for target in range(1, drawn.actors):
            asked = Asked(0, target, "certain", "earliest-arrival")
            expected = min((value(way, asked) for way in walks(drawn.hops, asked)), default=NEVER)
            assert (tree.best[target] if target < len(tree.best) else NEVER) == expected


def test_a_search_that_costs_too_much_says_so() -> None:
    hops = [(n, n + 1, n, n + 1, n) for n in range(50)]
    world = World.of(*np.array(hops).T)
    with pytest.raises(CutShortError):
        path_by_rounds(world, Sought("certain", 0, 50), Allowance(steps=20))
    with pytest.raises(CutShortError):
        best_path(world, Sought("certain", 0, 50, "shortest-duration"), Allowance(steps=20))
    with pytest.raises(CutShortError):
        path_by_rounds(world, Sought("certain", 0, 50), Allowance(in_time=lambda: False))


def test_nothing_in_the_window_is_no_path() -> None:
    world = World.of(*np.array([(0, 1, 0, FOREVER, 1)]).T)
    assert path_by_rounds(world.within(-5, -1, "possible"), Sought("possible", 0, 1), ANY) is None
    assert path_by_rounds(world.within(0, 5, "certain"), Sought("certain", 0, 1), ANY) is None
    assert path_by_rounds(world.within(0, 5, "possible"), Sought("possible", 0, 1), ANY) is not None
    assert path_by_rounds(world.within(-5, -1, "possible"), Sought("possible", 7, 9), ANY) is None
