"""When two spellings are one name: the words that tell people apart, and what forbids it."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz

from importers.historyatstate_states import folded

# Spellings of one name in one office, for all its words and for the first alone: "Sergey" and "Sergei Lavrov" stay
# above both; "Anders" and "Lars Rasmussen", "Amata" and "Imata Kabua" (cousins, both President) below the second.
_SPELLING_RATIO: Final = 86
_FIRST_WORD_RATIO: Final = 80
PATRONYMIC: Final = re.compile(r"\b(?:bin|ibn|ben|al|as)\b", re.IGNORECASE)
_FATHER: Final = re.compile(r"-(?:bin|ibn)-(?:al-|abd-)?(\w+)")
# "Isa" and "Essa" reach 57, "Khalifa" and "Jassin" 31.
_FATHER_RATIO: Final = 55
_UNSAID: Final = frozenset(
    re.findall(r"\S+", "al el bin ben ibn bint de da do dos das del la van von der den the jr sr dr")
)
_ORDINAL: Final = re.compile(r"[ivx]+")


@lru_cache(maxsize=16_384)
def words(name: str) -> tuple[str, ...]:
    """The words of a name that tell people apart: no particles, initials or ordinals."""
    first, *rest = folded(name).split("-")
    parts = [first, *(part for part in rest if not _ORDINAL.fullmatch(part))]
    return tuple(part for part in parts if len(part) > 1 and part not in _UNSAID)


def ordinal(name: str) -> str:
    """The regnal number in a name ("ii"), or nothing."""
    found = [part for part in folded(name).split("-")[1:] if _ORDINAL.fullmatch(part)]
    return found[-1] if found else ""


def two_people(one: str, two: str) -> bool:
    """Whether two names cannot be one person's: another regnal number, or another father."""
    if ordinal(one) and ordinal(two) and ordinal(one) != ordinal(two):
        return True
    fathers = [match[1] for match in map(_FATHER.search, (folded(one), folded(two))) if match]
    return len(fathers) == 2 and fuzz.ratio(*fathers) < _FATHER_RATIO


def same_name(one: str, two: str, same_office: bool) -> bool:
    """Whether two full names may be one person's; spellings and shortened names count in one office only."""
    a, b = sorted((words(one), words(two)), key=len)
    if not a or two_people(one, two):
        return False
    if a[0] == b[0]:
        rest = iter(b)
        if all(word in rest for word in a):
            return True
    if len(a) == 2 and a == b[::-1]:
        return True
    if not same_office:
        return False
    patronymic = PATRONYMIC.search(one) or PATRONYMIC.search(two)
    if len(a) > 1 and b[-len(a) :] == a and not patronymic:
        return True
    return fuzz.ratio(" ".join(a), " ".join(b)) >= _SPELLING_RATIO and fuzz.ratio(a[0], b[0]) > _FIRST_WORD_RATIO


def names_fit(some: Iterable[str], others: Iterable[str], same_office: bool) -> bool:
    """Whether a name of each is the same, and none of each forbids it."""
    pairs = [(one, two) for one in some for two in others]
    return any(same_name(*pair, same_office) for pair in pairs) and not any(two_people(*pair) for pair in pairs)
