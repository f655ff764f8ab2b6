"""Contacts loaded by the batch are what the same contacts are when each is written alone: table by table."""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.actors import create_actor
from db.affiliations import create_affiliation
from db.contacts import create_contacts
from db.edges import restate
from db.engine import Database
from db.loading import Loading
from db.rebuild import check
from db.records import Author, commit, seal
from db.replay import check_history
from db.sources import create_source
from models.actors import ActorIn
from models.affiliations import AffiliationIn
from models.contacts import ContactIn
from models.errors import Conflict, InvalidRecord
from models.sources import SourceIn
from tests import generated

CONTACTS: Final = 100
SEED: Final = 20210512
TABLES: Final = (
    *("contact", "contact_identifier", "participant", "account", "account_actor", "account_topic", "contact_topic"),
    *("contact_episode", "contact_relation", "commitment", "commitment_actor", "commitment_account", "source"),
    *("incidence", "edge", "tie", "tie_month", "acknowledgement"),
)
AT_ANY_TIME: Final = ("recorded_at", "changed_at", "known_from")
GIVEN: Final = (None, "Müller, A.")
SAID: Final = (None, "They spoke — at length.", "“Née\\Ö’”\t\\N")
STANCES: Final = ("affirms", "affirms", "affirms", "denies", "announces", "cancels", "declines")


def begin(session: Session) -> None:
    """Makes the actors, their affiliations and the sources that the contacts refer to."""
    actors = {}
    for slug in generated.ACTORS:
        body = {"kind": generated.KINDS[slug], "name": slug.title(), "slug": slug}
        body |= {"organisation_type": generated.TYPES[slug]} if slug in generated.TYPES else {}
        actors[slug] = create_actor(session, ActorIn.model_validate(body)).actor_id or 0
    for slug, relation, target in generated.LINKS:
        since = "2021-05-05" if slug == "ada" else None
        body_of = AffiliationIn.model_validate({"relation": relation, "target": target, "since": since})
        create_affiliation(session, actors[slug], actors[target], body_of)
    for number, slug in enumerate(generated.SOURCES):
        publisher = generated.ACTORS[number * 3]
        published = generated.PUBLISHED[number]
        paper = {"kind": "press_report", "title": slug, "slug": slug, "publisher": publisher}
        if published:
            paper["published"] = published
        create_source(session, SourceIn.model_validate(paper), actors[publisher], None)
    commit(session, Author(reason="begin"))


def bodies(draw: random.Random) -> Iterator[ContactIn]:
    """Yields contacts of every kind, some part of an earlier one."""
    for number in range(CONTACTS):
        kind = draw.choice(("call", "meeting", "visit", "mission", "mediation", "message", "gathering", "engagement"))
        actors = draw.sample(generated.ACTORS, draw.randint(2, 5))
        first, later = generated.ROLES.get(kind, (("principal",), ("principal", "observer", "interpreter")))
        roles = [draw.choice(first), *(draw.choice(later) for _ in actors[1:])]
        takers = [
            {
                "actor": actor,
                "role": role,
                "initiator": draw.choice((None, True)),
                "name_as_given": draw.choice((None, "X")),
            }
            for actor, role in zip(actors, roles, strict=True)
        ]
        if draw.random() < 0.4:
            takers[0]["on_behalf_of"] = draw.choice(generated.STATES)
        body: dict[str, Any] = {"kind": kind, "when": draw.choice(generated.DATES), "participants": takers}
        body |= {"identifiers": [{"scheme": "set", "value": f"{number}"}], "place": draw.choice((None, "Großstadt"))}
        body |= {"accounts": [account(draw, actors, number * 10 + n) for n in range(draw.randint(1, 3))]}
        if number > 5 and draw.random() < 0.3:
            body["part_of"] = f"set:{draw.randint(max(0, number - 12), number - 1)}"
        with suppress(ValidationError):  # Chance knows nothing of who must take part in what.
            yield ContactIn.model_validate(body)


def account(draw: random.Random, actors: Sequence[str], number: int) -> dict[str, Any]:
    """Returns an account; one in four brings its source along."""
    stance = draw.choice(STANCES)
    source = draw.choice(generated.SOURCES) if number % 4 else {"kind": "remarks", "title": f"Remarks {number}"}
    said: dict[str, Any] = {
        "source": source,
        "stance": stance,
        "paraphrase": draw.choice((None, "They spoke — at length.", "“Née\\Ö’”")),
    }
    said |= {"speaker": draw.choice((None, *generated.ACTORS)), "speaker_unnamed": draw.random() < 0.1}
    said |= {"denies": [actors[0]]} if stance == "denies" and draw.random() < 0.5 else {}
    return said | ({"parties_met": True} if draw.random() < 0.2 else {})


def kept_by_the_rules(session: Session) -> list[ContactIn]:
    """Returns those of the contacts that are accepted one after the other, and takes them back."""
    found = []
    for body in bodies(random.Random(SEED)):
        try:
            with session.begin_nested():
                create_contacts(session, [body])
        except (InvalidRecord, Conflict):
            continue
        found.append(body)
    forget(session)
    return found


def forget(session: Session) -> None:
    """Takes everything back; numbers begin anew, so that the same contacts get the same ones."""
    session.rollback()
    session.info.pop("pending", None)
    session.info.pop("touched", None)
    for sequence in ("contact_id_seq", "account_id_seq", "source_id_seq", "commitment_id_seq"):
        table = sequence.removesuffix("_id_seq")
        session.execute(
            text(f"SELECT setval('{sequence}', (SELECT coalesce(max({table}_id), 0) + 1 FROM {table}), false)")
        )
    session.commit()


def stored(session: Session) -> dict[str, list[str]]:
    """Returns what every table holds, but for instants of the writing, and the states that history has of it."""
    held = {table: rows(session.execute(text(f"SELECT * FROM {table}")).mappings()) for table in TABLES}
    seal(session, Author(reason="compare"))
    entries = session.execute(text("SELECT noun, record_id, contact_id, action, before, after FROM history")).mappings()
    return held | {"history": rows({**one, "after": known(one["after"])} for one in entries if one["noun"] != "actor")}


def rows(found: Any) -> list[str]:
    """Returns rows as text, in an order of their own."""
    return sorted(str(sorted(known(row).items(), key=str)) for row in found)


def known(row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a row without the instants at which it was written."""
    return {name: value for name, value in row.items() if name not in AT_ANY_TIME}


def test_a_batch_is_what_its_contacts_are_alone(clone: Database) -> None:
    with clone.session() as session:
        begin(session)
        given = kept_by_the_rules(session)
        assert len(given) > CONTACTS // 3
        assert sum(body.part_of is not None for body in given) > 3
        for body in given:
            create_contacts(session, [body])
        alone = stored(session)
        forget(session)

        made = create_contacts(session, given, batch=True)
        before = stored(session)
        restate(session, made)
        assert {table: stored(session)[table] for table in TABLES} == {table: before[table] for table in TABLES}
        forget(session)

        loading = Loading(session)
        loading.begin()
        for number, body in enumerate(given):
            loading.contact(body)
            if number % 17 == 16:
                loading.flush()
        loading.flush()
        loaded = stored(session)
        session.commit()
        differing = [table for table in alone if alone[table] != loaded[table] or before[table] != loaded[table]]
        assert differing == []
        assert all(loaded[table] for table in ("edge", "tie", "tie_month", "acknowledgement", "account_actor"))
        assert check(session).clean
        session.rollback()
        assert check_history(session).faults == []
