"""Whoever generates a client finds each vocabulary as one type, and every field told."""

from collections import Counter
from typing import Any, Literal, get_args, get_origin

from models import vocabulary
from tests.api.operations import operations


def enums(value: Any) -> list[tuple[str, ...]]:
    """Returns every list of words that stands in a value."""
    if isinstance(value, list):
        return [found for inner in value for found in enums(inner)]
    if not isinstance(value, dict):
        return []
    own = [tuple(value["enum"])] if isinstance(value.get("enum"), list) else []
    # A generator makes no type of the names that a map may have.
    return own + [found for name, inner in value.items() if name != "propertyNames" for found in enums(inner)]


def test_each_vocabulary_is_one_type(contract: dict[str, Any]) -> None:
    parts = {name: contract[name] for name in ("paths", "components")}
    assert {words: n for words, n in Counter(enums(parts)).items() if n > 1} == {}
    # What is one word only is written as a constant.
    named = {n for n, one in vars(vocabulary).items() if get_origin(one) is Literal and len(get_args(one)) > 1}
    assert named == set(vocabulary.VOCABULARIES) <= set(contract["components"]["schemas"])
    kinds = next(one.spec for one in operations(contract) if one.name == "list_contacts")["parameters"]
    kind = next(one["schema"] for one in kinds if one["name"] == "kind")
    assert kind["items"] == {"$ref": "#/components/schemas/ContactKind"}


def test_every_shape_and_field_is_told(contract: dict[str, Any]) -> None:
    untold = []
    for name, shape in contract["components"]["schemas"].items():
        fields = {f"{name}.{field}": told for field, told in shape.get("properties", {}).items()}
        untold += [place for place, told in {name: shape, **fields}.items() if not told.get("description")]
    assert untold == []


def test_a_place_in_an_address_is_named_after_its_noun(contract: dict[str, Any]) -> None:
    plurals = {"ties": ("ego", "alter"), "grafana": ("variable",)}
    for path in contract["paths"]:
        parts = path.removeprefix("/v1/").split("/")
        nouns = plurals.get(parts[0], tuple(part.removesuffix("s") for part in parts[::2]))
        for place in (part for part in parts if part.startswith("{")):
            assert place[1:-1] in nouns, path
    assert contract["info"]["license"]["identifier"] == "Apache-2.0"
    assert {one.spec["summary"] for one in operations(contract)} >= {"Get an actor", "Retract a source"}


def test_the_links_lead_to_every_list(contract: dict[str, Any], shared_world: Any) -> None:
    answers = {path: shared_world.client.get(path) for path in ("/", "/v1")}
    assert answers["/"].json() == answers["/v1"].json()
    links = answers["/v1"].json()["links"].values()
    assert [link for link in links if shared_world.client.get(link).status_code != 200] == []
    lists = {one.path for one in operations(contract) if one.name.startswith("list_") and "{" not in one.path}
    # What stands there again as rows for a tool is found in the docs of that tool.
    lists = {path for path in lists if not path.startswith("/v1/grafana/")}
    # Some say nothing without a question.
    lists = {path for path in lists if shared_world.client.get(path).status_code == 200}
    assert {"/v1/contacts", "/v1/ties", "/v1/topics"} <= lists <= set(links)
