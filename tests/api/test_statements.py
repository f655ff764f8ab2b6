"""How many SQL statements a read costs: one for every list, whatever it is asked."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.grafana import ROWS
from db.statements import heard
from graph.registry import QUESTIONS
from tests.api.lists import HISTORIES

CONTACTS = [
    "",
    "?limit=50&include=accounts,commitments,identifiers,parts,follows",
    "?actor=joe-biden,benjamin-netanyahu&kind=call&from=2021-05&to=2021&sort=earliest",
    "?between=joe-biden,benjamin-netanyahu&certain=true",
    "?participants=egypt,hamas&role=mediator&actor=egypt",
    "?actor=iso3:USA&level=state&topic=military&episode=gaza-may-2021",
    "?between=iso3:USA,iso3:ISR&level=organisation",
    "?actor=president-of-the-united-states&level=office&status=any&open=include",
    "?publisher=white-house&designated=false&min_sources=2&q=teams",
    "?part_of=example:first-world/1&sort=recorded&limit=1",
]
EDGES = [
    *("", "?actor=joe-biden", "?level=state&actor=iso3:USA", "?level=office", "?level=organisation&actor=white-house"),
    *("?contact=example:first-world/1", "?between=iso3:USA,iso3:ISR&level=state&kind=call&q=teams"),
]
PAIRS = ["", "?level=state", "?level=office&sort=-last", "?level=organisation&kind=call", "?q=teams&from=2021"]
LISTS = [
    *(f"/v1/contacts{query}" for query in CONTACTS),
    *(f"/v1/edges{query}" for query in EDGES),
    *(f"/v1/{path}{query}" for path in ("actors/joe-biden/counterparts", "ties") for query in PAIRS),
    *("/v1/actors?kind=person,office&provisional=false", "/v1/actors?organisation_type=igo&limit=3"),
    *("/v1/actors/search?q=Нетаньяху", "/v1/actors/search?q=Netanyahu+Benjamin&kind=person"),
    *("/v1/sources?kind=readout&publisher=white-house", "/v1/topics?broader=military", "/v1/episodes"),
    *("/v1/affiliations?actor=joe-biden&relation=holds&on=2021-05-12", "/v1/affiliations?target=iso3:USA"),
    *("/v1/commitments?state=open&by=united-states", "/v1/commitments?contact=example:first-world%2F1"),
    *("/v1/coverage?publisher=white-house", "/v1/coverage", "/v1/dismissals"),
    *("/v1/designations?actor=hamas", "/v1/designations?list=US+Foreign+Terrorist+Organization"),
]
BELOW_ONE = [
    *("/v1/actors/joe-biden/affiliations?relation=holds", "/v1/actors/hamas/designations"),
    "/v1/contacts/example:first-world%2F1/accounts",
    *("/v1/actors/joe-biden/history", "/v1/contacts/example:first-world%2F1/history"),
    *("/v1/sources/press-report-2021-05-12/history", "/v1/topics/military/history"),
    "/v1/episodes/gaza-may-2021/history",
]
"""First the record that they are below of, since it may be merged, retracted or not there; then the list."""
SINGLES = {
    "/v1/actors/iso3:ISR": 1,
    "/v1/sources/press-report-2021-05-12": 1,
    "/v1/topics/military": 1,
    "/v1/episodes/gaza-may-2021": 1,
    "/v1/ties/joe-biden/benjamin-netanyahu": 1,
    "/v1/ties/iso3:USA/iso3:ISR?level=state&include=rhythm": 1,
    "/v1/ties/president-of-the-united-states/prime-minister-of-israel?level=office": 1,
    "/v1/contacts/example:first-world%2F1?include=accounts,commitments": 2,
    "/v1/status": 1,
    "/livez": 0,
    "/": 0,
    "/openapi.json": 0,
}
"""A contact's outside identifier is one statement, the contact the other."""
Count = Callable[[str], int]


@pytest.fixture
def statements(shared_world: Any) -> Iterator[Count]:
    """Counts the statements of a successful read with a key that is known already."""

    def count(path: str) -> int:
        # A key is believed for a second after it was looked up.
        shared_world.client.get("/v1/status", headers=shared_world.keys["read"])
        sent.clear()
        answer = shared_world.client.get(path, headers=shared_world.keys["read"])
        assert answer.status_code == 200, answer.text
        # A key is believed for a second, which a machine under load may take: its look-up is not what is counted.
        return sum("api_key" not in one.sql for one in sent)

    with heard(shared_world.database) as sent:
        yield count


@pytest.mark.parametrize("path", LISTS)
def test_a_list_is_one_statement(statements: Count, path: str) -> None:
    assert statements(path) == 1


@pytest.mark.parametrize("path", BELOW_ONE)
def test_a_list_below_a_record_is_at_most_three(statements: Count, path: str) -> None:
    assert statements(path) <= 3


@pytest.mark.parametrize(("path", "most"), SINGLES.items())
def test_a_record_is_one_statement(statements: Count, path: str, most: int) -> None:
    assert statements(path) == most


def test_the_second_page_is_one_statement_too(shared_world: Any, statements: Count) -> None:
    first = shared_world.client.get("/v1/contacts?limit=5").json()
    assert statements(first["links"]["next"]) == 1
    assert statements("/v1/contacts?limit=5") == 1


def test_every_list_route_is_counted(contract: dict[str, Any]) -> None:
    counted = {path.partition("?")[0] for path in [*LISTS, *BELOW_ONE]}
    # Graph questions go step by step, each within its budget.
    # The history of every noun is one function, some of which are counted; duplicates are judged pair by pair.
    others = {
        "list_keys",
        "list_imports",
        "list_import_formats",
        "list_changes",
        "list_duplicates",
        "list_actor_duplicates",
        *HISTORIES,
        *(question.name for question in (*QUESTIONS, *ROWS)),
    }
    for path, operations in contract["paths"].items():
        name = operations.get("get", {}).get("operationId", "")
        if name.startswith(("list_", "search_")) and name not in others | {"list_grafana_variable"}:
            pattern = path.split("/")
            assert any(
                len(parts := one.split("/")) == len(pattern)
                and all(a == b or b.startswith("{") for a, b in zip(parts, pattern, strict=True))
                for one in counted
            ), path
