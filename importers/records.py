"""What an importer hands over: plain records, in an order in which each refers only to earlier ones.

A reference to an actor is the `key` of an `ActorRecord` handed over before, or a state's slug
(`united-kingdom`) or outside identifier (`iso3:GBR`): states are known to Readout already, so importers do not hand
them over, and each finds the slugs for whatever its data set calls them.
"""

from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["person", "office", "organisation", "state", "group"]
Relation = Literal["holds", "belongs_to", "part_of", "member_of", "controls"]
Result = Literal["loaded", "duplicate", "refused"]


@dataclass(frozen=True, slots=True)
class ActorRecord:
    """An actor other than a state. `slug` is the address it should have when that is free."""

    key: str
    kind: ActorKind
    name: str
    lang: str = "en"
    aliases: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()
    provisional: bool = False
    slug: str | None = None


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
    """The document or data set that accounts rest on."""

    key: str
    kind: str
    publisher_key: str
    title: str
    url: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class ParticipantRecord:
    """An actor in a contact."""

    actor_key: str
    role: str
    capacity_key: str | None = None
    on_behalf_of_key: str | None = None
    level: str | None = None
    name_as_given: str | None = None


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """What one source says of a contact; `original_row` names the rows it was read from, one per line."""

    source_key: str
    paraphrase: str
    original_row: str
    stance: str = "affirms"


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """A contact with its participants and accounts. `flags` say what a reader should doubt in it."""

    key: str
    kind: str
    when: str
    participants: tuple[ParticipantRecord, ...]
    accounts: tuple[AccountRecord, ...]
    title: str = ""
    date_basis: str = "stated"
    protocol: str | None = None
    place: str | None = None
    part_of: str | None = None
    topics: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row of the input: read = loaded + duplicate + refused."""

    row: str
    file: str
    line: int
    id: str
    outcome: Result
    reason: str = ""


Record = ActorRecord | AffiliationRecord | SourceRecord | ContactRecord | Outcome
