"""Whole lists over HTTP: every format of every list, with the filters, guards and caches of JSON."""

import csv
import io
import json
import sys
from typing import Any

import pandas
import pyarrow.parquet
import pytest

from api.export_sources import SOURCES
from formats.registry import FORMATS, formats_of
from formats.tables import BY_NAME
from models.settings import Settings
from tests.api.conftest import serving

pytestmark = pytest.mark.door
QUERY = {
    "contacts": "status=any",
    "participants": "status=any",
    "edges": "level=state",
    "ties": "level=state",
    "counterparts": "level=state",
    "matrix": "level=state",
    "timeline": "by=day&group=kind&uncertain=first&open=include",
    "graph": "actor=iso3:USA&level=state",
}
PAIRS = [(source, form) for source in SOURCES for form in formats_of(source.table).values()]


def address(table: str, suffix: str, **more: str) -> str:
    path = next(source.path for source in SOURCES if source.table == table).replace("{actor}", "iso3:USA")
    query = "&".join([QUERY[table], *(f"{name}={value}" for name, value in more.items())])
    return f"/v1{path}.{suffix}?{query}"


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def lines_of(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize(("source", "form"), PAIRS, ids=lambda one: getattr(one, "table", None) or one.suffix)
def test_every_format_of_every_list_is_there(shared_world: Any, source: Any, form: Any) -> None:
    answer = shared_world.client.get(address(source.table, form.suffix))
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == form.media_type
    assert f"{source.table}.{form.suffix}" in answer.headers["content-disposition"]
    # Every list has something in it; none of the planned contacts of this world has a date.
    assert int(answer.headers["readout-records"]) > 0
    assert len(answer.content) > len(form.example) or form.suffix == "ics"
    head = shared_world.client.head(address(source.table, form.suffix))
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["readout-records"] == answer.headers["readout-records"]
    known = {"If-None-Match": answer.headers["etag"]}
    assert shared_world.client.get(address(source.table, form.suffix), headers=known).status_code == 304


@pytest.mark.parametrize("table", ["contacts", "edges", "ties", "counterparts"])
def test_ndjson_is_what_the_pages_hold(shared_world: Any, table: str) -> None:
    pages: list[Any] = []
    there = address(table, "json", limit="3")
    while there:
        page = shared_world.client.get(there.removeprefix("http://testserver")).json()
        pages += page["items"]
        there = page["links"].get("next")
        assert there is None or f"{table}.json" in there
    answer = shared_world.client.get(address(table, "ndjson"))
    assert lines_of(answer) == pages
    assert answer.headers["readout-records"] == str(len(pages))


@pytest.mark.parametrize("table", list(QUERY))
def test_flat_rows_say_the_same_in_every_format(shared_world: Any, table: str) -> None:
    rows = rows_of(shared_world.client.get(address(table, "csv")))
    columns = [column.name for column in BY_NAME[table].columns]
    assert list(rows[0]) == columns
    safe = rows_of(shared_world.client.get(address(table, "safe.csv")))
    assert safe == rows
    data = shared_world.client.get(address(table, "parquet")).content
    read = pyarrow.parquet.read_table(io.BytesIO(data))
    assert read.column_names == columns
    for name, kind in ((column.name, column.kind) for column in BY_NAME[table].columns):
        values = read.column(name).to_pylist()
        given = [row[name] for row in rows]
        assert [value is None for value in values] == [cell == "" for cell in given], name
        if kind == "text":
            assert [value or "" for value in values] == given
        elif kind == "integer":
            assert [None if cell == "" else int(cell) for cell in given] == values
    frame = pandas.read_csv(io.BytesIO(shared_world.client.get(address(table, "csv")).content))
    assert len(frame) == len(rows)


def test_participants_are_those_of_the_contacts(shared_world: Any) -> None:
    contacts = lines_of(shared_world.client.get(address("contacts", "ndjson")))
    wanted = [(c["id"], p["actor"]["slug"], p["role"]) for c in contacts for p in c["participants"]]
    rows = rows_of(shared_world.client.get(address("participants", "csv")))
    assert [(row["contact_id"], row["actor_slug"], row["role"]) for row in rows] == wanted
    nested = lines_of(shared_world.client.get(address("participants", "ndjson")))
    assert [(row["contact_id"], row["actor"]["slug"], row["role"]) for row in nested] == wanted


def test_a_question_too_long_for_an_address_is_sent_as_a_body(shared_world: Any) -> None:
    post, get = shared_world.client.post, shared_world.client.get
    body = {"actor": ["iso3:USA"], "level": "state", "kind": ["engagement"], "sort": "earliest"}
    wanted = get("/v1/contacts.csv?actor=iso3:USA&level=state&kind=engagement&sort=earliest")
    asked = post("/v1/contacts/search.csv", json=body)
    assert rows_of(asked) == rows_of(wanted)
    assert asked.headers["readout-records"] == wanted.headers["readout-records"] != "0"
    assert post("/v1/contacts/search", json=body, headers={"Accept": "text/csv"}).text == asked.text
    assert "items" in post("/v1/contacts/search", json=body, headers={"Accept": "*/*"}).json()
    known = {"If-None-Match": asked.headers["etag"]}
    assert post("/v1/contacts/search.csv", json=body, headers=known).status_code == 304
    assert post("/v1/contacts/search.csv", json={**body, "kind": ["call"]}, headers=known).status_code == 200
    assert post("/v1/contacts/search.gexf", json={"actor": ["joe-biden"]}).status_code == 200
    assert post("/v1/contacts/search.xlsx", json=body).status_code == 404
    assert post("/v1/contacts/search.csv", json={**body, "cursor": "x"}).status_code == 422
    assert post("/v1/contacts/search.csv", json={**body, "edges_key": "links"}).status_code in (400, 422)
    assert get("/v1/contacts/search.csv").headers["allow"] == "POST"


def test_participants_in_a_cell_can_be_sent_again(world: Any) -> None:
    rows = rows_of(world.client.get("/v1/contacts.csv?status=any&kind=call,mission,mediation"))
    for number, row in enumerate(rows):
        body = {
            "kind": row["kind"],
            "when": row["when"] or None,
            "participants": json.loads(row["participants_json"]),
            "accounts": [{"source": "press-report-2021-05-12"}],
            "identifiers": [{"scheme": "again", "value": str(number)}],
        }
        made = world.client.post("/v1/contacts", json=body, headers=world.keys["write"])
        assert made.status_code == 201, made.text
        before = world.client.get(row["contact"]).json()["participants"]
        assert made.json()["participants"] == before
    assert {row["kind"] for row in rows} == {"call", "mission", "mediation"}


def test_filters_sort_limit_and_known_at_hold(world: Any) -> None:
    get = world.client.get
    asked = "between=joe-biden,benjamin-netanyahu&kind=call"
    assert [row["kind"] for row in rows_of(get(f"/v1/contacts.csv?{asked}"))] == ["call"]
    few = get("/v1/contacts.csv?sort=recorded&limit=2")
    assert (len(rows_of(few)), few.headers["readout-records"], few.headers["readout-truncated"]) == (2, "2", "limit")
    everything = rows_of(get("/v1/contacts.csv?sort=recorded&limit=5000"))
    assert everything[:2] == rows_of(few)
    before = get("/v1/contacts?limit=1").headers["last-modified"]
    assert before == get("/v1/contacts.csv").headers["last-modified"]
    made = world.client.post(
        "/v1/contacts",
        headers=world.writer,
        json={
            "kind": "call",
            "when": "2021-05-16",
            "participants": [{"actor": "antony-blinken"}, {"actor": "iso3:QAT"}],
            "accounts": [{"source": "press-report-2021-05-12"}],
        },
    ).json()
    assert made["id"] in {row["id"] for row in rows_of(get("/v1/contacts.csv"))}
    then = made["recorded_at"]
    shown = rows_of(get("/v1/contacts.csv", params={"known_at": then}))
    assert (made["id"] in {row["id"] for row in shown}, len(shown)) == (False, len(everything))
    late = get("/v1/contacts.csv?known_at=2999-01-01")
    assert (late.status_code, late.json()["errors"][0]["parameter"]) == (400, "known_at")


def test_include_shows_in_ndjson(shared_world: Any) -> None:
    (call,) = lines_of(shared_world.client.get("/v1/contacts.ndjson?kind=call&include=accounts,commitments"))
    assert len(call["accounts"]) == 3
    assert call["commitments"]


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("text/csv", "text/csv"),
        ("application/jsonl", "application/x-ndjson"),
        ("application/json;q=0.2, application/gexf+xml", "application/gexf+xml"),
        ("application/json, text/csv;q=0.5", "application/json"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
        ("*/*", "application/json"),
        ("image/png", "application/problem+json"),
        ("text/csv;q=0", "application/problem+json"),
    ],
)
def test_accept_chooses_the_format(shared_world: Any, accept: str, media: str) -> None:
    for path in ("/v1/edges", "/v1/actors/iso3:USA/counterparts", "/v1/matrix"):
        answer = shared_world.client.get(path, headers={"Accept": accept})
        assert answer.headers["content-type"].partition(";")[0] == media
        assert "accept" in answer.headers["vary"].lower()
        assert answer.status_code == (406 if "problem" in media else 200)


