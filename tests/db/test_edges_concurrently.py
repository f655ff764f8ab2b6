"""Eight writers on the same pairs at once: no count lost, and in the end stored = derived."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.affiliations import patch_affiliation
from db.contact_bodies import contact_body
from db.contacts import add_account, create_contacts, patch_contact, retract_contact, withdraw_account
from db.engine import Database
from db.faults import is_worth_repeating
from db.rebuild import check
from db.records import Author, commit
from models.accounts import AccountIn
from models.affiliations import AffiliationFields
from models.contacts import Contact, ContactBody, ContactIn
from models.errors import Unavailable
from tests.generated import World

WRITERS: Final = 8
ROUNDS: Final = 4
MOST_TRIES: Final = 40
WAITED_TOO_LONG: Final = "55P03"
"""Answered 503 by the service; a client tries again."""


@dataclass(frozen=True)
class Shared:
    """What all writers work on: the tenures that are corrected, and the visit that gets parts."""

    database: Database
    affiliations: list[int]
    visit: str

    def carry_out(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Does one piece of work in a transaction of its own, again until it goes through."""
        for _ in range(MOST_TRIES):
            try:
                with self.database.session() as session:
                    found = work(session, *arguments)
                    commit(session, Author())
                    return found
            except Unavailable:
                time.sleep(random.random() * 0.02)
            except (DBAPIError, psycopg.Error) as error:
                cause = error.orig if isinstance(error, DBAPIError) else error
                if getattr(cause, "sqlstate", None) != WAITED_TOO_LONG and not is_worth_repeating(error):
                    raise
                time.sleep(random.random() * 0.02)
        raise AssertionError("never went through")

    def write(self, writer: int) -> None:
        """One writer's changes: of each four calls two stay as they are."""
        for turn in range(ROUNDS):
            withdrawn, summit, part, told = (self.carry_out(create, "call", "ada", "ruritania") for _ in range(4))
            self.carry_out(retract_contact, withdrawn, "a mistake", None)
            self.carry_out(revise, summit, {"kind": "gathering"})
            self.carry_out(revise, part, {"when": "2021-05-11", "part_of": self.visit})
            account = self.carry_out(announce, told)
            self.carry_out(withdraw_account, (told, account), "a mistake", None)
            until = ("2021-05-11", "2021-05-12", "..")[(writer + turn) % 3]
            self.carry_out(correct, self.affiliations[writer % 2], until)


def create(session: Session, kind: str, *actors: str) -> int:
    takers = [{"actor": actor, "role": "host" if n else "visitor"} for n, actor in enumerate(actors)]
    body = {"kind": kind, "when": "2021-05-12", "participants": takers, "accounts": [{"source": "undated"}]}
    return create_contacts(session, [ContactIn.model_validate(body)])[0]


def announce(session: Session, contact: int) -> int:
    return add_account(session, contact, AccountIn.model_validate({"source": "undated", "stance": "announces"}))


def revise(session: Session, contact: int, change: dict[str, Any]) -> None:
    body = contact_body(session, session.get_one(Contact, contact))
    patch_contact(session, contact, ContactBody.model_validate(body | change), None)


def correct(session: Session, affiliation: int, until: str) -> None:
    found = text("SELECT target_id FROM affiliation WHERE affiliation_id = :id")
    target = session.execute(found, {"id": affiliation}).scalar_one()
    body = AffiliationFields.model_validate({"relation": "holds", "since": "2021-05-10", "until": until})
    patch_affiliation(session, affiliation, target, body, None)


def prepare(database: Database) -> Shared:
    with database.session() as session:
        world = World(session, random.Random(3))
        source = "INSERT INTO source (slug, kind, title) VALUES ('undated', 'other', 'Undated')"
        session.execute(text(source))
        made = [world.affiliate_as("ada", "holds", office, "2021-05-10", "..") for office in ("minister", "chancellor")]
        visit = create(session, "visit", "atlantis", "ruritania")
        commit(session, Author())
        return Shared(database, made, str(database.ids.encode("con", visit)))


def test_eight_writers_lose_no_count(service_role_clone: Database) -> None:
    shared = prepare(service_role_clone)
    with ThreadPoolExecutor(WRITERS) as pool:
        for job in [pool.submit(shared.write, writer) for writer in range(WRITERS)]:
            job.result()
    with service_role_clone.session() as session:
        counted = text("""SELECT contacts FROM tie JOIN actor a ON a.actor_id = ego_id
            JOIN actor b ON b.actor_id = alter_id
            WHERE a.slug = 'ada' AND b.slug = 'ruritania' AND level = 'actor'""")
        assert session.execute(counted).scalar() == WRITERS * ROUNDS * 2
        held = text("SELECT count(*) FROM contact WHERE part_of_id IS NOT NULL AND retracted_at IS NULL")
        assert session.execute(held).scalar() == WRITERS * ROUNDS
    with service_role_clone.session() as session:
        report = check(session)
        assert report.clean, report
