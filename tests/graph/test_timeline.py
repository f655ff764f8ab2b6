"""Contacts over time: the first world by hand, and a random world against every date shared out literally."""

import itertools
import random
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy.orm import Session

from db.contact_pages import list_contacts
from db.contacts import create_contacts
from db.pages import Asked
from graph.questions import Found
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.bounds import Bounds
from models.contacts import ContactIn
from models.errors import InvalidQuery
from models.filters import ContactFilter, ContactList
from models.projection import incidences
from tests.brute_force import Reading
from tests.generated import ACTORS, STATES, World
from tests.graph.conftest import Ask, asker
from tests.questions import DRAWS

DAY = timedelta(days=1)
SIZES = ("day", "week", "month", "quarter", "year")
GROUPS = ("none", "kind", "level", "side", "status")


def shown(found: Found) -> dict[str, tuple[float, dict[str, float]]]:
    return {one["bucket"]: (one["contacts"], one["groups"]) for one in found.members["buckets"]}


def beside(found: Found) -> dict[str, float]:
    return {name: found.members[name]["contacts"] for name in ("uncertain", "undated", "outside")}


def test_the_first_world_by_hand(ask_first: Ask) -> None:
    # Rows 1 and 2 are known to the day; 3 to 13 and 16 to 18 took place until some day. 14 and 15 are planned.
    found = ask_first("get_timeline", by="day", group="kind")
    assert shown(found) == {"2021-05-12": (2, {"call": 1, "conversation": 1})}
    assert beside(found) == {"uncertain": 0, "undated": 14, "outside": 0}
    assert found.members["undated"]["groups"] == {"engagement": 11, "mediation": 3}
    assert found.members["contacts"] == 16
    # At their known ends: the mediations of 9 May, a Sunday, then three days without any.
    found = ask_first("get_timeline", by="day", uncertain="first", **{"from": "2021-05-08"})
    assert [one[0] for one in shown(found).values()] == [0, 3, 0, 0, 13]
    found = ask_first("get_timeline", by="week", uncertain="first", group="status")
    assert shown(found) == {"2021-W18": (3, {"reported": 3}), "2021-W19": (13, {"acknowledged": 12, "reported": 1})}


def test_sides_of_the_first_world(ask_first: Ask) -> None:
    found = ask_first("get_timeline", by="year", uncertain="first", group="side", groups=3)
    # The United States in rows 1 to 13; Israel in 1, 2, 3, 10 to 13 and 16 to 18; of those with three Hamas came first.
    groups = {one["key"]: one["contacts"] for one in found.members["groups"]}
    assert list(groups.items())[:2] == [("united-states", 13), ("israel", 10)]
    assert set(groups.values()) == {13, 10, 3}
    assert (found.limits, found.left_out) == ({"groups": 3}, {"groups": 6})
    (counts,) = shown(found).values()
    assert counts == (16, groups), "a contact is in several groups: they add up to more than the bucket"


def test_the_highest_office_level_of_a_contact_is_its_group(session: Session) -> None:
    World(session, random.Random(1))
    for levels in (("minister", "ambassador"), ("official", "head_of_state"), (None, "official"), (None, None)):
        takers = [{"actor": actor, "level": level} for actor, level in zip(("ada", "bela"), levels, strict=True)]
        source = {"kind": "other", "title": "A paper"}
        body = {"kind": "call", "when": "2021-05-12", "participants": takers, "accounts": [{"source": source}]}
        create_contacts(session, [ContactIn.model_validate(body)])
    found = asker(session)("get_timeline", by="year", group="level")
    groups = {"minister": 1, "head_of_state": 1, "official": 1, "not_stated": 1}
    assert shown(found) == {"2021": (4, groups)}
    assert {one["key"] for one in found.members["groups"]} == set(groups)


