"""Actors of PLOVER: an object with a text, a country's code, a sector's."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from importers.event_parties import Party, organisation_slugs, state_names, state_slugs, type_party
from importers.gdelt_parties import codes, country_of
from models.names import fold

NAME: Final = "plover"


def parties_of(actors: Sequence[Mapping[str, Any]]) -> tuple[Party, ...] | None:
    """The actors of one end, each once; None if one of them names nobody."""
    found = [_party(one) for one in actors]
    if any(one is None for one in found):
        return None
    return tuple({one.ref: one for one in found if one is not None}.values())


def _party(actor: Mapping[str, Any]) -> Party | None:
    """Who an actor is: a country's code alone is the state, with a sector a group of it; a known name is itself."""
    given, code, sector = (_line(actor.get(name)) for name in ("actorText", "code", "sector"))
    home = country_of(code.upper())
    named = organisation_slugs().get(fold(given)) or (state_slugs().get(fold(given)) if not sector else None)
    if named is not None and home in (None, named):
        return Party(named, given)
    if home is not None and not sector:
        return Party(home, given or code)
    if home is not None:
        parts = [sector[at : at + 3].upper() for at in range(0, len(sector), 3)]
        marks = dict.fromkeys(codes("type").get(part, part) for part in parts)
        return type_party(NAME, f"{', '.join(marks)} ({state_names()[home]})", home, given=given or code)
    region = codes("region").get(code.upper())
    return type_party(NAME, region, None, given=given) if region else None


def _line(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return " ".join("".join(one if one.isprintable() else " " for one in value).split())[:300]
