"""Promise 12 as a state machine: whatever is merged, undone and recorded, edges are those of a pure model.

In the model a record leads to the one it was merged into, and nothing else is kept: who takes part in a contact is who
the recorded participants lead to.
"""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.actors import create_actor
from db.contacts import create_contacts
from db.engine import Database, ids_of
from db.mergers import merge_actors, merge_contacts
from db.rebuild import check
from db.records import Author, commit
from db.replay import check_history
from db.sources import create_source
from db.unmerging import unmerge
from models.actors import ActorIn
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
        """Returns the contacts that were merged into no other."""
        return [number for number in self.recorded if ("contact", number) not in self.leads]

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
        if len(named) < 2:
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
        if one and other:
            self.merge("contact", (one, other), allowed=True)

    def merge(self, noun: str, pair: tuple[int, int], *, allowed: bool) -> None:
        one, other = pair
        stand = one != other and all((noun, number) not in self.leads for number in pair)
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

    @rule(one=people)
    def tell_people_apart(self, one: int) -> None:
        """Undoes the merge of a person."""
        self.undo("actor", one)

    @rule(one=contacts)
    def tell_contacts_apart(self, one: int) -> None:
        """Undoes the merge of a contact."""
        if one:
            self.undo("contact", one)

    def undo(self, noun: str, one: int) -> None:
        into = self.leads.get((noun, one))
        allowed = into is not None and (noun, into) not in self.leads
        # By now all who took part in it may be one.
        allowed = allowed and (noun == "actor" or len(self.takers(one)) > 1)
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
