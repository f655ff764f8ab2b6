"""The contract pleases generators and readers, is the one that was reviewed, and its examples are real answers."""

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from pydantic import TypeAdapter

from api.error_kinds import BY_ERROR
from api.errors import Problem
from models.errors import TimedOut
from tests.api.examples import EXAMPLES, SNAPSHOT, asked, laid_out, plain
from tests.api.operations import Stage, operations
from tests.api.test_contract_shapes import exact, routes_of

pytestmark = pytest.mark.door

REWRITE = "UPDATE_CONTRACT"
HINT = "The contract has changed: if that is meant, run `make contract` and look at what differs."


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Returns every object inside a value."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner)


def kept_or_rewritten(path: Any, text: str) -> str:
    """Returns what a file holds; with UPDATE_CONTRACT in the environment it is written first."""
    if os.environ.get(REWRITE):
        path.write_text(text, encoding="utf-8")
    return str(path.read_text(encoding="utf-8"))


def test_examples_are_answers_of_the_first_world(world: Any, contract: dict[str, Any]) -> None:
    text = laid_out(asked(Stage(world), contract), 4) + "\n"
    assert kept_or_rewritten(EXAMPLES, text) == text, HINT


def test_the_contract_is_the_one_that_was_reviewed(contract: dict[str, Any]) -> None:
    text = laid_out(plain(contract), 5) + "\n"
    assert kept_or_rewritten(SNAPSHOT, text) == text, HINT


def test_the_contract_is_openapi(contract: dict[str, Any]) -> None:
    assert contract["openapi"].startswith("3.1.")
    schemathesis.openapi.from_dict(contract).validate()
    assert contract["servers"] == [{"url": "/"}]


def test_names_of_operations_and_shapes(contract: dict[str, Any]) -> None:
    names = Counter(one.name for one in operations(contract))
    assert set(names.values()) == {1}
    for name in names:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", name), name
    for name in contract["components"]["schemas"]:
        assert re.fullmatch(r"[A-Z][A-Za-z]+", name), name
        assert not name.endswith(("Input", "Output")), name
    assert {f"{noun}Page" for noun in ("Contact", "Actor", "Edge", "Tie")} <= set(contract["components"]["schemas"])


def test_every_operation_is_told(contract: dict[str, Any]) -> None:
    tags = {tag["name"]: tag.get("description") for tag in contract["tags"]}
    assert all(tags.values())
    for one in operations(contract):
        ((media, problem),) = one.spec["responses"]["default"]["content"].items()
        assert (media, problem["schema"]) == ("application/problem+json", {"$ref": "#/components/schemas/Problem"})
        Problem.model_validate(problem["example"], extra="forbid")
        assert problem["example"]["status"] == BY_ERROR[TimedOut].status
        assert problem["example"]["type"] == BY_ERROR[TimedOut].type
        assert one.spec["summary"], one.name
        assert one.spec["description"], one.name
        assert set(one.spec["tags"]) <= set(tags), one.name
        assert len(one.spec["tags"]) == 1, one.name


def test_every_parameter_is_told_and_shown(contract: dict[str, Any]) -> None:
    for one in operations(contract):
        for parameter in one.spec.get("parameters", ()):
            said = f"{one.name} {parameter['name']}"
            assert parameter.get("description") or parameter["schema"].get("description"), said
            assert parameter.get("example") is not None, said
        places = Counter(parameter["name"] for parameter in one.spec.get("parameters", ()))
        assert set(places.values()) <= {1}, one.name


def test_every_body_and_answer_is_shown(contract: dict[str, Any], shared_world: Any) -> None:
    routes = routes_of(shared_world.app)
    for one in operations(contract):
        bodies = [one.spec.get("requestBody", {})]
        bodies += [answer for status, answer in one.spec["responses"].items() if status.startswith("2")]
        for body in bodies:
            for kind, media in body.get("content", {}).items():
                assert kind == "text/plain" or "example" in media, one.name
        answers = [body.get("content", {}).get("application/json") for body in bodies[1:]]
        for answer in filter(None, answers):
            model = routes[one.name].response_model
            TypeAdapter(model).validate_python(answer["example"])
            exact(model, answer["example"])


@pytest.mark.parametrize("part", ["paths", "components"])
def test_nothing_is_a_bare_object(contract: dict[str, Any], part: str) -> None:
    told = {"properties", "additionalProperties", "$ref", "anyOf", "oneOf"}
    for schema in walk(plain(contract)[part]):
        if schema.get("type") == "object":
            assert told & set(schema), schema
            assert schema.get("additionalProperties") is not True, schema


def test_bodies_refuse_what_they_do_not_know(contract: dict[str, Any]) -> None:
    schemas = contract["components"]["schemas"]
    for name, schema in schemas.items():
        if name.endswith(("In", "Patch", "List", "Rotation", "Batch")):
            assert schema.get("additionalProperties") is False, name


def test_the_kept_examples_are_all_used(contract: dict[str, Any]) -> None:
    kept = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    assert set(kept) == {one.name for one in operations(contract)}
