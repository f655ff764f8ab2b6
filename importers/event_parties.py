"""Actors as event data name them: a state, a known organisation, a type of a state's people, a person."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from importers.records import ActorKind, ActorRecord, AffiliationRecord
from models.names import fold
from models.reference import organisations, states

KEY_LENGTH_MAX: Final = 150
NAME_LENGTH_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class Party:
    """One actor of one row.

    Attributes:
        ref: by which the record knows him, or will.
        given: what the row calls him.
        records: what has to be handed over before he can be referred to.
    """

    ref: str
    given: str
    records: tuple[ActorRecord | AffiliationRecord, ...] = ()


@lru_cache(maxsize=1)
def state_slugs() -> Mapping[str, str]:
    """Slugs of states by every folded name, formal name and alias."""
    return {fold(name): one.slug for one in states() for name in (one.name, one.official, *one.aliases) if name}


@lru_cache(maxsize=1)
def state_names() -> Mapping[str, str]:
    """Names of states by slug."""
    return {one.slug: one.name for one in states()}


@lru_cache(maxsize=1)
def slugs_by_iso3() -> Mapping[str, str]:
    """Slugs of states by ISO 3166-1 alpha-3."""
    return {code: one.slug for one in states() if (code := one.code("iso3"))}


@lru_cache(maxsize=1)
def organisation_slugs() -> Mapping[str, str]:
    """Slugs of the organisations that come with Readout, by every folded name and alias."""
    return {fold(name): one.slug for one in organisations() for name in (one.name, *one.aliases)}


def actor_key(scheme: str, name: str, home: str | None) -> str:
    """The key of an actor that a data set knows by name and home alone."""
    words = fold(name).replace(" ", "-")
    if not words or len(words) > KEY_LENGTH_MAX:
        words = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return f"{scheme}:actor/{words}@{home or ''}"


def type_party(scheme: str, name: str, home: str | None, *, given: str | None = None) -> Party:
    """People of a state, or of no state, who are told by what they are: a group that belongs to its state for good."""
    key = actor_key(scheme, name, home)
    group = ActorRecord(key, "group", name[:NAME_LENGTH_MAX], state=home)
    own = (AffiliationRecord(key, "belongs_to", home, "..", ".."),) if home else ()
    return Party(key, given or name, (group, *own))


def named_party(scheme: str, name: str, kind: ActorKind, home: str | None, sectors: tuple[str, ...] = ()) -> Party:
    """Somebody of a name: with his state, and with each sector as a group of that state, since when nobody says.

    He is provisional: a data set that knows no more than a name does not settle who it is.
    """
    key = actor_key(scheme, name, home)
    actor = ActorRecord(key, kind, name[:NAME_LENGTH_MAX], provisional=True, state=home)
    above: list[ActorRecord | AffiliationRecord] = [AffiliationRecord(key, "belongs_to", home)] if home else []
    for sector in sectors:
        abroad = sector.startswith(("International", "Global", "Regional")) or sector.endswith("(International)")
        land = None if abroad else home
        group = type_party(scheme, f"{sector} ({state_names()[land]})" if land else sector, land)
        above += [*group.records, AffiliationRecord(key, "belongs_to", group.ref)]
    return Party(key, name, (actor, *above))
