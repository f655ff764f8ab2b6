"""The tables of the past: who fills them, who may not touch them, and that none is forgotten."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.contacts import create_contacts
from db.engine import Database
from db.migrate import migrate
from db.past import stand_at
from db.records import Author, commit, draw_revision
from db.revisions import read_version
from models.base import KnownFrom
from models.contacts import ContactIn
from models.errors import InvalidQuery
from models.tables import METADATA
from tests.conftest import Cluster
from tests.generated import World


@contextmanager
def standing(database: Database, instant: datetime) -> Iterator[Session]:
    """A session that sees the record as it stood."""
    with database.snapshot_session() as session:
        stand_at(session, instant)
        yield session


@pytest.fixture
def world(clone: Database) -> Iterator[World]:
    """A committed world without contacts."""
    with clone.session() as session:
        made = World(session, random.Random(5))
        commit(session, Author())
        yield made


def meeting() -> ContactIn:
    """A contact of two states, announced."""
    takers = [{"actor": "atlantis"}, {"actor": "ruritania"}]
    accounts = [{"source": "paper-0", "stance": "announces"}]
    return ContactIn.model_validate({"kind": "meeting", "participants": takers, "accounts": accounts})


def test_what_did_not_change_and_what_one_write_made_and_unmade_leaves_nothing(world: World) -> None:
    session = world.session
    before = session.execute(text("SELECT count(*) FROM past.actor")).scalar_one()
    session.execute(text("UPDATE actor SET name = name"))
    session.execute(text("UPDATE actor SET name = name || '!', known_from = 0"))
    session.execute(text("UPDATE actor SET name = name || '?'"))
    found = session.execute(text("SELECT count(*), count(DISTINCT actor_id), max(name) FROM past.actor")).one()
    actors = session.execute(text("SELECT count(*) FROM actor")).scalar_one()
    assert found[0] - before == found[1] == actors
    assert "!" not in found[2]
    assert session.execute(text("SELECT bool_and(known_from = current_write()) FROM actor")).scalar_one()
    made = create_contacts(session, [meeting()])[0]
    kept = session.execute(text("SELECT count(*) FROM past.contact")).scalar_one()
    session.execute(text("DELETE FROM participant WHERE contact_id = :id"), {"id": made})
    gone = session.execute(text("SELECT (SELECT count(*) FROM past.participant), count(*) FROM past.contact")).one()
    assert tuple(gone) == (0, kept) == (0, 0)
    session.rollback()


@pytest.mark.parametrize(
    "statement",
    [
        *("INSERT INTO past.topic (known_until) VALUES (1)", "UPDATE past.topic SET known_until = 1"),
        *("DELETE FROM past.topic", "TRUNCATE past.topic", "DROP TABLE past.topic", "DROP VIEW as_of.topic"),
        *("DELETE FROM as_of.topic", "CREATE TABLE past.mine (n int)", "SELECT setval('write_id_seq', 1)"),
        *("ALTER TABLE topic DISABLE TRIGGER topic_keep_past", "TRUNCATE topic", "UPDATE revision SET at = now()"),
    ],
)
def test_the_services_role_cannot_touch_the_past(service_role_clone: Database, statement: str) -> None:
    with service_role_clone.session() as session:
        session.execute(text("INSERT INTO topic (slug, label) VALUES ('wheat', 'Wheat')"))
        draw_revision(session, Author(), 1)
        session.commit()
        session.execute(text("UPDATE topic SET label = 'Grain'"))
        draw_revision(session, Author(), 1)
        session.commit()
        assert session.execute(text("SELECT label FROM past.topic")).scalar_one() == "Wheat"
        # A view over a union cannot be written to at all, by whomever.
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner|cannot delete from view"):
            session.execute(text(statement))


def test_every_table_of_the_record_has_a_past_and_a_view(clone: Database) -> None:
    """Whoever changes a table's columns calls keep_past in the same migration."""
    columns = text(
        "SELECT table_schema, table_name, array_agg(column_name::text ORDER BY column_name) FROM "
        "information_schema.columns WHERE table_schema IN ('public', 'past', 'as_of') GROUP BY 1, 2"
    )
    with clone.session() as session:
        found = {(schema, name): set(names) for schema, name, names in session.execute(columns)}
        triggers = set(
            session.execute(text("SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")).scalars()
        )
    kept = {table.name: {column.name for column in table.columns} for table in METADATA.sorted_tables}
    kept = {name: columns for name, columns in kept.items() if "known_from" in columns}
    assert "known_from" in KnownFrom.model_fields
    for name, names in kept.items():
        assert found["public", name] == found["as_of", name] == names
        assert found["past", name] == {*names, "known_until"}
    assert kept.keys() <= triggers
    rest = {table.name for table in METADATA.sorted_tables} - kept.keys()
    rest -= {"import", "import_chunk", "import_refusal"}
    assert rest == {"api_key", "history", "idempotency", "instance", "revision"}, "what shapes an answer has a past"


def test_the_past_is_found_by_index(world: World) -> None:
    session = world.session
    session.execute(text("SET LOCAL enable_seqscan = off"))
    for name in ("known_revision", "last_write"):
        session.execute(text(f"SET LOCAL readout.{name} = '1'"))
    session.execute(text("SET LOCAL readout.late_writes = '{}'"))
    listed = """EXPLAIN SELECT contact_id FROM as_of.incidence WHERE ego_id = 7 AND level = 'state'
        ORDER BY newest DESC, contact_id DESC LIMIT 50"""
    plan = "\n".join(session.execute(text(listed)).scalars())
    assert plan.count("incidence_newest_idx") == 2
    assert "Merge Append" in plan, "the newest are taken from both, nothing is sorted"
    joined = """EXPLAIN SELECT * FROM as_of.participant p JOIN as_of.actor a USING (actor_id) WHERE p.contact_id = 7"""
    plan = "\n".join(session.execute(text(joined)).scalars())
    assert plan.count("actor_pkey") == 2
    session.rollback()


def test_a_record_from_before_the_past_was_kept_stands_since_its_migration(cluster: Cluster) -> None:
    with cluster.database("template0") as name:
        owner = cluster.url(name)
        migrate(owner, revision="0008")
        old = Database(owner)
        with old.session() as session:
            session.execute(text("INSERT INTO topic (slug, label) VALUES ('wheat', 'Wheat')"))
            session.execute(text("INSERT INTO revision (changes) VALUES (1)"))
            session.commit()
        old.close()
        migrate(owner)
        database = Database(owner)
        migrated = datetime.now(UTC)
        with database.session() as session:
            session.execute(text("UPDATE topic SET label = 'Grain'"))
            draw_revision(session, Author(), 1)
            session.commit()
        with standing(database, migrated) as past:
            assert past.execute(text("SELECT label FROM topic")).scalar_one() == "Wheat"
            assert read_version(past) == 1
        with (
            pytest.raises(InvalidQuery, match="keeps its past since"),
            standing(database, migrated - timedelta(hours=1)),
        ):
            pass
        database.close()


def test_instants_rise_even_when_the_clock_is_set_back(world: World) -> None:
    session = world.session
    session.execute(text("UPDATE revision SET at = '2100-01-01T00:00Z'"))
    number = draw_revision(session, Author(), 1)
    found = session.execute(text("SELECT at FROM revision WHERE revision_id = :n"), {"n": number}).scalar_one()
    assert found == datetime(2100, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    session.rollback()
