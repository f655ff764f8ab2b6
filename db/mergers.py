"""Two records that are one: merged, with all that refers to them.

The states of all records that a merge touches are read, rewritten and stored, and history keeps each before and
after: from that it is undone (db.unmerging). The merged record stays as a row whose address leads to the other.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.actors import restate_below
from db.affiliations import check_no_circle, checked_tenure
from db.dismissals import other_of, settled, standing
from db.edges import hold_ladder, restate_found
from db.engine import ids_of
from db.merged_states import (
    ACTOR_KEYS,
    CONTACT_KEYS,
    gone,
    into_at,
    joined_actor,
    once_each,
    related_once,
    renamed,
    with_lists,
)
from db.record_states import Number, State, read_states
from db.record_writes import write_states
from db.records import check_version, fetch, keep_before, remember_all
from db.relations import comes_after_itself, hold_order
from models.actors import Actor
from models.contacts import Contact
from models.errors import Conflict, Detail, InvalidRecord, Retracted

Named = tuple[str, Number]
Change = Callable[[str, Number, State], State]
FEWEST_PARTICIPANTS: Final = 2


@dataclass(slots=True)
class Rewriting:
    """Records about to change together: as they are, and as they shall be."""

    session: Session
    now: dict[str, dict[Number, State | None]] = field(default_factory=dict)
    wanted: dict[str, dict[Number, State | None]] = field(default_factory=dict)

    def read(self, noun: str, numbers: Iterable[Number]) -> dict[Number, State]:
        """Reads records, keeps them for history, and returns those that are there."""
        numbers = list(dict.fromkeys(numbers))
        keep_before(self.session, noun, numbers)
        found = read_states(self.session, noun, numbers)
        self.now.setdefault(noun, {}).update({number: found.get(number) for number in numbers})
        return found

    def want(self, noun: str, number: Number, state: State | None) -> None:
        """Says what a record shall be; one that changes gets the next version."""
        now = self.now[noun].get(number)
        if state is not None and now is not None and state != now and "version" in now:
            state = {**state, "version": now["version"] + 1, "changed_at": datetime.now(UTC).isoformat()}
        self.wanted.setdefault(noun, {})[number] = state

    def store(self, merged: Named, action: Any) -> None:
        """Writes all of them, and remembers each: one by its own word, the others as changed."""
        for noun, wanted in self.wanted.items():
            write_states(self.session, noun, self.now[noun], wanted)
            for number in wanted:
                remember_all(self.session, noun, [number], action if (noun, number) == merged else "change")

    def contacts(self) -> set[int]:
        """Returns the contacts among them, and those that the accounts and commitments among them belong to."""
        found = {n for n in self.wanted.get("contact", {}) if isinstance(n, int)}
        pairs = [n for noun in ("account", "commitment") for n in self.wanted.get(noun, {}) if isinstance(n, tuple)]
        return found | {pair[0] for pair in pairs}


def merge_actors(session: Session, merged_id: int, into_id: int, reason: str, expected: int | None) -> None:
    """Takes an actor into another of the same kind: names, identifiers, and whatever refers to him.

    Raises:
        InvalidRecord: they are of different kinds, one and the same, or one stands above the other.
        Conflict: a contact is between the two alone.
        Retracted: one of them has been.
        StaleVersion: the merged one has changed since the editor saw him.
    """
    hold_ladder(session, alone=True)
    merged, into = _both(session, Actor, merged_id, into_id, expected)
    if merged.kind != into.kind:
        raise _refused("wrong_kind", f"This actor is of kind {merged.kind}, the other of kind {into.kind}.")
    work = Rewriting(session)
    for noun, statement in _MENTIONING.items():
        numbers = [
            tuple(row) if len(row) > 1 else row[0] for row in session.execute(text(statement), {"id": merged_id})
        ]
        for number, state in work.read(noun, numbers).items():
            work.want(noun, number, once_each(renamed(state, ACTOR_KEYS, merged_id, into_id)))
    _keep_apart(session, work)
    _settle_affiliations(session, work, into_id, reason)
    _settle_dismissals(work, "actor", (merged_id, into_id), reason)
    states = work.read("actor", [merged_id, into_id])
    work.want("actor", merged_id, gone(states[merged_id], into_id, reason, "identifiers"))
    work.want("actor", into_id, joined_actor(states[into_id], states[merged_id]))
    work.store(("actor", merged_id), "merge")
    _check_circles(session, work)
    restate_actors(session, work, [merged_id, into_id])


def merge_contacts(session: Session, merged_id: int, into_id: int, reason: str, expected: int | None) -> None:
    """Takes a contact into another: accounts, commitments, identifiers, topics, episodes and its parts.

    The other keeps its own fields and participants, its status follows from all accounts.

    Raises:
        InvalidRecord: they are one and the same, or one is part of the other.
        RefusedContact: by an account of the merged one the other cannot have taken place when it says.
        Retracted: one of them has been.
        StaleVersion: the merged one has changed since the editor saw it.
    """
    hold_ladder(session, alone=True)
    hold_order(session)
    merged, into = _both(session, Contact, merged_id, into_id, expected)
    if merged_id == into.part_of_id or into_id == merged.part_of_id:
        raise _refused("part_of", "One of them is part of the other, so they are two.")
    work = Rewriting(session)
    for noun, statement in _BELONGING.items():
        numbers = [
            tuple(row) if len(row) > 1 else row[0] for row in session.execute(text(statement), {"id": merged_id})
        ]
        places = [into_at(noun, number, merged_id, into_id) for number in numbers]
        work.read(noun, places)
        for number, state in work.read(noun, numbers).items():
            there = into_at(noun, number, merged_id, into_id)
            work.want(noun, there, related_once(renamed(state, CONTACT_KEYS, merged_id, into_id), there))
            if there != number:
                work.want(noun, number, None)
    _settle_dismissals(work, "contact", (merged_id, into_id), reason)
    states = work.read("contact", [merged_id, into_id])
    work.want("contact", merged_id, gone(states[merged_id], into_id, reason, "identifiers", "relations"))
    joined = renamed(with_lists(states[into_id], states[merged_id]), CONTACT_KEYS, merged_id, into_id)
    work.want("contact", into_id, related_once(joined, into_id))
    work.store(("contact", merged_id), "merge")
    if comes_after_itself(session, into_id):
        raise _refused("circle", "By this a contact would come after itself.")
    restate_all(session, work.contacts())


def restate_actors(session: Session, work: Rewriting, actor_ids: list[int]) -> None:
    """Derives anew what rests on these actors: lifts first, then contacts whose records changed or that name them."""
    restate_below(session, actor_ids)
    sources = [n for n in work.wanted.get("source", {}) if isinstance(n, int)]
    params = {"ids": actor_ids, "contacts": sorted(work.contacts()), "sources": sources}
    restate_found(session, _RESTING_ON, params)


def restate_all(session: Session, contact_ids: Iterable[int]) -> None:
    """Derives anew these contacts."""
    restate_found(session, "SELECT unnest(CAST(:ids AS bigint[]))", {"ids": sorted(contact_ids)})


def _both(session: Session, table: Any, merged_id: int, into_id: int, expected: int | None) -> tuple[Any, Any]:
    if merged_id == into_id:
        raise _refused("itself", "A record cannot be merged into itself.")
    rows = {number: fetch(session, table, number, lock=True) for number in sorted((merged_id, into_id))}
    check_version(rows[merged_id], expected)
    for row in rows.values():
        if row.retracted_at is not None:
            raise Retracted
    return rows[merged_id], rows[into_id]


def _refused(code: str, said: str) -> InvalidRecord:
    return InvalidRecord(said, errors=[Detail(code, said, pointer="/into")])


def _keep_apart(session: Session, work: Rewriting) -> None:
    """Lets the one actor take part once in each contact.

    Raises:
        Conflict: nobody else took part in it: he would have dealt with himself.
    """
    for number, state in work.wanted.get("contact", {}).items():
        was = work.now["contact"][number]
        if state is None or was is None:
            continue
        # Whoever stood there under the name that stays is kept; a second row of the same actor goes.
        own = {one["actor_id"] for one in was["participants"]}
        taken: dict[int, Any] = {}
        for before, one in zip(was["participants"], state["participants"], strict=True):
            if one["actor_id"] not in taken or before["actor_id"] == one["actor_id"]:
                taken[one["actor_id"]] = one
        rows = sorted(taken.values(), key=lambda one: one["ordinal"])
        if len(rows) < FEWEST_PARTICIPANTS <= len(own) and "retracted_at" not in state:
            public = ids_of(session).encode("con", int(str(number)))
            raise Conflict(f"Contact {public} is between these two alone; correct or retract it first.")
        state["participants"] = rows


def _settle_affiliations(session: Session, work: Rewriting, into_id: int, reason: str) -> None:
    """Takes out affiliations to himself, and those that the other has already word for word."""
    ends = text("SELECT affiliation_id FROM affiliation WHERE :id IN (actor_id, target_id) AND retracted_at IS NULL")
    own = read_states(session, "affiliation", session.scalars(ends, {"id": into_id}).all())
    held = {_identity(state) for state in own.values()}
    for state in work.wanted.get("affiliation", {}).values():
        if state is None or "retracted_at" in state:
            continue
        if state["actor_id"] == state["target_id"] or _identity(state) in held:
            state |= {"retracted_at": datetime.now(UTC).isoformat(), "retraction_reason": reason}
        held.add(_identity(state))


def _settle_dismissals(work: Rewriting, noun: str, ends: tuple[int, int], reason: str) -> None:
    merged_id, into_id = ends
    kept = read_states(work.session, "dismissal", standing(work.session, noun, into_id))
    others = {other_of(state, into_id) for state in kept.values()}
    states = work.read("dismissal", standing(work.session, noun, merged_id))
    for number, state in settled(states, others, ends, reason).items():
        work.want("dismissal", number, state)


def _identity(state: State) -> tuple[Any, ...]:
    return tuple(state.get(name) for name in ("actor_id", "relation", "target_id", "since", "until"))


def _check_circles(session: Session, work: Rewriting) -> None:
    for number, state in work.wanted.get("affiliation", {}).items():
        if state is not None and "retracted_at" not in state:
            span = checked_tenure(state.get("since"), state.get("until"))
            check_no_circle(session, state["actor_id"], state["target_id"], span, without=int(str(number)))


_MENTIONING: Final = {
    "contact": "SELECT DISTINCT contact_id FROM participant WHERE :id IN (actor_id, capacity_id, on_behalf_of_id)",
    "account": """SELECT contact_id, account_id FROM account WHERE :id IN (speaker_id, initiator_id)
        UNION SELECT contact_id, account_id FROM account_actor WHERE actor_id = :id""",
    "commitment": "SELECT DISTINCT contact_id, commitment_id FROM commitment_actor WHERE actor_id = :id",
    "affiliation": "SELECT affiliation_id FROM affiliation WHERE :id IN (actor_id, target_id)",
    "designation": "SELECT designation_id FROM designation WHERE actor_id = :id",
    "coverage": "SELECT coverage_id FROM coverage WHERE publisher_id = :id",
    "source": "SELECT source_id FROM source WHERE publisher_id = :id",
    "actor": "SELECT actor_id FROM actor WHERE merged_into_id = :id",
}
"""Records that name an actor, by noun."""
_BELONGING: Final = {
    "account": "SELECT contact_id, account_id FROM account WHERE contact_id = :id",
    "commitment": """SELECT contact_id, commitment_id FROM commitment WHERE :id IN (contact_id, follow_up_id)""",
    "contact": """SELECT contact_id FROM contact WHERE :id IN (part_of_id, merged_into_id)
        UNION SELECT contact_id FROM contact_relation WHERE other_id = :id""",
}
"""Records that belong to a contact, or name it, by noun."""
_RESTING_ON: Final = """
SELECT contact_id FROM participant WHERE actor_id = ANY(:ids)
UNION SELECT contact_id FROM participant WHERE standing_id = ANY(:ids)
UNION SELECT unnest(CAST(:contacts AS bigint[]))
UNION SELECT contact_id FROM account WHERE source_id = ANY(CAST(:sources AS bigint[]))
"""
