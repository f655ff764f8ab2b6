"""PLOVER events as JSON, one object after the other: to a line, in a list, or spread over lines.

Source of the names of fields: the PLOVER manual of the Open Event Data Alliance (CC BY-SA 4.0).
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from importers.cameo import EventCode
from importers.choices import Choices
from importers.documents import Document
from importers.event_folding import RULES as EVENT_RULES
from importers.event_folding import Folding, Row, Telling
from importers.event_lines import Reading, Skipped, day_of, skipped
from importers.gdelt import URL, URL_LENGTH_MAX
from importers.json_objects import Unreadable, objects
from importers.plover_parties import NAME, parties_of
from importers.records import Fault, Record, Rule, SourceRecord, refusal
from models.reference import topics

__all__ = ["EXAMPLE", "NAME", "RULES", "read"]
RULES: Final = (
    *(rule for rule in EVENT_RULES if rule.name not in ("intent_to_meet", "intent", "appeal", "refusal")),
    Rule("intent", "left_out", "A stated intent (AGREE)."),
    Rule("appeal", "left_out", "A request or a demand (REQUEST, DEMAND)."),
    Rule("refusal", "left_out", "A refusal (REJECT)."),
)
TREATMENTS: Final = {"AGREE": "intent", "REQUEST": "appeal", "DEMAND": "appeal", "REJECT": "refusal"}
MODES: Final[Mapping[str, EventCode]] = {
    "phone": EventCode("041", "Talk by telephone", "contact", "call"),
    "visit": EventCode("042", "Visit, told of the visitor", "contact", "visit"),
    "third-party": EventCode("044", "Meeting on the soil of a third", "contact", "meeting"),
    "multilateral": EventCode("multilateral", "Meeting of many", "contact", "gathering"),
}
CONSULT: Final = EventCode("040", "Consultation, nothing more said", "contact", "conversation")
EXAMPLE: Final = (
    '{"id": "1", "date": "2001-02-03", "event": "CONSULT", "mode": "visit", "source": [{"actorText": "Ana Alva", '
    '"code": "FRA", "sector": "GOV"}], "target": [{"actorText": "Japan", "code": "JPN"}], '
    '"publication": "Daily Example"}\n'
)
TEXT_LENGTH_MAX: Final = 2_000


def read(documents: Iterable[Document], choices: Choices) -> Iterator[Record]:
    """Every event that is a contact, folded with those that tell of the same.

    Cost:
        Memory for one object, and for the contacts of eight days.
    """
    del choices
    folding = Folding(NAME, "PLOVER")
    for document in documents:
        for line, found in objects(document):
            row = Row(document.name, line, "")
            reading = (found.fault,) if isinstance(found, Unreadable) else _event(row, found)
            match reading:
                case Telling():
                    yield from folding.take(reading)
                case Skipped(rule):
                    yield row.outcome(rule)
                case _:
                    yield refusal(document.name, line, reading)
    yield from folding.close()


def _event(row: Row, event: Mapping[str, Any]) -> Reading:
    faults = tuple(_faults(event))
    if faults:
        return faults
    code = _code(event)
    if rule := skipped(code, Choices()):
        return rule
    first, second = (parties_of(_listed(event.get(end))) for end in ("source", "target"))
    if first is None or second is None:
        return Skipped("no_place")
    if len(first) + len(second) < 2 or not first:
        return Skipped("no_second_actor")
    if len({party.ref for party in (*first, *second)}) < len(first) + len(second):
        return Skipped("same_actor")
    number = str(event.get("id") or _digest(event))
    return Telling(
        row=Row(row.file, row.line, number),
        day=day_of(str(event["date"])[:10]) or "",
        code=code,
        original_code=":".join(word for word in (str(event.get("event")), *_words(event.get("mode"))) if word)[:500],
        told_first=first[0].ref,
        first=first,
        second=second,
        source=_story(event, number),
        place=_place(event),
        topics=_topics(event),
    )


def _faults(event: Mapping[str, Any]) -> Iterator[Fault]:
    if not isinstance(event.get("event"), str) or not event["event"].strip():
        yield Fault("/event", "This is needed: a category such as CONSULT.")
    date = event.get("date")
    if not isinstance(date, str) or day_of(date[:10]) is None:
        yield Fault("/date", "This must be a day such as 2001-02-03.")
    for end in ("source", "target"):
        given = event.get(end)
        if given and not (isinstance(given, list) and all(isinstance(one, dict) for one in given)):
            yield Fault(f"/{end}", "This must be a list of actors.")
    number = event.get("id")
    if number is not None and not (isinstance(number, str | int) and 0 < len(str(number)) <= 150):
        yield Fault("/id", "This must be a text of at most 150 characters.")


def _code(event: Mapping[str, Any]) -> EventCode:
    category = event["event"].strip().upper()
    if category == "CONSULT":
        return next((MODES[mode] for mode in _words(event.get("mode")) if mode in MODES), CONSULT)
    return EventCode(category, category, TREATMENTS.get(category, "other"), "")  # type: ignore[arg-type]


def _story(event: Mapping[str, Any], number: str) -> SourceRecord:
    """The text that an event was coded from: by its address, else its citation, else the event itself."""
    told = _text(event, "url")
    url = told if URL.fullmatch(told) and len(told) <= URL_LENGTH_MAX else None
    publisher = _text(event, "publication") or _text(event, "publisher")
    named = url or _text(event, "citation") or _text(event, "story_id") or f"{publisher} {number}"
    return SourceRecord(
        key=f"{NAME}:story/{hashlib.sha256(named.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}",
        kind="press_report",
        publisher_key=None,
        title=f"Story of {publisher or 'an unnamed publisher'}: {named}"[:300],
        url=url,
        language=None,
        publisher_name=publisher[:300] if publisher else None,
        reliability="F",
        note="Known only as it was coded in PLOVER's categories.",
    )


def _text(event: Mapping[str, Any], name: str) -> str:
    """A field as one line that can be stored; empty if it is no text."""
    value = event.get(name)
    return line_of(value)[:TEXT_LENGTH_MAX] if isinstance(value, str) else ""


def line_of(value: str) -> str:
    """A text as one line: control characters and halves of surrogate pairs gone."""
    return " ".join("".join(one if one.isprintable() else " " for one in value).split())


def _place(event: Mapping[str, Any]) -> str | None:
    where = event.get("eventLoc")
    named = where.get("name") if isinstance(where, dict) else where
    return line_of(named)[:500] or None if isinstance(named, str) else None


def _topics(event: Mapping[str, Any]) -> tuple[str, ...]:
    known = {topic.slug for topic in topics()}
    contexts = [word.replace("_", "-") for word in (*_words(event.get("context")), *_words(event.get("contexts")))]
    return tuple(dict.fromkeys(word for word in contexts if word in known))


def _words(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else [value]
    return [one.strip().lower() for one in listed if isinstance(one, str) and one.strip()]


def _listed(value: Any) -> list[Mapping[str, Any]]:
    return value if isinstance(value, list) else []


def _digest(event: Mapping[str, Any]) -> str:
    said = json.dumps(event, sort_keys=True)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:24]
