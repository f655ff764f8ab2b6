"""A read in one piece, found by the directory, is answered as the framework alone would answer it."""

import re
from collections.abc import Iterator
from copy import copy
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi.routing import APIRoute, request_response
from starlette.routing import Match
from starlette.testclient import TestClient

from api import reading
from api.app import create_app
from graph.registry import QUESTIONS
from models.settings import Settings
from tests.api.conftest import World
from tests.api.examples import PATHS
from tests.api.operations import Operation, Stage, operations

pytestmark = pytest.mark.door

WHOLLY = {"list_contacts", "list_counterparts", "get_tie", "list_paths", "get_matrix"}
"""Between them they take every kind of parameter."""
OF_THE_REQUEST = {"x-request-id", "date"}
ALIVE = {"get_metrics", "get_readyz", "get_status"}
"""Answers that say how the service itself is."""


@pytest.fixture(scope="module")
def plain(module_world: World) -> Iterator[TestClient]:
    """A client of the same service without readings and without directory."""
    app = create_app(Settings(), module_world.database)
    # Copies: the routes themselves belong to every app of the process.
    app.router.routes[:] = [copy(route) for route in app.router.routes[1:]]
    kept = dict(reading.READINGS)
    reading.READINGS.clear()
    try:
        for route in app.router.routes:
            if isinstance(route, APIRoute):
                route.app = request_response(route.get_route_handler())
    finally:
        reading.READINGS.update(kept)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def queries(operation: Operation) -> Iterator[list[tuple[str, Any]]]:
    """Returns what is asked of an operation: by its example, too little, too much, twice."""
    known = [one for one in operation.spec.get("parameters", ()) if one["in"] == "query"]
    needed = [(name, _sent(value)) for name, value in operation.needed.items()]
    yield needed
    yield [(one["name"], "") for one in known]
    yield [*needed, ("nonsense", "1")]
    if any(one["name"] == "limit" for one in known):
        yield [*needed, ("limit", "3"), ("limit", "1")]
        yield [*needed, ("limit", "0")]
    for one in known if operation.name in WHOLLY else ():
        example = [(one["name"], _sent(one["example"]))]
        rest = [pair for pair in needed if pair[0] != one["name"]]
        yield [*rest, *example]
        yield [*rest, *example, (one["name"], "1"), *example]


def _sent(value: Any) -> Any:
    return ",".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else value


def told(answer: Any) -> tuple[int, dict[str, str], str]:
    """Returns an answer without what is another in every request."""
    own_id = answer.headers["x-request-id"]
    headers = {name: value for name, value in answer.headers.items() if name not in OF_THE_REQUEST}
    return answer.status_code, headers, answer.text.replace(own_id, "")


def test_every_read_is_answered_as_the_framework_answers_it(
    module_world: World, plain: TestClient, contract: dict[str, Any]
) -> None:
    stage, statuses = Stage(module_world), []
    for operation in operations(contract):
        if operation.method != "GET" or operation.name in ALIVE:
            continue
        path = (PATHS.get(operation.name) or stage.path(operation)).partition("?")[0]
        for query in queries(operation):
            address = f"{path}?{urlencode(query)}"
            own, theirs = (client.get(address, headers=stage.headers) for client in (module_world.client, plain))
            assert told(own) == told(theirs), f"{operation.name} {address}"
            statuses.append(own.status_code)
        known = {
            **stage.headers,
            "If-None-Match": told(module_world.client.get(path, headers=stage.headers))[1].get("etag", "*"),
        }
        for headers in (known, {"Authorization": "Bearer ro_wrong"}):
            own, theirs = (client.get(path, headers=headers) for client in (module_world.client, plain))
            assert told(own) == told(theirs), f"{operation.name} {headers}"
            statuses.append(own.status_code)
    print(f"\n{len(statuses)} reads", {status: statuses.count(status) for status in set(statuses)})
    assert {200, 304, 400, 401} <= set(statuses)


def test_what_reads_the_record_goes_in_one_piece(module_world: World) -> None:
    framework: Any = object()
    known = {
        route.operation_id
        for route in module_world.app.router.routes
        if isinstance(route, APIRoute) and reading.in_one_piece(route.dependant, framework) is not framework
    }
    assert known >= {*WHOLLY, "list_edges", "get_actor", "get_contact", "list_sources"}
    assert known >= {question.name for question in QUESTIONS}


def test_the_directory_leads_where_the_framework_would(module_world: World, contract: dict[str, Any]) -> None:
    directory, *routes = module_world.app.router.routes
    left = set()
    for operation in operations(contract):
        # A word that every part of a path takes: references, and formats.
        scope = {"type": "http", "method": operation.method, "path": re.sub(r"{\w+}", "csv", operation.path)}
        first = next(found for one in routes if (found := one.matches(scope))[0] is Match.FULL)
        match, found = directory.matches(scope)
        if match is Match.NONE:
            left.add(operation.name)
        else:
            assert match is Match.FULL
            assert found["route"] is first[1]["route"], operation.path
    assert left == {"get_metrics", *(name for name in left if name.startswith("export_"))}
