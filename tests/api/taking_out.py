"""Records taken out and brought back over HTTP, for the tests of what becomes of them."""

import itertools
from typing import Any

from tests.api.conftest import World

SAID = {"Readout-Reason": "it was right after all"}
NUMBERS = itertools.count(1)


def send(world: World, method: str, path: str, body: Any = None, match: str = "*", by: str = "write") -> Any:
    headers = {**world.keys[by], **SAID, **({"If-Match": match} if match else {})}
    return world.client.request(method, path, json=body, headers=headers, follow_redirects=False)


def made(world: World, path: str, body: Any) -> Any:
    answer = send(world, "POST", path, body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def gone(world: World, address: str) -> Any:
    answer = send(world, "DELETE", address)
    assert answer.status_code in (200, 204), answer.text


def refused(world: World, address: str) -> tuple[int, str]:
    answer = send(world, "POST", f"{address}/restore")
    return answer.status_code, answer.json()["detail"]


def back(world: World, address: str) -> Any:
    answer = send(world, "POST", f"{address}/restore")
    assert answer.status_code == 200, answer.text
    return answer.json()


def person(world: World, **more: Any) -> Any:
    number = next(NUMBERS)
    return made(world, "/v1/actors", {"kind": "person", "name": f"Resta Urato {number}", **more})


def contact(world: World, *takers: Any, **more: Any) -> Any:
    accounts = [{"source": "press-report-2021-05-12"}, {"source": "white-house-readout-2021-05-12"}]
    body = {"kind": "call", "when": "2021-05-12", "participants": [{"actor": one["id"]} for one in takers]}
    return made(world, "/v1/contacts", {**body, "accounts": accounts, **more})


def steady(document: Any) -> Any:
    return {**document, "version": 0, "changed_at": ""}
