"""What a format is, and what it is given: records as JSON text, their flat columns, and how they make a network."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any, Final, Literal

Document = Mapping[str, Any]
CHUNK_BYTES: Final = 64 * 1024
"""Bytes are handed on in pieces of about this size: each costs the server a turn."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of flat rows, or one attribute of nodes or edges.

    Attributes:
        name: stable; new ones are added at the end.
        kind: of its values; any may be absent. An instant is ISO 8601, civil time where it has no offset.
        about: what it says, for the docs.
        of: its value in a row.
    """

    name: str
    kind: Literal["text", "integer", "number", "boolean", "instant"]
    about: str
    of: Callable[[Document], Any]


@dataclass(frozen=True, slots=True)
class Network:
    """How the records of a list make nodes and edges.

    Attributes:
        nodes: attributes of a node; the first is its id, the second its label.
        edges: attributes of an edge; the first three are its id and its ends, the fourth its weight.
        links: the edges of one record, as rows that the edges' columns read.
        span: the bounds of an edge, half-open, null where unknown or open.
        holds_records: whether the records are nodes themselves, beside the actors.
        parallel: whether two actors may have several edges.
    """

    nodes: tuple[Column, ...]
    edges: tuple[Column, ...]
    links: Callable[[Document], Iterable[Document]]
    span: Callable[[Document], tuple[str | None, str | None]]
    holds_records: bool = False
    parallel: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One list as formats see it.

    Attributes:
        name: of the list, as in its address.
        unit: what one record is.
        columns: of its flat rows.
        cannot: what of the JSON answer flat rows have no place for.
        rows: the flat rows of one record; absent = the record itself is the row.
        network: nodes and edges; absent = it makes no network.
    """

    name: str
    unit: str
    columns: tuple[Column, ...]
    cannot: str
    rows: Callable[[Document], Iterable[Document]] | None = None
    network: Network | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What a file says about itself.

    Attributes:
        title: what was asked.
        address: absolute, where the answer is found again.
        host: absolute, before the addresses of records, which begin with a slash.
        instance: of which record; stable, and another for every database.
        version: graph version of the state shown.
        changed_at: when that state came to be; absent while nothing was ever written.
    """

    title: str
    address: str = ""
    host: str = ""
    instance: str = ""
    version: int = 0
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a format writes down. Both iterables may be asked for more than once, and hold the same each time.

    Attributes:
        table: which list it is.
        documents: its records as JSON text, as the service answers them.
        actors: the actors in them, each once, as JSON text; empty for formats without nodes.
        about: what it is.
    """

    table: Table
    documents: Callable[[], Iterable[str]]
    actors: Callable[[], Iterable[str]] = tuple
    about: About = field(default_factory=lambda: About(""))

    def records(self) -> Iterator[Document]:
        """Yields the records as values."""
        return map(json.loads, self.documents())

    def rows(self) -> Iterator[list[Any]]:
        """Yields the flat rows, in the order of the columns."""
        columns = self.table.columns
        for row in self.flat():
            yield [column.of(row) for column in columns]

    def flat(self) -> Iterator[Document]:
        """Yields what the columns read: each record, or each of its rows."""
        rows = self.table.rows
        return self.records() if rows is None else chain.from_iterable(map(rows, self.records()))


@dataclass(frozen=True, slots=True)
class Options:
    """What a client may choose about a format; each format names those it knows."""

    bom: bool = False
    edges_key: str = "edges"


@dataclass(frozen=True, slots=True)
class Format:
    """One format; routes, contract, docs and tests are made from this.

    Attributes:
        name: as people call it.
        suffix: after the dot in an address, and of files.
        media_type: of its answers.
        tables: the lists it can carry.
        about: what it is for, and the tool that reads it.
        cannot: what it has no place for.
        write: makes it.
        example: how one begins.
        accepted_as: media types by which ``Accept`` asks for it; empty = by suffix only.
        options: names of the options it knows.
        actors: whether it shows the actors of a list by themselves.
        needs: the module it cannot be made without, when that is an extra.
        schema: of an answer, as JSON Schema; text unless it is JSON as a whole.
    """

    name: str
    suffix: str
    media_type: str
    tables: tuple[str, ...]
    about: str
    cannot: str
    write: Callable[[Content, Options], Iterator[bytes]]
    example: str
    accepted_as: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    actors: bool = False
    needs: str | None = None
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})


def in_chunks(parts: Iterable[str]) -> Iterator[bytes]:
    """Yields text as UTF-8 in pieces of about CHUNK_BYTES.

    Half of a surrogate pair, which no row can hold, would come out as a question mark.
    """
    held: list[str] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= CHUNK_BYTES:
            yield "".join(held).encode("utf-8", "replace")
            held.clear()
            size = 0
    if held:
        yield "".join(held).encode("utf-8", "replace")
