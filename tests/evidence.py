"""The made-up world of evidence: two sides' readouts, denials, a postponement, a corrected source."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from db.engine import Database
from db.records import Author, commit
from db.seed import load_world, merge_and_undo, seed
from models.settings import Settings
from tests.api.conftest import World, serving

FILE = Path(__file__).resolve().parents[1] / "examples" / "fixture-evidence.json"


@contextmanager
def template_of_evidence(cluster: Any, template: str) -> Iterator[str]:
    """Makes a database that holds the reference data and the made-up world, and returns its name."""
    with cluster.database(template) as name:
        database = Database(cluster.url(name), statement_timeout_ms=0)
        with database.session() as session:
            seed(session)
            load_world(session, FILE)
            commit(session, Author())
            merge_and_undo(session, FILE)
        database.close()
        yield name


@contextmanager
def serving_evidence(cluster: Any, evidence_template: str) -> Iterator[World]:
    """Runs the whole service over a copy of the made-up world."""
    with cluster.database(evidence_template) as name, serving(cluster, name, Settings()) as world:
        yield world
