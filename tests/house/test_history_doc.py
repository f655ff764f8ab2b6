"""docs/history.md: each request it shows is sent, in order, and the answer holds what it says."""

from pathlib import Path
from typing import Any

from tests.evidence import serving_evidence, template_of_evidence
from tests.house.test_api_doc import BLOCK
from tests.house.test_evidence_doc import exchange

PAGE = Path(__file__).resolve().parents[2] / "docs" / "history.md"


def test_requests_of_the_page_are_answered_as_it_shows(cluster: Any, template: str) -> None:
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) == 6
    with template_of_evidence(cluster, template) as name, serving_evidence(cluster, name) as world:
        for block in blocks:
            exchange(world, block)
