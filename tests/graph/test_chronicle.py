"""The hops of a question are those of the record read literally, kept or not, before and after every write."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.engine import Database
from db.journal import draw_revision
from db.records import Author, commit
from db.revisions import read_version
from graph import chronicle
from graph.chronicle import Hops, hops_of, micros
from graph.chronicle_rows import KINDS, STRENGTH, Rows, read_rows, relayed
from graph.memory import Memory
from graph.questions import Asking, Budget
from models.filters import ContactFilter
from models.graph import GraphQuestion
from models.vocabulary import HUB_ROLES, Level, words
from tests.brute_force import Edge, Reading
from tests.generated import World
from tests.questions import DRAWS, questions
from tests.world import TODAY

Hop = tuple[int, int, int, datetime, datetime, str, str, bool]
SHARED = sorted(set(DRAWS) - {"actor", "actors", "role", "participants", "between"})


def hops(session: Session, memory: Memory, **given: Any) -> Hops:
    asking = Asking(session, read_version(session), TODAY, Budget(seconds=60), memory)
    return hops_of(asking, GraphQuestion.model_validate(given))


def as_set(found: Hops) -> set[Hop]:
    rows, moments = found.rows, {}
    assert sorted(found.world.row.tolist()) == list(range(len(rows)))
    columns = (rows.ego, rows.alter, rows.contact, rows.lo, rows.hi, rows.kind, rows.status, rows.via)
    listed = [
        (ego, alter, contact, lo, hi, KINDS[kind], STRENGTH[status], via > 0)
        for ego, alter, contact, lo, hi, kind, status, via in zip(*(one.tolist() for one in columns), strict=True)
    ]
    assert len(set(listed)) == len(listed)
    moments = {micros_: chronicle.EPOCH + chronicle_span(micros_) for hop in listed for micros_ in hop[3:5]}
    return {(hop[0], hop[1], hop[2], moments[hop[3]], moments[hop[4]], *hop[5:]) for hop in listed}  # type: ignore[misc]


def chronicle_span(micros_: int) -> Any:
    return np.timedelta64(micros_, "us").astype("timedelta64[us]").item()


def literal(reading: Reading, **given: Any) -> set[Hop]:
    """Every way word may take through the edges of a question, by the rules as they are written."""
    by_contact: dict[int, dict[tuple[int, int], Edge]] = {}
    for (contact, ego, alter), edge in reading.edges(ContactFilter.model_validate(given)).items():
        by_contact.setdefault(contact, {})[(ego, alter)] = edge
    found: set[Hop] = set()
    for contact, edges in by_contact.items():
        for (ego, alter), edge in edges.items():
            if edge.kind != "message" or ("sender" in edge.roles and "recipient" in edge.other_roles):
                bounds = edge.earliest, edge.latest
                found.add((ego, alter, contact, *bounds, edge.kind, edge.status, False))
        event = reading.events[contact]
        if event.kind in ("mission", "mediation") or (event.kind == "negotiation" and event.talks == "proximity"):
            found |= relays(contact, edges)
    return found


def relays(contact: int, edges: dict[tuple[int, int], Edge]) -> set[Hop]:
    found: dict[tuple[int, int], tuple[int, Hop]] = {}
    for (hub, one), first in sorted(edges.items()):
        for (other_hub, other), second in sorted(edges.items()):
            if hub == other_hub and one != other and (one, other) not in edges and first.roles & HUB_ROLES:
                status = max(first.status, second.status, key=STRENGTH.index)
                hop = (one, other, contact, first.earliest, first.latest, first.kind, status, True)
                found.setdefault((one, other), (hub, hop))
    return {hop for _, hop in found.values()}


@pytest.mark.parametrize("level", words(Level))
@pytest.mark.parametrize("name", SHARED)
def test_the_hops_of_a_question_are_those_of_its_edges(reading: Reading, name: str, level: str) -> None:
    memory, joined = Memory(), 0
    for given in questions(reading, name, level, 12):
        shared = {key: value for key, value in given.items() if key in {*GraphQuestion.model_fields, "from"}}
        expected = literal(reading, **shared)
        joined += bool(expected)
        assert as_set(hops(reading.session, memory, **shared)) == expected, shared
    assert joined or name in ("part_of",)


def test_the_random_world_has_relays_and_messages(reading: Reading) -> None:
    found = as_set(hops(reading.session, Memory()))
    assert any(hop[-1] for hop in found)
    assert any((hop[1], hop[0], *hop[2:]) not in found for hop in found)


@contextmanager
def reader(database: Database) -> Iterator[Session]:
    with database.snapshot_session() as session:
        yield session


YEARS: list[dict[str, Any]] = [
    {},
    {"from": "2021", "to": "2021"},
    {"from": "2021-03", "to": "2021-05", "level": "state"},
]


def test_a_write_is_seen_by_every_process_and_changes_no_answer_begun_before(
    clone: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    loaded = chronicle._loaded
    monkeypatch.setattr(chronicle, "_loaded", lambda asking, *key: read.append(1) or loaded(asking, *key))
    writer = clone.session()
    world = World(writer, random.Random(11))
    commit(writer, Author())
    stores = [Memory(), Memory()]
    for step in range(40):
        with reader(clone) as before:
            first = [as_set(hops(before, stores[0], **asked)) for asked in YEARS]
            world.step()
            commit(writer, Author())
            for number, store in enumerate(stores[: 1 + step % 2]):
                with reader(clone) as session:
                    for asked in YEARS:
                        now = as_set(hops(session, store, **asked))
                        assert now == literal(Reading(session), **asked), (step, number, asked)
            assert [as_set(hops(before, stores[0], **asked)) for asked in YEARS] == first
            assert [as_set(hops(before, Memory(), **asked)) for asked in YEARS] == first
    writer.close()


def test_only_what_moved_is_read_again(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    counts: list[int] = []

    def counted(*given: Any, **more: Any) -> Rows:
        rows = read_rows(*given, **more)
        counts.append(len(rows))
        return rows

    monkeypatch.setattr(chronicle, "read_rows", counted)
    session, memory = reading.session, Memory()
    with session.begin_nested() as tried:
        rows = hops(session, memory).rows
        everything = len(rows)
        assert sum(counts) > everything / 3
        contact = int(rows.contact[0])
        session.execute(text("DELETE FROM edge WHERE contact_id = :one"), {"one": contact})
        draw_revision(session, Author(), 1, touched=[contact])
        counts.clear()
        fewer = len(hops(session, memory).rows)
        assert fewer < everything
        assert counts
        assert not any(counts)
        draw_revision(session, Author(), 1)
        counts.clear()
        assert len(hops(session, memory).rows) == fewer
        assert sum(counts) > everything / 3
        tried.rollback()


def test_a_chunk_that_is_too_much_out_of_date_is_read_anew(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chronicle, "OVERLAID_ROWS", 0)
    monkeypatch.setattr(chronicle, "OVERLAID_MAX", 0.0)
    session, memory = reading.session, Memory()
    with session.begin_nested() as tried:
        before = as_set(hops(session, memory))
        contact = session.execute(text("SELECT min(contact_id) FROM edge")).scalar_one()
        draw_revision(session, Author(), 1, touched=[contact])
        assert as_set(hops(session, memory)) == before
        tried.rollback()


def test_relays_go_over_one_mediator_and_only_where_no_edge_joins() -> None:
    def row(ego: int, alter: int, ways: int, status: int = 0) -> list[int]:
        return [ego, alter, 0, 10, 0, 10, 7, 6, status, ways, 0]

    # 1 and 2 mediate among 3, 4 and 5; 3 and 4 met.
    rows = [row(1, 3, 7), row(1, 4, 7), row(1, 5, 7, status=2), row(2, 3, 7), row(2, 5, 7), row(3, 4, 3)]
    found = relayed(Rows(*np.array(rows).T))
    assert sorted(zip(found.ego.tolist(), found.alter.tolist(), found.via.tolist(), strict=True)) == [
        (3, 5, 1),
        (4, 5, 1),
    ]
    assert found.status.tolist() == [2, 2]


def test_arrays_count_time_as_postgres_does(reading: Reading) -> None:
    moment = datetime(1, 1, 1)
    asked = text("SELECT (extract(epoch FROM CAST(:at AS timestamp) - timestamp '2000-01-01') * 1000000)::bigint")
    assert micros(moment) == reading.session.execute(asked, {"at": moment}).scalar_one()
