"""docs/notebooks.md and docs/dashboards.md: cells show what stands there when pasted; each address is answered."""

import code
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from db.engine import Database
from models.settings import Settings
from tests.api.conftest import World
from tests.house.test_readme import BLOCK, SHOWN_AT, pasted

pytestmark = pytest.mark.door
DOCS = Path(__file__).resolve().parents[2] / "docs"
ADDRESS = re.compile(r"(?:http://127\.0\.0\.1:8000|`)(/v1/[^\s`\")]+)")


def test_cells_show_what_stands_there(shared_world: World, serve: Callable[[Any], str]) -> None:
    database = Database(shared_world.database.url)
    address = serve(create_app(Settings(), database))
    blocks = BLOCK.findall((DOCS / "notebooks.md").read_text(encoding="utf-8").replace(SHOWN_AT, address))
    assert len(blocks) == 5
    console = code.InteractiveConsole()
    for block, shown in blocks:
        assert pasted(console, block) == shown, block
    database.close()


def test_every_address_of_the_dashboards_is_answered(shared_world: World) -> None:
    written = (DOCS / "dashboards.md").read_text(encoding="utf-8")
    addresses = set(ADDRESS.findall(written))
    assert len(addresses) >= 14
    for address in addresses - {"/v1/grafana/…"}:
        answer = shared_world.client.get(address)
        assert answer.status_code == 200, f"{address}: {answer.text}"
        assert len(answer.content) > 100, address
