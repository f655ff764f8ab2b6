"""Every format is read back by the tool it is for and holds what it was given; ten thousand names stay themselves."""

import csv
import io
import json
import re
import unicodedata
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from typing import Any

import networkx
import pandas
import pyarrow.parquet
import pytest

from formats.csv import guarded, unguarded
from formats.registry import FORMATS, formats_of
from formats.shapes import CHUNK_BYTES, About, Content, Format, Options
from formats.tables import BY_NAME, TABLES
from formats.xml_text import FORBIDDEN
from tests.formats.fuzzed import (
    NAMES,
    PROSE_ONLY,
    TRICKS,
    actor,
    content_of,
    edge,
    names,
    rows_of,
    shown,
    storable,
    written,
)


@pytest.fixture(scope="module")
def fuzzed() -> list[str]:
    return names()


@pytest.fixture(scope="module")
def edges(fuzzed: list[str]) -> Content:
    records = [edge(number, name) for number, name in enumerate(fuzzed, start=1)]
    actors = [actor(0, "Everybody"), *(actor(number, name) for number, name in enumerate(fuzzed, start=1))]
    return content_of("edges", records, actors)


def test_the_names_are_as_nasty_as_they_should_be(fuzzed: list[str]) -> None:
    assert len(fuzzed) == NAMES
    assert sum(computed(name) for name in fuzzed) > 500
    assert sum(bool(FORBIDDEN.search(name)) for name in fuzzed) > 50
    assert not any(storable(name) for name in (*PROSE_ONLY[:7], "a\x00b", "\ud800"))


def test_names_come_back_from_csv(fuzzed: list[str], edges: Content) -> None:
    rows = rows_of(written("csv", edges))
    assert [row["target_name"] for row in rows] == fuzzed
    assert list(rows[0]) == [column.name for column in BY_NAME["edges"].columns]
    read = pandas.read_csv(io.BytesIO(written("csv", edges)), dtype=str, keep_default_na=False)
    assert list(read["target_name"]) == fuzzed


def computed(cell: str) -> bool:
    """Whether a spreadsheet might compute a cell: after what does not show comes one of its signs."""
    unseen = {character for character in cell if unicodedata.category(character)[0] in "ZC"}
    return cell[:1] in ("\t", "\r", "\n") or cell.lstrip("".join(unseen))[:1] in tuple("=+-@|%＝＋－＠")


def test_no_cell_of_the_spreadsheet_csv_is_a_formula(fuzzed: list[str], edges: Content) -> None:
    data = written("safe.csv", edges, bom=True)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = rows_of(data.removeprefix(b"\xef\xbb\xbf"))
    cells = [cell for row in rows for cell in row.values()]
    assert [cell for cell in cells if computed(cell)] == []
    assert any(computed(name) for name in fuzzed)
    assert [unguarded(row["target_name"]) for row in rows] == fuzzed


def test_prose_is_guarded_too_and_comes_back() -> None:
    for text in (*PROSE_ONLY, *TRICKS, "plain", "it's", " plain"):
        assert not computed(guarded(text)), ascii(text)
        assert unguarded(guarded(text)) == text


def test_names_come_back_from_ndjson_and_json(fuzzed: list[str], edges: Content) -> None:
    lines = written("ndjson", edges).decode().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line)["target_name"] for line in lines] == fuzzed
    graph = networkx.node_link_graph(json.loads(written("node-link.json", edges)), edges="edges")
    assert [graph.nodes[f"act_{n:x}"]["label"] for n in range(1, NAMES + 1)] == fuzzed
    drawn = networkx.cytoscape_graph(json.loads(written("cyjs", edges)))
    assert [drawn.nodes[f"act_{n:x}"]["name"] for n in range(1, NAMES + 1)] == fuzzed


