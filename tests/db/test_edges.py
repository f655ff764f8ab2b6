"""Stored = derived after every change; each change reaches what it has to, and no more."""

import random
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.affiliations import patch_affiliation
from db.contact_bodies import contact_body
from db.contacts import add_account, create_contacts, patch_contact, retract_contact, withdraw_account
from db.engine import Database
from db.rebuild import check, rebuild
from db.records import Author, commit
from db.sources import patch_source
from models.accounts import AccountIn
from models.affiliations import AffiliationFields
from models.contacts import Contact, ContactBody, ContactIn
from models.errors import InvalidRecord
from tests.generated import World

STEPS = 25
REPORTED = [{"source": "paper-0"}]


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 8))])
def test_after_every_step_of_a_random_world_stored_is_derived(session: Session, seed: int) -> None:
    world = World(session, random.Random(seed))
    taken: list[str] = []
    for _ in range(STEPS):
        taken.append(world.step())
        report = check(session)
        assert report.clean, (seed, taken, [table for table in report.tables if table.examples])
    assert len(set(taken)) > 8, taken


@pytest.fixture
def world(session: Session) -> World:
    made = World(session, random.Random(1))
    for slug in ("paper-0", "paper-1", "paper-2"):
        publish(made, slug)
    return made


def publish(world: World, slug: str, *, publisher: str | None = None, supersedes: str | None = None) -> None:
    """Makes a source say who published it, at no known date, and what it supersedes."""
    body = {"slug": slug, "kind": "other", "title": slug, "publisher": publisher, "published": None}
    links = {"publisher_id": world.actors.get(publisher or ""), "supersedes_id": world.sources.get(supersedes or "")}
    patch_source(world.session, world.sources[slug], {"body": body, **links}, None)


def record(world: World, kind: str, *actors: str, **more: Any) -> int:
    """Adds a contact of these actors on 12 May 2021."""
    roles = {"visit": ("visitor", "host")}.get(kind, ("principal",) * len(actors))
    takers = [{"actor": actor, "role": role} for actor, role in zip(actors, roles, strict=True)]
    body = {"kind": kind, "when": "2021-05-12", "participants": takers, "accounts": REPORTED, **more}
    return create_contacts(world.session, [ContactIn.model_validate(body)])[0]


def revise(world: World, contact: int, **change: Any) -> None:
    """Patches a contact."""
    body = contact_body(world.session, world.session.get_one(Contact, contact))
    patch_contact(world.session, contact, ContactBody.model_validate(body | change), None)


def say(world: World, contact: int, **account: Any) -> int:
    """Adds an account."""
    return add_account(world.session, contact, AccountIn.model_validate(account))


def public(world: World, contact: int) -> str:
    return str(world.session.info["ids"].encode("con", contact))


def joined(world: World, contact: int) -> bool:
    """Whether the contact has an edge of Atlantis and Ruritania."""
    found = text("SELECT EXISTS (SELECT FROM edge WHERE contact_id = :id AND level = 'state' AND ego_id = :a)")
    return bool(world.session.execute(found, {"id": contact, "a": world.actors["atlantis"]}).scalar())


def tied(world: World) -> int:
    """How many contacts the tie of Atlantis and Ruritania counts."""
    found = text("SELECT contacts FROM tie WHERE level = 'state' AND ego_id = :a AND alter_id = :b")
    ends = {"a": world.actors["atlantis"], "b": world.actors["ruritania"]}
    return int(world.session.execute(found, ends).scalar() or 0)


def status(world: World, contact: int) -> str:
    return str(
        world.session.execute(text("SELECT status FROM contact WHERE contact_id = :id"), {"id": contact}).scalar()
    )


def test_a_part_takes_its_pair_from_the_visit_and_gives_it_back(world: World) -> None:
    first, second = (record(world, "visit", "atlantis", "ruritania") for _ in range(2))
    assert (joined(world, first), joined(world, second), tied(world)) == (True, True, 2)
    talks = record(world, "meeting", "atlantis", "ruritania", part_of=public(world, first))
    assert (joined(world, first), joined(world, second), tied(world)) == (False, True, 2)
    revise(world, talks, part_of=public(world, second))
    assert (joined(world, first), joined(world, second), tied(world)) == (True, False, 2)
    revise(world, talks, part_of=None)
    assert (joined(world, first), joined(world, second), tied(world)) == (True, True, 3)
    revise(world, talks, part_of=public(world, first))
    retract_contact(world.session, talks, "a mistake", None)
    assert (joined(world, first), tied(world)) == (True, 2)
    assert check(world.session).clean


