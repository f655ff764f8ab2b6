"""Restoring over HTTP: what was retracted, brought back."""

from fastapi import APIRouter, Response

from api.contacts import EVERYTHING, AccountRef, ContactRef, standing_contact
from api.deps import Writer
from api.dismissals import DismissalRef
from api.registry import REGISTRY
from api.resources import Routes, a, made, path_of
from api.writes import RetryingRoute, Write
from db import resources
from db.contact_pages import read_contact
from db.engine import ids_of
from db.references import ACCOUNT, CONTACT, DISMISSAL, number_of
from db.restoring import restore_account, restore_contact, restore_record
from models.contacts import ContactOut
from models.dismissals import Dismissal, DismissalOut
from models.errors import NotFound

router = APIRouter(prefix="/v1", route_class=RetryingRoute)
NEEDS = (
    "What it names has to stand: 409 names what is to be restored first, or what stands in its place by now. Needs "
    "`If-Match`, with the `ETag` of its 410 or `*`, and a reason in `Readout-Reason`."
)


def _add_restore(routes: Routes) -> None:
    noun = routes.resource.noun

    def restore(write: Writer, ref: str) -> Response:
        expected = write.if_match(required=True)
        write.reason()
        number = number_of(write.session, noun, ref)
        restore_record(write.session, routes.resource.table, number, expected)
        return made(write, routes, number, 200)

    restore.__annotations__["ref"] = path_of(routes)
    router.post(
        f"/{routes.plural}/{{{noun.name}:record}}/restore",
        response_model=routes.shapes.out,
        operation_id=f"restore_{noun.name}",
        summary=f"Restore {a(noun.name)}",
        tags=[routes.plural],
        description=f"Brings back what was retracted, under the same id and as it was. {NEEDS}",
    )(restore)


for one in REGISTRY:
    _add_restore(one)


@router.post(
    "/dismissals/{dismissal:record}/restore",
    response_model=DismissalOut,
    operation_id="restore_dismissal",
    summary="Restore a dismissal",
    tags=["dismissals"],
    description=f"The pair is proposed no more, by whose decision and for the reason that the dismissal had. {NEEDS}",
)
def dismissal(write: Writer, dismissal: DismissalRef) -> Response:
    """Lets a dismissal that was taken back hold again."""
    expected = write.if_match(required=True)
    write.reason()
    restore_record(write.session, Dismissal, number_of(write.session, DISMISSAL, dismissal), expected)
    held = resources.read(write.session, resources.DISMISSALS, dismissal)
    return write.done(held.document.encode(), version=held.version)


@router.post(
    "/contacts/{contact:record}/restore",
    response_model=ContactOut,
    operation_id="restore_contact",
    summary="Restore a contact",
    tags=["contacts"],
    description="Brings back a contact that was retracted, with its accounts and commitments; status, edges and ties "
    f"follow from them again. {NEEDS}",
)
def contact(write: Writer, contact: ContactRef) -> Response:
    """Brings back a contact that was retracted."""
    expected = write.if_match(required=True)
    write.reason()
    number = number_of(write.session, CONTACT, contact)
    restore_contact(write.session, number, expected)
    return _answered(write, number)


@router.post(
    "/contacts/{contact:record}/accounts/{account}/restore",
    response_model=ContactOut,
    operation_id="restore_account",
    summary="Restore an account",
    tags=["contacts"],
)
def account(write: Writer, contact: ContactRef, account: AccountRef) -> Response:
    """An account that was withdrawn counts again, and the contact's status follows at once. What it rests on and names
    has to stand: 409 names what is to be restored first. Needs `If-Match` of the contact and a reason in
    `Readout-Reason`."""
    expected = write.if_match(required=True)
    write.reason()
    row = standing_contact(write.session, contact)
    number = ids_of(write.session).decode(account, ACCOUNT.prefix)
    if number is None:
        raise NotFound("There is no such account.")
    restore_account(write.session, (row.contact_id or 0, number), expected)
    return _answered(write, row.contact_id or 0)


def _answered(write: Write, number: int) -> Response:
    document, version, _ = read_contact(write.session, number, EVERYTHING)
    return write.done(document.encode(), version=version)
