"""The rows that answer the questions of ``models/grafana.py``: flat, every key in every row, no null in a series."""

from typing import Final

from pydantic import ConfigDict, Field

from models.base import Shape
from models.graph import GraphAnswer
from models.vocabulary import ActorKind, ContactKind, Level, Status

_LINK: Final = "Where the contacts behind it are, from the root of the service."


class GrafanaNode(Shape):
    """One circle of a node graph panel. Of the arcs the one that names its kind is 1, so that each kind has a colour
    and the legend names it."""

    id: str = Field(description="Public id of the actor; edges name it as source and target.")
    title: str = Field(description="The actor's name, under the circle.")
    subtitle: str = Field(description="What it is, below that.")
    mainstat: str = Field(description="Contacts of its ties in this answer, inside the circle.")
    secondarystat: str = Field(description="What that number counts.")
    arc__person: float = Field(description="1 for a person, else 0.")
    arc__office: float = Field(description="1 for an office, else 0.")
    arc__organisation: float = Field(description="1 for an organisation, else 0.")
    arc__state: float = Field(description="1 for a state, else 0.")
    arc__group: float = Field(description="1 for a group, else 0.")
    noderadius: int = Field(description="Pixels; its area grows with the contacts.")
    detail__ties: str = Field(description="Ties within this answer.")
    detail__hops: str = Field(description="How far from the nearest actor asked for.")
    slug: str = Field(description="For links of the dashboard: the actor's name in addresses.")
    kind: ActorKind = Field(description="What the actor is.")
    contacts: int = Field(description="The number in mainstat; a contact of three counts for each tie.")
    link: str = Field(description=_LINK)


class GrafanaEdge(Shape):
    """One line of a node graph panel; both ends are among the nodes."""

    id: str = Field(description="Made of the ids of both ends; stable.")
    source: str = Field(description="Id of one node.")
    target: str = Field(description="Id of the other.")
    mainstat: str = Field(description="Distinct contacts of the two.")
    secondarystat: str = Field(description="The day of their last contact, or by when it was.")
    thickness: float = Field(description="Pixels; grows with the logarithm of the contacts.")
    color: str = Field(description="How long ago the last contact was.")
    detail__first: str = Field(description="Day or days of their first contact, or «unknown».")
    detail__last: str = Field(description="The same of their last.")
    contacts: int = Field(description="The number in mainstat.")
    link: str = Field(description=_LINK)


class GrafanaPoint(Shape):
    """One number of one series."""

    time: str = Field(description="Midnight, UTC, of the first day of the bucket.")
    series: str = Field(description="Its key: contacts, a kind, a status, an office level, the slug of a side.")
    name: str = Field(description="The same to be read.")
    value: float = Field(description="Contacts; fractions where dates are spread.")


class GrafanaMoment(Shape):
    """The numbers of all series in one bucket, each under its key."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, float]

    time: str = Field(description="Midnight, UTC, of the first day of the bucket.")


class GrafanaCell(Shape):
    """What joined two actors."""

    row_slug: str = Field(description="The row, by its name in addresses.")
    row_name: str = Field(description="Its name.")
    column_slug: str = Field(description="The column, by its name in addresses.")
    column_name: str = Field(description="Its name.")
    value: int = Field(description="Contacts, edges or days, as `count` says.")
    link: str = Field(description=_LINK)


class GrafanaMatrixRow(Shape):
    """A row of the matrix: one column for each slug, 0 where the two did not deal with each other."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int]

    row_slug: str = Field(description="The row, by its name in addresses.")
    row_name: str = Field(description="Its name.")


class GrafanaContact(Shape):
    """One contact as a row of a table."""

    id: str = Field(description="Public id of the contact.")
    time: str | None = Field(description="Midnight, UTC, of its first day, else of its known end; null = unknown.")
    when: str = Field(description="Its date, EDTF; empty = unknown.")
    title: str = Field(description="Kind and participants in words.")
    kind: ContactKind = Field(description="What kind of event it is.")
    status: Status = Field(description="What became of it.")
    known: str = Field(description="How that is known, in words.")
    participants: str = Field(description="Who took part, comma-joined.")
    place: str = Field(description="Where, in words; empty = unknown.")
    topics: str = Field(description="What it was about, comma-joined.")
    summary: str = Field(description="What happened, in the editor's words; may be empty.")
    accounts: int = Field(description="Accounts that stand.")
    link: str = Field(description="Its address, from the root of the service.")


