"""Actors over HTTP: search by name, and what stands below an actor. The rest comes from the registry."""

import json
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlalchemy.orm import Session

from api.answers import asked_page, page_reply
from api.deps import RecordReader, Writer
from api.registry import REGISTRY
from api.resources import led_on, linked, made
from api.routing import PathRef
from api.writes import RetryingRoute
from db import resources
from db.affiliations import create_affiliation
from db.engine import ids_of
from db.names import search_actors
from db.pages import Answer, filter_digest
from db.references import ACTOR, hold_names, resolve, retractions
from db.resources import Resource
from models.actors import ActorMatchPage
from models.affiliations import AffiliationIn, AffiliationOut, AffiliationPage
from models.designations import DesignationIn, DesignationOut, DesignationPage
from models.errors import NotFound, Retracted
from models.resource_filters import (
    ActorAffiliationFilter,
    ActorDesignationFilter,
    ActorSearch,
    AffiliationFilter,
    DesignationFilter,
)

router = APIRouter(prefix="/v1/actors", tags=["actors"], route_class=RetryingRoute)
ROUTES = {routes.plural: routes for routes in REGISTRY}
ActorPath = Annotated[PathRef, Path(description="An id (`act_…`), a slug, or `scheme:value`.", examples=["hamas"])]


@router.get("/search", response_model=ActorMatchPage, operation_id="search_actors", summary="Search actors by name")
def search(request: Request, reader: RecordReader, asked: Annotated[ActorSearch, Query()]) -> Response:
    """Best fit first, with a score of 0 to 100, the name that fitted, and what tells two of one name apart. Script,
    accents and the order of words do not matter."""
    ids = ids_of(reader.session)
    found = search_actors(reader.session, asked.q, kind=asked.kind, limit=asked.limit)
    items = [
        {
            "id": ids.encode(ACTOR.prefix, match.actor_id),
            "slug": match.slug,
            "name": match.name,
            "kind": match.kind,
            "score": round(match.score, 1),
            "matched_name": match.matched_name,
            "provisional": match.provisional,
            "holds": match.holds,
            "state": match.state,
        }
        for match in found.matches
    ]
    limits = {"limit": asked.limit} if found.more else None
    answer = Answer(found.version, json.dumps(items), found.changed_at, limits=limits)
    return page_reply(request, answer, "", "actors")


@router.get(
    "/{actor}/affiliations",
    response_model=AffiliationPage,
    operation_id="list_actor_affiliations",
    summary="List an actor's affiliations",
)
def affiliations(
    request: Request, reader: RecordReader, actor: ActorPath, asked: Annotated[ActorAffiliationFilter, Query()]
) -> Response:
    """What an actor holds, belongs to, is part of, is a member of or controls, and when."""
    return of_actor(request, reader, resources.AFFILIATIONS, AffiliationFilter(**asked.model_dump(), actor=actor))


@router.post(
    "/{actor}/affiliations",
    status_code=201,
    response_model=AffiliationOut,
    operation_id="create_affiliation",
    summary="Record an affiliation",
)
def affiliate(write: Writer, actor: ActorPath, body: AffiliationIn) -> Response:
    """Says what one actor is to another, and when. The edges that this lifts are derived anew at once."""
    routes = ROUTES["affiliations"]
    links = linked(write.session, routes, body)
    row = create_affiliation(write.session, living(write.session, actor), links["target_id"] or 0, body)
    return made(write, routes, row.affiliation_id or 0, 201)


@router.get(
    "/{actor}/designations",
    response_model=DesignationPage,
    operation_id="list_actor_designations",
    summary="List the lists an actor is on",
)
def designations(
    request: Request, reader: RecordReader, actor: ActorPath, asked: Annotated[ActorDesignationFilter, Query()]
) -> Response:
    """The lists an actor is or was on, of which authority, since and until when."""
    return of_actor(request, reader, resources.DESIGNATIONS, DesignationFilter(**asked.model_dump(), actor=actor))


@router.post(
    "/{actor}/designations",
    status_code=201,
    response_model=DesignationOut,
    operation_id="create_designation",
    summary="Record a designation",
)
def designate(write: Writer, actor: ActorPath, body: DesignationIn) -> Response:
    """Says that an actor is on a list."""
    routes = ROUTES["designations"]
    row = resources.create(write.session, resources.DESIGNATIONS, body, {"actor_id": living(write.session, actor)})
    return made(write, routes, getattr(row, "designation_id", 0), 201)


def of_actor(
    request: Request, reader: RecordReader, resource: Resource, question: AffiliationFilter | DesignationFilter
) -> Response:
    """Answers a page of what stands below one actor; 404 when there is no such actor, instead of an empty page.

    A merged one leads to the one that stands.
    """
    held = resources.read(reader.session, resources.ACTORS, question.actor or "")
    if held.merged_into is not None:
        return led_on(request, held.merged_into)
    page = asked_page(request, question.limit, question.cursor)
    answer = resources.list_resources(reader.session, resource, question, page)
    return page_reply(request, answer, filter_digest(question, resource.noun.name), f"{resource.noun.name}s")


def living(session: Session, ref: str) -> int:
    """Returns the row of the actor in the address, who is not merged before the end of the transaction.

    Raises:
        NotFound: there is none.
        Retracted: he was taken out of the record; the sentence says why.
    """
    hold_names(session)
    number = resolve(session, ACTOR, [ref]).get(ref)
    if number is None:
        gone = retractions(session, ACTOR, [ref]).get(ref)
        if gone is not None:
            raise Retracted(f"This actor has been retracted: {gone}")
        raise NotFound("There is no such actor.")
    return number
