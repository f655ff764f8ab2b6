"""CAMEO rows: two-ended events with their codes, as conflict researchers' tools expect them."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final

from formats.days import last_day
from formats.shapes import Content, Document, Format, Options, in_chunks
from models.status import HAPPENED

CODES: Final[Mapping[str, str]] = {
    "call": "041",
    "conversation": "040",
    "meeting": "040",
    "negotiation": "046",
    "mediation": "045",
    "engagement": "040",
}
"""The code of each kind whose rows have no direction, or the initiator's. Source: CAMEO, root code 04."""
TRAVELLERS: Final = {"visit": "visitor", "mission": "envoy"}
"""Kinds that CAMEO codes twice: 042 by who travels, 043 by who receives him."""
INTENT: Final = "036"
HEADER: Final = (
    *("event_id", "event_date", "event_date_end", "source_slug", "source_name", "target_slug", "target_name"),
    *("cameo_code", "cameo_root", "quad_class", "contact"),
)
VERBAL_COOPERATION: Final = "1"


def write(content: Content, _: Options) -> Iterator[bytes]:
    """Yields a header and a row for each coded pair, two for a visit; codes are text in quotes and keep their zero."""
    return in_chunks(_lines(content))


def events_of(edge: Document) -> Iterator[tuple[str, bool]]:
    """Yields the codes of an edge, and whether its ends are turned for it; nothing where CAMEO has no code."""
    kind, status = edge["contact_kind"], edge["contact_status"]
    code = CODES.get(kind)
    if status == "planned" and (code or kind in TRAVELLERS):
        yield INTENT, edge["initiated_by"] == "target"
    elif status in HAPPENED and kind in TRAVELLERS:
        # A party neither of whom is known as the traveller is left as it stands.
        turned = TRAVELLERS[kind] in edge["target_roles"].split(",")
        yield "042", turned
        yield "043", not turned
    elif status in HAPPENED and code:
        mediates = kind == "mediation" and "mediator" in edge["target_roles"].split(",")
        yield code, mediates or (kind != "mediation" and edge["initiated_by"] == "target")


def _lines(content: Content) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADER)
    for edge in content.records():
        for code, turned in events_of(edge):
            writer.writerow(_row(edge, code, "target" if turned else "source"))
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _row(edge: Document, code: str, near: str) -> tuple[Any, ...]:
    far = "source" if near == "target" else "target"
    start, end = edge["earliest"], edge["latest"]
    return (
        f"{edge['contact_id']}-{edge[f'{near}_id']}-{edge[f'{far}_id']}-{code}",
        start and start[:10],
        end and last_day(end),
        *(edge[f"{side}_{name}"] for side in (near, far) for name in ("slug", "name")),
        *(code, code[:2], VERBAL_COOPERATION, edge["contact"]),
    )


FORMAT: Final = Format(
    name="CAMEO rows",
    suffix="cameo.csv",
    media_type="text/csv",
    tables=("edges",),
    about="Event-data tools that read two-ended rows with CAMEO codes (ICEWS, GDELT, Phoenix); codes are text: `040`.",
    cannot="Contacts of more than two as one event: each pair is a row. Messages, summonses and gatherings, for which "
    "CAMEO has no code; 044, since the soil is not known. A visit or mission is two rows, 042 and 043. Planned ones "
    "are 036; denied, declined, postponed and cancelled ones are left out. Bounds are days, the last included; an "
    "unknown end is empty.",
    write=write,
    example='"event_id","event_date","event_date_end","source_slug","source_name","target_slug","target_name"\r\n',
)
