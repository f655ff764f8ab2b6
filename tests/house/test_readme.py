"""The README and the docs: pasted line by line they give what they show, and every link leads somewhere."""

import code
import io
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from typer.core import TyperGroup
from typer.main import get_command

from api.commands import app
from models.settings import Settings
from tests.places import folder
from tests.serving import Served, serving

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
SHOWN_AT = "http://127.0.0.1:8000"
BLOCK = re.compile(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)|<(https?://[^>\s]+)>")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """What `make serve` runs, begun anew."""
    with folder() as place, serving(place / "data") as made:
        yield made


def pasted(console: code.InteractiveConsole, block: str) -> str:
    """What Python shows when the lines of a block are pasted at its prompt."""
    shown = io.StringIO()
    with redirect_stdout(shown), redirect_stderr(shown):
        for line in block.splitlines():
            unfinished = console.push(line)
    assert not unfinished, f"Python still waits for more after:\n{block}"
    return shown.getvalue()


def test_quickstart_gives_what_it_shows_and_again_when_pasted_again(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "WRITE_KEY", served.key)
    blocks = BLOCK.findall(README.replace(SHOWN_AT, served.address))
    assert len(blocks) >= 7
    for _ in range(2):
        console = code.InteractiveConsole()
        for block, shown in blocks:
            assert pasted(console, block) == shown, block
        console.locals["readout"].close()


def test_addresses_in_the_readme_answer(served: Served) -> None:
    addresses = {"".join(found) for found in LINK.findall(README)}
    ours = {address for address in addresses if address.startswith(SHOWN_AT)}
    assert len(ours) >= 5
    for address in ours:
        answer = httpx.get(address.replace(SHOWN_AT, served.address))
        assert answer.status_code == 200, address
        assert answer.json()["items"] if "/v1/" in address else answer.text


def test_addresses_shown_as_text_are_the_ones_linked() -> None:
    pairs = re.findall(rf"\[`([^`]+)`\]\({SHOWN_AT}([^)]+)\)", README)
    assert len(pairs) >= 4
    assert [text for text, address in pairs if text != address] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_relative_links_lead_to_a_file(page: Path) -> None:
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = [found for found, _ in LINK.findall(text) if found and "://" not in found]
    broken = [link for link in links if not (page.parent / unquote(link.partition("#")[0])).exists()]
    assert broken == []


def test_both_commands_are_there() -> None:
    commands = re.findall(r"^make ([a-z-]+)", README, re.MULTILINE)
    assert commands == ["serve", "test"]
    for target in commands:
        planned = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
        assert planned.returncode == 0, planned.stderr
    assert shutil.which("make")


def test_subcommands_named_in_the_readme_are_all_there_are() -> None:
    named = re.search(r"`readout --help` lists the commands: (.*?)\. ", README, re.DOTALL)
    assert named is not None
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    assert sorted(re.findall(r"`([a-z]+)`", named[1])) == sorted(group.commands)


def test_no_variable_of_the_quickstart_looks_like_a_setting() -> None:
    """The command refuses to start beside a READOUT_ variable that it does not know."""
    known = {f"READOUT_{name.upper()}" for name in Settings.model_fields}
    assert set(re.findall(r"READOUT_\w+", README)) <= known
