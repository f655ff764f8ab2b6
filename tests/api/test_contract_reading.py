"""What holds for every GET: HEAD answers the same without a body, and who has the current answer is told so."""

from typing import Any
from urllib.parse import urlencode

import pytest

from tests.api.lists import LISTS, Grown
from tests.api.operations import Operation, Stage, operations

pytestmark = pytest.mark.door

UNLIKE = {"date", "x-request-id"}
COUNTED = {"get_metrics"}
"""Answers that each request changes."""
UNTAGGED = {"get_root", "get_livez", "get_readyz", "get_status", "get_metrics", "get_key", "list_keys"}
UNTAGGED |= {"list_imports", "list_import_formats", "get_import", "get_import_errors", "listen_to_import"}
"""Keys and what others send in are not to be stored by anybody on the way; the others change without the record, or
cost as much as a look."""


def reads(contract: dict[str, Any]) -> list[Operation]:
    """Returns every GET of a contract."""
    return [one for one in operations(contract) if one.method == "GET"]


def path_of(stage: Stage, operation: Operation) -> str:
    """Returns an address of the first world."""
    query = urlencode(operation.needed, doseq=True)
    return stage.path(operation) + (f"?{query}" if query else "")


def test_head_is_get_without_a_body_on_every_path(world: Any, contract: dict[str, Any]) -> None:
    stage, seen = Stage(world), 0
    paths = [(one.name, path_of(stage, one)) for one in reads(contract)]
    paths += [("", path) for path in ("/docs", "/docs/errors", "/openapi.json", "/nowhere", "/v1/actors/nobody")]
    paths += [("", "/v1/contacts?limit=0"), ("", "/v1/contacts?limit=1"), ("", "/v1/topics/nothing")]
    for name, path in paths:
        for headers in (stage.headers, {}):
            get, head = (world.client.request(method, path, headers=headers) for method in ("GET", "HEAD"))
            assert (head.status_code, head.content) == (get.status_code, b""), path
            unlike = UNLIKE | ({"content-length"} if name in COUNTED else set())
            told, same = ({n: v for n, v in each.headers.items() if n not in unlike} for each in (get, head))
            if get.status_code < 400:
                assert same == told, path
            assert same.keys() == told.keys(), path
            seen += 1
    assert seen == 2 * len(paths) > 60


def test_what_is_current_is_not_sent_again(world: Any, contract: dict[str, Any]) -> None:
    """304 with the tag and no body, for HEAD too; after a write of the record another tag and the new answer."""
    stage, grown = Stage(world), Grown(world)
    for operation in reads(contract):
        if operation.name in UNTAGGED:
            assert "etag" not in world.client.get(path_of(stage, operation), headers=stage.headers).headers
            continue
        path = path_of(stage, operation)
        first = world.client.get(path, headers=stage.headers)
        assert first.status_code == 200, f"{path}: {first.text}"
        tag = first.headers["etag"]
        for method in ("GET", "HEAD"):
            for sent in (tag, f'"other", {tag}'):
                again = world.client.request(method, path, headers={**stage.headers, "If-None-Match": sent})
                assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), f"{path} {sent}"
        assert tag.startswith("W/") or operation.name not in LISTS, path
        if operation.name == "get_dismissal":
            # A decision is not changed: it is taken back, and answers 410 from then on.
            continue
        change(stage, grown, operation, path)
        after = world.client.get(path, headers={**stage.headers, "If-None-Match": tag})
        assert (after.status_code, after.headers["etag"] != tag) == (200, True), path


def change(stage: Stage, grown: Grown, operation: Operation, path: str) -> None:
    """Changes what an address shows."""
    patch = {**stage.headers, "If-Match": "*"}
    accounts = {"source": "biden-remarks-2021-05-12", "paraphrase": "They spoke again."}
    if operation.name in LISTS:
        grown.add(LISTS[operation.name])
    elif operation.noun == "contact":
        grown.send("/".join(path.split("/")[:4]) + "/accounts", accounts)
    elif operation.noun in ("", "tie", "grafana") or "." in operation.noun:
        both = [{"actor": "joe-biden"}, {"actor": "benjamin-netanyahu"}]
        account = {"source": "biden-remarks-2021-05-12", "speaker": "joe-biden"}
        grown.send("/v1/contacts", {"kind": "call", "when": "2021-05", "participants": both, "accounts": [account]})
    elif operation.noun == "dismissal":
        record = "/".join(path.split("/")[:4])
        assert stage.world.client.delete(record, headers=patch).status_code == 204
    else:
        fields = {"affiliation": "title", "designation": "authority", "source": "note"}
        fields |= {"coverage": "note", "commitment": "text"}
        noun = operation.noun
        changed = {fields.get(noun, "description"): "Changed."}
        record = "/".join(path.split("/")[:4])
        answer = stage.world.client.patch(record, json=changed, headers=patch)
        assert answer.status_code == 200, f"{path}: {answer.text}"


@pytest.mark.parametrize("sent", ["*", '""', '"x"', "x", "W/x", 'W/"g999999999999999999999-x"', 'W/"g-1-x"', ","])
@pytest.mark.parametrize("path", ["/v1/contacts", "/v1/actors/hamas"])
def test_a_tag_that_is_none_of_ours_brings_the_answer(shared_world: Any, path: str, sent: str) -> None:
    answer = shared_world.client.get(path, headers={"If-None-Match": sent})
    assert answer.status_code == (304 if sent == "*" else 200)
