"""The map of the code names every module, and nothing that is not there."""

import re
from pathlib import Path

import pytest

from db.edges import LADDER_LOCK
from db.records import REVISION_LOCK
from db.upkeep import START_LOCK

ROOT = Path(__file__).resolve().parents[2]
MAP = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGES = ("api", "models", "db", "graph", "formats", "importers")


def section(package: str) -> str:
    """The part of the map about one package."""
    found = re.search(rf"^### `{package}/`.*?(?=^##)", MAP, re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_is_on_the_map(package: str) -> None:
    there = {path.name for path in (ROOT / package).glob("*.py")} - {"__init__.py"}
    named = set(re.findall(r"`(\w+\.py)`", section(package)))
    assert there - named == set(), "not on the map"
    assert named - there == set(), "on the map only"


@pytest.mark.parametrize("number", [LADDER_LOCK, REVISION_LOCK, START_LOCK])
def test_locks_are_on_the_map_by_their_numbers(number: int) -> None:
    assert str(number) in MAP


def test_decisions_are_dated_and_short() -> None:
    text = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    entries = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert len(entries) >= 15
    for entry in entries:
        assert re.match(r"\d{4}-\d\d-\d\d · \S", entry), entry.splitlines()[0]
        assert len(entry.split()) <= 250, entry.splitlines()[0]