def test_a_meeting_that_failed_does_not_undo_the_visit(world: World) -> None:
    visit = record(world, "visit", "atlantis", "ruritania")
    planned = [{"source": "paper-0", "stance": "announces"}]
    talks = record(world, "meeting", "atlantis", "ruritania", part_of=public(world, visit), accounts=planned)
    assert (joined(world, visit), tied(world)) == (True, 1)
    say(world, talks, source="paper-1", stance="affirms")
    assert (joined(world, visit), tied(world)) == (False, 1)
    say(world, talks, source="paper-1", stance="cancels")
    assert (joined(world, visit), tied(world)) == (True, 1)


def test_a_meeting_that_becomes_a_gathering_loses_its_edges(world: World) -> None:
    summit = record(world, "meeting", "atlantis", "ruritania")
    assert (joined(world, summit), tied(world)) == (True, 1)
    revise(world, summit, kind="gathering")
    assert (joined(world, summit), tied(world)) == (False, 0)
    assert check(world.session).clean


def test_an_account_gives_way_to_its_successors_however_many_corrections_lie_between(world: World) -> None:
    publish(world, "paper-1", supersedes="paper-0")
    publish(world, "paper-2", supersedes="paper-1")
    contact = record(world, "call", "atlantis", "ruritania")
    last = say(world, contact, source="paper-2", stance="announces")
    assert status(world, contact) == "planned", "paper-2 corrects paper-1, which corrected paper-0"
    publish(world, "paper-1")
    assert status(world, contact) == "reported", "the chain is cut in the middle"
    publish(world, "paper-1", supersedes="paper-0")
    assert (status(world, contact), tied(world)) == ("planned", 0)
    withdraw_account(world.session, (contact, last), "a mistake", None)
    assert (status(world, contact), tied(world)) == ("reported", 1), "paper-1 and 2 say nothing of it"
    assert check(world.session).clean


def test_a_source_cannot_supersede_its_own_successor(world: World) -> None:
    publish(world, "paper-1", supersedes="paper-0")
    publish(world, "paper-2", supersedes="paper-1")
    with pytest.raises(InvalidRecord, match="supersede itself"):
        publish(world, "paper-0", supersedes="paper-2")


def test_an_account_published_before_the_contact_is_refused(world: World) -> None:
    contact = record(world, "call", "atlantis", "ruritania", when="2021-05-14")
    early = {"kind": "other", "title": "early", "published": "2021-05-12"}
    with pytest.raises(InvalidRecord, match="after the publication"), world.session.begin_nested():
        say(world, contact, source=early)
    say(world, contact, source=early, stance="announces")
    revise(world, contact, when="2021-05-13")


def finds(world: World, contact: int, words: str) -> bool:
    found = text("SELECT search @@ plainto_tsquery('simple', :q) FROM contact WHERE contact_id = :id")
    return bool(world.session.execute(found, {"q": words, "id": contact}).scalar())


def test_text_of_every_part_is_searched_and_a_withdrawn_account_is_not(world: World) -> None:
    contact = record(world, "call", "atlantis", "ruritania", summary="Über grain", place="Spa")
    told = say(world, contact, source="paper-1", paraphrase="A señor came.")
    assert finds(world, contact, "uber spa atlantis senor")
    revise(world, contact, summary="Wheat")
    assert (finds(world, contact, "wheat senor"), finds(world, contact, "uber")) == (True, False)
    withdraw_account(world.session, (contact, told), "a mistake", None)
    assert (finds(world, contact, "wheat"), finds(world, contact, "senor")) == (True, False)


def a_source_of(told: str) -> dict[str, Any]:
    """An account of a source of its own."""
    return {**REPORTED[0], "source": {"kind": "other", "title": told[:7]}, "paraphrase": told}


def test_more_words_than_postgresql_can_index_are_cut_not_refused(world: World) -> None:
    numbers = iter(range(200_000))
    told = [" ".join(f"{next(numbers):07d}" for _ in range(1_200)) for _ in range(150)]
    contact = record(world, "call", "atlantis", "ruritania", accounts=[a_source_of(t) for t in told])
    assert finds(world, contact, "0000042")
    assert not finds(world, contact, "0179999")


