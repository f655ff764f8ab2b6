"""Promise 26: what a client writes is text; no parameter lets it be SQL, a text query or a pattern."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from db.names import FOUND_SCORE
from models.names import fold
from tests.api.hostile import spread
from tests.api.operations import Operation, Stage, operations
from tests.api.payloads import LEAKS, PAYLOADS

pytestmark = pytest.mark.door

WHOLLY = {"list_contacts", "search_actors", "list_designations"}
"""Between them they take every kind of parameter; other operations take the same and are asked a part in the quick run,
each another part."""
SHARE = 12
CANARIES = PAYLOADS[::4]
"""Payloads that are the words of a contact as well as an actor's name."""
AMOUNTS = [pytest.param(SHARE, id="some"), pytest.param(len(PAYLOADS), id="all", marks=pytest.mark.long)]


def is_reference(parameter: dict[str, Any]) -> bool:
    """Whether a parameter refers to a record."""
    schema = parameter["schema"]
    text = [one for one in [schema, schema.get("items", {}), *schema.get("anyOf", ())] if "maxLength" in one]
    return bool(text) and text[0]["maxLength"] == 300 and parameter["name"] != "q"


def named(answer: Any) -> set[str]:
    """Returns the parameters that a refusal names."""
    return {one["parameter"] for one in answer.json()["errors"] if "parameter" in one}


def check_refused(answer: Any, payload: str, said: str) -> None:
    """Checks that an answer is a refusal in a sentence, and neither repeats what was sent nor speaks SQL."""
    assert answer.status_code == 400, f"{said}: {answer.status_code} {answer.text}"
    problem = answer.json()
    assert problem["title"] == "Invalid query", said
    assert all(one["message"].endswith(".") for one in problem["errors"]), f"{said}: {answer.text}"
    check_silent(answer, said)
    assert len(payload) < 8 or payload not in f"{problem['detail']} {problem['errors']}", said


def check_silent(answer: Any, said: str) -> None:
    """Checks that an answer holds nothing of the machinery."""
    # The address of a page repeats the question, encoded.
    told = answer.text.replace(f'"{answer.url}"', "").lower()
    assert not [leak for leak in LEAKS if leak in told], f"{said}: {answer.text}"


class Asked:
    """One operation, its parameters by what they take, and how it is asked."""

    def __init__(self, operation: Operation, stage: Stage) -> None:
        self.operation, self.stage = operation, stage
        self.path = stage.path(operation)
        query = [one for one in operation.spec.get("parameters", ()) if one["in"] == "query"]
        names = {one["name"] for one in query}
        self.references = {one["name"] for one in query if is_reference(one)} - {"between"}
        # Of cursors the form is known only to who reads them: asked one by one.
        self.alone = names & {"between", "cursor", "since"}
        self.words = names & {"q", "list"}
        self.typed = names - self.references - self.alone - self.words

    def get(self, payload: str, names: set[str]) -> Any:
        """Sends one payload in all of these parameters."""
        params = {**self.operation.needed, **dict.fromkeys(names, payload)}
        if "between" in names:
            params["between"] = [payload, "joe-biden"]
        return self.stage.world.client.get(self.path, params=params, headers=self.stage.headers)


def asked_of(contract: dict[str, Any], stage: Stage) -> Iterator[Asked]:
    """Returns every reading operation that takes parameters."""
    for operation in operations(contract):
        if operation.method == "GET" and any(one["in"] == "query" for one in operation.spec.get("parameters", ())):
            yield Asked(operation, stage)


@pytest.mark.parametrize("most", AMOUNTS)
@pytest.mark.timeout(3600)
def test_no_parameter_takes_a_payload_for_more_than_text(world: Any, contract: dict[str, Any], most: int) -> None:
    sent, parameters = 0, 0
    for asked in asked_of(contract, Stage(world)):
        name = asked.operation.name
        parameters += len(asked.typed | asked.references | asked.alone | asked.words)
        for payload in spread(list(PAYLOADS), name, len(PAYLOADS) if name in WHOLLY else most):
            said = f"{name} {payload}"
            for names in filter(None, (asked.typed, asked.references)):
                answer = asked.get(payload, names)
                check_refused(answer, payload, said)
                # What is drawn from ties looks first for its actors, or at a rule on several parameters at once.
                if names is asked.references and name not in WHOLLY:
                    assert set() < named(answer) <= names | {"query"}, said
                else:
                    assert named(answer) == names, said
                sent += 1
            for one in asked.alone:
                check_refused(asked.get(payload, {one}), payload, said)
                sent += 1
            for one in asked.words:
                answer = asked.get(payload, {one})
                assert answer.status_code in ({200, 404} if name == "get_tie" else {200}), f"{said}: {answer.text}"
                check_silent(answer, said)
                assert one != "list" or answer.json()["items"] == [], said
                sent += 1
    print(f"\n{len(PAYLOADS)} payloads, {parameters} parameters, {sent} requests")
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 200
    assert parameters >= 80


@pytest.mark.parametrize("path", ["/v1/actors/{}", "/v1/contacts/{}", "/v1/sources/{}", "/v1/topics/{}", "/v1/keys/{}"])
def test_no_address_takes_a_payload_for_more_than_text(shared_world: Any, path: str) -> None:
    for payload in PAYLOADS:
        address = path.format(quote(payload, safe=""))
        answer = shared_world.client.get(address, headers=shared_world.keys["admin"])
        assert answer.status_code in (400, 404), f"{address}: {answer.status_code} {answer.text}"
        check_silent(answer, address)


