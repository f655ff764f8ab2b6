"""Promise 24: hostile values neither break an answer nor poison the record."""

import json
import random
from typing import Any
from urllib.parse import quote_from_bytes

import pytest

from models.actors import ActorPage
from models.affiliations import AffiliationPage
from models.contacts import ContactOut, ContactPage
from models.coverage import CoveragePage
from models.designations import DesignationPage
from models.dismissals import DismissalPage
from models.edges import EdgePage, TiePage
from models.episodes import EpisodePage
from models.keys import KeyPage
from models.sources import SourcePage
from models.topics import TopicPage
from tests.api.bodies import BODIES, pointers, replaced
from tests.api.hostile import JSON_VALUES, LONG, TEXTS, spread
from tests.api.operations import Operation, Stage, operations

pytestmark = pytest.mark.door

HERE = "\x00here\x00"
QUICK = 7
"""Values for each place in the quick run; begun elsewhere at each place, so that together they are all tried."""
URL_MAX = 20_000
HEADERS = ("Idempotency-Key", "Readout-Reason", "If-Match", "If-None-Match", "Prefer", "Accept", "X-Request-ID")
INCLUDES = "include=accounts,commitments,identifiers,parts,follows"
LISTS = {
    "/v1/actors": ActorPage,
    "/v1/sources": SourcePage,
    "/v1/topics": TopicPage,
    "/v1/episodes": EpisodePage,
    "/v1/affiliations": AffiliationPage,
    "/v1/designations": DesignationPage,
    "/v1/coverage": CoveragePage,
    "/v1/dismissals": DismissalPage,
    "/v1/keys": KeyPage,
    f"/v1/contacts?status=any&{INCLUDES}": ContactPage,
    **{f"/v1/edges?status=any&level={level}": EdgePage for level in ("actor", "office", "organisation", "state")},
    **{f"/v1/actors/iso3:USA/counterparts?level={level}": TiePage for level in ("actor", "organisation", "state")},
}
LONG_RUN = 100
"""The same for the long run: some 37,000 bodies."""
AMOUNTS = [pytest.param(QUICK, id="some"), pytest.param(LONG_RUN, id="many", marks=pytest.mark.long)]


def check(answer: Any, said: str) -> None:
    """Refuses an answer that is a fault of ours, or no problem where it should be one."""
    assert answer.status_code < 500, f"{said}: {answer.text}"
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", said
        assert set(answer.json()) >= {"type", "title", "status", "detail", "instance", "errors"}, said
        assert len(answer.content) < LONG / 2, said


def read_everything(stage: Stage) -> int:
    """Reads every record through every list, page by page, and through its own address; returns how many."""
    read = 0
    for address, model in LISTS.items():
        following = f"{address}{'&' if '?' in address else '?'}limit=500"
        while following:
            answer = stage.world.client.get(following, headers=stage.headers)
            assert answer.status_code == 200, f"{following}: {answer.text}"
            page: Any = model.model_validate_json(answer.content)
            read += len(page.items)
            following = page.links.next
    return read


def written(operation: Operation, at: tuple[Any, ...], token: str, stage: Stage) -> bytes:
    """Returns a full body with a hostile value at one place."""
    body = replaced(stage.body(operation), at, HERE)
    return json.dumps(body).replace(json.dumps(HERE), token).encode()


def reread(stage: Stage, answer: Any, path: str) -> None:
    """Reads what was just accepted."""
    made = answer.json() if answer.content else {}
    ids = made.get("ids") or [made["id"]] if made else []
    for one in ids:
        kind = {"con": "contacts", "act": "actors", "src": "sources", "top": "topics", "epi": "episodes"}
        kind |= {
            "aff": "affiliations",
            "dsg": "designations",
            "cov": "coverage",
            "dms": "dismissals",
            "key": "keys",
            "com": "commitments",
        }
        address = f"/v1/{kind[one[:3]]}/{one}" + (f"?{INCLUDES}" if one.startswith("con") else "")
        again = stage.world.client.get(address, headers=stage.headers)
        assert again.status_code == 200, f"{path} made {address}, which is {again.text}"
        if one.startswith("con"):
            ContactOut.model_validate_json(again.content)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("most", AMOUNTS)
