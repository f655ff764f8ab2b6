"""What an importer hands over: plain records, in an order in which each refers only to earlier ones.

A reference to an actor is the `key` of an `ActorRecord` handed over before, or what already addresses an actor of
Readout: its slug (`united-kingdom`) or an outside identifier (`iso3:GBR`). States are known to Readout, so importers
do not hand them over, and each finds the slugs for whatever its data set calls them.

Each row of the input ends in one `Outcome`: read = loaded + folded + left out + duplicate + refused. The outcomes
«loaded» and «folded» belong to the contacts handed over just before them, back to the outcome before these; so a
contact that several rows tell comes first, then the outcomes of all its rows.
"""

from dataclasses import dataclass
from typing import Final, Literal

from models.contacts import ContactIn

ActorKind = Literal["person", "office", "organisation", "state", "group"]
Relation = Literal["holds", "belongs_to", "part_of", "member_of", "controls"]
Result = Literal["loaded", "folded", "left_out", "duplicate", "refused"]
RESULTS: Final[tuple[Result, ...]] = ("loaded", "folded", "left_out", "duplicate", "refused")


@dataclass(frozen=True, slots=True)
class ActorRecord:
    """An actor other than a state. `slug` is the address it should have when that is free.

    `state` is where it belongs: an actor of the record with one of its names, of its kind and of that state, is taken
    to be this one. Without it only the key and the slug are looked for.
    """

    key: str
    kind: ActorKind
    name: str
    lang: str = "en"
    aliases: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    provisional: bool = False
    slug: str | None = None
    organisation_type: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class AffiliationRecord:
    """Actor to actor over time; `since` and `until` are EDTF, None when unknown, `..` when open."""

    subject_key: str
    relation: Relation
    target_key: str
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """The document or data set that accounts rest on. Its publisher is an actor, a name, or unknown."""

    key: str
    kind: str
    publisher_key: str | None
    title: str
    url: str | None = None
    language: str | None = "en"
    publisher_name: str | None = None
    published: str | None = None
    retrieved: str | None = None
    reliability: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ParticipantRecord:
    """An actor in a contact."""

    actor_key: str
    role: str
    capacity_key: str | None = None
    on_behalf_of_key: str | None = None
    level: str | None = None
    name_as_given: str | None = None
    side: str | None = None


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """What one source says of a contact; `original_row` names the rows it was read from, one per line."""

    source_key: str
    paraphrase: str
    original_row: str
    stance: str = "affirms"
    credibility: int | None = None
    original_code: str | None = None


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """A contact with its participants and accounts. `flags` say what a reader should doubt in it.

    Of one that `grows`, an account that rests on a further source is added to the contact of the same key, should
    the record hold it already: other files may tell of it, too.
    """

    key: str
    kind: str
    when: str | None
    participants: tuple[ParticipantRecord, ...]
    accounts: tuple[AccountRecord, ...]
    title: str = ""
    date_basis: str = "stated"
    protocol: str | None = None
    medium: str | None = None
    place: str | None = None
    part_of: str | None = None
    topics: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    grows: bool = False


@dataclass(frozen=True, slots=True)
class GivenContact:
    """A contact that came as the body a client would send, or was made one; its first identifier is its key.

    `places` says which column each part of the body was made of: JSON pointers and columns, for whoever refuses it.
    """

    body: ContactIn
    places: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one place of a row: a column, a JSON pointer, or empty for the row as a whole."""

    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row of the input.

    Attributes:
        row: a key that no other row has.
        file: the file it stands in.
        line: the line on which it begins, from 1.
        id: what the data set calls it.
        outcome: one of `RESULTS`.
        reason: why it was not loaded, as a sentence; empty if it was.
        rule: by which rule of the importer; empty where there is nothing to tell apart.
        faults: of a refused row, everything that is wrong with it.
    """

    row: str
    file: str
    line: int
    id: str
    outcome: Result
    reason: str = ""
    rule: str = ""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule by which rows are not loaded one to one.

    Attributes:
        name: as outcomes carry it.
        outcome: what becomes of the rows it meets.
        says: the rule as a sentence.
    """

    name: str
    outcome: Result
    says: str


Record = ActorRecord | AffiliationRecord | SourceRecord | ContactRecord | GivenContact | Outcome


def refusal(file: str, line: int, faults: tuple[Fault, ...], *, id: str = "") -> Outcome:
    """The outcome of a row that cannot be taken; the reason names the first fault."""
    first = faults[0]
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    at = f"{first.column}: " if first.column else ""
    return Outcome(f"{file}:{line}", file, line, id, "refused", f"{at}{first.reason}{more}", "refused", faults)
