"""Every filter, at every level, against the domain read literally; pages walked; bytes held against their shapes."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.contact_pages import list_contacts
from db.contacts import create_contacts
from db.engine import Database
from db.filters import Question
from db.pages import Answer, Asked, encode_cursor, filter_digest, page_sql
from db.records import Author, commit
from graph.edges import edge_listing, in_pages, list_edges
from graph.ties import list_counterparts, read_tie
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.contacts import ContactIn, ContactOut
from models.edges import EdgeOut, TieOut
from models.edtf import parse
from models.filters import ContactFilter, ContactList, CounterpartList, EdgeList
from models.silences import DateRange
from models.vocabulary import Level, words
from tests.brute_force import Edge, Key, Reading, Tie, last_day
from tests.generated import ACTORS, STATES, World
from tests.questions import DRAWS, fill, questions
from tests.world import Cluster

TODAY = date(2021, 6, 1)
ALL = 1_000


@pytest.fixture(scope="module")
def reading(cluster: Cluster, template: str) -> Iterator[Reading]:
    with cluster.database(template) as name, closing(Database(cluster.url(name), statement_timeout_ms=0)) as database:
        with database.session() as session:
            fill(session)
            commit(session, Author())
        with database.session() as session:
            yield Reading(session)


each_filter = pytest.mark.parametrize("name", sorted(DRAWS))
each_level = pytest.mark.parametrize("level", words(Level))


def items(answer: Answer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(answer.items or "[]")
    return found


def number(reading: Reading, public: str, prefix: str) -> int:
    found = reading.session.info["ids"].decode(public, prefix)
    assert isinstance(found, int)
    return found


@each_filter
@each_level
def test_contacts(reading: Reading, name: str, level: str) -> None:
    for question in questions(reading, name, level, 8):
        asked = ContactList.model_validate(question)
        answer = list_contacts(reading.session, asked, Asked(limit=ALL, count=True))
        found = [number(reading, item["id"], "con") for item in items(answer)]
        assert sorted(found) == sorted(reading.contacts(asked)), question
        assert answer.total == len(found)


@each_filter
@each_level
def test_edges(reading: Reading, name: str, level: str) -> None:
    for question in questions(reading, name, level, 4):
        asked = EdgeList.model_validate(question)
        found = edges(reading, items(list_edges(reading.session, asked, Asked(limit=ALL))))
        wanted = reading.edges(asked)
        for (contact, ego, alter), edge in found.items():
            assert wanted.pop((contact, ego, alter)) == edge, question
            if (contact, alter, ego) in wanted:
                assert not asked.between, "one end is asked for: it stands first"
                del wanted[(contact, alter, ego)]
        assert wanted == {}, question


def edges(reading: Reading, rows: list[dict[str, Any]]) -> dict[Key, Edge]:
    found: dict[Key, Edge] = {}
    for row in rows:
        edge = EdgeOut.model_validate(row)
        ends = number(reading, edge.source_id, "act"), number(reading, edge.target_id, "act")
        roles = [frozenset(text.split(",")) for text in (edge.source_roles, edge.target_roles)]
        known = edge.certain, edge.represented, moment(edge.earliest, FIRST_MOMENT), moment(edge.latest, LAST_MOMENT)
        key = (number(reading, edge.contact_id, "con"), *ends)
        assert key not in found
        found[key] = Edge(edge.contact_kind, edge.contact_status, roles[0], roles[1], edge.initiated_by, *known)
    return found


def moment(text: str | None, unknown: datetime) -> datetime:
    return datetime.fromisoformat(text) if text else unknown


@each_filter
@each_level
def test_counterparts(reading: Reading, name: str, level: str) -> None:
    for n, question in enumerate(questions(reading, name, level, 4)):
        plain = {key: value for key, value in question.items() if key not in ("between", "role")}
        asked = CounterpartList.model_validate(
            {**plain, "actor": [STATES[n % 3]], "sort": ("-contacts", "-last")[n % 2]}
        )
        answer = list_counterparts(reading.session, asked, Asked(limit=ALL), TODAY)
        found = {}
        for item in items(answer):
            tie = TieOut.model_validate(item)
            found[(reading.slugs[tie.ego.slug], reading.slugs[tie.alter.slug])] = summed(tie, asked)
        assert found == reading.ties(asked), question
        ranks = [item["contacts"] for item in items(answer)] if asked.sort == "-contacts" else []
        assert ranks == sorted(ranks, reverse=True)


@each_level
def test_ties(reading: Reading, level: str) -> None:
    pairs = [(one, other) for one in STATES for other in ACTORS if one != other]
    joined = 0
    for n, pair in enumerate(pairs):
        more: dict[str, Any] = ({}, {"certain": True, "to": "2021-05-20"}, {"designated": False})[n % 3]
        asked = ContactFilter.model_validate({"between": list(pair), "level": level, **more})
        _, document, _ = read_tie(reading.session, asked, TODAY)
        found = (
            {} if document is None else {ends(reading, document): summed(TieOut.model_validate_json(document), asked)}
        )
        assert found == reading.ties(asked), asked
        joined += document is not None
    assert joined


def ends(reading: Reading, document: str) -> tuple[int, int]:
    tie = TieOut.model_validate_json(document)
    return reading.slugs[tie.ego.slug], reading.slugs[tie.alter.slug]


def summed(tie: TieOut, asked: ContactFilter) -> Tie:
    first, last = span(tie.first), span(tie.last)
    day = timedelta(days=1)
    # What came after the window is not known to the question: its silence ends with it.
    as_of = min(TODAY, last_day(asked.to)) if asked.to else TODAY
    assert tie.silence.as_of == as_of.isoformat()
    least = 0 if last[1] == LAST_MOMENT else max(0, (as_of - (last[1] - timedelta(microseconds=1)).date()) // day)
    most = None if last[0] == FIRST_MOMENT else max(0, (as_of - last[0].date()) // day)
    assert (tie.silence.at_least, tie.silence.at_most) == (least, most)
    initiated = tie.initiated_by_ego, tie.initiated_by_alter
    by_kind = {str(kind): count for kind, count in tie.by_kind.items()}
    return Tie(tie.contacts, by_kind, initiated, tie.uncertain, first, last)


def span(known: DateRange) -> tuple[datetime, datetime]:
    return moment(known.earliest, FIRST_MOMENT), moment(known.latest, LAST_MOMENT)


def walk(ask: Callable[[Asked], Answer], digest: str, limit: int) -> list[dict[str, Any]]:
    """Turns pages until the last, each beginning where the one before it ended."""
    found: list[dict[str, Any]] = []
    cursor = None
    for _ in range(ALL):
        answer = ask(Asked(limit=limit, cursor=cursor))
        found += items(answer)
        if answer.next_key is None:
            return found
        assert len(items(answer)) == limit
        cursor = encode_cursor(digest, answer.next_key)
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("sort", ["-latest", "earliest", "-recorded", "recorded"])
@pytest.mark.parametrize("more", [{}, {"actor": list(STATES)}, {"actor": ["ruritania"], "level": "state"}])
def test_a_walk_through_the_pages_of_contacts_meets_each_once_in_order(
    reading: Reading, sort: str, more: dict[str, Any]
) -> None:
    asked = ContactList.model_validate({"sort": sort, "status": ["any"], **more})
    digest = filter_digest(asked, "contacts")
    found = walk(lambda page: list_contacts(reading.session, asked, page), digest, 7)
    for item in found:
        ContactOut.model_validate(item)
    keys = [number(reading, item["id"], "con") for item in found]
    assert sorted(keys) == sorted(reading.contacts(asked))
    assert keys == sorted(keys, key=lambda key: rank(reading, key, sort), reverse=sort.startswith("-"))


def rank(reading: Reading, key: int, sort: str) -> tuple[Any, ...]:
    """Where a contact stands; an end that is not stated comes last either way, wherever publication cuts it."""
    row = reading.facts[key]
    when = parse(row.when) if row.when else None
    if sort == "-latest":
        return (row.latest if when and when.latest else FIRST_MOMENT, key)
    return (row.earliest if when and when.earliest else LAST_MOMENT, key) if sort == "earliest" else (key,)


@each_level
def test_walks_through_edges_and_counterparts_meet_each_once(reading: Reading, level: str) -> None:
    session = reading.session
    plain = EdgeList.model_validate({"status": ["any"], "level": level})
    rows = walk(lambda page: list_edges(session, plain, page), filter_digest(plain, "edges"), 11)
    keys = edges(reading, rows).keys()
    wanted = reading.edges(plain).keys()
    assert {frozenset(key[1:]) | {-key[0]} for key in keys} == {frozenset(key[1:]) | {-key[0]} for key in wanted}
    assert len(keys) * 2 == len(wanted)
    for sort in ("-contacts", "-last"):
        asked = CounterpartList.model_validate({"actor": ["atlantis"], "level": level, "sort": sort})
        digest = filter_digest(asked, "counterparts")
        ties = walk(lambda page, a=asked: list_counterparts(session, a, page, TODAY), digest, 2)  # type: ignore[misc]
        slugs = [tie["alter"]["slug"] for tie in ties]
        assert len(slugs) == len(set(slugs))
        assert {reading.slugs[slug] for slug in slugs} == {alter for _, alter in reading.ties(asked)}


@pytest.mark.parametrize("level", ["office", "organisation"])
def test_edges_of_the_whole_record_are_lifted_no_further_than_a_page_needs(reading: Reading, level: str) -> None:
    session = reading.session
    asked = EdgeList.model_validate({"level": level, "from": "2021-01-01"})
    question = Question(asked, session.info["ids"])
    page = page_sql(question, in_pages(question, asked, edge_listing(question, asked)), Asked(limit=5), "")
    # Of so few contacts any plan would do.
    session.execute(text("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off"))
    plan = session.scalar(
        text(f"EXPLAIN (ANALYZE, FORMAT JSON) WITH {question.refs_cte()} {page}"), {**question.params, "limit": 5}
    )
    session.rollback()
    nodes = list(nodes_of(plan[0]["Plan"]))
    assert "Incremental Sort" in {node["Node Type"] for node in nodes}
    read = [node["Actual Rows"] for node in nodes if node.get("Index Name") == "contact_newest_idx"]
    assert len(read) == 1
    assert read[0] < len(reading.facts) / 2


@pytest.mark.parametrize("level", ["office", "organisation"])
def test_parts_are_looked_up_from_their_visit_however_lopsided_the_record_is(session: Session, level: str) -> None:
    World(session, random.Random(0))
    ends = [{"actor": "ada", "role": "visitor"}, {"actor": "bela", "role": "host"}]
    account = {"source": {"kind": "other", "title": "Diary"}}
    visit = {"kind": "visit", "participants": ends, "accounts": [account]}
    whole = {**visit, "identifiers": [{"scheme": "test", "value": "whole"}], "participants": [*ends, {"actor": "cleo"}]}
    part = {**visit, "kind": "meeting", "part_of": "test:whole", "participants": [{"actor": "ada"}, {"actor": "bela"}]}
    create_contacts(session, [ContactIn.model_validate(one) for one in (whole, *[visit] * 40, *[part] * 40)])
    # As its statistics have it, any visit has as many parts as this one; a slow disk would rather be read as a whole.
    session.execute(text("ANALYZE contact, edge, participant, lift; SET LOCAL random_page_cost = 1.1"))
    asked = EdgeList.model_validate({"level": level})
    question = Question(asked, session.info["ids"])
    page = page_sql(question, in_pages(question, asked, edge_listing(question, asked)), Asked(limit=ALL), "")
    plan = session.scalar(
        text(f"EXPLAIN (ANALYZE, FORMAT JSON) WITH {question.refs_cte()} {page}"), {**question.params, "limit": ALL}
    )
    read = sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        for node in nodes_of(plan[0]["Plan"])
        if node.get("Alias") in ("f", "r", "s")
    )
    session.rollback()
    assert 0 < read < 2_000


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for one in plan.get("Plans", ()):
        yield from nodes_of(one)


def test_a_disputed_pair_does_not_make_its_contact_disputed(session: Session) -> None:
    World(session, random.Random(0))
    accounts = [
        {"source": {"kind": "other", "title": "Yes"}, "speaker": "atlantis"},
        {
            "source": {"kind": "other", "title": "No"},
            "speaker": "ruritania",
            "stance": "denies",
            "denies": ["ruritania"],
        },
    ]
    body = {"kind": "meeting", "participants": [{"actor": state} for state in STATES], "accounts": accounts}
    create_contacts(session, [ContactIn.model_validate(body)])

    def found(status: str, shape: type[Any], listing: Callable[..., Answer]) -> int:
        asked = shape.model_validate({"between": ["atlantis", "ruritania"], "status": [status]})
        return len(items(listing(session, asked, Asked(limit=ALL))))

    assert (found("acknowledged", ContactList, list_contacts), found("disputed", ContactList, list_contacts)) == (1, 0)
    assert (found("acknowledged", EdgeList, list_edges), found("disputed", EdgeList, list_edges)) == (0, 1)


@pytest.mark.parametrize("include", [[], ["accounts", "commitments", "identifiers", "parts", "follows"]])
def test_documents_are_what_the_shapes_say(reading: Reading, include: list[str]) -> None:
    asked = ContactList.model_validate({"status": ["any"], "include": include})
    found = items(list_contacts(reading.session, asked, Asked(limit=ALL)))
    assert len(found) == len(reading.facts)
    for item in found:
        contact = ContactOut.model_validate(item)
        assert (contact.accounts is not None) == ("accounts" in include)
        assert {str(name) for name in contact.model_fields_set} == set(item)
