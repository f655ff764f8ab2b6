"""The lists as flat rows: every column with its name, which never changes, and what it says."""

import json
from collections.abc import Iterator
from typing import Any, Final

from formats.networks import CIRCLE, CONTACT_NETWORK, EDGE_NETWORK, MATRIX_NETWORK, TIE_NETWORK
from formats.shapes import Column, Document, Table
from models.participants import ParticipantIn
from models.vocabulary import COUNTED_KINDS

BETWEEN: Final = "; "
"""Joins several values in one cell."""
_REFERRED: Final = ("actor", "capacity", "on_behalf_of")
PARTICIPANT_FIELDS: Final = tuple(ParticipantIn.model_fields)


def _at(*path: str) -> Any:
    """Returns what reads a value inside a record, null where a part of the way is."""

    def read(row: Document) -> Any:
        value: Any = row
        for name in path:
            if value is None:
                return None
            value = value.get(name)
        return value

    return read


def _joined(field: str, *path: str) -> Any:
    read = _at(*path)
    return lambda row: BETWEEN.join(str(read(one)) for one in row[field]) or None


def _bodies(contact: Document) -> str:
    """Returns the participants of a contact as a client would send them, what is unknown left out."""
    bodies = [
        {
            name: one[name]["slug"] if name in _REFERRED and one[name] else one[name]
            for name in PARTICIPANT_FIELDS
            if one[name] is not None
        }
        for one in contact["participants"]
    ]
    return json.dumps(bodies, ensure_ascii=False)


def _text(name: str, about: str, *path: str) -> Column:
    return Column(name, "text", about, _at(*(path or (name,))))


def _count(name: str, about: str, *path: str) -> Column:
    return Column(name, "integer", about, _at(*(path or (name,))))


def _instant(name: str, about: str, *path: str) -> Column:
    return Column(name, "instant", about, _at(*(path or (name,))))


def _flag(name: str, about: str, *path: str) -> Column:
    return Column(name, "boolean", about, _at(*(path or (name,))))


def _actor(prefix: str, who: str, *path: str) -> tuple[Column, ...]:
    way = path or (prefix,)
    return (
        _text(f"{prefix}_id", f"{who}: public id.", *way, "id"),
        _text(f"{prefix}_slug", f"{who}: readable name in addresses.", *way, "slug"),
        _text(f"{prefix}_name", f"{who}: primary name.", *way, "name"),
        _text(f"{prefix}_kind", f"{who}: what it is.", *way, "kind"),
    )


def _of_kind(kind: str) -> Column:
    return Column(f"{kind}_contacts", "integer", f"Of them of kind {kind}.", lambda row: row["by_kind"].get(kind, 0))


