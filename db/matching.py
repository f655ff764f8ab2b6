"""Actors that a load brings, found among those of the record: exactly, or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.references import ACTOR, resolve
from models.actors import ActorIn
from models.names import fold

STATELESS: Final = ""
"""Stands for the state of an actor that belongs to none: the United Nations, an alliance."""
Way = Literal["identifier", "slug", "name"]


@dataclass(frozen=True, slots=True)
class Sought:
    """An actor as a load brings it; `state` is where it belongs, by reference, None = its names decide nothing."""

    body: ActorIn
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """The actor of the record that was found, and by what."""

    actor_id: int
    way: Way


def matches(session: Session, sought: Sequence[Sought]) -> dict[int, Match]:
    """Finds actors by an outside identifier, else by slug and kind, else by a name, kind and state.

    A name counts when its folded form equals that of a name or alias, and exactly one actor has it; of two of one
    name in one state neither is taken, since only a person can tell them apart.

    Returns:
        Matches by the number of the actor sought, counted from 0; those not found are absent.

    Cost: four statements, whatever the number of actors.
    """
    found: dict[int, Match] = {}
    held = resolve(session, ACTOR, [f"{i.scheme}:{i.value}" for one in sought for i in one.body.identifiers])
    slugs = _by_slug(session, sought)
    for number, one in enumerate(sought):
        same = [held[key] for i in one.body.identifiers if (key := f"{i.scheme}:{i.value}") in held]
        if same:
            found[number] = Match(same[0], "identifier")
        elif (one.body.slug, one.body.kind) in slugs:
            found[number] = Match(slugs[one.body.slug or "", one.body.kind], "slug")
    rest = [number for number, one in enumerate(sought) if number not in found and one.state is not None]
    return found | _by_name(session, sought, rest)


def _by_slug(session: Session, sought: Sequence[Sought]) -> dict[tuple[str, str], int]:
    slugs = [one.body.slug for one in sought if one.body.slug]
    rows = session.execute(text(_SLUGS), {"slugs": slugs}) if slugs else ()
    return {(row.slug, row.kind): row.actor_id for row in rows}


def _by_name(session: Session, sought: Sequence[Sought], numbers: Sequence[int]) -> dict[int, Match]:
    if not numbers:
        return {}
    refs = {one for number in numbers if (one := sought[number].state)}
    states = resolve(session, ACTOR, sorted(refs)) | {STATELESS: 0}
    asked = [
        (number, folded, sought[number].body.kind, states[sought[number].state or STATELESS])
        for number in numbers
        if (sought[number].state or STATELESS) in states
        for folded in sorted(names_of(sought[number].body))
    ]
    if not asked:
        return {}
    columns = dict(zip(("numbers", "names", "kinds", "states"), map(list, zip(*asked, strict=True)), strict=True))
    candidates: dict[int, set[int]] = {}
    for row in session.execute(text(_NAMED), columns):
        candidates.setdefault(row.number, set()).add(row.actor_id)
    return {number: Match(min(ids), "name") for number, ids in candidates.items() if len(ids) == 1}


def names_of(body: ActorIn) -> set[str]:
    """Returns an actor's names, folded; one without a letter or digit is no name to go by."""
    return {folded for name in (body.name, *(one.name for one in body.names)) if (folded := fold(name))}


_SLUGS: Final = "SELECT slug, kind, actor_id FROM actor WHERE slug = ANY(:slugs) AND retracted_at IS NULL"
_NAMED: Final = """
SELECT DISTINCT asked.number, a.actor_id
FROM unnest(CAST(:numbers AS int[]), CAST(:names AS text[]), CAST(:kinds AS text[]), CAST(:states AS bigint[]))
    AS asked(number, folded, kind, state_id)
JOIN actor_name n ON n.folded = asked.folded
JOIN actor a ON a.actor_id = n.actor_id AND a.kind = asked.kind AND a.retracted_at IS NULL
WHERE CASE WHEN asked.state_id = 0
    THEN NOT EXISTS (SELECT FROM lift l WHERE l.actor_id = a.actor_id AND l.level = 'state')
    ELSE EXISTS (SELECT FROM lift l WHERE l.actor_id = a.actor_id AND l.level = 'state' AND l.unit_id = asked.state_id)
END
"""
