"""An Atom feed of contacts (RFC 4287), for feed readers."""

from collections.abc import Iterator
from typing import Any, Final

from formats.shapes import Content, Document, Format, Options, in_chunks
from formats.stable_ids import stable_id
from formats.xml_text import DECLARATION, attribute, element_text

NEVER: Final = "1970-01-01T00:00:00+00:00"
"""When a record was changed that never was: a feed has to say something."""


def write(content: Content, _: Options) -> Iterator[bytes]:
    """Yields a feed with an entry for each contact; ids stay the same, ``updated`` moves with every change."""
    return in_chunks(_parts(content))


def _parts(content: Content) -> Iterator[str]:
    about = content.about
    question = about.address.removeprefix(about.host)
    updated = about.changed_at.isoformat() if about.changed_at else NEVER
    yield DECLARATION + '<feed xmlns="http://www.w3.org/2005/Atom">\n'
    yield _element("id", f"urn:uuid:{stable_id(about, question)}") + _element("title", f"Readout: {about.title}")
    yield _element("updated", updated) + f'<link rel="self" href={attribute(about.address)}/>\n'
    yield "<author><name>Readout</name></author>\n<generator>Readout</generator>\n"
    for contact in content.records():
        yield f"<entry>\n{''.join(_entry(content, contact))}</entry>\n"
    yield "</feed>\n"


def _entry(content: Content, contact: Document) -> Iterator[str]:
    names = ", ".join(one["actor"]["name"] for one in contact["participants"])
    yield _element("id", f"urn:uuid:{stable_id(content.about, contact['id'])}")
    yield _element("title", f"{contact['kind'].capitalize()}, {contact['when'] or 'date unknown'}: {names}")
    yield _element("published", contact["recorded_at"]) + _element("updated", contact["changed_at"])
    there = attribute(content.about.host + contact["links"]["self"])
    yield f'<link rel="alternate" type="application/json" href={there}/>\n'
    yield "".join(f"<category term={attribute(term)}/>\n" for term in _terms(contact))
    said = f"{contact['summary']}\n" if contact["summary"] else ""
    place = f" Place: {contact['place']}." if contact["place"] else ""
    yield _element("summary", f"{said}Status: {contact['status']}. Accounts: {contact['account_count']}.{place}")


def _terms(contact: Document) -> list[Any]:
    return [contact["kind"], contact["status"], *(topic["slug"] for topic in contact["topics"])]


def _element(name: str, value: Any) -> str:
    return f"<{name}>{element_text(value)}</{name}>\n"


FORMAT: Final = Format(
    name="Atom feed",
    suffix="atom",
    media_type="application/atom+xml",
    tables=("contacts",),
    about="Feed readers and alerts: the contacts of a question, the latest recorded first, 50 unless `limit` says "
    "otherwise. Ids are the same at every address of the service; `updated` moves when a contact or its status does.",
    cannot="Contacts beyond `limit`; that one was retracted or fell out of the question: it is no longer listed. "
    "Control characters that XML forbids come out as �.",
    write=write,
    example='<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n',
    accepted_as=("application/atom+xml",),
)