def test_the_end_of_the_address_wins(shared_world: Any) -> None:
    json_wanted = {"Accept": "application/json"}
    assert shared_world.client.get("/v1/edges.csv", headers=json_wanted).headers["content-type"].startswith("text/csv")
    answer = shared_world.client.get("/v1/edges.json?limit=1", headers={"Accept": "text/csv"})
    assert answer.json()["links"]["self"] == "http://testserver/v1/edges.json?limit=1"


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/v1/contacts.xlsx", 404, "It comes as: json, ndjson, csv"),
        ("/v1/timeline.gexf", 404, "It comes as"),
        ("/v1/participants.json", 404, "It comes as: ndjson, csv"),
        ("/v1/contacts.csv?cursor=abc", 400, "no such parameter"),
        ("/v1/contacts.csv?bom=true", 400, "bom is no option of CSV"),
        ("/v1/edges.csv?edges_key=links", 400, "edges_key is no option of CSV"),
        ("/v1/contacts.csv?limit=0", 400, "1"),
        ("/v1/contacts.csv?actor=joe-bidden", 400, "Nearest: joe-biden"),
        ("/v1/contacts.csv?nonsense=1", 400, "no such parameter"),
        ("/v1/actors/nobody/counterparts.csv", 404, "no such actor"),
        ("/v1/graph.gexf", 400, "needed"),
        ("/v1/contacts.csv%00", 404, ""),
    ],
)
def test_what_cannot_be_is_refused_before_a_byte(shared_world: Any, path: str, status: int, said: str) -> None:
    answer = shared_world.client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert said in answer.json()["detail"]


