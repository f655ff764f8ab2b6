"""Actors: persons, offices, organisations, states and groups, with their names and outside identifiers."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator
from sqlalchemy import ARRAY, CheckConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field as ColumnField

from models.base import (
    ActorLink,
    CodeText,
    Fields,
    Flag,
    KnownFrom,
    Language,
    Name,
    Page,
    Prose,
    Recorded,
    SafeText,
    Scheme,
    Shape,
    Slug,
    Versioned,
    id_column,
    patch_of,
    ref_column,
)
from models.vocabulary import ActorKind, NameKind, OrganisationType, words


class NameFields(Fields):
    """One name of an actor, in one language and script."""

    name: Name = ColumnField(description="The name, in its own script.")
    kind: NameKind = ColumnField(default="alias", sa_type=Text, description="How it is used.")
    lang: Language | None = ColumnField(
        default=None, sa_type=Text, description="Language as a BCP 47 tag, such as ar or pt-BR."
    )
    script: Annotated[str, Field(pattern=r"^[A-Z][a-z]{3}$")] | None = ColumnField(
        default=None, sa_type=Text, description="ISO 15924 code; found from the text when absent."
    )


class Identifier(Shape):
    """An outside identifier: ``iso3:ISR``, ``wikidata:Q6279``."""

    scheme: Scheme = Field(description="Who gives the identifier: iso3, wikidata, a data set.")
    value: Annotated[SafeText, Field(min_length=1, max_length=200)] = Field(
        description="The identifier itself, as its scheme writes it."
    )


def refuse_repeated(identifiers: list[Identifier]) -> list[Identifier]:
    """Returns a list of identifiers in which each stands once."""
    keys = [(one.scheme, one.value) for one in identifiers]
    repeated = next((number for number, key in enumerate(keys) if key in keys[:number]), None)
    if repeated is not None:
        raise ValueError(f"each identifier stands once; number {repeated}, counted from 0, repeats an earlier one")
    return identifiers


class ActorFields(Fields):
    """What an actor is."""

    kind: ActorKind = ColumnField(sa_type=Text, description="What it is.")
    name: Name = ColumnField(description="Its primary name.")
    organisation_type: OrganisationType | None = ColumnField(
        default=None,
        sa_type=Text,
        description="Only of organisations. A media house never speaks for its state.",
    )
    provisional: Flag = ColumnField(
        default=False,
        description="True while it is not settled who this is: a surname and an office in a source.",
    )
    description: Prose | None = ColumnField(default=None, sa_type=Text, description="What a reader should know of it.")


class ActorIn(ActorFields):
    """An actor as a client sends it."""

    slug: Slug | None = Field(default=None, description="Made from the name when absent.")
    names: Annotated[list[NameFields], Field(max_length=200)] = Field(
        default=[], description="Its other names, in any script."
    )
    identifiers: Annotated[list[Identifier], Field(max_length=50)] = Field(
        default=[], description="Its outside identifiers; each names one actor only."
    )

    @field_validator("identifiers")
    @classmethod
    def each_identifier_once(cls, value: list[Identifier]) -> list[Identifier]:
        return refuse_repeated(value)

    @model_validator(mode="after")
    def type_only_organisations(self) -> "ActorIn":
        if self.organisation_type is not None and self.kind != "organisation":
            raise ValueError("organisation_type is only for actors of kind organisation")
        return self


ActorPatch = patch_of(ActorIn, "ActorPatch")


class Actor(ActorFields, Versioned, table=True):
    """A node of the graph."""

    __tablename__ = "actor"
    __table_args__ = (
        CheckConstraint(f"kind IN {words(ActorKind)}", name="actor_kind"),
        CheckConstraint(
            f"organisation_type IS NULL OR kind = 'organisation' AND organisation_type IN {words(OrganisationType)}",
            name="actor_organisation_type",
        ),
        UniqueConstraint("slug", name="actor_slug_key"),
        Index("actor_keys_idx", "keys", postgresql_using="gin"),
        Index("actor_name_idx", "folded", "actor_id"),
        Index("actor_merged_idx", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
    )
    actor_id: int | None = id_column("actor_id_seq")
    slug: str = ColumnField(sa_type=CodeText)
    folded: str = ColumnField(sa_type=CodeText, description="The name, folded: sort key and exact match.")
    keys: list[str] = ColumnField(sa_type=ARRAY(Text), description="Blocking keys of all names, for search.")
    merged_into_id: int | None = ref_column("actor.actor_id", name="actor_merged_into_fkey", nullable=True)


class ActorName(NameFields, KnownFrom, table=True):
    """A name of an actor, the primary one among them."""

    __tablename__ = "actor_name"
    __table_args__ = (
        CheckConstraint(f"kind IN {words(NameKind)}", name="actor_name_kind"),
        Index("actor_name_folded_idx", "folded", "actor_id"),
    )
    actor_id: int | None = ref_column("actor.actor_id", name="actor_name_actor_fkey", primary=True)
    ordinal: int = ColumnField(primary_key=True, sa_column_kwargs={"autoincrement": False})
    folded: str = ColumnField(sa_type=CodeText)


class ActorIdentifier(KnownFrom, table=True):
    """An outside identifier; it names one actor only."""

    __tablename__ = "actor_identifier"
    __table_args__ = (Index("actor_identifier_actor_idx", "actor_id"),)
    scheme: str = ColumnField(sa_type=CodeText, primary_key=True)
    value: str = ColumnField(sa_type=CodeText, primary_key=True)
    actor_id: int | None = ref_column("actor.actor_id", name="actor_identifier_actor_fkey")


class ActorOut(ActorFields, Recorded):
    """An actor as the service answers it."""

    slug: str = Field(description="Its readable name in addresses.")
    names: list[NameFields] = Field(description="All its names, the primary one among them.")
    identifiers: list[Identifier] = Field(description="Its outside identifiers.")
    links: dict[Literal["self", "contacts", "counterparts", "affiliations", "designations"], str] = Field(
        description="Where to go on from here."
    )


class ActorMatch(ActorLink):
    """An actor found by name, with how well it fits (0–100) and the name that fitted."""

    score: float = Field(description="How well it fits, 0 to 100.")
    matched_name: str = Field(description="The name that fitted.")
    provisional: bool = Field(description="True while it is not settled who this is.")
    holds: str | None = Field(
        description="The office he took last, with its dates: one line, to tell two of one name apart."
    )
    state: str | None = Field(description="Name of the state he stands or last stood for.")


class ActorMatchPage(Page[ActorMatch]):
    """Actors found by name, best fit first; one page, which `limits` cuts."""


class ActorPage(Page[ActorOut]):
    """A page of actors."""
