"""Whole data sets loaded in one transaction: what is known is left as it is, so a second run changes nothing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.actors import create_actor
from db.affiliations import checked_tenure, insert_affiliations
from db.contacts import create_contacts
from db.edges import hold_ladder, restate
from db.lifts import actors_below, restate_lifts
from db.records import fetch, remember
from db.references import ACTOR, SOURCE, Mention, resolve, resolve_mentions
from db.sources import create_source
from models.actors import Actor, ActorIdentifier, ActorIn
from models.affiliations import AffiliationFields, AffiliationIn
from models.contacts import ContactIn
from models.sources import SourceIn

BATCH: Final = 500
"""Contacts written together: enough to spread the statements, few enough to keep memory flat."""


@dataclass(slots=True)
class Loading:
    """One load into one session; nothing is committed here.

    Actors and affiliations come before the contacts that need them, as ``flush`` sees to. An actor whose slug
    the record holds already (an office, a known organisation) is that actor, and gets the data set's identifier;
    nothing is matched by likeness.
    """

    session: Session
    counts: Counter[str] = field(default_factory=Counter)
    known: set[str] = field(default_factory=set)
    _actors: list[ActorIn] = field(default_factory=list)
    _affiliations: list[tuple[str, AffiliationIn]] = field(default_factory=list)
    _contacts: list[ContactIn] = field(default_factory=list)

    def begin(self, scheme: str) -> None:
        """Reads which actors and contacts of a data set the record holds already."""
        hold_ladder(self.session, alone=True)
        for table in ("actor", "contact"):
            rows = self.session.execute(
                text(f"SELECT scheme || ':' || value FROM {table}_identifier WHERE scheme = :scheme"),
                {"scheme": scheme},
            )
            self.known |= {f"{table} {key}" for key in rows.scalars()}

    def actor(self, body: ActorIn) -> None:
        """Takes an actor, unless its first identifier is known."""
        key = f"actor {body.identifiers[0].scheme}:{body.identifiers[0].value}"
        if key in self.known:
            self.counts["actors known"] += 1
        else:
            self.known.add(key)
            self._actors.append(body)

    def affiliation(self, actor: str, body: AffiliationIn) -> None:
        """Takes an affiliation of an actor."""
        self._affiliations.append((actor, body))

    def source(self, body: SourceIn) -> None:
        """Takes a source, unless its slug is known."""
        self._flush_actors()
        if body.slug is not None and not resolve(self.session, SOURCE, [body.slug]):
            publisher = None
            if body.publisher:
                mention = Mention(ACTOR, body.publisher, "/publisher")
                publisher = resolve_mentions(self.session, [mention])[(ACTOR.name, body.publisher)]
            create_source(self.session, body, publisher, None)
            self.counts["sources"] += 1

    def contact(self, body: ContactIn) -> bool:
        """Takes a contact, unless its first identifier is known; returns whether it did."""
        key = f"contact {body.identifiers[0].scheme}:{body.identifiers[0].value}"
        if key in self.known:
            self.counts["contacts known"] += 1
            return False
        self.known.add(key)
        self._contacts.append(body)
        if len(self._contacts) >= BATCH:
            self.flush()
        return True

    def flush(self) -> None:
        """Writes what was taken."""
        self._flush_actors()
        if self._contacts:
            create_contacts(self.session, self._contacts, batch=True)
            self.counts["contacts"] += len(self._contacts)
            self._contacts.clear()

    def _flush_actors(self) -> None:
        slugs = [body.slug for body in self._actors if body.slug]
        rows = self.session.execute(text(_BY_SLUG), {"slugs": slugs})
        taken: dict[str, int] = {row.slug: row.actor_id for row in rows}
        for body in self._actors:
            same = taken.get(body.slug or "")
            if same is not None:
                one = body.identifiers[0]
                fetch(self.session, Actor, same, lock=True)
                self.session.add(ActorIdentifier(scheme=one.scheme, value=one.value, actor_id=same))
                remember(self.session, (ACTOR.name, same), "change")
            else:
                create_actor(self.session, body)
            self.counts["actors" if same is None else "actors joined"] += 1
        self.session.flush()
        self._actors.clear()
        if self._affiliations:
            self._write_affiliations(self._affiliations)
            self._affiliations = []

    def _write_affiliations(self, given: Sequence[tuple[str, AffiliationIn]]) -> None:
        """Adds affiliations that are not known yet; the lifts of all their actors are stated once, at the end."""
        mentions = [Mention(ACTOR, ref, "/actor") for actor, body in given for ref in (actor, body.target)]
        found = resolve_mentions(self.session, mentions)
        rows = []
        for actor, body in given:
            span = checked_tenure(body.since, body.until)
            ends = {"actor_id": found[(ACTOR.name, actor)], "target_id": found[(ACTOR.name, body.target)]}
            rows.append({**body.model_dump(include=set(AffiliationFields.model_fields)), **ends, **span.columns()})
        held = {tuple(row) for row in self.session.execute(text(_HELD), {"ids": [row["actor_id"] for row in rows]})}
        fresh = [row for row in rows if tuple(row[name] for name in _IDENTITY) not in held]
        if not fresh:
            return
        insert_affiliations(self.session, fresh)
        self.counts["affiliations"] += len(fresh)
        below = actors_below(self.session, {row["actor_id"] for row in fresh})
        restate_lifts(self.session, below)
        contacts = self.session.execute(text(_CONTACTS_OF), {"ids": below}).scalars().all()
        if contacts:
            restate(self.session, sorted(contacts))


_IDENTITY: Final = ("actor_id", "relation", "target_id", "since", "until")
_HELD: Final = f"""SELECT {", ".join(_IDENTITY)} FROM affiliation
WHERE actor_id = ANY(:ids) AND retracted_at IS NULL"""
_BY_SLUG: Final = """SELECT slug, actor_id FROM actor
WHERE slug = ANY(:slugs) AND retracted_at IS NULL"""
_CONTACTS_OF: Final = "SELECT DISTINCT contact_id FROM participant WHERE standing_id = ANY(:ids)"
