"""What is measured: records of several sizes, each behind a service of its own, and samples of what they hold."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.rows import tuple_row
from sqlalchemy import make_url

from bench.load import get, post
from bench.processes import readout
from bench.record import make_record
from db.embedded import Embedded
from db.engine import Database
from db.keys import make_key
from db.migrate import migrate
from db.records import Author, commit
from db.upkeep import libpq_url
from models.ids import IdKey
from models.keys import KeyIn

SAMPLE: Final = 1_000
"""Actors, ties and pairs asked for in turn: more than a cache of answers would keep, and the same number everywhere."""
PAGE: Final = 50
"""Contacts of an actor, or of a pair, that one answer holds."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What is asked for: chance decides, but the same way in every run.

    Attributes:
        busy: actors with a page full of contacts, the busier the likelier.
        ties: pairs of actors, each contact of theirs as likely as any.
        pairs: pairs with 10 to 50 contacts.
    """

    busy: tuple[int, ...]
    ties: tuple[tuple[int, int], ...]
    pairs: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Rig:
    """One record behind one service."""

    contacts: int
    owner_url: str
    url: str
    port: int
    ids: IdKey
    key: str
    sample: Sample

    def actor(self, number: int) -> str:
        """Returns the public id of an actor."""
        return self.ids.encode("act", number)

    def lists(self) -> list[bytes]:
        """Returns requests for contacts of an actor."""
        return [get(f"/v1/contacts?actor={self.actor(one)}&limit={PAGE}") for one in self.sample.busy]

    def ties(self) -> list[bytes]:
        """Returns requests for the tie of a pair."""
        return [get(f"/v1/ties/{self.actor(one)}/{self.actor(other)}") for one, other in self.sample.ties]

    def pair_lists(self) -> list[bytes]:
        """Returns requests for contacts of a pair."""
        pairs = self.sample.pairs
        return [get(f"/v1/contacts?between={self.actor(a)},{self.actor(b)}&limit={PAGE}") for a, b in pairs]

    def paths(self) -> list[bytes]:
        """Returns requests for the shortest path between actors who have contacts."""
        ends = [(one, other) for (one, _), (other, _) in pairwise(self.sample.ties) if one != other]
        return [get(f"/v1/paths?source={self.actor(a)}&target={self.actor(b)}") for a, b in ends]

    def write(self, number: int) -> bytes:
        """Returns a request that records a contact of a pair of the sample."""
        one, other = self.sample.ties[number % len(self.sample.ties)]
        body = {
            "kind": "call",
            "when": "2023-05-12",
            "participants": [{"actor": self.actor(one)}, {"actor": self.actor(other)}],
            "accounts": [{"source": {"kind": "press_report", "title": f"Written while measured, {number}"}}],
        }
        return post("/v1/contacts", json.dumps(body).encode(), f"Authorization: Bearer {self.key}")

    def connect(self) -> psycopg.Connection[Any]:
        """Returns a connection of a peer that is plain SQL, set as the service's are."""
        connection = psycopg.connect(libpq_url(self.owner_url), autocommit=True, row_factory=tuple_row)
        connection.execute("SET jit = off")
        return connection


@contextmanager
def rig(contacts: int, owner_url: str, url: str) -> Iterator[Rig]:
    """Starts a service over a record, which is made if the database is empty."""
    if not _is_made(owner_url):
        make_record(owner_url, contacts)
    role, owner = (make_url(one).username for one in (url, owner_url))
    migrate(owner_url, service_role=role if role != owner else None)
    database = Database(owner_url, statement_timeout_ms=0)
    with database.session() as session:
        key = make_key(session, KeyIn.model_validate({"name": "bench", "scopes": ["write"]})).key or ""
        commit(session, Author(reason="bench"))
    ids = database.ids
    database.close()
    with psycopg.connect(libpq_url(owner_url)) as connection:
        sample = _draw(connection)
    with readout(url) as port:
        yield Rig(contacts, owner_url, url, port, ids, key, sample)


@contextmanager
def rigs(given: dict[int, str | None], folder: Path) -> Iterator[dict[int, Rig]]:
    """Starts a service for each record, smallest first.

    Args:
        given: by number of contacts the address of a database; None = an embedded one in the folder.
        folder: where embedded ones are kept.
    """
    with ExitStack() as stack:
        made: dict[int, Rig] = {}
        for contacts, url in sorted(given.items()):
            if url is None:
                urls = stack.enter_context(_embedded(folder / f"record-{contacts}"))
                made[contacts] = stack.enter_context(rig(contacts, *urls))
            else:
                made[contacts] = stack.enter_context(rig(contacts, url, url))
        yield made


@contextmanager
def _embedded(folder: Path) -> Iterator[tuple[str, str]]:
    folder.mkdir(parents=True, exist_ok=True)
    embedded = Embedded(folder)
    try:
        urls = embedded.start()
        yield urls.owner, urls.service
    finally:
        embedded.stop()


def _is_made(url: str) -> bool:
    with psycopg.connect(libpq_url(url)) as connection:
        there = connection.execute("SELECT to_regclass('revision') IS NOT NULL").fetchone()
        if there is None or not there[0]:
            return False
        row = connection.execute("SELECT EXISTS (SELECT FROM contact)").fetchone()
    return bool(row and row[0])


def _draw(connection: psycopg.Connection[Any]) -> Sample:
    busy = connection.execute(_BUSY.encode(), {"page": PAGE, "most": SAMPLE}).fetchall()
    ties = connection.execute(_TIES.encode(), {"most": SAMPLE}).fetchall()
    pairs = connection.execute(_PAIRS.encode(), {"page": PAGE, "most": SAMPLE}).fetchall()
    return Sample(tuple(row[0] for row in busy), tuple((a, b) for a, b in ties), tuple((a, b) for a, b in pairs))


_BUSY: Final = """SELECT ego_id FROM (SELECT ego_id, count(*) AS n FROM incidence WHERE level = 'actor'
    AND status IN ('disputed', 'confirmed', 'acknowledged', 'reported') GROUP BY ego_id) counted
WHERE n >= %(page)s ORDER BY power((abs(hashint8(ego_id)::bigint) + 1) / 2147483649.0, 1.0 / n) DESC, ego_id
LIMIT %(most)s"""
"""Weighted sampling without replacement by keys u^(1/n): P. Efraimidis and P. Spirakis, 2006."""
_TIES: Final = """SELECT ego_id, alter_id FROM tie WHERE level = 'actor' AND ego_id < alter_id
ORDER BY power((abs(hashint8(ego_id * 1000003 + alter_id)::bigint) + 1) / 2147483649.0, 1.0 / contacts) DESC,
    ego_id, alter_id LIMIT %(most)s"""
_PAIRS: Final = """SELECT ego_id, alter_id FROM tie
WHERE level = 'actor' AND ego_id < alter_id AND contacts BETWEEN 10 AND %(page)s
ORDER BY hashint8(ego_id * 1000003 + alter_id), ego_id LIMIT %(most)s"""
