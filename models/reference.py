"""The facts that come with the service: states, international organisations, and the first topics.

They are plain tables in ``reference/*.tsv``, read and checked once. The loader turns them into actors and
topics; importers use the same tables to recognise what a text means.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal, TypeVar, cast

from models.edtf import EdtfError, parse
from models.vocabulary import ActorKind, OrganisationType, words

Row = Mapping[str, str]
Record = TypeVar("Record", bound="State | ReferenceOrganisation | ReferenceTopic")

CODE_SCHEMES: Final = ("iso2", "iso3", "m49", "cow", "wikidata")
"""Columns of a state that hold at most one code; the column's name is the identifier's scheme."""
FOLDERS: Final = (
    Path(__file__).resolve().parents[1] / "reference",
    Path(__file__).resolve().parent / "reference_data",
)
"""Where the tables lie: in a checkout, and in an installed package."""


class ReferenceDataError(ValueError):
    """A reference table cannot be read as it stands."""


@dataclass(frozen=True, slots=True)
class State:
    """A state or territory, present or former; both are actors of kind ``state``."""

    slug: str
    name: str
    official: str | None
    kind: Literal["state", "territory"]
    part_of: str | None
    identifiers: tuple[tuple[str, str], ...]
    since: str | None
    until: str | None
    successor: str | None
    adjectives: tuple[str, ...]
    aliases: tuple[str, ...]

    def code(self, scheme: str) -> str | None:
        """Returns its first code in a scheme (``iso3``, ``cow`` …), or None."""
        return next((value for name, value in self.identifiers if name == scheme), None)


@dataclass(frozen=True, slots=True)
class Membership:
    """A state's membership of an organisation: first and last day, ``..`` for «still»."""

    state: str
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class ReferenceOrganisation:
    """An organisation, or a group of states such as the G7, that turns up in many records."""

    slug: str
    name: str
    kind: ActorKind
    organisation_type: OrganisationType | None
    part_of: str | None
    identifiers: tuple[tuple[str, str], ...]
    aliases: tuple[str, ...]
    members: tuple[Membership, ...]


@dataclass(frozen=True, slots=True)
class ReferenceTopic:
    """A topic of the controlled list; a narrower one names its broader one."""

    slug: str
    label: str
    broader: str | None
    description: str


@lru_cache(maxsize=1)
def states() -> tuple[State, ...]:
    """Returns every state and territory by slug, checked: codes unique, parents known, dates readable.

    Raises:
        ReferenceDataError: a row breaks one of these; the sentence names the row.
    """
    file = "states.tsv"
    found = _records(file, _state)
    slugs = {None, *(state.slug for state in found)}
    for state in found:
        _expect(state.kind in ("state", "territory"), file, state.slug, "its kind is not known")
        _expect(state.part_of in slugs, file, state.slug, "its part_of is not known")
        _expect(state.successor in slugs, file, state.slug, "its successor is not known")
        _expect_dates(file, state.slug, state.since, state.until)
    _expect_unique_identifiers(file, found)
    return found


@lru_cache(maxsize=1)
def organisations() -> tuple[ReferenceOrganisation, ...]:
    """Returns the organisations by slug, checked: parents and members known, types of the vocabulary.

    Raises:
        ReferenceDataError: a row breaks one of these; the sentence names the row.
    """
    file = "organisations.tsv"
    found = _records(file, _organisation)
    state_slugs = {state.slug for state in states()}
    parents = {None, *state_slugs, *(organisation.slug for organisation in found)}
    for record in found:
        _expect(record.slug not in state_slugs, file, record.slug, "a state has the same slug")
        _expect(record.kind in ("organisation", "group"), file, record.slug, "its kind is not known")
        typed = record.organisation_type in words(OrganisationType)
        _expect(typed == (record.kind == "organisation"), file, record.slug, "organisations alone have a type")
        _expect(record.part_of in parents, file, record.slug, "its part_of is not known")
        for member in record.members:
            _expect(member.state in state_slugs, file, record.slug, "a member is not a known state")
            _expect_dates(file, record.slug, member.since, member.until)
    _expect_unique_identifiers(file, [*states(), *found])
    return found


