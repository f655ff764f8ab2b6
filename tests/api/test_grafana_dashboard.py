"""The dashboard that comes with the service: each of its queries is answered, with the columns its panels name."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.asking import ask
from tests.api.conftest import World

pytestmark = pytest.mark.door
DASHBOARD = Path(__file__).resolve().parents[2] / "deploy" / "grafana" / "dashboards" / "readout-desk.json"
VALUES = {"actor": "united-states", "level": "state", "__from": "1577836800000", "__to": "1622505600000"}


def queries(value: Any) -> Iterator[dict[str, Any]]:
    """Returns every query of a dashboard: of panels, annotations and variables."""
    if isinstance(value, dict) and "root_selector" in value:
        yield value
        return
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from queries(inner)


def test_every_query_is_answered_with_the_columns_it_names(shared_world: World) -> None:
    asked = list(queries(json.loads(DASHBOARD.read_text(encoding="utf-8"))))
    assert len(asked) == 9
    for query in asked:
        address = query["url"]
        for name, value in VALUES.items():
            address = address.replace(f"${{{name}}}", value)
        assert "$" not in address
        rows = ask(shared_world, address).json()[query["root_selector"]]
        assert rows, address
        assert {column["selector"] for column in query["columns"]} <= set(rows[0]), address
