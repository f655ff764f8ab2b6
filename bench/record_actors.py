"""The actors of the synthetic record: 200 states, their governments and offices, who held these, and the press."""

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.bulk import copy_rows
from db.lifts import COLUMNS as LIFT_COLUMNS
from db.lifts import derive_lifts
from db.names import name_rows, search_columns
from models.actors import ActorIn
from models.bounds import tenure
from models.reference import states

STATES: Final = 200
MEDIA: Final = 60
FIRST_DAY: Final = date(2005, 1, 1)
DAYS: Final = 7_300
"""Twenty years."""
TENURE_DAYS: Final = 1_460
HOLDERS: Final = DAYS // TENURE_DAYS + 1
"""Holders of one office: its first tenure begins at some day of the first four years, so one more came before."""
OFFICES_AT_100_THOUSAND: Final = 1_600
FEWEST_OFFICES: Final = 250
"""Every state has one, and the greatest ones several."""
ACTORS_AT_ONCE: Final = 2_000
TITLES: Final = (
    *("President", "Prime Minister", "Foreign Minister", "Defence Minister", "Finance Minister", "Trade Minister"),
    *("National Security Adviser", "Chief of Defence", "Ambassador", "Special Envoy", "Political Director"),
    *("Deputy Foreign Minister", "Energy Minister", "Interior Minister", "Director of Protocol"),
)
GIVEN: Final = ("Ana", "Boris", "Chen", "Dina", "Emil", "Fatou", "Goran", "Hana", "Ivo", "Jun", "Kofi", "Lena", "Musa")
FAMILY: Final = (
    *("ber", "dra", "fon", "gar", "hol", "kam", "lin", "mor", "nak", "ost", "pet", "ros", "sul", "tar", "vel", "zim"),
)
ACTOR_COLUMNS: Final = ("actor_id", "kind", "name", "organisation_type", "provisional", "slug", "folded", "keys")
NAME_COLUMNS: Final = ("actor_id", "ordinal", "name", "kind", "lang", "script", "folded")
TENURE_COLUMNS: Final = ("start_earliest", "start_latest", "end_earliest", "end_latest")
AFFILIATION_COLUMNS: Final = ("actor_id", "relation", "target_id", "since", "until", *TENURE_COLUMNS)


@dataclass(frozen=True, slots=True)
class Office:
    """An office of the synthetic record; its holders have the ids from ``first_holder`` on."""

    number: int
    actor_id: int
    state: int
    nth_of_state: int
    first_change: int
    first_holder: int


@dataclass(frozen=True, slots=True)
class Cast:
    """All actors by what contacts need of them."""

    state_ids: tuple[int, ...]
    first_government: int
    first_medium: int
    offices: tuple[Office, ...]


def office_count(contacts: int) -> int:
    """Returns how many offices a record of so many contacts has: actors grow with the root of the contacts."""
    return max(FEWEST_OFFICES, int(OFFICES_AT_100_THOUSAND * math.sqrt(contacts / 100_000)))


def make_actors(session: Session, contacts: int, seed: int) -> Cast:
    """Adds states' governments, offices, holders and media with names, affiliations and lifts.

    Args:
        session: of a record that holds the reference data and no contacts.
        contacts: how many contacts the record will have.
        seed: of everything that is drawn.
    """
    rng = random.Random(seed)
    wanted = [one.slug for one in states() if one.until is None][:STATES]
    known = {row.slug: row.actor_id for row in session.execute(text("SELECT slug, actor_id FROM actor"))}
    first = max(known.values()) + 1
    count = office_count(contacts)
    first_medium = first + STATES
    first_office = first_medium + MEDIA
    first_holder = first_office + count
    nth = [0] * STATES
    offices = []
    for number in range(count):
        state = number if number < STATES else int(STATES * rng.random() ** 2)
        change = rng.randrange(TENURE_DAYS)
        offices.append(
            Office(number, first_office + number, state, nth[state], change, first_holder + number * HOLDERS)
        )
        nth[state] += 1
    cast = Cast(tuple(known[slug] for slug in wanted), first, first_medium, tuple(offices))
    _copy_actors(session, [*_organisations(cast, wanted), *_offices(cast, wanted), *_holders(cast, rng)])
    copy_rows(session, "affiliation", AFFILIATION_COLUMNS, _affiliations(cast, rng))
    _store_lifts(session, range(first, first_holder + count * HOLDERS))
    session.execute(text("SELECT setval('actor_id_seq', :last)"), {"last": first_holder + count * HOLDERS})
    return cast