@lru_cache(maxsize=1)
def topics() -> tuple[ReferenceTopic, ...]:
    """Returns the topics, broader ones before narrower ones.

    Raises:
        ReferenceDataError: a broader topic does not stand above its narrower one.
    """
    file = "topics.tsv"
    found = _records(file, _topic)
    above: set[str | None] = {None}
    for topic in found:
        _expect(topic.broader in above, file, topic.slug, "its broader topic does not stand above it")
        above.add(topic.slug)
    return found


@lru_cache(maxsize=1)
def historyatstate_slugs() -> Mapping[str, str]:
    """Returns our slug for each country id of the Office of the Historian (``turkiye`` → ``turkey``)."""
    named: Iterable[State | ReferenceOrganisation] = [*states(), *organisations()]
    slug_of = {identifier: record.slug for record in named for identifier in record.identifiers}
    ids = {value: slug for (scheme, value), slug in slug_of.items() if scheme == "historyatstate"}
    return MappingProxyType(ids)


def _records(file: str, record_of: Callable[[Row], Record]) -> tuple[Record, ...]:
    found = tuple(record_of(row) for row in table_rows(file))
    seen: set[str] = set()
    for record in found:
        _expect(record.slug not in seen, file, record.slug, "the slug is given twice")
        seen.add(record.slug)
    return found


def table_rows(file: str) -> list[Row]:
    """Returns the rows of a reference table, by column.

    Raises:
        ReferenceDataError: the table is missing, or a row has more or fewer cells than the header.
    """
    path = next((folder / file for folder in FOLDERS if (folder / file).is_file()), None)
    if path is None:
        raise ReferenceDataError(f"The table reference/{file} is missing; install the package again.")
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    columns = header.split("\t")
    rows: list[Row] = []
    for number, line in enumerate(lines, start=2):
        cells = line.split("\t")
        if len(cells) != len(columns):
            wanted = len(columns)
            raise ReferenceDataError(f"reference/{file}, line {number}: {len(cells)} cells instead of {wanted}.")
        rows.append(dict(zip(columns, cells, strict=True)))
    return rows


def _state(row: Row) -> State:
    return State(
        slug=row["slug"],
        name=row["name"],
        official=row["official"] or None,
        kind=cast(Literal["state", "territory"], row["kind"]),
        part_of=row["part_of"] or None,
        identifiers=_identifiers(row),
        since=row["since"] or None,
        until=row["until"] or None,
        successor=row["successor"] or None,
        adjectives=_parts(row["adjective"]),
        aliases=_parts(row["aliases"]),
    )


def _organisation(row: Row) -> ReferenceOrganisation:
    return ReferenceOrganisation(
        slug=row["slug"],
        name=row["name"],
        kind=cast(ActorKind, row["kind"]),
        organisation_type=cast(OrganisationType | None, row["organisation_type"] or None),
        part_of=row["part_of"] or None,
        identifiers=_identifiers(row),
        aliases=_parts(row["aliases"]),
        members=tuple(_membership(part) for part in _parts(row["members"])),
    )


def _topic(row: Row) -> ReferenceTopic:
    return ReferenceTopic(row["slug"], row["label"], row["broader"] or None, row["description"])


def _membership(text: str) -> Membership:
    state, _, dates = text.partition(":")
    since, _, until = dates.partition(":")
    return Membership(state, since, until or "..")


def _identifiers(row: Row) -> tuple[tuple[str, str], ...]:
    codes = [(scheme, row[scheme]) for scheme in CODE_SCHEMES if row.get(scheme)]
    return (*codes, *(("historyatstate", value) for value in _parts(row["historyatstate"])))


def _parts(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split("|") if part)


def _expect(holds: bool, file: str, slug: str, complaint: str) -> None:
    if not holds:
        raise ReferenceDataError(f"reference/{file}, {slug}: {complaint}.")


def _expect_dates(file: str, slug: str, *dates: str | None) -> None:
    for date in dates:
        if date not in (None, ".."):
            try:
                parse(date)
            except EdtfError as error:
                raise ReferenceDataError(f"reference/{file}, {slug}: {error}") from error


def _expect_unique_identifiers(file: str, records: Iterable[State | ReferenceOrganisation]) -> None:
    seen: set[tuple[str, str]] = set()
    for record in records:
        for identifier in record.identifiers:
            _expect(identifier not in seen, file, record.slug, f"{':'.join(identifier)} is given twice")
            seen.add(identifier)
