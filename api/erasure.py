"""Erasure over HTTP, for administrators."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response

from api.actors import ActorPath
from api.contacts import ContactRef
from api.deps import Admin
from api.routing import PathRef, RetryingRoute
from api.writes import Write
from db import resources
from db.erasure import erase_actor, erase_contact
from db.erasure_reasons import erase_reason, revision_number
from db.references import CONTACT, number_of
from graph.memory import Memory
from models.erasure import Erased

RevisionRef = Annotated[PathRef, Path(description="Number of the revision, as changes have it.", examples=["12"])]
router: Final = APIRouter(prefix="/v1", route_class=RetryingRoute)


@router.post(
    "/contacts/{contact:record}/erase",
    response_model=Erased,
    operation_id="erase_contact",
    summary="Erase a contact",
    tags=["contacts"],
)
def contact(request: Request, write: Admin, contact: ContactRef) -> Response:
    """Removes a contact's content for good, from the record, its past, history and kept answers; a tombstone stays.
    What was merged into it goes with it; one that was merged itself answers 410 and names the one to erase.
    Needs `If-Match` and a reason in `Readout-Reason`, which is kept: name nobody in it."""
    expected = write.if_match(required=True)
    write.reason()
    return _done(request, write, erase_contact(write.session, number_of(write.session, CONTACT, contact), expected))


@router.post(
    "/actors/{actor:record}/erase",
    response_model=Erased,
    operation_id="erase_actor",
    summary="Erase a person",
    tags=["actors"],
)
def actor(request: Request, write: Admin, actor: ActorPath) -> Response:
    """Removes what is known of a person for good; in his contacts an unnamed person of his state is left, so that
    counts stand. Whoever was merged into him goes with him; one who was merged himself answers 410 and names the one to
    erase. Free texts that may name him are listed in the answer. Needs `If-Match` and a reason in
    `Readout-Reason`, which is kept: name nobody in it."""
    expected = write.if_match(required=True)
    write.reason()
    held = resources.read(write.session, resources.ACTORS, actor)
    return _done(request, write, erase_actor(write.session, held.number, expected))


@router.delete(
    "/revisions/{revision}/reason",
    status_code=204,
    operation_id="erase_reason",
    summary="Erase the reason of a revision",
    tags=["changes"],
)
def reason(request: Request, write: Admin, revision: RevisionRef) -> Response:
    """Removes why a revision was made, where that names somebody, and the same words on the records that it took out
    of the record; history stays provable. Needs a reason in `Readout-Reason`, which is kept: name nobody in it."""
    write.reason()
    erase_reason(write.session, revision_number(revision))
    answer = write.done(b"", status=204)
    memory: Memory = request.app.state.memory
    memory.clear()
    return answer


def _done(request: Request, write: Write, erased: Erased) -> Response:
    answer = write.done(erased.model_dump_json().encode())
    memory: Memory = request.app.state.memory
    memory.clear()
    return answer
