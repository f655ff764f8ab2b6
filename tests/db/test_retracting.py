"""Nothing that stands names what was retracted, whoever was writing in the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.actors import create_actor, retract_actor
from db.contacts import create_contacts
from db.engine import Database
from db.records import Author, commit
from db.resources import DESIGNATIONS, EPISODES, TOPICS, create, take_out
from db.sources import create_source, retract_source
from models.actors import ActorIn
from models.contacts import ContactIn
from models.designations import DesignationIn
from models.episodes import EpisodeIn
from models.errors import Conflict, InvalidRecord, ReadoutError
from models.sources import SourceIn
from models.topics import TopicIn
from tests.conftest import Cluster
from tests.db.test_load_in_circles import until, waits

AUTHOR = Author(reason="a mistake")
Act = Callable[[Session], object]


def fill(session: Session) -> None:
    for slug in ("anna", "boris", "carl"):
        create_actor(session, ActorIn.model_validate({"kind": "person", "name": slug.title(), "slug": slug}))
    create_source(session, SourceIn.model_validate({"kind": "other", "title": "Diary", "slug": "diary"}), None, None)
    create(session, TOPICS, TopicIn.model_validate({"label": "Ports", "slug": "ports"}), {"broader_id": None})
    episode = EpisodeIn.model_validate({"name": "Talks", "slug": "talks", "since": "..", "until": ".."})
    create(session, EPISODES, episode, {})
    commit(session, AUTHOR)


def record(session: Session) -> object:
    body = {
        "kind": "call",
        "participants": [{"actor": "anna"}, {"actor": "boris"}],
        "accounts": [{"source": "diary"}],
        "topics": ["ports"],
        "episodes": ["talks"],
    }
    return create_contacts(session, [ContactIn.model_validate(body)])


def retracting(noun: str, slug: str) -> Act:
    verbs: dict[str, Callable[..., object]] = {"actor": retract_actor, "source": retract_source}
    resources = {"topic": TOPICS, "episode": EPISODES}

    def retract(session: Session) -> object:
        find = text(f"SELECT {noun}_id FROM {noun} WHERE slug = :slug")
        number = session.execute(find, {"slug": slug}).scalar_one()
        if noun in verbs:
            return verbs[noun](session, number, "a mistake", None)
        return take_out(session, resources[noun], number, "a mistake", None)

    return retract


@pytest.mark.parametrize(
    ("noun", "slug"), [("actor", "anna"), ("source", "diary"), ("topic", "ports"), ("episode", "talks")]
)
@pytest.mark.parametrize("retracted_first", [True, False], ids=["retracted-first", "named-first"])
def test_of_naming_and_retracting_at_once_the_second_is_refused(
    cluster: Cluster, template: str, noun: str, slug: str, retracted_first: bool
) -> None:
    acts: list[Act] = [retracting(noun, slug), record]
    first, second = acts if retracted_first else reversed(acts)
    with cluster.database(template) as name, closing(Database(cluster.url(name))) as database:
        with database.session() as session:
            fill(session)
        with ThreadPoolExecutor(1) as pool, database.session() as session:
            first(session)
            told = pool.submit(refusal, database, second)
            until(lambda: waits(database) or told.done())
            commit(session, AUTHOR)
            error: Any = told.result()
        assert isinstance(error, InvalidRecord if retracted_first else Conflict)
        assert not retracted_first or {one.code for one in error.errors} == {f"retracted_{noun}"}


def refusal(database: Database, act: Act) -> ReadoutError | None:
    """Acts in a transaction of its own, and returns why it was refused."""
    try:
        with database.session() as session:
            act(session)
            commit(session, AUTHOR)
    except ReadoutError as error:
        return error
    return None


def test_what_nobody_names_is_retracted_beside_writers(cluster: Cluster, template: str) -> None:
    with cluster.database(template) as name, closing(Database(cluster.url(name))) as database:
        with database.session() as session:
            fill(session)
            anna = session.execute(text("SELECT actor_id FROM actor WHERE slug = 'anna'")).scalar_one()
            listed = DesignationIn.model_validate(
                {"list": "Sanctions", "authority": "A council", "since": "..", "until": ".."}
            )
            made = create(session, DESIGNATIONS, listed, {"actor_id": anna})
            commit(session, AUTHOR)
        number = made.designation_id  # type: ignore[attr-defined]
        with ThreadPoolExecutor(1) as pool, database.session() as session:
            record(session)
            told = pool.submit(refusal, database, lambda s: take_out(s, DESIGNATIONS, number, "a mistake", None))
            until(lambda: waits(database) or told.done())
            assert told.done()
        assert told.result() is None
