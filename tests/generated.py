"""Small random worlds, written through the same functions as the service's routes: for checks by brute force."""

import random
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.actors import create_actor, patch_actor
from db.affiliations import create_affiliation, patch_affiliation, retract_affiliation
from db.contact_bodies import contact_body
from db.contacts import add_account, create_contacts, patch_contact, retract_contact, withdraw_account
from db.sources import create_source, patch_source
from models.accounts import AccountIn
from models.actors import ActorIn
from models.affiliations import AffiliationFields
from models.contacts import Contact, ContactBody, ContactIn
from models.errors import Conflict, InvalidRecord
from models.sources import SourceIn
from models.vocabulary import ContactKind, Stance, words

REFUSALS: Final = (InvalidRecord, Conflict)
"""What a random step may run into: a date after publication, a circle, the last account."""
STATES: Final = ("atlantis", "ruritania", "graustark")
ORGANISATIONS: Final = ("league", "chancellery", "ministry", "gazette")
OFFICES: Final = ("chancellor", "minister", "envoy-general", "editor")
PERSONS: Final = ("ada", "bela", "cleo", "dora", "emil", "fritz")
GROUPS: Final = ("officials", "rebels")
CROWD: Final = tuple(f"delegate-{n}" for n in range(26))
ACTORS: Final = (*STATES, *ORGANISATIONS, *OFFICES, *PERSONS, *GROUPS)
KINDS: Final = {
    **dict.fromkeys(STATES, "state"),
    **dict.fromkeys(ORGANISATIONS, "organisation"),
    **dict.fromkeys(OFFICES, "office"),
    **dict.fromkeys((*PERSONS, *CROWD), "person"),
    **dict.fromkeys(GROUPS, "group"),
}
TYPES: Final = {"league": "igo", "chancellery": "government", "ministry": "ministry", "gazette": "media"}
SOURCES: Final = tuple(f"paper-{n}" for n in range(6))
DATES: Final = (
    *("2021-05-03", "2021-05-10", "2021-05-12", "2021-05-12T17:19", "2021-05", "2021", "2021-05-10/2021-05-14"),
    *("[2021-05-01..2021-05-20]", "/2021-05-12", "2021-05-12/", "2021-05-12/..", "../2021-05-12", None),
)
SINCE: Final = ("..", None, "2020", "2021-04-30", "2021-05", "2021-05-05", "2021-05-12")
UNTIL: Final = ("..", None, "2021-05-12", "2021-05", "2021-05-20", "2022")
PUBLISHED: Final = ("2021-05-09", "2021-05-12", "2021-05-20", "2021-06-01", None, None)
ROLES: Final = {
    "mission": (("envoy",), ("host", "principal", "observer")),
    "mediation": (("mediator",), ("party", "mediator", "venue")),
    "message": (("sender", "recipient"), ("recipient", "note_taker")),
    "visit": (("visitor",), ("host", "host", "visitor", "delegate")),
}
LINKS: Final = (
    *(("chancellery", "part_of", "atlantis"), ("ministry", "part_of", "ruritania"), ("gazette", "part_of", "atlantis")),
    *(("chancellor", "belongs_to", "chancellery"), ("minister", "belongs_to", "ministry")),
    *(("envoy-general", "belongs_to", "league"), ("editor", "belongs_to", "gazette")),
    *(("officials", "belongs_to", "ruritania"), ("ada", "belongs_to", "atlantis"), ("atlantis", "member_of", "league")),
)


