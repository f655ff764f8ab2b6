"""A random world read literally, and the first world: both asked through the graph questions themselves."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from db.engine import Database
from db.records import Author, commit
from db.revisions import read_version
from graph.memory import Memory
from graph.questions import Asking, Budget, Found
from graph.registry import QUESTIONS
from tests.brute_force import Reading
from tests.invented import invent
from tests.questions import fill
from tests.world import TODAY, Cluster, database_of_the_first_world

Ask = Callable[..., Found]
BY_NAME = {question.name: question for question in QUESTIONS}


@pytest.fixture(autouse=True)
def nothing_left_open(request: pytest.FixtureRequest) -> Iterator[None]:
    """Ends the transactions of sessions that outlive a test: the server ends those that stand still for long."""
    yield
    for name in ("reading", "first_world_session", "invented"):
        if name in request.fixturenames:
            found = request.getfixturevalue(name)
            (found.session if isinstance(found, Reading) else found).rollback()


@pytest.fixture(scope="package")
def reading(cluster: Cluster, template: str) -> Iterator[Reading]:
    """A random world, read literally."""
    with cluster.database(template) as name, closing(Database(cluster.url(name), statement_timeout_ms=0)) as database:
        with database.session() as session:
            fill(session)
            commit(session, Author())
        with database.session() as session:
            yield Reading(session)


def asker(session: Session, today: date = TODAY) -> Ask:
    """Returns what asks a graph question by its name."""
    memory = Memory()

    def ask(name: str, budget: Budget | None = None, **given: Any) -> Found:
        question = BY_NAME[name]
        address = {end: given.pop(end) for end in question.ends}
        asking = Asking(session, read_version(session), today, budget or Budget(seconds=60), memory, address)
        asked = question.asked.model_validate(given)
        found = question.find(asking, asked)
        shown = {"links": {"self": "/"}, "meta": {"graph_version": 1, "unit": found.unit, "as_of": "2021-05-20"}}
        if not any(isinstance(member, str) for member in found.members.values()):
            question.answer.model_validate({**found.members, **shown})
        return found

    return ask


@pytest.fixture
def ask(reading: Reading) -> Ask:
    """Asks the random world."""
    return asker(reading.session)


@pytest.fixture(scope="package")
def first_world_session(cluster: Cluster, template: str) -> Iterator[Session]:
    """The first world, to read from."""
    with database_of_the_first_world(cluster, template) as database, database.snapshot_session() as session:
        yield session


@pytest.fixture
def ask_first(first_world_session: Session) -> Ask:
    """Asks the first world."""
    return asker(first_world_session)


@pytest.fixture(scope="package")
def invented(cluster: Cluster, template: str) -> Iterator[Session]:
    """The invented record whose gaps can be counted by hand, to read from."""
    with cluster.database(template) as name, closing(Database(cluster.url(name))) as database:
        with database.session() as session:
            invent(session)
            commit(session, Author())
        with database.snapshot_session() as session:
            yield session


@pytest.fixture
def ask_invented(invented: Session) -> Ask:
    """Asks the invented record."""
    return asker(invented)