def test_options_of_formats(shared_world: Any) -> None:
    get = shared_world.client.get
    assert get("/v1/edges.safe.csv?bom=true").content.startswith(b'\xef\xbb\xbf"contact_id"')
    assert "links" in get("/v1/edges.node-link.json?edges_key=links").json()


def test_feed_and_calendar_have_defaults_of_their_own(world: Any) -> None:
    def record(when: str) -> None:
        body = {"kind": "meeting", "when": when, "participants": [{"actor": "antony-blinken"}, {"actor": "iso3:QAT"}]}
        body |= {"accounts": [{"source": "press-report-2021-05-12", "stance": "announces"}]}
        assert world.client.post("/v1/contacts", headers=world.writer, json=body).status_code == 201

    record("2031-05-16")
    calendar = world.client.get("/v1/contacts.ics").text
    assert calendar.count("BEGIN:VEVENT") == 1
    assert "DTSTART;VALUE=DATE:20310516" in calendar
    assert "BEGIN:VEVENT" not in world.client.get("/v1/contacts.ics?kind=summons").text
    feed = world.client.get("/v1/contacts.atom?status=any").text
    assert feed.index("2031-05-16") < feed.index("2021-05-12")


def test_reads_need_a_key_where_reads_do(cluster: Any, world_template: str) -> None:
    with cluster.database(world_template) as name, serving(cluster, name, Settings(public_read=False)) as guarded:
        for source, form in PAIRS[::5]:
            there = address(source.table, form.suffix)
            assert guarded.client.get(there).status_code == 401
            assert guarded.client.get(there, headers=guarded.keys["read"]).status_code == 200


def test_more_than_the_operator_allows_is_refused_or_cut_knowingly(cluster: Any, world_template: str) -> None:
    with cluster.database(world_template) as name, serving(cluster, name, Settings(export_records=5)) as small:
        answer = small.client.get("/v1/contacts.csv")
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "too_many_records")
        assert "5 contacts" in answer.json()["detail"]
        assert len(rows_of(small.client.get("/v1/contacts.csv?limit=5"))) == 5
        assert len(rows_of(small.client.get("/v1/contacts.csv?kind=mediation"))) == 3
        assert small.client.get("/v1/contacts.csv?limit=6").status_code == 400


def test_without_pyarrow_parquet_is_not_acceptable(shared_world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # What Python itself takes for a module that is not installed.
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    answer = shared_world.client.get("/v1/edges.parquet")
    assert answer.status_code == 406
    assert "`parquet`" in answer.json()["detail"]


def test_every_format_is_told_in_the_contract(contract: dict[str, Any]) -> None:
    for source in SOURCES:
        told = contract["paths"][f"/v1{source.path}.{{format}}"]["get"]
        for form in formats_of(source.table).values():
            assert form.cannot in told["description"]
            assert form.media_type in told["responses"]["200"]["content"]
    assert {form.suffix for form in FORMATS} <= {suffix for source in SOURCES for suffix in formats_of(source.table)}
