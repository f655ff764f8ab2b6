"""Sources that contacts and accounts bring along, given in full."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy.orm import Session

from db.contact_rules import refuse
from db.records import fetch, insert
from db.references import SOURCE, resolve
from db.sources import create_sources, source_row
from models.accounts import AccountIn
from models.errors import Conflict, Detail
from models.sources import Source, SourceFields, SourceIn

Found = dict[tuple[str, str], int]
Columns = dict[str, Any]


def store_brought(
    session: Session, places: Sequence[tuple[str, AccountIn]], found: Found
) -> tuple[Found, list[Columns]]:
    """Adds the sources given in full; one whose slug exists must say the same, and is then that source.

    Returns:
        What each means, and the rows of those without a slug.
    """
    made: Found = {}
    slugs: dict[str, str] = {}
    nameless: dict[tuple[str, str], SourceIn] = {}
    for place, account in places:
        given = account.source
        if isinstance(given, str):
            continue
        key = ("embedded", given.model_dump_json())
        if given.slug is None:
            nameless[key] = given
        elif key not in made:
            at = f"{place}/source/slug"
            if slugs.setdefault(given.slug, at) != at:
                said = f"The source at {slugs[given.slug]} has this slug and says something else."
                refuse([Detail("repeated", said, pointer=at)])
            made[key] = _embedded_source(session, given, found, at)
    rows = _nameless_sources(session, nameless.values(), found)
    return made | dict(zip(nameless, (row["source_id"] for row in rows), strict=True)), rows


def _nameless_sources(session: Session, given: Collection[SourceIn], found: Found) -> list[Columns]:
    """Adds sources without a slug: nothing that the record holds can be one of them."""
    return create_sources(session, [(body, *_named(body, found)) for body in given])


def _named(given: SourceIn, found: Found) -> tuple[int | None, int | None]:
    """Returns the publisher of a source and the source that it supersedes."""
    publisher = found[("actor", given.publisher)] if given.publisher else None
    return publisher, found[("source", given.supersedes)] if given.supersedes else None


def _embedded_source(session: Session, given: SourceIn, found: Found, at: str) -> int:
    publisher, older = _named(given, found)
    known = resolve(session, SOURCE, [given.slug or ""]).get(given.slug or "")
    if known is None:
        return insert(session, source_row(given, publisher, older)).source_id or 0
    row = fetch(session, Source, known)
    same = all(getattr(row, name) == getattr(given, name) for name in SourceFields.model_fields)
    if not same or row.publisher_id != publisher:
        said = "A source with this slug exists and says something else; refer to it by its slug."
        existing = {"existing": f"/v1/sources/{given.slug}"}
        raise Conflict(said, errors=[Detail("taken", said, pointer=at)], extra=existing)
    return known
