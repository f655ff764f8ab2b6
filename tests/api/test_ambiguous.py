"""Somebody with several offices and no capacity: at office level a reader is told so."""

import csv
import io
from typing import Any

import pytest

from tests.api.asking import ask
from tests.api.conftest import World

pytestmark = pytest.mark.door


def made(world: World, path: str, body: dict[str, Any]) -> Any:
    answer = world.client.post(path, json=body, headers=world.keys["write"])
    assert answer.status_code == 201, answer.text
    return answer.json()


def call(world: World, day: str, **how: str) -> str:
    """Records a call of somebody who holds two offices, and returns its id."""
    body = {
        "kind": "call",
        "when": day,
        "participants": [{"actor": "two-hats", **how}, {"actor": "hamas"}],
        "accounts": [{"source": "press-report-2021-05-12"}],
    }
    return str(made(world, "/v1/contacts", body)["id"])


@pytest.fixture
def hats(world: World) -> World:
    """A world with a person who is chair and treasurer of one organisation at once."""
    made(world, "/v1/actors", {"kind": "organisation", "name": "Club", "slug": "club"})
    made(world, "/v1/actors", {"kind": "person", "name": "Two Hats", "slug": "two-hats"})
    of_the_club = {"relation": "belongs_to", "target": "club", "since": "2000", "until": "2030"}
    for office in ("chair", "treasurer"):
        made(world, "/v1/actors", {"kind": "office", "name": office.capitalize(), "slug": office})
        made(
            world,
            f"/v1/actors/{office}/affiliations",
            of_the_club,
        )
        holds = {"relation": "holds", "target": office, "since": "2020", "until": "2022"}
        made(world, "/v1/actors/two-hats/affiliations", holds)
    return world


def edges(world: World, office: str, level: str = "office") -> dict[str, tuple[bool, bool]]:
    """The edges of an actor at a level: for each contact whether it is certain, and whether ambiguous."""
    found = ask(world, f"/v1/edges?actor={office}&level={level}").json()["items"]
    return {edge["contact_id"]: (edge["certain"], edge["ambiguous"]) for edge in found}


def test_edges_and_briefs_say_that_an_office_is_one_of_several(hats: World) -> None:
    vague, plain = call(hats, "2021-05-10"), call(hats, "2021-05-11", capacity="chair")
    assert edges(hats, "chair") == {vague: (False, True), plain: (True, False)}
    assert edges(hats, "treasurer") == {vague: (False, True)}
    # Whichever of the two he was, he was himself, and one of the club.
    assert edges(hats, "two-hats", "actor") == {vague: (True, False), plain: (True, False)}
    assert edges(hats, "club", "organisation") == {vague: (True, False), plain: (True, False)}
    rows = csv.DictReader(io.StringIO(ask(hats, "/v1/edges.csv?actor=chair&level=office").text))
    assert {row["contact_id"]: row["ambiguous"] for row in rows} == {vague: "true", plain: "false"}
    brief = ask(hats, "/v1/ties/treasurer/hamas/brief?level=office").json()
    last = brief["last"][0]
    assert (last["level"], last["contact"]["id"], last["contact"]["ambiguous"]) == ("office", vague, True)
    chair = ask(hats, "/v1/ties/chair/hamas/brief?level=office").json()["last"][0]["contact"]
    assert (chair["id"], chair["ambiguous"]) == (plain, False)
