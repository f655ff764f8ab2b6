"""Promise 32: history cannot be changed unseen. Whoever alters, removes or re-orders an entry is found."""

import random
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.engine import Database
from db.loading import Loading
from db.records import Author, commit
from db.replay import check_history
from db.resources import TOPICS, create, patch
from db.seed import load_world, seed
from models.actors import ActorIn
from models.affiliations import AffiliationIn
from models.contacts import ContactIn
from models.topics import TopicIn
from tests.generated import World

EDITS_SHORT, EDITS_LONG = 21, 1_000


@pytest.fixture
def busy(clone: Database) -> Iterator[Session]:
    """A session of the owner on a record that many writes have changed."""
    with clone.session() as session:
        world = World(session, random.Random(11))
        commit(session, Author(reason="start"))
        for number in range(25):
            world.step()
            commit(session, Author(key_id=number % 3, reason=f"step {number}" if number % 2 else None))
    with clone.session() as session:
        yield session


def faults(session: Session) -> list[str]:
    """Returns what a check finds, and ends its transaction."""
    found = check_history(session).faults
    session.rollback()
    return found


def test_a_record_that_was_only_written_through_the_verbs_is_whole(clone: Database) -> None:
    with clone.session() as session:
        seed(session)
        load_world(session)
        commit(session, Author(reason="First start"))
        loading = Loading(session)
        loading.begin()
        known = {"kind": "person", "name": "Joe Biden", "slug": "joe-biden"}
        loading.actor(ActorIn.model_validate({**known, "identifiers": [{"scheme": "test", "value": "1"}]}))
        loading.affiliation("test:1", AffiliationIn(relation="belongs_to", target="iso3:USA", since="1942"))
        made = {"kind": "call", "participants": [{"actor": "test:1"}, {"actor": "benjamin-netanyahu"}]}
        accounts = {"accounts": [{"source": "press-report-2021-05-12"}]}
        loading.contact(
            ContactIn.model_validate({**made, **accounts, "identifiers": [{"scheme": "test", "value": "1"}]})
        )
        assert [one.fate for one in loading.flush()] == ["added"]
        commit(session, Author(reason="Import"))
        found = check_history(session)
    assert found.faults == []
    assert found.entries == found.records + 1 > 400, "the actor who got an identifier has two"
    assert (found.unchained, found.unlogged, found.erased) == (0, 0, 0)
    assert found.head.startswith("2:")


def test_a_record_changed_many_times_is_whole(busy: Session) -> None:
    assert faults(busy) == []


def test_a_row_changed_beside_history_is_named(busy: Session) -> None:
    busy.execute(text("UPDATE source SET title = 'another' WHERE slug = 'paper-0'"))
    busy.execute(text("DELETE FROM participant WHERE contact_id = (SELECT min(contact_id) FROM participant)"))
    busy.execute(text("INSERT INTO topic (slug, label) VALUES ('stray', 'Stray')"))
    said = check_history(busy).faults
    assert {one.split()[0] for one in said if "history" in one} == {"source", "contact", "topic"}
    assert any("of which there is no revision" in one for one in said)


def test_records_from_before_the_log_begin_with_their_first_change(clone: Database) -> None:
    with clone.session() as session:
        row: Any = create(session, TOPICS, TopicIn(label="Old"), {"broader_id": None})
        create(session, TOPICS, TopicIn(label="Untouched"), {"broader_id": None})
        commit(session, Author())
        session.execute(text("UPDATE revision SET link = NULL, entries = NULL"))
        session.execute(text("UPDATE history SET digest = NULL, salt = NULL"))
        session.execute(text("UPDATE instance SET logged_from = nextval('write_id_seq')"))
        session.commit()
        patch(session, TOPICS, row.topic_id, (TopicIn(label="Older"), {"broader_id": None}), None)
        commit(session, Author())
        found = check_history(session)
    assert (found.faults, found.unchained, found.unlogged, found.records) == ([], 1, 1, 1)


Edit = Callable[[Session, random.Random], object]


def _pick(session: Session, rng: random.Random, statement: str) -> Any:
    rows = session.execute(text(statement)).all()
    return rng.choice(rows)


