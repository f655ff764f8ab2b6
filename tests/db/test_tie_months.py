"""The month rollup: where a contact is counted, by hand, and what a migration makes of a record that is there."""

import random
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.contact_bodies import contact_body
from db.contacts import create_contacts, patch_contact, retract_contact
from db.engine import Database
from db.migrate import migrate
from db.rebuild import check
from db.records import Author, commit
from models.contacts import Contact, ContactBody, ContactIn
from tests.generated import World

MAY, JUNE = date(2021, 5, 1), date(2021, 6, 1)


@pytest.fixture
def world(session: Session) -> World:
    made = World(session, random.Random(1))
    session.execute(text("INSERT INTO source (slug, kind, title) VALUES ('undated', 'other', 'Undated')"))
    return made


def call(world: World, when: str | None, *actors: str) -> int:
    takers = [{"actor": actor} for actor in actors or ("atlantis", "ruritania")]
    body = {"kind": "call", "when": when, "participants": takers, "accounts": [{"source": "undated"}]}
    return create_contacts(world.session, [ContactIn.model_validate(body)])[0]


def rollup(world: World) -> dict[tuple[str, str, date, date], int]:
    """Returns what is stored, each pair from one end, by slugs."""
    rows = world.session.execute(
        text("""SELECT a.slug, b.slug, since_month, until_month, contacts FROM tie_month
        JOIN actor a ON a.actor_id = ego_id JOIN actor b ON b.actor_id = alter_id WHERE a.slug <= b.slug""")
    )
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}


@pytest.mark.parametrize(
    ("when", "since", "until"),
    [
        *(("2021-05-31", MAY, MAY), ("2021-05", MAY, MAY), ("2021-05-31/2021-06-01", MAY, JUNE)),
        ("2021", date(2021, 1, 1), date(2021, 12, 1)),
        # A window finds it at its known end alone.
        *(("/2021-05-12", MAY, MAY), ("2021-06/..", JUNE, JUNE)),
        *((None, date(9999, 12, 1), date(1, 1, 1)), ("0001-01-01", date(1, 1, 1), date(1, 1, 1))),
    ],
)
def test_a_contact_is_counted_on_the_months_its_match_window_touches(
    world: World, when: str | None, since: date, until: date
) -> None:
    call(world, when)
    pairs = [("atlantis", "atlantis"), ("atlantis", "ruritania"), ("ruritania", "ruritania")]
    assert rollup(world) == {(*pair, since, until): 1 for pair in pairs}


def test_counts_follow_contacts_that_move_and_go(world: World) -> None:
    first, second = call(world, "2021-05-12"), call(world, "2021-05-13", "atlantis", "ruritania", "graustark")
    own, pair = ("atlantis", "atlantis", MAY, MAY), ("atlantis", "ruritania", MAY, MAY)
    assert (rollup(world)[own], rollup(world)[pair]) == (2, 2), "a contact of three counts once for each of them"
    body = contact_body(world.session, world.session.get_one(Contact, first))
    patch_contact(world.session, first, ContactBody.model_validate({**body, "when": "2021-06-01"}), None)
    assert (rollup(world)[own], rollup(world)[pair], rollup(world)[(*pair[:2], JUNE, JUNE)]) == (1, 1, 1)
    retract_contact(world.session, second, "a mistake", None)
    assert set(rollup(world)) == {(*ends, JUNE, JUNE) for ends in (own[:2], pair[:2], ("ruritania", "ruritania"))}


def test_a_migration_counts_what_is_there_already(clone: Database) -> None:
    with clone.session() as session:
        world = World(session, random.Random(4))
        for _ in range(30):
            world.take(world.add_contact)
        commit(session, Author())
    clone.engine.dispose()
    migrate(clone.url, revision="0003")
    migrate(clone.url)
    with clone.session() as session:
        found = next(table for table in check(session).tables if table.name == "tie_month")
    assert (found.missing, found.surplus) == (0, 0), found
    assert found.rows > 40
