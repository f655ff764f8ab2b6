"""Promise 12 as a state machine: whatever is recorded, merged, undone, retracted, restored and erased, edges are those
of a pure model.

In the model a record leads to the one it was merged into, and is taken out or not; nothing else is kept. Who takes
part in a contact is who the recorded participants lead to.
"""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.actors import create_actor, retract_actor
from db.contacts import create_contacts, retract_contact
from db.engine import Database, ids_of
from db.erasure import erase_contact
from db.mergers import merge_actors, merge_contacts
from db.rebuild import check
from db.records import Author, commit
from db.replay import check_history
from db.restoring import restore_contact, restore_record
from db.sources import create_source
from db.unmerging import unmerge
from models.actors import Actor, ActorIn
from models.contacts import ContactIn
from models.errors import Conflict, InvalidRecord, Retracted
from models.sources import SourceIn
from tests.db.test_mergers import DANGLING

AUTHOR = Author(reason="the same")
EDGES = """
SELECT contact_id, ego_id, alter_id FROM edge WHERE level = :level AND ego_id < alter_id AND ego_id = ANY(:ids)
"""
TIES = "SELECT ego_id, alter_id, contacts FROM tie WHERE level = :level AND ego_id < alter_id AND ego_id = ANY(:ids)"


class Merging(RuleBasedStateMachine):
    """People without a state, who deal with each other in contacts; either may be taken for one and told apart."""

    database: Database
    people = Bundle("people")
    contacts = Bundle("contacts")

    def __init__(self) -> None:
        super().__init__()
        self.opened = self.database.session()
        self.session: Session = self.opened.__enter__()
        self.leads: dict[tuple[str, int], int] = {}
        self.persons: list[int] = []
        self.recorded: dict[int, frozenset[int]] = {}
        self.out: set[tuple[str, int]] = set()
        self.touched: dict[int, set[int]] = {}
        self.erased: set[int] = set()
        self.source = create_source(
            self.session, SourceIn.model_validate({"kind": "other", "title": "List"}), None, None
        )
        commit(self.session, Author())

    def teardown(self) -> None:
        """Proves the projections and the log of all that was done."""
        report = check(self.session)
        assert report.clean, [table for table in report.tables if table.examples]
        self.session.commit()
        assert check_history(self.session).faults == []
        self.opened.__exit__(None, None, None)

    def last(self, noun: str, number: int) -> int:
        """Returns the record that one leads to in the end."""
        while (noun, number) in self.leads:
            number = self.leads[noun, number]
        return number

    def takers(self, contact: int) -> frozenset[int]:
        """Returns who takes part in a contact."""
        return frozenset(self.last("actor", number) for number in self.recorded[contact])

    def standing(self) -> list[int]:
        """Returns the contacts that were merged into no other and not taken out."""
        return [number for number in self.recorded if self.stands("contact", number)]

    def stands(self, noun: str, number: int) -> bool:
        """Whether a record is neither merged nor taken out."""
        return (noun, number) not in self.leads and (noun, number) not in self.out and number not in self.gone(noun)

    def gone(self, noun: str) -> set[int]:
        """Returns the records of a noun that were erased."""
        return self.erased if noun == "contact" else set()

    def all_stand(self, contact: int) -> bool:
        """Whether a contact could stand: who took part in it are several, and none was taken out."""
        takers = self.takers(contact)
        return len(takers) > 1 and all(("actor", number) not in self.out for number in takers)

    @rule(target=people)
    def meet(self) -> int:
        """Records a person."""
        row = create_actor(self.session, ActorIn.model_validate({"kind": "person", "name": "Somebody"}))
        commit(self.session, Author())
        self.persons.append(row.actor_id or 0)
        return row.actor_id or 0

    @rule(target=contacts, takers=st.lists(people, min_size=2, max_size=4, unique=True))
    def record(self, takers: list[int]) -> int:
        """Records a contact, or none where all of them are one."""
        named = {self.last("actor", number) for number in takers}
        if len(named) < 2 or any(("actor", number) in self.out for number in named):
            return 0
        encode = ids_of(self.session).encode
        body = {
            "kind": "call",
            "participants": [{"actor": encode("act", number)} for number in sorted(named)],
            "accounts": [{"source": encode("src", self.source.source_id or 0)}],
        }
        number = create_contacts(self.session, [ContactIn.model_validate(body)])[0]
        commit(self.session, Author())
        self.recorded[number] = frozenset(named)
        return number

    @rule(one=people, other=people)
    def merge_people(self, one: int, other: int) -> None:
        """Takes one person for another."""
        alone = [c for c in self.standing() if self.takers(c) == {one, other}]
        self.merge("actor", (one, other), allowed=not alone)

    @rule(one=contacts, other=contacts)
    def merge_two_contacts(self, one: int, other: int) -> None:
        """Takes one contact for another."""
        if one and other and not {one, other} & self.erased:
            self.merge("contact", (one, other), allowed=True)

    def merge(self, noun: str, pair: tuple[int, int], *, allowed: bool) -> None:
        one, other = pair
        stand = one != other and all(self.stands(noun, number) for number in pair)
        # Contacts whose records it changes, merged and retracted ones among them.
        touched = {c for c in self.recorded if one in self.takers(c)} if noun == "actor" else set()
        touched -= self.erased
        verb: Any = merge_actors if noun == "actor" else merge_contacts
        try:
            verb(self.session, one, other, "the same", None)
        except (Conflict, InvalidRecord, Retracted):
            self.session.rollback()
            assert not (stand and allowed)
            return
        commit(self.session, AUTHOR)
        assert stand
        assert allowed
        self.leads[noun, one] = other
        if noun == "actor":
            self.touched[one] = touched

    @rule(one=people)
    def tell_people_apart(self, one: int) -> None:
        """Undoes the merge of a person."""
        self.undo("actor", one)

    @rule(one=contacts)
    def tell_contacts_apart(self, one: int) -> None:
        """Undoes the merge of a contact."""
        if one and one not in self.erased:
            self.undo("contact", one)

    @rule(noun=st.sampled_from(["actor", "contact"]), one=people, other=contacts)
    def retract(self, noun: str, one: int, other: int) -> None:
        """Takes out a contact, or a person whom none that stands names."""
        number = one if noun == "actor" else other
        named = noun == "actor" and any(one in self.takers(c) for c in self.standing())
        verb: Any = retract_actor if noun == "actor" else retract_contact
        if number and self.tried(lambda: verb(self.session, number, "by mistake", None)):
            assert self.stands(noun, number)
            assert not named
            self.out.add((noun, number))
        elif number:
            assert named or not self.stands(noun, number)

    @rule(noun=st.sampled_from(["actor", "contact"]), one=people, other=contacts)
    def restore(self, noun: str, one: int, other: int) -> None:
        """Brings one of them back."""
        number = one if noun == "actor" else other
        allowed = (noun, number) in self.out and (noun == "actor" or self.all_stand(number))
        if noun == "actor":
            done = self.tried(lambda: restore_record(self.session, Actor, number, None))
        else:
            done = bool(number) and self.tried(lambda: restore_contact(self.session, number, None))
        assert done == allowed
        self.out -= {(noun, number)} if done else set()

    @rule(one=contacts)
    def erase(self, one: int) -> None:
        """Erases a contact, and what was merged into it."""
        if one and self.tried(lambda: erase_contact(self.session, one, None)):
            assert ("contact", one) not in self.leads
            self.erased |= {number for number in self.recorded if self.last("contact", number) == one}
            self.out -= {("contact", number) for number in self.erased}

    def tried(self, verb: Callable[[], Any]) -> bool:
        """Does something, or has it refused."""
        try:
            verb()
        except (Conflict, Retracted):
            self.session.rollback()
            return False
        commit(self.session, AUTHOR)
        return True

    def undo(self, noun: str, one: int) -> None:
        into = self.leads.get((noun, one))
        allowed = into is not None and (noun, into) not in self.leads
        if noun == "contact":
            # By now all who took part in it may be one, or one of them may have been taken out.
            allowed = allowed and self.all_stand(one)
        else:
            # What was erased cannot be made what it was.
            allowed = allowed and not self.touched[one] & self.erased
        try:
            unmerge(self.session, noun, one)
        except Conflict:
            self.session.rollback()
            assert not allowed
            return
        commit(self.session, AUTHOR)
        assert allowed
        del self.leads[noun, one]

    @invariant()
    def edges_are_those_of_the_model(self) -> None:
        """Compares edges and ties at both stored levels."""
        edges = {(c, *pair) for c in self.standing() for pair in combinations(sorted(self.takers(c)), 2)}
        counted: dict[tuple[int, int], int] = {}
        for _, ego, alter in edges:
            counted[ego, alter] = counted.get((ego, alter), 0) + 1
        for level in ("actor", "state"):
            given = {"level": level, "ids": self.persons}
            assert {tuple(row) for row in self.session.execute(text(EDGES), given)} == edges
            ties = {(row[0], row[1]): row[2] for row in self.session.execute(text(TIES), given)}
            assert ties == counted
        assert self.session.execute(text(DANGLING)).scalar() == 0
        self.session.commit()


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    ("examples", "steps"), [pytest.param(3, 25, id="short"), pytest.param(150, 40, id="long", marks=pytest.mark.long)]
)
def test_what_is_merged_and_undone_is_what_the_model_says(clone: Database, examples: int, steps: int) -> None:
    machine = type("Machine", (Merging,), {"database": clone})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
