"""Actors, affiliations and sources that wait in a load until a contact needs them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.affiliations import checked_tenure, insert_affiliations
from db.again import under_savepoint
from db.contact_rows import mentions_of
from db.edges import hold_ladder, restate
from db.lifts import actors_below, restate_lifts
from db.matching import Match, Sought, matches
from db.new_actors import create_actors
from db.new_states import source_states
from db.record_states import State
from db.records import fetch, remember, remember_new
from db.references import ACTOR, SOURCE, Mention, resolve, resolve_mentions
from db.sources import create_sources
from models.actors import Actor, ActorIdentifier, ActorIn
from models.affiliations import AffiliationFields, AffiliationIn
from models.contacts import ContactIn
from models.sources import SourceIn


@dataclass(slots=True)
class Newcomers:
    """What a load has brought and no contact has needed yet, and what the contacts of this batch need of it."""

    session: Session
    counts: Counter[str]
    _actors: dict[str, Sought] = field(default_factory=dict)
    _affiliations: dict[str, list[AffiliationIn]] = field(default_factory=dict)
    _sources: dict[str, SourceIn] = field(default_factory=dict)
    _written: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    _added: Counter[str] = field(default_factory=Counter)
    _own: set[int] = field(default_factory=set)
    """Actors whom the load has made, and nobody else sees yet."""
    _made: dict[str, dict[int, State]] = field(default_factory=dict)

    def actor(self, body: ActorIn, state: str | None) -> None:
        """Takes an actor, who is referred to by his first identifier."""
        self._actors[f"{body.identifiers[0].scheme}:{body.identifiers[0].value}"] = Sought(body, state)

    def affiliation(self, actor: str, body: AffiliationIn) -> None:
        """Takes an affiliation of an actor."""
        self._affiliations.setdefault(actor, []).append(body)

    def source(self, body: SourceIn) -> None:
        """Takes a source, which is referred to by its slug."""
        self._sources[body.slug or ""] = body

    def write_for(self, bodies: Sequence[ContactIn]) -> None:
        """Writes what these contacts refer to, whatever that refers to itself, and who all these belong to."""
        if not (self._actors or self._affiliations or self._sources):
            return
        mentions = [mention for body in bodies for mention in mentions_of(body, "")]
        slugs = sorted({one.text for one in mentions if one.noun is SOURCE and one.text in self._sources})
        publishers = [ref for slug in slugs if (ref := self._sources[slug].publisher)]
        subjects = self._needed([*publishers, *(one.text for one in mentions if one.noun is ACTOR)])
        self._write_actors([ref for ref in subjects if ref in self._actors])
        self._write_affiliations([ref for ref in subjects if ref in self._affiliations])
        self._write_sources(slugs)

    def settle(self) -> None:
        """Counts what was written for the contacts that have been written now, and holds it no longer."""
        self.counts += self._added
        for held, key in self._written:
            held.pop(key, None)
        for noun, states in self._made.items():
            remember_new(self.session, noun, states)
        self.forget()

    def forget(self) -> None:
        """Holds on to everything: what was written is taken back."""
        self._written.clear()
        self._added.clear()
        self._made.clear()

    def _needed(self, refs: Iterable[str]) -> list[str]:
        """Returns these references and those of everything above them, as far as the load brings it."""
        found: dict[str, None] = {}
        rest = list(refs)
        while rest:
            ref = rest.pop()
            if ref not in found and (ref in self._actors or ref in self._affiliations):
                found[ref] = None
                rest += [one.target for one in self._affiliations.get(ref, ())]
        return sorted(found)

    def _write_actors(self, refs: Sequence[str]) -> None:
        sought = [self._actors[ref] for ref in refs]
        found = matches(self.session, sought)
        self._join([(sought[number].body, match) for number, match in sorted(found.items())])
        fresh = [one.body for number, one in enumerate(sought) if number not in found]
        if fresh:
            self._made[ACTOR.name] = create_actors(self.session, fresh)
            self._own |= self._made[ACTOR.name].keys()
            self._added["actors"] += len(fresh)
        self._written += [(self._actors, ref) for ref in refs]

    def _join(self, joined: Sequence[tuple[ActorIn, Match]]) -> None:
        """Gives actors of the record the identifiers of the data set that they lack."""
        keys = [[f"{one.scheme}:{one.value}" for one in body.identifiers] for body, _ in joined]
        known = set(resolve(self.session, ACTOR, chain.from_iterable(keys)))
        for (body, match), own in zip(joined, keys, strict=True):
            lacking = [one for one, key in zip(body.identifiers, own, strict=True) if key not in known]
            if lacking:
                fetch(self.session, Actor, match.actor_id, lock=True)
                remember(self.session, (ACTOR.name, match.actor_id), "change")
            for one in lacking:
                self.session.add(ActorIdentifier(scheme=one.scheme, value=one.value, actor_id=match.actor_id))
            known.update(own)
            self._added["actors known" if match.way == "identifier" else "actors joined"] += 1
        self.session.flush()

    def _write_sources(self, slugs: Sequence[str]) -> None:
        known = resolve(self.session, SOURCE, slugs)
        bodies = [self._sources[slug] for slug in slugs if slug not in known]
        mentions = [Mention(ACTOR, body.publisher, "/publisher") for body in bodies if body.publisher]
        publishers = resolve_mentions(self.session, mentions)
        given = [(one, publishers[(ACTOR.name, one.publisher)] if one.publisher else None, None) for one in bodies]
        rows = create_sources(self.session, given)
        if rows:
            self._made[SOURCE.name] = source_states(rows, self.session.execute(text("SELECT now()")).scalar_one())
        self._added["sources"] += len(rows)
        self._written += [(self._sources, slug) for slug in slugs]

    def _write_affiliations(self, subjects: Sequence[str]) -> None:
        """Adds affiliations that are not known yet; the lifts of all their actors are stated once, at the end."""
        given = [(subject, body) for subject in subjects for body in self._affiliations[subject]]
        mentions = [Mention(ACTOR, ref, "/actor") for actor, body in given for ref in (actor, body.target)]
        found = resolve_mentions(self.session, mentions)
        rows = []
        for actor, body in given:
            span = checked_tenure(body.since, body.until)
            ends = {"actor_id": found[(ACTOR.name, actor)], "target_id": found[(ACTOR.name, body.target)]}
            rows.append({**body.model_dump(include=set(AffiliationFields.model_fields)), **ends, **span.columns()})
        self._written += [(self._affiliations, subject) for subject in subjects]
        fresh = self._unheld(rows)
        if not fresh:
            return
        if not {row["actor_id"] for row in fresh} <= self._own:
            # Contacts that others write now may rest on what is about to change.
            under_savepoint(self.session, lambda: hold_ladder(self.session, alone=True))
        insert_affiliations(self.session, fresh)
        self._added["affiliations"] += len(fresh)
        below = actors_below(self.session, {row["actor_id"] for row in fresh})
        restate_lifts(self.session, below)
        contacts = self.session.execute(text(_CONTACTS_OF), {"ids": below}).scalars().all()
        if contacts:
            restate(self.session, sorted(contacts))

    def _unheld(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Returns the affiliations that say something new: an undated one says nothing of who stands there already."""
        ids = {"ids": [row["actor_id"] for row in rows]}
        held = {tuple(row) for row in self.session.execute(text(_HELD), ids)} if rows else set()
        stands = {tuple(row) for row in self.session.execute(text(_STANDS), ids)} if rows else set()
        fresh: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in rows:
            undated = row["since"] is None and row["until"] is None
            same = tuple(row[name] for name in _IDENTITY)
            if same not in held and not (undated and (row["actor_id"], row["target_id"]) in stands):
                fresh.setdefault(same, row)
        return list(fresh.values())


_IDENTITY: Final = ("actor_id", "relation", "target_id", "since", "until")
_HELD: Final = f"""SELECT {", ".join(_IDENTITY)} FROM affiliation
WHERE actor_id = ANY(:ids) AND retracted_at IS NULL"""
_STANDS: Final = "SELECT DISTINCT actor_id, unit_id FROM lift WHERE actor_id = ANY(:ids)"
_CONTACTS_OF: Final = "SELECT DISTINCT contact_id FROM participant WHERE standing_id = ANY(:ids)"
