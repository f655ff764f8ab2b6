"""docs/imports.md: pasted block by block it gives what it shows, with a worker that works off what was sent."""

import asyncio
import code
from pathlib import Path

from api.worker import work_off
from tests.api.importing import Importing
from tests.house.test_readme import BLOCK, pasted

PAGE = Path(__file__).resolve().parents[2] / "docs" / "imports.md"


def test_the_page_gives_what_it_shows(jobs: Importing) -> None:
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) == 3
    console = code.InteractiveConsole({"readout": jobs.client, "key": jobs.writer})
    for block, shown in blocks:
        assert pasted(console, block) == shown, block
        asyncio.run(work_off(jobs.database))
