"""What routes ask for: the database, a session to read or to write with, and who is asking."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api.admission import Gate
from api.answers import today
from api.auth import ANYBODY, Caller, caller_with, presented_key, shown_key
from api.reading import READINGS, Reading
from api.routing import WRITING
from api.writes import Write, repeatable
from db.engine import Database
from db.idempotency import Repeatable
from db.keys import Keyring
from db.past import stand_at
from models.base import Cursor
from models.key_text import KeyText
from models.known_at import MEANING, KnownAt, moment_known
from models.settings import Settings
from models.vocabulary import Scope


@dataclass(frozen=True, slots=True)
class Read:
    """One reading request."""

    session: Session
    caller: Caller


@dataclass(frozen=True, slots=True)
class Standing(Read):
    """One request that reads the record as it stands, or as it stood.

    Attributes:
        today: the civil day, UTC, at which silences are measured.
    """

    today: date


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a list a page begins, and how long it is."""

    limit: int
    cursor: str | None


async def database_of(request: Request) -> Database:
    """Returns the database behind the service."""
    database: Database = request.app.state.database
    return database


def keyring_of(request: Request) -> Keyring:
    """Returns the keys that this process knows."""
    state = request.app.state
    if not hasattr(state, "keyring"):
        state.keyring = Keyring(state.database)
    keyring: Keyring = state.keyring
    return keyring


def gate_of(request: Request) -> Gate:
    """Returns the gate before the database of this process."""
    state = request.app.state
    if not hasattr(state, "gate"):
        settings: Settings = state.settings
        state.gate = Gate(settings.pool_size, wait_ms=settings.wait_ms)
    gate: Gate = state.gate
    return gate


async def admitted(request: Request) -> AsyncIterator[None]:
    """Holds a place at the database for as long as the route is at work."""
    async with gate_of(request).place():
        yield


Db = Annotated[Database, Depends(database_of)]
Admitted = Depends(admitted, scope="function")


async def caller_of(
    request: Request, key: Annotated[KeyText | None, Depends(presented_key)], _place: Annotated[None, Admitted]
) -> Caller:
    """Returns who is asking."""
    return await identified(request, key)


async def identified(request: Request, key: KeyText | None) -> Caller:
    """Returns the holder of a key; one that was seen within the last second is believed without a look-up."""
    if key is None:
        return ANYBODY
    keyring = keyring_of(request)
    facts = keyring.kept(key)
    if facts is None:
        facts = await run_in_threadpool(keyring.find, key)
    return caller_with(facts.key_id, facts.scopes)


async def sender_of(request: Request, key: Annotated[KeyText | None, Depends(presented_key)]) -> Caller:
    """Returns who is sending something long, or listening for long, if he may write.

    The place at the database is given up again at once: whoever takes his time holds up nobody.

    Raises:
        NotAuthenticated: no key was sent.
        NotPermitted: it may not write.
    """
    async with gate_of(request).place():
        caller = await identified(request, key)
    caller.require("write")
    return caller


Asking = Annotated[Caller, Depends(caller_of)]
Sender = Annotated[Caller, Depends(sender_of)]
"""Somebody who may write, and holds neither connection nor place while he does."""


@asynccontextmanager
async def let_in(request: Request) -> AsyncIterator[Caller]:
    """Holds a place at the database, and gives who is asking."""
    key = await shown_key(request)
    async with gate_of(request).place():
        yield await caller_of(request, key, None)


def may_read(settings: Settings, caller: Caller) -> None:
    """Lets a read pass only for whoever may.

    Raises:
        NotAuthenticated: it needs a key.
    """
    if not settings.reads_are_public:
        caller.require("read")


def reading(request: Request, database: Db, caller: Asking) -> Iterator[Read]:
    """Gives a session that can only read, to whoever may."""
    may_read(request.app.state.settings, caller)
    with database.reading_session() as session:
        yield Read(session, caller)


Moment = Annotated[KnownAt | None, Query(description=MEANING, examples=["2021-05-13T00:00:00Z"])]


def standing(request: Request, database: Db, caller: Asking, known_at: Moment = None) -> Iterator[Standing]:
    """Gives a session that reads the record as it stands, or as it stood at the instant asked for, to whoever may."""
    may_read(request.app.state.settings, caller)
    if known_at is None:
        with database.reading_session() as session:
            yield Standing(session, caller, today())
        return
    moment = moment_known(known_at)
    with database.snapshot_session() as session:
        request.state.erasures = stand_at(session, moment)
        yield Standing(session, caller, moment.date())


async def repeatable_of(request: Request, caller: Asking) -> Repeatable | None:
    """Returns the request as its repetitions are known, if it may be repeated."""
    return await repeatable(request, caller.key_id) if caller.key_id is not None else None


def _writing(scope: Scope) -> object:
    def writing(
        request: Request, database: Db, caller: Asking, known: Annotated[Repeatable | None, Depends(repeatable_of)]
    ) -> Iterator[Write]:
        caller.require(scope)
        with database.session() as session:
            write = Write(request, session, caller, known)
            write.begin()
            yield write

    WRITING.add(writing)
    return Depends(writing, scope="function")


def _reads_with(reader: Callable[[Request, Database, Caller], Iterator[Any]]) -> object:
    opened = contextmanager(reader)
    READINGS[reader] = Reading(let_in, lambda request, caller: opened(request, request.app.state.database, caller))
    return Depends(reader, scope="function")


def probing(database: Db, _place: Annotated[None, Admitted]) -> Iterator[Session]:
    """Gives a session that can only read, to anybody: for probes that say nothing about the record."""
    with database.reading_session() as session:
        yield session


def paging(
    limit: Annotated[int, Query(ge=1, le=1_000, description="Longest page.", examples=[50])] = 50,
    cursor: Annotated[Cursor, Query()] = None,
) -> Place:
    """Returns which page is wanted."""
    return Place(limit, cursor)


Reader = Annotated[Read, _reads_with(reading)]
"""A session to read with; it is closed before the answer is sent."""
RecordReader = Annotated[Standing, _reads_with(standing)]
"""The same for reads of the record, which answer `known_at` too."""
Writer = Annotated[Write, _writing("write")]
"""A write, whose ``done`` commits."""
Admin = Annotated[Write, _writing("admin")]
"""The same for administrators."""
Probe = Annotated[Session, Depends(probing, scope="function")]
Paging = Annotated[Place, Depends(paging)]
