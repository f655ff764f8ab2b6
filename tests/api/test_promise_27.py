"""Promise 27 through the whole service: ten thousand names go in and come out of every format as they were."""

import csv
import io
import json
from typing import Any

import networkx
import pyarrow.parquet
import pytest

from db.contacts import create_contacts
from db.new_actors import create_actors
from db.records import Author, commit
from formats.csv import is_formula, unguarded
from models.actors import ActorIn
from models.contacts import ContactIn
from tests.formats.fuzzed import names, shown

pytestmark = [pytest.mark.door, pytest.mark.long]


def contact(number: int) -> ContactIn:
    """A call of somebody everybody knows with the one of this number."""
    return ContactIn.model_validate(
        {
            "kind": "call",
            "when": "2020-05-12",
            "participants": [{"actor": "joe-biden"}, {"actor": f"fuzzed:{number}"}],
            "accounts": [{"source": {"kind": "press_report", "title": "Calls"}}],
        }
    )


@pytest.fixture(scope="module")
def fuzzed(module_world: Any) -> list[str]:
    """The names of actors who were stored, each with a contact."""
    found = names()
    with module_world.database.session() as session:
        for some in batches(list(enumerate(found)), 1_000):
            bodies = [
                {"kind": "person", "name": name, "identifiers": [{"scheme": "fuzzed", "value": str(number)}]}
                for number, name in some
            ]
            create_actors(session, [ActorIn.model_validate(body) for body in bodies])
            create_contacts(session, [contact(number) for number, _ in some], batch=True)
        commit(session, Author(reason="names"))
    return found


def batches(items: list[Any], size: int) -> list[list[Any]]:
    """Parts of a list."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def exported(world: Any, suffix: str, **more: str) -> bytes:
    """The list of edges in a format."""
    answer = world.client.get(f"/v1/edges.{suffix}", params={"from": "2020-05-12", "to": "2020-05-12", **more})
    assert answer.status_code == 200, answer.text
    return bytes(answer.content)


def others(rows: Any) -> list[str]:
    """Of pairs the name of whoever is not the one everybody knows, sorted."""
    pairs = [(row["source_slug"], row["source_name"], row["target_name"]) for row in rows]
    return sorted(target if slug == "joe-biden" else source for slug, source, target in pairs)


@pytest.mark.timeout(900)
def test_ten_thousand_names_come_back_from_the_service(module_world: Any, fuzzed: list[str]) -> None:
    wanted = sorted(fuzzed)
    table = io.StringIO(exported(module_world, "csv").decode(), newline="")
    assert others(csv.DictReader(table)) == wanted
    safe = list(csv.DictReader(io.StringIO(exported(module_world, "safe.csv").decode(), newline="")))
    assert [cell for row in safe for cell in row.values() if is_formula(cell)] == []
    assert others({name: unguarded(cell) for name, cell in row.items()} for row in safe) == wanted
    lines = exported(module_world, "ndjson").decode().split("\n")[:-1]
    assert others(map(json.loads, lines)) == wanted
    columns = pyarrow.parquet.read_table(io.BytesIO(exported(module_world, "parquet"))).to_pylist()
    assert others(columns) == wanted


@pytest.mark.timeout(900)
def test_they_come_back_from_networks(module_world: Any, fuzzed: list[str]) -> None:
    wanted = sorted([*fuzzed, "Joe Biden"])
    drawn = sorted(map(shown, wanted))
    graphs = {
        "node-link.json": networkx.node_link_graph(json.loads(exported(module_world, "node-link.json")), edges="edges"),
        "graphml": networkx.read_graphml(io.BytesIO(exported(module_world, "graphml"))),
        "gexf": networkx.read_gexf(io.BytesIO(exported(module_world, "gexf")), version="1.3"),
    }
    for suffix, graph in graphs.items():
        labels = sorted(label for _, label in graph.nodes(data="label"))
        assert labels == (wanted if suffix == "node-link.json" else drawn), suffix
    cytoscape = networkx.cytoscape_graph(json.loads(exported(module_world, "cyjs")))
    assert sorted(name for _, name in cytoscape.nodes(data="name")) == wanted


@pytest.mark.timeout(900)
def test_they_come_back_from_pages(module_world: Any, fuzzed: list[str]) -> None:
    found, there = [], "/v1/edges?from=2020-05-12&to=2020-05-12&limit=200"
    while there:
        page = module_world.client.get(there.removeprefix("http://testserver")).json()
        found += page["items"]
        there = page["links"].get("next")
    assert others(found) == sorted(fuzzed)