def marks(session: Session) -> dict[str, dict[tuple[Any, ...], Any]]:
    """When each projected row became known, and which transaction wrote it."""
    keys = {"incidence": "contact_id, ego_id, level", "edge": "contact_id, ego_id, alter_id, level"}
    keys |= {"tie": "ego_id, alter_id, level", "tie_month": "ego_id, alter_id, since_month, until_month, kind"}
    keys |= {"acknowledgement": "contact_id, side_id"}
    statement = "SELECT {keys}, known_from, xmin::text FROM {table}"
    return {
        table: {tuple(row[:-2]): row[-2:] for row in session.execute(text(statement.format(keys=key, table=table)))}
        for table, key in keys.items()
    }


def test_correcting_a_tenure_rederives_the_edges_it_touches_and_no_others(clone: Database) -> None:
    with clone.session() as session:
        world = World(session, random.Random(1))
        tenure = world.affiliate_as("ada", "holds", "minister", "2021-05-05", "2021-05-20")
        touched = record(world, "call", "ada", "graustark", when="2021-05-12")
        before_term = record(world, "call", "ada", "graustark", when="2021-05-03")
        others = [record(world, "call", "atlantis", "graustark"), record(world, "call", "ruritania", "graustark")]
        commit(session, Author())
        before = marks(session)
        body = AffiliationFields.model_validate({"relation": "holds", "since": "2021-05-05", "until": "2021-05-08"})
        patch_affiliation(session, tenure, world.actors["minister"], body, None)
        commit(session, Author())
        after = marks(session)
        assert check(session).clean
    changed = {key[0] for table in ("edge", "incidence") for key in before[table].keys() ^ after[table].keys()}
    assert changed == {touched}
    for table in ("edge", "incidence"):
        same = {key: row for key, row in before[table].items() if key[0] in (before_term, *others)}
        assert same.items() <= after[table].items()
    ada = world.actors["ada"]
    person = {key: row for key, row in before["edge"].items() if key[0] == touched and ada in key}
    assert len(person) == 2
    assert person.items() <= after["edge"].items(), "the persons' own edge does not depend on the office"


def test_a_rebuild_mends_what_differs_and_leaves_the_rest_its_age(clone: Database) -> None:
    with clone.session() as session:
        world = World(session, random.Random(2))
        for _ in range(12):
            world.step()
        publish(world, "paper-0")
        for pair in (("atlantis", "ruritania"), ("atlantis", "graustark"), ("ruritania", "graustark")):
            record(world, "call", *pair)
        commit(session, Author())
        before = marks(session)
        for damage in DAMAGE:
            session.execute(text(damage))
        session.commit()
    with clone.session() as session:
        report = check(session)
    assert not report.clean
    assert all(table.missing and table.surplus and table.examples for table in report.tables), report
    done: list[tuple[int, int]] = []
    with clone.session() as session:
        rebuild(session, lambda some, total: done.append((some, total)))
        session.commit()
        after = marks(session)
        assert check(session).clean
        assert session.execute(text("SELECT reason FROM revision ORDER BY revision_id DESC LIMIT 1")).scalar()
    assert done[-1][0] == done[-1][1]
    for table, rows in before.items():
        assert rows.keys() == after[table].keys()
        kept = [key for key in rows if rows[key] == after[table][key]]
        assert 0 < len(kept) < len(rows), (table, len(kept), "right rows keep their age, wrong ones were written anew")


DAMAGE = (
    "DELETE FROM edge WHERE (contact_id, level) = (SELECT max(contact_id), 'actor' FROM edge)",
    "UPDATE edge SET certain = NOT certain WHERE (contact_id, level) = (SELECT max(contact_id), 'state' FROM edge)",
    "UPDATE incidence SET wide = true WHERE contact_id = (SELECT max(contact_id) FROM incidence)",
    "UPDATE tie SET contacts = contacts + 1 WHERE (ego_id, alter_id) = (SELECT max(ego_id), max(alter_id) FROM tie)",
    "UPDATE tie SET uncertain = uncertain + 1 WHERE ctid = (SELECT min(ctid) FROM tie)",
    "UPDATE tie_month SET contacts = contacts + 1 WHERE ctid = (SELECT min(ctid) FROM tie_month)",
    "UPDATE acknowledgement SET word = 'requests' WHERE ctid = (SELECT min(ctid) FROM acknowledgement)",
    "UPDATE contact SET status = 'denied', search = NULL WHERE contact_id = (SELECT max(contact_id) FROM contact)",
    "UPDATE lift SET until = until - interval '1 day' WHERE ctid = (SELECT min(ctid) FROM lift)",
)
