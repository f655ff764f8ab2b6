"""docs/api.md: each request it shows is sent, in order, and the answer holds what it says."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.places import folder
from tests.serving import Served, serving

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"
BLOCK = re.compile(r"^```http\n(.*?)^```$", re.MULTILINE | re.DOTALL)
STATUS = re.compile(r"^(\d{3})\n", re.MULTILINE)
HEADER = re.compile(r"^([\w-]+): (.*)$", re.MULTILINE)


@dataclass
class Message:
    """One half of an exchange: headers and a body of JSON, if any."""

    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None

    @classmethod
    def of(cls, text: str) -> "Message":
        """Reads the lines after the first."""
        head, brace, body = text.partition("{")
        return cls(dict(HEADER.findall(head)), json.loads(brace + body) if brace else None)


def holds(answer: Any, shown: Any) -> bool:
    """Whether an answer has all that is shown of it; lists are shown from their beginning."""
    if isinstance(shown, dict):
        return isinstance(answer, dict) and all(k in answer and holds(answer[k], shown[k]) for k in shown)
    if isinstance(shown, list):
        return len(answer) >= len(shown) and all(holds(a, s) for a, s in zip(answer, shown, strict=False))
    return bool(answer == shown)


def exchange(served: Served, block: str, tag: str) -> httpx.Response:
    """Sends the request of a block and compares the answer."""
    status = STATUS.search(block)
    assert status is not None, block
    first, _, rest = block[: status.start()].replace("<key>", served.key).replace("<ETag>", tag).partition("\n")
    method, address = first.split(" ")
    sent, shown = Message.of(rest), Message.of(block[status.end() :])
    answer = httpx.request(method, served.address + address, headers=sent.headers, json=sent.body)
    assert answer.status_code == int(status[1]), f"{first}: {answer.text}"
    for name, value in shown.headers.items():
        assert answer.headers[name] == value, first
    if shown.body is not None:
        assert holds(answer.json(), shown.body), f"{first}: {answer.text}"
    return answer


def test_requests_of_the_page_are_answered_as_it_shows() -> None:
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) >= 15
    tag = ""
    with folder() as place, serving(place / "data") as served:
        for block in blocks:
            tag = exchange(served, block, tag).headers.get("ETag", tag)


def test_a_wrong_answer_would_be_noticed() -> None:
    assert holds({"a": [{"b": 1, "c": 2}, 3]}, {"a": [{"b": 1}]})
    assert not holds({"a": [{"b": 1}]}, {"a": [{"b": 2}]})
    assert not holds({"a": []}, {"a": [1]})
    assert not holds({}, {"a": None})
