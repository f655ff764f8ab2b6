"""How alike two actors are: whether they may be one, recorded twice.

Method ``actors/1``. A feature says 0 to 1, or nothing when one of the two leaves nothing to compare; the score is the
weighted mean of those that say something, 0 to 100. Whom an authority counts as two has no score at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from models.names import fold, score

METHOD: Final = "actors/1"
WEIGHTS: Final = {"names": 0.5, "state": 0.2, "offices": 0.2, "active": 0.15, "identifiers": 0.1}
"""The name tells most; what else is known of a person decides among those of one surname."""
TITLES: Final = frozenset(
    (
        *("prime", "minister", "president", "vice", "deputy", "foreign", "chancellor", "premier", "secretary"),
        *("general", "king", "queen", "emperor", "empress", "prince", "princess", "crown", "sultan", "emir", "amir"),
        *("shah", "pope", "chairman", "governor", "ambassador", "senator", "marshal", "field", "colonel", "sheikh"),
        *("shaikh", "sir", "lord", "lady", "dr", "mr", "mrs", "ms", "madame", "madam", "monsieur", "his", "her"),
        *("majesty", "highness"),
    )
)
"""Words before a person's name that are no part of it; an import may have left nothing but these and a surname."""
TELLING: Final = TITLES | {"first", "second", "north", "south", "east", "west", "military", "opposition", "former"}
"""Words that tell offices, organisations and groups apart, however alike their names are otherwise."""
NAMES_KEPT: Final = 50_000
"""A name is compared with many, and costs more to fold than to remember."""
AUTHORITIES: Final = frozenset({"wikidata", "iso2", "iso3", "isni", "viaf", "orcid", "lei"})
"""Schemes in which one actor has one identifier: two of one scheme are two actors."""
SURNAME: Final = 0.6
"""A surname alone, with nothing that contradicts it."""
LIKE: Final = 0.8
"""Names less alike than this differ in a word."""
TITLE_HELD: Final = 0.9
OTHER_OFFICES: Final = 0.4
"""People change their posts: other offices say little."""
OTHER_IDENTIFIER: Final = 0.2
SHORTEST_SURNAME: Final = 3
YEAR: Final = timedelta(days=365)
LIFETIME_YEARS: Final = 60
"""Two whose contacts lie farther apart are two people."""


@dataclass(frozen=True, slots=True)
class Post:
    """An office somebody held: which, its name, from when until when at the most."""

    office: int
    name: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What of one actor is held against another."""

    kind: str
    names: Sequence[str]
    identifiers: frozenset[tuple[str, str]]
    states: frozenset[int]
    posts: Sequence[Post]
    active: tuple[datetime, datetime] | None


Features = dict[str, float | None]


def likeness(one: Known, other: Known) -> Features | None:
    """Returns the features by which two actors are alike, or None when they cannot be one."""
    if one.kind != other.kind or _told_apart(one, other):
        return None
    state = _state(one, other)
    if one.kind in ("office", "group") and state == 0:
        return None
    active = _active(one, other)
    if active is not None and active < 0:
        return None
    return {
        "names": _names(one, other),
        "state": state,
        "offices": _offices(one, other) if one.kind == "person" else None,
        "active": active,
        "identifiers": _identifiers(one, other),
    }


def weighted(features: Features) -> float:
    """Returns the weighted mean of the features that say something, 0 to 100."""
    said = {name: value for name, value in features.items() if value is not None}
    return round(100 * sum(WEIGHTS[n] * value for n, value in said.items()) / sum(WEIGHTS[n] for n in said), 1)


@lru_cache(maxsize=NAMES_KEPT)
def plain_name(name: str, kind: str) -> str:
    """Returns the words of a name without titles; of a name that is all titles, all of them."""
    words = fold(name).split()
    return " ".join(([word for word in words if word not in TITLES] or words) if kind == "person" else words)


@lru_cache(maxsize=NAMES_KEPT)
def titles_of(name: str) -> frozenset[str]:
    """Returns the titles in a name; none when it is nothing else."""
    words = fold(name).split()
    titles = frozenset(word for word in words if word in TITLES)
    return titles if len(titles) < len(words) else frozenset()


def _names(one: Known, other: Known) -> float:
    """The most alike of all their names and aliases, whatever the script."""
    mine, theirs = ({plain_name(name, actor.kind) for name in actor.names} for actor in (one, other))
    return max((_alike(a, b, one.kind) for a in mine for b in theirs), default=0.0)


def _alike(one: str, other: str, kind: str) -> float:
    """Both ways the lesser counts: a name half typed finds a longer one, but is not that name."""
    there = score(one, [other])
    both = min(there, score(other, [one])) / 100 if there >= 100 * LIKE / 2 else there / 200
    if kind != "person":
        told_apart = TELLING & (set(one.split()) ^ set(other.split()))
        return both / 2 if told_apart or both < LIKE else both
    short, long = sorted((one.split(), other.split()), key=len)
    if len(short) == 1 < len(long) and len(short[0]) >= SHORTEST_SURNAME:
        surname = max((score(short[0], [word]) for word in long if len(word) > 1), default=0.0)
        return SURNAME * surname / 100 if surname >= 100 * LIKE else both / 2
    return both if both >= LIKE else both / 2


def _state(one: Known, other: Known) -> float | None:
    if not one.states or not other.states:
        return None
    return 1.0 if one.states & other.states else 0.0


def _offices(one: Known, other: Known) -> float | None:
    """The same office at overlapping times; or the title before one's name is that of an office the other held."""
    for a in one.posts:
        for b in other.posts:
            if a.office == b.office and a.since < b.until and b.since < a.until:
                return 1.0
    if _title_held(one, other) or _title_held(other, one):
        return TITLE_HELD
    return OTHER_OFFICES if one.posts and other.posts else None


def _title_held(one: Known, other: Known) -> bool:
    posts = [frozenset(fold(post.name).split()) for post in other.posts]
    return any((titles := titles_of(name)) and any(titles <= post for post in posts) for name in one.names)


def _active(one: Known, other: Known) -> float | None:
    """How near the times of their contacts lie; -1 when a lifetime is between them."""
    if one.kind != "person" or one.active is None or other.active is None:
        return None
    years = (max(one.active[0], other.active[0]) - min(one.active[1], other.active[1])) / YEAR
    return -1.0 if years > LIFETIME_YEARS else min(1.0, max(0.0, 1 - years / (LIFETIME_YEARS / 2)))


@lru_cache(maxsize=NAMES_KEPT)
def _by_scheme(identifiers: frozenset[tuple[str, str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for scheme, value in identifiers:
        found.setdefault(scheme, set()).add(value)
    return found


def _told_apart(one: Known, other: Known) -> bool:
    mine, theirs = _by_scheme(one.identifiers), _by_scheme(other.identifiers)
    return any(not mine[scheme] & theirs[scheme] for scheme in AUTHORITIES & mine.keys() & theirs.keys())


def _identifiers(one: Known, other: Known) -> float | None:
    """The same but for upper and lower case; two of one data set's, which it tells apart, speak against it."""
    if one.identifiers & other.identifiers:
        return 1.0
    return OTHER_IDENTIFIER if _by_scheme(one.identifiers).keys() & _by_scheme(other.identifiers).keys() else None
