"""The page of results: its table, its growth curves, and the plot drawn of these."""

import xml.etree.ElementTree as ElementTree
from typing import Any

from bench.page import growth, machine_words, ratio_table
from bench.plot import chart
from bench.rounds import Figure, Spread, compare

SVG = "{http://www.w3.org/2000/svg}"


def result(name: str, peer: str, median: float | None, at_least: float | None = None) -> dict[str, Any]:
    spread = {"median": median, "lowest": 0.5, "highest": 2.5}
    sides = {"ratio": spread, "ours": spread, "theirs": spread} if median else {"ratio": None, "missing": "not there"}
    return {"name": name, "peer": peer, "at_least": at_least, **sides}


def test_table_marks_what_reaches_its_aim_and_names_what_is_missing() -> None:
    figures = [
        result("tie", "of a static route", 1.5, 1),
        result("list", "of pgbench", 0.8, 1),
        result("path", "x", None),
    ]
    reached, short, missing = ratio_table({"figures": figures}).splitlines()[2:]
    assert "**1.5** (0.5–2.5)" in reached
    assert "| 0.8 (0.5–2.5) |" in short
    assert "not there" in missing


def test_growth_multiplies_from_size_to_size() -> None:
    name = "throughput kept, tie of a pair"
    figures = [
        result(name, "1,000,000 contacts of 100,000", 0.9),
        result(name, "10,000,000 contacts of 1,000,000", 0.5),
        result("tie of a pair", "of a static route", 0.4),
    ]
    (points,) = growth({"figures": figures}).values()
    assert points == ((100_000, 1.0), (1_000_000, 0.9), (10_000_000, 0.45))


def test_plot_is_svg_with_one_line_each_and_rises_with_the_value() -> None:
    drawn = ElementTree.fromstring(chart({"a & b": [(10, 1), (100, 0.5)], "c": [(10, 1), (100, 0.9)]}, "t", "kept"))
    lines = [line.attrib["points"].split() for line in drawn.findall(f"{SVG}polyline")]
    ends = [float(line[-1].split(",")[1]) for line in lines]
    assert len(lines) == 2
    assert ends[0] < ends[1], "the greater value is drawn first, and higher on the page"
    assert "a & b" in [text.text for text in drawn.findall(f"{SVG}text")]


def test_rounds_take_turns_and_leave_the_first_out() -> None:
    order: list[str] = []
    rates = iter([999.0, 2.0, 4.0, 6.0])

    def ours() -> float:
        order.append("ours")
        return next(rates)

    def theirs() -> float:
        order.append("theirs")
        return 2.0

    found = compare(Figure("f", "p", None, ours, theirs), rounds=3)
    assert order == ["ours", "theirs", "theirs", "ours", "ours", "theirs", "theirs", "ours"]
    assert found.ratio == Spread(2.0, 1.0, 3.0)


def test_machine_is_told_in_words() -> None:
    facts = {
        "cores": "2",
        "processor": "P",
        "memory": "24 GiB",
        "python": "3.11",
        "postgresql": "18.4",
        "settings": "s",
    }
    said = machine_words(
        {"measured": "2026-11-22", "machine": facts, "sizes": [1000, 2000], "rounds": 7, "seconds": 2.0}
    )
    assert "2 cores (P) with 24 GiB" in said
    assert "1,000 and 2,000 contacts" in said
