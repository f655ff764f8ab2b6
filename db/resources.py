"""The plain resources: sources, topics, episodes, designations, affiliations, coverage, actors; read by one statement.

Each entry says how its noun is stored, addressed, listed and rendered; the routes are made from this tuple.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlmodel import SQLModel

from db import documents
from db.edges import hold_names_and_ladder
from db.engine import ids_of
from db.filters import Question
from db.pages import Answer, Asked, Listing, Order, filter_digest, read_page
from db.records import change, check_version, fetch, insert, retract
from db.references import ACTOR, AFFILIATION, COVERAGE, DESIGNATION, DISMISSAL, EPISODE, SOURCE, TOPIC, Noun
from db.statements import fetch_one
from models.actors import Actor
from models.affiliations import Affiliation, TenureFields
from models.base import FIRST_MOMENT, LAST_MOMENT, Fields
from models.bounds import tenure
from models.coverage import Coverage
from models.designations import Designation
from models.dismissals import Dismissal
from models.edtf import parse
from models.episodes import Episode
from models.errors import Conflict, Detail, InvalidRecord, NotFound, Retracted
from models.filters import ContactFilter
from models.names import slugify
from models.resource_filters import AffiliationFilter, ResourceFilter
from models.sources import Source
from models.topics import Topic


@dataclass(frozen=True, slots=True)
class Resource:
    """One plain noun.

    Attributes:
        noun: how it is addressed.
        table: its rows.
        item: SQL of one as JSON, row alias ``alias``.
        alias: of its rows in ``item``.
        order: sort key of its lists; text keys are compared by code point.
        casts: SQL types of the sort key.
        named: the field a slug is made from, for nouns that have slugs of their own making.
        above: the column that names a record of the same noun above this one; nobody comes to stand above himself.
        used: SQL condition under which a record is still mentioned and cannot be retracted; empty where nothing can.
        filters: SQL of each list parameter, and the noun that the parameter refers to, if any.
    """

    noun: Noun
    table: type[SQLModel]
    item: str
    alias: str
    order: tuple[str, ...]
    casts: tuple[str, ...]
    named: str | None = None
    above: str | None = None
    used: str = ""
    filters: Mapping[str, tuple[str, Noun | None]] = field(default_factory=dict)


CIRCLE_LOCK: Final = 7_263_006
ANY: Final = "d.{0} = ANY({{value}})"
ACTORS: Final = Resource(
    *(ACTOR, Actor, documents.ACTOR, "a", ("d.folded", "d.actor_id"), ("text", "bigint")),
    filters={
        "kind": (ANY.format("kind"), None),
        "organisation_type": (ANY.format("organisation_type"), None),
        "provisional": ("d.provisional = {value}", None),
    },
)
SOURCES: Final = Resource(
    *(SOURCE, Source, documents.SOURCE, "s", ("d.source_id",), ("bigint",)),
    filters={"kind": (ANY.format("kind"), None), "publisher": ("d.publisher_id = {value}", ACTOR)},
)
TOPICS: Final = Resource(
    *(TOPIC, Topic, documents.TOPIC, "t", ("d.slug", "d.topic_id"), ("text", "bigint"), "label"),
    above="broader",
    used="""EXISTS (SELECT FROM contact_topic JOIN contact c USING (contact_id)
            WHERE topic_id = :id AND c.retracted_at IS NULL)
        OR EXISTS (SELECT FROM account_topic JOIN account a USING (contact_id, account_id)
            JOIN contact c USING (contact_id)
            WHERE topic_id = :id AND a.withdrawn_at IS NULL AND c.retracted_at IS NULL)
        OR EXISTS (SELECT FROM topic WHERE broader_id = :id AND retracted_at IS NULL)""",
    filters={"broader": ("d.broader_id = {value}", TOPIC)},
)
EPISODES: Final = Resource(
    *(EPISODE, Episode, documents.EPISODE, "e", ("d.slug", "d.episode_id"), ("text", "bigint"), "name"),
    used="""EXISTS (SELECT FROM contact_episode JOIN contact c USING (contact_id)
        WHERE episode_id = :id AND c.retracted_at IS NULL)""",
)
DESIGNATIONS: Final = Resource(
    *(DESIGNATION, Designation, documents.DESIGNATION, "g", ("d.designation_id",), ("bigint",)),
    filters={"actor": ("d.actor_id = {value}", ACTOR), "list": ("d.list = {value}", None)},
)
AFFILIATIONS: Final = Resource(
    *(AFFILIATION, Affiliation, documents.AFFILIATION, "f", ("d.affiliation_id",), ("bigint",)),
    filters={
        "actor": ("d.actor_id = {value}", ACTOR),
        "target": ("d.target_id = {value}", ACTOR),
        "relation": (ANY.format("relation"), None),
    },
)
COVERAGES: Final = Resource(
    *(COVERAGE, Coverage, documents.COVERAGE, "v", ("d.coverage_id",), ("bigint",)),
    filters={"publisher": ("d.publisher_id = {value}", ACTOR)},
)
DISMISSALS: Final = Resource(
    *(DISMISSAL, Dismissal, documents.DISMISSAL, "q", ("d.dismissal_id",), ("bigint",)),
    filters={"of": ("d.noun || 's' = {value}", None)},
)
RESOURCES: Final = (ACTORS, SOURCES, TOPICS, EPISODES, DESIGNATIONS, AFFILIATIONS, COVERAGES, DISMISSALS)


def create(session: Session, resource: Resource, body: Fields, links: Mapping[str, Any]) -> SQLModel:
    """Adds a record of a noun that has no rules beyond its own fields.

    Raises:
        InvalidRecord: its dates are reversed.
        Conflict: its slug is taken.
    """
    row = resource.table.model_validate({**columns(resource, body), **links})
    return insert(session, row)


def patch(
    session: Session, resource: Resource, number: int, values: tuple[Fields, Mapping[str, Any]], expected: int | None
) -> None:
    """Makes a record what the merged body and its links say.

    Raises:
        InvalidRecord: its dates are reversed, or it would come to stand above itself.
        Conflict: its slug is taken.
    """
    row: Any = fetch(session, resource.table, number, lock=True)
    check_version(row, expected)
    body, links = values
    wanted = {**columns(resource, body), **links}
    if resource.noun.slugs and not wanted.get("slug"):
        wanted["slug"] = row.slug
    if resource.above is not None and wanted[f"{resource.above}_id"] is not None:
        _check_no_circle(session, resource, number, wanted[f"{resource.above}_id"])
    change(session, row, wanted)


def take_out(session: Session, resource: Resource, number: int, reason: str, expected: int | None) -> None:
    """Retracts a record that nothing mentions any more.

    Raises:
        Conflict: something does.
    """
    if resource.used:
        hold_names_and_ladder(session)
    row: Any = fetch(session, resource.table, number, lock=True)
    check_version(row, expected)
    if row.retracted_at is not None:
        raise Retracted
    if resource.used and session.execute(text(f"SELECT {resource.used}"), {"id": number}).scalar():
        raise Conflict(f"Other records still mention this {resource.noun.name}; change these first.")
    retract(session, row, reason)


def _check_no_circle(session: Session, resource: Resource, number: int, above: int) -> None:
    noun, column = resource.noun, resource.above
    # Two changes at once could each close half of a circle, so they take turns.
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CIRCLE_LOCK})
    upwards = f"""WITH RECURSIVE up(id) AS (
        SELECT CAST(:above AS bigint)
        UNION SELECT t.{column}_id FROM {noun.name} t JOIN up ON t.{noun.key} = up.id WHERE t.{column}_id IS NOT NULL)
        SELECT EXISTS (SELECT FROM up WHERE id = :number)"""
    if session.execute(text(upwards), {"above": above, "number": number}).scalar():
        said = f"A {noun.name} cannot be {column} than itself, nor than one above it."
        raise InvalidRecord(said, errors=[Detail("circle", said, pointer=f"/{column}")])


def columns(resource: Resource, body: Fields) -> dict[str, Any]:
    """Returns a body's own fields as columns, with slug and tenure bounds worked out."""
    fields = {name: value for name, value in body.model_dump().items() if name in resource.table.model_fields}
    if resource.named is not None and not fields.get("slug"):
        fields["slug"] = slugify(fields[resource.named])
    if isinstance(body, TenureFields):
        fields |= tenure_columns(body)
    return fields


