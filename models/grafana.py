"""Flat rows for Grafana: the questions, which take a dashboard's times, and rows that all have the same keys.

The fields of nodes and edges are those of Grafana's node graph panel (NodeGraphDataFrameFieldNames: ``id``, ``title``,
``subtitle``, ``mainstat``, ``secondarystat``, ``arc__*`` which add up to 1, ``noderadius``; ``source``, ``target``,
``thickness``, ``color``; ``detail__*`` in the context menu), those of annotations and variables what its Infinity data
source wants: ``time``, ``timeEnd``, ``title``, ``text``, ``tags``; ``__text`` and ``__value``. Numbers in ``mainstat``
are text, since the panel would show 7 as 7.00.

Source: Grafana, «Node graph» and «Annotate visualizations»; Infinity data source, «Node graph», «Annotations»,
«Template variables».
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, model_validator

from models.base import EdtfText
from models.circle import CircleQuestion
from models.filters import LARGEST_PAGE, ContactFilter, Refs
from models.graph import GraphQuestion
from models.lapsed import LapsedQuestion, LongestSilence
from models.matrix import MatrixQuestion
from models.timeline import TimelineQuestion
from models.vocabulary import ContactSort, RowShape, TieSort

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECONDS: Final = re.compile(r"-?[0-9]{5,15}|[0-9]{1,3}|-[0-9]{1,4}", re.ASCII)
"""Four digits are a year."""
_FRACTION: Final = re.compile(r"(?<=T\d\d:\d\d:\d\d)\.\d{1,9}(?=Z|[+-]|$)", re.ASCII)
_BEYOND: Final = "milliseconds since 1970 must lie in the years 1 to 9998"
_WHEN: Final = "EDTF, an instant, or milliseconds since 1970, which mean the day in UTC"


def day_of_dashboard(value: object) -> object:
    """Returns a time as dashboards write it as EDTF: of ``${__from}`` the day in UTC, of an instant no fractions.

    Raises:
        ValueError: it lies beyond the years that are recorded.
    """
    if not isinstance(value, str):
        return value
    text = value.strip()
    if not _MILLISECONDS.fullmatch(text):
        return _FRACTION.sub("", text)
    try:
        return (EPOCH + timedelta(milliseconds=int(text))).date().isoformat()
    except OverflowError as error:
        raise ValueError(_BEYOND) from error


DashboardDay = Annotated[EdtfText, BeforeValidator(day_of_dashboard)]


class DashboardQuestion(GraphQuestion):
    """What all questions of a dashboard take: the shared filter, its times as Grafana writes them."""

    from_: DashboardDay | None = Field(
        default=None, alias="from", description=f"First civil day, inclusive: {_WHEN}.", examples=["2021-05-01"]
    )
    to: DashboardDay | None = Field(
        default=None, description=f"Last civil day, inclusive: {_WHEN}.", examples=["1622505600000"]
    )

    @model_validator(mode="before")
    @classmethod
    def empty_is_absent(cls, given: Any) -> Any:
        # A dashboard variable without a value leaves its parameter in the address, empty.
        if not isinstance(given, dict):
            return given
        return {name: value for name, value in given.items() if value not in ("", [""])}


class NodeQuestion(DashboardQuestion, CircleQuestion):
    """The nodes of a node graph panel: everybody within some hops of `actor`, as one row each.

    The same question of `/v1/grafana/edges` gives the ties among them. The panel draws nobody beyond 1,500 nodes.
    """


class EdgeQuestion(DashboardQuestion, CircleQuestion):
    """The edges of a node graph panel: the ties among those whom `/v1/grafana/nodes` answers to the same question.

    Colour says how long ago the last contact was, on the day of the answer or the last of `to`: blue within 90 days,
    light blue within a year, grey longer or unknown. Thickness grows with the number of contacts.
    """


class TimeseriesQuestion(DashboardQuestion, TimelineQuestion):
    """Contacts per day to year as series without gaps: `shape=long` has a row for each bucket and series, `wide` one
    for each bucket with a column for each series.

    Counted as in `/v1/timeline`: by default an uncertain date is spread over the buckets it may lie in. What has no
    two known ends is in no bucket; `meta.left_out` counts it. With `group=none` the one series is called `contacts`.
    """

    shape: RowShape = Field(default="long", description="One row for each number, or for each bucket.")


class MatrixRowsQuestion(DashboardQuestion, MatrixQuestion):
    """Who dealt with whom as rows: `shape=long` has one for each pair that has a number, `wide` one for each row of the
    matrix with a column for each slug, 0 where two did not deal with each other. Counted as in `/v1/matrix`."""

    shape: RowShape = Field(default="long", description="One row for each cell, or for each row of the matrix.")


class ContactRowsQuestion(DashboardQuestion, ContactFilter):
    """Contacts as rows of a table, how each is known in words; `status=planned` shows what lies ahead."""

    sort: ContactSort = Field(default="-latest", description="Open and unknown ends come last.")
    limit: int = Field(default=200, ge=1, le=LARGEST_PAGE, description="Most rows, 1 to 1000.")


class AnnotationQuestion(ContactRowsQuestion):
    """Contacts as annotations of a time line: a region over the days on which each was or may have been.

    One whose start is unknown stands at its known end; what has neither is left out, and counted.
    """


class LastContactQuestion(DashboardQuestion):
    """The last contact of each pair: of `actor` with each counterpart, or of the whole record, and how it is known.

    `days_at_least` and `days_at_most` are the silence since; they differ where dates are uncertain. Kind, status and
    address of the contact are null where it is not among the newest 1,000 of the question.
    """

    actor: Refs = Field(default=[], description="Seen from these; absent = the whole record.", examples=[["joe-biden"]])
    sort: TieSort = Field(default="-last", description="Latest, strongest or first contact first.")
    limit: int = Field(default=100, ge=1, le=LARGEST_PAGE, description="Most rows, 1 to 1000.")


class SilenceQuestion(DashboardQuestion, LapsedQuestion):
    """Who has fallen silent: pairs without a contact for more than `days`, the longest silence first, beside the
    usual gap between their contacts. Counted as in `/v1/lapsed-ties`; without `days` and `times` more than 90 days."""

    days: LongestSilence | None = Field(default=None, description="Silent for more days than this.", examples=[30])

    @model_validator(mode="before")
    @classmethod
    def quarter_of_a_year(cls, given: Any) -> Any:
        if not isinstance(given, dict) or any(given.get(name) not in (None, "", [""]) for name in ("days", "times")):
            return given
        return {**given, "days": "90"}


VariableName = Literal["actors", "counterparts", "kinds", "statuses", "levels", "topics", "episodes"]


class VariableQuestion(DashboardQuestion):
    """The values of a dashboard variable, with their names: `actors` and `counterparts` under the shared filter, those
    with most contacts first; the other lists are whole, and take the times alone."""

    actor: Refs = Field(default=[], description="Whose counterparts; needed for these.", examples=[["iso3:USA"]])
    limit: int = Field(default=300, ge=1, le=LARGEST_PAGE, description="Most values, 1 to 1000.")
