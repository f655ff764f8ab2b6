"""iCalendar of contacts (RFC 5545), for calendars that subscribe to what is planned."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from icalendar import Calendar, Event

from formats.shapes import Content, Document, Format, Options
from formats.stable_ids import stable_id
from models.edtf import Edtf, parse

END: Final = b"END:VCALENDAR\r\n"
STATUS: Final = {"cancelled": "CANCELLED", "declined": "CANCELLED"}
"""Of an event; whatever else has not taken place yet is tentative, and what has is confirmed."""
TENTATIVE: Final = frozenset({"planned", "requested", "postponed", "unsettled"})
MIDNIGHT: Final = datetime.min.time()


def write(content: Content, _: Options) -> Iterator[bytes]:
    """Yields a calendar with an event for each contact of which both ends of the date are known."""
    calendar = Calendar()
    calendar.add("prodid", "-//Readout//Contacts//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"Readout: {content.about.title}")
    yield calendar.to_ical().removesuffix(END)
    for contact in content.records():
        if contact["when"] and contact["earliest"] and contact["latest"]:
            yield event_of(content, contact).to_ical()
    yield END


def event_of(content: Content, contact: Document) -> Event:
    """Returns a contact as an event.

    An instant keeps its time of day; it is floating where the record states no offset. Days are a whole-day event.
    What is only known to lie some time within its bounds spans them, says so in its summary, and blocks no time.
    """
    date = parse(contact["when"])
    names = ", ".join(one["actor"]["name"] for one in contact["participants"])
    vague = date.coarser_than_day or date.uncertain or date.approximate
    event = Event()
    event.add("uid", f"{stable_id(content.about, contact['id'])}@readout")
    event.add("dtstamp", datetime.fromisoformat(contact["changed_at"]).astimezone(UTC))
    event.add("last-modified", datetime.fromisoformat(contact["changed_at"]).astimezone(UTC))
    event.add("sequence", contact["version"])
    event.add("summary", f"{f'({_vaguely(date)}) ' if vague else ''}{contact['kind'].capitalize()}: {names}")
    for name, value in _span(contact, date):
        event.add(name, value)
    event.add(
        "status", STATUS.get(contact["status"], "TENTATIVE" if contact["status"] in TENTATIVE or vague else "CONFIRMED")
    )
    event.add("transp", "TRANSPARENT" if vague else "OPAQUE")
    said = [contact["summary"], f"Status: {contact['status']}.", f"Date as recorded (EDTF): {date.text}."]
    event.add("description", "\n".join(filter(None, said)))
    event.add("url", content.about.host + contact["links"]["self"])
    if contact["place"]:
        event.add("location", contact["place"])
    return event


def _vaguely(date: Edtf) -> str:
    return "some time within" if date.coarser_than_day else "date not certain"


def _span(contact: Document, date: Edtf) -> Iterator[tuple[str, Any]]:
    start, end = datetime.fromisoformat(contact["earliest"]), datetime.fromisoformat(contact["latest"])
    if date.precision != "instant":
        yield "dtstart", start.date()
        yield "dtend", end.date() if end.time() == MIDNIGHT else end.date() + timedelta(days=1)
        return
    if contact["duration_minutes"]:
        end = start + timedelta(minutes=contact["duration_minutes"])
    for name, moment in (("dtstart", start), ("dtend", end)):
        yield name, moment if date.offset_minutes is None else _utc(moment, date.offset_minutes)


def _utc(moment: datetime, offset_minutes: int) -> datetime:
    return (moment - timedelta(minutes=offset_minutes)).replace(tzinfo=UTC)


FORMAT: Final = Format(
    name="iCalendar",
    suffix="ics",
    media_type="text/calendar",
    tables=("contacts",),
    about="Calendars that subscribe to an address: planned contacts, unless `status` says otherwise.",
    cannot="Contacts of which an end of the date is unknown or open: a calendar has no place for them. Some time "
    "within a month is an event over it that says so and blocks no time; an uncertain or approximate one does too. "
    "Participants are in the summary, not attendees: nobody is invited.",
    write=write,
    example="BEGIN:VCALENDAR\r\nVERSION:2.0\r\n",
    accepted_as=("text/calendar",),
)
