"""Sources written; a change of date, publisher or succession decides contacts anew."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.edges import hold_ladder, restate
from db.records import change, check_version, fetch, insert, retract
from models.edtf import parse
from models.errors import Conflict, Retracted
from models.sources import Source, SourceFields, SourceIn


def source_row(body: SourceIn, publisher_id: int | None, supersedes_id: int | None) -> Source:
    """Returns a source as a row, with the bounds of its date of publication."""
    links = {"publisher_id": publisher_id, "supersedes_id": supersedes_id, "slug": body.slug}
    return Source.model_validate({**_own(body), **links})


def create_source(session: Session, body: SourceIn, publisher_id: int | None, supersedes_id: int | None) -> Source:
    """Adds a source; one that corrects another decides that one's contacts anew."""
    row = insert(session, source_row(body, publisher_id, supersedes_id))
    if supersedes_id is not None:
        restate_contacts(session, [supersedes_id])
    return row


def patch_source(session: Session, source_id: int, values: dict[str, Any], expected: int | None) -> Source:
    """Makes a source what the merged body says, and decides its contacts anew."""
    hold_ladder(session, alone=True)
    row = fetch(session, Source, source_id, lock=True)
    check_version(row, expected)
    body = SourceIn.model_validate(values["body"])
    links = {"publisher_id": values["publisher_id"], "supersedes_id": values["supersedes_id"], "slug": body.slug}
    change(session, row, {**_own(body), **links})
    restate_contacts(session, [source_id])
    return row


def retract_source(session: Session, source_id: int, reason: str, expected: int | None) -> Source:
    """Takes a source out of the record.

    Raises:
        Conflict: accounts still rest on it; withdraw these first.
    """
    row = fetch(session, Source, source_id, lock=True)
    check_version(row, expected)
    if row.retracted_at is not None:
        raise Retracted
    used = text("SELECT EXISTS (SELECT FROM account WHERE :id IN (source_id, quoted_from_id) AND withdrawn_at IS NULL)")
    if session.execute(used, {"id": source_id}).scalar():
        raise Conflict("Accounts still rest on this source; withdraw these first.")
    retract(session, row, reason)
    return row


def restate_contacts(session: Session, source_ids: list[int]) -> None:
    """Decides anew the contacts of which these sources give accounts."""
    used = text("SELECT DISTINCT contact_id FROM account WHERE source_id = ANY(:ids) OR quoted_from_id = ANY(:ids)")
    contacts = session.execute(used, {"ids": source_ids}).scalars().all()
    if contacts:
        restate(session, sorted(contacts))


def _own(body: SourceIn) -> dict[str, Any]:
    date = parse(body.published) if body.published else None
    bounds = {
        "published_earliest": date.earliest if date else None,
        "published_latest": date.latest if date else None,
    }
    return {**body.model_dump(include=set(SourceFields.model_fields)), **bounds}
