"""Unsafe configurations are refused or warned of; what is safe by default starts without a word."""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import ValidationError

from db.embedded import Embedded
from db.engine import Database
from db.safety import RULES, UnsafeError, check_server, check_settings
from models.settings import Settings
from tests.conftest import libpq
from tests.places import folder

FAR = "postgresql://desk:mJ3kq9@db.example/record"
TLS = "?sslmode=verify-full"
REFUSED = {name for name, rule in RULES.items() if rule.refused}

SETTINGS = {
    "unknown_variable": {"READOUT_PUBLIC_REED": "true"},
    "common_password": {"READOUT_DATABASE_URL": f"postgresql://postgres:postgres@db.example/record{TLS}"},
    "no_tls_to_database": {"READOUT_DATABASE_URL": FAR},
    "one_role_for_both": {"READOUT_DATABASE_URL": FAR + TLS, "READOUT_OWNER_DATABASE_URL": FAR + TLS},
    "public_reads_beyond_loopback": {"READOUT_HOST": "0.0.0.0", "READOUT_PUBLIC_READ": "true"},
    "plain_http_beyond_loopback": {"READOUT_HOST": "::"},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_unsafe_settings_are_refused_or_warned_of(name: str) -> None:
    if name not in REFUSED:
        assert RULES[name].sentence in check_settings(SETTINGS[name])
        return
    with pytest.raises(UnsafeError) as caught:
        check_settings(SETTINGS[name])
    if name != "unknown_variable":
        assert RULES[name].sentence in str(caught.value)


def test_an_empty_variable_is_an_absent_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.upper().startswith("READOUT_")]:
        monkeypatch.delenv(name)
    plain = Settings().model_dump()
    empty = {f"READOUT_{name.upper()}": "" for name in Settings.model_fields}
    for name, value in empty.items():
        monkeypatch.setenv(name, value)
    assert check_settings(empty) == []
    assert Settings().model_dump() == plain
    assert Settings().data_dir == Path(".data")
    assert Settings().embedded


@pytest.mark.parametrize(
    ("variable", "nearest"),
    [
        ("READOUT_PUBLIC_REED", "READOUT_PUBLIC_READ"),
        ("READOUT_DATABASEURL", "READOUT_DATABASE_URL"),
        ("readout_prot", "READOUT_PORT"),
        ("READOUT_XYZZY", "docs/settings.md"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_name(variable: str, nearest: str) -> None:
    with pytest.raises(UnsafeError, match=nearest):
        check_settings({variable: "1"})


@pytest.mark.parametrize(
    "environ",
    [
        {"READOUT_CORS_ORIGINS": "*", "READOUT_PUBLIC_READ": "false"},
        {"READOUT_CORS_ORIGINS": "*", "READOUT_HOST": "0.0.0.0"},
        {"READOUT_OWNER_DATABASE_URL": FAR},
        {"READOUT_DATABASE_URL": "sqlite:///record.db"},
        {"READOUT_POOL_SIZE": "0"},
    ],
)
def test_settings_that_contradict_each_other_are_refused(environ: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        check_settings(environ)
    assert "mJ3kq9" not in str(caught.value)


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"READOUT_PORT": "9000", "HOME": "/", "readout": "x"},
        {"READOUT_DATABASE_URL": FAR + TLS},
        {"READOUT_DATABASE_URL": FAR, "PGSSLMODE": "require"},
        {"READOUT_DATABASE_URL": "postgresql://postgres:postgres@127.0.0.1/record"},
        {"READOUT_DATABASE_URL": "postgresql://postgres@/record?host=/var/run/postgresql"},
        {"READOUT_CORS_ORIGINS": "*", "READOUT_PUBLIC_READ": "true"},
        {"READOUT_TEST_DATABASE_URL": "postgresql://x"},
    ],
)
def test_safe_settings_start_without_a_word(environ: dict[str, str]) -> None:
    assert check_settings(environ) == []


def refused_by_server(database: Database) -> str:
    with pytest.raises(UnsafeError) as caught:
        check_server(database)
    return str(caught.value)


@pytest.fixture
def owner_runs(service_role_clone: Database, cluster: object) -> Callable[[str], None]:
    """Runs a statement about the clone as its owner; {} stands for its name."""
    name = service_role_clone.engine.url.database

    def run(statement: str) -> None:
        cluster.run(statement, name)
        service_role_clone.close()

    return run


@pytest.fixture
def durable(cluster: Any) -> Iterator[None]:
    """The server as it should run, which tests do not wait for elsewhere."""
    with psycopg.connect(libpq(cluster.role_maker), autocommit=True) as superuser:
        was = superuser.execute("SHOW fsync").fetchone()
        yield from switched(superuser) if was == ("off",) else (None,)


def switched(superuser: psycopg.Connection) -> Iterator[None]:
    """Switches fsync on, and off again."""
    for setting in ("on", "off"):
        superuser.execute(f"ALTER SYSTEM SET fsync = {setting}")
        superuser.execute("SELECT pg_reload_conf()")
        while superuser.execute("SHOW fsync").fetchone() != (setting,):
            time.sleep(0.01)
        if setting == "on":
            yield


@pytest.mark.usefixtures("durable")
def test_a_service_role_on_a_sound_server_starts_without_a_word(service_role_clone: Database) -> None:
    assert check_server(service_role_clone) == []


def test_synchronous_commit_off_is_refused(service_role_clone: Database, owner_runs: Callable[[str], None]) -> None:
    owner_runs("ALTER DATABASE {} SET synchronous_commit = off")
    assert RULES["synchronous_commit_off"].sentence in refused_by_server(service_role_clone)


@pytest.mark.usefixtures("durable")
def test_an_owner_who_serves_is_warned_of_and_a_superuser_refused(clone: Database) -> None:
    with clone.engine.connect() as connection:
        superuser = connection.exec_driver_sql("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").scalar()
    if superuser:
        assert RULES["superuser"].sentence in refused_by_server(clone)
    else:
        assert check_server(clone) == [RULES["owner_is_service"].sentence]


def test_another_encoding_is_refused(service_role_clone: Database, cluster: object) -> None:
    name = f"readout_test_{secrets.token_hex(6)}"
    cluster.run(
        "CREATE DATABASE {} TEMPLATE template0 ENCODING 'LATIN1' LOCALE_PROVIDER libc LC_COLLATE 'C' LC_CTYPE 'C'", name
    )
    latin = Database(cluster.service_url(name))
    try:
        assert RULES["encoding_not_utf8"].sentence in refused_by_server(latin)
    finally:
        latin.close()
        cluster.run("DROP DATABASE {} WITH (FORCE)", name)


@contextmanager
def careless_server(settings: str) -> Iterator[Database]:
    with folder() as home:
        data = home / "data"
        data.mkdir()
        (data / "local.conf").write_text(settings)
        (data / "local.conf").chmod(0o644)
        with Embedded(data, state_dir=home / "state") as embedded:
            database = Database(embedded.start().service)
            yield database
            database.close()


def test_a_server_that_may_lose_what_it_acknowledged_is_refused() -> None:
    careless = "fsync = off\nfull_page_writes = off\nzero_damaged_pages = on\n"
    with careless_server(careless) as database:
        said = refused_by_server(database)
    for name in ("fsync_off", "full_page_writes_off", "damaged_pages_zeroed"):
        assert RULES[name].sentence in said


def test_at_least_twelve_configurations_are_known() -> None:
    assert len(RULES) >= 12
    assert all(rule.sentence.endswith(".") for rule in RULES.values())
