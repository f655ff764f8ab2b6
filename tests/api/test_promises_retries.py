"""Promise 3: a request that is sent again makes one record, on the whole service over real HTTP."""

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.door

SEED = 20210512
KEYS, AT_ONCE, CLIENTS = 1_000, 50, 8
Serve = Callable[[Any], str]


def topic(number: int) -> dict[str, str]:
    """Returns the one topic of a key."""
    return {"slug": f"retried-{number}", "label": f"Retried {number}"}


def post(client: httpx.Client, key: str, body: dict[str, str]) -> httpx.Response:
    """Sends a topic under a key until it is no longer in flight elsewhere."""
    for _ in range(200):
        answer = client.post("/v1/topics", json=body, headers={"Idempotency-Key": key})
        if answer.status_code != 409:
            return answer
        assert answer.json()["title"] == "In flight", answer.text
    raise AssertionError("still in flight")


@pytest.mark.timeout(300)
def test_a_thousand_retried_requests_make_a_thousand_records(world: Any, serve: Serve) -> None:
    print(f"\nseed {SEED}")
    chance = random.Random(SEED)
    sends = [number for number in range(KEYS) for _ in range(chance.randint(2, 10))]
    chance.shuffle(sends)
    counting = {"Prefer": "count=exact"}
    before = world.client.get("/v1/topics?limit=1", headers=counting).json()["meta"]["total"]
    with httpx.Client(base_url=serve(world.app), timeout=60, headers=world.writer) as client:
        with ThreadPoolExecutor(CLIENTS) as pool:
            answers = list(pool.map(lambda number: (number, post(client, f"key-{number}", topic(number))), sends))
        other = [post(client, f"key-{number}", topic(number + KEYS)) for number in range(0, KEYS, 50)]
        listed = client.get("/v1/topics?limit=1", headers=counting).json()["meta"]["total"]
        made = {client.get(f"/v1/topics/retried-{number}").json()["id"] for number in range(0, KEYS, 50)}
    first = Counter(number for number, answer in answers if "idempotency-replayed" not in answer.headers)
    print(f"{len(answers)} requests")
    assert {answer.status_code for _, answer in answers} == {201}
    assert first == dict.fromkeys(range(KEYS), 1)
    assert len({(number, answer.content, answer.headers["etag"]) for number, answer in answers}) == KEYS
    assert {(answer.status_code, answer.json()["title"]) for answer in other} == {(422, "Idempotency mismatch")}
    assert len(made) == KEYS // 50
    assert listed == KEYS + before


@pytest.mark.timeout(120)
def test_fifty_at_once_on_one_key_make_one_record(world: Any, serve: Serve) -> None:
    with httpx.Client(base_url=serve(world.app), timeout=60, headers=world.writer) as client:
        headers = {"Idempotency-Key": "one"}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            sent = [pool.submit(client.post, "/v1/topics", json=topic(1), headers=headers) for _ in range(AT_ONCE)]
            answers = [each.result() for each in sent]
        last = post(client, "one", topic(1))
    fresh = [one for one in answers if one.status_code == 201 and "idempotency-replayed" not in one.headers]
    assert len(fresh) == 1
    assert {one.status_code for one in answers} <= {201, 409}
    assert {one.json()["title"] for one in answers if one.status_code == 409} <= {"In flight"}
    assert (last.headers["idempotency-replayed"], last.content) == ("true", fresh[0].content)
