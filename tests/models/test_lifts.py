"""Lifts over time: named cases worked out by hand, and every day of random worlds walked by brute force."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from models.base import FIRST_MOMENT, LAST_MOMENT
from models.bounds import tenure
from models.lifts import LIFTED_LEVELS, UPWARD, Ladder, Standing, Step

BIDEN, PRESIDENT, WHITE_HOUSE, UNITED_STATES, ISRAEL = 1, 2, 3, 4, 5
UNITED_NATIONS, HAMAS, OFFICIALS, SENATOR, GAZA = 6, 7, 8, 9, 10
KINDS = {
    **{BIDEN: "person", PRESIDENT: "office", WHITE_HOUSE: "organisation", UNITED_STATES: "state", ISRAEL: "state"},
    **{UNITED_NATIONS: "organisation", HAMAS: "organisation", OFFICIALS: "group", SENATOR: "office", GAZA: "state"},
}
ALWAYS = ("..", "..")


def step(relation: str, target: int, since: str | None, until: str | None) -> Step:
    return Step(relation, target, *tenure(since, until).columns().values())


def ladder(*affiliations: tuple[int, str, int, tuple[str | None, str | None]]) -> Ladder:
    steps: dict[int, list[Step]] = {}
    for actor, relation, target, dates in affiliations:
        steps.setdefault(actor, []).append(step(relation, target, *dates))
    return Ladder(steps, KINDS)


def on(rows: list[Standing], day: str) -> list[tuple[int, bool, bool]]:
    moment = datetime.fromisoformat(day)
    return [(row.unit, row.certain, row.ambiguous) for row in rows if row.since <= moment < row.until]


TERM = ("2021-01-20", "2025-01-20")
OFFICE_TO_STATE = (
    (BIDEN, "holds", PRESIDENT, TERM),
    (PRESIDENT, "belongs_to", WHITE_HOUSE, ALWAYS),
    (WHITE_HOUSE, "part_of", UNITED_STATES, ALWAYS),
)


@pytest.mark.parametrize(
    ("level", "unit"), [("office", PRESIDENT), ("organisation", WHITE_HOUSE), ("state", UNITED_STATES)]
)
def test_a_person_stands_for_what_his_office_belongs_to_while_he_holds_it(level: str, unit: int) -> None:
    rows = ladder(*OFFICE_TO_STATE).standings(BIDEN, level)
    assert rows == [Standing(unit, datetime(2021, 1, 20), datetime(2025, 1, 21), certain=True, ambiguous=False)]


def test_an_unknown_end_is_only_ever_possible() -> None:
    rows = ladder((BIDEN, "holds", PRESIDENT, ("2021-01-20", None))).standings(BIDEN, "office")
    assert rows == [Standing(PRESIDENT, datetime(2021, 1, 20), LAST_MOMENT, certain=False, ambiguous=False)]


def test_a_coarse_start_is_possible_before_it_is_certain() -> None:
    rows = ladder((BIDEN, "holds", PRESIDENT, ("2021", ".."))).standings(BIDEN, "office")
    assert on(rows, "2020-12-31") == []
    assert on(rows, "2021-12-30") == [(PRESIDENT, False, False)]
    assert on(rows, "2021-12-31") == [(PRESIDENT, True, False)], "the last day on which he can have begun"


def test_several_offices_at_once_are_ambiguous_and_share_their_state() -> None:
    ups = ladder(
        *OFFICE_TO_STATE,
        (BIDEN, "holds", SENATOR, ("2021-01-01", "2021-06-30")),
        (SENATOR, "belongs_to", UNITED_STATES, ALWAYS),
    )
    offices = ups.standings(BIDEN, "office")
    assert on(offices, "2021-01-19") == [(SENATOR, True, False)]
    assert on(offices, "2021-05-12") == [(PRESIDENT, False, True), (SENATOR, False, True)]
    assert on(offices, "2021-07-01") == [(PRESIDENT, True, False)]
    assert ups.standings(BIDEN, "state") == [
        Standing(UNITED_STATES, datetime(2021, 1, 1), datetime(2025, 1, 21), certain=True, ambiguous=False)
    ]


def test_a_second_term_joins_the_first_when_no_day_lies_between() -> None:
    ups = ladder(
        (BIDEN, "holds", PRESIDENT, ("2021-01-20", "2023-06-30")), (BIDEN, "holds", PRESIDENT, ("2023-07-01", ".."))
    )
    rows = ups.standings(BIDEN, "office")
    assert rows == [Standing(PRESIDENT, datetime(2021, 1, 20), LAST_MOMENT, certain=True, ambiguous=False)]


def test_without_a_state_the_top_organisation_stays() -> None:
    ups = ladder((OFFICIALS, "belongs_to", HAMAS, ALWAYS), (HAMAS, "controls", GAZA, ALWAYS))
    assert ups.standings(OFFICIALS, "state") == [Standing(HAMAS, FIRST_MOMENT, LAST_MOMENT, True, False)]
    assert ups.standings(HAMAS, "state") == [], "who controls a land does not stand for it"


def test_a_member_state_does_not_stand_for_its_alliance() -> None:
    ups = ladder((ISRAEL, "member_of", UNITED_NATIONS, ALWAYS))
    assert [ups.standings(ISRAEL, level) for level in LIFTED_LEVELS] == [[], [], []]


def test_an_office_without_state_or_organisation_is_a_unit_at_its_own_level_only() -> None:
    ups = ladder((BIDEN, "holds", PRESIDENT, ALWAYS))
    assert on(ups.standings(BIDEN, "office"), "2021-05-12") == [(PRESIDENT, True, False)]
    assert ups.standings(BIDEN, "state") == [], "neither state nor organisation: himself"


def test_his_country_beside_his_ministry_makes_nobody_ambiguous() -> None:
    ups = ladder(*OFFICE_TO_STATE, (BIDEN, "belongs_to", UNITED_STATES, ALWAYS))
    assert on(ups.standings(BIDEN, "organisation"), "2021-05-12") == [(WHITE_HOUSE, True, False)]
    assert on(ups.standings(BIDEN, "organisation"), "2020-05-12") == [(UNITED_STATES, True, False)]


def test_a_club_beside_his_country_makes_nobody_ambiguous() -> None:
    ups = ladder((BIDEN, "belongs_to", UNITED_STATES, ALWAYS), (BIDEN, "belongs_to", HAMAS, ALWAYS))
    assert on(ups.standings(BIDEN, "state"), "2021-05-12") == [(UNITED_STATES, True, False)]


def test_two_countries_are_ambiguous() -> None:
    ups = ladder((BIDEN, "belongs_to", UNITED_STATES, ALWAYS), (BIDEN, "belongs_to", ISRAEL, ALWAYS))
    assert on(ups.standings(BIDEN, "state"), "2021-05-12") == [(UNITED_STATES, False, True), (ISRAEL, False, True)]


DAYS = 30
START = datetime(2021, 5, 1)
SIZE = 9


def random_ladder(rng: random.Random) -> Ladder:
    """A world without circles: whoever stands above has the higher number."""
    kinds = {n: rng.choice(["person", "office", "organisation", "state", "group"]) for n in range(SIZE)}
    steps: dict[int, list[Step]] = {}
    for _ in range(rng.randint(3, 14)):
        actor, target = sorted(rng.sample(range(SIZE), 2))
        relation = "holds" if (kinds[actor], kinds[target]) == ("person", "office") else rng.choice(sorted(UPWARD))
        relation = rng.choice([relation, relation, relation, "member_of"])
        offsets = sorted(rng.randint(0, DAYS) for _ in range(4))
        instants = [START + timedelta(days=n) for n in offsets]
        if rng.random() < 0.3:
            instants[1:3] = instants[2], instants[1]
        if instants[0] < instants[3]:
            steps.setdefault(actor, []).append(Step(relation, target, *instants))
    return Ladder(steps, kinds)


def above(ups: Ladder, actor: int, moment: datetime, level: str, *, sure: bool) -> Iterator[int]:
    """Everything an actor may, or surely does, stand for; the way ends at states, and at the level's own kind."""
    yield actor
    stops = {"state", level} if level != "state" else {"state"}
    if ups.kinds[actor] in stops:
        return
    for up in ups.steps.get(actor, ()):
        span = (up.start_latest, up.end_earliest) if sure else (up.start_earliest, up.end_latest)
        if up.relation in UPWARD and span[0] <= moment < span[1]:
            yield from above(ups, up.target, moment, level, sure=sure)


