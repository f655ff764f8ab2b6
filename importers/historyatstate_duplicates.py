"""Rows that repeat another row: the same traveller, state and first day, and a text that says nothing "
"else."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from rapidfuzz import fuzz

from importers.historyatstate_names import words
from importers.historyatstate_rows import Row
from importers.historyatstate_states import folded

# Two texts of this likeness differ in spelling and punctuation only; "Met with President A" and "… B" stay
# below.
_SAME_TEXT_RATIO: Final = 95


def find_duplicates(rows: Iterable[Row]) -> dict[str, str]:
    """Each repeated row's key with the key of the row it repeats: of two, the fuller, else the earlier, "
    "stays."""
    groups: dict[tuple[str, str, str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.series, row.who, row.state_id, row.start].append(row)
    found: dict[str, str] = {}
    for group in groups.values():
        kept: list[Row] = []
        for row in sorted(group, key=lambda each: -len(each.text)):
            original = next((other for other in kept if _repeats(row, other)), None)
            if original:
                found[row.key] = original.key
            else:
                kept.append(row)
    return found


def _repeats(row: Row, fuller: Row) -> bool:
    if folded(row.locale) != folded(fuller.locale):
        return False
    if row.series == "visit":
        one, two = set(words(row.name)), set(words(fuller.name))
        if not (one <= two or two <= one):
            return False
    short, long = folded(row.text), folded(fuller.text)
    if row.end != fuller.end:
        return bool(short) and long.startswith(short)
    alike = fuzz.ratio(short, long) >= _SAME_TEXT_RATIO and _numbers(short) == _numbers(long)
    return alike or (bool(short) and long.startswith(short))


def _numbers(text: str) -> list[str]:
    return [word for word in text.split("-") if word.isdigit()]
