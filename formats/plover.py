"""PLOVER records: one event with lists of actors and recipients, as JSON lines."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from formats.days import last_day
from formats.shapes import Content, Document, Format, Options, in_chunks
from models.status import HAPPENED

MODES: Final[Mapping[str, str | None]] = {
    "call": "phone",
    "conversation": None,
    "meeting": None,
    "visit": "visit",
    "mission": "visit",
    "negotiation": None,
    "mediation": None,
    "gathering": None,
    "engagement": None,
}
"""The CONSULT mode of each kind. Source: PLOVER 0.8."""
ACTING: Final = frozenset({"visitor", "envoy", "mediator"})
RECEIVING: Final = frozenset({"host", "party"})
PRESENT: Final = frozenset({"venue", "interpreter", "note_taker", "observer"})
CONTEXTS: Final = frozenset(
    {
        *("diplomatic", "military", "economic", "resource", "environment", "health", "disaster", "humanitarian"),
        *("human_security", "human_rights", "rights_freedoms", "democracy", "pro_autocracy", "executive"),
        *("political_institutions", "legislative", "election", "legal", "crime", "corruption", "terrorism"),
        *("intelligence", "cbrn", "cyber", "territory", "peacekeeping", "migration", "asylum", "religion_ethnicity"),
    }
)
"""Topics that are contexts of PLOVER; ours of its own name are left out."""


def write(content: Content, _: Options) -> Iterator[bytes]:
    """Yields one event a line."""
    events = filter(None, map(event_of, content.records()))
    return in_chunks(json.dumps(event, ensure_ascii=False) + "\n" for event in events)


def event_of(contact: Document) -> dict[str, Any] | None:
    """Returns a contact as an event; None where it was no consultation, or nobody says that it took place."""
    kind, planned = contact["kind"], contact["status"] == "planned"
    if kind not in MODES or not (planned or contact["status"] in HAPPENED):
        return None
    actors, recipients = _sides(contact)
    topics = {topic["slug"].replace("-", "_") for topic in contact["topics"]} & CONTEXTS
    if planned or kind in ("negotiation", "mediation"):
        topics.add("diplomatic")
    start, end = contact["earliest"], contact["latest"]
    return {
        "id": contact["id"],
        "date": start and start[:10],
        "date_end": end and last_day(end),
        "event_type": "AGREE" if planned else "CONSULT",
        "event_mode": None if planned else MODES[kind],
        "contexts": sorted(topics),
        "actors": [_actor(one) for one in actors],
        "recipients": [_actor(one) for one in recipients],
        "location": contact["place"],
        "text": contact["summary"],
        "url": contact["links"]["self"],
    }


def _sides(contact: Document) -> tuple[list[Document], list[Document]]:
    """Returns who acts and who receives; all act where neither roles nor an initiator tell."""
    there = [one for one in contact["participants"] if one["role"] not in PRESENT]
    acting = [one for one in there if one["role"] in ACTING]
    if not acting:
        acting = [one for one in there if one["initiator"] and one["role"] not in RECEIVING]
    rest = [one for one in there if one not in acting]
    return (acting, rest) if acting else (there, [])


def _actor(one: Document) -> dict[str, Any]:
    office = one["capacity"] or {}
    return {
        "name": one["actor"]["name"],
        "slug": one["actor"]["slug"],
        "title": office.get("name"),
        "role": one["role"],
    }


FORMAT: Final = Format(
    name="PLOVER records",
    suffix="plover.jsonl",
    media_type="application/x-ndjson",
    tables=("contacts",),
    about="Event-data tools of the PLOVER line: CONSULT events with lists of actors and recipients, one a line.",
    cannot="Messages and summonses, which are no CONSULT. The modes third-party and multilateral, since soil and "
    "convener are not known. Topics that are not contexts of PLOVER. Planned contacts are AGREE; denied, declined, "
    "postponed and cancelled ones are left out. Bounds are days, the last included; an unknown end is null.",
    write=write,
    example='{"id": "con_5f3a91b2", "date": "2021-05-12", "event_type": "CONSULT", "event_mode": "phone"}\n',
)