def _alter_entry(session: Session, rng: random.Random) -> None:
    one = _pick(session, rng, "SELECT log_id, ordinal FROM history")
    values: Final = {
        "action": "CASE action WHEN 'merge' THEN 'change' ELSE 'merge' END",
        "record_id": "record_id + 1",
        "after": "coalesce(after, '{}') || '{\"forged\": 1}'",
        "before": "'{\"forged\": 1}'",
        "salt": "sha256(salt)",
        "digest": "sha256(digest)",
        "contact_id": "coalesce(contact_id, 0) + 1",
    }
    column = rng.choice(list(values))
    statement = f"UPDATE history SET {column} = {values[column]} WHERE log_id = :log_id AND ordinal = :ordinal"
    session.execute(text(statement), dict(one._mapping))


def _empty_entry(session: Session, rng: random.Random) -> None:
    one = _pick(session, rng, "SELECT log_id, ordinal FROM history")
    session.execute(text(_EMPTY), dict(one._mapping))


def _remove_entry(session: Session, rng: random.Random) -> None:
    one = _pick(session, rng, "SELECT log_id, ordinal FROM history")
    session.execute(text("DELETE FROM history WHERE log_id = :log_id AND ordinal = :ordinal"), dict(one._mapping))


def _swap_entries(session: Session, rng: random.Random) -> None:
    one = _pick(session, rng, "SELECT log_id FROM history GROUP BY log_id HAVING count(*) > 1")
    two = rng.sample(list(session.execute(text(_ORDINALS), {"log": one.log_id}).scalars()), 2)
    for old, new in ((two[0], -1), (two[1], two[0]), (-1, two[1])):
        session.execute(text(_MOVE), {"log": one.log_id, "old": old, "new": new})


def _alter_revision(session: Session, rng: random.Random) -> None:
    one = _pick(session, rng, "SELECT revision_id FROM revision")
    values: Final = {
        "at": "at + interval '1 microsecond'",
        "key_id": "coalesce(key_id, 0) + 1",
        "reason": "coalesce(reason, '') || '!'",
        "request_id": "coalesce(request_id, '') || '!'",
        "changes": "changes + 1",
        "touched": "coalesce(touched, '{}') || 1::bigint",
        "entries": "sha256(entries)",
        "link": "sha256(link)",
        "write_id": "write_id + 100000",
    }
    column = rng.choice(list(values))
    statement = f"UPDATE revision SET {column} = {values[column]} WHERE revision_id = :revision_id"
    session.execute(text(statement), dict(one._mapping))


def _remove_revision(session: Session, rng: random.Random) -> None:
    one = _pick(session, rng, "SELECT revision_id, log_id FROM revision")
    session.execute(text("DELETE FROM revision WHERE revision_id = :revision_id"), {"revision_id": one.revision_id})
    if rng.random() < 0.5:
        session.execute(text("DELETE FROM history WHERE log_id = :log_id"), {"log_id": one.log_id})


def _swap_revisions(session: Session, rng: random.Random) -> None:
    numbers = rng.sample(list(session.execute(text("SELECT revision_id FROM revision")).scalars()), 2)
    for old, new in ((numbers[0], -1), (numbers[1], numbers[0]), (-1, numbers[1])):
        session.execute(
            text("UPDATE revision SET revision_id = :new WHERE revision_id = :old"), {"old": old, "new": new}
        )


_EMPTY = "UPDATE history SET before = NULL, after = NULL, salt = NULL WHERE log_id = :log_id AND ordinal = :ordinal"
_RENUMBER = "UPDATE revision SET revision_id = :new WHERE revision_id = :old"
_ORDINALS = "SELECT ordinal FROM history WHERE log_id = :log"
_MOVE = "UPDATE history SET ordinal = :new WHERE log_id = :log AND ordinal = :old"
EDITS: Final[tuple[Edit, ...]] = (
    *(_alter_entry, _empty_entry, _remove_entry, _swap_entries),
    *(_alter_revision, _remove_revision, _swap_revisions),
)


def _found(session: Session, seed_: int, edits: int) -> int:
    rng, found = random.Random(seed_), 0
    for number in range(edits):
        edit = EDITS[number % len(EDITS)]
        edit(session, rng)
        said = check_history(session).faulty
        session.rollback()
        assert said, f"edit {number} of seed {seed_}: {edit} was not found"
        found += 1
    return found


def test_every_edit_of_history_is_found(busy: Session) -> None:
    assert _found(busy, 20210512, EDITS_SHORT) == EDITS_SHORT


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_a_thousand_edits_of_history_are_found(busy: Session) -> None:
    assert _found(busy, 32, EDITS_LONG) == EDITS_LONG