def units_by_hand(ups: Ladder, actor: int, moment: datetime, level: str) -> dict[int, bool]:
    """The rule of the domain read literally, for one moment: unit → certain."""
    kinds = ups.kinds
    if level == "office":
        holds = [s for s in ups.steps.get(actor, ()) if s.relation == "holds" and kinds[actor] != "office"]
        holds = [] if kinds[actor] == "state" else holds
        found = {s.target for s in holds if s.start_earliest <= moment < s.end_latest}
        offices = {unit for unit in found if kinds[unit] == "office"} or found
        certain = {s.target for s in holds if s.start_latest <= moment < s.end_earliest}
    else:
        reached = set(above(ups, actor, moment, level, sure=False))
        certain = set(above(ups, actor, moment, level, sure=True))
        states = {unit for unit in reached if kinds[unit] == "state"}
        organisations = {unit for unit in reached if kinds[unit] == "organisation"}
        tops = {o for o in organisations if not (set(above(ups, o, moment, level, sure=False)) - {o}) & organisations}
        offices = (states or tops) if level == "state" else (organisations or states)
    units = offices or {actor}
    return {} if units == {actor} else {unit: unit in certain and len(units) == 1 for unit in units}


@pytest.mark.parametrize("seed", range(60))
def test_every_day_of_a_random_world_walked_by_brute_force(seed: int) -> None:
    ups = random_ladder(random.Random(seed))
    for actor in range(SIZE):
        for level in LIFTED_LEVELS:
            rows = ups.standings(actor, level)
            for n in range(-1, DAYS + 1):
                moment = START + timedelta(days=n)
                wanted = units_by_hand(ups, actor, moment, level)
                now = [row for row in rows if row.since <= moment < row.until]
                assert {row.unit: row.certain for row in now} == wanted, (seed, actor, level, n)
                assert {row.ambiguous for row in now} <= {len(wanted) > 1}
            assert all(row.since < row.until for row in rows)
            assert len({(row.unit, row.since) for row in rows}) == len(rows), "the key of a stored row"
