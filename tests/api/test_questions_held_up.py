"""Every graph question where it is held up: without a key, with a small budget, behind locked tables."""

from typing import Any

import psycopg

from graph.questions import Question
from graph.registry import QUESTIONS
from models.settings import Settings
from tests.api.asking import address, ask
from tests.api.conftest import World, serving
from tests.api.test_contract_shapes import exact
from tests.conftest import libpq


def test_reads_need_a_key_where_they_are_not_public(cluster: Any, world_template: str) -> None:
    with (
        cluster.database(world_template) as name,
        serving(cluster, name, Settings(public_read=False)) as world,
    ):
        for question in QUESTIONS:
            ask(world, question.example, 401)
            ask(world, question.example, **world.keys["read"])


def test_a_small_budget_cuts_or_refuses(cluster: Any, grown: World) -> None:
    name = str(grown.database.engine.url.database)
    settings = Settings(graph_seconds=0.1, graph_nodes=10, graph_hops=1)
    with serving(cluster, name, settings) as world:
        for question in QUESTIONS:
            for more in ({}, {"level": "office"}, {"kind": "call,engagement,conversation"}):
                refused_or_whole(question, world.client.get(address(question, **more)))


def test_a_question_that_the_database_holds_up_is_refused(cluster: Any, world: World) -> None:
    """What it waits for here would come after the budget is used up."""
    name = str(world.database.engine.url.database)
    tables = "actor, contact, participant, incidence, edge, tie, tie_month, account"
    with (
        serving(cluster, name, Settings(graph_seconds=0.2)) as small,
        psycopg.connect(libpq(cluster.url(name))) as owner,
    ):
        for question in QUESTIONS:
            with owner.transaction():
                owner.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
                answer = small.client.get(question.example)
            assert answer.status_code == 503, f"{question.name}: {answer.text}"
            assert answer.json()["title"] == "Timed out", question.name
            ask(world, question.example)


def refused_or_whole(question: Question, answer: Any) -> None:
    """Checks that an answer is a proper one, or a refusal for want of time."""
    if answer.status_code == 503:
        assert answer.json()["title"] == "Timed out", question.name
        assert int(answer.headers["retry-after"]) > 0
    else:
        assert answer.status_code == 200, f"{question.name}: {answer.text}"
        exact(question.answer, answer.json())
