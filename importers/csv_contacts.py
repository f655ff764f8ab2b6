"""Tables of contacts: each row a body made by a mapping, or refused with the columns at fault."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from importers.choices import Choices
from importers.csv_mapping import DATES, EDTF, LISTS, NUMBERS, AccountMapping, CsvMapping, ParticipantColumn, Value
from importers.csv_rows import TableRow, table_rows
from importers.documents import Document
from importers.event_parties import actor_key, organisation_slugs, slugs_by_iso3, state_names, state_slugs
from importers.ndjson import digest_of
from importers.records import (
    ActorRecord,
    AffiliationRecord,
    Fault,
    GivenContact,
    Outcome,
    Record,
    Rule,
    refusal,
)
from models.actors import Identifier
from models.contacts import ContactIn
from models.edtf import EdtfError, parse
from models.faults import faults_in
from models.names import fold

NAME: Final = "csv"
EXAMPLE: Final = "Date,Kind,Participants\n2021-05-12,call,joe-biden; benjamin-netanyahu\n"
EXAMPLE_MAPPING: Final = """name = "desk"
participants = [{ column = "Participants", separator = ";" }]

[fields]
kind = { column = "Kind" }
when = { column = "Date" }

[[accounts]]
source = { kind = { constant = "internal_note" }, title = { constant = "The desk's list" } }
"""
RULES: Final = (
    Rule("blank", "left_out", "The row is blank."),
    Rule("known", "duplicate", "A row of the same number, or without one and saying the same, is known."),
)
PROSE: Final = frozenset({"summary", "paraphrase", "note"})
"""Fields of several lines; in all others a line end in a cell is a blank."""
NUMBER_LENGTH_MAX: Final = 200


def read(documents: Iterable[Document], choices: Choices) -> Iterator[Record]:
    """Every row as a contact with the actors it names, or as a refusal that names each column and the reason.

    Raises:
        ValueError: there is no mapping.

    Cost:
        Memory for one row, and for the keys of the actors that were named.
    """
    if choices.mapping is None:
        raise ValueError("a table is read by a mapping")
    named: set[str] = set()
    for document in documents:
        yield from _table(document, choices.mapping, named)


def _table(document: Document, mapping: CsvMapping, named: set[str]) -> Iterator[Record]:
    header: tuple[str, ...] | None = None
    for row in table_rows(document, mapping.encoding, mapping.delimiter):
        if header is None:
            header = tuple(cell.strip() for cell in row.cells)
            faults = row.faults or tuple(_of_header(header, mapping))
            if faults:
                yield refusal(document.name, row.line, faults)
                return
        elif not any(cell.strip() for cell in row.cells) and not row.faults:
            place = f"{document.name}:{row.line}"
            yield Outcome(place, document.name, row.line, "", "left_out", "The row is blank.", "blank")
        else:
            yield from _row(document.name, row, header, (mapping, named))


def _of_header(header: Sequence[str], mapping: CsvMapping) -> Iterator[Fault]:
    for column in mapping.columns():
        times = header.count(column)
        if times == 0:
            yield Fault(column, "The mapping names this column, and the header does not have it.")
        elif times > 1:
            yield Fault(column, f"The header has this column {times} times; which one is meant cannot be known.")


def _row(file: str, row: TableRow, header: Sequence[str], how: tuple[CsvMapping, set[str]]) -> Iterator[Record]:
    mapping, named = how
    faults = tuple(Fault(_column(header, one.column), one.reason) for one in row.faults)
    if not faults and len(row.cells) != len(header):
        faults = (Fault("", f"The row has {len(row.cells)} cells; the header has {len(header)}."),)
    draft = Draft(mapping, {} if faults else dict(zip(header, map(str.strip, row.cells), strict=True)))
    body = None if faults else draft.body()
    if body is None:
        yield refusal(file, row.line, faults or tuple(dict.fromkeys(draft.faults)))
        return
    for record in draft.records:
        if repr(record) not in named:
            named.add(repr(record))
            yield record
    yield GivenContact(body, tuple(draft.places))
    number = body.identifiers[0].value if mapping.id is not None else ""
    yield Outcome(f"{file}:{row.line}", file, row.line, number, "loaded")


def _column(header: Sequence[str], number: str) -> str:
    return header[int(number)] if number.isdecimal() and int(number) < len(header) else ""


@dataclass(slots=True)
class Draft:
    """A body in the making: what a row says, where each part stands, and what is wrong."""

    mapping: CsvMapping
    cells: Mapping[str, str]
    places: list[tuple[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    records: list[ActorRecord | AffiliationRecord] = field(default_factory=list)

    def body(self) -> ContactIn | None:
        """The contact of the row, or None when there are faults."""
        document = self._fields(self.mapping.fields, "")
        document["participants"] = [one for column in self.mapping.participants for one in self._participants(column)]
        for number, one in enumerate(document["participants"]):
            self.places.append((f"/participants/{number}", one.pop("column")))
        document["accounts"] = [self._account(n, one) for n, one in enumerate(self.mapping.accounts)]
        if self.mapping.id is not None:
            document["identifiers"] = self._identifiers(self.mapping.id)
        try:
            body = ContactIn.model_validate(document)
        except ValidationError as error:
            blamed = {one.column for one in self.faults}
            further = [self._placed(one.pointer or "", one.message) for one in faults_in(error.errors(), document)]
            # A cell that could not be read is missing from the body; that is one fault, not two.
            self.faults += [one for one in further if not blamed & {one.column, *one.column.split(", ")}]
            return None
        if self.faults:
            return None
        if not body.identifiers:
            own = Identifier(scheme=self.mapping.name, value=digest_of(body))
            body = body.model_copy(update={"identifiers": [own]})
        return body

    def _placed(self, pointer: str, message: str) -> Fault:
        """A fault at the column that its place was made of; what concerns the whole concerns who took part."""
        if not pointer:
            return Fault(", ".join(dict.fromkeys(one.column for one in self.mapping.participants)), message)
        found = [one for one in self.places if f"{pointer}/".startswith(f"{one[0]}/")]
        if found:
            return Fault(max(found, key=lambda one: len(one[0]))[1], message)
        below = next((column for place, column in self.places if place.startswith(f"{pointer}/")), "")
        return Fault(below or pointer, message)

    def _fields(self, values: Mapping[Any, Value], at: str) -> dict[str, Any]:
        document: dict[str, Any] = {}
        for name, value in values.items():
            said = self._said(name, value)
            if value.column is not None:
                self.places.append((f"{at}/{name}", value.column))
            if said is not None:
                document[name] = said
        return document

    def _said(self, name: str, value: Value) -> Any:
        """What a field says in this row; None for nothing."""
        cell = self.cells.get(value.column, "") if value.column is not None else ""
        cell = cell if name in PROSE else in_one_line(cell)
        if not cell:
            return self._typed(name, value, value.constant) if value.constant is not None else None
        if value.values:
            if cell not in value.values:
                self.faults.append(Fault(value.column or "", "The mapping does not say what this value means."))
                return None
            return self._typed(name, value, value.values[cell])
        if name in DATES:
            return self._date(cell, value)
        return self._typed(name, value, cell)

    def _typed(self, name: str, value: Value, said: str) -> Any:
        if name in LISTS:
            parts = said.split(value.separator) if value.separator else [said]
            return [part.strip() for part in parts if part.strip()]
        if name in NUMBERS:
            return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else said
        return said

    def _date(self, cell: str, value: Value) -> str | None:
        for wanted in value.formats or [EDTF]:
            found = readable_edtf(cell) if wanted == EDTF else edtf_of(cell, wanted)
            if found is not None:
                return found
        said = f"This is no date of the form {' or '.join(value.formats or [EDTF])}."
        self.faults.append(Fault(value.column or "", said))
        return None

    def _identifiers(self, value: Value) -> list[dict[str, str]]:
        self.places.append(("/identifiers", value.column or ""))
        number = self._said("id", value)
        if not isinstance(number, str) or len(number) > NUMBER_LENGTH_MAX:
            said = "The row has no number." if not number else f"A number has at most {NUMBER_LENGTH_MAX} characters."
            self.faults.append(Fault(value.column or "", said))
            return []
        return [{"scheme": self.mapping.name, "value": number}]

    def _account(self, number: int, mapping: AccountMapping) -> dict[str, Any]:
        at = f"/accounts/{number}"
        source = self._fields(mapping.source, f"{at}/source")
        said = json.dumps(source, sort_keys=True)
        slug = f"{self.mapping.name}-{hashlib.sha256(said.encode('utf-8', 'surrogatepass')).hexdigest()[:20]}"
        source["slug"] = slug.replace("_", "-").strip("-").replace("--", "-")
        return {**self._fields(mapping.fields, at), "source": source}

    def _participants(self, column: ParticipantColumn) -> Iterator[dict[str, Any]]:
        cell = self.cells.get(column.column, "")
        parts = cell.split(column.separator) if column.separator else [cell]
        for part in (in_one_line(one.strip()) for one in parts):
            ref = self._actor(part, column) if part else None
            if ref is not None:
                shown = {"name_as_given": part[:500]} if column.given_as == "name" else {}
                own = column.model_dump(include={"role", "side", "initiator"}, exclude_none=True)
                yield {"actor": ref, **own, **shown, "column": column.column}

    def _actor(self, part: str, column: ParticipantColumn) -> str | None:
        """The reference to an actor; of a name, with the records that have to come before."""
        if column.given_as == "reference":
            return part
        state = self._state(column) if column.state is not None else None
        if len(part) > 300:
            self.faults.append(Fault(column.column, "A name has at most 300 characters."))
            return None
        if column.actor_kind == "state":
            return self._known_state(part, column.column)
        if column.actor_kind == "organisation" and state is None and fold(part) in organisation_slugs():
            return organisation_slugs()[fold(part)]
        key = actor_key(self.mapping.name, f"{column.actor_kind} {part}", state)
        self.records.append(ActorRecord(key, column.actor_kind, part, lang="und", provisional=True, state=state or ""))
        if state is not None:
            self.records.append(AffiliationRecord(key, "belongs_to", state))
        return key

    def _state(self, column: ParticipantColumn) -> str | None:
        value = column.state
        said = self._said("state", value) if value is not None else None
        return self._known_state(said, (value.column if value else None) or "") if said else None

    def _known_state(self, said: str, column: str) -> str | None:
        found = state_slugs().get(fold(said)) or slugs_by_iso3().get(said.upper())
        found = found or (said if said in state_names() else None)
        if found is None:
            self.faults.append(Fault(column, "There is no state of this name, slug or ISO code of three letters."))
        return found


def in_one_line(cell: str) -> str:
    """A cell without the line ends that a spreadsheet puts into it."""
    return " ".join(cell.split()) if "\n" in cell else cell


def readable_edtf(cell: str) -> str | None:
    """A date that is EDTF already, or None."""
    try:
        return parse(cell).text
    except EdtfError:
        return None


def edtf_of(cell: str, form: str) -> str | None:
    """A date in a form of strptime's as EDTF, as precise as the form; None if the cell is not of it."""
    try:
        found = datetime.strptime(cell, form)
    except ValueError:
        return None
    if "%d" not in form:
        year = f"{found.year:04}"
        return f"{year}-{found:%m}" if any(part in form for part in ("%m", "%b", "%B")) else year
    if "%H" in form or "%I" in form:
        return found.isoformat(timespec="seconds")
    return f"{found.year:04}-{found:%m-%d}"
