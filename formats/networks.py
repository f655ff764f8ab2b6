"""The lists as networks: what is a node, what is an edge, and which attributes they carry."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from formats.shapes import Column, Content, Document, Network

FLAG: Final = {"type": "boolean"}
NODE: Final = {"type": "object", "properties": {"id": {"type": "string"}, "label": {"type": "string"}}}
EDGE: Final = {
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("id", "source", "target")},
}
HEAD: Final = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "graph_version": {"type": "integer"}},
}
"""What nodes, edges and the whole always have, as JSON Schema; the attributes of each list come beside."""


def _named(name: str, kind: Any, about: str) -> Column:
    return Column(name, kind, about, lambda row: row.get(name))


_ACTOR: Final = (
    _named("id", "text", "Public id."),
    Column("label", "text", "Primary name.", lambda row: row["name"]),
    _named("slug", "text", "Readable name in addresses."),
    _named("kind", "text", "What it is."),
)


def _ends(weight: Column) -> tuple[Column, ...]:
    ends = (_named("source", "text", "Id of one end."), _named("target", "text", "Id of the other."))
    return (Column("id", "text", "Of the edge in this file.", _edge_id), *ends, weight)


def _edge_id(row: Document) -> str:
    contact = row.get("contact_id")
    return f"{row['source']}-{row['target']}" if contact is None else f"{contact}-{row['source']}-{row['target']}"


def _one(about: str) -> Column:
    return Column("weight", "integer", about, lambda _: 1)


def _contacts(field: str = "contacts") -> Column:
    return Column("weight", "integer", "Distinct contacts, or what else is counted.", lambda row: row[field])


def _bounds(row: Document) -> tuple[str | None, str | None]:
    return row["earliest"], row["latest"]


def _first_to_last(row: Document) -> tuple[str | None, str | None]:
    return row["first"]["earliest"], row["last"]["latest"]


def _no_span(_: Document) -> tuple[str | None, str | None]:
    return None, None


_SPAN: Final = (
    _named("when", "text", "Date of the contact, EDTF."),
    _named("earliest", "text", "Start of its bounds, civil time, inclusive."),
    _named("latest", "text", "End of its bounds, exclusive."),
)


def _first_or_last(which: str, bound: str) -> Column:
    return Column(f"{which}_{bound}", "text", f"The {which} contact, {bound}.", lambda row: row[which][bound])


_FIRST_AND_LAST: Final = tuple(
    _first_or_last(which, bound) for which in ("first", "last") for bound in ("earliest", "latest")
)


def _taking_part(contact: Document) -> Iterator[Document]:
    for one in contact["participants"]:
        yield {**one, **{name: contact[name] for name in ("when", "earliest", "latest")}} | {
            "source": one["actor"]["id"],
            "target": contact["id"],
        }


CONTACT_NETWORK: Final = Network(
    nodes=(
        _named("id", "text", "Public id of the actor or the contact."),
        Column("label", "text", "Name of the actor, kind and date of the contact.", lambda row: _label(row)),
        Column("mode", "text", "actor or contact.", lambda row: "contact" if "participants" in row else "actor"),
        _named("slug", "text", "Of an actor."),
        _named("kind", "text", "What it is."),
        _named("status", "text", "Of a contact."),
        *_SPAN,
    ),
    edges=(
        *_ends(_one("Always 1.")),
        _named("role", "text", "What the actor did in it."),
        _named("level", "text", "The rank of his office."),
        _named("initiator", "boolean", "Whether he called, asked or invited."),
        _named("disputed", "boolean", "A side denies that he took part."),
    ),
    links=_taking_part,
    span=_bounds,
    holds_records=True,
)


def _label(row: Document) -> str:
    return str(row["name"]) if "name" in row else f"{row['kind']} {row['when'] or '(date unknown)'}"


def _of_edge(edge: Document) -> Iterable[Document]:
    return ({**edge, "source": edge["source_id"], "target": edge["target_id"]},)


EDGE_NETWORK: Final = Network(
    nodes=_ACTOR,
    edges=(
        *_ends(_one("1: each contact of a pair is an edge of its own.")),
        _named("contact_id", "text", "Public id of the contact."),
        _named("contact_kind", "text", "What kind of event it is."),
        _named("contact_status", "text", "What became of it."),
        *_SPAN,
        _named("level", "text", "The level at which the ends are named."),
        _named("source_roles", "text", "The roles of the source."),
        _named("target_roles", "text", "The roles of the target."),
        _named("initiated_by", "text", "Who called, asked or invited: source, target or both."),
        _named("certain", "boolean", "False where an affiliation covers the date only possibly."),
        _named("represented", "boolean", "An end was lifted through on_behalf_of."),
    ),
    links=_of_edge,
    span=_bounds,
    parallel=True,
)


def _of_tie(tie: Document) -> Iterable[Document]:
    return ({**tie, "source": tie["ego"]["id"], "target": tie["alter"]["id"]},)


TIE_NETWORK: Final = Network(
    nodes=_ACTOR,
    edges=(
        *_ends(_contacts()),
        _named("level", "text", "The level at which the ends are named."),
        _named("initiated_by_ego", "integer", "How many of the contacts the source initiated."),
        _named("initiated_by_alter", "integer", "How many of them the target initiated."),
        _named("uncertain", "integer", "Of the contacts, those that count only possibly."),
        *_FIRST_AND_LAST,
        Column("silent_at_least", "integer", "Days since the last.", lambda row: row["silence"]["at_least"]),
        Column("silent_at_most", "integer", "Days since the last.", lambda row: row["silence"]["at_most"]),
    ),
    links=_of_tie,
    span=_first_to_last,
)


def _of_cell(cell: Document) -> Iterable[Document]:
    # Where rows and columns are the same actors each pair has two cells.
    one, other = cell["row"]["id"], cell["column"]["id"]
    return () if cell["both_ways"] and one > other else ({**cell, "source": one, "target": other},)


MATRIX_NETWORK: Final = Network(
    nodes=_ACTOR,
    edges=(*_ends(_contacts("value")), _named("count", "text", "What the weight counts.")),
    links=_of_cell,
    span=_no_span,
)


def _of_circle_tie(tie: Document) -> Iterable[Document]:
    return ({**tie, "source": tie["source"]["id"], "target": tie["target"]["id"]},)


CIRCLE: Final = Network(
    nodes=(
        *_ACTOR,
        _named("hops", "integer", "From the nearest actor in the middle."),
        _named("degree", "integer", "Ties within this answer."),
        _named("contacts", "integer", "Contacts of these ties, added up."),
    ),
    edges=(*_ends(_contacts()), *_FIRST_AND_LAST),
    links=_of_circle_tie,
    span=_first_to_last,
)


def network_of(content: Content) -> Network:
    """Returns how a list makes a network; every format of networks is offered for such lists only."""
    network = content.table.network
    assert network is not None
    return network


def nodes_of(content: Content) -> Iterator[Document]:
    """Yields the nodes, each once: the actors, then the records that are nodes themselves."""
    yield from map(json.loads, content.actors())
    if network_of(content).holds_records:
        yield from content.records()


def edges_of(content: Content) -> Iterator[Document]:
    """Yields the edges; those of one pair follow each other."""
    links = network_of(content).links
    for record in content.records():
        yield from links(record)


def attributes(columns: Iterable[Column], row: Document) -> dict[str, Any]:
    """Returns the attributes of a node or an edge that it has."""
    values = ((column.name, column.of(row)) for column in columns)
    return {name: value for name, value in values if value is not None}
