"""Sources written; a change of date, publisher or succession decides contacts anew."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.bulk import copy_mappings, draw
from db.edges import hold_ladder, hold_names_and_ladder, restate_found
from db.records import change, check_version, fetch, insert, remember_all, retract
from db.references import SOURCE
from models.edtf import parse
from models.errors import Conflict, Detail, InvalidRecord, Retracted
from models.sources import Source, SourceFields, SourceIn


def source_row(body: SourceIn, publisher_id: int | None, supersedes_id: int | None) -> Source:
    """Returns a source as a row, with the bounds of its date of publication."""
    return Source.model_validate(source_columns(body, publisher_id, supersedes_id))


def source_columns(body: SourceIn, publisher_id: int | None, supersedes_id: int | None) -> dict[str, Any]:
    """Returns a source as columns, without its number."""
    return {**_own(body), "publisher_id": publisher_id, "supersedes_id": supersedes_id, "slug": body.slug}


def create_source(session: Session, body: SourceIn, publisher_id: int | None, supersedes_id: int | None) -> Source:
    """Adds a source. One that corrects another changes nothing until it gives accounts of its own."""
    return insert(session, source_row(body, publisher_id, supersedes_id))


def create_sources(session: Session, given: Sequence[tuple[SourceIn, int | None, int | None]]) -> list[dict[str, Any]]:
    """Adds sources whom the record does not have, and returns their rows.

    Whoever knows that they stay gives their states to history, see ``db.new_states``.

    Args:
        session: to write with.
        given: each with its publisher and the source that it supersedes.
    """
    numbers = draw(session, "source_id_seq", len(given))
    rows = [{"source_id": number, **source_columns(*one)} for number, one in zip(numbers, given, strict=True)]
    copy_mappings(session, SOURCE.name, rows)
    remember_all(session, SOURCE.name, numbers, "create")
    return rows


def patch_source(session: Session, source_id: int, values: dict[str, Any], expected: int | None) -> Source:
    """Makes a source what the merged body says, and decides its contacts anew.

    Raises:
        InvalidRecord: it would supersede itself, by way of those that supersede it.
    """
    hold_ladder(session, alone=True)
    row = fetch(session, Source, source_id, lock=True)
    check_version(row, expected)
    later = session.execute(text(_LATER), {"id": source_id}).scalars().all()
    if values["supersedes_id"] in later:
        said = "A source cannot supersede itself, nor one that supersedes it."
        raise InvalidRecord(said, errors=[Detail("circle", said, pointer="/supersedes")])
    body = SourceIn.model_validate(values["body"])
    links = {"publisher_id": values["publisher_id"], "supersedes_id": values["supersedes_id"], "slug": body.slug}
    change(session, row, {**_own(body), **links})
    restate_found(session, _CONTACTS_OF, {"ids": list(later)})
    return row


def retract_source(session: Session, source_id: int, reason: str, expected: int | None) -> Source:
    """Takes a source out of the record.

    Raises:
        Conflict: accounts still rest on it; withdraw these first.
    """
    hold_names_and_ladder(session)
    row = fetch(session, Source, source_id, lock=True)
    check_version(row, expected)
    if row.retracted_at is not None:
        raise Retracted
    if session.execute(text(_RESTING), {"id": source_id}).scalar():
        raise Conflict("Accounts still rest on this source; withdraw these first.")
    retract(session, row, reason)
    return row


def _own(body: SourceIn) -> dict[str, Any]:
    date = parse(body.published) if body.published else None
    bounds = {
        "published_earliest": date.earliest if date else None,
        "published_latest": date.latest if date else None,
    }
    return {**{name: getattr(body, name) for name in _FIELDS}, **bounds}


_FIELDS = tuple(SourceFields.model_fields)
_RESTING = """
SELECT EXISTS (SELECT FROM account a JOIN contact c USING (contact_id)
    WHERE :id IN (a.source_id, a.quoted_from_id) AND a.withdrawn_at IS NULL AND c.retracted_at IS NULL)
"""
_LATER = """
WITH RECURSIVE later(source_id) AS (
    SELECT CAST(:id AS bigint)
    UNION SELECT s.source_id FROM source s JOIN later l ON s.supersedes_id = l.source_id
)
SELECT source_id FROM later
"""
_CONTACTS_OF = "SELECT DISTINCT contact_id FROM account WHERE source_id = ANY(:ids) OR quoted_from_id = ANY(:ids)"
