"""Actors stored together are what each is when it is stored alone, slugs and history included."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.actors import create_actor
from db.new_actors import create_actors
from db.record_states import read_states
from models.actors import ActorIn

BODIES: list[dict[str, Any]] = [
    {"kind": "person", "name": "Ana Alva"},
    {"kind": "person", "name": "Ana Alva", "provisional": True, "description": "Another.\tOr “not”\\."},
    {"kind": "organisation", "name": "Ana-Alva", "organisation_type": "company"},
    {"kind": "group", "name": "Officials (Ana)", "slug": "officials"},
    {"kind": "person", "name": "Ана", "names": [{"name": "Ana", "lang": "bg"}, {"name": "Ана", "lang": "bg"}]},
    {
        "kind": "person",
        "name": "Ana 7",
        "identifiers": [{"scheme": "set", "value": "b"}, {"scheme": "a", "value": "Z"}],
    },
]
TABLES = ("actor", "actor_name", "actor_identifier")


def stored(session: Session) -> dict[str, list[str]]:
    rows = {table: session.execute(text(f"SELECT * FROM {table}")).mappings().all() for table in TABLES}
    return {
        table: sorted(str({name: value for name, value in row.items() if name != "known_from"}) for row in found)
        for table, found in rows.items()
    }


def begin_again(session: Session) -> None:
    session.rollback()
    session.execute(text("SELECT setval('actor_id_seq', 1000, false)"))


def test_together_they_are_what_they_are_alone(session: Session) -> None:
    begin_again(session)
    bodies = [ActorIn.model_validate(body) for body in BODIES]
    create_actor(session, ActorIn(kind="person", name="Ana Alva 2"))
    first = text("SELECT setval('actor_id_seq', 2000, false)")
    before = stored(session)
    with session.begin_nested() as alone:
        session.execute(first)
        for body in bodies:
            create_actor(session, body)
        session.flush()
        one_by_one = stored(session)
        alone.rollback()
    session.expunge_all()
    assert stored(session) == before
    session.execute(first)
    states = create_actors(session, bodies)
    assert stored(session) == one_by_one
    assert read_states(session, "actor", list(states)) == states
    slugs = session.execute(text("SELECT slug FROM actor WHERE actor_id >= 2000 ORDER BY actor_id")).scalars().all()
    assert slugs == ["ana-alva", "ana-alva-3", "ana-alva-4", "officials", "ana", "ana-7"]


def test_a_slug_that_is_taken_gives_way_to_one_made_from_the_name(session: Session) -> None:
    create_actor(session, ActorIn(kind="group", name="Officials", slug="officials"))
    bodies = [ActorIn(kind="group", name=f"The {n}", slug="officials") for n in ("first", "second")]
    bodies += [ActorIn(kind="group", name="Crowd", slug="crowd"), ActorIn(kind="group", name="Throng", slug="crowd")]
    create_actors(session, bodies)
    slugs = session.execute(text("SELECT slug FROM actor ORDER BY actor_id")).scalars().all()
    assert slugs == ["officials", "the-first", "the-second", "crowd", "throng"]
