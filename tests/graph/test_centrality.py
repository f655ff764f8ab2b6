"""Centrality and communities: on random worlds by networkx, on the first world by hand, and beside a writer."""

import itertools
import time
from contextlib import closing
from typing import Any

import networkx as nx
import pytest

from db.arrays import read_arrays
from db.contacts import create_contacts
from db.records import Author, commit
from db.revisions import read_version
from graph import centrality
from graph.centrality import graph_of
from graph.memory import Memory
from graph.questions import Asking, Budget
from graph.workshop import UnderWay, Workshop
from models.centrality import CentralityQuestion
from models.contacts import ContactIn
from models.errors import TimedOut
from models.vocabulary import Level, words
from tests.brute_force import Reading
from tests.graph.conftest import Ask, asker
from tests.graph.test_paths import graph_of as ties_of
from tests.world import TODAY, Cluster, database_of_the_first_world

each_level = pytest.mark.parametrize("level", words(Level))


def values(found: Any) -> dict[str, float]:
    return {item["actor"]["slug"]: item["value"] for item in found.members["items"]}


@each_level
@pytest.mark.parametrize("filters", [{}, {"kind": ["call", "visit"], "to": "2021-05"}])
def test_every_measure_counts_the_ties_of_the_question(
    reading: Reading, ask: Ask, level: str, filters: dict[str, Any]
) -> None:
    graph = ties_of(reading, level=level, **filters)
    oracles: dict[str, Any] = {
        "degree": dict(graph.degree),
        "strength": dict(graph.degree(weight="contacts")),
        "closeness": nx.closeness_centrality(graph),
        "betweenness": nx.betweenness_centrality(graph),
        "pagerank": nx.pagerank(graph, weight="contacts", tol=1e-13, max_iter=1000),
    }
    for measure, expected in oracles.items():
        found = ask("list_central_actors", measure=measure, level=level, limit=1000, **filters)
        assert values(found) == pytest.approx(expected, abs=1e-7)
        assert (found.members["actors"], found.members["ties"]) == (len(graph), graph.number_of_edges())
        ranks = [item["rank"] for item in found.members["items"]]
        shown = [item["value"] for item in found.members["items"]]
        assert shown == sorted(shown, reverse=True)
        assert all(rank == 1 + sum(other > mine for other in shown) for rank, mine in zip(ranks, shown, strict=True))


@each_level
def test_communities_share_out_everybody_and_every_contact(reading: Reading, ask: Ask, level: str) -> None:
    graph = ties_of(reading, level=level)
    found = ask("list_communities", level=level, members=1000, limit=1000)
    parts = [{member["slug"] for member in item["members"]} for item in found.members["items"]]
    assert sorted(itertools.chain(*parts)) == sorted(graph)
    assert found.members["modularity"] == pytest.approx(
        nx.community.modularity(graph, parts, weight="contacts"), abs=1e-6
    )
    for item, part in zip(found.members["items"], parts, strict=True):
        assert item["contacts_within"] == sum(d for *_, d in graph.subgraph(part).edges(data="contacts"))
        assert item["contacts_across"] == sum(d for *_, d in nx.edge_boundary(graph, part, data="contacts"))
    one = next(iter(parts[-1]))
    (mine,) = ask("list_communities", level=level, members=1000, actor=one).members["items"]
    assert {member["slug"] for member in mine["members"]} == parts[-1]


def test_the_united_states_stand_between_most_in_the_first_world(ask_first: Ask) -> None:
    found = ask_first("list_central_actors", measure="degree", level="state", limit=4)
    # Seven states and Palestine met the United States; each mediator met Israel and Hamas too.
    assert values(found) == {"united-states": 7, "israel": 4, "egypt": 3, "jordan": 3}
    assert found.left_out["actors"] == 5
    assert found.members["items"][0]["links"] == {"ties": "/v1/ties?actor=united-states&level=state"}


def test_a_contact_is_counted_in_every_answer_that_begins_after_it(cluster: Cluster, template: str) -> None:
    memory = Memory()
    with database_of_the_first_world(cluster, template) as database:

        def strength() -> float:
            with database.snapshot_session() as session:
                asking = Asking(session, read_version(session), TODAY, Budget(seconds=60), memory)
                asked = CentralityQuestion(measure="strength", limit=1000)
                return values(centrality.find_centrality(asking, asked))["joe-biden"]

        before = strength()
        assert strength() == before
        body = {
            "kind": "call",
            "when": "2021-05-13",
            "participants": [{"actor": "joe-biden"}, {"actor": "benjamin-netanyahu"}],
            "accounts": [{"source": {"kind": "other", "title": "A note", "published": "2021-05-14"}}],
        }
        with database.session() as session:
            create_contacts(session, [ContactIn.model_validate(body)])
            commit(session, Author())
        assert strength() == before + 1


def test_large_graphs_are_measured_in_another_process_and_ended_in_time(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = values(asker(reading.session)("list_central_actors", measure="betweenness", limit=1000))
    monkeypatch.setattr(centrality, "SMALL", 0)
    with closing(Memory()) as memory:
        asking = Asking(reading.session, 1, TODAY, Budget(seconds=60), memory)
        asked = CentralityQuestion(measure="betweenness", limit=1000)
        assert values(centrality.find_centrality(asking, asked)) == here
        hurried = Asking(reading.session, 2, TODAY, Budget(seconds=60), memory)
        graph = graph_of(hurried, asked)
        hurried.budget = Budget(seconds=0)
        with pytest.raises(TimedOut):
            centrality._worked_out(hurried, asked, graph, ("again",), slow)


def slow(*_: object) -> float:
    """Takes longer than anybody waits."""
    time.sleep(600)
    return 0.0


def late(seconds: float) -> float:
    """Takes as long as it is told."""
    time.sleep(seconds)
    return seconds


def test_work_goes_on_when_nobody_waits_and_is_there_for_who_asks_again() -> None:
    with closing(Workshop()) as workshop:
        with pytest.raises(UnderWay, match="ask again in a few seconds"):
            workshop.run("one", late, 3.0, seconds=0.5)
        with pytest.raises(TimedOut):
            workshop.run("other", late, 0.0, seconds=0.1)
        assert workshop.run("one", late, 3.0, seconds=60) == 3.0
        assert workshop.run("one", late, 3.0, seconds=0.1) == 3.0
        assert workshop.run("other", late, 0.0, seconds=60) == 0.0


def test_work_without_end_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(Workshop()) as workshop:
        with pytest.raises(TimedOut):
            workshop.run("slow", slow, seconds=0.1)
        monkeypatch.setattr("graph.workshop.SECONDS_MAX", 0)
        assert workshop.run("quick", late, 0.0, seconds=60) == 0.0


def test_arrays_are_the_rows(reading: Reading) -> None:
    select = "SELECT n::bigint, n % 2 = 0, n::float8 / 2 FROM generate_series(:first, 3) n WHERE '5%' = '5%'"
    found = read_arrays(reading.session, select, {"first": 1}, {"n": "i8", "even": "?", "half": "f8"})
    assert {name: column.tolist() for name, column in found.items()} == {
        "n": [1, 2, 3],
        "even": [False, True, False],
        "half": [0.5, 1.0, 1.5],
    }
    for select, kind in (("SELECT 1::int", "i8"), ("SELECT NULL::bigint", "i8"), ("SELECT 1::bigint", "i4")):
        with pytest.raises(ValueError, match="another width"):
            read_arrays(reading.session, select, {}, {"n": kind})
    assert read_arrays(reading.session, "SELECT 1::bigint WHERE false", {}, {"n": "i8"})["n"].tolist() == []
