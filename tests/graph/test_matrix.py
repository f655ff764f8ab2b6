"""Who dealt with whom: the first world by hand, a random world read literally, and every way against the others."""

import json
import random
from collections import Counter, defaultdict
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from db.contact_pages import list_contacts
from db.pages import Asked
from db.revisions import read_version
from graph.ends import contact_filter
from graph.matrix import matrix_by
from graph.memory import Memory
from graph.pairs import ways
from graph.questions import Asking, Budget, Found
from models.edtf import parse
from models.errors import InvalidQuery
from models.filters import ContactFilter, ContactList
from models.matrix import MatrixCell, MatrixEnd, MatrixQuestion
from models.projection import incidences
from models.vocabulary import Level, words
from tests.brute_force import Reading
from tests.generated import ACTORS, STATES
from tests.graph.conftest import Ask
from tests.questions import DRAWS
from tests.world import TODAY

DAY = timedelta(days=1)
Cells = dict[tuple[str, str], int]
WINDOWS: tuple[dict[str, str], ...] = (
    *({"from": "2021-05", "to": "2021-05"}, {"from": "2021-04", "to": "2021-06-30"}, {"from": "2021-06-01"}),
    *({"to": "2021-05"}, {"from": "2021", "to": "2021"}, {"from": "0001-01"}, {"to": "2020-12-31"}),
    *({"to": "9998"}, {"from": "2021-05-01", "to": "2021-05"}),
)
"""Whole months, as they may be written."""


def cells(found: Found) -> Cells:
    listed = [MatrixCell.model_validate(one) for one in json.loads(found.members["cells"])]
    assert len({(one.row, one.column) for one in listed}) == len(listed)
    return {(one.row, one.column): one.value for one in listed}


def margins(found: Found, side: str) -> dict[str, int]:
    listed = [MatrixEnd.model_validate(one) for one in json.loads(found.members[side])]
    return {one.actor.slug: one.contacts for one in listed}


def test_the_states_of_the_first_world(ask_first: Ask) -> None:
    found = ask_first("get_matrix", level="state", limit=2)
    # The United States: rows 1 to 13. Israel: with them in 7 of these, and in the mediations 16 to 18.
    assert margins(found, "rows") == {"united-states": 13, "israel": 10}
    assert margins(found, "columns") == margins(found, "rows")
    assert cells(found) == {("united-states", "israel"): 7, ("israel", "united-states"): 7}
    assert (found.limits, found.left_out, found.unit) == ({"limit": 2}, {}, "distinct contacts")
    found = ask_first("get_matrix", level="state")
    others = dict.fromkeys(("palestine", "saudi-arabia", "united-arab-emirates"), 1)
    mediators = dict.fromkeys(("egypt", "jordan", "qatar"), 2)
    assert margins(found, "rows") == {"united-states": 13, "israel": 10, "hamas": 3, **others, **mediators}
    assert (len(cells(found)), found.limits) == (2 * (7 + 6), {}), (
        "the United States with seven, each mediator with two"
    )


def test_named_rows_choose_the_columns_who_had_most_to_do_with_them(ask_first: Ask) -> None:
    found = ask_first("get_matrix", level="state", rows=["hamas", "iso3:ISR"], limit=2)
    # The United States dealt with Israel 7 times; all others, among them the mediators, once.
    assert list(margins(found, "rows").items()) == [("hamas", 3), ("israel", 10)]
    assert next(iter(margins(found, "columns"))) == "united-states"
    assert (len(margins(found, "columns")), found.limits) == (2, {"limit": 2})
    turned = ask_first("get_matrix", level="state", columns=["hamas", "iso3:ISR"], limit=2)
    assert cells(turned) == {(column, row): value for (row, column), value in cells(found).items()}
    assert margins(turned, "rows") == margins(found, "columns")


def test_a_mediator_meets_each_party_and_parties_do_not_meet(ask_first: Ask) -> None:
    found = ask_first("get_matrix", level="state", rows=["egypt", "hamas"], columns=["israel", "hamas"])
    assert cells(found) == {("egypt", "israel"): 1, ("egypt", "hamas"): 1}
    assert (found.limits, found.left_out) == ({}, {})