class GrafanaAnnotation(Shape):
    """One contact as an annotation."""

    id: str = Field(description="Public id of the contact.")
    time: str = Field(description="Midnight, UTC, of the first day on which it was or may have been.")
    time_end: str = Field(
        alias="timeEnd", description="The end of the last of these days; equal to time where only its end is known."
    )
    title: str = Field(description="Kind and participants in words.")
    text: str = Field(description="Its summary, and how it is known.")
    tags: str = Field(description="Kind, status and topics, comma-joined.")
    link: str = Field(description="Its address, from the root of the service.")


class GrafanaLastContact(Shape):
    """The last contact of a pair."""

    ego_slug: str = Field(description="From whose side the pair is seen.")
    ego_name: str = Field(description="His name.")
    alter_slug: str = Field(description="The counterpart.")
    alter_name: str = Field(description="His name.")
    alter_kind: ActorKind = Field(description="What the counterpart is.")
    level: Level = Field(description="The level at which both are named.")
    contacts: int = Field(description="Distinct contacts of the two.")
    last_from: str | None = Field(description="First day on which the last may have been; null = unknown.")
    last_to: str | None = Field(description="Last day on which it may have been; null = unknown.")
    days_at_least: int | None = Field(description="Days of silence, if it was as late as its date allows.")
    days_at_most: int | None = Field(description="Days, if it was as early; null = unknown.")
    kind: ContactKind | None = Field(description="What kind of event the last was.")
    status: Status | None = Field(description="What became of it.")
    known: str = Field(description="How that is known, in words; empty where status is null.")
    contact: str | None = Field(description="Address of the last contact.")
    link: str = Field(description=_LINK)


class GrafanaSilence(Shape):
    """A pair that has fallen silent."""

    ego_slug: str = Field(description="One end.")
    ego_name: str = Field(description="Its name.")
    alter_slug: str = Field(description="The other.")
    alter_name: str = Field(description="Its name.")
    contacts: int = Field(description="Distinct contacts of the two.")
    last_when: str | None = Field(description="Date of the last contact that counts, EDTF.")
    last_kind: ContactKind | None = Field(description="What kind of event it was.")
    days_at_least: int | None = Field(description="Days of silence, coarser dates counted in.")
    days_at_most: int | None = Field(description="Days since the last contact dated to the day, engagements apart.")
    usual_gap_days: float | None = Field(description="Median of the days between contacts; null with too few.")
    times_usual: float | None = Field(description="The silence, at most, divided by the usual gap.")
    contact: str | None = Field(description="Address of the last contact that counts.")
    link: str = Field(description=_LINK)


class GrafanaVariable(Shape):
    """A value of a dashboard variable."""

    text: str = Field(alias="__text", description="What a reader chooses.")
    value: str = Field(alias="__value", description="What stands in the address.")


class GrafanaNodes(GraphAnswer):
    """Nodes as rows, ring by ring, the strongest first."""

    items: list[GrafanaNode] = Field(description="One row for each actor.")


class GrafanaEdges(GraphAnswer):
    """Edges as rows, the strongest first."""

    items: list[GrafanaEdge] = Field(description="One row for each pair.")


class GrafanaTimeseries(GraphAnswer):
    """Series as rows, in the order of time."""

    items: list[GrafanaPoint | GrafanaMoment] = Field(description="One row for each number, or for each bucket.")


class GrafanaMatrix(GraphAnswer):
    """A matrix as rows."""

    items: list[GrafanaCell | GrafanaMatrixRow] = Field(description="One row for each cell, or for each row.")


class GrafanaContacts(GraphAnswer):
    """Contacts as rows, in the order asked."""

    items: list[GrafanaContact] = Field(description="One row for each contact.")


class GrafanaAnnotations(GraphAnswer):
    """Contacts as annotations, in the order asked."""

    items: list[GrafanaAnnotation] = Field(description="One row for each contact that has a date.")


class GrafanaLastContacts(GraphAnswer):
    """Last contacts as rows, in the order asked."""

    items: list[GrafanaLastContact] = Field(description="One row for each pair.")


class GrafanaSilences(GraphAnswer):
    """Silences as rows, in the order asked."""

    items: list[GrafanaSilence] = Field(description="One row for each pair.")


class GrafanaVariables(GraphAnswer):
    """Values as rows."""

    items: list[GrafanaVariable] = Field(description="One row for each value.")
