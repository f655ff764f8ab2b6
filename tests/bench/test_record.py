"""The synthetic record is what the project's own rules make of its contacts, and the same for the same seed."""

import psycopg
import pytest
from sqlalchemy import text

from bench.record import make_record
from db.engine import Database
from db.rebuild import check
from tests.conftest import Cluster, libpq

pytestmark = pytest.mark.pg
CONTACTS = 3_000
DIGEST = """SELECT md5(string_agg(t::text, '' ORDER BY t.ego_id, t.alter_id, t.level)) FROM (
    SELECT ego_id, alter_id, level, contacts, by_kind, first_earliest, last_latest FROM tie) t"""


def test_stored_is_derived_and_as_described(clone: Database) -> None:
    make_record(clone.engine.url.render_as_string(hide_password=False), CONTACTS, jobs=1)
    with clone.session() as session:
        report = check(session)
    assert report.clean, report
    assert {one.name for one in report.tables if not one.rows} == set()
    with clone.session() as session:
        plain = session.scalar(text("SELECT count(*) FROM contact WHERE latest - earliest = interval '1 day'")) or 0
        fewest, most = session.execute(text(_PARTICIPANTS)).one()
        kinds = session.scalar(text("SELECT count(DISTINCT kind) FROM contact"))
        states = session.scalar(text("SELECT count(DISTINCT ego_id) FROM tie WHERE level = 'state'")) or 0
        busiest, average = session.execute(text(_ACTIVITY)).one()
    assert 0.8 < plain / CONTACTS < 0.9
    assert (fewest, most) == (2, 6)
    assert kinds == 11
    assert 190 <= states <= 200
    assert busiest > 20 * average


def test_same_seed_makes_the_same_record(cluster: Cluster, template: str) -> None:
    digests = set()
    for jobs in (1, 2):
        with cluster.database(template) as name:
            make_record(cluster.url(name), 500, jobs=jobs)
            with psycopg.connect(libpq(cluster.url(name))) as connection:
                digests |= {row[0] for row in connection.execute(DIGEST)}
    assert len(digests) == 1


_PARTICIPANTS = "SELECT min(n), max(n) FROM (SELECT count(*) AS n FROM participant GROUP BY contact_id) counted"
_ACTIVITY = """SELECT max(n), avg(n) FROM (
    SELECT count(*) AS n FROM incidence WHERE level = 'actor' GROUP BY ego_id) counted"""
