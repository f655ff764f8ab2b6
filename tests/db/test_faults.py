"""What PostgreSQL refuses becomes an error of the domain, by constraint or by SQLSTATE."""

import threading

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from db.engine import Database
from db.faults import BROKEN, BY_STATE, REDONE, REPEATED, TAKEN, constraint_of, is_worth_repeating, meaning
from models.errors import Conflict, InvalidRecord, ReadoutError, TimedOut, Unavailable

TOPIC = "INSERT INTO topic (slug, label) VALUES (:slug, 'A topic')"
DRAWN = {
    *(
        "account_pkey",
        "actor_pkey",
        "affiliation_pkey",
        "api_key_pkey",
        "commitment_pkey",
        "contact_pkey",
        "coverage_pkey",
    ),
    *(
        "designation_pkey",
        "dismissal_pkey",
        "episode_pkey",
        "history_pkey",
        "import_pkey",
        "revision_pkey",
        "source_pkey",
        "topic_pkey",
    ),
}
"""Their values are drawn from a sequence: nobody can take another's."""
UNDER_ONE_RECORD = {
    *("account_actor_pkey", "account_topic_pkey", "actor_name_pkey", "commitment_account_pkey"),
    *("commitment_actor_pkey", "contact_episode_pkey", "contact_topic_pkey", "participant_pkey"),
    *("contact_relation_pkey", "import_chunk_pkey", "import_refusal_pkey"),
}
"""Parts of one record, whose row is locked while they are written."""
OURS = {"api_key_name_token_key", "instance_pkey", "alembic_version_pkc"}


def run(database: Database, statement: str, values: dict[str, object]) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(statement), values)


def fault(database: Database, statement: str, **values: object) -> SQLAlchemyError:
    with pytest.raises(SQLAlchemyError) as caught:
        run(database, statement, values)
    return caught.value


def test_a_taken_slug_is_a_conflict_that_names_the_record(clone: Database) -> None:
    with clone.session() as session:
        session.execute(text(TOPIC), {"slug": "cease-fire"})
        session.commit()
    error = fault(clone, TOPIC, slug="cease-fire")
    said = meaning(error)
    assert isinstance(said, Conflict)
    assert said.extra == {"existing": "/v1/topics/cease-fire"}
    assert said.errors[0].pointer == "/slug"
    assert not is_worth_repeating(error)


def test_a_taken_identifier_is_found_even_when_it_looks_like_the_servers_words(clone: Database) -> None:
    make = text(
        "WITH made AS ("
        " INSERT INTO actor (kind, slug, name, provisional, folded, keys)"
        " VALUES ('person', :slug, 'A', false, 'a', '{}') RETURNING actor_id"
        ") INSERT INTO actor_identifier (scheme, value, actor_id)"
        " SELECT 'wikidata', 'a, b)=(c/ü', actor_id FROM made"
    )
    with clone.session() as session:
        session.execute(make, {"slug": "one"})
        session.commit()
    said = meaning(fault(clone, make.text, slug="two"))
    assert isinstance(said, Conflict)
    assert said.extra["existing"] == "/v1/actors/wikidata:a%2C%20b%29%3D%28c%2F%C3%BC"


@pytest.mark.parametrize(
    ("statement", "values", "kind"),
    [
        ("INSERT INTO topic (slug, label, broader_id) VALUES ('a', 'A', 999)", {}, InvalidRecord),
        ("INSERT INTO topic (slug, label) VALUES (:slug, 'A')", {"slug": "a\x00b"}, InvalidRecord),
        ("INSERT INTO topic (slug, label) VALUES ('a', NULL)", {}, InvalidRecord),
        ("SELECT CAST(:number AS bigint)", {"number": 2**70}, InvalidRecord),
        ("SELECT CAST('10000-13-45' AS date)", {}, InvalidRecord),
        ("SELECT convert_from('\\xff'::bytea, 'UTF8')", {}, InvalidRecord),
        ("SET LOCAL statement_timeout = 20; SELECT pg_sleep(5)", {}, TimedOut),
        ("SELECT pg_terminate_backend(pg_backend_pid())", {}, Unavailable),
        ("SET TRANSACTION READ ONLY; DELETE FROM topic", {}, Unavailable),
    ],
)
def test_each_state_has_its_meaning(
    clone: Database, statement: str, values: dict[str, object], kind: type[ReadoutError]
) -> None:
    error = fault(clone, statement, **values)
    assert type(meaning(error)) is kind


