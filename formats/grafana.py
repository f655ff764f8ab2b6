"""Answers of graph questions as the flat rows of ``models/grafana_rows.py``: what Grafana's panels read.

Every function takes members of an answer as JSON values and returns rows; every row has all keys of its shape.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from models.vocabulary import ActorKind, words

Row = dict[str, Any]
CONTACTS: Final = "contacts"
RADIUS: Final = (24, 60)
"""Pixels of the smallest and the largest circle: a panel draws 40 by default."""
FRESH_DAYS, RECENT_DAYS = 90, 365
FRESH, RECENT, OLD = "#1F60C4", "#8AB8FF", "#8E8E8E"
"""Two blues and a grey: told apart by those who do not see red and green, too."""
KNOWN: Final[Mapping[str, str]] = {
    "disputed": "one side affirms it, another denies it",
    "confirmed": "two sides or more stand by it",
    "acknowledged": "one side stands by it",
    "reported": "reported by others; no side has spoken",
    "denied": "denied",
    "planned": "announced, not yet known to have taken place",
    "requested": "requested",
    "declined": "declined",
    "postponed": "postponed",
    "cancelled": "cancelled",
    "unsettled": "no account that stands settles it",
    "did_not_happen": "did not happen, by an editor's ruling",
}
"""What each status says of how a contact is known, in words."""
_DAY: Final = timedelta(days=1)
_MOMENT: Final = timedelta(microseconds=1)


def node_rows(members: Mapping[str, Any]) -> list[Row]:
    """Returns the nodes of models.circle.CircleAnswer as models.grafana_rows.GrafanaNode."""
    nodes: Sequence[Row] = members["nodes"]
    most = max((node["contacts"] for node in nodes), default=0) or 1
    return [
        {
            "id": node["id"],
            "title": node["name"],
            "subtitle": node["kind"],
            "mainstat": str(node["contacts"]),
            "secondarystat": CONTACTS,
            **{f"arc__{kind}": float(node["kind"] == kind) for kind in words(ActorKind)},
            "noderadius": round(RADIUS[0] + (RADIUS[1] - RADIUS[0]) * math.sqrt(node["contacts"] / most)),
            "detail__ties": str(node["degree"]),
            "detail__hops": str(node["hops"]),
            "slug": node["slug"],
            "kind": node["kind"],
            "contacts": node["contacts"],
            "link": f"/v1/actors/{node['slug']}",
        }
        for node in nodes
    ]


def edge_rows(members: Mapping[str, Any], as_of: date) -> list[Row]:
    """Returns the ties of models.circle.CircleAnswer as models.grafana_rows.GrafanaEdge.

    Args:
        members: of the answer.
        as_of: the civil day at which silences are measured.
    """
    return [
        {
            "id": f"{tie['source']}~{tie['target']}",
            "source": tie["source"],
            "target": tie["target"],
            "mainstat": str(tie["contacts"]),
            "secondarystat": _shortly(tie["last"]),
            "thickness": round(1 + math.log2(tie["contacts"]), 2),
            "color": _colour(tie["last"], as_of),
            "detail__first": _days(tie["first"]),
            "detail__last": _days(tie["last"]),
            "contacts": tie["contacts"],
            "link": tie["links"]["contacts"],
        }
        for tie in members["edges"]
    ]


def _colour(last: Mapping[str, Any], as_of: date) -> str:
    day = last_day(last["latest"])
    if day is None:
        return OLD
    silent = (as_of - day).days
    return FRESH if silent <= FRESH_DAYS else RECENT if silent <= RECENT_DAYS else OLD


def first_day(earliest: str | None) -> date | None:
    """Returns the first civil day of bounds, None where unknown."""
    return datetime.fromisoformat(earliest).date() if earliest else None


def last_day(latest: str | None) -> date | None:
    """Returns the last civil day of half-open bounds, None where unknown."""
    return (datetime.fromisoformat(latest) - _MOMENT).date() if latest else None


def _shortly(bounds: Mapping[str, Any]) -> str:
    first, last = first_day(bounds["earliest"]), last_day(bounds["latest"])
    if last is None:
        return f"from {first}" if first else "day unknown"
    return str(last) if first == last else f"by {last}"


def _days(bounds: Mapping[str, Any]) -> str:
    first, last = first_day(bounds["earliest"]), last_day(bounds["latest"])
    if first == last:
        return str(last) if last else "unknown"
    return f"{first or 'unknown'} to {last or 'unknown'}"


def midnight(day: object) -> str:
    """Returns the beginning of a civil day, UTC, as Grafana reads it."""
    return f"{day}T00:00:00Z"


def point_rows(members: Mapping[str, Any]) -> list[Row]:
    """Returns models.timeline.TimelineAnswer as models.grafana_rows.GrafanaPoint: one row per bucket and series."""
    names = _series(members)
    return [
        {"time": midnight(bucket["from"]), "series": key, "name": name, "value": _value(bucket, key, members["group"])}
        for bucket in members["buckets"]
        for key, name in names.items()
    ]


def moment_rows(members: Mapping[str, Any]) -> list[Row]:
    """Returns models.timeline.TimelineAnswer as models.grafana_rows.GrafanaMoment: one row per bucket."""
    keys = list(_series(members))
    return [
        {
            "time": midnight(bucket["from"]),
            **{_apart(key, "time"): _value(bucket, key, members["group"]) for key in keys},
        }
        for bucket in members["buckets"]
    ]


def _series(members: Mapping[str, Any]) -> dict[str, str]:
    if members["group"] == "none":
        return {CONTACTS: CONTACTS}
    return {
        group["key"]: group["actor"]["name"] if group.get("actor") else group["key"].replace("_", " ")
        for group in members["groups"]
    }


def _value(bucket: Mapping[str, Any], key: str, group: str) -> float:
    return float(bucket["contacts"] if group == "none" else bucket["groups"].get(key, 0))


def _apart(key: str, taken: str) -> str:
    # A slug holds no underscore, so nothing else has that name.
    return f"{key}_" if key == taken else key


def cell_rows(members: Mapping[str, Any]) -> list[Row]:
    """Returns models.matrix.MatrixAnswer as models.grafana_rows.GrafanaCell: one row per cell that is not empty."""
    names = {end["actor"]["slug"]: end["actor"]["name"] for end in (*members["rows"], *members["columns"])}
    return [
        {
            "row_slug": cell["row"],
            "row_name": names[cell["row"]],
            "column_slug": cell["column"],
            "column_name": names[cell["column"]],
            "value": cell["value"],
            "link": cell["link"],
        }
        for cell in members["cells"]
    ]


def matrix_rows(members: Mapping[str, Any]) -> list[Row]:
    """Returns models.matrix.MatrixAnswer as models.grafana_rows.GrafanaMatrixRow: one row per row."""
    values = {(cell["row"], cell["column"]): cell["value"] for cell in members["cells"]}
    columns = [end["actor"]["slug"] for end in members["columns"]]
    return [
        {
            "row_slug": end["actor"]["slug"],
            "row_name": end["actor"]["name"],
            **{column: values.get((end["actor"]["slug"], column), 0) for column in columns},
        }
        for end in members["rows"]
    ]


def variable_rows(named: Iterable[tuple[str, str]]) -> list[Row]:
    """Returns names and values as models.grafana_rows.GrafanaVariable."""
    return [{"__text": name, "__value": value} for name, value in named]
