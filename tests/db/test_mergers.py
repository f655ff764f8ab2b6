"""Promise 12: merges are safe and reversible. Random worlds, and cases worked out by hand."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from db.contacts import create_contacts
from db.engine import Database
from db.mergers import merge_actors, merge_contacts
from db.rebuild import check
from db.record_states import RECORDS, read_states
from db.records import Author, commit
from db.replay import check_history
from db.unmerging import unmerge
from models.contacts import ContactIn
from models.errors import Conflict, InvalidRecord, ReadoutError
from tests.generated import CROWD, KINDS, REFUSALS, World

PROJECTIONS = ("lift", "incidence", "edge", "tie", "tie_month", "acknowledgement")
OF_THE_ROW = {"version", "changed_at"}
AUTHOR = Author(reason="the same")
DANGLING = """
SELECT count(*) FROM actor m WHERE m.merged_into_id IS NOT NULL AND (
    EXISTS (SELECT FROM participant WHERE m.actor_id IN (actor_id, capacity_id, on_behalf_of_id))
    OR EXISTS (SELECT FROM affiliation WHERE m.actor_id IN (actor_id, target_id))
    OR EXISTS (SELECT FROM account WHERE m.actor_id IN (speaker_id, initiator_id))
    OR EXISTS (SELECT FROM account_actor WHERE actor_id = m.actor_id)
    OR EXISTS (SELECT FROM source WHERE publisher_id = m.actor_id)
    OR EXISTS (SELECT FROM edge WHERE m.actor_id IN (ego_id, alter_id))
    OR EXISTS (SELECT FROM actor s WHERE s.actor_id = m.merged_into_id AND s.merged_into_id IS NOT NULL))