def test_days_leave_out_what_is_not_known_to_the_day_and_say_so(ask_first: Ask) -> None:
    found = ask_first("get_matrix", level="state", count="days", rows=["iso3:USA"])
    # Rows 1 and 2 lie on one day; of the other eleven of the United States nobody knows which.
    assert cells(found) == {("united-states", "israel"): 1}
    assert (found.left_out, found.unit) == ({"contacts_not_known_to_the_day": 11}, "distinct days")
    assert margins(found, "rows") == {"united-states": 13}


def literal(reading: Reading, asked: ContactFilter, count: str) -> tuple[Cells, Counter[str]]:
    """Counts contact by contact; both are by slug."""
    slugs = {number: slug for slug, number in reading.slugs.items()}
    values: dict[tuple[str, str], Any] = defaultdict(Counter)
    for key, ego, alter in reading.edges(asked):
        pair = slugs[ego], slugs[alter]
        if count == "contacts":
            values[pair][key] = 1
        elif count == "edges":
            values[pair][key] = behind(reading, key, (ego, alter), asked.level)
        else:
            values[pair] |= Counter(dict.fromkeys(days(reading, key), 1))
    attended: Counter[str] = Counter()
    for key in reading.contacts(asked):
        attended.update(slugs[unit] for unit in incidences(reading.events[key], asked.level))
    return {pair: found.total() for pair, found in values.items() if found.total()}, attended


def behind(reading: Reading, key: int, pair: tuple[int, int], level: str) -> int:
    """How many pairs of actors of a contact stand for a pair of units."""
    event = reading.events[key]
    takers = {taker.actor_id: taker for taker in event.takers}

    def stands(actor: int, unit: int) -> bool:
        return any(one.unit == unit for one in event.units(takers[actor], level))

    return sum(stands(one, pair[0]) and stands(other, pair[1]) for one, other in reading.pairs(key, "actor"))


