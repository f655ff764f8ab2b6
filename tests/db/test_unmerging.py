"""Merges of contacts and of who took part in them, undone in either order: nothing of one is left in the other."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.actors import create_actor, retract_actor
from db.affiliations import create_affiliation, retract_affiliation
from db.contacts import create_contacts, retract_contact
from db.engine import Database, ids_of
from db.mergers import merge_actors, merge_contacts
from db.rebuild import check
from db.records import Author, commit
from db.replay import check_history
from db.restoring import restore_contact, restore_record
from db.unmerging import unmerge
from models.actors import Actor, ActorIn
from models.affiliations import Affiliation, AffiliationFields
from models.contacts import ContactIn
from models.errors import Conflict
from tests.db.test_mergers import everything

ACCOUNT = {"source": {"kind": "remarks", "title": "Of two", "slug": "of-two"}, "stance": "affirms"}
AUTHOR = Author(reason="the same")
ALWAYS = {"since": "..", "until": ".."}
OF_THE_ACT = ("retracted_at", "retraction_reason")


class Case:
    """Two states, three persons and contacts between them, and the merges that are done and undone."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.actors = {name: self.actor(name, "state") for name in ("arcadia", "borduria", "cimmeria")}
        self.actors |= {name: self.actor(name, "person") for name in ("anna", "ann", "boris", "carl")}
        for name, state in (("anna", "arcadia"), ("ann", "arcadia"), ("boris", "borduria"), ("carl", "cimmeria")):
            fields = AffiliationFields.model_validate({"relation": "belongs_to", **ALWAYS})
            create_affiliation(session, self.actors[name], self.actors[state], fields)
        commit(session, AUTHOR)
        self.contacts: dict[str, int] = {}

    def actor(self, name: str, kind: str) -> int:
        return (
            create_actor(self.session, ActorIn.model_validate({"kind": kind, "name": name, "slug": name})).actor_id or 0
        )

    def record(self, name: str, *takers: str, **more: Any) -> None:
        """Records a contact with an account of each taker, who promises something to the others."""
        accounts = [
            {"source": {"kind": "remarks", "title": f"{one} on {name}"}, "speaker": one, "participants": list(takers)}
            for one in takers
        ]
        body = {
            "kind": "call",
            "when": "2020-05-05",
            "participants": [{"actor": one} for one in takers],
            "accounts": accounts,
            "commitments": [{"text": "More.", "by": [takers[0]], "to": list(takers[1:]), "accounts": [0]}],
            **more,
        }
        self.contacts[name] = create_contacts(self.session, [ContactIn.model_validate(body)])[0]
        commit(self.session, AUTHOR)

    def public(self, name: str) -> str:
        return ids_of(self.session).encode("con", self.contacts[name])

    def do(self, act: str, *names: str) -> None:
        """Does one act and proves projections and history."""
        numbers = [self.contacts.get(name) or self.actors[name] for name in names]
        noun = "contact" if names[0] in self.contacts else "actor"
        if act == "merge":
            (merge_contacts if noun == "contact" else merge_actors)(self.session, *numbers, "the same", None)
        elif act == "unmerge":
            unmerge(self.session, noun, numbers[0])
        elif act == "retract":
            retract_contact(self.session, numbers[0], "by mistake", None)
        else:
            restore_contact(self.session, numbers[0], None)
        commit(self.session, AUTHOR)
        report = check(self.session)
        assert report.clean, (act, names, [table for table in report.tables if table.examples])
        self.session.commit()
        assert check_history(self.session).faults == []
        self.session.commit()

    def state(self) -> dict[str, Any]:
        """Returns all that is recorded and derived, but for when and why something was taken out."""
        found = everything(self.session)
        self.session.commit()
        return {
            name: {key: key in OF_THE_ACT or one for key, one in state.items()} if isinstance(state, dict) else state
            for name, state in found.items()
        }


@pytest.fixture
def case(clone: Database) -> Iterator[Case]:
    with clone.session() as session:
        yield Case(session)


CONTACTS, ACTORS = ("second", "first"), ("ann", "anna")


