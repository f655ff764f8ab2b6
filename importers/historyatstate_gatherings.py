"""Summits and conferences that the rows say were attended, one for all rows that plainly mean the same."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from importers.historyatstate_rows import Row
from importers.historyatstate_scope import tidied
from importers.historyatstate_states import folded

_NOUN: Final = (
    r"(?:Summits?|[Cc]onferences?|[Mm]eetings?|Assembly|Council|Session|Forum|Ministerial|Consultations|"
    r"Congress|summit)"
)
_ATTENDED: Final = re.compile(
    r"\b(?:[Aa]ttend(?:ed|s|ing)?|[Pp]articipated in|[Tt]ook part in|[Cc]haired|[Cc]o-chaired|[Hh]osted|"
    r"[Ll]ed (?:the )?U\.S\. delegation (?:to|at)|"
    r"[Aa]cc+o+mpanied (?:President|Vice President) [A-Z][\w.]*(?: [A-Z][\w.]*)? (?:to|for|at)|"
    r"[Jj]oined (?:President|Vice President) [A-Z]\w+ (?:to|for|at))\b(?P<what>[^;]*)"
)
_PROPER: Final = r"[A-Z][\w’'․-]*(?:(?: and| of| in| the| for)? [A-Z][\w’'․-]*)*"
_ITEM: Final = re.compile(
    r"(?:^|,|\band\b|\bthen\b)\s*(?:also )?(?:attended )?(?:(?:the|a|an|its|his|to|attend) )*"
    rf"(?P<name>(?:[^\s,;.]+\s){{0,9}}?[^\s,;]*{_NOUN}(?: {_NOUN})*(?: (?:on|of|for) (?:the )?{_PROPER})?)"
)
_NOT_A_GATHERING: Final = re.compile(
    r"\b(?:funeral|memorial|ceremon|inaugurat|dinner|banquet|signing|opening of|dedicat|wedding|coronation|"
    r"celebrat|"
    r"service|parade|^for |^at |with|met|working|honou?r|bilateral|trilateral|negotiat)",
    re.IGNORECASE,
)
_EMPTY_WORDS: Final = frozenset(
    re.findall(
        r"\S+",
        "the a an of on for and in at to its his leaders leader s meeting meetings summits economic "
        "annual us session opening closing first second third fourth fifth sixth seventh eighth ninth "
        "tenth",
    )
)
_GENERIC: Final = frozenset(
    re.findall(
        r"\S+",
        "summit conference council ministerial forum session assembly consultations congress",
    )
)


@dataclass(frozen=True, slots=True)
class Gathering:
    """A gathering and the rows whose travellers attended it."""

    key: str
    name: str
    state: str
    rows: tuple[Row, ...]

    @property
    def start(self) -> str:
        """The first day of the earliest row."""
        return min(row.start for row in self.rows)

    @property
    def end(self) -> str:
        """The last day of the latest row."""
        return max(row.end for row in self.rows)


def gatherings_attended(text: str) -> list[str]:
    """The names of the summits and conferences that the text says were attended."""
    found = []
    text = re.sub(r"\b(U\.S|U\.N|St|D\.C)\.", lambda match: match[1].replace(".", "") + "\u2024", tidied(text))
    for sentence in re.split(r"\.\s+|;\s*", text):
        for match in _ATTENDED.finditer(sentence):
            for item in _ITEM.finditer(match["what"].rstrip(".")):
                name = item["name"].strip()
                if not _NOT_A_GATHERING.search(name) and re.search(r"[A-Z]", name):
                    found.append(re.sub(r"\u2024", ".", name).replace("US.", "U.S.").replace("UN.", "U.N."))
            break
    return list(dict.fromkeys(found))


def likeness(name: str) -> str:
    """What two names of one gathering share: its words without articles, ordinals and "meeting"."""
    plain = re.sub(r"\bg-(\d+)", r"g\1", folded(name).replace("u-s", "us"))
    kept = [w for w in plain.split("-") if w not in _EMPTY_WORDS and not re.fullmatch(r"\d+(?:st|nd|rd|th)", w)]
    return "-".join(kept)


def gather(attendances: Iterable[tuple[Row, str, str]]) -> list[Gathering]:
    """One gathering for the rows that name it alike, in one state, on days that overlap; else one for each row.

    Args:
        attendances: row, state of the place, and the gathering's name in that row.
    """
    alike: dict[tuple[str, str], list[tuple[Row, str]]] = defaultdict(list)
    found: list[Gathering] = []
    for row, state, name in attendances:
        words = likeness(name)
        own = set(words.split("-")) - _GENERIC
        alike[state, words if own else f"{words or 'meeting'}/{row.key}"].append((row, name))
    for (state, words), members in alike.items():
        members.sort(key=lambda member: (member[0].start, member[0].end, member[0].key))
        run: list[tuple[Row, str]] = []
        for member in members:
            if run and member[0].start > max(row.end for row, _ in run):
                found.append(_gathering(state, words, run))
                run = []
            run.append(member)
        found.append(_gathering(state, words, run))
    return found


def _gathering(state: str, words: str, run: list[tuple[Row, str]]) -> Gathering:
    names = [name for _, name in run]
    name = max(sorted(set(names)), key=lambda each: (names.count(each), len(each)))
    rows = tuple({row.key: row for row, _ in run}.values())
    return Gathering(f"historyatstate:gathering/{state}/{words}/{run[0][0].start}", name, state, rows)