"""


def everything(session: Session) -> dict[str, Any]:
    """Returns all records as their tables hold them, but for their versions, and all that is derived from them."""
    found: dict[str, Any] = {}
    for noun, record in RECORDS.items():
        keys = f"contact_id, {record.key}" if record.of_contact else record.key
        rows = session.execute(text(f"SELECT {keys} FROM {noun}")).all()
        numbers = [tuple(row) if record.of_contact else row[0] for row in rows]
        for number, state in read_states(session, noun, numbers).items():
            found[f"{noun} {number}"] = {key: value for key, value in state.items() if key not in OF_THE_ROW}
    for table in PROJECTIONS:
        rows = session.execute(text(f"SELECT to_jsonb(t) - 'known_from' FROM {table} t")).scalars()
        found[table] = sorted(map(str, rows))
    return found


def merge(session: Session, noun: str, one: int, other: int) -> None:
    (merge_actors if noun == "actor" else merge_contacts)(session, one, other, "the same", None)


@pytest.fixture
def session(clone: Database) -> Iterator[Session]:
    with clone.session() as opened:
        yield opened


def lead_on(world: World, noun: str, one: int, other: int) -> None:
    """Lets the world name whoever stands, as every reference of a client does."""
    if noun == "actor":
        world.actors = {slug: other if number == one else number for slug, number in world.actors.items()}


def choose(world: World, rng: random.Random) -> tuple[str, int, int] | None:
    """Returns two records of one kind that stand."""
    if rng.random() < 0.5:
        living = world.session.execute(text("SELECT slug, actor_id FROM actor WHERE retracted_at IS NULL")).all()
        alike = [(row.slug, row.actor_id) for row in living if row.slug in KINDS and row.slug not in CROWD]
        first = rng.choice(alike)
        same = [number for slug, number in alike if KINDS[slug] == KINDS[first[0]] and number != first[1]]
        return ("actor", first[1], rng.choice(same)) if same else None
    contacts = world.ids("contact", "retracted_at IS NULL")
    return ("contact", *rng.sample(contacts, 2)) if len(contacts) > 1 else None  # type: ignore[return-value]


def steps(world: World, count: int) -> None:
    for _ in range(count):
        world.step()
        commit(world.session, Author())


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 20))])
def test_what_was_merged_and_unmerged_is_as_it_was(session: Session, seed: int) -> None:
    rng = random.Random(seed)
    world = World(session, rng)
    commit(session, Author())
    done = 0
    for _ in range(8):
        steps(world, 4)
        chosen = choose(world, rng)
        if chosen is None:
            continue
        before = everything(session)
        try:
            merge(session, *chosen)
        except REFUSALS:
            session.rollback()
            assert everything(session) == before
            continue
        commit(session, AUTHOR)
        assert session.execute(text(DANGLING)).scalar() == 0, chosen
        report = check(session)
        assert report.clean, (seed, chosen, [table for table in report.tables if table.examples])
        merged = everything(session)
        assert merged != before
        unmerge(session, chosen[0], chosen[1])
        commit(session, AUTHOR)
        assert everything(session) == before, (seed, chosen)
        done += 1
        if rng.random() < 0.5:
            merge(session, *chosen)
            commit(session, AUTHOR)
            lead_on(world, *chosen)
            assert {name: rows for name, rows in everything(session).items() if name in PROJECTIONS} == {
                name: merged[name] for name in PROJECTIONS
            }
    assert done >= 2
    assert check(session).clean
    session.commit()
    assert check_history(session).faults == []


@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 20))])
def test_what_was_written_meanwhile_stays_and_stored_is_derived(session: Session, seed: int) -> None:
    rng = random.Random(seed)
    world = World(session, rng)
    steps(world, 12)
    standing: list[tuple[str, int]] = []
    for _ in range(8):
        chosen = choose(world, rng)
        try:
            if standing and rng.random() < 0.5:
                unmerge(session, *standing.pop(rng.randrange(len(standing))))
            elif chosen is not None:
                merge(session, *chosen)
                standing.append(chosen[:2])
                lead_on(world, *chosen)
            commit(session, AUTHOR)
        except REFUSALS:
            session.rollback()
        steps(world, 2)
        assert session.execute(text(DANGLING)).scalar() == 0
        report = check(session)
        assert report.clean, (seed, [table for table in report.tables if table.examples])
    session.commit()
    assert check_history(session).faults == []


def test_eight_who_merge_at_once_close_no_circle(session: Session, clone: Database) -> None:
    """Everybody merges everybody: one is left, and every other leads to him in one step."""
    world = World(session, random.Random(3))
    steps(world, 20)
    people = [world.actors[slug] for slug, kind in KINDS.items() if kind == "person"]
    pairs = [(one, other) for one in people for other in people if one != other]
    random.Random(4).shuffle(pairs)
    del pairs[16:]

    many = Database(clone.url, pool_size=8, wait_ms=30_000, statement_timeout_ms=30_000)

    def attempt(pair: tuple[int, int]) -> str:
        for _ in range(20):
            with many.session() as own:
                try:
                    merge(own, "actor", *pair)
                    commit(own, AUTHOR)
                except ReadoutError as refused:
                    return type(refused).__name__
                except OperationalError:
                    # Whoever waits too long for the ladder is told to come again.
                    own.rollback()
                    continue
                return "merged"
        return "held up"

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(attempt, pairs))
    many.close()
    assert outcomes.count("merged") >= 1
    assert set(outcomes) <= {"merged", "Retracted", "Conflict", "InvalidRecord"}
    assert session.execute(text(DANGLING)).scalar() == 0
    assert check(session).clean
    session.commit()
    assert check_history(session).faults == []


def test_what_cannot_be_one_is_refused(session: Session) -> None:
    world = World(session, random.Random(5))
    person, state = (next(world.actors[s] for s, k in KINDS.items() if k == kind) for kind in ("person", "state"))
    with pytest.raises(InvalidRecord, match="of kind"):
        merge_actors(session, person, state, "the same", None)
    with pytest.raises(InvalidRecord, match="into itself"):
        merge_actors(session, person, person, "the same", None)
    commit(session, Author())
    with pytest.raises(Conflict, match="not merged"):
        unmerge(session, "actor", person)


def test_a_chain_leads_to_its_end_and_is_undone_from_there(session: Session) -> None:
    world = World(session, random.Random(6))
    steps(world, 10)
    first, second, third = [world.actors[slug] for slug, kind in KINDS.items() if kind == "office"][:3]
    before = everything(session)
    for one, other in ((first, second), (second, third)):
        merge(session, "actor", one, other)
        commit(session, AUTHOR)
    with pytest.raises(Conflict, match="undo that first"):
        unmerge(session, "actor", first)
    session.rollback()
    for one in (second, first):
        unmerge(session, "actor", one)
        commit(session, AUTHOR)
    assert everything(session) == before


def test_relations_pass_on_and_none_closes_a_circle(session: Session) -> None:
    World(session, random.Random(7))
    pair = {"kind": "call", "when": "2021-05-12", "participants": [{"actor": "ada"}, {"actor": "bela"}]}

    def made(value: str, *related: tuple[str, str]) -> int:
        stated = [{"relation": relation, "contact": f"test:{other}"} for relation, other in related]
        told = {"identifiers": [{"scheme": "test", "value": value}], "accounts": [{"source": "paper-0"}]}
        return create_contacts(session, [ContactIn.model_validate({**pair, **told, "related": stated})])[0]

    def relations() -> list[Any]:
        rows = session.execute(text("SELECT contact_id, relation, other_id FROM contact_relation ORDER BY 1, 2, 3"))
        return [tuple(row) for row in rows]

    first, second = made("first"), made("second")
    third = made("third", ("follows", "first"), ("follows", "second"))
    fourth = made("fourth", ("prepared_by", "third"))
    commit(session, Author())
    before = everything(session)
    merge(session, "contact", first, second)
    commit(session, AUTHOR)
    assert relations() == [(third, "follows", second), (fourth, "prepared_by", third)]
    with pytest.raises(InvalidRecord, match="after itself"):
        merge(session, "contact", fourth, second)
    session.rollback()
    unmerge(session, "contact", first)
    commit(session, AUTHOR)
    assert everything(session) == before
