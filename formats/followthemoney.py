"""FollowTheMoney entities, for Aleph, OpenAleph, yente and OpenSanctions' tools."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from formats.shapes import Content, Document, Format, Options, in_chunks

SCHEMATA: Final[Mapping[str, str]] = {
    "person": "Person",
    "office": "LegalEntity",
    "organisation": "Organization",
    "state": "PublicBody",
    "group": "LegalEntity",
}
"""An Event involves legal entities only, so that an office cannot be a Position here."""
PLAIN: Final = re.compile(r"(\d{4}(?:-\d\d(?:-\d\d)?)?)[~?%]?")
SPAN: Final = re.compile(rf"{PLAIN.pattern}/{PLAIN.pattern}")
INSTANT: Final = re.compile(r"(\d{4}-\d\d-\d\d)T.*")


def write(content: Content, _: Options) -> Iterator[bytes]:
    """Yields entities, one a line: the actors, then an Event for each contact."""
    return in_chunks(f"{json.dumps(entity, ensure_ascii=False)}\n" for entity in _entities(content))


def _entities(content: Content) -> Iterator[dict[str, Any]]:
    for actor in map(json.loads, content.actors()):
        yield actor_entity(actor)
    for contact in content.records():
        yield event_entity(contact, content.about.host)


def actor_entity(actor: Document) -> dict[str, Any]:
    """Returns an actor as an entity."""
    known = {one["scheme"]: one["value"] for one in actor.get("identifiers", ())}
    properties = {
        "name": actor["name"],
        "wikidataId": known.get("wikidata"),
        "country": known["iso2"].lower() if actor["kind"] == "state" and "iso2" in known else None,
        "classification": actor["kind"] if actor["kind"] in ("office", "group") else None,
    }
    return _entity(actor["id"], SCHEMATA[actor["kind"]], properties)


def event_entity(contact: Document, host: str = "") -> dict[str, Any]:
    """Returns a contact as an Event."""
    people = contact["participants"]
    names = ", ".join(one["actor"]["name"] for one in people)
    properties = {
        "name": f"{contact['kind'].capitalize()}: {names}",
        **dates_of(contact["when"]),
        "summary": contact["summary"],
        "description": f"Status {contact['status']}; date {contact['when'] or 'unknown'} (EDTF).",
        "location": contact["place"],
        "keywords": [topic["label"] for topic in contact["topics"]],
        "involved": [_id(one["actor"]["id"]) for one in people],
        "organizer": [_id(one["actor"]["id"]) for one in people if one["initiator"]],
        "recordId": contact["id"],
        "sourceUrl": host + contact["links"]["self"] if host else None,
        "modifiedAt": contact["changed_at"][:10],
    }
    return _entity(contact["id"], "Event", properties)


def dates_of(when: str | None) -> dict[str, str]:
    """Returns the dates that FollowTheMoney can hold: of a day, month, year, or a span throughout; else none."""
    text = when or ""
    if (span := SPAN.fullmatch(text)) is not None:
        return {"startDate": span[1], "endDate": span[2]}
    plain = PLAIN.fullmatch(text) or INSTANT.fullmatch(text)
    return {} if plain is None else {"date": plain[1]}


def _entity(number: str, schema: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    listed = {name: value if isinstance(value, list) else [value] for name, value in properties.items() if value}
    return {"id": _id(number), "schema": schema, "properties": listed}


def _id(number: str) -> str:
    # Ids of entities hold no underscore.
    return number.replace("_", "-")


FORMAT: Final = Format(
    name="FollowTheMoney entities",
    suffix="ftm.json",
    media_type="application/x-ndjson",
    tables=("contacts",),
    about="Aleph, OpenAleph and the tools of OpenSanctions (`ftm`): actors and an Event for each contact, one entity "
    "a line.",
    cannot="Roles, capacities, sides and ranks of participants; accounts, and status but in words. That an office "
    "is a post: an Event takes legal entities only. Dates that are some time within, or of which an end is unknown, "
    "other than as text in `description`.",
    write=write,
    actors=True,
    example='{"id": "con-5f3a91b2", "schema": "Event", "properties": {"date": ["2021-05-12"]}}\n',
)
