"""What a search by name says, so that two of one name can be told apart."""

from typing import Any


def post(world: Any, path: str, body: dict[str, Any]) -> Any:
    answer = world.client.post(path, json=body, headers=world.writer)
    assert answer.status_code == 201, answer.text
    return answer.json()


def told(world: Any, q: str) -> dict[str, tuple[Any, ...]]:
    """Returns what tells each actor found apart, by slug."""
    items = world.client.get("/v1/actors/search", params={"q": q}).json()["items"]
    return {item["slug"]: (item["provisional"], item["holds"], item["state"]) for item in items}


def test_two_of_one_name_are_told_apart(world: Any) -> None:
    for slug, provisional in (("ada-roe", False), ("ada-roe-2", True), ("ada-roe-3", False)):
        body = {"kind": "person", "name": "Ada Roe", "slug": slug, "provisional": provisional}
        post(world, "/v1/actors", body)
    office = {"relation": "holds", "target": "foreign-minister-of-israel", "since": "2001", "until": "2003"}
    post(world, "/v1/actors/ada-roe/affiliations", office)
    later = office | {"target": "president-of-the-united-states", "since": "2009-01", "until": ".."}
    made = post(world, "/v1/actors/ada-roe/affiliations", later)
    post(world, "/v1/actors/ada-roe-2/affiliations", {"relation": "belongs_to", "target": "egypt", "until": "1999"})
    president, minister = (
        world.client.get(f"/v1/actors/{one}").json()["name"] for one in (later["target"], office["target"])
    )
    assert told(world, "ada roe") == {
        "ada-roe": (False, f"{president} (since 2009-01, still)", "United States"),
        "ada-roe-2": (True, None, "Egypt"),
        "ada-roe-3": (False, None, None),
    }
    gone = {"If-Match": "*", "Readout-Reason": "A mistake.", **world.writer}
    assert world.client.delete(f"/v1/affiliations/{made['id']}", headers=gone).status_code == 204
    assert told(world, "ada roe")["ada-roe"] == (False, f"{minister} (since 2001, until 2003)", "Israel")


def test_an_office_without_dates_stands_alone(world: Any) -> None:
    post(world, "/v1/actors", {"kind": "person", "name": "Ben Roe", "slug": "ben-roe"})
    office = {"relation": "holds", "target": "foreign-minister-of-israel", "since": ".."}
    post(world, "/v1/actors/ben-roe/affiliations", office)
    assert (
        told(world, "ben roe")["ben-roe"][1] == world.client.get("/v1/actors/foreign-minister-of-israel").json()["name"]
    )


def test_a_state_is_not_said_to_stand_for_itself(shared_world: Any) -> None:
    assert told(shared_world, "israel")["israel"] == (False, None, None)
