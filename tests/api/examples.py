"""The examples of the contract, asked of the first world: one answer for each operation."""

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from api.grafana import OF_VARIABLES, ROWS
from graph.registry import QUESTIONS
from models.ids import IdKey
from tests.api.operations import Operation, Stage, operations

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "api" / "examples.json"
SNAPSHOT = ROOT / "docs" / "openapi.json"
KEY = IdKey(1103515245, 1664525)
"""Another key would give other ids in every database; in the examples they are always the same."""
WHEN = "2021-05-13T09:00:00+00:00"
TODAY = date(2021, 6, 1)
ID = re.compile(r"(?<![0-9a-z])([a-z]{3})_([0-9a-f]{1,16})(?![0-9a-z_])")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:]+\.\d+(Z|\+00:00)")
SALTED = re.compile(r"(?<=WyJiZmFlMmY1MzU5NTk5NjQzIiwxLDAsI)[\w-]+")
"""The end of a cursor of the feed, which holds what chains history: salts make it another in every database."""
NUMBERED = re.compile(r"\b(a-readout|ministry-of-tests|tests)-\d+")
PATHS = {
    "search_actors": "/v1/actors/search?q=%D0%9D%D0%B5%D1%82%D0%B0%D0%BD%D1%8C%D1%8F%D1%85%D1%83",
    "list_contacts": "/v1/contacts?between=joe-biden,benjamin-netanyahu",
    "list_edges": "/v1/edges?between=joe-biden,benjamin-netanyahu",
    "list_counterparts": "/v1/actors/joe-biden/counterparts?limit=1",
    "list_actors": "/v1/actors?kind=person&limit=1",
    "list_actor_designations": "/v1/actors/hamas/designations",
    "list_affiliations": "/v1/affiliations?relation=controls",
    "list_actor_affiliations": "/v1/actors/joe-biden/affiliations?limit=1",
    "get_contact": "/v1/contacts/example:first-world%2F1?include=accounts,commitments",
    "get_actor": "/v1/actors/iso3:ISR",
    "get_source": "/v1/sources/white-house-readout-2021-05-12",
    "get_topic": "/v1/topics/military",
    "get_episode": "/v1/episodes/gaza-may-2021",
    "list_ties": "/v1/ties?level=state&limit=2",
    "get_tie": "/v1/ties/iso3:USA/iso3:ISR?level=state&include=rhythm&to=2021-05-31",
    **{question.name: question.example for question in (*QUESTIONS, *ROWS)},
    OF_VARIABLES.name: OF_VARIABLES.example,
    "export_graph": "/v1/graph.csv?actor=joe-biden",
}
SHORT = {
    "list_changes",
    "list_contact_history",
    "list_sources",
    "list_topics",
    "list_episodes",
    "list_designations",
    "list_coverage",
    "list_dismissals",
    "list_keys",
    "list_imports",
}
SEARCH = {"between": ["joe-biden", "benjamin-netanyahu"], "kind": ["call"], "limit": 1}


def asked(stage: Stage, contract: dict[str, Any]) -> dict[str, Any]:
    """Returns a body, where one is sent, and the answer of every operation; reads come before writes."""
    made: dict[str, Any] = {}
    for operation in sorted(operations(contract), key=lambda one: one.writes):
        body = SEARCH if operation.name == "search_contacts" else stage.body(operation)
        path = PATHS.get(operation.name) or stage.path(operation)
        answer = stage.send(operation, json=body, path=f"{path}?limit=1" if operation.name in SHORT else path)
        assert answer.status_code < 300, f"{operation.name}: {answer.text}"
        kept = {} if body is None else {"request": settled(body, stage)}
        if answer.headers.get("content-type") == "application/json":
            kept["response"] = settled(answer.json(), stage)
        made[operation.name] = kept
    return dict(sorted(made.items()))


def settled(value: Any, stage: Stage) -> Any:
    """Returns an answer without what differs from run to run: instants, ids, secrets, today."""
    if isinstance(value, list):
        return [settled(inner, stage) for inner in value]
    if isinstance(value, str):
        return settled_text(value, stage)
    if not isinstance(value, dict):
        return value
    now = datetime.now(UTC).date()
    if set(value) == {"at_least", "at_most", "as_of"} and value["as_of"] == now.isoformat():
        past = (now - TODAY).days
        days = {name: value[name] and value[name] - past for name in ("at_least", "at_most")}
        return {**days, "as_of": TODAY.isoformat()}
    members = {**value, **({"request_id": "5f3a91b2c4d60718"} if value.get("request_id") else {})}
    return {name: settled(inner, stage) for name, inner in members.items()}


def settled_text(value: str, stage: Stage) -> str:
    """Returns one text of an answer as it is in every run."""
    if value.startswith("ro_"):
        return "ro_5f3a91b2c4d6_EXAMPLE"
    if INSTANT.fullmatch(value):
        return WHEN
    if value == datetime.now(UTC).date().isoformat():
        return TODAY.isoformat()
    ids = stage.world.database.ids

    def known(match: re.Match[str]) -> str:
        number = ids.decode(match[0], match[1])
        return match[0] if number is None else KEY.encode(match[1], number)

    value = NUMBERED.sub(r"\1", value.replace("http://testserver", "http://127.0.0.1:8000"))
    return ID.sub(known, SALTED.sub("jQxNTQxMzA2MTdhNiJd", value))


def plain(contract: dict[str, Any]) -> dict[str, Any]:
    """Returns the contract without the examples of bodies and answers, which have a file of their own."""
    copy: dict[str, Any] = json.loads(json.dumps(contract))
    for operation in operations(copy):
        bodies = [operation.spec.get("requestBody", {}), *operation.spec["responses"].values()]
        for media in (media for body in bodies for media in body.get("content", {}).values()):
            media.pop("example", None)
    return copy


def laid_out(value: Any, depth: int, indent: str = "") -> str:
    """Returns JSON that is open down to a depth and one line each below: short, and a change shows as a line."""
    if depth == 0 or not isinstance(value, dict | list) or not value:
        return json.dumps(value, ensure_ascii=False)
    inner = indent + " "
    if isinstance(value, list):
        return "[\n" + ",\n".join(f"{inner}{laid_out(one, depth - 1, inner)}" for one in value) + f"\n{indent}]"
    members = (f"{inner}{json.dumps(name)}: {laid_out(one, depth - 1, inner)}" for name, one in value.items())
    return "{\n" + ",\n".join(members) + f"\n{indent}}}"


__all__ = ["EXAMPLES", "SNAPSHOT", "Operation", "asked", "laid_out", "plain"]