@pytest.fixture(scope="module")
def canaries(module_world: Any) -> dict[str, str]:
    """Ids of actors whose names, identifiers and lists are the payloads; some are met in contacts of such words."""
    client, headers, made = module_world.client, module_world.writer, {}
    for payload in PAYLOADS:
        body = {"kind": "person", "name": payload, "identifiers": [{"scheme": "canary", "value": payload}]}
        answer = client.post("/v1/actors", json=body, headers=headers)
        assert answer.status_code == 201, f"{payload}: {answer.text}"
        made[payload] = answer.json()["id"]
        listed = {"list": payload, "authority": "Authority"}
        path = f"/v1/actors/{made[payload]}/designations"
        assert client.post(path, json=listed, headers=headers).status_code == 201
    contacts = [
        {
            "kind": "call",
            "summary": payload,
            "participants": [{"actor": made[payload]}, {"actor": "hamas"}],
            "accounts": [{"source": "press-report-2021-05-12"}],
        }
        for payload in CANARIES
    ]
    assert client.post("/v1/contacts/batch", json={"contacts": contacts}, headers=headers).status_code == 201
    return made


def summaries(answer: Any) -> set[str]:
    """Returns the summaries on a page of contacts."""
    assert answer.status_code == 200, answer.text
    return {one["summary"] for one in answer.json()["items"]}


def ids(answer: Any) -> set[str]:
    """Returns the ids on a page of actors, or of the actors whose designations a page holds."""
    assert answer.status_code == 200, answer.text
    return {one["actor"]["id"] if "actor" in one else one["id"] for one in answer.json()["items"]}


def test_a_payload_means_the_actor_that_bears_it_and_nobody_else(module_world: Any, canaries: dict[str, str]) -> None:
    client = module_world.client
    for payload, own in canaries.items():
        reference = f"canary:{payload}"
        # The test client decodes an address twice, the service only one without a slash.
        twice = reference if "/" in reference else reference.replace("%", "%25")
        found = client.get(f"/v1/actors/{quote(twice, safe='')}")
        assert (found.status_code, found.json().get("id")) == (200, own), payload
        assert found.json()["name"] == payload
        assert ids(client.get("/v1/designations", params={"list": payload})) == {own}, payload
        assert ids(client.get("/v1/designations", params={"actor": reference})) == {own}, payload
        if "," not in payload:
            met = {payload} if payload in CANARIES else set()
            assert summaries(client.get("/v1/contacts", params={"actor": reference})) == met, payload
            joined = client.get("/v1/contacts", params={"between": f"hamas,{reference}"})
            assert summaries(joined) == met, payload
        assert client.get("/v1/contacts", params={"actor": payload}).status_code == 400, payload


def texts_of(value: Any) -> set[str]:
    """Returns every text that stands anywhere in an answer."""
    if isinstance(value, str):
        return {value}
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return set[str]().union(*map(texts_of, inner))


def words_of(contact: dict[str, Any], names: dict[str, set[str]]) -> set[str]:
    """Returns every word of a contact as it is answered, and of all names of the actors in it."""
    own = texts_of(contact)
    return {word for one in own.union(*(names.get(one, set()) for one in own)) for word in fold(one).split()}


def holds(held: set[str], words: list[str]) -> bool:
    """Whether every word is held: as it stands, in two halves, or joined with the one before or after it."""
    for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False):
        halves = any({word[:n], word[n:]} <= held for n in range(1, len(word)))
        if not (halves or held & {word, before + word, word + after}):
            return False
    return bool(words)


def test_words_are_only_words(module_world: Any, canaries: dict[str, str]) -> None:
    """A question in words finds what holds them all, every word as it stands; signs find nothing and join nothing."""
    ask, hits = module_world.client.get, 0
    everything = "/v1/contacts?status=any&limit=1000&include=accounts"
    actors = ask("/v1/actors?limit=1000").json()["items"]
    names = {actor["id"]: texts_of([actor["name"], actor["names"]]) for actor in actors}
    contacts = ask(everything).json()["items"]
    held = {one["id"]: words_of(one, names) for one in contacts}
    by_summary = {one["summary"]: one["id"] for one in contacts}
    for payload in PAYLOADS:
        words = fold(payload).split()
        answer = ask(everything, params={"q": payload})
        found = {one["id"] for one in answer.json()["items"]}
        assert all(holds(held[one], words) for one in found), f"{payload}: {answer.text[:500]}"
        assert payload not in CANARIES or not words or by_summary[payload] in found, payload
        plain = ask(everything, params={"q": " ".join(words) or "&"})
        assert {one["id"] for one in plain.json()["items"]} == found, payload
        hits += len(found)
    assert hits > len(CANARIES)


def test_a_search_by_name_knows_no_wildcards(module_world: Any, canaries: dict[str, str]) -> None:
    for payload, own in canaries.items():
        answer = module_world.client.get("/v1/actors/search", params={"q": payload, "limit": 100})
        matches = {one["id"]: one for one in answer.json()["items"]}
        assert bool(fold(payload)) == bool(matches), payload
        if matches:
            assert matches[own]["score"] == 100, f"{payload}: {answer.text}"
            assert min(one["score"] for one in matches.values()) >= FOUND_SCORE
            plain = module_world.client.get("/v1/actors/search", params={"q": fold(payload), "limit": 100})
            assert plain.json()["items"] == answer.json()["items"], payload
