"""How the graph questions of the registry are asked over HTTP in tests."""

from typing import Any, get_origin
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

from graph.questions import Question
from graph.registry import QUESTIONS
from models.graph import GraphQuestion
from tests.api.conftest import World

ALL = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
ENDS = ("actor", "between", "counterpart", "participants", "source", "target", "rows", "columns")
"""How questions call the parameters that name actors."""
DAYS = ("2021-05-18", "2021-05-19", "2021-05-20")


def address(question: Question, **more: str | None) -> str:
    """Returns the example of a question with other parameters; None takes one away."""
    parts = urlsplit(question.example)
    query = {**dict(parse_qsl(parts.query)), **more}
    return f"{parts.path}?{urlencode({name: value for name, value in query.items() if value is not None})}"


def uncut(question: Question) -> str:
    """Returns the example without a limit, so that whatever is new is shown."""
    return address(question, limit=None)


def ask(world: World, path: str, status: int = 200, **headers: str) -> Any:
    """Returns the answer to a question, which has to have the status."""
    answer = world.client.get(path, headers=headers)
    assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text}"
    return answer


def members(answer: Any) -> Any:
    """Returns what an answer says, without its own address and the state it describes."""
    return {name: value for name, value in answer.json().items() if name not in ("links", "meta")}


def ends_of(world: World, question: Question) -> dict[str, list[str]]:
    """Returns the actors that the example names in its query, by parameter."""
    named = {}
    for name, value in parse_qsl(urlsplit(question.example).query):
        refs = value.split(",")
        known = (world.client.get(f"/v1/actors/{quote(ref, safe=':')}").status_code == 200 for ref in refs)
        if name not in GraphQuestion.model_fields and all(known):
            named[name] = refs
    return named


def parts_of(question: Question) -> dict[str, str]:
    """Returns the actors that the example names in its path, by their name there."""
    given = urlsplit(question.example).path.removeprefix("/v1").split("/")
    pairs = zip(question.path.split("/"), given, strict=True)
    return {name[1:-1]: part for name, part in pairs if name.startswith("{")}


def asked_by(question: Question) -> GraphQuestion:
    """Returns the query object of the example, without a limit."""
    fields = {field.alias or name: field for name, field in question.asked.model_fields.items()}
    given = parse_qsl(urlsplit(uncut(question)).query)
    lists = {name for name, field in fields.items() if get_origin(field.annotation) is list}
    return question.asked.model_validate({name: [value] if name in lists else value for name, value in given})


def record_calls(world: World, actors: list[str]) -> None:
    """Records three calls of these actors: with somebody new, with somebody else new, and with the first again."""
    new = []
    for name in ("First Newcomer", "Second Newcomer"):
        body = {"kind": "person", "name": name}
        new.append(world.client.post("/v1/actors", json=body, headers=world.writer).json()["id"])
    for day, newcomer in zip(DAYS, (*new, new[0]), strict=True):
        body = {
            "kind": "call",
            "when": day,
            "participants": [{"actor": actor} for actor in dict.fromkeys([*actors, newcomer])],
            "accounts": [{"source": "press-report-2021-05-12"}],
        }
        made = world.client.post("/v1/contacts", json=body, headers=world.writer)
        assert made.status_code == 201, made.text


def actors_of(world: World, question: Question) -> list[str]:
    """Returns the actors that an example names, or one whom every question would show."""
    named = [*parts_of(question).values(), *(ref for refs in ends_of(world, question).values() for ref in refs)]
    return named or ["joe-biden"]


def grow(module_world: World) -> World:
    """Returns a first world in which every example finds something, and a topic and an episode that hold nothing."""
    for question in QUESTIONS:
        record_calls(module_world, actors_of(module_world, question))
    empty = (("topics", {"slug": "trade-fairs", "label": "Fairs"}), ("episodes", {"slug": "quiet-month", "name": "Q"}))
    for noun, body in empty:
        made = module_world.client.post(f"/v1/{noun}", json=body, headers=module_world.writer)
        assert made.status_code == 201, made.text
    return module_world
