"""Words by which contacts are found: however they are hyphenated, and in whichever script a name is written."""

import json
import random

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.actors import patch_actor
from db.contact_pages import list_contacts
from db.contacts import create_contacts
from db.pages import Asked
from db.rebuild import check, rebuild
from models.actors import ActorIn
from models.contacts import ContactIn
from models.filters import ContactList
from models.names import fold
from tests.generated import World

FORMS = ("cease-fire", "ceasefire", "cease fire", "Cease‑Fire")
ALIASES = ({"name": "بنيامين نتنياهو"}, {"name": "Биньямин Нетаньяху"}, {"name": "Bibi"})


def record(session: Session, summary: str, *actors: str) -> int:
    takers = [{"actor": actor} for actor in actors or ("atlantis", "ruritania")]
    body = {"kind": "meeting", "summary": summary, "participants": takers, "accounts": [{"source": "paper-0"}]}
    return create_contacts(session, [ContactIn.model_validate(body)])[0]


def found(session: Session, q: str, **more: object) -> set[int]:
    asked = ContactList.model_validate({"q": q, "status": ["any"], **more})
    items = json.loads(list_contacts(session, asked, Asked(limit=1000)).items or "[]")
    return {session.info["ids"].decode(item["id"], "con") for item in items}


@pytest.fixture
def world(session: Session) -> World:
    return World(session, random.Random(3))


def test_words_find_each_other_however_they_are_hyphenated(session: Session, world: World) -> None:
    written = {record(session, f"Talks on a {form} at dusk.") for form in FORMS}
    record(session, "They spoke of a fire, and that it should cease.")
    assert {q: found(session, f"{q} talks") for q in FORMS[:2]} == dict.fromkeys(FORMS[:2], written)
    assert found(session, "ceasefire", actor=["atlantis"]) == written
    assert found(session, "co-operation") == set()
    assert found(session, "fires") == set()


def rename(world: World, actor: str, *names: dict[str, str]) -> None:
    body = {"slug": actor, "name": "Ada", "kind": "person", "names": names}
    patch_actor(world.session, world.actors[actor], ActorIn.model_validate(body), None)


def test_every_name_of_who_took_part_finds_a_contact(session: Session, world: World) -> None:
    rename(world, "ada", *ALIASES)
    contact = record(session, "A visit.", "ada", "bela")
    for name in ("نتنياهو", "Нетаньяху", "bibi", "Netan'yakhu"):
        assert found(session, name) == {contact}, name
    assert check(session).clean
    rename(world, "ada", ALIASES[0], {"name": "Bibi the Elder", "kind": "alias"})
    assert found(session, "elder") == {contact}
    assert found(session, "Нетаньяху") == set()
    assert check(session).clean


def test_a_rebuild_finds_all_names_again(session: Session, world: World) -> None:
    rename(world, "ada", *ALIASES)
    contact = record(session, "A visit.", "ada", "bela")
    session.execute(text("UPDATE contact SET search = NULL"))
    assert found(session, "нетаньяху") == set()
    rebuild(session)
    assert found(session, "нетаньяху") == {contact}


@pytest.mark.parametrize(
    "q", ["'", "a & | !b <-> (", "：*", "1e5 -3.5", "x" * 300, "a " * 150, "https://a.b/c?d", "مرحبا"]
)
def test_no_question_breaks_the_search(session: Session, world: World, q: str) -> None:
    contact = record(session, f"It said {q} at the end.")
    assert found(session, q) == ({contact} if fold(q) else set())
