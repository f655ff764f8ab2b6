"""Flat rows for Grafana: hand-worked rows of the first world, one answer, every key in every row."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from api.grafana import OF_VARIABLES, ROWS
from api.grafana_rows import NARROWED, VARIABLES
from graph.questions import Question
from models.circle import MOST_NODES
from models.grafana import day_of_dashboard
from models.vocabulary import ContactKind, words
from tests.api.asking import ask
from tests.api.conftest import World
from tests.world import COUNTERPARTS_OF_THE_US

pytestmark = pytest.mark.door
EVERY = pytest.mark.parametrize("rows", [*ROWS, OF_VARIABLES], ids=lambda rows: rows.name)
STATES = "actor=iso3:ISR&level=state"


def items(world: World, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(world, f"/v1/grafana/{path}").json()["items"]
    return found


def with_more(rows: Question, **more: str) -> str:
    parts = urlsplit(rows.example)
    return f"{parts.path}?{urlencode({**dict(parse_qsl(parts.query)), **more})}"


@EVERY
def test_every_row_has_every_key_and_there_is_one_page(shared_world: World, rows: Question) -> None:
    answer = ask(shared_world, rows.example).json()
    assert answer["items"]
    assert len({tuple(row) for row in answer["items"]}) == 1
    assert set(answer["links"]) == {"self"}
    assert all(not isinstance(value, dict | list) for row in answer["items"] for value in row.values())


@EVERY
def test_guarded_kept_and_of_any_state_like_other_questions(shared_world: World, rows: Question) -> None:
    tag = ask(shared_world, rows.example).headers["etag"]
    assert ask(shared_world, rows.example, 304, **{"If-None-Match": tag}).content == b""
    assert ask(shared_world, with_more(rows, known_at="9998-01-01"), 400).json()["errors"]
    fault = ask(shared_world, with_more(rows, levle="state"), 400).json()["errors"][0]
    assert "level" in fault["message"]
    assert ask(shared_world, with_more(rows, topic="", q="", publisher="")).json()["items"]


def test_nodes_and_edges_belong_together(shared_world: World) -> None:
    nodes, edges = items(shared_world, f"nodes?{STATES}"), items(shared_world, f"edges?{STATES}&to=2021-05-31")
    assert {node["slug"]: node["mainstat"] for node in nodes} == {
        # Seven with the United States, three mediations.
        "israel": "10",
        # Seven with Israel, one with each of the mediators.
        "united-states": "10",
        **dict.fromkeys(("egypt", "jordan", "qatar"), "2"),
    }
    names = {node["id"]: node["slug"] for node in nodes}
    pairs = {frozenset((names[edge["source"]], names[edge["target"]])): edge for edge in edges}
    assert len(pairs) == len({edge["id"] for edge in edges}) == len(edges) == 7
    strongest = pairs[frozenset(("israel", "united-states"))]
    assert (strongest["mainstat"], strongest["secondarystat"]) == ("7", "2021-05-12")
    assert pairs[frozenset(("egypt", "israel"))]["secondarystat"] == "by 2021-05-09"
    for node in nodes:
        assert sum(value for name, value in node.items() if name.startswith("arc__")) == 1


def test_colour_of_an_edge_says_how_long_ago_it_was(shared_world: World) -> None:
    colours = [
        {edge["color"] for edge in items(shared_world, f"edges?actor=joe-biden&to={to}")}
        for to in ("2021-08-10", "2021-08-11", "2022-05-12", "2022-05-13")
    ]
    assert len(colours[0] | colours[1]) == 2
    assert colours[1] == colours[2] != colours[3]


def test_no_more_nodes_than_a_panel_draws(shared_world: World) -> None:
    assert MOST_NODES == 1_500
    ask(shared_world, "/v1/grafana/nodes?actor=hamas&nodes=1501", 400)
    cut = ask(shared_world, "/v1/grafana/nodes?actor=iso3:ISR&level=state&nodes=2").json()
    assert (len(cut["items"]), cut["meta"]["truncated"], cut["meta"]["limits"]) == (2, True, {"nodes": 2})


def test_series_have_no_gaps_in_either_shape(shared_world: World) -> None:
    window = "by=day&group=kind&from=1620691200000&to=1620950400000"
    wide, long = (items(shared_world, f"timeseries?{window}&shape={shape}") for shape in ("wide", "long"))
    assert [row["time"][:10] for row in wide] == ["2021-05-11", "2021-05-12", "2021-05-13", "2021-05-14"]
    assert [(row["call"], row["conversation"], row["engagement"]) for row in wide][:3] == [
        (0, 0, 0),
        (1, 1, 0),
        (0, 0, 0),
    ]
    assert {(row["time"], row["series"], row["value"]) for row in long} == {
        (row["time"], name, value) for row in wide for name, value in row.items() if name != "time"
    }
    # Rows 3 to 13 have no known start.
    told = ask(shared_world, f"/v1/grafana/timeseries?{window}").json()["meta"]
    assert told["left_out"] == {"undated_contacts": 11}


def test_annotations_are_regions_of_the_days_and_points_where_the_start_is_unknown(shared_world: World) -> None:
    day, *_ = items(shared_world, "annotations?kind=call")
    assert (day["time"], day["timeEnd"]) == ("2021-05-12T00:00:00Z", "2021-05-12T23:59:59Z")
    assert day["title"] == "Call: Joe Biden – Benjamin Netanyahu"
    assert day["text"].endswith("One side stands by it (3 accounts, the date inferred).")
    point, *_ = items(shared_world, "annotations?kind=mediation")
    assert point["time"] == point["timeEnd"] == "2021-05-09T00:00:00Z"
    planned = ask(shared_world, "/v1/grafana/annotations?status=planned").json()
    assert (planned["items"], planned["meta"]["left_out"]) == ([], {"undated_contacts": 2})
    assert [row["time"] for row in items(shared_world, "contacts?status=planned")] == [None, None]


def test_last_contact_with_each_counterpart_and_how_it_is_known(shared_world: World) -> None:
    rows = items(shared_world, "last-contact?actor=iso3:USA&level=state&to=2021-05-20&open=include")
    assert {row["alter_slug"]: row["contacts"] for row in rows} == COUNTERPARTS_OF_THE_US
    israel = next(row for row in rows if row["alter_slug"] == "israel")
    assert (israel["last_from"], israel["last_to"]) == ("2021-05-12", "2021-05-12")
    assert (israel["days_at_least"], israel["days_at_most"], israel["kind"]) == (8, 8, "conversation")
    assert israel["known"] == "reported by others; no side has spoken"
    assert ask(shared_world, israel["contact"]).json()["participants"][0]["actor"]["slug"] == "antony-blinken"


def test_silences_are_of_ninety_days_unless_said_otherwise(shared_world: World) -> None:
    pair = "silences?actor=iso3:USA&level=state"
    assert items(shared_world, f"{pair}&to=2021-08-10") == []
    [israel] = items(shared_world, f"{pair}&to=2021-08-11")
    assert (israel["alter_slug"], israel["days_at_most"], israel["usual_gap_days"]) == ("israel", 91, None)
    assert len(items(shared_world, f"{pair}&days=10&to=2021-05-31")) == 1


def test_matrix_is_square_in_one_shape_and_has_links_in_the_other(shared_world: World) -> None:
    named = "matrix?level=state&rows=iso3:USA,iso3:ISR&columns=iso3:EGY,iso3:ISR"
    assert items(shared_world, f"{named}&shape=wide") == [
        {"row_slug": "united-states", "row_name": "United States", "egypt": 1, "israel": 7},
        {"row_slug": "israel", "row_name": "Israel", "egypt": 1, "israel": 0},
    ]
    for cell in items(shared_world, named):
        assert len(ask(shared_world, cell["link"]).json()["items"]) == cell["value"]


def test_variables_are_named_and_hold_what_the_address_takes(shared_world: World) -> None:
    for name in VARIABLES:
        rows = items(shared_world, f"variables/{name}{'?actor=iso3:USA&level=state' if name in NARROWED else ''}")
        assert rows, name
        assert all(set(row) == {"__text", "__value"} for row in rows), name
    strongest = items(shared_world, "variables/actors?level=state&limit=1")
    assert strongest == [{"__text": "United States", "__value": "united-states"}]
    counterparts = items(shared_world, "variables/counterparts?actor=iso3:USA&level=state")
    assert {row["__value"] for row in counterparts} == set(COUNTERPARTS_OF_THE_US)
    assert "actor" in ask(shared_world, "/v1/grafana/variables/counterparts", 400).json()["detail"]
    ask(shared_world, "/v1/grafana/variables/nonsense", 400)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1620777600000", "2021-05-12"),
        ("1620863999999", "2021-05-12"),
        ("0", "1970-01-01"),
        ("-1", "1969-12-31"),
        ("2021", "2021"),
        ("2021-05-12T10:00:00.123Z", "2021-05-12T10:00:00Z"),
        (" 2021-05 ", "2021-05"),
    ],
)
def test_times_as_dashboards_write_them(written: str, day: str) -> None:
    assert day_of_dashboard(written) == day


@pytest.mark.parametrize("written", ["-99999999999999", "999999999999999", "12345678901234567890", "1e12", "now-6h"])
def test_times_beyond_the_record_are_refused_with_a_sentence(shared_world: World, written: str) -> None:
    fault = ask(shared_world, f"/v1/grafana/timeseries?from={written}", 400).json()["errors"][0]
    assert fault["parameter"] == "from"
    assert written not in fault["message"]


def test_a_list_that_is_whole_takes_no_filter_but_the_times(shared_world: World) -> None:
    assert len(items(shared_world, "variables/kinds?from=2021-05-01&to=&topic=")) == len(words(ContactKind))
    refused = ask(shared_world, "/v1/grafana/variables/kinds?topic=ceasefire&actor=hamas", 400).json()
    assert {one["parameter"] for one in refused["errors"]} == {"topic", "actor"}
    assert refused["detail"] == "The list of kinds is whole and takes no filter."
