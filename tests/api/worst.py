"""A record with a hub, and the worst that each graph question of the registry can be asked of it."""

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.record import make_record
from db.actors import create_actor
from db.contacts import create_contacts
from db.engine import Database, ids_of
from db.records import Author, commit
from db.sources import create_source
from graph.questions import Question
from models.actors import ActorIn
from models.contacts import ContactIn
from models.graph import GraphQuestion
from models.sources import SourceIn

SEED = 19
AROUND_ONE_TABLE = 20
"""Counterparts in one contact of the hub: few enough that its pairs are stored."""
CONTACTS_AT_ONCE = 100
ACTORS_AT_ONCE = 2_000
HUB = "the-hub"
FILTERED = {"kind": "call,meeting,visit,negotiation,conversation", "from": "2008"}
"""Wide, and yet no question is answered from the ties."""
LEVELS = ("actor", "office", "organisation", "state")
SMALLEST = {"stops", "days", "times", "min_sources"}
"""Numbers that widen a question when they are small."""
LEFT_OUT = {"from", "to", "level", "days", "times", "resolution", "max_waiting_days"}


@dataclass(frozen=True)
class Hub:
    """The record: the hub, two actors with many contacts, and how many edges there are."""

    slug: str
    busy: tuple[str, ...]
    counterparts: int
    edges: int


def make_hub(url: str, contacts: int, counterparts: int) -> Hub:
    """Makes a synthetic record and, in the middle of it, somebody who dealt with so many others."""
    make_record(url, contacts)
    return add_hub(url, counterparts)


def add_hub(url: str, counterparts: int) -> Hub:
    """Adds the hub to a record: contacts spread over twenty years, each with some of the others."""
    rng = random.Random(SEED)
    database = Database(url, statement_timeout_ms=0)
    try:
        with database.session() as session:
            others = _others(session, counterparts)
            create_actor(session, ActorIn(slug=HUB, kind="person", name="The Hub"))
            create_source(session, SourceIn(kind="press_report", title="Gazette", slug="gazette"), None, None)
            commit(session, Author())
        rng.shuffle(others)
        tables = [others[n : n + AROUND_ONE_TABLE] for n in range(0, len(others), AROUND_ONE_TABLE)]
        for n in range(0, len(tables), CONTACTS_AT_ONCE):
            with database.session() as session:
                create_contacts(session, [_contact(rng, table) for table in tables[n:][:CONTACTS_AT_ONCE]], batch=True)
                commit(session, Author())
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM (ANALYZE)"))
            return described(connection)
    finally:
        database.close()


def _others(session: Session, count: int) -> list[str]:
    """Returns so many actors: persons of the record, and as many more as it takes."""
    ids = ids_of(session)
    rows = session.execute(
        text("SELECT actor_id FROM actor WHERE kind = 'person' ORDER BY actor_id LIMIT :n"), {"n": count}
    )
    found = [ids.encode("act", row.actor_id) for row in rows]
    for n in range(count - len(found)):
        made = create_actor(session, ActorIn(slug=f"newcomer-{n}", kind="person", name=f"Newcomer {n}"))
        found.append(ids.encode("act", made.actor_id or 0))
        if n % ACTORS_AT_ONCE == 0:
            session.flush()
    return found


def _contact(rng: random.Random, table: list[str]) -> ContactIn:
    when = f"{rng.randint(2005, 2024)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
    return ContactIn.model_validate(
        {
            "kind": rng.choice(["meeting", "call", "conversation"]),
            "when": when,
            "participants": [{"actor": HUB, "side": "hub"}, *({"actor": one, "side": "others"} for one in table)],
            "accounts": [{"source": "gazette"}],
        }
    )


def described(connection: Any) -> Hub:
    """Returns what a record with the hub holds."""
    rows = connection.execute(text(_BUSY)).scalars().all()
    counts = connection.execute(text(_COUNTS), {"hub": HUB}).one()
    return Hub(HUB, tuple(rows), counts.counterparts, counts.edges)


_BUSY = """(SELECT slug FROM (SELECT ego_id, sum(contacts) AS n FROM tie WHERE level = 'actor' GROUP BY ego_id
    ORDER BY n DESC LIMIT 2) most JOIN actor ON actor_id = ego_id WHERE slug <> 'the-hub')
UNION ALL (SELECT slug FROM (SELECT ego_id, sum(contacts) AS n FROM tie WHERE level = 'state' GROUP BY ego_id
    ORDER BY n DESC LIMIT 3) most JOIN actor ON actor_id = ego_id WHERE slug <> 'the-hub' LIMIT 2)"""
_COUNTS = """SELECT (SELECT count(*) FROM edge WHERE ego_id < alter_id) AS edges, (SELECT count(*) FROM tie t
    JOIN actor a ON a.actor_id = t.ego_id WHERE a.slug = :hub AND t.level = 'actor') AS counterparts"""


def worst(question: Question, hub: Hub) -> Iterator[str]:
    """Yields addresses that ask a question for as much as it gives, at every level and by every choice."""
    path = _path(question, hub)
    bases = [{**base, **_largest(question)} for base in _bases(question, hub)]
    for base in bases:
        for level in LEVELS:
            for narrowed in ({}, FILTERED):
                yield f"{path}?{urlencode({**base, 'level': level, **narrowed})}"
    for name, choices in _choices(question):
        for choice in choices:
            for level in ("actor", "state"):
                yield f"{path}?{urlencode({**bases[0], name: choice, 'level': level, **FILTERED})}"


def _bases(question: Question, hub: Hub) -> Iterator[dict[str, str]]:
    """Yields about whom a question is asked: the hub, then the busiest, then, where it may be, nobody."""
    given = dict(parse_qsl(urlsplit(question.example).query))
    plain = {name: value for name, value in given.items() if name not in {*LEFT_OUT, *FILTERED, "rows", "columns"}}
    if "days" in given:
        plain["days"] = "0"
    fields = question.asked.model_fields
    one, other = hub.busy[-2:]
    pairs = [{"source": hub.slug, "target": hub.busy[0]}, {"source": one, "target": other}]
    if "source" in fields:
        yield from ({**plain, **pair} for pair in pairs)
        return
    if "actor" in fields:
        yield from ({**plain, "actor": slug} for slug in (hub.slug, one))
        if fields["actor"].is_required():
            return
    plain.pop("actor", None)
    if "between" in fields:
        yield from ({**plain, "between": f"{near},{far}"} for near, far in ((hub.slug, hub.busy[0]), (one, other)))
    plain.pop("between", None)
    with suppress(ValidationError):
        question.asked.model_validate(plain)
        yield plain


def _path(question: Question, hub: Hub) -> str:
    path = f"/v1{question.path}"
    for end, slug in zip(question.ends, (hub.slug, hub.busy[0]), strict=False):
        path = path.replace(f"{{{end}}}", quote(slug))
    return path


def _own(question: Question) -> dict[str, Any]:
    return {
        name: field for name, field in question.asked.model_fields.items() if name not in GraphQuestion.model_fields
    }


def _largest(question: Question) -> dict[str, int]:
    """Returns the numbers of a question at their largest, or smallest where that asks for more."""
    found = {}
    for name, field in _own(question).items():
        bounds = {type(one).__name__: one for one in field.metadata}
        side = "Ge" if name in SMALLEST else "Le"
        if name not in LEFT_OUT and side in bounds:
            found[name] = getattr(bounds[side], side.lower())
    return found


def _choices(question: Question) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, field in _own(question).items():
        if get_origin(field.annotation) is Literal:
            yield name, get_args(field.annotation)
