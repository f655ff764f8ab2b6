"""A first mapping for a table, from its header and a sample of its rows: to be edited, and usable as it is."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, get_args

from importers.csv_contacts import edtf_of, readable_edtf
from importers.csv_mapping import EDTF
from importers.csv_rows import table_rows
from importers.documents import Document
from models.names import fold
from models.vocabulary import ContactKind

SAMPLE_ROWS: Final = 500
SAMPLE_BYTES: Final = 1 << 20
VALUES_SHOWN_MAX: Final = 30
DELIMITERS: Final = (",", ";", "\t", "|")
SEPARATORS: Final = (";", "|", " / ", "\n", " & ", " and ", ",")
FORMATS: Final = (
    *(EDTF, "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y%m%d", "%d-%m-%Y", "%d %B %Y", "%d %b %Y"),
    *("%B %d, %Y", "%b %d, %Y", "%d.%m.%y", "%m/%d/%y", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%B %Y"),
)
ROLES: Final[Mapping[str, str]] = {
    "visitor": r"visitor|guest|traveller|traveler",
    "host": r"host",
    "mediator": r"mediator",
    "sender": r"sender|^from$",
    "recipient": r"recipient|addressee|^to$",
    "principal": r"participant|attendee|^with|^who|actor|person|people|minister|leader|call(?:er|ed)|\bmet|name",
}
OWN: Final[Mapping[str, str]] = {
    "when": r"date|^when|^day|datum",
    "kind": r"^kind|type|^form\b|category",
    "place": r"place|location|venue|city|where",
    "summary": r"summary|notes?$|description|remarks?|subject|about",
}
SOURCE: Final[Mapping[str, str]] = {
    "url": r"url|link|href",
    "publisher_name": r"publisher|outlet|newspaper|agency",
}
TITLE: Final = r"title|source|headline|document"
NUMBER: Final = r"^(?:id|no|nr|number|row|ref|key)$"
STATE: Final = r"state|country|nation"


def suggest(document: Document) -> str:
    """A mapping in TOML for the table, with what was found as comments.

    Raises:
        ValueError: there is no header to go by, or no column that could say who took part.
    """
    head = b"".join(_head(document))
    encoding = _encoding(head)
    lines = head.decode(encoding, "replace").splitlines()
    if not lines or not lines[0].strip("\ufeff \t"):
        raise ValueError("The file has no header, so there is nothing to go by.")
    delimiter = max(DELIMITERS, key=lines[0].count)
    rows = [row.cells for row in islice(table_rows(Document("", [head]), encoding, delimiter), SAMPLE_ROWS + 1)]
    header = [cell.strip() for cell in rows[0]]
    if any("\x00" in cell for cell in header):
        raise ValueError("The header holds a NUL character, so this is no table of text.")
    # The last row may be cut off where the sample ends.
    whole = [row for row in rows[1:] if len(row) == len(header)]
    columns = {name: [row[at].strip() for row in whole if row[at].strip()] for at, name in enumerate(header) if name}
    return "\n".join([*_opening(document.name, encoding, delimiter), *_mapping(document.name, columns), ""])


def _head(document: Document) -> Iterator[bytes]:
    size = 0
    for piece in document.chunks:
        yield piece
        size += len(piece)
        if size >= SAMPLE_BYTES:
            return


def _encoding(head: bytes) -> str:
    try:
        head[: head.rfind(b"\n") + 1 or None].decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252" if _reads(head, "cp1252") else "latin-1"
    return "utf-8"


def _reads(head: bytes, encoding: str) -> bool:
    try:
        head.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _opening(name: str, encoding: str, delimiter: str) -> list[str]:
    own = re.sub(r"[^a-z0-9_-]+", "-", fold(name.rpartition(".")[0] or name)).strip("-")[:30] or "table"
    return [
        "# A draft: look at every line, then import with --mapping. docs/importers.md explains the words.",
        f"name = {_quoted(own if own[0].isalpha() else f't-{own}')}",
        f"encoding = {_quoted(encoding)}" + ("  # not UTF-8; make sure" if encoding != "utf-8" else ""),
        f"delimiter = {_quoted(delimiter)}",
    ]


def _mapping(name: str, columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    left = dict(columns)
    number = _taken(left, NUMBER)
    if number and len(set(columns[number])) == len(columns[number]):
        yield f"id = {{ column = {_quoted(number)} }}"
    yield from ("", "[fields]", *_kind(left), *_when(left))
    yield from (
        f"{own} = {{ column = {_quoted(column)} }}"
        for own in ("place", "summary")
        if (column := _taken(left, OWN[own]))
    )
    source = [
        f"{own} = {{ column = {_quoted(column)} }}" for own, like in SOURCE.items() if (column := _taken(left, like))
    ]
    yield from _participants(left)
    yield from ("", "[[accounts]]", "[accounts.source]", 'kind = { constant = "other" }', *source)
    title = _taken(left, TITLE)
    named = f"column = {_quoted(title)}, " if title else ""
    yield f"title = {{ {named}constant = {_quoted(name[:300] or 'A table')} }}"
    if left:
        yield f"\n# Columns that this draft does not read: {_quoted(', '.join(left))}"


def _kind(left: dict[str, Sequence[str]]) -> Iterator[str]:
    column = next((name for name in left if re.search(OWN["kind"], fold(name))), None)
    found = sorted(set(left.pop(column))) if column else []
    if column is None or len(found) > VALUES_SHOWN_MAX:
        yield 'kind = { constant = "engagement" }  # or another kind, or a column with values'
        return
    pairs = ", ".join(f"{_quoted(value)} = {_quoted(_kind_of(value))}" for value in found)
    yield f"kind = {{ column = {_quoted(column)}, values = {{ {pairs} }} }}"


def _kind_of(value: str) -> str:
    folded = fold(value)
    return next((kind for kind in get_args(ContactKind) if kind in folded or folded.startswith(kind[:5])), "engagement")


def _when(left: dict[str, Sequence[str]]) -> Iterator[str]:
    named = sorted(left, key=lambda name: re.search(OWN["when"], fold(name)) is None)
    for name in named:
        formats = _formats(left[name])
        if formats:
            left.pop(name)
            said = ", ".join(map(_quoted, formats))
            ambiguous = {"%d/%m/%Y", "%m/%d/%Y"} <= set(formats)
            yield f"when = {{ column = {_quoted(name)}, formats = [{said}] }}" + (
                "  # day or month first? keep one" if ambiguous else ""
            )
            return


def _formats(cells: Sequence[str]) -> list[str]:
    """The forms in which every cell reads as a date; where no form fits all, those that together do."""
    if not cells:
        return []
    fits = {form: [_is_date(cell, form) for cell in cells] for form in FORMATS}
    alone = [form for form in FORMATS if all(fits[form])]
    if alone:
        return alone
    some = [form for form in FORMATS if any(fits[form])]
    return some if some and all(any(fits[form][at] for form in some) for at in range(len(cells))) else []


def _is_date(cell: str, form: str) -> bool:
    return (readable_edtf(cell) if form == EDTF else edtf_of(cell, form)) is not None


def _participants(left: dict[str, Sequence[str]]) -> Iterator[str]:
    state = next((name for name in left if re.search(STATE, fold(name))), None)
    chosen = [(role, name) for role, like in ROLES.items() for name in left if re.search(like, fold(name))]
    once = {name: role for role, name in reversed(chosen) if name != state}
    names = [name for name in left if name in once and not _counts(left[name])]
    if not names and state is not None:
        names, state = [state], None
    if not (names or left):
        raise ValueError("No column is left that could say who took part, so there is no mapping to draft.")
    for name in names or list(left)[:1]:
        cells = left.pop(name)
        separator = next((one for one in SEPARATORS if any(one in cell for cell in cells)), None)
        yield from ("", "[[participants]]", f"column = {_quoted(name)}")
        if separator is not None:
            yield f"separator = {_quoted(separator)}"
        yield f"role = {_quoted(once.get(name, 'principal'))}"
        each = [one.strip() for cell in cells for one in cell.split(separator or "\n") if one.strip()]
        reference = bool(each) and all(re.fullmatch(r"[a-z0-9-]+|[a-z][a-z0-9_-]*:\S+", one) for one in each)
        yield f"given_as = {_quoted('reference' if reference else 'name')}"
        if not reference:
            yield 'actor_kind = "person"  # or office, organisation, group, state'
            if state is not None:
                yield f"state = {{ column = {_quoted(state)} }}"
    if state is not None:
        left.pop(state, None)


def _counts(cells: Sequence[str]) -> bool:
    """Whether the cells are small numbers: how many took part, not who."""
    return bool(cells) and all(re.fullmatch(r"\d{1,3}", cell) for cell in cells)


def _taken(left: dict[str, Sequence[str]], like: str) -> str | None:
    found = next((name for name in left if re.search(like, fold(name))), None)
    if found is not None:
        del left[found]
    return found


def _quoted(text: str) -> str:
    """A basic string of TOML: JSON's, but for DEL, which JSON lets stand."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
