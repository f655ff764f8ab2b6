"""Every operation of the contract as a request that can be sent: enumerated, so that none is forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.api.bodies import BODIES, PATCHED, SLUGGED, fresh

READING_POSTS = {"search_contacts", "export_contact_search"}
ADMIN = {
    *("erase_actor", "erase_contact", "erase_reason", "redact_import"),
    *("list_keys", "get_key", "create_key", "revoke_key", "rotate_key"),
}
UNGUARDED = {"get_root", "get_livez", "get_readyz"}
KNOWN = {
    "format": "csv",
    "actor": "joe-biden",
    "contact": "example:first-world%2F1",
    "ego": "joe-biden",
    "alter": "benjamin-netanyahu",
    "variable": "actors",
}
FOR_WRITERS = {"list_imports", "get_import", "get_import_errors", "listen_to_import"}
"""Reads of what others send in: not for everybody."""
IMPORTED = (
    b'{"kind": "call", "when": "2021-05-12", "participants": [{"actor": "joe-biden"}, '
    b'{"actor": "benjamin-netanyahu"}], '
    b'"accounts": [{"source": {"kind": "press_report", "title": "Call on Wednesday"}}]}\n'
)
ONE_OF: dict[str, dict[str, Any]] = {"list_shuttles": {"actor": "hamas"}, "list_lapsed_ties": {"days": 1}}
"""What an operation asks for that no single parameter says."""
MERGES = ("merge_actor", "merge_contact", "unmerge_actor", "unmerge_contact")
MATCHED = ("/erase", "/restore")
EXAMPLES = {
    "source": "press-report-2021-05-12",
    "topic": "military",
    "episode": "gaza-may-2021",
    "actor": "joe-biden",
}


@dataclass(frozen=True)
class Operation:
    """One operation of the contract."""

    name: str
    method: str
    path: str
    spec: dict[str, Any]

    @property
    def writes(self) -> bool:
        """Whether it changes the record."""
        return self.method != "GET" and self.name not in READING_POSTS

    @property
    def scope(self) -> str | None:
        """What a key needs for it."""
        if self.name in UNGUARDED:
            return None
        return "admin" if self.name in ADMIN else "write" if self.writes or self.name in FOR_WRITERS else "read"

    @property
    def needed(self) -> dict[str, Any]:
        """The parameters it cannot do without, as the contract's examples fill them."""
        wanted = [one for one in self.spec.get("parameters", ()) if one["in"] == "query" and one.get("required")]
        return {one["name"]: one["example"] for one in wanted} | ONE_OF.get(self.name, {})

    @property
    def noun(self) -> str:
        """The noun in its path that an id stands for."""
        return self.path.split("/")[2].removesuffix("s") if "{" in self.path else ""


def operations(contract: dict[str, Any]) -> Iterator[Operation]:
    """Returns every operation of a contract."""
    for path, methods in contract["paths"].items():
        for method, spec in methods.items():
            yield Operation(spec["operationId"], method.upper(), path, spec)


class Stage:
    """A world in which every operation has something to work on."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.headers = {**world.keys["admin"], "Readout-Reason": "test"}
        self.number = 0

    def send(self, operation: Operation, **given: Any) -> Any:
        """Sends an operation on a record of its own, in a way that succeeds unless something else is given."""
        matched = operation.method != "POST" or operation.name in MERGES or operation.path.endswith(MATCHED)
        headers = {**self.headers, **({"If-Match": "*"} if matched else {})}
        wanted = {"json": self.body(operation), "headers": headers, "path": None} | given
        path = wanted.pop("path") or self.path(operation)
        if wanted.get("json") is None:
            wanted.pop("json")
        if operation.name == "create_import" and not {"json", "content"} & wanted.keys():
            wanted |= {"content": IMPORTED, "params": {"format": "ndjson"}}
        return self.world.client.request(operation.method, path, **wanted)

    def body(self, operation: Operation) -> Any:
        """Returns a full body with names of its own, or None."""
        self.number += 1
        return fresh(BODIES[operation.name], self.number) if operation.name in BODIES else None

    def path(self, operation: Operation) -> str:
        """Returns the path with a record in it; one that can be changed where the operation changes it."""
        path = operation.path
        if "{import}" in path:
            return path.replace("{import}", self.imported(cancelled=operation.name != "cancel_import"))
        own = f"{{{operation.noun}}}"
        if (
            path.removesuffix("/history")
            .removesuffix("/erase")
            .removesuffix("/restore")
            .removesuffix("/reason")
            .endswith(own)
            or "{key}" in path
            or operation.name in MERGES
            or (operation.writes and path.startswith("/v1/contacts/{contact}"))
        ):
            made = self.made(operation.noun)
            if operation.name == "delete_ruling":
                ruled = self.world.client.put(
                    f"/v1/contacts/{made['id']}/ruling",
                    json=BODIES["put_ruling"],
                    headers={**self.headers, "If-Match": "*"},
                )
                assert ruled.status_code == 200, ruled.text
            if operation.name.startswith("unmerge"):
                self.merged(operation.noun, made["id"])
            if "{account}" in path:
                path = path.replace("{account}", made["accounts"][0]["id"])
            path = path.replace(own, made["id"]).replace("{key}", made["id"]).replace("{contact}", made["id"])
            if path.endswith("/restore"):
                self.retracted(path.removesuffix("/restore"))
            return path
        for name, value in KNOWN.items():
            path = path.replace(f"{{{name}}}", value)
        return path

    def imported(self, *, cancelled: bool) -> str:
        """Sends a file and returns the import's id; a stream of one that is not over would not end."""
        asked = {"format": "ndjson"}
        made = self.world.client.post("/v1/imports", content=IMPORTED, params=asked, headers=self.headers)
        assert made.status_code == 202, made.text
        number: str = made.json()["id"]
        if cancelled:
            assert self.world.client.post(f"/v1/imports/{number}/cancel", headers=self.headers).status_code == 200
        return number

    def merged(self, noun: str, one: str) -> None:
        """Merges a record into another."""
        answer = self.world.client.post(
            f"/v1/{noun}s/{one}/merge", json=BODIES[f"merge_{noun}"], headers={**self.headers, "If-Match": "*"}
        )
        assert answer.status_code == 200, answer.text

    def retracted(self, address: str) -> None:
        """Takes a record out, or withdraws an account."""
        answer = self.world.client.delete(address, headers={**self.headers, "If-Match": "*"})
        assert answer.status_code in (200, 204), answer.text

    def made(self, noun: str) -> Any:
        """Records something of a noun and returns it."""
        if noun == "commitment":
            return self.made("contact")["commitments"][0]
        if noun == "revision":
            changes = self.world.client.get(f"/v1/topics/{self.made('topic')['id']}/history", headers=self.headers)
            return {"id": str(changes.json()["items"][0]["revision"])}
        self.number += 1
        below = noun in ("affiliation", "designation")
        path = f"/v1/actors/hamas/{noun}s" if below else "/v1/coverage" if noun == "coverage" else f"/v1/{noun}s"
        body = fresh(BODIES[f"create_{noun}"], self.number)
        if noun == "contact":
            body["accounts"] = [{"source": "press-report-2021-05-12"}, {"source": "biden-remarks-2021-05-12"}]
        if noun == "actor":
            body.update(kind="person", organisation_type=None)
        answer = self.world.client.post(path, json=body, headers=self.headers)
        assert answer.status_code == 201, answer.text
        return answer.json()


__all__ = ["ADMIN", "EXAMPLES", "IMPORTED", "PATCHED", "SLUGGED", "Operation", "Stage", "operations"]