def _organisations(cast: Cast, wanted: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, slug in enumerate(wanted):
        name = f"Government of {slug.replace('-', ' ').title()}"
        body = {
            "kind": "organisation",
            "organisation_type": "government",
            "name": name,
            "slug": f"government-of-{slug}",
        }
        yield cast.first_government + number, body
    for number in range(MEDIA):
        body = {"kind": "organisation", "organisation_type": "media", "name": f"Daily Record {number}"}
        yield cast.first_medium + number, {**body, "slug": f"daily-record-{number}"}


def _offices(cast: Cast, wanted: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    for office in cast.offices:
        title, turn = TITLES[office.nth_of_state % len(TITLES)], office.nth_of_state // len(TITLES)
        name = f"{title} of {wanted[office.state].replace('-', ' ').title()}" + (f" {turn + 1}" if turn else "")
        yield office.actor_id, {"kind": "office", "name": name, "slug": f"office-{office.number}"}


def _holders(cast: Cast, rng: random.Random) -> Iterator[tuple[int, dict[str, Any]]]:
    for office in cast.offices:
        for turn in range(HOLDERS):
            name = f"{rng.choice(GIVEN)} {''.join(rng.choices(FAMILY, k=3)).title()}"
            slug = f"{name.lower().replace(' ', '-')}-{office.number}-{turn}"
            yield office.first_holder + turn, {"kind": "person", "name": name, "slug": slug}


def _copy_actors(session: Session, given: Iterable[tuple[int, dict[str, Any]]]) -> None:
    bodies = [(actor_id, ActorIn.model_validate(body)) for actor_id, body in given]
    rows = [
        (actor_id, body.kind, body.name, body.organisation_type, False, body.slug, found["folded"], found["keys"])
        for actor_id, body in bodies
        for found in (search_columns(body),)
    ]
    copy_rows(session, "actor", ACTOR_COLUMNS, rows)
    names = [{"actor_id": actor_id, **row} for actor_id, body in bodies for row in name_rows(body)]
    copy_rows(session, "actor_name", NAME_COLUMNS, ([row[column] for column in NAME_COLUMNS] for row in names))


def _affiliations(cast: Cast, rng: random.Random) -> Iterator[tuple[Any, ...]]:
    for number, state_id in enumerate(cast.state_ids):
        yield _affiliation(cast.first_government + number, "belongs_to", state_id, "..", "..")
    by_state: dict[int, list[Office]] = {}
    for office in cast.offices:
        by_state.setdefault(office.state, []).append(office)
        yield _affiliation(office.actor_id, "belongs_to", cast.first_government + office.state, "..", "..")
    for office in cast.offices:
        for turn in range(HOLDERS):
            since, until = _tenure(office, turn, rng)
            yield _affiliation(office.first_holder + turn, "holds", office.actor_id, since, until)
            other = rng.choice(by_state[office.state])
            if rng.random() < 0.05 and other is not office:
                # Two offices at once, of one state: ambiguous at office level only.
                yield _affiliation(office.first_holder + turn, "holds", other.actor_id, since, until)


def _tenure(office: Office, turn: int, rng: random.Random) -> tuple[str, str | None]:
    """Returns first and last day; some beginnings are known to the month only, some ends not at all."""
    begins = FIRST_DAY + timedelta(days=office.first_change + (turn - 1) * TENURE_DAYS)
    ends = begins + timedelta(days=TENURE_DAYS)
    since = begins.isoformat()[:7] if rng.random() < 0.1 else begins.isoformat()
    until = ".." if turn == HOLDERS - 1 else None if rng.random() < 0.1 else ends.isoformat()
    return since, until


def _affiliation(actor: int, relation: str, target: int, since: str, until: str | None) -> tuple[Any, ...]:
    span = tenure(since, until).columns()
    return (actor, relation, target, since, until, *(span[column] for column in TENURE_COLUMNS))


def _store_lifts(session: Session, actors: range) -> None:
    for start in range(actors.start, actors.stop, ACTORS_AT_ONCE):
        some = range(start, min(start + ACTORS_AT_ONCE, actors.stop))
        copy_rows(session, "lift", LIFT_COLUMNS, derive_lifts(session, some))
