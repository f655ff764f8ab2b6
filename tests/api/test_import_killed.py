"""An import that is killed leaves nothing; begun again it ends complete, and equal to one that nobody killed."""

import json
import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Connection, text

from api.imports import load
from db.engine import Database
from db.loading import Loading
from db.rebuild import check
from db.records import Author, commit
from db.replay import check_history
from db.seed import seed
from importers.choices import Choices
from importers.documents import document_of
from importers.records import Outcome
from importers.registry import importer_named
from tests.serving import PROGRAM, environment

SEED: Final = 20210512
WAIT_SECONDS: Final = 120
STATES: Final = ("france", "japan", "germany", "italy", "kenya", "brazil", "egypt", "united-states")
COUNTED: Final = ("contact", "participant", "account", "source", "incidence", "edge", "tie", "tie_month", "history")
SAID: Final = """
SELECT i.value, c.kind, c."when", c.status, c.summary, string_agg(a.slug, ',' ORDER BY p.ordinal)
FROM contact c JOIN contact_identifier i USING (contact_id) JOIN participant p USING (contact_id)
JOIN actor a ON a.actor_id = p.actor_id GROUP BY i.value, c.contact_id ORDER BY i.value
"""
TIES: Final = """
SELECT e.slug, a.slug, t.level, t.contacts, t.by_kind, t.first_earliest, t.last_latest FROM tie t
JOIN actor e ON e.actor_id = t.ego_id JOIN actor a ON a.actor_id = t.alter_id ORDER BY e.slug, a.slug, t.level
"""
DRAWN: Final = "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM contact_id_seq"


def lines(rows: int) -> Iterator[str]:
    draw = random.Random(SEED)
    for number in range(rows):
        takers = [{"actor": actor} for actor in draw.sample(STATES, 2)]
        yield json.dumps(
            {
                **{
                    "kind": draw.choice(("call", "meeting")),
                    "when": f"2020-{1 + number % 12:02}",
                    "participants": takers,
                },
                "identifiers": [{"scheme": "set", "value": f"{number}"}],
                "accounts": [{"source": {"kind": "press_report", "title": f"Report {number}"}}],
            }
        )


def begin(database: Database, file: Path) -> "subprocess.Popen[bytes]":
    given = environment(file.parent, READOUT_DATABASE_URL=database.engine.url.render_as_string(hide_password=False))
    given |= {"PYTHONPATH": os.getcwd()}
    return subprocess.Popen([PROGRAM, "import", "ndjson", str(file)], env=given, stdout=subprocess.DEVNULL)


def kill_after(database: Database, file: Path, contacts: int) -> None:
    """Kills an import as soon as it has drawn numbers for so many contacts."""
    with begin(database, file) as process, database.engine.connect() as connection:
        first, until = drawn(connection), time.monotonic() + WAIT_SECONDS
        while drawn(connection) < first + contacts and process.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        process.kill()
    assert time.monotonic() < until, "the import does not get on"


def drawn(connection: Connection) -> int:
    return int(connection.execute(text(DRAWN)).scalar_one())


def counts(database: Database) -> dict[str, int]:
    with database.session() as session:
        return {table: session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in COUNTED}


def held(database: Database) -> tuple[list[Any], list[Any], dict[str, int]]:
    with database.session() as session:
        assert check(session).clean
        session.rollback()
        assert check_history(session).faults == []
        # Nobody has told the planner what these tables hold now, so that it may choose any plan.
        session.execute(text("SET LOCAL statement_timeout = 0"))
        said, ties = (list(map(tuple, session.execute(text(sql)))) for sql in (SAID, TIES))
        return said, ties, counts(database)


def killed_and_begun_again(given: tuple[Database, Database], folder: Path, rows: int, kills: int) -> None:
    killed, whole = given
    file = folder / "contacts.ndjson"
    file.write_text("\n".join(lines(rows)), encoding="utf-8")
    for database in given:
        with database.session() as session:
            seed(session)
            commit(session, Author(reason="begin"))
    before = counts(killed)
    draw = random.Random(SEED)
    for _ in range(kills):
        kill_after(killed, file, draw.randrange(1, rows))
        assert counts(killed) == before
    with begin(killed, file) as process:
        assert process.wait(WAIT_SECONDS * 10) == 0
    with whole.session() as session:
        importer = importer_named("ndjson")
        assert importer is not None
        assert importer.read is not None
        load(importer.read([document_of(file)], Choices()), Loading(session), list[Outcome]().append)
        commit(session, Author(reason="whole"))
    assert held(killed) == held(whole)
    assert held(killed)[2]["contact"] == rows


@pytest.mark.timeout(600)
def test_an_import_that_is_killed_leaves_nothing_and_can_be_begun_again(
    clone: Database, service_role_clone: Database, tmp_path: Path
) -> None:
    killed_and_begun_again((clone, service_role_clone), tmp_path, rows=600, kills=1)


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_an_import_killed_ten_times_ends_complete(
    clone: Database, service_role_clone: Database, tmp_path: Path
) -> None:
    killed_and_begun_again((clone, service_role_clone), tmp_path, rows=20_000, kills=10)
