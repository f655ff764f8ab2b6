"""The views for dashboards: numbers worked out by hand, comments, and a reader who sees them and nothing else."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row
from sqlalchemy import make_url

from db.bi_role import OURS, MayNotMakeRolesError, NotOursError, Reader, grant_reader, make_reader
from db.engine import Database
from tests.conftest import Cluster, at, libpq
from tests.world import COUNTERPARTS_OF_THE_US, KINDS_OF_US_AND_ISRAEL, database_of_the_first_world

VIEWS = {"contact", "edge", "node", "pair_last_contact", "state_matrix", "timeline_day", "flow"}
MAY_12 = date(2021, 5, 12)


@pytest.fixture(scope="module")
def record(cluster: Cluster, template: str) -> Iterator[Database]:
    """The first world, with a reader."""
    with database_of_the_first_world(cluster, template) as database:
        yield database


@pytest.fixture(scope="module")
def reader(cluster: Cluster, record: Database) -> Iterator[psycopg.Connection[Any]]:
    """A connection as the reader."""
    with reading(cluster, str(make_url(record.url).database)) as connection:
        yield connection


@contextmanager
def reading(cluster: Cluster, database: str) -> Iterator[psycopg.Connection[Any]]:
    """Makes a reader of a database and connects as him; he is dropped afterwards."""
    made = Reader(f"readout_test_{secrets.token_hex(6)}", secrets.token_hex(16))
    make_reader(at(cluster.role_maker, database), cluster.url(database), made)
    url = make_url(cluster.url(database)).set(username=made.role, password=made.password)
    try:
        with psycopg.connect(libpq(url.render_as_string(hide_password=False)), autocommit=True) as connection:
            connection.row_factory = dict_row
            yield connection
    finally:
        role = sql.Identifier(made.role)
        with psycopg.connect(libpq(cluster.url(database)), autocommit=True) as owner:
            owner.execute(sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA bi REVOKE SELECT ON TABLES FROM {}").format(role))
            owner.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA bi FROM {}").format(role))
            owner.execute(sql.SQL("REVOKE ALL ON SCHEMA bi FROM {}").format(role))
            name = sql.Identifier(database)
            owner.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM {}").format(name, role))
        with psycopg.connect(libpq(at(cluster.role_maker, database)), autocommit=True) as maker:
            maker.execute(sql.SQL("DROP ROLE {}").format(role))


def rows(reader: psycopg.Connection[Any], statement: str) -> list[dict[str, Any]]:
    return reader.execute(statement.encode()).fetchall()


def test_contacts_and_on_how_much_they_rest(reader: psycopg.Connection[Any]) -> None:
    found = rows(reader, "SELECT * FROM contact ORDER BY accounts DESC, kind")
    assert len(found) == 18
    assert sum(row["took_place"] for row in found) == 16
    call = found[0]
    assert (call["kind"], call["status"], call["accounts"], call["sources"]) == ("call", "acknowledged", 3, 3)
    assert (call["exact_day"], call["first_day"], call["last_day"], call["date_edtf"]) == (*[MAY_12] * 3, "2021-05-12")
    assert (call["participants"], call["participant_names"]) == (2, "Joe Biden, Benjamin Netanyahu")
    assert call["topics"] == "allied-consultation, working-level-consultation"
    vague = next(row for row in found if row["kind"] == "engagement")
    assert (vague["first_day"], vague["last_day"], vague["exact_day"]) == (None, MAY_12, None)


def test_edges_come_once_and_their_ends_are_nodes(reader: psycopg.Connection[Any]) -> None:
    # Fifteen contacts of two, three mediations of two pairs each; the same at state level.
    [counted] = rows(reader, "SELECT count(*) AS all, count(*) FILTER (WHERE level = 'state') AS state FROM edge")
    assert counted == {"all": 42, "state": 21}
    lost = """SELECT count(*) AS n FROM edge e WHERE (e.level, e.source_id) NOT IN (SELECT level, actor_id FROM node)
        OR (e.level, e.target_id) NOT IN (SELECT level, actor_id FROM node)"""
    assert rows(reader, lost) == [{"n": 0}]
    states = rows(reader, "SELECT actor_slug, contacts, counterparts FROM node WHERE level = 'state'")
    counts = {row["actor_slug"]: (row["contacts"], row["counterparts"]) for row in states}
    # Rows 1 to 13; rows 1, 2, 3, 10 to 13 and three mediations; three mediations.
    assert (counts["united-states"], counts["israel"], counts["hamas"]) == ((13, 7), (10, 4), (3, 3))


def test_last_contact_of_a_pair_is_the_best_dated_one(reader: psycopg.Connection[Any]) -> None:
    found = rows(reader, "SELECT * FROM pair_last_contact WHERE level = 'state' AND ego_slug = 'united-states'")
    assert {row["alter_slug"]: row["contacts"] for row in found} == COUNTERPARTS_OF_THE_US
    israel = next(row for row in found if row["alter_slug"] == "israel")
    assert (israel["last_from"], israel["last_to"], israel["first_from"]) == (MAY_12, MAY_12, None)
    assert (israel["last_kind"], israel["last_status"]) == ("conversation", "reported")
    assert israel["days_silent_at_least"] == israel["days_silent_at_most"] > 2_000
    assert next(row for row in found if row["alter_slug"] == "qatar")["days_silent_at_most"] is None


def test_matrix_and_flow_add_up_by_kind(reader: psycopg.Connection[Any]) -> None:
    pair = "row_slug = 'united-states' AND column_slug = 'israel'"
    [cell] = rows(reader, f"SELECT contacts, calls, conversations, engagements, visits FROM state_matrix WHERE {pair}")
    assert cell == {"contacts": 7, "calls": 1, "conversations": 1, "engagements": 5, "visits": 0}
    flows = rows(reader, "SELECT * FROM flow WHERE level = 'state'")
    # Thirteen contacts of the United States, and two pairs of each mediation.
    assert sum(row["contacts"] for row in flows) == 19
    ends = {"united-states", "israel"}
    assert {
        row["kind"]: row["contacts"] for row in flows if {row["source_slug"], row["target_slug"]} == ends
    } == KINDS_OF_US_AND_ISRAEL


def test_timeline_tells_days_from_ends(reader: psycopg.Connection[Any]) -> None:
    found = rows(reader, "SELECT day, dated, sum(contacts)::int AS n FROM timeline_day WHERE took_place GROUP BY 1, 2")
    assert {(row["day"], row["dated"]): row["n"] for row in found} == {
        (MAY_12, "day"): 2,
        (MAY_12, "open"): 11,
        (date(2021, 5, 9), "open"): 3,
    }
    # Rows 14 and 15 have no date; the days and they add up to all.
    counted = rows(
        reader, "SELECT day, dated, sum(contacts)::int AS n FROM timeline_day WHERE day IS NULL GROUP BY 1, 2"
    )
    assert counted == [{"day": None, "dated": "undated", "n": 2}]
    assert rows(reader, "SELECT sum(contacts)::int AS n FROM timeline_day") == [{"n": 18}]


def test_every_view_and_column_is_told_and_scalar(reader: psycopg.Connection[Any]) -> None:
    found = rows(
        reader,
        """SELECT c.relname AS view, a.attname AS name, col_description(c.oid, a.attnum) AS told,
            obj_description(c.oid) AS whole, t.typcategory AS category, c.reloptions AS options
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        JOIN pg_type t ON t.oid = a.atttypid WHERE c.relnamespace = 'bi'::regnamespace""",
    )
    assert {row["view"] for row in found} == VIEWS
    assert [row for row in found if not row["told"] or not row["whole"]] == []
    # Arrays, composites, and JSON among the user-defined: none of these fits into a chart.
    assert [row for row in found if row["category"] in "ACU"] == []
    assert all("security_barrier=true" in row["options"] for row in found)
    for view in VIEWS:
        assert rows(reader, f"SELECT * FROM {view} LIMIT 1"), view


def test_the_reader_sees_nothing_else(reader: psycopg.Connection[Any]) -> None:
    found = rows(
        reader,
        """SELECT c.oid::regclass::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('public', 'past', 'as_of', 'bi') AND c.relkind IN ('r', 'v', 'm', 'p')
        AND has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')""",
    )
    assert {row["name"] for row in found} == VIEWS
    schemas = rows(reader, "SELECT nspname AS n FROM pg_namespace WHERE has_schema_privilege(oid, 'CREATE')")
    assert [row["n"] for row in schemas if not row["n"].startswith("pg_temp")] == []
    [role] = rows(
        reader,
        "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles "
        "WHERE rolname = current_user",
    )
    assert not any(role.values())


