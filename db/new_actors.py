"""New actors stored together, as ``db.actors.create_actor`` stores each: a load brings hundreds at a time."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.actors import SLUG_LOCK, first_free
from db.bulk import copy_mappings, draw
from db.names import name_rows, search_columns
from db.new_states import actor_states
from db.record_states import State
from db.records import remember_all
from db.references import ACTOR
from models.actors import ActorFields, ActorIn
from models.names import slugify

_FIELDS: Final = tuple(ActorFields.model_fields)


def create_actors(session: Session, bodies: Sequence[ActorIn]) -> dict[int, State]:
    """Adds actors; one whose slug is taken gets one made from his name.

    Args:
        session: to write with.
        bodies: of actors whom the record does not have.

    Returns:
        Their states by number, in the order of the bodies. Whoever knows that they stay gives these to history.

    Cost: the statements are as many for one actor as for a thousand.
    """
    numbers = draw(session, "actor_id_seq", len(bodies))
    given = list(zip(numbers, bodies, _slugs(session, bodies), strict=True))
    tables: dict[str, list[dict[str, Any]]] = {
        "actor": [{"actor_id": number, "slug": slug, **_columns(body)} for number, body, slug in given],
        "actor_name": [{"actor_id": number, **row} for number, body, _ in given for row in name_rows(body)],
        "actor_identifier": [
            {"actor_id": number, "scheme": one.scheme, "value": one.value}
            for number, body, _ in given
            for one in body.identifiers
        ],
    }
    for table, rows in tables.items():
        copy_mappings(session, table, rows)
    remember_all(session, ACTOR.name, numbers, "create")
    return actor_states(tables, session.execute(text("SELECT now()")).scalar_one())


def _columns(body: ActorIn) -> dict[str, Any]:
    return {name: getattr(body, name) for name in _FIELDS} | search_columns(body)


def _slugs(session: Session, bodies: Sequence[ActorIn]) -> list[str]:
    """Returns a slug for each: the one he brings if it is free, else one made from his name."""
    brought = [body.slug for body in bodies if body.slug]
    taken = set(session.execute(text(_TAKEN), {"slugs": brought}).scalars())
    found: list[str | None] = []
    for body in bodies:
        free = body.slug is not None and body.slug not in taken
        found.append(body.slug if free else None)
        taken |= {body.slug} if body.slug else set()
    made = {n: slugify(body.name) for n, body in enumerate(bodies) if found[n] is None}
    numbered = _numbered(session, sorted(set(made.values())))
    for number, plain in made.items():
        found[number] = first_free(plain, numbered[plain] | taken)
        taken.add(found[number] or "")
    return [slug or "" for slug in found]


def _numbered(session: Session, plain: Sequence[str]) -> defaultdict[str, set[str]]:
    """Returns for each slug made from a name what the record holds of it; nobody takes one more until COMMIT."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    if plain:
        session.execute(text(_HOLD), {"lock": SLUG_LOCK, "slugs": plain}).all()
        for row in session.execute(text(_NUMBERED), {"slugs": plain}):
            found[row.plain].add(row.slug)
    return found


_TAKEN: Final = "SELECT slug FROM actor WHERE slug = ANY(:slugs)"
_HOLD: Final = """
SELECT pg_advisory_xact_lock(:lock, hashtext(slug)) FROM unnest(CAST(:slugs AS text[])) WITH ORDINALITY AS s(slug, n)
ORDER BY n
"""
_NUMBERED: Final = """
SELECT s.plain, a.slug FROM unnest(CAST(:slugs AS text[])) AS s(plain) JOIN actor a ON a.slug = s.plain
UNION ALL
SELECT s.plain, a.slug FROM unnest(CAST(:slugs AS text[])) AS s(plain)
CROSS JOIN LATERAL (SELECT slug FROM actor WHERE slug >= s.plain || '-' AND slug < s.plain || '.'
    AND slug ~ ('^' || s.plain || '-[0-9]+$')) a
"""
"""What begins with a slug and a hyphen stands together in the index: the full stop comes after the hyphen."""
