"""Every list that comes in pages: where it is, and how something is added to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.api.bodies import BODIES, fresh


@dataclass(frozen=True)
class Listed:
    """One list, and how it grows.

    Attributes:
        address: of the list.
        made_at: where something is made that the list then holds.
        other: a filter that the list takes.
        item: what identifies an item.
    """

    address: str
    made_at: str
    other: str
    item: tuple[str, ...] = ("id",)


LISTS = {
    "list_contacts": Listed("/v1/contacts", "contacts", "kind=call"),
    "list_edges": Listed("/v1/edges", "contacts", "kind=call", ("contact_id", "source_id", "target_id")),
    "list_counterparts": Listed("/v1/actors/hamas/counterparts", "contacts", "kind=call", ("alter",)),
    "list_ties": Listed("/v1/ties", "contacts", "kind=call", ("ego", "alter")),
    "list_actors": Listed("/v1/actors", "actors", "kind=person"),
    "list_sources": Listed("/v1/sources", "sources", "kind=readout"),
    "list_topics": Listed("/v1/topics", "topics", "broader=military"),
    "list_episodes": Listed("/v1/episodes", "episodes", ""),
    "list_affiliations": Listed("/v1/affiliations", "actors/hamas/affiliations", "actor=hamas"),
    "list_designations": Listed("/v1/designations", "actors/hamas/designations", "actor=hamas"),
    "list_actor_affiliations": Listed(
        "/v1/actors/hamas/affiliations", "actors/hamas/affiliations", "relation=member_of"
    ),
    "list_actor_designations": Listed("/v1/actors/hamas/designations", "actors/hamas/designations", "list=List"),
    "list_coverage": Listed("/v1/coverage", "coverage", "publisher=white-house"),
    "list_commitments": Listed("/v1/commitments", "contacts", "state=open"),
    "list_dismissals": Listed("/v1/dismissals", "dismissals", "of=actors"),
    "list_keys": Listed("/v1/keys", "keys", ""),
}


HISTORIES = {
    f"list_{noun}_history"
    for noun in (
        *("actor", "affiliation", "commitment", "contact", "coverage", "designation", "dismissal", "episode"),
        *("source", "topic"),
    )
}
"""They grow by changes of one record, not by further records: tests/api/test_history.py walks them."""
RANKED = {"list_duplicates", "list_actor_duplicates"}
"""Pairs by their score: tests/api/test_duplicates.py and test_actor_duplicates.py walk them."""


class Grown:
    """A world that holds some of everything, and takes more."""

    def __init__(self, world: Any) -> None:
        self.world, self.number = world, 0
        self.headers = world.keys["admin"]

    def get(self, address: str, **headers: str) -> Any:
        """Sends a question."""
        return self.world.client.get(address, headers={**self.headers, **headers})

    def add(self, listed: Listed) -> None:
        """Makes one more of what a list holds; it may stand anywhere in the list."""
        self.number += 1
        noun = listed.made_at.rpartition("/")[2].removesuffix("s")
        self.send(f"/v1/{listed.made_at}", self.contact() if noun == "contact" else self.body(noun))

    def send(self, address: str, body: Any) -> Any:
        """Makes something and returns it."""
        answer = self.world.client.post(address, json=body, headers=self.headers)
        assert answer.status_code == 201, f"{address}: {answer.text}"
        return answer.json()

    def body(self, noun: str) -> Any:
        """Returns a body in which what a list is sorted by is now near its beginning, now near its end."""
        body = fresh(BODIES[f"create_{noun}"], self.number)
        ahead = "a" if self.number % 2 else "z"
        if "slug" in body:
            body["slug"] = f"{ahead}-{self.number}"
        if noun == "actor":
            body |= {"name": f"{ahead} {self.number}", "kind": "person", "organisation_type": None}
            body["identifiers"] = [{"scheme": "grown", "value": f"{self.number}"}]
        if noun == "affiliation":
            body |= {"relation": "member_of", "target": "arab-league"}
        return body

    def contact(self) -> Any:
        """Returns a contact with somebody new, now before and now after the others."""
        made = self.send("/v1/actors", self.body("actor"))
        return {
            "kind": "call",
            "when": f"{1950 if self.number % 2 else 2022}-01-{self.number % 28 + 1:02}",
            "participants": [{"actor": made["id"]}, {"actor": "hamas"}],
            "accounts": [{"source": "press-report-2021-05-12"}],
            "commitments": [{"text": "To speak.", "by": ["hamas"], "due": "1950" if self.number % 2 else None}],
        }


def identity(listed: Listed, item: Any) -> tuple[str, ...]:
    """Returns what tells an item from the others of its list."""
    return tuple(str(item[name]["id"] if isinstance(item[name], dict) else item[name]) for name in listed.item)


def walk(grown: Grown, listed: Listed, limit: int, **headers: str) -> Iterator[Any]:
    """Returns one page after the other."""
    following: str | None = f"{listed.address}?limit={limit}"
    while following:
        answer = grown.get(following, **headers)
        assert answer.status_code == 200, f"{following}: {answer.text}"
        page = answer.json()
        yield page
        following = page["links"].get("next")
