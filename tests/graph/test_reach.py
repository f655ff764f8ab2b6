"""Reach is the best path to everybody: ranked by it, without contacts used twice, and cut out loud."""

import random

import numpy as np
import pytest

from graph.hops import Allowance, World
from graph.reach import rank
from models.chronology import ReachQuestion
from tests.graph.conftest import Ask
from tests.graph.walks import Asked, Drawn, allowed, value, walks


@pytest.mark.parametrize("mode", ["certain", "possible"])
@pytest.mark.parametrize("seed", range(4))
def test_everybody_is_reached_by_the_best_path_and_in_its_order(mode: str, seed: int) -> None:
    rng = random.Random(seed)
    settled = 0
    for _ in range(120):
        drawn = Drawn(rng)
        most = rng.choice((2, 6))
        questions = {one: Asked(0, one, mode, "earliest-arrival", max_hops=most) for one in range(1, drawn.actors)}
        expected = {
            one: min(values)
            for one, asked in questions.items()
            if (values := [value(way, asked) for way in walks(drawn.hops, asked)])
        }
        world = drawn.world()
        ranked = rank(world, ReachQuestion(actor="zero", mode=mode, limit=100), 0, Allowance(), most)
        ways = {one: [drawn.hops[int(world.row[hop])] for hop in way] for one, way in ranked.ways}
        assert {one: value(way, questions[one]) for one, way in ways.items()} == expected, drawn.hops
        assert all(allowed(way, questions[one]) and way[-1][1] == one for one, way in ways.items())
        assert ranked.reached == len(expected)
        assert ranked.not_settled == 0
        values = [value(way, questions[one]) for one, way in ways.items()]
        assert values == sorted(values)
        settled += len(expected)
    assert settled > 100


def test_whoever_is_cut_off_is_counted_only_when_a_path_is_known() -> None:
    # Three sit on one side of a table: 0 reaches 2 and 3 at once, and his colleague 1 only by using the table twice.
    table = [(a, b, 0, 5, 7) for a in (0, 1) for b in (2, 3)]
    hops = table + [(b, a, lo, hi, contact) for a, b, lo, hi, contact in table]
    world = World.of(*np.array(hops).T)
    ranked = rank(world, ReachQuestion(actor="zero", limit=2), 0, Allowance(), 6)
    assert ([one for one, _ in ranked.ways], ranked.reached, ranked.not_settled) == ([2, 3], 2, 1)
    everybody = rank(world, ReachQuestion(actor="zero", limit=9), 0, Allowance(), 6)
    assert (len(everybody.ways), everybody.reached, everybody.not_settled) == (2, 2, 0)


def test_each_line_of_reach_is_a_path_of_its_own(ask: Ask) -> None:
    lines = 0
    for level in ("actor", "state"):
        for direction in ("out", "in"):
            for mode in ("certain", "possible"):
                found = ask(
                    "list_reach", actor="atlantis", direction=direction, mode=mode, level=level, **{"from": "2021"}
                )
                for item in found.members["items"][:5]:
                    lines += 1
                    ends = ["atlantis", item["actor"]["slug"]]
                    source, target = ends if direction == "out" else ends[::-1]
                    objective = "earliest-arrival" if direction == "out" else "latest-departure"
                    asked = {"source": source, "target": target, "mode": mode, "objective": objective, "level": level}
                    (path,) = ask("list_chronological_paths", **asked, **{"from": "2021"}).members["items"]
                    side = ("arrival", "latest" if mode == "certain" else "earliest")
                    side = side if direction == "out" else ("departure", "earliest" if mode == "certain" else "latest")
                    assert item[side[0]][side[1]] == path[side[0]][side[1]], (asked, item, path)
    assert lines > 10