def tenure_columns(body: TenureFields) -> dict[str, Any]:
    """Returns the four instants of a body's dates.

    Raises:
        InvalidRecord: they are reversed.
    """
    try:
        return dict(tenure(body.since, body.until).columns())
    except ValueError as error:
        detail = Detail("reversed_dates", f"The dates cannot be: {error}.", pointer="/until")
        raise InvalidRecord("The record ends before it begins.", errors=[detail]) from error


@dataclass(frozen=True, slots=True)
class Held:
    """One record as JSON text, with what the answer's headers need."""

    document: str
    version: int
    number: int
    changed_at: datetime | None = None
    merged_into: str | None = None


def read(session: Session, resource: Resource, ref: str) -> Held:
    """Returns one record by id, slug or outside identifier.

    Raises:
        NotFound: there is none.
        Retracted: it was taken out of the record; the sentence says why.

    Cost: one statement.
    """
    question = Question(ContactFilter(), ids_of(session), living=False)
    place = question.refer(resource.noun, ref, "id")
    key, alias = resource.noun.key, resource.alias
    merged = "(SELECT m.slug FROM actor m WHERE m.actor_id = a.merged_into_id)" if resource.noun is ACTOR else "NULL"
    statement = f"""WITH {question.refs_cte()} SELECT {resource.item}::text AS document, {alias}.version,
        {alias}.{key} AS number, {alias}.changed_at, {alias}.retracted_at, {alias}.retraction_reason, {merged} AS merged
        FROM {resource.noun.name} {alias} WHERE {alias}.{key} = {place}"""
    row = fetch_one(session, statement, question.params)
    if row is None:
        raise NotFound
    if row.merged is not None:
        return Held("", row.version, row.number, row.changed_at, row.merged)
    if row.retracted_at is not None:
        raise Retracted(f"This {resource.noun.name} has been retracted: {row.retraction_reason}", version=row.version)
    return Held(row.document, row.version, row.number, row.changed_at)


