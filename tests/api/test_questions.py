"""What holds for every graph question of the registry, asked over HTTP on the first world."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Thread
from typing import Any, get_origin
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg
import pytest

from api.answers import today
from db.revisions import read_version
from graph.memory import Memory
from graph.questions import Asking, Budget, Found, Json, Question
from graph.registry import QUESTIONS
from models.graph import GraphQuestion
from models.settings import Settings
from tests.api.conftest import World, serving
from tests.api.operations import operations
from tests.api.test_contract_shapes import exact
from tests.conftest import libpq

ALL = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
ENDS = ("actor", "between", "counterpart", "participants", "source", "target", "rows", "columns")
"""How questions call the parameters that name actors."""
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


@pytest.fixture(scope="module")
def grown(module_world: World) -> World:
    """A first world in which every example finds something, with a topic and an episode that nothing belongs to."""
    for question in QUESTIONS:
        record_calls(module_world, actors_of(module_world, question))
    empty = (("topics", {"slug": "trade-fairs", "label": "Fairs"}), ("episodes", {"slug": "quiet-month", "name": "Q"}))
    for noun, body in empty:
        made = module_world.client.post(f"/v1/{noun}", json=body, headers=module_world.writer)
        assert made.status_code == 201, made.text
    return module_world


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


def test_reads_need_a_key_where_they_are_not_public(cluster: Any, world_template: str) -> None:
    with (
        cluster.database(world_template) as name,
        serving(cluster, name, Settings(public_read=False)) as world,
    ):
        for question in QUESTIONS:
            ask(world, question.example, 401)
            ask(world, question.example, **world.keys["read"])


def test_a_small_budget_cuts_or_refuses(cluster: Any, grown: World) -> None:
    name = str(grown.database.engine.url.database)
    settings = Settings(graph_seconds=0.1, graph_nodes=10, graph_hops=1)
    with serving(cluster, name, settings) as world:
        for question in QUESTIONS:
            for more in ({}, {"level": "office"}, {"kind": "call,engagement,conversation"}):
                refused_or_whole(question, world.client.get(address(question, **more)))


def test_a_question_that_the_database_holds_up_is_refused(cluster: Any, world: World) -> None:
    """What it waits for here would come after the budget is used up."""
    name = str(world.database.engine.url.database)
    tables = "actor, contact, participant, incidence, edge, tie, tie_month, account"
    with (
        serving(cluster, name, Settings(graph_seconds=0.2)) as small,
        psycopg.connect(libpq(cluster.url(name))) as owner,
    ):
        for question in QUESTIONS:
            with owner.transaction():
                owner.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
                answer = small.client.get(question.example)
            assert answer.status_code == 503, f"{question.name}: {answer.text}"
            assert answer.json()["title"] == "Timed out", question.name
            ask(world, question.example)


def refused_or_whole(question: Question, answer: Any) -> None:
    """Checks that an answer is a proper one, or a refusal for want of time."""
    if answer.status_code == 503:
        assert answer.json()["title"] == "Timed out", question.name
        assert int(answer.headers["retry-after"]) > 0
    else:
        assert answer.status_code == 200, f"{question.name}: {answer.text}"
        exact(question.answer, answer.json())
