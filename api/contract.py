"""The contract as generators like it: problems under their own media type, an example for everything.

The examples are answers of the first world, written by `make contract` into `api/examples.json`.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final

from fastapi import FastAPI

from api.error_kinds import PROBLEM_TYPE
from models.settings import Settings
from models.vocabulary import VOCABULARIES, words

PROBLEM: Final = {"$ref": "#/components/schemas/Problem"}
PROBLEM_EXAMPLE: Final = {
    "type": "/docs/errors#timed-out",
    "title": "Timed out",
    "status": 503,
    "detail": "The question took longer than this service allows; narrow it with more filters.",
    "instance": "urn:request:5f3c9d2e7a10b4c8",
    "errors": [],
}
"""What every operation may answer."""
EXAMPLES: Final = "examples.json"
NAME_OF: Final = {words(vocabulary): name for name, (vocabulary, _) in VOCABULARIES.items()}


def install(app: FastAPI) -> None:
    """Completes the contract that the framework makes of the routes."""
    make_openapi = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            settings: Settings | None = getattr(app.state, "settings", None)
            app.openapi_schema = completed(make_openapi(), public=settings is not None and settings.reads_are_public)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def completed(contract: dict[str, Any], *, public: bool) -> dict[str, Any]:
    """Returns the contract with problems and examples, and without titles that only repeat names.

    Args:
        contract: as the framework makes it.
        public: whether reads need no key here; a client need not ask for one then.
    """
    for operation in operations(contract):
        if operation.pop("x-reads", False) and public and "security" in operation:
            operation["security"].append({})
        if operation.pop("x-empty-is-absent", False):
            allow_empty(operation["parameters"])
        kept = examples().get(operation["operationId"], {})
        for parameter in operation.get("parameters", ()):
            parameter.setdefault("example", example_of(parameter["schema"]))
        for status, response in operation["responses"].items():
            content = response.get("content", {})
            if any(media.get("schema") == PROBLEM for media in content.values()):
                response["content"] = {PROBLEM_TYPE: {"schema": PROBLEM, "example": PROBLEM_EXAMPLE}}
            elif "response" in kept and status.startswith("2"):
                for media in content.values():
                    media.setdefault("example", kept["response"])
        if "request" in kept:
            for media in operation["requestBody"]["content"].values():
                media["example"] = kept["request"]
    shapes = contract.get("components", {}).get("schemas", {})
    for shape in shapes.values():
        for field in shape.get("properties", {}).values():
            field.pop("title", None)
    if "JsonValue" in shapes:
        shapes["JsonValue"].setdefault("description", "Any value of JSON, null included.")
    name_vocabularies(contract)
    for name, (vocabulary, said) in VOCABULARIES.items():
        shapes[name] = {"type": "string", "enum": list(words(vocabulary)), "description": said}
    return contract


def allow_empty(parameters: list[dict[str, Any]]) -> None:
    """Says of parameters in a query that, without a value, they count as absent."""
    for parameter in parameters:
        if parameter["in"] == "query" and not parameter.get("required", False):
            parameter["allowEmptyValue"] = True
            schema = parameter["schema"]
            for one in (schema, schema.get("items", {}), *schema.get("anyOf", ())):
                one.pop("minLength", None)


def name_vocabularies(value: Any) -> None:
    """Puts a reference wherever a vocabulary is written out, so that a generator makes one type of it."""
    if isinstance(value, dict):
        name = NAME_OF.get(tuple(value["enum"])) if value.get("type") == "string" and "enum" in value else None
        if name is not None:
            del value["type"], value["enum"]
            value["$ref"] = f"#/components/schemas/{name}"
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        name_vocabularies(inner)


def operations(contract: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Returns every operation of a contract."""
    for methods in contract.get("paths", {}).values():
        yield from methods.values()


def example_of(schema: dict[str, Any]) -> Any:
    """Returns an example of a parameter: its first, else its default, else the first that it may be."""
    schema.pop("title", None)
    if "examples" in schema:
        return schema.pop("examples")[0]
    return schema.get("default", next(iter(schema.get("enum", ())), None))


@cache
def examples() -> dict[str, Any]:
    """Returns the examples by operation: a body where it takes one, and its answer."""
    kept: dict[str, Any] = json.loads(files("api").joinpath(EXAMPLES).read_text(encoding="utf-8"))
    return kept
