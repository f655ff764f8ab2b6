"""Who may do what: keys, scopes, expiry and revocation, and that no secret is found anywhere afterwards."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient

from db.engine import Database
from db.keys import KEPT_SECONDS, Keyring
from db.statements import heard
from models.errors import NotAuthenticated
from models.key_text import make_key_text, parse_key_text
from models.settings import Settings

Make = Callable[[Database, Settings], FastAPI]
MakeKey = Callable[..., str]
NOTE = {"slug": "one", "label": "One"}


@pytest.fixture
def closed(service_role_clone: Database, make: Make) -> TestClient:
    """The small service where reads need a key."""
    return TestClient(make(service_role_clone, Settings(public_read=False)))


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def swapped(key: str) -> str:
    return key[:-1] + ("a" if key[-1] != "a" else "b")


@pytest.mark.parametrize(
    ("scopes", "statuses"),
    [
        (None, (401, 401, 401)),
        (["read"], (200, 403, 403)),
        (["write"], (200, 201, 403)),
        (["admin"], (200, 201, 200)),
        (["read", "write"], (200, 201, 403)),
    ],
)
def test_scopes(closed: TestClient, key: MakeKey, scopes: list[str] | None, statuses: tuple[int, ...]) -> None:
    headers = bearer(key(*scopes)) if scopes else {}
    answers = [
        closed.get("/v1/notes", headers=headers),
        closed.post("/v1/notes", json=NOTE, headers=headers),
        closed.get("/v1/keys", headers=headers),
    ]
    assert tuple(answer.status_code for answer in answers) == statuses
    for answer in answers:
        assert ("www-authenticate" in answer.headers) == (answer.status_code == 401)


def test_reads_are_open_only_where_the_settings_say_so(small: TestClient, closed: TestClient) -> None:
    assert small.get("/v1/notes").status_code == 200
    assert closed.get("/v1/notes").status_code == 401
    assert closed.get("/readyz").status_code == 200
    assert small.post("/v1/notes", json=NOTE).status_code == 401


def test_a_key_that_is_shown_must_be_good_even_where_none_is_needed(small: TestClient, key: MakeKey) -> None:
    good = key("read")
    assert small.get("/v1/notes", headers={"X-API-Key": good}).status_code == 200
    for bad in (swapped(good), make_key_text().text, "ro_", "x", good + "a"):
        for headers in (bearer(bad), {"X-API-Key": bad}):
            answer = small.get("/v1/notes", headers=headers)
            assert answer.status_code == 401
            assert bad not in answer.text or len(bad) < 4
    assert small.get("/v1/notes", headers={"Authorization": "Basic eDp5"}).status_code == 200


def test_a_typing_error_is_seen_without_a_look_up(
    small: TestClient, key: MakeKey, service_role_clone: Database
) -> None:
    good = key("read")
    with heard(service_role_clone) as asked:
        assert small.get("/v1/notes", headers=bearer(swapped(good))).status_code == 401
    assert asked == []


def test_a_list_with_a_known_key_is_one_statement(
    small: TestClient, key: MakeKey, service_role_clone: Database
) -> None:
    headers = bearer(key("read"))
    small.get("/v1/notes", headers=headers)
    with heard(service_role_clone) as asked:
        assert small.get("/v1/notes", headers=headers).status_code == 200
    assert len(asked) == 1


def test_a_revoked_key_ends_here_at_once_and_elsewhere_within_a_second(
    small: TestClient, key: MakeKey, service_role_clone: Database
) -> None:
    admin, text_of_key = bearer(key("admin")), key("read")
    parsed = parse_key_text(text_of_key)
    assert parsed is not None
    now = [0.0]
    elsewhere = Keyring(service_role_clone, seconds=lambda: now[0])
    elsewhere.find(parsed)
    assert small.get("/v1/notes", headers=bearer(text_of_key)).status_code == 200
    public_id = small.get("/v1/keys", headers=admin).json()["items"][-1]["id"]
    revoked = small.delete(f"/v1/keys/{public_id}", headers=admin)
    assert revoked.json()["revoked_at"] is not None
    answer = small.get("/v1/notes", headers=bearer(text_of_key))
    assert (answer.status_code, answer.json()["detail"]) == (401, "This key has been revoked.")
    assert KEPT_SECONDS <= 1.0
    assert elsewhere.find(parsed).scopes == {"read"}
    now[0] = 1.0
    with pytest.raises(NotAuthenticated, match="revoked"):
        elsewhere.find(parsed)
    again = small.delete(f"/v1/keys/{public_id}", headers=admin)
    assert again.json()["revoked_at"] == revoked.json()["revoked_at"]


def test_an_expired_key_is_refused_even_while_it_is_kept(
    small: TestClient, key: MakeKey, service_role_clone: Database
) -> None:
    text_of_key = key("read")
    assert small.get("/v1/notes", headers=bearer(text_of_key)).status_code == 200
    with service_role_clone.engine.begin() as connection:
        connection.execute(text("UPDATE api_key SET expires_at = now() - interval '1 second'"))
    small.app.state.keyring.forget()
    answer = small.get("/v1/notes", headers=bearer(text_of_key))
    assert (answer.status_code, answer.json()["detail"]) == (401, "This key has expired.")


def test_last_use_is_noted_once_a_minute(key: MakeKey, service_role_clone: Database) -> None:
    parsed = parse_key_text(key("read"))
    assert parsed is not None
    used = text("SELECT last_used_at FROM api_key")
    seen = []
    for _ in range(2):
        Keyring(service_role_clone).find(parsed)
        with service_role_clone.session() as session:
            seen.append(session.scalar(used))
    assert seen[0] is not None
    assert seen[0] == seen[1]
    with service_role_clone.engine.begin() as connection:
        connection.execute(text("UPDATE api_key SET last_used_at = last_used_at - interval '2 minutes'"))
    Keyring(service_role_clone).find(parsed)
    with service_role_clone.session() as session:
        assert session.scalar(used) >= seen[0]


def test_rotation_leaves_both_keys_working_for_the_overlap(
    small: TestClient, key: MakeKey, service_role_clone: Database
) -> None:
    admin = bearer(key("admin"))
    soon = (datetime.now(UTC) + timedelta(days=10)).isoformat()
    body = {"name": "desk", "scopes": ["write", "read", "read"], "expires_at": soon}
    old = small.post("/v1/keys", json=body, headers=admin).json()
    assert old["scopes"] == ["read", "write"]
    new = small.post(f"/v1/keys/{old['id']}/rotate", json={"overlap_minutes": 60}, headers=admin).json()
    for made in (old, new):
        assert small.get("/v1/notes", headers=bearer(made["key"])).status_code == 200
    assert (new["name"], new["scopes"]) == (old["name"], old["scopes"])
    assert new["expires_at"] >= old["expires_at"]
    left = datetime.fromisoformat(small.get(f"/v1/keys/{old['id']}", headers=admin).json()["expires_at"])
    assert timedelta(minutes=55) < left - datetime.now(UTC) <= timedelta(minutes=60)
    assert small.post(f"/v1/keys/{old['id']}/rotate", json={"overlap_minutes": 0}, headers=admin).status_code == 201
    assert small.get("/v1/notes", headers=bearer(old["key"])).status_code == 401
    gone = small.post(f"/v1/keys/{old['id']}/rotate", json={"overlap_minutes": 0}, headers=admin)
    assert gone.status_code == 410


@pytest.mark.parametrize(
    "change",
    [
        {"scopes": []},
        {"scopes": ["root"]},
        {"name": ""},
        {"digest": "x"},
        {"id": "key_1"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "2030-01-01T00:00:00"},
        {"expires_at": "9999-12-31T23:59:59-12:00"},
        {"expires_at": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_a_bad_key_is_not_made(
    small: TestClient, key: MakeKey, service_role_clone: Database, change: dict[str, object]
) -> None:
    admin = bearer(key("admin"))
    body = {"name": "desk", "scopes": ["read"], **change}
    assert small.post("/v1/keys", json=body, headers=admin).status_code == 422
    with service_role_clone.session() as session:
        assert session.scalar(text("SELECT count(*) FROM api_key")) == 1


def test_keys_are_listed_page_by_page(small: TestClient, key: MakeKey) -> None:
    admin = bearer([key("read") for _ in range(4)] and key("admin"))
    ids, address = [], "/v1/keys?limit=2"
    while address:
        page = small.get(address, headers=admin).json()
        ids += [item["id"] for item in page["items"]]
        assert all("key" not in item and "digest" not in item for item in page["items"])
        address = page["links"].get("next", "")
    assert len(ids) == len(set(ids)) == 5
    assert small.get("/v1/keys?cursor=nonsense", headers=admin).status_code == 400
    assert small.get("/v1/keys/key_ffffffff", headers=admin).status_code == 404


def test_no_secret_is_stored_logged_or_answered(
    small: TestClient, key: MakeKey, service_role_clone: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    admin = bearer(key("admin"))
    made = small.post(
        "/v1/keys", json={"name": "desk", "scopes": ["write"]}, headers=admin | {"Idempotency-Key": "k"}
    ).json()["key"]
    answers = [
        small.get("/broken", headers=bearer(made)),
        small.post("/v1/notes", json=NOTE, headers=bearer(made)),
        small.post("/v1/notes", json={**NOTE, "key": made}, headers=bearer(made)),
        small.get("/v1/notes", headers=bearer(made[:-1])),
        small.get("/v1/keys", headers=admin),
    ]
    with service_role_clone.session() as session:
        tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        for table in set(tables) - {"alembic_version"}:
            answers_of_table = session.scalars(text(f'SELECT t::text FROM "{table}" t')).all()
            assert not [row for row in answers_of_table if secret_of(made) in row or hexed(made) in row], table
        assert session.scalar(text("SELECT max(length(digest)) FROM api_key")) == 32
    assert not [answer for answer in answers if secret_of(made) in answer.text]
    written = capsys.readouterr()
    assert secret_of(made) not in written.out + written.err


def secret_of(key: str) -> str:
    return key.split("_")[2][:32]


def hexed(key: str) -> str:
    return secret_of(key).encode().hex()