def test_no_field_of_a_body_breaks_or_poisons(world: Any, contract: dict[str, Any], most: int) -> None:
    stage, sent, accepted = Stage(world), 0, 0
    for operation in operations(contract):
        if operation.name not in BODIES:
            continue
        path = stage.path(operation)
        for at in pointers(BODIES[operation.name]):
            if operation.writes and operation.method == "POST" and "{" in operation.path and sent % 200 == 0:
                path = stage.path(operation)
            for token in spread(JSON_VALUES, f"{operation.name}{at}", most):
                media = next(iter(operation.spec["requestBody"]["content"]))
                headers = {**stage.headers, "Content-Type": media, "If-Match": "*"}
                content = written(operation, at, token, stage)
                answer = world.client.request(operation.method, path, content=content, headers=headers)
                said = f"{operation.name} {at} {token[:80]}"
                check(answer, said)
                sent += 1
                if answer.status_code < 300 and operation.writes:
                    accepted += 1
                    reread(stage, answer, said)
    print(f"\n{sent} hostile bodies, {accepted} accepted and read again, {read_everything(stage)} records readable")
    assert accepted > 100


def bytes_of(value: str) -> bytes:
    """Returns a text as bytes; half a surrogate pair too, as nobody should send it."""
    return value.encode("utf-8", "surrogatepass")


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("most", AMOUNTS)
def test_no_parameter_breaks(world: Any, contract: dict[str, Any], most: int) -> None:
    stage = Stage(world)
    values = [quote_from_bytes(bytes_of(value), safe="")[:URL_MAX] for value in TEXTS]
    values += ["%ff", "%ed%a0%80", "%c0%af", "%", "%zz", "%00", "+", "%F0%9F", "a%00b", "1e400", "NaN", "-1", "9" * 400]
    for operation in operations(contract):
        if operation.method != "GET":
            continue
        known = stage.path(operation)
        for parameter in operation.spec.get("parameters", ()):
            for value in spread(values, f"{operation.name}{parameter['name']}", most):
                if parameter["in"] == "query":
                    need = "" if operation.name != "search_actors" or parameter["name"] == "q" else "q=a&"
                    path = f"{known}?{need}{parameter['name']}={value}"
                else:
                    path = operation.path.replace(f"{{{parameter['name']}}}", value)
                    path = path.replace("{ego}", "joe-biden").replace("{alter}", "joe-biden")
                check(world.client.get(path, headers=stage.headers), path[:200])


@pytest.mark.parametrize("most", AMOUNTS)
def test_no_header_breaks(world: Any, contract: dict[str, Any], most: int) -> None:
    stage = Stage(world)
    wanted = {one.name: one for one in operations(contract)}
    for name in HEADERS:
        for value in spread([text for text in TEXTS if not set(text) & set("\r\n\0")], name, most * 2):
            raw = bytes_of(value[:5_000])
            for operation in (wanted["list_contacts"], wanted["create_topic"], wanted["patch_topic"]):
                headers = [(key.encode(), one.encode()) for key, one in stage.headers.items() if key != name]
                answer = stage.send(operation, headers=[*headers, (name.encode(), raw)])
                check(answer, f"{operation.name} {name}: {value[:60]!r}")
    read_everything(stage)


def test_random_bytes_are_no_body(world: Any, contract: dict[str, Any]) -> None:
    seed = 20210512
    print(f"\nseed {seed}")
    chance, stage = random.Random(seed), Stage(world)
    for operation in operations(contract):
        if operation.name in BODIES:
            path, media = stage.path(operation), next(iter(operation.spec["requestBody"]["content"]))
            whole = json.dumps(stage.body(operation)).encode()
            for _ in range(10):
                cut, at = bytearray(whole), chance.randrange(len(whole))
                cut[at : at + chance.randrange(4)] = chance.randbytes(chance.randrange(4))
                headers = {**stage.headers, "Content-Type": media, "If-Match": "*"}
                answer = world.client.request(operation.method, path, content=bytes(cut), headers=headers)
                check(answer, f"{operation.name} {bytes(cut)!r}")
    read_everything(stage)
