"""Promises 4, 11 and 13 on the whole service: no false success, no lost update, no duplicates by race."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from db.engine import Database
from tests.api.bodies import CONTACT
from tests.api.operations import Stage, operations

CLIENTS, CHANGES = 8, 50
PAUSE_SECONDS = 0.1
RACERS, ROUNDS = 50, 3
ASKS_MOST = 40
"""How often who is told to come back does; a machine under load may tell a racer so a few times."""
FAIL_AT_COMMIT = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'refused' USING ERRCODE = '{state}'; END $$;
{triggers}
"""
TRIGGER = """CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE OR DELETE ON {table}
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();"""
LAST_WRITTEN = ("revision", "history", "api_key", "idempotency", "import")
"""Every writing transaction touches one of these."""
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
DIGEST = "SELECT '{0}' AS name, md5(coalesce(string_agg(t::text, ' ' ORDER BY t::text), '')) AS digest FROM {0} t"


@pytest.fixture
def owner(world: Any, cluster: Any) -> Iterator[Database]:
    """The world's database, connected as its owner."""
    database = Database(cluster.url(world.database.engine.url.database))
    yield database
    database.close()


def spoil(owner: Database, state: str) -> None:
    """Lets every COMMIT of a write fail from now on."""
    triggers = "".join(TRIGGER.format(table=table) for table in LAST_WRITTEN)
    with owner.engine.begin() as connection:
        connection.exec_driver_sql(FAIL_AT_COMMIT.format(state=state, triggers=triggers).replace("%", "%%"))


def fingerprint(owner: Database) -> dict[str, str]:
    """Returns a digest of every row of every table."""
    with owner.session() as session:
        tables = session.execute(text(TABLES)).scalars().all()
        query = " UNION ALL ".join(DIGEST.format(table) for table in tables)
        return {row.name: row.digest for row in session.execute(text(query))}


@pytest.mark.parametrize(("state", "status"), [("23514", 422), ("40001", 503), ("53100", 507), ("P0001", 500)])
def test_a_failure_at_commit_is_no_success_on_any_route(
    world: Any, contract: dict[str, Any], owner: Database, state: str, status: int
) -> None:
    stage = Stage(world)
    wanted = [one for one in operations(contract) if one.writes]
    paths = {one.name: stage.path(one) for one in wanted}
    spoil(owner, state)
    before = fingerprint(owner)
    assert len(before) > 20
    for operation in wanted:
        headers = {**stage.headers, "If-Match": "*", "Idempotency-Key": f"key-{operation.name}"}
        answer = stage.send(operation, path=paths[operation.name], headers=headers)
        assert answer.status_code == status, f"{operation.name}: {answer.status_code} {answer.text}"
        assert fingerprint(owner) == before, operation.name
    assert world.database.engine.pool.checkedout() == 0


Serve = Callable[[Any], str]


def when_there_is_room(send: Callable[[], httpx.Response]) -> httpx.Response:
    """Sends a request again for as long as the answer is that all places are taken, as its Retry-After says."""
    for _ in range(ASKS_MOST):
        answer = send()
        if answer.status_code != 503:
            return answer
        time.sleep(random.uniform(0, float(answer.headers["retry-after"])))
    return answer


def test_no_update_is_lost(world: Any, serve: Serve) -> None:
    """Eight clients add one to the same number fifty times each; who was overtaken reads again."""
    address, seen = serve(world.app), Counter[int]()
    made = world.client.post("/v1/topics", json={"slug": "sum", "label": "0"}, headers=world.writer).json()
    path = f"{address}/v1/topics/{made['id']}"

    def add(_client: int) -> None:
        with httpx.Client(timeout=60, headers=world.writer) as client:
            done = 0
            while done < CHANGES:
                read = when_there_is_room(lambda: client.get(path))
                changed = {"label": str(int(read.json()["label"]) + 1)}
                given = {"json": changed, "headers": {"If-Match": read.headers["etag"]}}
                answer = when_there_is_room(lambda given=given: client.patch(path, **given))  # type: ignore[misc]
                seen[answer.status_code] += 1
                done += answer.status_code == 200
                if answer.status_code == 412:
                    time.sleep(random.uniform(0, PAUSE_SECONDS))
            seen[client.patch(path, json={"label": "0"}).status_code] += 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(add, range(CLIENTS)))
    print(f"\n{dict(seen)}")
    assert world.client.get(f"/v1/topics/{made['id']}").json()["label"] == str(CLIENTS * CHANGES)
    assert seen[200] == CLIENTS * CHANGES
    assert seen[412] > 0
    assert seen[428] == CLIENTS
    assert set(seen) == {200, 412, 428}


