"""Promises 22 and 25: every operation is guarded, and nobody sets what is not his to set."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from api.app import create_app
from models.key_text import make_key_text
from models.settings import Settings
from tests.api.bodies import BODIES, pointers, replaced
from tests.api.operations import IMPORTED, Operation, Stage, operations

pytestmark = pytest.mark.door

MAY = {"read": {"read"}, "write": {"read", "write"}, "admin": {"read", "write", "admin"}}
OWNED = ("id", "version", "recorded_at", "changed_at", "retracted_at", "status", "known", "earliest", "decided_by")
OWNED += ("ruling", "contact_id", "key_id", "folded", "computed_status", "merged_into", "unknown")


@pytest.fixture
def holders(world: Any) -> dict[str, dict[str, str]]:
    """Headers of everybody who may come."""
    stage, made = Stage(world), dict(world.keys)
    for name in ("expired", "revoked"):
        key = world.client.post("/v1/keys", json={"name": name, "scopes": ["admin"]}, headers=stage.headers).json()
        made[name] = {"Authorization": f"Bearer {key['key']}"}
    long_ago = datetime.now(UTC) - timedelta(days=1)
    with world.database.session() as session:
        session.execute(text("UPDATE api_key SET expires_at = :at WHERE name = 'expired'"), {"at": long_ago})
        session.execute(text("UPDATE api_key SET revoked_at = :at WHERE name = 'revoked'"), {"at": long_ago})
        session.commit()
    forged = make_key_text().text
    return {"nobody": {}, "bad": {"Authorization": "Bearer ro_x"}, "forged": {"X-API-Key": forged}, **made}


def expected(operation: Operation, holder: str, *, public: bool) -> set[int]:
    """Returns the statuses that an operation may answer to somebody; 2xx stands for any success."""
    if operation.scope is None:
        return {200}
    if holder in ("bad", "forged", "expired", "revoked"):
        return {401}
    if operation.scope == "read" and public:
        return {200}
    if holder == "nobody":
        return {401}
    return {200, 201, 202, 204} if operation.scope in MAY[holder] else {403}


@pytest.mark.parametrize("public", [True, False])
def test_every_operation_is_guarded(
    world: Any, contract: dict[str, Any], holders: dict[str, dict[str, str]], public: bool
) -> None:
    app = create_app(Settings(public_read=public), world.database)
    stage, tried = Stage(world), 0
    guarded = TestClient(app, raise_server_exceptions=False)
    for operation in operations(contract):
        for holder, key in holders.items():
            path, body = stage.path(operation), stage.body(operation)
            sent = {"json": body} if body is not None else {"params": operation.needed}
            if operation.name == "create_import":
                sent = {"content": IMPORTED, "params": {"format": "ndjson"}}
            headers = {**key, "If-Match": "*", "Readout-Reason": "test"}
            answer = guarded.request(operation.method, path, headers=headers, **sent)
            wanted = expected(operation, holder, public=public)
            assert answer.status_code in wanted, f"{operation.name} by {holder}: {answer.status_code} {answer.text}"
            tried += 1
    assert tried == len(list(operations(contract))) * len(holders)


def test_a_refused_writer_changes_nothing(world: Any, contract: dict[str, Any], holders: dict[str, Any]) -> None:
    stage = Stage(world)
    for operation in operations(contract):
        if operation.writes:
            path, body = stage.path(operation), stage.body(operation)
            before = world.client.get("/v1/status").json()
            for holder in ("nobody", "bad", "forged", "expired", "revoked", "read"):
                headers = {**holders[holder], "If-Match": "*", "Readout-Reason": "test", "Idempotency-Key": "k"}
                sent = {"json": body} if body is not None else {}
                answer = world.client.request(operation.method, path, headers=headers, **sent)
                assert answer.status_code in (401, 403), operation.name
            assert world.client.get("/v1/status").json() == before, operation.name


def objects(body: Any) -> Iterator[tuple[Any, ...]]:
    """Returns the place of every object in a body."""
    for at in pointers(body):
        value = body
        for part in at:
            value = value[part]
        if isinstance(value, dict) and at[-1:] != ("follows",):
            yield at


def with_member(body: Any, at: tuple[Any, ...], name: str) -> Any:
    """Returns a body with one more member in the object at one place."""
    value = body
    for part in at:
        value = value[part]
    return replaced(body, at, {**value, name: 1})


def test_nobody_sets_what_the_service_owns(world: Any, contract: dict[str, Any]) -> None:
    stage, refused = Stage(world), 0
    for operation in operations(contract):
        if operation.name not in BODIES:
            continue
        path, body = stage.path(operation), stage.body(operation)
        before = world.client.get("/v1/status").json()
        for at in objects(body):
            for name in OWNED:
                if name in BODIES[operation.name] or ("search" in operation.name and name == "status"):
                    continue
                answer = stage.send(operation, path=path, json=with_member(body, at, name))
                assert answer.status_code == 422, f"{operation.name} {at} {name}: {answer.text}"
                codes = {one["code"] for one in answer.json()["errors"]}
                assert "unknown_field" in codes, f"{operation.name} {at} {name}: {answer.text}"
                refused += 1
        assert world.client.get("/v1/status").json() == before, operation.name
    assert refused > 300
