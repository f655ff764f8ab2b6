"""docs/evidence.md: each request it shows is sent, in order, and the answer holds what it says."""

from pathlib import Path
from typing import Any

from tests.api.conftest import World
from tests.evidence import serving_evidence, template_of_evidence
from tests.house.test_api_doc import BLOCK, STATUS, Message, holds

PAGE = Path(__file__).resolve().parents[2] / "docs" / "evidence.md"


def exchange(world: World, block: str) -> None:
    status = STATUS.search(block)
    assert status is not None, block
    first, _, rest = block[: status.start()].partition("\n")
    method, address = first.split(" ")
    sent, shown = Message.of(rest), Message.of(block[status.end() :])
    headers = sent.headers | (world.writer if "Authorization" in sent.headers else {})
    answer = world.client.request(method, address, headers=headers, json=sent.body)
    assert answer.status_code == int(status[1]), f"{first}: {answer.text}"
    assert holds(answer.json(), shown.body), f"{first}: {answer.text}"


def test_requests_of_the_page_are_answered_as_it_shows(cluster: Any, template: str) -> None:
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) >= 12
    with template_of_evidence(cluster, template) as name, serving_evidence(cluster, name) as world:
        for block in blocks:
            exchange(world, block)
