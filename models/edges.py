"""Projections: lifts, incidences, edges and ties. Derived, never edited, rebuilt by one command."""

from datetime import date, datetime
from typing import Final, Literal

from pydantic import Field
from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Text,
    text,
)
from sqlmodel import Field as ColumnField

from models.base import ActorLink, Civil, CodeText, KnownFrom, Page, Shape
from models.contacts import ContactBounds
from models.silences import DateRange, Silence
from models.vocabulary import COUNTED_KINDS, STORED_LEVELS, ContactKind, Level, Status, words

LARGEST_STORED_CONTACT = 24
"""Units of one contact above which its pairs are expanded on read: 25 units make 600 rows."""
HIGHEST_CLEARANCE = 32767
OF_NO_YEAR = """(newest <> match_latest OR extract(year FROM match_earliest)
    <> extract(year FROM match_latest - interval '1 microsecond'))"""
"""Edges whose span does not lie in one calendar year, or whose end is not stated: few, and found by an index."""
ROLLED_LEVEL: Final[Level] = "state"
"""The level at which contacts are also counted by month: two hundred units, whatever the size of the record."""


def plain_id(*, primary: bool = False) -> int:
    """Returns an id column without a foreign key: projections are rebuilt, not guarded."""
    column: int = ColumnField(primary_key=primary, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    return column


class Cleared(KnownFrom):
    """Room for readers' clearances."""

    clear_from: int = ColumnField(
        default=0,
        primary_key=True,
        sa_type=SmallInteger,
        sa_column_kwargs={"server_default": text("0"), "autoincrement": False},
    )
    clear_until: int = ColumnField(
        default=HIGHEST_CLEARANCE,
        sa_type=SmallInteger,
        sa_column_kwargs={"server_default": text(str(HIGHEST_CLEARANCE))},
    )


class Lift(KnownFrom, table=True):
    """Where an actor stands at a level over one time, by his affiliations. No row = he stays himself."""

    __tablename__ = "lift"
    __table_args__ = (
        CheckConstraint(f"level IN {words(Level)}", name="lift_level"),
        Index("lift_unit_idx", "unit_id", "level"),
    )
    actor_id: int = plain_id(primary=True)
    level: str = ColumnField(sa_type=CodeText, primary_key=True)
    unit_id: int = plain_id(primary=True)
    since: datetime = ColumnField(sa_type=Civil, primary_key=True)
    until: datetime = ColumnField(sa_type=Civil)
    certain: bool
    ambiguous: bool


class Incidence(ContactBounds, Cleared, table=True):
    """A unit and a contact it took part in: the hypergraph itself, in the order in which it is read."""

    __tablename__ = "incidence"
    __table_args__ = (
        CheckConstraint(f"level IN {STORED_LEVELS}", name="incidence_level"),
        PrimaryKeyConstraint("ego_id", "level", "contact_id", "clear_from"),
        Index(
            "incidence_newest_idx",
            "ego_id",
            "level",
            "newest",
            "contact_id",
            postgresql_include=["status", "kind"],
        ),
        Index("incidence_contact_idx", "contact_id"),
        Index("incidence_wide_idx", "ego_id", "level", "contact_id", postgresql_where=text("wide")),
    )
    ego_id: int = plain_id(primary=True)
    level: str = ColumnField(sa_type=CodeText, primary_key=True)
    contact_id: int = plain_id(primary=True)
    kind: str = ColumnField(sa_type=Text)
    status: str = ColumnField(sa_type=Text)
    roles: str = ColumnField(sa_type=Text, description="Roles the unit had, comma-joined in their order.")
    certain: bool
    represented: bool
    wide: bool = ColumnField(description="The contact has more units than pairs are stored for.")


class Edge(ContactBounds, Cleared, table=True):
    """One pair in one contact, stored from both ends."""

    __tablename__ = "edge"
    __table_args__ = (
        CheckConstraint(f"level IN {STORED_LEVELS}", name="edge_level"),
        CheckConstraint("ego_id <> alter_id", name="edge_not_to_itself"),
        PrimaryKeyConstraint("ego_id", "level", "alter_id", "contact_id", "clear_from"),
        Index(
            "edge_pair_idx",
            "ego_id",
            "level",
            "alter_id",
            "newest",
            "contact_id",
            postgresql_include=["status", "kind"],
        ),
        Index("edge_newest_idx", "level", "newest", "contact_id", postgresql_where=text("ego_id < alter_id")),
        Index("edge_contact_idx", "contact_id"),
        Index("edge_until_idx", "level", "match_latest"),
        Index("edge_rest_idx", "level", "contact_id", postgresql_where=text(f"ego_id < alter_id AND {OF_NO_YEAR}")),
    )
    ego_id: int = plain_id(primary=True)
    alter_id: int = plain_id(primary=True)
    level: str = ColumnField(sa_type=CodeText, primary_key=True)
    contact_id: int = plain_id(primary=True)
    kind: str = ColumnField(sa_type=Text)
    status: str = ColumnField(sa_type=Text)
    ego_roles: str = ColumnField(sa_type=Text)
    alter_roles: str = ColumnField(sa_type=Text)
    initiated_by: str | None = ColumnField(default=None, sa_type=Text, description="ego, alter, both; null = unknown.")
    certain: bool
    represented: bool


class Tie(Cleared, table=True):
    """One pair over all contacts that count (statuses 1–4), stored from both ends."""

    __tablename__ = "tie"
    __table_args__ = (
        CheckConstraint(f"level IN {STORED_LEVELS}", name="tie_level"),
        CheckConstraint("contacts > 0", name="tie_counts"),
        CheckConstraint(f"cardinality(by_kind) = {len(COUNTED_KINDS)}", name="tie_by_kind"),
        PrimaryKeyConstraint("ego_id", "level", "alter_id", "clear_from"),
        Index("tie_contacts_idx", "ego_id", "level", "contacts", "alter_id"),
        Index("tie_last_idx", "ego_id", "level", "last_latest", "alter_id"),
        Index(
            "tie_strongest_idx",
            "level",
            "contacts",
            "ego_id",
            "alter_id",
            postgresql_where=text("ego_id < alter_id"),
        ),
        Index(
            "tie_state_idx",
            "ego_id",
            "alter_id",
            postgresql_include=["contacts", "by_kind"],
            postgresql_where=text(f"level = '{ROLLED_LEVEL}'"),
        ),
    )
    ego_id: int = plain_id(primary=True)
    alter_id: int = plain_id(primary=True)
    level: str = ColumnField(sa_type=CodeText, primary_key=True)
    contacts: int = ColumnField(sa_type=BigInteger, description="Distinct contacts.")
    by_kind: list[int] = ColumnField(sa_type=ARRAY(BigInteger), description="In the order of COUNTED_KINDS.")
    initiated_by_ego: int = ColumnField(sa_type=BigInteger)
    initiated_by_alter: int = ColumnField(sa_type=BigInteger)
    uncertain: int = ColumnField(sa_type=BigInteger, description="Of the contacts, those whose lift is only possible.")
    first_earliest: datetime = ColumnField(sa_type=Civil)
    first_latest: datetime = ColumnField(sa_type=Civil)
    last_earliest: datetime = ColumnField(sa_type=Civil)
    last_latest: datetime = ColumnField(sa_type=Civil)


class TieMonth(Cleared, table=True):
    """One pair over all contacts of one kind that count and whose match window touches the same months.

    A unit beside itself counts the contacts it took part in. A contact that matches no window touches
    neither end of time: since 9999-12, until 0001-01.
    """

    __tablename__ = "tie_month"
    __table_args__ = (
        CheckConstraint(f"level = '{ROLLED_LEVEL}'", name="tie_month_level"),
        PrimaryKeyConstraint("ego_id", "level", "alter_id", "since_month", "until_month", "kind", "clear_from"),
        Index(
            "tie_month_until_idx",
            "level",
            "until_month",
            "ego_id",
            "alter_id",
            postgresql_include=["since_month", "kind", "contacts"],
        ),
        Index(
            "tie_month_span_idx",
            "level",
            "until_month",
            "since_month",
            postgresql_include=["ego_id", "alter_id", "kind", "contacts"],
            postgresql_where=text("since_month < until_month"),
        ),
    )
    ego_id: int = plain_id(primary=True)
    level: str = ColumnField(sa_type=CodeText, primary_key=True)
    alter_id: int = plain_id(primary=True)
    since_month: date = ColumnField(
        sa_type=Date, primary_key=True, description="First day of the first month that the match window touches."
    )
    until_month: date = ColumnField(
        sa_type=Date, primary_key=True, description="First day of the last month that it touches."
    )
    kind: str = ColumnField(sa_type=CodeText, primary_key=True)
    contacts: int = ColumnField(sa_type=Integer, description="Distinct contacts.")


class EdgeOut(Shape):
    """One pair in one contact, as one flat row: no join needed."""

    contact_id: str = Field(description="Public id of the contact.")
    contact_kind: ContactKind = Field(description="What kind of event it is.")
    contact_status: Status = Field(description="What became of it.")
    when: str | None = Field(description="Its date, EDTF; null = unknown.")
    earliest: str | None = Field(
        description="Start of the date's bounds, civil time, inclusive; null = unknown or open."
    )
    latest: str | None = Field(description="End of the date's bounds, civil time, exclusive; null = unknown or open.")
    level: Level = Field(description="The level at which the ends are named.")
    source_id: str = Field(description="One end; with actor= in the question, that actor.")
    source_slug: str = Field(description="Its readable name in addresses.")
    source_name: str = Field(description="Its primary name.")
    source_kind: str = Field(description="What it is.")
    source_roles: str = Field(description="The roles it had, comma-joined.")
    target_id: str = Field(description="The other end.")
    target_slug: str = Field(description="Its readable name in addresses.")
    target_name: str = Field(description="Its primary name.")
    target_kind: str = Field(description="What it is.")
    target_roles: str = Field(description="The roles it had, comma-joined.")
    initiated_by: Literal["source", "target", "both"] | None = Field(
        description="Who called, asked or invited; null = unknown."
    )
    certain: bool = Field(description="False where an affiliation covers the date only possibly.")
    ambiguous: bool = Field(
        description="An end is one of several units that a participant may have stood for: he held several offices on "
        "the date, and no capacity is given. Such an edge is not certain."
    )
    represented: bool = Field(description="An end was lifted through on_behalf_of.")
    contact: str = Field(description="Address of the contact.")


class EdgePage(Page[EdgeOut]):
    """A page of edges."""


class TieOut(Shape):
    """One pair over all contacts of the question."""

    level: Level = Field(description="The level at which the ends are named.")
    ego: ActorLink = Field(description="From whose side the pair is seen.")
    alter: ActorLink = Field(description="The counterpart.")
    contacts: int = Field(description="Distinct contacts.")
    by_kind: dict[ContactKind, int] = Field(description="How many of them are of each kind.")
    initiated_by_ego: int = Field(description="How many of them ego initiated.")
    initiated_by_alter: int = Field(description="How many of them alter initiated.")
    uncertain: int = Field(
        description="Of the contacts, those that count only possibly: a tenure may not cover the date, or is one of "
        "several."
    )
    first: DateRange = Field(description="When the first of them took place.")
    last: DateRange = Field(description="When the last of them took place.")
    silence: Silence = Field(description="Days since the last of them.")
    links: dict[Literal["contacts", "tie", "last"], str] = Field(description="Where to go on from here.")
    left_out: dict[Literal["contacts_of_too_many_participants"], int] | None = Field(
        default=None,
        description="What both attended and the tie does not count, if anything: too many took part.",
    )


class TiePage(Page[TieOut]):
    """A page of ties."""