@pytest.mark.parametrize(
    "statement",
    [
        *("SELECT * FROM public.contact", "SELECT * FROM public.api_key", "SELECT * FROM past.contact"),
        *("SELECT * FROM as_of.contact", "SELECT public.make_bi_views()", "SELECT nextval('public.write_id_seq')"),
        *("SELECT public.current_write()", "CREATE VIEW bi.mine AS SELECT 1", "DROP VIEW bi.contact"),
        *("SET ROLE readout_owner", "SELECT pg_read_file('PG_VERSION')", "COPY bi.contact TO PROGRAM 'cat'"),
    ],
)
def test_the_reader_is_refused_even_where_he_may_write(reader: psycopg.Connection[Any], statement: str) -> None:
    reader.execute("SET default_transaction_read_only = off")
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.InvalidParameterValue)):
        reader.execute(statement.encode())
    reader.execute("RESET default_transaction_read_only")


def test_the_reader_is_slowed_down_by_default(reader: psycopg.Connection[Any]) -> None:
    for name, value in (
        ("statement_timeout", "30s"),
        ("default_transaction_read_only", "on"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("search_path", "bi"),
    ):
        assert reader.execute("SELECT current_setting(%s) AS value", [name]).fetchone() == {"value": value}
    reader.execute("SET statement_timeout = '50ms'")
    with pytest.raises(psycopg.errors.QueryCanceled):
        reader.execute("SELECT count(*) FROM contact, contact a, contact b, contact c, contact d, contact e, contact f")
    reader.execute("RESET statement_timeout")


def test_hidden_rows_and_views_made_anew(cluster: Cluster, template: str) -> None:
    with database_of_the_first_world(cluster, template) as database:
        name = str(make_url(database.url).database)
        with psycopg.connect(libpq(database.url), autocommit=True) as owner, reading(cluster, name) as reader:
            owner.execute("UPDATE contact SET retracted_at = now() WHERE kind = 'call'")
            for table in ("incidence", "edge", "tie"):
                owner.execute(
                    f"UPDATE {table} SET clear_from = 1 WHERE ego_id IN "
                    "(SELECT actor_id FROM actor WHERE slug IN ('hamas', 'egypt'))".encode()
                )
            owner.execute(
                "UPDATE edge SET clear_from = 1 WHERE contact_id IN "
                "(SELECT contact_id FROM incidence WHERE clear_from = 1)"
            )
            owner.execute(
                "UPDATE tie SET clear_from = 1 WHERE alter_id IN "
                "(SELECT actor_id FROM actor WHERE slug IN ('hamas', 'egypt'))"
            )
            owner.execute("SELECT drop_bi_views()")
            owner.execute("SELECT make_bi_views()")
            for view, kinds in (
                ("contact", "kind = 'call'"),
                ("edge", "kind = 'call'"),
                ("timeline_day", "kind = 'call'"),
                ("edge", "source_slug = 'hamas'"),
                ("flow", "target_slug = 'hamas'"),
                ("state_matrix", "row_slug = 'hamas'"),
                ("pair_last_contact", "alter_slug = 'hamas'"),
            ):
                assert rows(reader, f"SELECT * FROM {view} WHERE {kinds}") == [], view
            assert rows(reader, "SELECT contacts FROM node WHERE level = 'actor' AND actor_slug = 'hamas'") == [
                {"contacts": 0}
            ]


def test_a_reader_gets_a_new_password_and_nobody_else_one(cluster: Cluster, template: str) -> None:
    with cluster.database(template) as name, reading(cluster, name) as first:
        role = first.info.user
        assert rows(first, "SELECT shobj_description(current_user::regrole, 'pg_authid') AS said") == [{"said": OURS}]
        maker, owner = at(cluster.role_maker, name), cluster.url(name)
        make_reader(maker, owner, Reader(role, "another"))
        grant_reader(owner, role)
        with pytest.raises(NotOursError):
            make_reader(maker, owner, Reader(cluster.service_role, "taken"))
        with pytest.raises(MayNotMakeRolesError):
            make_reader(cluster.service_url(name), owner, Reader(f"readout_test_{secrets.token_hex(6)}", "never"))


def test_statements_of_the_docs_find_something(reader: psycopg.Connection[Any]) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "dashboards.md"
    written = page.read_text(encoding="utf-8")
    statements = re.findall(r"^```sql\n(.*?)^```$", written, re.MULTILINE | re.DOTALL)
    assert len(statements) == 5
    for statement in statements:
        assert rows(reader, statement), statement
    assert set(re.findall(r"^\| `([a-z_]+)` \|", written, re.MULTILINE)) == VIEWS
