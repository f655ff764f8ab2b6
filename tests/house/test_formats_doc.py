"""docs/formats.md: each format and each column stands there as the code has it, and each request is answered."""

import re
from pathlib import Path

import httpx
import pytest

from api.export_sources import SOURCES
from formats.registry import FORMATS, formats_of
from formats.tables import TABLES
from models.settings import Settings
from tests.places import folder
from tests.serving import serving

PAGE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
REQUEST = re.compile(r"^GET (/v1/\S+)$", re.MULTILINE)


def formats_table() -> str:
    rows = [
        f"| {one.name} | `.{one.suffix}` | {', '.join(one.tables)} | {one.about} | {one.cannot} |" for one in FORMATS
    ]
    return "\n".join(["| format | suffix | lists | what for | what it cannot carry |", "|---|---|---|---|---|", *rows])


def accept_table() -> str:
    rows = [
        f"| `.{one.suffix}` | {', '.join(f'`{media}`' for media in one.accepted_as)} |"
        for one in FORMATS
        if one.accepted_as
    ]
    return "\n".join(["| as | `Accept` |", "|---|---|", *rows])


def columns_table(name: str) -> str:
    table = next(table for table in TABLES if table.name == name)
    rows = [f"| `{column.name}` | {column.kind} | {column.about} |" for column in table.columns]
    return "\n".join([f"Left out: {table.cannot}", "", "| column | type | meaning |", "|---|---|---|", *rows])


def generated() -> list[str]:
    return [formats_table(), accept_table(), *(columns_table(table.name) for table in TABLES)]


def test_formats_and_columns_stand_there_as_they_are() -> None:
    written = PAGE.read_text(encoding="utf-8")
    for part in generated():
        assert part in written, f"put this into docs/formats.md:\n{part}"


def test_settings_of_exports_are_told() -> None:
    written = PAGE.read_text(encoding="utf-8")
    for name in Settings.model_fields:
        if name.startswith("export_"):
            assert f"`READOUT_{name.upper()}`" in written, name


@pytest.mark.long
def test_every_format_has_a_request_that_is_answered() -> None:
    requests = REQUEST.findall(PAGE.read_text(encoding="utf-8"))
    asked = {path.partition("?")[0].rpartition("/")[2].partition(".")[2] for path in requests}
    assert {one.suffix for one in FORMATS} <= asked
    with folder() as place, serving(place / "data") as served:
        for path in requests:
            assert httpx.get(served.address + path).status_code == 200, path


def test_every_list_is_told() -> None:
    written = PAGE.read_text(encoding="utf-8")
    for source in SOURCES:
        assert f"### `/v1{source.path}.csv`" in written
        assert formats_of(source.table)
