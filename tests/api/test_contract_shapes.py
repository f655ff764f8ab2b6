"""Every answer of every reading route is what its response model says, to the last field."""

import json
import re
from collections.abc import Iterator
from typing import Any, Union, get_args, get_origin

import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter
from pydantic_core import ValidationError

from api.grafana import ROWS
from api.grafana_rows import NARROWED, VARIABLES
from graph.registry import QUESTIONS
from tests.api.lists import HISTORIES
from tests.api.operations import FOR_WRITERS

LEVELS = ("actor", "office", "organisation", "state")
INCLUDES = "include=accounts,commitments,identifiers,parts,follows"
CONTACTS = [f"example:first-world%2F{number}" for number in range(1, 19)]
NAMED = {
    "get_actor": ["joe-biden", "iso3:ISR", "hamas", "white-house", "palestinian-officials"],
    "list_actor_affiliations": ["joe-biden", "hamas", "white-house"],
    "list_actor_designations": ["hamas", "joe-biden"],
    "list_counterparts": ["joe-biden", "iso3:USA", "hamas", "egypt", "president-of-the-united-states"],
    "get_contact": CONTACTS,
    "compare_accounts": CONTACTS,
    "get_acknowledgement": CONTACTS,
    "list_accounts": CONTACTS,
    "get_source": ["press-report-2021-05-12", "white-house-readout-2021-05-12", "biden-remarks-2021-05-12"],
    "get_topic": ["military"],
    "get_episode": ["gaza-may-2021"],
    "list_grafana_variable": [f"{one}{'?actor=joe-biden' if one in NARROWED else ''}" for one in VARIABLES],
    "get_tie": ["joe-biden/benjamin-netanyahu", "iso3:USA/iso3:ISR", "egypt/hamas"],
}
ASKED = {
    "list_contacts": [f"?status=any&{INCLUDES}&limit=1000", "?status=planned", "?sort=recorded&limit=2", "?q=nothing"],
    "get_contact": ["", f"?{INCLUDES}"],
    "list_edges": [f"?level={level}&status=any" for level in LEVELS],
    "list_counterparts": [f"?level={level}" for level in LEVELS] + ["?kind=engagement&sort=-last"],
    "get_tie": [f"?level={level}" for level in LEVELS] + ["?include=rhythm"],
    "list_ties": [f"?level={level}" for level in LEVELS],
    "list_actors": ["?limit=1000"],
    "search_actors": ["?q=Нетаньяху", "?q=united", "?q=%D9%86%D8%AA%D9%86%D9%8A%D8%A7%D9%87%D9%88"],
}
MAY_BE_ABSENT = {404: {"get_tie"}}


class Strays(Exception):
    """A field that the model does not know, or one that it needs and is absent."""


def exact(model: Any, value: Any, at: str = "") -> None:
    """Refuses members that a model does not declare, on every level; pages themselves are not strict."""
    origin, arguments = get_origin(model), get_args(model)
    if origin is Union or type(model).__name__ == "UnionType":
        chosen = [one for one in arguments if one is not type(None)]
        if value is not None and len(chosen) == 1:
            exact(chosen[0], value, at)
    elif origin is list:
        for number, item in enumerate(value):
            exact(arguments[0], item, f"{at}/{number}")
    elif isinstance(model, type) and issubclass(model, BaseModel):
        names = {field.alias or name for name, field in model.model_fields.items()}
        needed = {field.alias or name for name, field in model.model_fields.items() if field.is_required()}
        if set(value) - names or needed - set(value):
            raise Strays(f"{at}: strays {set(value) - names}, missing {needed - set(value)}")
        for name, field in model.model_fields.items():
            if name in value:
                exact(field.annotation, value[name], f"{at}/{name}")


def routes_of(app: Any) -> dict[str, APIRoute]:
    """Returns the routes by operation."""
    return {route.operation_id: route for route in all_routes(app.router) if route.operation_id}


def all_routes(router: Any) -> Iterator[APIRoute]:
    """Returns the routes of a router and of those inside it."""
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from all_routes(route.original_router)


