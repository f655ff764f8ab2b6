"""JSON objects one after the other in a document, with the line on which each begins."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from importers.documents import LINE_BYTES_MAX, Document
from importers.ndjson import parsed
from importers.records import Fault

BETWEEN: Final = re.compile(r"[\s,\[\]\ufeff]*")
STRUCTURE: Final = re.compile(r"[{}\"\n]")
IN_STRING: Final = re.compile(r"[^\"\\\n]*(?:\\.[^\"\\\n]*)*")
ANOTHER: Final = re.compile(r"\s*\{")
NOT_UTF_8: Final = "\ufffd"


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What stands where an object should, and why it is none."""

    fault: Fault


def objects(document: Document) -> Iterator[tuple[int, dict[str, Any] | Unreadable]]:
    """The objects of a document, whether one to a line, in a list, or spread over lines.

    What lies between them, but for blanks, commas and the brackets of a list, is no object and is told as a fault.

    Cost:
        Memory for one object.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text, line = "", 1
    for piece in chain(_decoded(document, decoder), [None]):
        text += piece or ""
        while True:
            between = BETWEEN.match(text)
            blank = between.group() if between else ""
            line, text = line + blank.count("\n"), text[len(blank) :]
            end = _end(text)
            if not text or (end is None and piece is not None and len(text) <= LINE_BYTES_MAX):
                break
            taken = text[:end]
            yield line, _read(taken)
            line, text = line + taken.count("\n"), text[len(taken) :]


def _decoded(document: Document, decoder: codecs.IncrementalDecoder) -> Iterator[str]:
    for piece in document.chunks:
        yield decoder.decode(piece)
    yield decoder.decode(b"", final=True)


def _end(text: str) -> int | None:
    """Where the object ends with which a text begins, or what is none; None = not in this text.

    A line break inside a string, or before a brace where no value can begin, ends a broken object: the next is whole.
    """
    if not text.startswith("{"):
        found = re.compile(r"[\n{]").search(text)
        return found.start() if found else None
    depth = at = 0
    while mark := STRUCTURE.search(text, at):
        at = mark.end()
        if mark.group() == '"':
            inside = IN_STRING.match(text, at)
            at = inside.end() if inside else at
            if at >= len(text) or text[at] == "\\":
                return None
            if text[at] == "\n":
                return at
            at += 1
        elif mark.group() == "\n":
            if ANOTHER.match(text, at) and text[: mark.start()].rstrip()[-1:] not in (",", "[", ":", "{"):
                return mark.start()
        else:
            depth += 1 if mark.group() == "{" else -1
            if depth == 0:
                return at
    return None


def _read(taken: str) -> dict[str, Any] | Unreadable:
    if NOT_UTF_8 in taken:
        return Unreadable(Fault("", "The object holds bytes that are not UTF-8."))
    if not taken.startswith("{"):
        return Unreadable(Fault("", "Here an object should begin; this is something else."))
    if len(taken) > LINE_BYTES_MAX:
        return Unreadable(Fault("", f"The object is longer than {LINE_BYTES_MAX:,} characters, or does not end."))
    found = parsed(taken.encode("utf-8", "surrogatepass"))
    if isinstance(found, Fault):
        return Unreadable(Fault("", found.reason.replace("The line", "The object")))
    return found if isinstance(found, dict) else Unreadable(Fault("", "This is no JSON object."))
