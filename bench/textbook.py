"""The peer: a service over the same tables, written as the tutorials of FastAPI and SQLModel would write it.

Relationships, `selectinload`, a `response_model`, self joins. It says less of each contact than Readout does: no
status by account, no public ids, no links, no graph version.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Response
from sqlalchemy import func
from sqlalchemy.orm import aliased, registry, selectinload
from sqlmodel import Field, Relationship, Session, SQLModel, col, create_engine, desc, select

from models.settings import driver_url

HAPPENED = ("disputed", "confirmed", "acknowledged", "reported")


class Table(SQLModel, registry=registry()):
    """Tables of this service; Readout's own know nothing of them."""


class ActorBase(SQLModel):
    """What is told of an actor."""

    slug: str
    name: str
    kind: str


class Actor(Table, ActorBase, table=True):
    """An actor."""

    actor_id: int = Field(primary_key=True)


class ContactTopic(Table, table=True):
    """Which topics a contact has."""

    __tablename__ = "contact_topic"
    contact_id: int = Field(primary_key=True, foreign_key="contact.contact_id")
    topic_id: int = Field(primary_key=True, foreign_key="topic.topic_id")


class TopicBase(SQLModel):
    """What is told of a topic."""

    slug: str
    label: str


class Topic(Table, TopicBase, table=True):
    """A topic."""

    topic_id: int = Field(primary_key=True)


class ParticipantBase(SQLModel):
    """What is told of a participant."""

    role: str
    side: str | None = None
    initiator: bool | None = None
    presence: str | None = None
    level: str | None = None
    name_as_given: str | None = None


class Participant(Table, ParticipantBase, table=True):
    """An actor in a contact."""

    contact_id: int = Field(primary_key=True, foreign_key="contact.contact_id")
    ordinal: int = Field(primary_key=True)
    actor_id: int = Field(foreign_key="actor.actor_id")
    capacity_id: int | None = Field(default=None, foreign_key="actor.actor_id")
    on_behalf_of_id: int | None = Field(default=None, foreign_key="actor.actor_id")
    actor: Actor = Relationship(sa_relationship_kwargs={"foreign_keys": "Participant.actor_id"})
    capacity: Actor | None = Relationship(sa_relationship_kwargs={"foreign_keys": "Participant.capacity_id"})
    on_behalf_of: Actor | None = Relationship(sa_relationship_kwargs={"foreign_keys": "Participant.on_behalf_of_id"})


class ContactBase(SQLModel):
    """What is told of a contact."""

    kind: str
    when: str | None = None
    date_basis: str
    medium: str | None = None
    protocol: str | None = None
    track: str | None = None
    talks: str | None = None
    duration_minutes: int | None = None
    place: str | None = None
    summary: str | None = None
    status: str
    earliest: datetime
    latest: datetime
    version: int
    recorded_at: datetime
    changed_at: datetime


class Contact(Table, ContactBase, table=True):
    """A contact."""

    contact_id: int = Field(primary_key=True)
    newest: datetime
    retracted_at: datetime | None = None
    participants: list[Participant] = Relationship(sa_relationship_kwargs={"order_by": "Participant.ordinal"})
    topics: list[Topic] = Relationship(link_model=ContactTopic)


class ActorPublic(ActorBase):
    """An actor as it is answered."""

    actor_id: int


class TopicPublic(TopicBase):
    """A topic as it is answered."""

    topic_id: int


class ParticipantPublic(ParticipantBase):
    """A participant as it is answered."""

    actor: ActorPublic
    capacity: ActorPublic | None = None
    on_behalf_of: ActorPublic | None = None


class ContactPublic(ContactBase):
    """A contact as it is answered."""

    contact_id: int
    participants: list[ParticipantPublic] = []
    topics: list[TopicPublic] = []


class CounterpartPublic(SQLModel):
    """A counterpart as it is answered."""

    actor: ActorPublic
    contacts: int
    first: datetime
    last: datetime


engine = create_engine(driver_url(os.environ.get("TEXTBOOK_DATABASE_URL", "postgresql:///readout")), pool_size=12)
app = FastAPI()


def get_session() -> Iterator[Session]:
    """Gives each request a session of its own."""
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]


@app.get("/actors/{actor_id}/contacts", response_model=list[ContactPublic])
def read_contacts(actor_id: int, session: SessionDep, limit: int = 50) -> Any:
    """The contacts of an actor, newest first, with who took part."""
    people = selectinload(Contact.participants)  # type: ignore[arg-type]
    statement = (
        select(Contact)
        .join(Participant)
        .where(Participant.actor_id == actor_id)
        .where(col(Contact.status).in_(HAPPENED), col(Contact.retracted_at).is_(None))
        .order_by(desc(col(Contact.newest)), desc(col(Contact.contact_id)))
        .limit(limit)
        .options(
            people.selectinload(Participant.actor),  # type: ignore[arg-type]
            people.selectinload(Participant.capacity),  # type: ignore[arg-type]
            people.selectinload(Participant.on_behalf_of),  # type: ignore[arg-type]
            selectinload(Contact.topics),  # type: ignore[arg-type]
        )
    )
    return session.exec(statement).all()


@app.get("/actors/{actor_id}/counterparts", response_model=list[CounterpartPublic])
def read_counterparts(actor_id: int, session: SessionDep, limit: int = 100) -> Any:
    """With whom an actor had contact, the most frequent first."""
    mine, theirs = aliased(Participant), aliased(Participant)
    contacts = func.count(func.distinct(mine.contact_id)).label("contacts")
    statement = (
        select(Actor, contacts, func.min(Contact.earliest), func.max(Contact.latest))
        .select_from(mine)
        .join(theirs, (col(theirs.contact_id) == mine.contact_id) & (col(theirs.actor_id) != mine.actor_id))
        .join(Contact, col(Contact.contact_id) == mine.contact_id)
        .join(Actor, col(Actor.actor_id) == theirs.actor_id)
        .where(mine.actor_id == actor_id)
        .where(col(Contact.status).in_(HAPPENED), col(Contact.retracted_at).is_(None))
        .group_by(col(Actor.actor_id))
        .order_by(desc(contacts), col(Actor.actor_id))
        .limit(limit)
    )
    rows = session.exec(statement).all()
    return [{"actor": actor, "contacts": count, "first": first, "last": last} for actor, count, first, last in rows]


@app.get("/static/{size}")
def read_static(size: int) -> Response:
    """So many bytes, made before: what the framework alone can do."""
    if size not in _READY:
        _READY[size] = b'{"x":"' + b"x" * (size - 8) + b'"}'
    return Response(_READY[size], media_type="application/json")


_READY: dict[int, bytes] = {}