_BOUNDS: Final = (
    _text("when", "Its date, EDTF; empty = unknown."),
    _instant("earliest", "Start of the date's bounds, civil time, inclusive; empty = unknown or open."),
    _instant("latest", "End of the date's bounds, civil time, exclusive; empty = unknown or open."),
)
_CONTACT: Final = (
    _text("id", "Public id of the contact."),
    _text("kind", "What kind of event it is."),
    _text("status", "What became of it."),
    _text("computed_status", "What the accounts make of it, where a ruling stands above.", "known", "computed_status"),
    _flag("contested", "A side disputes a plan that otherwise stands.", "known", "contested"),
    *_BOUNDS,
    _text("date_basis", "Whether a source states the date, or an editor inferred it."),
    _text("medium", "Of a call or conversation."),
    _text("protocol", "Of a visit."),
    _text("track", "Of a negotiation."),
    _text("talks", "Direct, or in proximity."),
    _count("duration_minutes", "How long it lasted; empty = unknown."),
    _text("place", "Where, in words."),
    _text("summary", "What happened, in the editor's words."),
    Column(
        "participants", "text", "Names of who took part, joined with «; ».", _joined("participants", "actor", "name")
    ),
    Column(
        "participant_slugs", "text", "The same as slugs, joined with «; ».", _joined("participants", "actor", "slug")
    ),
    Column("participant_count", "integer", "How many took part.", lambda row: len(row["participants"])),
    Column(
        "initiator_slugs",
        "text",
        "Who called, asked or invited, as slugs; empty = unknown.",
        lambda row: BETWEEN.join(one["actor"]["slug"] for one in row["participants"] if one["initiator"]) or None,
    ),
    Column("topics", "text", "Slugs of its topics, joined with «; ».", _joined("topics", "slug")),
    Column("episodes", "text", "Slugs of its episodes, joined with «; ».", _joined("episodes", "slug")),
    _text("part_of_id", "Id of the contact this took place in.", "part_of", "id"),
    _count("account_count", "Accounts that stand."),
    _count("version", "Rises with every change."),
    _instant("recorded_at", "When it was first recorded, UTC."),
    _instant("changed_at", "When it last changed, UTC."),
    _text("contact", "Address of the contact.", "links", "self"),
    Column("participants_json", "text", "Who took part as JSON, as `POST /v1/contacts` takes it.", _bodies),
)
_PARTICIPANT: Final = (
    _text("contact_id", "Public id of the contact."),
    _text("contact_kind", "What kind of event it is."),
    _text("contact_status", "What became of it."),
    *_BOUNDS,
    _count("ordinal", "Place among the participants, from 1."),
    *_actor("actor", "Who took part"),
    _text("role", "What he did in it."),
    _text("side", "A label shared by those who sit on one side; empty = his state."),
    _text("level", "The rank of his office; empty = unknown."),
    *_actor("capacity", "The office in which he took part"),
    *_actor("on_behalf_of", "Whom he was sent by or spoke for"),
    _flag("initiator", "Who called, asked or invited; empty = unknown."),
    _text("presence", "How he was there; empty = unknown."),
    _text("name_as_given", "As the source writes it."),
    _flag("disputed", "A side denies that he took part, while somebody affirms the contact."),
    _text("contact", "Address of the contact."),
)
_EDGE: Final = (
    _text("contact_id", "Public id of the contact."),
    _text("contact_kind", "What kind of event it is."),
    _text("contact_status", "What became of it."),
    *_BOUNDS,
    _text("level", "The level at which the ends are named."),
    *(
        _text(f"{end}_{name}", f"{who}: {about}")
        for end, who in (("source", "One end"), ("target", "The other end"))
        for name, about in (
            ("id", "public id."),
            ("slug", "readable name in addresses."),
            ("name", "primary name."),
            ("kind", "what it is."),
            ("roles", "the roles it had, comma-joined."),
        )
    ),
    _text("initiated_by", "Who called, asked or invited: source, target or both; empty = unknown."),
    _flag("certain", "False where an affiliation covers the date only possibly."),
    _flag("represented", "An end was lifted through on_behalf_of."),
    _text("contact", "Address of the contact."),
    _flag("ambiguous", "An end is one of several units that a participant may have stood for on the date."),
)
_SPANS: Final = tuple(
    _instant(f"{which}_{bound}", f"The {which} contact: {about}; empty = unknown or open.", which, bound)
    for which in ("first", "last")
    for bound, about in (("earliest", "not before this civil time"), ("latest", "before this civil time"))
)
_TIE: Final = (
    _text("level", "The level at which the ends are named."),
    *_actor("ego", "From whose side the pair is seen"),
    *_actor("alter", "The counterpart"),
    _count("contacts", "Distinct contacts."),
    *map(_of_kind, COUNTED_KINDS),
    _count("initiated_by_ego", "How many of them ego initiated."),
    _count("initiated_by_alter", "How many of them alter initiated."),
    _count("uncertain", "Of the contacts, those that count only possibly (tenure not certain)."),
    *_SPANS,
    _count("silent_at_least", "Days since the last, if it was as late as its date allows.", "silence", "at_least"),
    _count("silent_at_most", "The same, if it was as early as its date allows.", "silence", "at_most"),
    _text("silent_as_of", "The civil day, UTC, to which these days are counted.", "silence", "as_of"),
    _text(
        "watched_ego", "Whether a contact since would have been noticed from ego's side.", "silence", "watched", "ego"
    ),
    _text("watched_alter", "The same from alter's side.", "silence", "watched", "alter"),
    _text("contacts_link", "Address of the contacts behind it.", "links", "contacts"),
)
_CELL: Final = (
    *_actor("row", "The row"),
    *_actor("column", "The column"),
    _text("count", "What the value counts: contacts, edges or days."),
    _count("value", "Contacts, edges or days; never 0."),
    _count("row_contacts", "The margin of the row: distinct contacts it took part in, with whomever."),
    _count("column_contacts", "The margin of the column."),
    _text("link", "Address of the contacts behind it."),
)
_BUCKET: Final = (
    _text("bucket", "Name of the bucket: 2021-05-12, 2021-W19, 2021-05, 2021-Q2 or 2021."),
    _text("from", "Its first civil day."),
    _text("to", "Its last civil day."),
    _text("group", "Key of the group; empty without group=."),
    _text("group_name", "The side's name with group=side, else the key."),
    Column(
        "contacts", "number", "Distinct contacts; where dates are spread, fractions to six decimals.", _at("contacts")
    ),
    _text("link", "Address of the contacts counted in the bucket; where dates are spread, of all that may lie in it."),
)
_CIRCLE_TIE: Final = (
    *_actor("source", "One end"),
    *_actor("target", "The other end"),
    _count("contacts", "Distinct contacts of the two."),
    *_SPANS,
    _text("contacts_link", "Address of the contacts behind it.", "links", "contacts"),
)


def _participants(contact: Document) -> Iterator[Document]:
    about = {name: contact[name] for name in ("when", "earliest", "latest")}
    about |= {f"contact_{name}": contact[name] for name in ("id", "kind", "status")}
    for number, one in enumerate(contact["participants"], start=1):
        yield {**about, **one, "ordinal": number, "contact": contact["links"]["self"]}


TABLES: Final[tuple[Table, ...]] = (
    Table(
        "contacts",
        "contacts",
        _CONTACT,
        "Accounts, commitments, how the status was decided; participants are joined into one cell "
        "(`participants_json` holds them whole, `/v1/participants.csv` has a row for each).",
        network=CONTACT_NETWORK,
    ),
    Table("participants", "contacts", _PARTICIPANT, "Topics, episodes and accounts of the contact.", _participants),
    Table("edges", "edges", _EDGE, "Nothing: an edge is one flat row in JSON too.", network=EDGE_NETWORK),
    Table("ties", "pairs", _TIE, "Rhythm and facts in words.", network=TIE_NETWORK),
    Table("counterparts", "pairs", _TIE, "Rhythm and facts in words.", network=TIE_NETWORK),
    Table("matrix", "cells", _CELL, "Rows and columns without any cell.", network=MATRIX_NETWORK),
    Table(
        "timeline",
        "rows",
        _BUCKET,
        "What lies beside the line: dates that are uncertain, unknown or outside the window. With `group=` the whole "
        "of a bucket, which is not the sum of its groups where a contact is in several.",
    ),
    Table("graph", "ties", _CIRCLE_TIE, "Actors without a tie; hops and degree.", network=CIRCLE),
)
"""In the order of the docs."""
BY_NAME: Final = {table.name: table for table in TABLES}
NETWORKS: Final = tuple(table.name for table in TABLES if table.network is not None)
"""The lists that make a network."""
