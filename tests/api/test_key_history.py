"""Whoever makes, replaces or revokes a key leaves an entry in history, and no secret in it."""

from pathlib import Path
from typing import Any

from sqlalchemy import text

from db.engine import Database
from tests.serving import readout

ENTRIES = text(
    "SELECT action, record_id, before, after, reason, revision.key_id AS by, request_id "
    "FROM history JOIN revision USING (log_id) WHERE noun = 'api_key' ORDER BY revision_id, ordinal"
)


def entries(database: Database) -> list[Any]:
    """Returns what history says of keys."""
    with database.session() as session:
        return list(session.execute(ENTRIES).all())


def test_keys_over_http_leave_history_without_secrets(world: Any) -> None:
    admin = {**world.keys["admin"], "Readout-Reason": "A new colleague"}
    wanted = {"name": "colleague", "scopes": ["read"], "expires_at": "2090-01-01T00:00:00Z"}
    made = world.client.post("/v1/keys", json=wanted, headers=admin).json()
    next_ = world.client.post(f"/v1/keys/{made['id']}/rotate", json={"overlap_minutes": 5}, headers=admin).json()
    for _ in range(2):
        assert world.client.delete(f"/v1/keys/{next_['id']}", headers=admin).status_code == 200
    first, successor, ended, revoked = entries(world.database)
    assert [one.action for one in (first, successor, ended, revoked)] == ["create", "create", "change", "retract"]
    assert (first.record_id, successor.record_id) == (ended.record_id, revoked.record_id)
    assert first.before is None
    assert first.after["name"] == "colleague"
    assert ended.before == first.after
    assert ended.after == {**first.after, "expires_at": ended.after["expires_at"]} != first.after
    assert revoked.after["revoked_at"]
    assert (
        revoked.before
        == successor.after
        == {name: value for name, value in revoked.after.items() if name != "revoked_at"}
    )
    assert {(one.reason, one.by is not None, one.request_id is not None) for one in (first, ended, revoked)} == {
        ("A new colleague", True, True)
    }
    kept = str([(one.before, one.after) for one in (first, successor, ended, revoked)])
    for key in (made["key"], next_["key"]):
        assert not [part for part in key.split("_")[1:] if part in kept]
    assert "digest" not in kept


def test_keys_on_the_command_line_leave_history(service_role_clone: Database, tmp_path: Path) -> None:
    url = service_role_clone.engine.url.render_as_string(hide_password=False)
    made = readout(tmp_path / "data", "key", "create", "colleague", READOUT_DATABASE_URL=url)
    assert made.code == 0, made.err
    shown = readout(tmp_path / "data", "key", "list", READOUT_DATABASE_URL=url).out.splitlines()[-1]
    assert readout(tmp_path / "data", "key", "revoke", shown.split()[0], READOUT_DATABASE_URL=url).code == 0
    said = [(one.action, one.reason, one.after["name"], one.by) for one in entries(service_role_clone)]
    assert said == [
        ("create", "Key made on the command line", "colleague", None),
        ("retract", "Key revoked on the command line", "colleague", None),
    ]