def list_resources(session: Session, resource: Resource, asked: ResourceFilter, page: Asked) -> Answer:
    """Returns a page of a plain noun. Cost: one statement."""
    question = Question(ContactFilter(), ids_of(session))
    question.conditions.append("d.retracted_at IS NULL")
    for name, (sql, noun) in resource.filters.items():
        wanted = getattr(asked, name)
        if wanted not in (None, []):
            place = question.refer(noun, wanted, name) if noun else question.bind(wanted)
            question.conditions.append(sql.format(value=place))
    if isinstance(asked, AffiliationFilter) and asked.on is not None:
        day = parse(asked.on)
        question.conditions.append(f"d.start_earliest < {question.bind(day.latest or LAST_MOMENT)}")
        question.conditions.append(f"d.end_latest > {question.bind(day.earliest or FIRST_MOMENT)}")
    key = resource.noun.key
    listing = Listing(
        source=f"{resource.noun.name} d",
        order=Order(resource.order),
        join=f"JOIN {resource.noun.name} {resource.alias} ON {resource.alias}.{key} = page.k{len(resource.casts) - 1}",
        item=resource.item,
        casts=resource.casts,
        unit=f"{resource.noun.name}s",
    )
    return read_page(session, question, listing, page, filter_digest(asked, resource.noun.name))
