"""docs/evidence.md: each request it shows is sent, in order, and the answer holds what it says."""

from pathlib import Path
from typing import Any

from db.records import Author, commit
from db.seed import load_world
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
    assert shown.body is None or holds(answer.json(), shown.body), f"{first}: {answer.text}"


def test_requests_of_the_page_are_answered_as_it_shows(cluster: Any, template: str) -> None:
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) >= 12
    with template_of_evidence(cluster, template) as name, serving_evidence(cluster, name) as world:
        with world.database.session() as session:
            load_world(session)
            commit(session, Author())
        for block in blocks:
            exchange(world, block)


def test_what_was_proposed_and_merged_can_be_undone(cluster: Any, template: str) -> None:
    """The pair of the fixture is what it was: two records, proposed again, each with the word of one capital."""
    with template_of_evidence(cluster, template) as name, serving_evidence(cluster, name) as world:
        paths = [f"/v1/contacts/example:evidence%2F{number}" for number in (7, 8)]
        before = [world.client.get(path).json() for path in paths]
        asked = "/v1/duplicates?actor=ruritania&from=2020&to=2020"
        proposed = world.client.get(asked).json()["items"]
        assert [[one["id"] for one in pair["contacts"]] for pair in proposed] == [[one["id"] for one in before]]
        assert [one["status"] for one in before] == ["acknowledged", "acknowledged"]
        headers = {**world.writer, "If-Match": "*", "Readout-Reason": "One call"}
        merged = world.client.post(f"{paths[1]}/merge", json={"into": before[0]["id"]}, headers=headers)
        assert (merged.status_code, merged.json()["status"]) == (200, "confirmed")
        undone = world.client.post(f"/v1/contacts/{before[1]['id']}/unmerge", headers=headers)
        assert undone.status_code == 200, undone.text
        after = [world.client.get(path).json() for path in paths]
        moving = {"version", "changed_at"}
        assert [{k: v for k, v in one.items() if k not in moving} for one in after] == [
            {k: v for k, v in one.items() if k not in moving} for one in before
        ]
        assert world.client.get(asked).json()["items"] == proposed