def test_names_come_back_from_graphml_and_gexf(fuzzed: list[str], edges: Content) -> None:
    graph = networkx.read_graphml(io.BytesIO(written("graphml", edges)))
    assert graph.number_of_edges() == NAMES
    assert [graph.nodes[f"act_{n:x}"]["label"] for n in range(1, NAMES + 1)] == list(map(shown, fuzzed))
    drawn = networkx.read_gexf(io.BytesIO(written("gexf", edges)), version="1.3")
    assert drawn.number_of_edges() == NAMES
    assert [drawn.nodes[f"act_{n:x}"]["label"] for n in range(1, NAMES + 1)] == list(map(shown, fuzzed))


def test_names_come_back_from_parquet(fuzzed: list[str], edges: Content) -> None:
    table = pyarrow.parquet.read_table(io.BytesIO(written("parquet", edges)))
    assert table.column("target_name").to_pylist() == fuzzed
    assert {str(table.schema.field(name).type) for name in ("earliest", "latest")} == {"timestamp[us]"}
    assert table.schema.metadata[b"readout.graph_version"] == b"7"


def test_names_come_back_from_cameo_rows(fuzzed: list[str], edges: Content) -> None:
    rows = rows_of(written("cameo.csv", edges))
    assert [row["target_name"] for row in rows] == fuzzed
    assert {row["cameo_code"] for row in rows} == {"041"}


def test_half_a_surrogate_pair_does_not_break_a_format() -> None:
    content = content_of("edges", [edge(1, "x")], [actor(0, "y"), actor(1, "x")])
    broken = content_of("edges", [{**edge(1, "x"), "target_name": "\ud800x"}], [actor(0, "\udfff"), actor(1, "x")])
    for form in formats_of("edges").values():
        if form.suffix != "parquet":
            assert len(b"".join(form.write(broken, Options()))) >= len(b"".join(form.write(content, Options()))) - 4


def test_pieces_are_neither_small_nor_large(edges: Content) -> None:
    for suffix in ("csv", "ndjson", "graphml", "gexf", "cyjs"):
        pieces = list(formats_of("edges")[suffix].write(edges, Options()))
        assert len(pieces) > 5
        assert max(map(len, pieces)) < 4 * CHUNK_BYTES


def test_formats_read_a_list_row_by_row() -> None:
    """Nothing is asked for before it is needed: what is written has been read, and no more than a piece beyond it."""
    for suffix in ("csv", "safe.csv", "ndjson", "graphml", "gexf", "cyjs", "node-link.json", "cameo.csv"):
        read = 0

        def documents() -> Iterator[str]:
            nonlocal read
            for number in range(1, 20_000):
                read += 1
                yield json.dumps(edge(number, f"name {number}"))

        content = Content(BY_NAME["edges"], documents, lambda: ())
        pieces = formats_of("edges")[suffix].write(content, Options())
        next(pieces)
        assert 0 < read < 2_000, suffix


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.suffix)
def test_formats_describe_themselves(form: Format) -> None:
    assert set(form.tables) <= {table.name for table in TABLES}
    assert re.fullmatch(r"[a-z-]+(\.[a-z]+)?", form.suffix)
    assert form.about.endswith(".")
    assert form.cannot.endswith(".")
    assert set(form.options) <= {"bom", "edges_key"}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_an_empty_list_is_a_valid_file(table: Any) -> None:
    empty = Content(table, lambda: (), lambda: (), About("nothing"))
    for form in formats_of(table.name).values():
        data = b"".join(form.write(empty, Options()))
        if "xml" in form.media_type:
            ElementTree.fromstring(data)
        elif form.media_type.endswith("json") and form.media_type != "application/x-ndjson":
            json.loads(data)
        elif form.media_type == "text/csv":
            assert len(list(csv.reader(io.StringIO(data.decode())))) == 1


def test_columns_have_names_of_their_own() -> None:
    for table in TABLES:
        names = [column.name for column in table.columns]
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[a-z_]+", name) for name in names)
        assert all(column.about.endswith(".") for column in table.columns)
