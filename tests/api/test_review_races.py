"""A change counts against the record as it is, not as the request first read it."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx

RACERS = 6
Send = Callable[[httpx.Client, int], httpx.Response]


def at_once(address: str, headers: dict[str, str], send: Send) -> Counter[int]:
    """Sends one request per racer at the same moment and counts the answers by status."""
    ready = Barrier(RACERS)

    def run(number: int) -> int:
        with httpx.Client(base_url=address, timeout=60, headers=headers) as client:
            client.get("/livez")
            ready.wait()
            return send(client, number).status_code

    with ThreadPoolExecutor(RACERS) as pool:
        return Counter(pool.map(run, range(RACERS)))


def test_of_many_who_saw_one_version_of_a_contact_one_changes_it(world: Any, serve: Callable[[Any], str]) -> None:
    address, path = serve(world.app), "/v1/contacts/example:first-world%2F1"
    before = world.client.get(path)
    seen = {**world.writer, "If-Match": before.headers["etag"]}
    answers = at_once(address, seen, lambda client, number: client.patch(path, json={"place": f"Room {number}"}))
    assert answers == {200: 1, 412: RACERS - 1}
    assert world.client.get(path).json()["version"] == before.json()["version"] + 1


def test_accounts_added_at_once_each_raise_the_version(world: Any, serve: Callable[[Any], str]) -> None:
    address, path = serve(world.app), "/v1/contacts/example:first-world%2F1"
    before = world.client.get(path).json()

    def add(client: httpx.Client, number: int) -> httpx.Response:
        return client.post(f"{path}/accounts", json={"source": {"kind": "other", "title": f"Note {number}"}})

    assert at_once(address, world.writer, add) == {201: RACERS}
    after = world.client.get(path).json()
    assert after["account_count"] == before["account_count"] + RACERS
    assert after["version"] == before["version"] + RACERS
