"""What holds for every graph question of the registry, asked over HTTP on the first world."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Thread
from typing import Any

from api.answers import today
from db.revisions import read_version
from graph.memory import Memory
from graph.questions import Asking, Budget, Found, Json, Question
from graph.registry import QUESTIONS
from models.graph import GraphQuestion
from tests.api.asking import (
    ALL,
    ENDS,
    actors_of,
    address,
    ask,
    asked_by,
    ends_of,
    members,
    parts_of,
    record_calls,
    uncut,
)
from tests.api.conftest import World
from tests.api.operations import operations
from tests.api.test_contract_shapes import exact

NOTHING = {
    "before the record begins": {"from": "1900", "to": "1901"},
    "certainly before the record begins": {"from": "1900", "to": "1901", "certain": "true"},
    "kind": {"kind": "summons"},
    "status": {"status": "declined,denied"},
    "topic": {"topic": "trade-fairs"},
    "episode": {"episode": "quiet-month"},
    "publisher": {"publisher": "hamas"},
    "acknowledged_by": {"acknowledged_by": "joe-biden"},
    "not_acknowledged_by": {"not_acknowledged_by": "joe-biden"},
    "min_sources": {"min_sources": "1000"},
    "part_of": {"part_of": "example:first-world/2"},
    "q": {"q": "xylophone"},
}
"""Filters that select no contact of the record."""
ACCEPTED = (
    *({"level": level} for level in ("actor", "office", "organisation", "state")),
    *({"status": status} for status in ("any", "planned", "confirmed,reported")),
    *({"kind": "call", "designated": answer} for answer in ("true", "false")),
    {"from": "2021-05-12", "to": "2021-05-20", "certain": "true"},
    {"from": "1900", "to": "1901", "open": "include"},
    {"topic": "military,allied-consultation", "episode": "gaza-may-2021", "min_sources": "2"},
    {"publisher": "white-house", "q": "spoke"},
    {"acknowledged_by": "united-states", "not_acknowledged_by": "israel,qatar"},
    {"part_of": "example:first-world/1"},
)
UNKNOWN = ("topic", "episode", "publisher", "acknowledged_by", "not_acknowledged_by", "part_of")


@ALL
def test_the_example_is_answered(shared_world: World, question: Question) -> None:
    answer = ask(shared_world, question.example)
    body = answer.json()
    question.answer.model_validate_json(answer.content)
    exact(question.answer, body)
    assert body["links"]["self"] == str(shared_world.client.base_url.join(question.example))
    status = shared_world.client.get("/v1/status", headers=shared_world.keys["admin"]).json()
    assert body["meta"]["graph_version"] == status["graph_version"]
    assert body["meta"]["unit"]
    assert body["meta"]["as_of"] == datetime.now(UTC).date().isoformat()
    assert bool(body["meta"].get("truncated")) == any(name in body["meta"] for name in ("limits", "left_out"))


@ALL
def test_the_contract_tells_the_question(contract: dict[str, Any], question: Question) -> None:
    [one] = [one for one in operations(contract) if one.name == question.name]
    assert (one.method, one.path) == ("GET", f"/v1{question.path}")
    assert one.spec["summary"] == question.summary
    assert len(one.spec["description"]) > 100
    told = {parameter["name"] for parameter in one.spec["parameters"]}
    assert {field.alias or name for name, field in GraphQuestion.model_fields.items()} <= told
    assert set(question.ends) <= told
    for parameter in one.spec["parameters"]:
        assert parameter.get("description") or parameter["schema"].get("description"), parameter["name"]


@ALL
def test_every_filter_is_effective(grown: World, question: Question) -> None:
    """What selects no contact changes the answer, whichever filter says it."""
    whole = members(ask(grown, question.example))
    for name, query in NOTHING.items():
        path = address(question, **query)
        answer = grown.client.get(path)
        assert answer.status_code in ((200, 404) if question.ends else (200,)), f"{path}: {answer.text}"
        assert answer.status_code == 404 or members(answer) != whole, name


@ALL
def test_every_filter_is_accepted(grown: World, question: Question) -> None:
    for query in ACCEPTED:
        path = address(question, **query)
        answer = grown.client.get(path)
        assert answer.status_code in ((200, 404) if question.ends else (200,)), f"{path}: {answer.text}"
        if answer.status_code == 200:
            question.answer.model_validate_json(answer.content)
            exact(question.answer, answer.json())


@ALL
def test_what_is_not_in_the_record_is_refused(shared_world: World, question: Question) -> None:
    for name in UNKNOWN:
        fault = ask(shared_world, address(question, **{name: "no-such-thing"}), 400).json()["errors"][0]
        assert fault["parameter"] == name
    fields = [name for name in ENDS if name in question.asked.model_fields]
    given = ends_of(shared_world, question)
    assert set(given) <= set(fields), "ENDS lacks a parameter that names actors"
    for name in fields:
        refs = ["joe-bidden", *given.get(name, ["joe-biden", "hamas"] if name == "between" else [])[1:]]
        fault = ask(shared_world, address(question, **{name: ",".join(refs)}), 400).json()["errors"][0]
        assert "Nearest: joe-biden" in fault["message"], fault
        assert fault["parameter"] in (name, "source"), fault
    for part in parts_of(question).values():
        problem = ask(shared_world, question.example.replace(part, "joe-bidden", 1), 404).json()
        assert "Nearest: joe-biden" in problem["detail"]


@ALL
def test_an_unknown_parameter_is_refused(shared_world: World, question: Question) -> None:
    fault = ask(shared_world, address(question, kinds="call"), 400).json()["errors"][0]
    assert fault["parameter"] == "kinds"
    assert "kind" in fault["message"].partition("Nearest: ")[2]


@ALL
def test_a_write_is_seen_by_every_answer_after_it(world: World, question: Question) -> None:
    path = uncut(question)
    before = ask(world, path)
    tag = before.headers["etag"]
    for method in ("GET", "HEAD"):
        again = world.client.request(method, path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    head = world.client.head(path)
    assert (head.status_code, head.content, head.headers["etag"]) == (200, b"", tag)
    assert head.headers["content-length"] == before.headers["content-length"]
    record_calls(world, actors_of(world, question))
    after = ask(world, path, **{"If-None-Match": tag})
    assert after.headers["etag"] != tag
    assert members(after) != members(before)
    assert after.json()["meta"]["graph_version"] > before.json()["meta"]["graph_version"]


@ALL
def test_an_answer_describes_one_state(world: World, question: Question) -> None:
    """Another session writes, and others ask about the later state, while the snapshot of a question is open."""
    memory, budget = Memory(), Budget(seconds=60)
    asked = asked_by(question)

    @contextmanager
    def asking() -> Iterator[Asking]:
        with world.database.snapshot_session() as session:
            yield Asking(session, read_version(session), today(), budget, memory, parts_of(question))

    with asking() as unseen:
        record_calls(world, actors_of(world, question))
        with asking() as later:
            assert later.version > unseen.version
            new = said(question.find(later, asked))
        old = said(question.find(unseen, asked))
    with asking() as again:
        assert said(question.find(again, asked)) == new
    assert old != new
    memory.close()


def said(found: Found) -> Any:
    """Returns what was found as JSON values."""
    plain = {name: json.loads(one) if isinstance(one, Json) else one for name, one in found.members.items()}
    return json.loads(json.dumps(plain))


def test_one_version_has_one_answer_while_others_write(world: World) -> None:
    seen: dict[tuple[str, int], Any] = {}
    writer = Thread(target=lambda: [record_calls(world, ["joe-biden", "iso3:ISR", "hamas"]) for _ in range(4)])
    writer.start()
    rounds = 0
    while writer.is_alive() or rounds < 2:
        rounds += 1
        for question in QUESTIONS:
            answer = ask(world, question.example)
            found = members(answer)
            assert seen.setdefault((question.name, answer.json()["meta"]["graph_version"]), found) == found
    writer.join()
    assert len({version for _, version in seen}) > 1