def racing(noun: str, number: int) -> tuple[str, dict[str, Any]]:
    """Returns an address and a body that only one of many may create, and where it is found."""
    person = {"kind": "person", "name": "Somebody"}
    same = [{"scheme": "race", "value": f"{number}/x"}]
    bodies = {
        "topics": ("topics", {"slug": f"race-{number}", "label": "Race"}),
        "episodes": ("episodes", {"slug": f"race-{number}", "name": "Race"}),
        "sources": ("sources", {"slug": f"race-{number}", "kind": "other", "title": "Race"}),
        "slugs": ("actors", {**person, "slug": f"race-{number}"}),
        "identifiers": ("actors", {**person, "identifiers": same}),
        "contacts": ("contacts", {**CONTACT, "identifiers": same, "accounts": [{"source": "press-report-2021-05-12"}]}),
    }
    return bodies[noun]


@pytest.mark.parametrize("noun", ["topics", "episodes", "sources", "slugs", "identifiers", "contacts"])
@pytest.mark.parametrize("rounds", [ROUNDS, pytest.param(100, marks=pytest.mark.long)])
@pytest.mark.timeout(900)
def test_a_race_makes_one_record(world: Any, serve: Serve, noun: str, rounds: int) -> None:
    address = serve(world.app)
    # The client closes surplus idle connections from one thread while another is about to read from them.
    limits = httpx.Limits(max_keepalive_connections=2 * RACERS, keepalive_expiry=None)
    with (
        httpx.Client(base_url=address, timeout=60, headers=world.writer, limits=limits) as client,
        ThreadPoolExecutor(RACERS) as pool,
    ):
        for number in range(rounds):
            path, body = racing(noun, number)
            start = threading.Barrier(RACERS)

            def create(_racer: int, path: str = path, body: Any = body, start: Any = start) -> httpx.Response:
                start.wait(timeout=30)
                return when_there_is_room(lambda: client.post(f"/v1/{path}", json=body))

            answers = list(pool.map(create, range(RACERS)))
            statuses = Counter(answer.status_code for answer in answers)
            assert statuses == {201: 1, 409: RACERS - 1}, f"{statuses} {answers[0].text} {answers[1].text}"
            made = next(answer.json()["id"] for answer in answers if answer.status_code == 201)
            existing = {answer.json()["existing"] for answer in answers if answer.status_code == 409}
            assert {client.get(one).json()["id"] for one in existing} == {made}


def test_people_of_one_name_are_all_recorded(world: Any, serve: Serve) -> None:
    """Who sends no slug is not refused for one: made at once, each gets a slug of his own."""
    address = serve(world.app)
    with httpx.Client(base_url=address, timeout=60, headers=world.writer) as client, ThreadPoolExecutor(12) as pool:
        body = {"kind": "person", "name": "John Smith"}
        made = list(pool.map(lambda _n: client.post("/v1/actors", json=body), range(24)))
    assert {answer.status_code for answer in made} == {201}
    assert len({answer.json()["slug"] for answer in made}) == 24


def test_every_writing_operation_is_tried(contract: dict[str, Any]) -> None:
    methods = Counter(one.method for one in operations(contract) if one.writes)
    assert methods.keys() == {"POST", "PUT", "PATCH", "DELETE"}
    assert methods["PATCH"] == 9