@pytest.mark.parametrize(
    ("first", "undone"),
    [
        (CONTACTS, CONTACTS),
        pytest.param(CONTACTS, ACTORS, marks=pytest.mark.long),
        pytest.param(ACTORS, CONTACTS, marks=pytest.mark.long),
        (ACTORS, ACTORS),
    ],
)
def test_two_merges_that_meet_are_undone_in_either_order(case: Case, first: Any, undone: Any) -> None:
    """Both contacts have both persons; what is left after one merge is undone is what the other alone makes."""
    case.record("first", "anna", "ann", "boris")
    case.record("second", "ann", "boris", "anna", "carl")
    case.record("third", "ann", "carl", related=[{"relation": "follows", "contact": case.public("second")}])
    before = case.state()
    second, other = (ACTORS if first == CONTACTS else CONTACTS), (ACTORS if undone == CONTACTS else CONTACTS)
    case.do("merge", *other)
    alone = case.state()
    case.do("unmerge", other[0])
    assert case.state() == before
    case.do("merge", *first)
    case.do("merge", *second)
    case.do("unmerge", undone[0])
    assert case.state() == alone
    case.do("unmerge", other[0])
    assert case.state() == before


@pytest.mark.parametrize(
    "acts",
    [
        pytest.param(("merge ann anna", "retract first", "unmerge ann", "restore first"), marks=pytest.mark.long),
        pytest.param(("retract first", "merge ann anna", "restore first", "unmerge ann"), marks=pytest.mark.long),
        pytest.param(
            ("merge second first", "retract first", "unmerge second", "restore first"), marks=pytest.mark.long
        ),
        ("merge second first", "retract first", "merge ann anna", "unmerge second", "restore first", "unmerge ann"),
    ],
)
def test_what_was_retracted_and_restored_between_is_as_it_was(case: Case, acts: tuple[str, ...]) -> None:
    case.record("first", "anna", "ann", "boris")
    case.record("second", "ann", "boris", "carl")
    before = case.state()
    for act in acts:
        case.do(*act.split())
    assert case.state() == before


def test_two_who_are_one_by_now_are_told_apart_before_their_contact_is(case: Case) -> None:
    """The contact that comes back would be between one actor alone: the sentence says what to undo first."""
    case.record("first", "anna", "boris")
    case.record("second", "anna", "ann")
    before = case.state()
    case.do("merge", "second", "first")
    case.do("merge", "ann", "anna")
    merged = case.state()
    with pytest.raises(Conflict, match="undo the merge of"):
        unmerge(case.session, "contact", case.contacts["second"])
    case.session.rollback()
    assert case.state() == merged
    case.do("unmerge", "ann")
    case.do("unmerge", "second")
    assert case.state() == before


def test_what_comes_back_names_only_what_stands(case: Case) -> None:
    """Who was in the merged contact alone could be retracted meanwhile: he comes back first."""
    case.record("first", "anna", "boris")
    case.record("second", "anna", "boris", "carl", commitments=[], accounts=[ACCOUNT])
    case.do("merge", "second", "first")
    affiliation = case.session.execute(text("SELECT max(affiliation_id) FROM affiliation")).scalar_one()
    retract_affiliation(case.session, affiliation, "by mistake", None)
    retract_actor(case.session, case.actors["carl"], "by mistake", None)
    commit(case.session, AUTHOR)
    carl = ids_of(case.session).encode("act", case.actors["carl"])
    with pytest.raises(Conflict, match=f"names /v1/actors/{carl}, which was retracted; restore that first"):
        unmerge(case.session, "contact", case.contacts["second"])
    case.session.rollback()
    restore_record(case.session, Actor, case.actors["carl"], None)
    restore_record(case.session, Affiliation, affiliation, None)
    case.do("unmerge", "second")
    takers = case.session.execute(
        text("SELECT count(*) FROM edge WHERE level = 'state' AND ego_id = :id"), {"id": case.actors["cimmeria"]}
    )
    assert takers.scalar_one() == 2


def test_what_tied_one_to_the_other_is_retracted_by_their_merge_and_stands_again_after_it(case: Case) -> None:
    case.actors |= {name: case.actor(name, "organisation") for name in ("board", "council")}
    board, council = case.actors["board"], case.actors["council"]
    part = AffiliationFields.model_validate({"relation": "part_of", **ALWAYS})
    gone = create_affiliation(case.session, council, board, part)
    retract_affiliation(case.session, gone.affiliation_id or 0, "by mistake", None)
    tied = create_affiliation(case.session, board, council, part)
    commit(case.session, AUTHOR)
    before = case.state()
    case.do("merge", "board", "council")
    assert (
        case.session.get_one(Affiliation, tied.affiliation_id, populate_existing=True).retraction_reason == "the same"
    )
    with pytest.raises(Conflict, match="its unmerge brings it back"):
        restore_record(case.session, Affiliation, tied.affiliation_id or 0, None)
    case.session.rollback()
    case.do("unmerge", "board")
    assert case.state() == before
