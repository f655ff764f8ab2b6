"""How the columns of a table become contacts: a mapping in TOML or JSON, checked before the first row is read."""

import codecs
import json
import tomllib
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator

from models.base import Flag, Line, Scheme, Shape, refuse_unstorable
from models.errors import InvalidRecord
from models.faults import faults_in
from models.vocabulary import ActorKind, Role

MAPPING_BYTES_MAX: Final = 1 << 20
EDTF: Final = "edtf"
"""The format of a date that is written as EDTF already."""


def kept_as_is(value: str) -> str:
    """Returns a text, blanks at its ends and all, unless it holds a character that cannot be stored."""
    refuse_unstorable(value)
    return value


Text = Annotated[str, AfterValidator(kept_as_is)]
Column = Annotated[Text, Field(min_length=1, max_length=300)]
Format = Annotated[Text, Field(min_length=2, max_length=50)]
Own = Literal[
    "kind",
    "when",
    "date_basis",
    "medium",
    "protocol",
    "track",
    "talks",
    "duration_minutes",
    "place",
    "summary",
    "topics",
    "episodes",
]
OfSource = Literal[
    "kind",
    "title",
    "publisher",
    "publisher_name",
    "url",
    "language",
    "published",
    "retrieved",
    "reliability",
    "note",
]
OfAccount = Literal["stance", "speaker", "paraphrase", "credibility", "original_code", "original_row"]
DATES: Final = frozenset({"when", "published", "retrieved"})
LISTS: Final = frozenset({"topics", "episodes"})
NUMBERS: Final = frozenset({"duration_minutes", "credibility"})


class Value(Shape):
    """Where a field comes from: a column or a constant, and how a cell is read."""

    column: Column | None = Field(default=None, description="The column's name, as the header writes it.")
    constant: Annotated[Text, Field(min_length=1, max_length=2_000)] | None = Field(
        default=None, description="The same for every row; beside a column, for rows whose cell is empty."
    )
    values: Annotated[dict[Text, Text], Field(max_length=1_000)] = Field(
        default={}, description="What a cell means; a cell that is not among them is refused. Empty: as it stands."
    )
    formats: Annotated[list[Format], Field(max_length=20)] = Field(
        default=[], description="Of a date, tried in order: edtf, or strptime's, such as %d.%m.%Y."
    )
    separator: Annotated[Text, Field(min_length=1, max_length=10)] | None = Field(
        default=None, description="Of topics and episodes: what stands between several in one cell."
    )

    @model_validator(mode="after")
    def from_somewhere(self) -> "Value":
        if self.column is None and self.constant is None:
            raise ValueError("give a column, a constant, or both")
        return self


class ParticipantColumn(Shape):
    """A column that says who took part."""

    column: Column = Field(description="The column's name.")
    separator: Annotated[Text, Field(min_length=1, max_length=10)] | None = Field(
        default=None, description="What stands between several in one cell; absent = one to a cell."
    )
    role: Role = Field(default="principal", description="What they did in it.")
    side: Line | None = Field(default=None, description="The label of their side; absent = each his state.")
    initiator: Flag | None = Field(default=None, description="Whether they called, asked or invited.")
    given_as: Literal["reference", "name"] = Field(
        default="reference", description="A slug, id or scheme:value that the record knows; or a name."
    )
    actor_kind: ActorKind = Field(default="person", description="Of names: what they name.")
    state: Value | None = Field(default=None, description="Of names: their state, by name, slug or ISO code.")

    @model_validator(mode="after")
    def state_of_names(self) -> "ParticipantColumn":
        if self.given_as == "reference" and self.state is not None:
            raise ValueError("a reference says which actor it is; only names have a state beside them")
        return self


class AccountMapping(Shape):
    """What one source says of the contact of a row."""

    source: dict[OfSource, Value] = Field(description="The source's fields; kind and title are needed.")
    fields: dict[OfAccount, Value] = Field(default={}, description="The account's own fields.")

    @field_validator("source")
    @classmethod
    def kind_and_title(cls, value: dict[str, Value]) -> dict[str, Value]:
        if missing := {"kind", "title"} - set(value):
            raise ValueError(f"a source needs {' and '.join(sorted(missing))}")
        return value


class CsvMapping(Shape):
    """How a table becomes contacts."""

    name: Scheme = Field(description="Of the table: the scheme of its contacts' identifiers, and of actors it names.")
    encoding: Annotated[str, Field(max_length=40)] = Field(default="utf-8", description="utf-8, latin-1, cp1252 …")
    delimiter: Annotated[Text, Field(min_length=1, max_length=1)] = Field(default=",", description="Between two cells.")
    id: Value | None = Field(default=None, description="The row's own number; absent = the digest of what it says.")
    fields: dict[Own, Value] = Field(description="The contact's own fields; kind is needed.")
    participants: Annotated[list[ParticipantColumn], Field(min_length=1, max_length=50)] = Field(
        description="The columns that say who took part."
    )
    accounts: Annotated[list[AccountMapping], Field(min_length=1, max_length=20)] = Field(
        description="What each source says."
    )

    @field_validator("encoding")
    @classmethod
    def known_encoding(cls, value: str) -> str:
        try:
            info = codecs.lookup(value)
            b"a\n".decode(value)
        except (LookupError, UnicodeError, ValueError) as error:
            raise ValueError("there is no such text encoding that keeps ASCII, such as utf-8 or latin-1") from error
        if "\n".encode(value) != b"\n":
            raise ValueError("lines must end in the byte 0A: save the table as UTF-8")
        return info.name

    @field_validator("fields")
    @classmethod
    def kind_is_said(cls, value: dict[str, Value]) -> dict[str, Value]:
        if "kind" not in value:
            raise ValueError("kind is needed, from a column or as a constant")
        return value

    def columns(self) -> list[str]:
        """The columns that it reads, each once."""
        values = [*self.fields.values(), *(one.state for one in self.participants), self.id]
        values += [value for account in self.accounts for value in (*account.source.values(), *account.fields.values())]
        named = [value.column for value in values if value is not None and value.column is not None]
        return list(dict.fromkeys([*(one.column for one in self.participants), *named]))


def mapping_of(data: bytes) -> CsvMapping:
    """Reads a mapping from TOML, or from JSON if it begins with a brace.

    Raises:
        InvalidRecord: it is neither, or not a mapping; each fault is named with its place.
    """
    if len(data) > MAPPING_BYTES_MAX:
        raise InvalidRecord(f"A mapping has at most {MAPPING_BYTES_MAX:,} bytes.")
    try:
        text = data.decode("utf-8-sig")
        document: Any = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InvalidRecord("The mapping is neither TOML nor JSON, encoded in UTF-8.") from error
    try:
        return CsvMapping.model_validate(document)
    except ValidationError as error:
        faults = faults_in(error.errors(), document)
        said = "; ".join(f"{one.pointer or 'the whole'}: {one.message}" for one in faults)
        raise InvalidRecord(f"The mapping has {len(faults)} fault(s): {said}", errors=faults) from error
