"""A world in which files are sent, and a worker that carries out what was sent when it is told to."""

import asyncio
import csv
import json
from dataclasses import dataclass
from typing import Any

from starlette.testclient import TestClient

from api.worker import work_off
from db.engine import Database

NDJSON = "/v1/imports?format=ndjson"


@dataclass(frozen=True)
class Importing:
    """A service, and its database as a worker has it."""

    client: TestClient
    database: Database
    keys: dict[str, dict[str, str]]

    @property
    def writer(self) -> dict[str, str]:
        """The headers of whoever may write."""
        return self.keys["write"]

    @property
    def admin(self) -> dict[str, str]:
        """The headers of an administrator."""
        return self.keys["admin"]

    def ended(self, sent: Any) -> Any:
        """Carries out what is in the queue, and returns an import that was accepted as it is then."""
        assert sent.status_code == 202, sent.text
        asyncio.run(work_off(self.database))
        return self.client.get(sent.headers["Location"], headers=self.writer).json()

    def errors(self, done: Any) -> list[list[str]]:
        """The refused rows of an import."""
        table = self.client.get(done["links"]["errors"], headers=self.writer).text
        return list(csv.reader(table.splitlines()))[1:]

    def contacts(self) -> int:
        """How many contacts there are, with those of all files that were sent."""
        # Another test may have sent one and left it in the queue.
        asyncio.run(work_off(self.database))
        return int(self.client.get("/v1/status").json()["contacts"])


def send(jobs: Importing, body: bytes, address: str = NDJSON, **headers: str) -> Any:
    """Sends a file as a body."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return jobs.client.post(address, content=body, headers={**jobs.writer, **named})


def line(number: int, *, actor: str = "joe-biden") -> str:
    """A contact with a number of its own."""
    return json.dumps(
        {
            "kind": "call",
            "when": f"2021-05-{1 + number % 28:02}",
            "participants": [{"actor": actor}, {"actor": "benjamin-netanyahu"}],
            "identifiers": [{"scheme": "test", "value": str(number)}],
            "accounts": [{"source": {"kind": "press_report", "title": f"Report {number}"}}],
        }
    )


def lines(*numbers: int, wrong: tuple[int, ...] = ()) -> bytes:
    """Contacts, one to a line; of the wrong ones somebody is unknown."""
    return "\n".join(line(n, actor="nobody-at-all" if n in wrong else "joe-biden") for n in numbers).encode()
