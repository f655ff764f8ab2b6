"""A load counts ties at its end and lets others write meanwhile; what it changes of older contacts is counted too."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.contacts import create_contacts
from db.edges import LADDER_LOCK, LOADS_LOCK
from db.engine import Database
from db.loading import Loading
from db.rebuild import check
from db.records import Author, commit
from db.replay import check_history
from db.seed import seed
from models.actors import ActorIn
from models.affiliations import AffiliationIn
from models.contacts import ContactIn
from models.sources import SourceIn

AUTHOR = Author(reason="test")
BETWEEN = "SELECT contacts FROM tie JOIN actor e ON e.actor_id = ego_id JOIN actor a ON a.actor_id = alter_id"
TIE = f"{BETWEEN} WHERE level = 'state' AND e.slug = 'france' AND a.slug = 'japan'"


def contact(key: str, **more: Any) -> ContactIn:
    given = {
        "kind": "meeting",
        "when": "2020-01-01",
        "identifiers": [{"scheme": "set", "value": key}],
        "participants": [{"actor": "france"}, {"actor": "japan"}],
        "accounts": [{"source": {"kind": "press_report", "title": f"Report {key}"}}],
    }
    return ContactIn.model_validate(given | more)


def report(slug: str, stance: str = "affirms") -> dict[str, Any]:
    return {"source": slug, "stance": stance, "original_row": slug}


@contextmanager
def begun(database: Database) -> Iterator[tuple[Session, Loading]]:
    with database.session() as session:
        seed(session)
        commit(session, AUTHOR)
        loading = Loading(session)
        loading.begin()
        for slug, publisher in (("one", "france"), ("two", "japan")):
            body = {"kind": "readout", "title": slug, "slug": slug, "publisher": publisher}
            loading.source(SourceIn.model_validate(body))
        yield session, loading


def sound(database: Database) -> bool:
    with database.session() as session:
        return check(session).clean and check_history(session).faults == []


def held(session: Session, lock: int) -> set[str]:
    here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    found = f"SELECT mode FROM pg_locks WHERE locktype = 'advisory' AND objid = :lock AND granted AND {here}"
    return set(session.execute(text(found), {"lock": lock}).scalars())


def test_others_write_the_same_pair_while_a_load_is_under_way(clone: Database) -> None:
    with begun(clone) as (session, loading):
        loading.contact(contact("1"))
        # One of a key that waits already: the batch before it is written.
        loading.contact(contact("1"))
        with clone.session() as other:
            create_contacts(other, [contact("beside")])
            commit(other, AUTHOR)
            assert other.execute(text(TIE)).scalar() == 1
        loading.contact(contact("2"))
        loading.flush()
        commit(session, AUTHOR)
        assert session.execute(text(TIE)).scalar() == 3
    assert sound(clone)


def test_a_contact_that_another_added_meanwhile_is_no_new_one(clone: Database) -> None:
    with begun(clone) as (session, loading):
        loading.contact(contact("1", accounts=[report("one")]), grows=True)
        loading.contact(contact("1", accounts=[report("one")]), grows=True)
        with clone.session() as other:
            create_contacts(other, [contact("beside")])
            commit(other, AUTHOR)
        # Denied by a government: its edges are no longer what they were.
        denied = contact("beside", accounts=[report("two", "denies")])
        assert [one.fate for one in loading.contact(contact("2")) + loading.flush()] == ["known", "added"]
        loading.contact(denied, grows=True)
        loading.contact(contact("3"))
        assert [one.fate for one in loading.flush()] == ["grown", "added"]
        commit(session, AUTHOR)
        assert session.execute(text(TIE)).scalar() == 4
    assert sound(clone)


def test_parts_of_an_older_visit_and_its_pair_are_counted_once(clone: Database) -> None:
    visit = {
        "kind": "visit",
        "participants": [{"actor": "france", "role": "visitor"}, {"actor": "japan", "role": "host"}],
    }
    with begun(clone) as (session, loading):
        loading.contact(contact("visit", **visit))
        loading.flush()
        commit(session, AUTHOR)
    with begun(clone) as (session, loading):
        # The part takes the pair from the visit; another contact adds to the same tie.
        loading.contact(contact("talk", part_of="set:visit"))
        loading.contact(contact("call", kind="call"))
        loading.flush()
        commit(session, AUTHOR)
        assert session.execute(text(TIE)).scalar() == 2
    assert sound(clone)


def test_what_a_refused_batch_changed_of_older_contacts_is_not_counted(clone: Database) -> None:
    person = {"kind": "person", "name": "Ana Alva", "identifiers": [{"scheme": "set", "value": "ana"}]}
    takers = [{"actor": "set:ana"}, {"actor": "japan"}]
    with begun(clone) as (session, loading):
        loading.actor(ActorIn.model_validate(person))
        loading.contact(contact("1", participants=takers))
        loading.flush()
        commit(session, AUTHOR)
    with begun(clone) as (session, loading):
        # She is known, so whoever writes contacts of hers must wait from here on.
        loading.affiliation("set:ana", AffiliationIn(relation="belongs_to", target="france"))
        loading.contact(contact("2", participants=takers, when="2999"))
        assert held(session, LADDER_LOCK) == {"ShareLock"}
        assert [one.fate for one in loading.flush()] == ["refused"]
        assert held(session, LADDER_LOCK) == {"ShareLock"}
        loading.contact(contact("3", participants=takers))
        assert [one.fate for one in loading.flush()] == ["added"]
        assert held(session, LADDER_LOCK) == {"ShareLock", "ExclusiveLock"}
        assert held(session, LOADS_LOCK) == {"ExclusiveLock"}
        commit(session, AUTHOR)
        assert session.execute(text(TIE)).scalar() == 2
    assert sound(clone)
