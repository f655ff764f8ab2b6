"""Files as they come in: a name for messages, and bytes in whatever pieces they arrive."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CHUNK_BYTES: Final = 1 << 16
LINE_BYTES_MAX: Final = 1 << 20
"""A longer line is no row of any of these formats, and is not held in memory."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file."""

    name: str
    chunks: Iterable[bytes]


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end; `data` is None for one that is longer than `LINE_BYTES_MAX`."""

    number: int
    data: bytes | None


def document_of(path: Path) -> Document:
    """A file as a document; it is opened when it is read, and read piece by piece."""
    return Document(path.name, _pieces(path))


def lines(document: Document) -> Iterator[Line]:
    """The lines of a document, ended by LF or CR LF; the last one need not be ended.

    Cost:
        Memory for one line and one piece, however long the document.
    """
    held, number, overlong = bytearray(), 1, False
    for chunk in document.chunks:
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            if not overlong:
                held += chunk[start:end]
            overlong = overlong or len(held) > LINE_BYTES_MAX
            yield Line(number, None if overlong else bytes(held).removesuffix(b"\r"))
            held.clear()
            number, start, overlong = number + 1, end + 1, False
        if not overlong:
            held += chunk[start:]
        if len(held) > LINE_BYTES_MAX:
            held.clear()
            overlong = True
    if held or overlong:
        yield Line(number, None if overlong else bytes(held).removesuffix(b"\r"))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            yield piece
