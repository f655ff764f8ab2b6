"""Who travels, who initiates, who ranks higher: by hand on two small records, and by brute force on a random one."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from graph.questions import NODES, Budget, Found
from models.asymmetries import AsymmetryAnswer
from models.errors import InvalidQuery
from models.filters import ContactFilter
from models.vocabulary import Level, words
from tests.brute_force import Reading
from tests.graph.conftest import Ask, asker
from tests.invented import AMBASSADOR, HEAD, invent, taker, talk
from tests.world import COUNTERPARTS_OF_THE_US, ISRAEL, US

TRAVEL, INITIATIVE = ("ego", "alter", "both", "unknown"), ("ego", "alter", "both", "unknown")
RANKS = ("ego", "alter", "equal", "unknown")


def answer(found: Found) -> AsymmetryAnswer:
    shown = {"links": {"self": "/"}, "meta": {"graph_version": 1, "unit": found.unit, "as_of": "2021-05-20"}}
    return AsymmetryAnswer.model_validate({**found.members, **shown})


def counts(measure: Any, names: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(getattr(measure, name).contacts for name in names)


@pytest.mark.parametrize(("level", "pair"), [("actor", ("anna", "boris")), ("organisation", ("cabinet", "court"))])
def test_the_invented_pair_by_hand(ask_invented: Ask, level: str, pair: tuple[str, str]) -> None:
    found = answer(ask_invented("list_asymmetries", actor=pair[0], counterpart=pair[1], level=level))
    (one,) = found.pairs
    assert (found.ego.slug, one.alter.slug, one.contacts) == (*pair, 12)
    assert counts(one.travel, TRAVEL) == (1, 0, 0, 0)
    # Eight calls were Anna's; of the visit, two meetings and the engagement nothing is said.
    assert counts(one.initiative, INITIATIVE) == (8, 0, 0, 4)
    # Anna was head of government where Boris was a minister twice; of one call his rank is not known.
    assert counts(one.ranks, RANKS) == (2, 0, 9, 1)
    assert (one.ranks.median_steps, one.ranks.usual_ego, one.ranks.usual_alter) == (0, HEAD, HEAD)
    assert [contact.when for contact in one.ranks.ego.latest] == ["2020-08-04", "2019-03-01"]
    assert [contact.when for contact in one.travel.ego.latest] == ["2019-09-17/2019-09-19"]
    assert len(one.initiative.ego.latest) == 3


def test_states_seen_from_the_other_end(ask_invented: Ask) -> None:
    (one,) = answer(ask_invented("list_asymmetries", actor="borduria", level="state")).pairs
    assert (one.alter.slug, one.contacts) == ("arcadia", 13)
    assert counts(one.travel, TRAVEL) == (0, 1, 0, 0)
    assert counts(one.initiative, INITIATIVE) == (1, 8, 0, 4)
    assert counts(one.ranks, RANKS) == (0, 2, 10, 1)
    assert one.links["contacts"] == "/v1/contacts?between=borduria,arcadia&level=state"


def test_a_visit_with_parts_and_a_mission(session: Session) -> None:
    invent(session)
    host = {"role": "host"}
    guests = taker("egon", HEAD, role="visitor"), taker("carl", AMBASSADOR, role="delegate")
    visit = talk(session, "visit", "2021-02-01/2021-02-03", *guests, taker("anna", HEAD, **host))
    whole = session.info["ids"].encode("con", visit)
    # The part joins Egon and Anna in place of the visit, twice; the journey is one.
    for n in (1, 2):
        talk(session, "meeting", f"2021-02-0{n}", taker("egon", HEAD), taker("anna", HEAD), part_of=whole)
    envoy = taker("dora", AMBASSADOR, role="envoy", on_behalf_of="arcadia")
    talk(session, "mission", "2021-03-01", envoy, taker("egon", HEAD, **host))
    ask = asker(session)
    (one,) = answer(ask("list_asymmetries", actor="egon", counterpart="anna")).pairs
    assert (one.contacts, counts(one.travel, TRAVEL)) == (2, (1, 0, 0, 0))
    assert [contact.id for contact in one.travel.ego.latest] == [whole]
    (one,) = answer(ask("list_asymmetries", actor="cimmeria", counterpart="arcadia", level="state")).pairs
    # Anna's visitor, and the envoy who came for Arcadia and ranked three steps below his host.
    assert (one.contacts, counts(one.travel, TRAVEL)) == (3, (1, 1, 0, 0))
    assert counts(one.ranks, RANKS) == (1, 0, 2, 0)
    (one,) = answer(ask("list_asymmetries", actor="cimmeria", level="state", kind=["mission"])).pairs
    assert one.ranks.median_steps == 3


def test_the_first_world(ask_first: Ask) -> None:
    found = answer(ask_first("list_asymmetries", actor="iso3:USA", level="state"))
    assert {one.alter.slug: one.contacts for one in found.pairs} == COUNTERPARTS_OF_THE_US
    first = found.pairs[0]
    # President and Prime Minister, Secretary and Prime Minister, staff, two ministers and two senior officials each.
    assert (first.alter.slug, counts(first.ranks, RANKS)) == (ISRAEL, (1, 1, 5, 0))
    assert counts(first.initiative, INITIATIVE) == (0, 0, 0, 7)
    planned = answer(ask_first("list_asymmetries", actor=US, level="state", status=["planned"]))
    assert {one.alter.slug: counts(one.travel, TRAVEL) for one in planned.pairs} == {
        ISRAEL: (1, 0, 0, 0),
        "palestine": (1, 0, 0, 0),
    }


def test_what_is_cut_is_told(ask_first: Ask) -> None:
    found = ask_first("list_asymmetries", Budget(seconds=60, nodes=3), actor=US, level="state", limit=1)
    assert len(answer(found).pairs) == 1
    assert found.limits == {"limit": 1, NODES: 3}
    assert found.left_out == {"counterparts": 6, "contacts_whose_ranks_were_not_looked_up": 4}


@pytest.mark.parametrize(("counterpart", "code"), [("nobody", "unknown_actor"), ("iso3:USA", "same_actor")])
def test_wrong_ends_are_refused(ask_first: Ask, counterpart: str, code: str) -> None:
    with pytest.raises(InvalidQuery) as refused:
        ask_first("list_asymmetries", actor=US, counterpart=counterpart)
    assert refused.value.errors[0].code == code
    assert refused.value.errors[0].parameter == "counterpart"


@pytest.mark.parametrize("level", words(Level))
def test_a_generated_record(reading: Reading, level: str) -> None:
    compared = 0
    for slug in ("atlantis", "ada", "chancellor", "league"):
        asked = ContactFilter.model_validate({"actor": [slug], "level": level})
        wanted: dict[int, dict[str, int]] = {}
        for (_, _, alter), edge in reading.edges(asked).items():
            told = wanted.setdefault(alter, dict.fromkeys(INITIATIVE, 0))
            told[{"source": "ego", "target": "alter", None: "unknown"}.get(edge.initiated_by, "both")] += 1
        found = answer(asker(reading.session)("list_asymmetries", actor=slug, level=level))
        shown = {reading.slugs[one.alter.slug]: one for one in found.pairs}
        assert {alter: counts(one.initiative, INITIATIVE) for alter, one in shown.items()} == {
            alter: tuple(told.values()) for alter, told in wanted.items()
        }
        # Nobody's rank is recorded there.
        assert all(one.ranks.unknown.contacts == one.contacts for one in found.pairs)
        compared += len(shown)
    assert compared


def test_an_unknown_topic_is_refused(ask_first: Ask) -> None:
    with pytest.raises(InvalidQuery, match="no such topic"):
        ask_first("list_asymmetries", actor=US, topic=["nothing-of-the-kind"])
