"""Entries of history: what they hold, who may touch them, and that the database and Python link them alike."""

import random
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.contacts import create_contacts
from db.engine import Database
from db.journal import remember
from db.record_states import DERIVED, RECORDS, columns, read_states
from db.records import Author, commit, fetch
from db.resources import TOPICS, create
from models.chain import entries_digest, entry_digest, link, reason_digest
from models.contacts import ContactIn
from models.tables import METADATA
from models.topics import Topic, TopicIn
from tests.generated import World

PARTS = {"actor_name", "actor_identifier", "participant", "contact_identifier", "contact_topic", "contact_episode"} | {
    *("contact_relation", "account_actor", "account_topic", "commitment_actor", "commitment_account")
}
PROJECTIONS = {"incidence", "edge", "tie", "tie_month", "acknowledgement", "lift"}
LEDGER = {"revision", "history", "instance", "idempotency", "import", "import_chunk", "import_refusal"}


def meeting() -> ContactIn:
    """A contact of two states with all that may belong to one."""
    return ContactIn.model_validate(
        {
            "kind": "meeting",
            "participants": [{"actor": "atlantis"}, {"actor": "ruritania"}],
            "accounts": [{"source": "paper-0", "stance": "announces", "participants": ["atlantis"]}],
            "commitments": [{"text": "To meet again", "by": ["atlantis"], "to": ["ruritania"], "accounts": [0]}],
            "identifiers": [{"scheme": "test", "value": "1"}],
        }
    )


def entries(session: Session) -> list[Any]:
    """Returns all entries with their revision's number, in order."""
    order = "SELECT r.revision_id, h.* FROM history h JOIN revision r USING (log_id) ORDER BY r.revision_id, h.ordinal"
    return list(session.execute(text(order)).all())


def test_links_and_digests_are_those_that_the_rules_demand(clone: Database) -> None:
    with clone.session() as session:
        World(session, random.Random(5))
        commit(session, Author(reason="«First» \\ start\n", request_id='a"b'))
        create_contacts(session, [meeting()])
        commit(session, Author(key_id=7))
        revisions = session.execute(text("SELECT * FROM revision ORDER BY revision_id")).mappings().all()
        found = entries(session)
    assert len(revisions) == 2
    previous = None
    for one in revisions:
        own = [entry for entry in found if entry.log_id == one["log_id"]]
        assert [entry.ordinal for entry in own] == list(range(one["changes"]))
        assert all(entry_digest(entry.salt, entry._mapping) == entry.digest for entry in own)
        assert entries_digest(entry.digest for entry in own) == one["entries"]
        reason = one["reason"] and reason_digest(one["reason_salt"], one["reason"])
        previous = link(previous, one, entries=one["entries"], reason=reason)
        assert one["link"] == previous
    assert len({entry.salt for entry in found}) == len(found) > 30


def test_an_entry_holds_the_record_as_its_tables_do(clone: Database) -> None:
    with clone.session() as session:
        World(session, random.Random(5))
        contact = create_contacts(session, [meeting()])[0]
        commit(session, Author())
        made = {one.noun: one for one in entries(session)}
        assert [p["ordinal"] for p in made["contact"].after["participants"]] == [0, 1]
        assert made["contact"].after["identifiers"] == [{"scheme": "test", "value": "1"}]
        assert made["account"].contact_id == made["commitment"].contact_id == contact
        assert made["account"].after["participant_ids"] == made["commitment"].after["by_ids"]
        assert not DERIVED & made["contact"].after.keys()
        for noun, one in made.items():
            number = (one.contact_id, one.record_id) if RECORDS[noun].of_contact else one.record_id
            assert read_states(session, noun, [number]) == {number: one.after}


def test_several_changes_in_one_transaction_are_one_entry_and_none_is_none(clone: Database) -> None:
    with clone.session() as session:
        row: Any = create(session, TOPICS, TopicIn(label="Grain"), {"broader_id": None})
        row.label = "Grain trade"
        session.flush()
        remember(session, row, "change")
        first = commit(session, Author())
        fetch(session, Topic, row.topic_id, lock=True)
        remember(session, row, "change")
        assert commit(session, Author()) is None, "nothing was changed"
        found = entries(session)
    assert [(one.revision_id, one.action, one.after["label"]) for one in found] == [(first, "create", "Grain trade")]


def test_who_changes_a_record_without_reading_it_before_is_told(session: Session) -> None:
    row = create(session, TOPICS, TopicIn(label="Grain"), {"broader_id": None})
    commit(session, Author())
    remember(session, row, "change")
    with pytest.raises(KeyError):
        commit(session, Author())


@pytest.mark.parametrize("verb", ["UPDATE {0} SET log_id = 0", "DELETE FROM {0}", "TRUNCATE {0}"])
@pytest.mark.parametrize("table", ["history", "revision"])
def test_the_services_role_adds_to_history_and_does_no_more(
    service_role_clone: Database, verb: str, table: str
) -> None:
    with service_role_clone.session() as session:
        create(session, TOPICS, TopicIn(label="Grain"), {"broader_id": None})
        assert commit(session, Author()) == 1
        with pytest.raises(DBAPIError, match="permission denied"):
            session.execute(text(verb.format(table)))


def test_every_column_of_a_record_is_in_its_state_or_derived() -> None:
    known = {*RECORDS, *PARTS, *PROJECTIONS, *LEDGER}
    assert {table.name for table in METADATA.sorted_tables} - known == set(), "a table without a history"
    for noun, record in RECORDS.items():
        left = {one.name for one in METADATA.tables[noun].columns} - {*columns(record.table, record.without)}
        assert left == {"known_from", "search"} & left | record.without & left
