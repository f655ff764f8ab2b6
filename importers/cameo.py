"""CAMEO's event codes as far as a record of contacts needs them: which say that somebody met, and in what way.

Source: Conflict and Mediation Event Observations (CAMEO), Gerner, Schrodt and Yilmaz; the codes are facts of it, the
labels in `reference/cameo.tsv` are ours. Codes are text: 040 is not 40.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, cast

from models.reference import table_rows

Treatment = Literal["contact", "meet", "intent", "appeal", "refusal", "other"]
CODE: Final = re.compile(r"(?:0[1-9]|1[0-9]|20)[0-9]{0,2}")


@dataclass(frozen=True, slots=True)
class EventCode:
    """A code, or the nearest above it, with what a record of contacts makes of it."""

    code: str
    label: str
    treatment: Treatment
    kind: str


def event_code(code: str) -> EventCode | None:
    """What a code means: the entry of the table that it begins with and that is the longest; None = no CAMEO code."""
    if not CODE.fullmatch(code):
        return None
    known = _table()
    return next((known[code[:length]] for length in range(len(code), 1, -1) if code[:length] in known), None)


@lru_cache(maxsize=1)
def _table() -> Mapping[str, EventCode]:
    rows = table_rows("cameo.tsv")
    return {
        row["code"]: EventCode(row["code"], row["label"], cast("Treatment", row["treatment"]), row["kind"])
        for row in rows
    }
