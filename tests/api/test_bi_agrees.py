"""The views for dashboards say what the API says, on a record that has grown by many contacts."""

from typing import Any

from sqlalchemy import text

from db.engine import Database
from tests.api.asking import ask
from tests.api.conftest import World


def rows(world: Any, cluster: Any, statement: str) -> list[Any]:
    """Returns what the owner reads: the service's role has no use for the views."""
    database = Database(cluster.url(world.database.engine.url.database))
    try:
        with database.reading_session() as session:
            return list(session.execute(text(statement)).all())
    finally:
        database.close()


def test_pairs_days_and_edges_are_those_of_the_api(grown: World, cluster: Any) -> None:
    for level in ("actor", "state"):
        ties = ask(grown, f"/v1/ties?level={level}&limit=1000").json()["items"]
        said = {
            frozenset((tie["ego"]["id"], tie["alter"]["id"])): (tie["contacts"], tie["silence"]["at_least"])
            for tie in ties
        }
        found = rows(
            grown,
            cluster,
            "SELECT ego_id, alter_id, contacts, days_silent_at_least FROM bi.pair_last_contact "
            f"WHERE level = '{level}' AND ego_id < alter_id",
        )
        assert {frozenset(row[:2]): tuple(row[2:]) for row in found} == said
        edges = ask(grown, f"/v1/edges?level={level}&status=any&limit=1000").json()["items"]
        pairs = rows(grown, cluster, f"SELECT contact_id, source_id, target_id FROM bi.edge WHERE level = '{level}'")
        assert sorted((one[0], *sorted(one[1:])) for one in pairs) == sorted(
            (edge["contact_id"], *sorted((edge["source_id"], edge["target_id"]))) for edge in edges
        )


def test_matrix_and_line_are_those_of_the_api(grown: World, cluster: Any) -> None:
    cells = ask(grown, "/v1/matrix?level=state&limit=300").json()["cells"]
    found = rows(grown, cluster, "SELECT row_slug, column_slug, contacts FROM bi.state_matrix")
    assert {row[:2]: row[2] for row in found} == {(cell["row"], cell["column"]): cell["value"] for cell in cells}
    for uncertain, dated in (("apart", "AND dated = 'day'"), ("first", "")):
        line = ask(grown, f"/v1/timeline?by=day&uncertain={uncertain}").json()
        buckets = line["buckets"]
        days = rows(
            grown,
            cluster,
            f"SELECT day::text, sum(contacts)::int FROM bi.timeline_day WHERE took_place {dated} GROUP BY 1",
        )
        assert {row[0]: row[1] for row in days if row[0]} == {
            bucket["bucket"]: bucket["contacts"] for bucket in buckets if bucket["contacts"]
        }
        if uncertain == "first":
            assert sum(row[1] for row in days if row[0] is None) == line["undated"]["contacts"]
            assert sum(row[1] for row in days) == line["contacts"]