def test_a_broken_rule_is_said_in_words(clone: Database) -> None:
    said = meaning(fault(clone, "INSERT INTO topic (topic_id, slug, label, broader_id) VALUES (7, 'a', 'A', 7)"))
    assert isinstance(said, InvalidRecord)
    assert said.detail == "A topic cannot be broader than itself."


def test_an_unknown_table_is_our_fault(clone: Database) -> None:
    assert meaning(fault(clone, "SELECT * FROM no_such_table")) is None


def test_a_server_that_is_away_is_unavailable() -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:9/nothing")
    assert isinstance(meaning(fault(nowhere, "SELECT 1")), Unavailable)
    nowhere.close()


def test_an_exhausted_pool_is_unavailable(clone: Database) -> None:
    small = Database(clone.url, pool_size=1, wait_ms=10)
    with small.engine.connect():
        assert isinstance(meaning(fault(small, "SELECT 1")), Unavailable)
    small.close()


def test_the_loser_of_a_deadlock_is_worth_repeating(clone: Database) -> None:
    with clone.session() as session:
        for slug in ("one", "two"):
            session.execute(text(TOPIC), {"slug": slug})
        session.commit()
    meet, lost = threading.Barrier(2, timeout=20), list[BaseException]()

    def cross(first: str, second: str) -> None:
        with clone.session() as session:
            update = text("UPDATE topic SET label = 'B' WHERE slug = :slug")
            session.execute(update, {"slug": first})
            meet.wait()
            try:
                session.execute(update, {"slug": second})
                session.commit()
            except SQLAlchemyError as error:
                lost.append(error)

    threads = [threading.Thread(target=cross, args=pair) for pair in (("one", "two"), ("two", "one"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [is_worth_repeating(error) for error in lost] == [True]
    assert isinstance(meaning(lost[0]), Unavailable)


def test_the_number_of_a_shard_is_not_part_of_a_name(clone: Database) -> None:
    with clone.engine.begin() as connection:
        connection.execute(text("ALTER TABLE topic RENAME CONSTRAINT topic_slug_key TO topic_slug_key_102291"))
        connection.execute(text(TOPIC), {"slug": "one"})
    error = fault(clone, TOPIC, slug="one")
    assert constraint_of(error) == "topic_slug_key"
    assert isinstance(meaning(error), Conflict)


def test_every_unique_constraint_of_the_schema_has_a_meaning(clone: Database) -> None:
    with clone.engine.connect() as connection:
        names = connection.scalars(
            text(
                "SELECT conname FROM pg_constraint WHERE contype IN ('p', 'u')"
                " AND connamespace = 'public'::regnamespace"
                # Those of the queue are its library's own.
                " AND conname NOT LIKE 'procrastinate%'"
            )
        )
        found = set(names)
    explained = set(TAKEN) | set(REPEATED) | set(REDONE) | DRAWN | UNDER_ONE_RECORD | OURS
    assert found == explained


def test_every_rule_explained_here_is_in_the_schema(clone: Database) -> None:
    with clone.engine.connect() as connection:
        found = set(connection.scalars(text("SELECT conname FROM pg_constraint WHERE contype = 'c'")))
    assert set(BROKEN) <= found


@pytest.mark.parametrize("state", sorted(BY_STATE))
def test_states_are_those_of_postgresql(state: str) -> None:
    known = [
        kind.sqlstate for kind in vars(psycopg.errors).values() if isinstance(getattr(kind, "sqlstate", None), str)
    ]
    assert any(code.startswith(state) for code in known)
