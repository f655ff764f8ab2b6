"""A request with an Idempotency-Key is carried out once, however often and however close together it comes."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from db.engine import Database
from db.idempotency import Repeatable, StoredAnswer, prune, store

SEED = 20210512
COUNT = text("SELECT count(*) FROM topic WHERE slug LIKE :slug")


def note(slug: str) -> dict[str, str]:
    return {"slug": slug, "label": slug.title()}


def count(database: Database, slug: str = "%") -> int:
    with database.session() as session:
        return int(session.scalar(COUNT, {"slug": slug}) or 0)


def send_until_settled(client: httpx.Client, headers: dict[str, str], body: dict[str, str]) -> httpx.Response:
    for _ in range(200):
        answer = client.post("/v1/notes", json=body, headers=headers)
        if answer.status_code != 409:
            return answer
        assert answer.json()["title"] == "In flight", answer.text
        assert answer.headers["retry-after"] == "1"
    raise AssertionError("still in flight")


def test_a_retried_request_makes_one_record(address: str, writer: dict[str, str], service_role_clone: Database) -> None:
    chance = random.Random(SEED)
    print(f"seed {SEED}")
    sends = [number for number in range(100) for _ in range(chance.randint(2, 5))]
    chance.shuffle(sends)
    with httpx.Client(base_url=address, timeout=60) as client, ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda number: (
                    number,
                    send_until_settled(client, {**writer, "Idempotency-Key": f"key-{number}"}, note(f"note-{number}")),
                ),
                sends,
            )
        )
    firsts = [number for number, answer in answers if "idempotency-replayed" not in answer.headers]
    assert {answer.status_code for _, answer in answers} == {201}
    assert sorted(firsts) == list(range(100))
    assert len({(number, answer.content, answer.headers["etag"]) for number, answer in answers}) == 100
    assert count(service_role_clone) == 100


def test_twenty_at_once_on_one_key_make_one_record(
    address: str, writer: dict[str, str], service_role_clone: Database
) -> None:
    headers = {**writer, "Idempotency-Key": "one"}
    with httpx.Client(base_url=address, timeout=60) as client, ThreadPoolExecutor(20) as pool:
        sent = [pool.submit(client.post, "/v1/notes", json=note("one"), headers=headers) for _ in range(20)]
        answers = [each.result() for each in sent]
        last = send_until_settled(client, headers, note("one"))
    fresh = [a for a in answers if a.status_code == 201 and "idempotency-replayed" not in a.headers]
    assert len(fresh) == 1
    assert {a.status_code for a in answers} <= {201, 409}
    assert {a.json()["title"] for a in answers if a.status_code == 409} <= {"In flight"}
    assert last.headers["idempotency-replayed"] == "true"
    assert last.content == fresh[0].content
    assert count(service_role_clone) == 1


def test_the_same_key_with_another_request_is_refused(
    small: TestClient, writer: dict[str, str], service_role_clone: Database
) -> None:
    headers = {**writer, "Idempotency-Key": "one"}
    assert small.post("/v1/notes", json=note("one"), headers=headers).status_code == 201
    answer = small.post("/v1/notes", json=note("two"), headers=headers)
    assert (answer.status_code, answer.json()["title"]) == (422, "Idempotency mismatch")
    assert count(service_role_clone) == 1


def test_a_key_in_flight_is_answered_at_once(
    small: TestClient, writer: dict[str, str], service_role_clone: Database
) -> None:
    with service_role_clone.engine.connect() as connection:
        key_id = connection.scalar(text("SELECT max(key_id) FROM api_key"))
        lock = Repeatable(key_id, "one", b"").lock
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": lock})
        answer = small.post("/v1/notes", json=note("one"), headers={**writer, "Idempotency-Key": "one"})
    assert (answer.status_code, answer.json()["title"]) == (409, "In flight")


def test_a_refused_request_leaves_its_key_free(small: TestClient, writer: dict[str, str]) -> None:
    headers = {**writer, "Idempotency-Key": "one"}
    assert small.post("/v1/notes", json={"slug": "Not a slug", "label": "A"}, headers=headers).status_code == 422
    assert small.post("/v1/notes", json=note("taken"), headers=writer).status_code == 201
    assert small.post("/v1/notes", json=note("taken"), headers=headers).status_code == 409
    answer = small.post("/v1/notes", json=note("free"), headers=headers)
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers


def test_two_callers_may_use_the_same_key(small: TestClient, writer: dict[str, str], key: Callable[..., str]) -> None:
    other = {"X-API-Key": key("write")}
    assert small.post("/v1/notes", json=note("one"), headers={**writer, "Idempotency-Key": "k"}).status_code == 201
    assert small.post("/v1/notes", json=note("two"), headers={**other, "Idempotency-Key": "k"}).status_code == 201


def test_a_key_is_forgotten_after_a_day(
    small: TestClient, writer: dict[str, str], service_role_clone: Database
) -> None:
    headers = {**writer, "Idempotency-Key": "one"}
    small.post("/v1/notes", json=note("one"), headers=headers)
    with service_role_clone.engine.begin() as connection:
        connection.execute(text("UPDATE idempotency SET stored_at = stored_at - interval '25 hours'"))
    answer = small.post("/v1/notes", json=note("two"), headers=headers)
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers
    assert small.post("/v1/notes", json=note("two"), headers=headers).headers["idempotency-replayed"] == "true"


@pytest.mark.parametrize("sent", ["", "x" * 256, "two words", '"'])
def test_a_bad_key_is_refused(small: TestClient, writer: dict[str, str], sent: str) -> None:
    answer = small.post("/v1/notes", json=note("one"), headers={**writer, "Idempotency-Key": sent})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "Idempotency-Key"


def test_quotes_around_a_key_are_the_standards_form_of_it(small: TestClient, writer: dict[str, str]) -> None:
    small.post("/v1/notes", json=note("one"), headers={**writer, "Idempotency-Key": '"k-1"'})
    answer = small.post("/v1/notes", json=note("one"), headers={**writer, "Idempotency-Key": "k-1"})
    assert answer.headers["idempotency-replayed"] == "true"


def test_a_repeated_key_creation_makes_one_key_and_stores_no_secret(
    small: TestClient, key: Callable[..., str], service_role_clone: Database
) -> None:
    headers = {"Authorization": f"Bearer {key('admin')}", "Idempotency-Key": "one"}
    body = {"name": "reader", "scopes": ["read"]}
    first, second = (small.post("/v1/keys", json=body, headers=headers).json() for _ in range(2))
    assert first["id"] == second["id"]
    assert first["key"].startswith("ro_")
    assert second["key"] is None
    with service_role_clone.session() as session:
        stored = bytes(session.scalar(text("SELECT body FROM idempotency")) or b"")
    assert first["key"].encode() not in stored


def test_old_answers_are_cleared_away(service_role_clone: Database) -> None:
    with service_role_clone.session() as session:
        for number in range(3):
            store(session, Repeatable(1, f"k{number}", b"d"), StoredAnswer(201, {}, b"{}"))
        session.execute(
            text("UPDATE idempotency SET stored_at = stored_at - interval '25 hours' WHERE idempotency_key <> 'k2'")
        )
        prune(session)
        assert session.scalar(text("SELECT string_agg(idempotency_key, ',') FROM idempotency")) == "k2"
