"""What holds for every list: its pages, its cursors, its limit, its total."""

import base64
import json
from typing import Any

import pytest

from tests.api.lists import HISTORIES, LISTS, RANKED, Grown, identity, walk

pytestmark = pytest.mark.door

SOME = 23
LARGEST = 1_000
BENT = ("", "x", "null", "WyJ4Il0", "%00", "é", "..", "A" * 499, "eyJhIjoxfQ", "W10", "W1td", "bm90aGluZw", "Ww")
PARTS = (
    *(
        0,
        -1,
        2**31,
        2**63,
        -(2**63) - 1,
        10**400,
        True,
        None,
        1.5,
        "",
        "x",
        "0",
        "-1",
        "\x00",
        "\ud800",
        "1e400",
        "NaN",
    ),
    *("9999-12-31T23:59:59.999999", "10000-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    *("infinity", "-infinity", "epoch", "'; DROP TABLE actor; --", "x" * 300, [], {}, [1], {"a": 1}),
)
"""What may stand where a cursor keeps a number, a text or a date."""
ALL = pytest.mark.parametrize("name", sorted(LISTS))


@pytest.fixture(scope="module")
def grown(module_world: Any) -> Grown:
    """A world with enough of everything for several pages."""
    made = Grown(module_world)
    for made_at in {listed.made_at: listed for listed in LISTS.values()}.values():
        for _ in range(SOME):
            made.add(made_at)
    return made


def refused_cursor(answer: Any, said: str) -> None:
    """Checks that an answer refuses the cursor and says so."""
    assert answer.status_code == 400, f"{said}: {answer.status_code} {answer.text}"
    assert [one["parameter"] for one in answer.json()["errors"]] == ["cursor"], f"{said}: {answer.text}"


def cursor_of(grown: Grown, address: str) -> str:
    """Returns the cursor to the second page of a list."""
    found: str = grown.get(f"{address}?limit=2").json()["meta"]["next_cursor"]
    return found


def encoded(parts: list[Any]) -> str:
    """Returns parts as a cursor holds them."""
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def test_every_list_is_walked(contract: dict[str, Any]) -> None:
    paged = {
        methods["get"]["operationId"]
        for methods in contract["paths"].values()
        if any(one["name"] == "cursor" for one in methods.get("get", {}).get("parameters", ()))
    }
    # Imports are no records; their cursors are bent where they are tested.
    assert paged - {"list_imports"} == set(LISTS) | HISTORIES | RANKED


@ALL
def test_a_cursor_of_another_list_is_refused(grown: Grown, name: str) -> None:
    listed = LISTS[name]
    for other, foreign in LISTS.items():
        if other != name:
            cursor = cursor_of(grown, foreign.address)
            refused_cursor(grown.get(f"{listed.address}?cursor={cursor}"), f"{name} with a cursor of {other}")
    if listed.other:
        own = cursor_of(grown, listed.address)
        refused_cursor(grown.get(f"{listed.address}?{listed.other}&cursor={own}"), f"{name} with another filter")
        assert grown.get(f"{listed.address}?limit=9&cursor={own}").status_code == 200


@ALL
def test_a_bent_cursor_is_refused(grown: Grown, name: str) -> None:
    listed = LISTS[name]
    for bent in BENT:
        refused_cursor(grown.get(f"{listed.address}?cursor={bent}"), f"{name} {bent}")
    cursor = cursor_of(grown, listed.address)
    for bent in (cursor[:-3], cursor[3:], cursor[::-1], "A" + cursor):
        refused_cursor(grown.get(f"{listed.address}?cursor={bent}"), f"{name} {bent}")


@ALL
def test_a_cursor_with_other_parts_is_refused_or_a_place(grown: Grown, name: str) -> None:
    """Who unpacks a cursor and changes it gets another place of the list, or a refusal; never a fault."""
    address = LISTS[name].address
    cursor = cursor_of(grown, address)
    digest, *parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    refused = 0
    for at in range(len(parts)):
        for part in PARTS:
            made = encoded([digest, *parts[:at], part, *parts[at + 1 :]])
            answer = grown.get(f"{address}?cursor={made}")
            if answer.status_code != 200:
                refused_cursor(answer, f"{name} {at} {part!r}")
                refused += 1
    refused_cursor(grown.get(f"{address}?cursor={encoded([digest])}"), name)
    refused_cursor(grown.get(f"{address}?cursor={encoded([digest, *parts, 1])}"), name)
    assert refused


@pytest.mark.parametrize(
    ("address", "largest"),
    [*((listed.address, LARGEST) for listed in LISTS.values()), ("/v1/actors/search?q=a", 100)],
)
@pytest.mark.parametrize("more", [1, 10**9, 10**30])
def test_a_limit_over_the_largest_is_refused_and_names_it(
    shared_world: Any, address: str, largest: int, more: int
) -> None:
    between, headers = "&" if "?" in address else "?", shared_world.keys["admin"]
    ask = shared_world.client.get
    refused = ask(f"{address}{between}limit={largest + more}", headers=headers)
    assert refused.status_code == 400, refused.text
    [fault] = refused.json()["errors"]
    assert fault["parameter"] == "limit"
    assert f"{largest}" in fault["message"].replace(",", ""), fault
    assert ask(f"{address}{between}limit={largest}", headers=headers).status_code == 200
    for few in ("0", "-1", "1.5", "", "x"):
        assert ask(f"{address}{between}limit={few}", headers=headers).status_code == 400, few


@ALL
def test_the_total_is_what_a_walk_finds(grown: Grown, name: str) -> None:
    pages = list(walk(grown, LISTS[name], 7, Prefer="count=exact"))
    found = [identity(LISTS[name], item) for page in pages for item in page["items"]]
    assert len(pages) >= 3
    assert len(found) == len(set(found)) >= SOME - 7
    assert {page["meta"]["total"] for page in pages} == {len(found)}
    answer = grown.get(LISTS[name].address, Prefer="count=exact")
    assert answer.headers["preference-applied"] == "count=exact"
    assert "total" not in grown.get(LISTS[name].address).json()["meta"]


@ALL
def test_a_walk_skips_and_repeats_nothing_while_the_list_grows(grown: Grown, name: str) -> None:
    listed = LISTS[name]
    [whole] = walk(grown, listed, LARGEST)
    before = [identity(listed, item) for item in whole["items"]]
    walked: list[tuple[str, ...]] = []
    for page in walk(grown, listed, 7):
        walked += [identity(listed, item) for item in page["items"]]
        if len(walked) <= len(before):
            grown.add(listed)
            grown.add(listed)
    assert len(set(walked)) == len(walked)
    assert [one for one in walked if one in set(before)] == before
    assert len(next(walk(grown, listed, LARGEST))["items"]) > len(before)