def days(reading: Reading, key: int) -> list[Any]:
    bounds, when = reading.events[key].bounds, reading.facts[key].when
    known = when is not None and not parse(when).coarser_than_day
    if not known and bounds.latest - bounds.earliest > DAY:
        return []
    first, last = bounds.earliest.date(), (bounds.latest - timedelta(microseconds=1)).date()
    return [first + DAY * n for n in range((last - first) // DAY + 1)]


def draw(rng: random.Random, reading: Reading) -> dict[str, Any]:
    names = ["window", "kind", "status", "topic", "publisher", "designated", "min_sources", "q"]
    drawn: dict[str, Any] = {}
    for name in rng.sample(names, rng.choice([0, 1, 1, 2])):
        drawn |= DRAWS[name](rng, reading)
    return drawn


@pytest.mark.parametrize("count", ["contacts", "edges", "days"])
@pytest.mark.parametrize("level", words(Level))
def test_every_cell_and_margin_of_a_random_world(reading: Reading, ask: Ask, level: Any, count: str) -> None:
    rng = random.Random(f"matrix {level} {count}")
    for n in range(6):
        plain = draw(rng, reading)
        asked = ContactFilter.model_validate({**plain, "level": level})
        wanted, attended = literal(reading, asked, count)
        found = ask("get_matrix", level=level, count=count, limit=300, **plain)
        assert cells(found) == wanted, plain
        for side in ("rows", "columns"):
            assert margins(found, side) == {slug: attended[slug] for slug, _ in wanted}, (plain, side)
        rows, columns = rng.sample(ACTORS, 4), rng.sample(ACTORS, 5)
        sides: dict[str, Any] = ({"rows": rows}, {"columns": columns}, {"rows": rows, "columns": columns})[n % 3]
        found = ask("get_matrix", level=level, count=count, limit=300, **plain, **sides)
        assert cells(found) == {
            pair: value
            for pair, value in wanted.items()
            if pair[0] in sides.get("rows", [pair[0]]) and pair[1] in sides.get("columns", [pair[1]])
        }, (plain, sides)


@pytest.mark.parametrize("given", [{}, {"kind": ["call", "visit", "meeting"]}, {"to": "2021-05"}])
def test_the_actors_of_the_strongest_pairs_are_shown(reading: Reading, ask: Ask, given: dict[str, Any]) -> None:
    wanted, _ = literal(reading, ContactFilter.model_validate({"level": "actor", **given}), "contacts")
    pairs = [(value, reading.slugs[one], reading.slugs[other], one, other) for (one, other), value in wanted.items()]
    ranked = sorted((pair for pair in pairs if pair[1] < pair[2]), reverse=True)
    strongest = list(dict.fromkeys(slug for pair in ranked for slug in pair[3:]))
    for limit in (1, 2, 5, len(strongest) - 1, len(strongest)):
        found = ask("get_matrix", limit=limit, **given)
        assert list(margins(found, "rows")) == strongest[:limit]
        assert found.limits == ({"limit": limit} if limit < len(strongest) else {})
        shown = set(strongest[:limit])
        assert cells(found) == {pair: value for pair, value in wanted.items() if set(pair) <= shown}


def test_named_rows_choose_by_the_strongest_pair_with_them(reading: Reading, ask: Ask) -> None:
    wanted, _ = literal(reading, ContactFilter(level="actor"), "contacts")
    best: dict[str, int] = {}
    for (row, column), value in wanted.items():
        if row in ("ada", "minister"):
            best[column] = max(value, best.get(column, 0))
    ranked = sorted(best, key=lambda slug: (-best[slug], -reading.slugs[slug]))
    assert list(margins(ask("get_matrix", rows=["ada", "minister"], limit=3), "columns")) == ranked[:3]


def each_way(reading: Reading, given: dict[str, Any]) -> list[str]:
    """Asks one question in each of the ways that can answer it, and returns them."""
    asked = MatrixQuestion.model_validate(given)
    asking = Asking(reading.session, read_version(reading.session), TODAY, Budget(seconds=60), Memory())
    taken = ways(contact_filter(asked), asked.count)
    answers = [matrix_by(way, asking, asked) for way in taken]
    for answer in answers[1:]:
        assert answer == answers[0], (given, taken)
    return list(taken)


KINDS: tuple[list[str], ...] = ([], ["call", "meeting"], ["gathering"], ["visit", "gathering", "visit"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sides", [{}, {"rows": STATES[:2]}, {"columns": ["league", "graustark"]}])
def test_ties_months_and_edges_agree(reading: Reading, kind: list[str], sides: dict[str, Any]) -> None:
    for level in ("actor", "state"):
        assert each_way(reading, {"level": level, "kind": kind, **sides}) == ["ties", "edges"]
    for window in WINDOWS:
        assert each_way(reading, {"level": "state", "kind": kind, **window, **sides}) == ["months", "edges"]


@pytest.mark.parametrize(
    "more",
    [
        *({"from": "2021-05-02"}, {"to": "2021-05-30"}, {"from": "2021-05", "certain": True}, {"status": ["planned"]}),
        *({"from": "2021-05", "open": "include"}, {"count": "days"}, {"count": "edges"}, {"q": "grain"}),
    ],
)
def test_other_questions_are_answered_from_edges(more: dict[str, Any]) -> None:
    asked = MatrixQuestion.model_validate({"level": "state", **more})
    assert ways(contact_filter(asked), asked.count) == ["edges"]


def test_months_are_of_states(reading: Reading) -> None:
    assert each_way(reading, {"level": "actor", "from": "2021-05", "to": "2021-05"}) == ["edges"]


def test_links_list_what_cells_and_margins_count(reading: Reading, ask: Ask) -> None:
    found = ask("get_matrix", level="state", kind=["call", "meeting", "visit"], **{"from": "2021-05"})
    numbers = [(one["value"], one["link"]) for one in json.loads(found.members["cells"])]
    numbers += [(one["contacts"], one["link"]) for one in json.loads(found.members["rows"])]
    assert len(numbers) > 6
    for value, link in numbers:
        given: dict[str, Any] = {key: one[0] for key, one in parse_qs(urlsplit(link).query).items()}
        lists = {name: given[name].split(",") for name in ("kind", "between", "actor") if name in given}
        listed = ContactList.model_validate({**given, **lists})
        assert list_contacts(reading.session, listed, Asked(limit=1, count=True)).total == value, link


def test_somebody_who_is_not_there_is_named_where_he_stands(ask: Ask) -> None:
    for side in ("rows", "columns"):
        with pytest.raises(InvalidQuery) as refused:
            ask("get_matrix", **{side: ["atlantis", "nobody-at-all"]})
        assert refused.value.errors[0].parameter == side