def literal(reading: Reading, asked: dict[str, Any], group: str) -> dict[str, dict[str, Fraction]]:
    """Shares every date out, day by day, contact by contact."""
    question = ContactFilter.model_validate({k: v for k, v in asked.items() if k not in ("by", "uncertain", "group")})
    found: dict[str, dict[str, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    start, end = question.window
    for key in reading.contacts(question):
        bounds = reading.events[key].bounds
        for name in ["", *groups_of(reading, key, group)]:
            for place, share in places(bounds, asked, (start or FIRST_MOMENT, end or LAST_MOMENT)).items():
                found[place][name] += share
    return found


def groups_of(reading: Reading, key: int, group: str) -> list[str]:
    if group == "side":
        names = {number: slug for slug, number in reading.slugs.items()}
        return [names[unit] for unit in incidences(reading.events[key], "state")]
    row = reading.facts[key]
    own = {"kind": row.kind, "status": row.status, "level": "not_stated"}
    return [own[group]] if group in own else []


def places(row: Bounds, asked: dict[str, Any], window: tuple[datetime, datetime]) -> dict[str, Fraction]:
    by, (start, end) = asked["by"], window
    if asked["uncertain"] == "first":
        first = row.match_earliest
        if first == LAST_MOMENT:
            return {"undated": Fraction(1)}
        return {name_of(first.date(), by) if start <= first < end else "outside": Fraction(1)}
    if row.earliest == FIRST_MOMENT or row.latest == LAST_MOMENT:
        return {"undated": Fraction(1)}
    if row.latest - row.earliest < DAY:
        return {name_of(row.earliest.date(), by): Fraction(1)}
    days = [row.earliest + DAY * n for n in range((row.latest - row.earliest) // DAY)]
    counts = Counter(name_of(day.date(), by) if start <= day < end else "outside" for day in days)
    if asked["uncertain"] == "apart" and len(counts) > 1:
        return {"uncertain": Fraction(1)}
    return {name: Fraction(count, len(days)) for name, count in counts.items()}


def name_of(day: date, by: str) -> str:
    year, week, _ = day.isocalendar()
    names = {"day": f"{day}", "week": f"{year}-W{week:02}", "month": f"{day:%Y-%m}", "year": f"{day:%Y}"}
    return names.get(by, f"{day.year}-Q{(day.month - 1) // 3 + 1}")


def draw(rng: random.Random, reading: Reading) -> dict[str, Any]:
    filters = DRAWS[rng.choice(["window", "window", "kind", "status", "topic", "designated"])](rng, reading)
    ends: dict[str, Any] = rng.choice(
        [{}, {"actor": [rng.choice(STATES)]}, {"actor": rng.sample(ACTORS, 3)}, {"between": rng.sample(STATES, 2)}]
    )
    level = rng.choice(["actor", "state", "state", "office"])
    return {**filters, **ends, "level": level}


@pytest.mark.parametrize("seed", range(60))
def test_every_date_of_a_random_world_is_shared_out(reading: Reading, ask: Ask, seed: int) -> None:
    rng = random.Random(f"timeline {seed}")
    by, group = SIZES[seed % 5], rng.choice(GROUPS)
    asked = {**draw(rng, reading), "by": by, "uncertain": rng.choice(["spread", "spread", "apart", "first"])}
    found = ask("get_timeline", group=group, groups=300, **asked)
    wanted = literal(reading, asked, group)
    for name in ("uncertain", "undated", "outside"):
        same(wanted.pop(name, {}), found.members[name]["contacts"], found.members[name]["groups"], asked)
    for bucket, (contacts, groups) in shown(found).items():
        same(wanted.pop(bucket, {}), contacts, groups, asked)
    assert not wanted, asked
    whole = sum(one[0] for one in shown(found).values()) + sum(beside(found).values())
    # Each bucket is rounded to a millionth of a contact.
    assert whole == pytest.approx(found.members["contacts"], abs=1e-6 * (len(shown(found)) + 10))


def same(wanted: dict[str, Fraction], contacts: float, groups: dict[str, float], asked: dict[str, Any]) -> None:
    assert contacts == pytest.approx(float(wanted.get("", 0)), abs=1e-5), asked
    assert groups == pytest.approx({key: float(value) for key, value in wanted.items() if key}, abs=1e-5), asked


def test_buckets_follow_each_other_without_a_gap(ask: Ask) -> None:
    for by in SIZES:
        buckets = ask("get_timeline", by=by, **{"from": "2019-12-30", "to": "2021-03-02"}).members["buckets"]
        assert (buckets[0]["from"], buckets[-1]["to"]) == ("2019-12-30", "2021-03-02")
        for one, after in itertools.pairwise(buckets):
            assert date.fromisoformat(after["from"]) == date.fromisoformat(one["to"]) + DAY
        assert len({one["bucket"] for one in buckets}) == len(buckets)


def test_the_link_of_a_bucket_lists_what_may_lie_in_it(reading: Reading, ask: Ask) -> None:
    found = ask("get_timeline", by="week", actor=["atlantis"], level="state", kind=["meeting", "call", "visit"])
    counted = 0
    for bucket in found.members["buckets"]:
        given = {name: values[0].split(",") for name, values in parse_qs(urlsplit(bucket["link"]).query).items()}
        plain = {name: value if name in ("actor", "kind") else value[0] for name, value in given.items()}
        page = list_contacts(reading.session, ContactList.model_validate(plain), Asked(limit=1000, count=True))
        assert (page.total or 0) >= bucket["contacts"]
        counted += bucket["contacts"] > 0
    assert counted


@pytest.mark.parametrize("uncertain", ["apart", "first"])
@pytest.mark.parametrize("open_ends", ["exclude", "include"])
def test_the_link_of_a_bucket_lists_what_it_counts(reading: Reading, ask: Ask, uncertain: str, open_ends: str) -> None:
    found = ask("get_timeline", by="quarter", uncertain=uncertain, open=open_ends, status=["any"])
    listed, vague = 0, 0
    for bucket in found.members["buckets"]:
        given = {name: values[0] for name, values in parse_qs(urlsplit(bucket["link"]).query).items()}
        given["status"] = ["any"]
        page = list_contacts(reading.session, ContactList.model_validate(given), Asked(limit=1, count=True))
        assert page.total == bucket["contacts"]
        plain = ContactList.model_validate({name: value for name, value in given.items() if name != "dated"})
        vague += (list_contacts(reading.session, plain, Asked(limit=1, count=True)).total or 0) - bucket["contacts"]
        listed += bucket["contacts"]
    assert (listed > 0, vague > 0) == (True, True)


def test_buckets_beyond_the_limit_are_cut_aloud(ask: Ask) -> None:
    window = {"from": "2021-05-01", "to": "2021-05-20"}
    whole = ask("get_timeline", by="day", **window)
    cut = ask("get_timeline", by="day", limit=7, **window)
    assert (cut.limits, cut.left_out) == ({"buckets": 7}, {"buckets": 13})
    assert cut.members["buckets"] == whole.members["buckets"][:7]
    lost = sum(one["contacts"] for one in whole.members["buckets"][7:])
    assert beside(cut)["outside"] == pytest.approx(beside(whole)["outside"] + lost, abs=1e-4)


def test_nothing_at_all_and_nobody(ask: Ask) -> None:
    found = ask("get_timeline", between=["atlantis", "emil"], kind=["summons"], topic=["wheat"])
    assert (found.members["buckets"], found.members["contacts"]) == ([], 0)
    empty = ask("get_timeline", **{"from": "1990", "to": "1990"}, by="quarter").members["buckets"]
    assert [(one["bucket"], one["contacts"]) for one in empty] == [(f"1990-Q{n}", 0) for n in (1, 2, 3, 4)]
    with pytest.raises(InvalidQuery):
        ask("get_timeline", actor=["nobody-at-all"])