def addresses_of(route: APIRoute, world: Any) -> list[str]:
    """Returns what is asked of a route in the first world."""
    name = str(route.operation_id)
    examples = [
        re.sub(r"level=\w+&?", "", question.example).rstrip("?&")
        for question in (*QUESTIONS, *ROWS)
        if question.name == name
    ]
    if examples:
        return [f"{one}{'&' if '?' in one else '?'}level={level}" for one in examples for level in LEVELS]
    head, brace, _ = route.path_format.partition("{")
    tail = route.path_format.rpartition("}")[2] if brace else ""
    names = NAMED.get(name, [])
    if brace and not names:
        items = world.client.get(head.rstrip("/"), headers=world.keys["admin"]).json()["items"]
        names = [item["id"] for item in items]
    return [f"{head}{one}{tail}{query}" for one in names or [""] for query in ASKED.get(name, [""])]


READS = ["get_root", "list_import_formats", "get_livez", "get_readyz", "get_status", "list_keys", "get_key"]
READS += ["list_contacts", "get_contact", "list_accounts", "list_edges", "list_counterparts", "get_tie"]
READS += ["list_actors", "search_actors", "list_actor_affiliations", "list_actor_designations"]
for noun in ("actor", "source", "topic", "episode", "affiliation", "designation"):
    READS += [f"get_{noun}", f"list_{noun}s"]
READS += [
    "list_ties",
    "compare_accounts",
    "get_acknowledgement",
    "get_coverage",
    "get_commitment",
    "list_commitments",
    "list_coverage",
    *(question.name for question in (*QUESTIONS, *ROWS)),
    "list_grafana_variable",
    "list_changes",
    "list_duplicates",
    "list_actor_duplicates",
    "list_dismissals",
    "get_dismissal",
    *HISTORIES,
]


@pytest.mark.parametrize("name", sorted(set(READS)))
def test_answers_are_what_the_contract_says(shared_world: Any, name: str) -> None:
    route = routes_of(shared_world.app)[name]
    paths = addresses_of(route, shared_world)
    assert paths
    seen = 0
    for path in paths:
        answer = shared_world.client.get(path, headers=shared_world.keys["admin"])
        if name in MAY_BE_ABSENT.get(answer.status_code, ()):
            continue
        assert answer.status_code == 200, f"{path}: {answer.text}"
        body = json.loads(answer.content)
        try:
            TypeAdapter(route.response_model).validate_json(answer.content)
            exact(route.response_model, body)
        except (ValidationError, Strays) as error:
            raise AssertionError(f"{path}: {error}") from error
        seen += 1
    assert seen


def test_every_reading_route_is_crawled(shared_world: Any) -> None:
    routes = routes_of(shared_world.app).items()
    gets = {name for name, route in routes if "GET" in (route.methods or ()) and route.response_model is not None}
    # What others send in is read by whoever may write, and is there only once somebody has sent something.
    assert gets - FOR_WRITERS == set(READS)


def test_the_search_by_body_answers_what_the_list_answers(shared_world: Any) -> None:
    asked = {"actor": ["iso3:USA"], "level": "state", "from": "2021-05", "limit": 3, "include": ["accounts"]}
    query = "actor=iso3:USA&level=state&from=2021-05&limit=3&include=accounts"
    sent = shared_world.client.post("/v1/contacts/search", json=asked).json()
    listed = shared_world.client.get(f"/v1/contacts?{query}").json()
    assert sent["items"] == listed["items"]
    further = shared_world.client.post("/v1/contacts/search", json={**asked, "cursor": sent["meta"]["next_cursor"]})
    assert further.json()["items"] == shared_world.client.get(listed["links"]["next"]).json()["items"]


def test_a_stray_field_would_be_found() -> None:
    class Inner(BaseModel):
        a: int

    class Outer(BaseModel):
        inner: list[Inner] | None

    for value in ({"inner": [{"a": 1, "b": 2}]}, {"inner": [{}]}, {}, {"inner": None, "more": 1}):
        with pytest.raises(Strays):
            exact(Outer, value)
