"""Readout's own contacts: one JSON object to a line, in the shape of `POST /v1/contacts`."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic import ValidationError

from importers.choices import Choices
from importers.documents import LINE_BYTES_MAX, Document, Line, lines
from importers.records import Fault, GivenContact, Outcome, Record, Rule, refusal
from models.actors import Identifier
from models.contacts import ContactIn
from models.faults import faults_in

NAME: Final = "ndjson"
SCHEME: Final = "import"
"""Of the identifier that a contact without one gets: the digest of what it says."""
EXAMPLE: Final = (
    '{"kind": "call", "when": "2021-05-12", "participants": [{"actor": "joe-biden"}, {"actor": "benjamin-netanyahu"}], '
    '"accounts": [{"source": {"kind": "press_report", "title": "Call on Wednesday"}}]}\n'
)
RULES: Final = (
    Rule("blank", "left_out", "The line is blank."),
    Rule("known", "duplicate", "A contact of the same first identifier, or word for word the same, is known."),
)


class NotJsonError(ValueError):
    """Something that Python's parser lets pass and JSON does not."""


def read(documents: Iterable[Document], choices: Choices) -> Iterator[Record]:
    """Every line as a contact or a refusal that names pointer and reason.

    A contact without an identifier gets one that is the digest of its body, so that a second run knows it.

    Cost:
        Memory for one line.
    """
    del choices
    for document in documents:
        for line in lines(document):
            yield from _records(document.name, line)


def _records(file: str, line: Line) -> Iterator[Record]:
    if line.data is not None and not line.data.strip(b" \t\r\xef\xbb\xbf"):
        yield Outcome(f"{file}:{line.number}", file, line.number, "", "left_out", "The line is blank.", "blank")
        return
    read_line = _contact(line)
    if isinstance(read_line, tuple):
        yield refusal(file, line.number, read_line)
        return
    first = read_line.identifiers[0]
    yield GivenContact(read_line)
    yield Outcome(f"{file}:{line.number}", file, line.number, f"{first.scheme}:{first.value}", "loaded")


def _contact(line: Line) -> ContactIn | tuple[Fault, ...]:
    if line.data is None:
        return (Fault("", f"The line is longer than {LINE_BYTES_MAX:,} bytes."),)
    read_line = parsed(line.data.removeprefix(b"\xef\xbb\xbf") if line.number == 1 else line.data)
    if isinstance(read_line, Fault):
        return (read_line,)
    return checked(read_line)


def parsed(data: bytes) -> Any:
    """What a line of JSON says, or the fault that it is none: NaN and repeated names included."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Fault("", f"The line is not encoded in UTF-8: byte {error.start + 1} of the line begins no character.")
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unrepeated)
    except json.JSONDecodeError as error:
        return Fault("", f"The line is not JSON (RFC 8259): it breaks off or goes wrong at character {error.pos + 1}.")
    except RecursionError:
        return Fault("", "The line nests deeper than any contact does.")
    except NotJsonError as error:
        return Fault("", f"The line is not JSON (RFC 8259): {error}.")
    except ValueError:
        return Fault("", "The line holds a number of more digits than any field takes.")


def checked(document: Any) -> ContactIn | tuple[Fault, ...]:
    """A parsed document as a contact that has an identifier, or everything that is wrong with it."""
    try:
        body = ContactIn.model_validate(document)
    except ValidationError as error:
        return tuple(Fault(one.pointer or "", one.message) for one in faults_in(error.errors(), document))
    if body.identifiers:
        return body
    return body.model_copy(update={"identifiers": [Identifier(scheme=SCHEME, value=digest_of(body))]})


def digest_of(body: ContactIn) -> str:
    """The digest of what a contact says, whatever the order in which its line says it."""
    said = json.dumps(body.model_dump(mode="json", exclude_defaults=True), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _no_constant(name: str) -> None:
    raise NotJsonError(f"{name} is no number in JSON")


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotJsonError("an object has two members of one name")
    return found