class World:
    """A record that grows and changes at random; every step is one that a client could take."""

    def __init__(self, session: Session, rng: random.Random) -> None:
        """Makes the actors, sources and first affiliations."""
        self.session, self.rng = session, rng
        self.actors: dict[str, int] = {}
        for slug in (*ACTORS, *CROWD):
            body = ActorIn.model_validate(
                {"slug": slug, "name": slug.title(), "kind": KINDS[slug], "organisation_type": TYPES.get(slug)}
            )
            self.actors[slug] = create_actor(session, body).actor_id or 0
        self.sources = {slug: self._make_source(slug) for slug in SOURCES}
        for actor, relation, target in LINKS:
            self.affiliate_as(actor, relation, target, "..", "..")
        for person in PERSONS[1:]:
            self.affiliate_as(person, "holds", rng.choice(OFFICES), *self._tenure())
        for n, slug in enumerate(CROWD):
            self.affiliate_as(slug, "belongs_to", STATES[n % 3], "..", "..")

    def steps(self) -> list[Callable[[], object]]:
        """Returns every kind of change; the commoner ones several times."""
        contacts = [self.add_contact] * 4 + [self.patch_contact] * 3 + [self.retract_contact] + [self.move_part] * 2
        accounts = [self.add_account] * 2 + [self.withdraw_account]
        tenures = [self.affiliate] * 2 + [self.correct_affiliation] * 2 + [self.retract_affiliation]
        return [*contacts, *accounts, *tenures, self.correct_source, self.change_actor]

    def step(self) -> str:
        """Takes one change at random, or none where it is refused; returns its name."""
        return self.take(self.rng.choice(self.steps()))

    def take(self, change: Callable[[], object]) -> str:
        """Takes one change, or leaves everything as it was where it is refused; returns its name."""
        try:
            with self.session.begin_nested():
                change()
        except REFUSALS:
            return f"{change.__name__} refused"
        return change.__name__

    def add_contact(self) -> int:
        """Adds one contact; now and then a visit with its parts in the same request."""
        body = self.contact()
        if body["kind"] != "visit" or self.rng.random() < 0.5:
            return create_contacts(self.session, [ContactIn.model_validate(body)])[0]
        number = self.rng.getrandbits(60)
        body["identifiers"] = [{"scheme": "test", "value": str(number)}]
        parts = [{**self.contact("meeting"), "part_of": f"test:{number}"} for _ in range(self.rng.randint(1, 2))]
        taken = [one["actor"] for one in body["participants"]]
        for part in parts:
            names = dict.fromkeys([*taken[:2], self.rng.choice(ACTORS)])
            part["participants"] = [{"actor": name} for name in names] if len(names) > 1 else part["participants"]
            for account in part["accounts"]:
                account["denies"] = [part["participants"][0]["actor"]] if "denies" in account else []
        return create_contacts(self.session, [ContactIn.model_validate(one) for one in (body, *parts)])[0]

    def contact(self, kind: str | None = None) -> dict[str, Any]:
        """Returns the body of a contact."""
        rng = self.rng
        kind = kind or rng.choice([*words(ContactKind), "visit", "visit"])
        takers = self._participants(kind)
        accounts = [self.account([taker["actor"] for taker in takers]) for _ in range(rng.choice([1, 1, 2, 3]))]
        body = {"kind": kind, "when": rng.choice(DATES), "participants": takers, "accounts": accounts}
        body |= {"summary": rng.choice(["Talks on grain", "A Señor's visit", None]), "place": rng.choice(["Spa", None])}
        if kind in ("negotiation", "mediation"):
            body["talks"] = rng.choice(["direct", "proximity", None])
        wholes = self.ids("contact", "retracted_at IS NULL AND kind IN ('visit', 'gathering')")
        if wholes and rng.random() < 0.4:
            body["part_of"] = self._public("con", rng.choice(wholes))
        return body

    def account(self, takers: list[str]) -> dict[str, Any]:
        """Returns the body of an account of a contact of these participants."""
        rng = self.rng
        stance = rng.choice(["affirms"] * 6 + list(words(Stance)))
        body = {"source": rng.choice(SOURCES), "stance": stance, "speaker": rng.choice([*ACTORS, None, None])}
        body["paraphrase"] = rng.choice(["They spoke of wheat.", None])
        body["quoted_from"] = rng.choice([*SOURCES[:2], None, None, None, None])
        body["parties_met"] = rng.choice([True, None, None])
        body["speaker_unnamed"] = body["speaker"] is not None and rng.random() < 0.1
        if stance == "denies" and rng.random() < 0.6:
            body["denies"] = [rng.choice(takers)]
        return body

    def patch_contact(self) -> None:
        """Changes a contact: its date, its kind, or who took part."""
        chosen = self._some("contact")
        if chosen is None:
            return
        row = self.session.get_one(Contact, chosen)
        body = contact_body(self.session, row)
        fresh = self.contact(self.rng.choice([row.kind, "gathering", "meeting"]))
        change = self.rng.choice([("when",), ("kind", "participants"), ("summary", "place"), ("part_of",)])
        for name in change:
            body[name] = fresh.get(name)
        patch_contact(self.session, chosen, ContactBody.model_validate(body), None)

    def move_part(self) -> None:
        """Moves a part from its visit to another, or out of any."""
        parts = self.ids("contact", "retracted_at IS NULL AND part_of_id IS NOT NULL")
        wholes = self.ids("contact", "retracted_at IS NULL AND kind = 'visit'")
        if parts and wholes:
            chosen = self.rng.choice(parts)
            body = contact_body(self.session, self.session.get_one(Contact, chosen))
            whole = self.rng.choice([*wholes, None])
            body["part_of"] = whole and self._public("con", whole)
            patch_contact(self.session, chosen, ContactBody.model_validate(body), None)

    def retract_contact(self) -> None:
        """Takes a contact out of the record."""
        chosen = self._some("contact")
        if chosen is not None:
            retract_contact(self.session, chosen, "a mistake", None)

    def add_account(self) -> None:
        """Adds a further account to a contact."""
        chosen = self._some("contact")
        if chosen is not None:
            takers = "SELECT slug FROM participant JOIN actor USING (actor_id) WHERE contact_id = :id ORDER BY ordinal"
            names = list(self.session.execute(text(takers), {"id": chosen}).scalars())
            add_account(self.session, chosen, AccountIn.model_validate(self.account(names)))

    def withdraw_account(self) -> None:
        """Withdraws an account."""
        chosen = self._some("contact")
        standing = f"contact_id = {chosen} AND withdrawn_at IS NULL" if chosen else "false"
        accounts = self.ids("account", standing)
        if chosen is not None and accounts:
            withdraw_account(self.session, (chosen, self.rng.choice(accounts)), "a mistake", None)

    def affiliate(self) -> None:
        """Adds an affiliation."""
        person, group = self.rng.choice(PERSONS), self.rng.choice(GROUPS)
        links = [(person, "holds", self.rng.choice(OFFICES)), (person, "belongs_to", self.rng.choice(STATES))]
        links += [(group, "belongs_to", self.rng.choice(STATES)), (self.rng.choice(OFFICES), "belongs_to", "league")]
        links += [("league", "part_of", "graustark"), ("rebels", "belongs_to", "league")]
        self.affiliate_as(*self.rng.choice(links), *self._tenure())

    def affiliate_as(self, actor: str, relation: str, target: str, since: str | None, until: str | None) -> int:
        """Adds one affiliation and returns its id."""
        body = AffiliationFields.model_validate({"relation": relation, "since": since, "until": until})
        made = create_affiliation(self.session, self.actors[actor], self.actors[target], body)
        return made.affiliation_id or 0

    def correct_affiliation(self) -> None:
        """Corrects the dates of an affiliation."""
        chosen = self._some("affiliation")
        if chosen is not None:
            found = text("SELECT relation, target_id FROM affiliation WHERE affiliation_id = :id")
            row = self.session.execute(found, {"id": chosen}).one()
            since, until = self._tenure()
            body = AffiliationFields.model_validate({"relation": row.relation, "since": since, "until": until})
            patch_affiliation(self.session, chosen, row.target_id, body, None)

    def retract_affiliation(self) -> None:
        """Takes an affiliation out of the record."""
        chosen = self._some("affiliation")
        if chosen is not None:
            retract_affiliation(self.session, chosen, "a mistake", None)

    def correct_source(self) -> None:
        """Changes who published a source, when, and what it supersedes."""
        slug = self.rng.choice(SOURCES)
        body = self._source(slug)
        older = self.rng.choice([*self.sources.values(), None])
        values = {"body": body, "publisher_id": self.actors.get(body["publisher"] or ""), "supersedes_id": older}
        patch_source(self.session, self.sources[slug], values, None)

    def change_actor(self) -> None:
        """Gives an actor another name, and an organisation another type."""
        slug = self.rng.choice(ACTORS)
        kind = self.rng.choice(["media", "ngo", "government"]) if KINDS[slug] == "organisation" else None
        name = f"{slug.title()} {self.rng.choice(['', 'the Élder'])}".strip()
        body = {"slug": slug, "name": name, "kind": KINDS[slug], "organisation_type": kind}
        patch_actor(self.session, self.actors[slug], ActorIn.model_validate(body), None)

    def _participants(self, kind: str) -> list[dict[str, Any]]:
        rng = self.rng
        if rng.random() < 0.04 and kind not in ROLES:
            return [{"actor": slug} for slug in CROWD]
        needed, others = ROLES.get(
            kind, (("principal", "principal"), ("principal", "principal", "delegate", "interpreter", "observer"))
        )
        names = rng.sample(ACTORS, rng.randint(max(2, len(needed)), 5))
        found = []
        for n, name in enumerate(names):
            role = needed[n] if n < len(needed) else rng.choice(others)
            taker: dict[str, Any] = {"actor": name, "role": role, "initiator": rng.choice([True, None, None])}
            taker["side"] = rng.choice(["east", "west"]) if rng.random() < 0.15 else None
            taker["capacity"] = rng.choice(OFFICES) if name in PERSONS and rng.random() < 0.4 else None
            taker["on_behalf_of"] = rng.choice([*STATES, *ORGANISATIONS]) if rng.random() < 0.1 else None
            found.append(taker)
        return found

    def _tenure(self) -> tuple[str | None, str | None]:
        return self.rng.choice(SINCE), self.rng.choice(UNTIL)

    def _source(self, slug: str) -> dict[str, Any]:
        publisher = self.rng.choice([*STATES, *ORGANISATIONS, None])
        name = None if publisher else "A paper"
        published = self.rng.choice(PUBLISHED)
        base = {"slug": slug, "kind": "other", "title": slug, "publisher_name": name}
        return {**base, "publisher": publisher, "published": published}

    def _make_source(self, slug: str) -> int:
        body = self._source(slug)
        publisher = self.actors.get(body["publisher"] or "")
        return create_source(self.session, SourceIn.model_validate(body), publisher, None).source_id or 0

    def _some(self, table: str) -> int | None:
        found = self.ids(table, "retracted_at IS NULL")
        return self.rng.choice(found) if found else None

    def ids(self, table: str, condition: str) -> list[int]:
        """Returns the ids of the rows of a table that fulfil a condition."""
        statement = text(f"SELECT {table}_id FROM {table} WHERE {condition} ORDER BY 1")
        return list(self.session.execute(statement).scalars())

    def _public(self, prefix: str, number: int) -> str:
        return str(self.session.info["ids"].encode(prefix, number))
