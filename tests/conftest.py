"""The real PostgreSQL under the tests: one cluster, one migrated template, a clone for whoever commits."""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import hypothesis
import psycopg
import pytest
from hypothesis import HealthCheck
from psycopg import sql
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from db.embedded import Embedded
from db.engine import Database
from db.migrate import migrate
from tests.places import folder

DROP_TRIES = 50
TEST_DATABASE_URL = "READOUT_TEST_DATABASE_URL"
LONGEST = {
    "test_schemathesis": 5,
    "test_promises_hostile": 4,
    "test_promises_injection": 3,
    "test_promises_writes": 2,
    "test_promises_retries": 2,
    "test_promises_guards": 1,
    "test_promise_19": 1,
    "test_command": 1,
}
"""Files of tests that run for long, those that run longest first."""
DATABASE_FIXTURES = frozenset({"cluster", "template", "clone", "session", "service_role_clone"})


def pytest_configure(config: pytest.Config) -> None:
    """Takes the settings of whoever runs the tests out of their sight, and the clock out of hypothesis's."""
    for name in [name for name in os.environ if name.startswith("READOUT_")]:
        if name not in (TEST_DATABASE_URL, "READOUT_SHARED_DATA"):
            del os.environ[name]
    # No time decides a test: the first text that is drawn has to wait for tables of all characters.
    hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    hypothesis.settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test that reaches the database, through whichever fixture, and begins with the longest files."""
    # A worker takes a file at a time: a long one that comes last would leave the others idle.
    items.sort(key=lambda item: LONGEST.get(item.path.stem, 0), reverse=True)
    for item in items:
        if DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.pg)


@dataclass(frozen=True)
class Cluster:
    """A server on which the tests may make databases, the two roles they connect as, and one that may make roles."""

    admin: str
    service: str
    role_maker: str

    def url(self, database: str) -> str:
        """Returns the owner's address of one database."""
        return at(self.admin, database)

    def service_url(self, database: str) -> str:
        """Returns the service's address of one database."""
        return at(self.service, database)

    @property
    def service_role(self) -> str:
        """The role that the service connects as."""
        return str(make_url(self.service).username)

    def run(self, statement: str, *names: str) -> None:
        """Runs a statement of the administration, with the names quoted into it."""
        with psycopg.connect(libpq(self.url("postgres")), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    @contextmanager
    def database(self, template: str) -> Iterator[str]:
        """Makes a database and drops it afterwards; whoever is still connected is cut off."""
        name = f"readout_test_{secrets.token_hex(6)}"
        self.run("CREATE DATABASE {} TEMPLATE {}", name, template)
        try:
            yield name
        finally:
            self._drop(name)

    def _drop(self, name: str) -> None:
        # The owner may not cut off an autovacuum worker that happens to be there; it leaves by itself.
        for _ in range(DROP_TRIES):
            with suppress(psycopg.errors.InsufficientPrivilege):
                return self.run("DROP DATABASE {} WITH (FORCE)", name)
            time.sleep(0.1)
        return self.run("DROP DATABASE {} WITH (FORCE)", name)


def at(url: str, database: str) -> str:
    """Returns the same address with another database."""
    return make_url(url).set(database=database).render_as_string(hide_password=False)


def libpq(url: str) -> str:
    """Returns the address as psycopg itself reads it."""
    return "postgresql://" + url.split("://", 1)[1]


@contextmanager
def roles_of(admin: str) -> Iterator[Cluster]:
    """Makes a service role on a server that is given, and drops it afterwards."""
    role, password = f"readout_test_{secrets.token_hex(6)}", secrets.token_hex(16)
    service = make_url(admin).set(username=role, password=password)
    cluster = Cluster(admin, service.render_as_string(hide_password=False), admin)
    cluster.run(f"CREATE ROLE {{}} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{password}'", role)
    try:
        yield cluster
    finally:
        cluster.run("DROP ROLE {}", role)


@contextmanager
def embedded_cluster() -> Iterator[Cluster]:
    """Starts an embedded PostgreSQL in a folder of its own, and leaves nothing behind."""
    with folder() as home:
        embedded = Embedded(home / "data", state_dir=home / "state")
        urls = embedded.start()
        # Nothing here outlives the machine, and making and dropping databases waits for the disk above all.
        with psycopg.connect(libpq(urls.superuser), autocommit=True) as superuser:
            superuser.execute("ALTER SYSTEM SET fsync = off")
            superuser.execute("SELECT pg_reload_conf()")
        try:
            yield Cluster(urls.owner, urls.service, urls.superuser)
        finally:
            embedded.stop()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The server that READOUT_TEST_DATABASE_URL names, else an embedded one for these tests."""
    given = os.environ.get(TEST_DATABASE_URL)
    with roles_of(given) if given else embedded_cluster() as made:
        yield made


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> Iterator[str]:
    """The name of a database that is migrated, granted to the service's role and empty."""
    with cluster.database("template0") as name:
        migrate(cluster.url(name), service_role=cluster.service_role)
        yield name


@pytest.fixture
def clone(cluster: Cluster, template: str) -> Iterator[Database]:
    """A migrated database of the test's own, connected as its owner; what it commits is really committed."""
    with cluster.database(template) as name:
        database = Database(cluster.url(name))
        yield database
        database.close()


@pytest.fixture
def service_role_clone(cluster: Cluster, template: str) -> Iterator[Database]:
    """A migrated database of the test's own, connected as the service's role, which owns nothing."""
    with cluster.database(template) as name:
        database = Database(cluster.service_url(name), pool_size=10)
        yield database
        database.close()


@pytest.fixture(scope="session")
def shared_clone(cluster: Cluster, template: str) -> Iterator[Database]:
    """The database in which tests take turns, each rolled back."""
    with cluster.database(template) as name:
        database = Database(cluster.url(name))
        yield database
        database.close()


@pytest.fixture
def session(shared_clone: Database) -> Iterator[Session]:
    """A session whose COMMIT ends a savepoint: after the test everything is as before.

    The clock of its transaction stands still and deferred constraints go unchecked; use `clone` for those.
    """
    with shared_clone.engine.connect() as connection, connection.begin() as transaction:
        with Session(
            connection,
            autoflush=False,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint",
            info={"ids": shared_clone.ids},
        ) as made:
            yield made
        transaction.rollback()
