"""Merges over HTTP: two records that are one, and two that were taken for one."""

from fastapi import APIRouter, Response

from api.actors import ActorPath, living
from api.contacts import EVERYTHING, ContactRef
from api.deps import Writer
from api.registry import REGISTRY
from api.resources import made
from api.writes import RetryingRoute, Write
from db import resources
from db.contact_pages import read_contact
from db.mergers import merge_actors, merge_contacts
from db.references import ACTOR, CONTACT, Mention, hold_names, number_of, resolve_mentions
from db.unmerging import unmerge
from models.actors import ActorOut
from models.contacts import ContactOut
from models.mergers import ActorMergeIn, ContactMergeIn

router = APIRouter(prefix="/v1", route_class=RetryingRoute)
ACTORS = next(routes for routes in REGISTRY if routes.resource is resources.ACTORS)


@router.post(
    "/actors/{actor}/merge",
    response_model=ActorOut,
    tags=["actors"],
    operation_id="merge_actor",
    summary="Merge an actor into another",
)
def merge_actor(write: Writer, actor: ActorPath, body: ActorMergeIn) -> Response:
    """Two actors that are one: names, identifiers, affiliations and all that refers to the first pass to the other,
    which is answered. The first one's address leads there from then on (308). Both are of one kind, and no contact is
    between the two alone. Needs `If-Match` of the first and a reason in `Readout-Reason`; `unmerge` undoes it."""
    expected = write.if_match(required=True)
    reason = write.reason()
    hold_names(write.session, alone=True)
    into = resolve_mentions(write.session, [Mention(ACTOR, body.into, "/into")])[(ACTOR.name, body.into)]
    merge_actors(write.session, living(write.session, actor), into, reason, expected)
    return made(write, ACTORS, into, 200)


@router.post(
    "/actors/{actor}/unmerge",
    response_model=ActorOut,
    tags=["actors"],
    operation_id="unmerge_actor",
    summary="Undo the merge of an actor",
)
def unmerge_actor(write: Writer, actor: ActorPath) -> Response:
    """Two actors that were taken for one: everything that the merge changed is as it was, edges included. What was
    changed since stays as it is, and what was recorded since stays with the actor that stood. Named by his own id or
    slug. Needs a reason in `Readout-Reason`. 409 while that one is merged itself."""
    write.reason()
    number = resources.read(write.session, resources.ACTORS, actor).number
    unmerge(write.session, ACTOR.name, number)
    return made(write, ACTORS, number, 200)


@router.post(
    "/contacts/{contact:record}/merge",
    response_model=ContactOut,
    tags=["contacts"],
    operation_id="merge_contact",
    summary="Merge a contact into another",
)
def merge_contact(write: Writer, contact: ContactRef, body: ContactMergeIn) -> Response:
    """One event, recorded twice: accounts, commitments, identifiers, topics, episodes and parts of the first pass to
    the other, which is answered; it keeps its own fields and participants, and its status follows from all accounts.
    The first one's address leads there from then on (308). Needs `If-Match` of the first and a reason in
    `Readout-Reason`; `unmerge` undoes it."""
    expected = write.if_match(required=True)
    reason = write.reason()
    hold_names(write.session, alone=True)
    into = resolve_mentions(write.session, [Mention(CONTACT, body.into, "/into")])[(CONTACT.name, body.into)]
    merge_contacts(write.session, number_of(write.session, CONTACT, contact), into, reason, expected)
    return _answered(write, into)


@router.post(
    "/contacts/{contact:record}/unmerge",
    response_model=ContactOut,
    tags=["contacts"],
    operation_id="unmerge_contact",
    summary="Undo the merge of a contact",
)
def unmerge_contact(write: Writer, contact: ContactRef) -> Response:
    """Two events that were taken for one: everything that the merge changed is as it was, edges included. What was
    changed since stays as it is, and what was recorded since stays with the contact that stood. Named by its own id.
    Needs a reason in `Readout-Reason`. 409 while the other is merged itself, and where one would be left without
    an account."""
    write.reason()
    number = number_of(write.session, CONTACT, contact)
    unmerge(write.session, CONTACT.name, number)
    return _answered(write, number)


def _answered(write: Write, number: int) -> Response:
    document, version, _ = read_contact(write.session, number, EVERYTHING)
    return write.done(document.encode(), version=version)
