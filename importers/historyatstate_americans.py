"""Which of those named in a text are Americans: presidents by date, secretaries and others by title or "
"name."""

import re
from collections.abc import Iterable
from typing import Final

from importers.historyatstate_mentions import Mention
from importers.historyatstate_names import words
from importers.historyatstate_rows import Row, Tenure

# Titles that, without a nationality before them, only Americans bear in these texts.
_AMERICAN_TITLE: Final = re.compile(
    r"^(?:Secretary of (?:Defense|the Treasury|Commerce|Energy|Agriculture|Homeland Security|Transportation|"
    r"War)|(?:Treasury|Commerce|Energy) Secretary|Ambassador|Secretary|Under Secretary.*|Assistant "
    r"Secretary.*|Attorney General|First Lady|Senator|Congressman|Representative)$"
)
_VICE_PRESIDENTS: Final = frozenset(
    re.findall(
        r"\S+",
        "barkley nixon johnson humphrey agnew ford rockefeller mondale bush quayle gore cheney biden "
        "pence harris vance wallace garner curtis dawes coolidge marshall",
    )
)
_COMMANDERS: Final = frozenset(
    re.findall(
        r"\S+",
        "petraeus odierno mcchrystal mckiernan allen dunford nicholson casey abizaid franks clark "
        "schwarzkopf westmoreland abrams joulwan ridgway clay macarthur scaparrotti votel eisenhower "
        "sanchez shinseki wheeler nash",
    )
)
_ADVISERS: Final = frozenset(
    re.findall(
        r"\S+",
        "kissinger scowcroft brzezinski mcfarlane poindexter carlucci powell lake berger rice hadley "
        "jones donilon sullivan bolton mcmaster waltz witkoff holbrooke mitchell ross indyk dole gelbard",
    )
)


class Americans:
    """The presidents and secretaries of state, found by name and day."""

    def __init__(self, tenures: Iterable[Tenure], rows: Iterable[Row]) -> None:
        """Learn presidents from their terms of office and secretaries from their trips."""
        self.tenures = sorted(tenures, key=lambda tenure: tenure.since)
        self.names = {tenure.who: tenure.name for tenure in self.tenures}
        self._secretaries: dict[str, list[str]] = {}
        for row in rows:
            if row.series != "visit" and row.who:
                self.names.setdefault(row.who, row.name)
            if row.series == "secretary":
                days = self._secretaries.setdefault(row.who, [row.start, row.start])
                days[:] = min(days[0], row.start), max(days[1], row.start)

    def president_on(self, day: str) -> str | None:
        """The president in office on that day, as the data set's id."""
        for tenure in reversed(self.tenures):
            if tenure.since <= day and (tenure.until is None or day <= tenure.until):
                return tenure.who
        return None

    def is_president(self, who: str, day: str) -> bool:
        """Whether that person was President of the United States on that day."""
        return any(t.who == who and t.since <= day and (t.until is None or day <= t.until) for t in self.tenures)

    def president_named(self, name: str, day: str) -> str | None:
        """The president of that surname, in office on that day or soon before or after; never a distant "
        "namesake."""
        surname = words(name)[-1:]
        near = [
            tenure
            for tenure in self.tenures
            if words(tenure.name)[-1:] == surname
            and int(tenure.since[:4]) - 1 <= int(day[:4]) <= int((tenure.until or day)[:4]) + 1
        ]
        serving = [tenure for tenure in near if self.is_president(tenure.who, day)]
        found = serving or near
        return found[0].who if found else None

    def secretary_named(self, name: str, day: str) -> str | None:
        """The secretary of state of that surname whose trips fall around that day."""
        surname = words(name)[-1:]
        for who, (first, last) in self._secretaries.items():
            around = int(first[:4]) - 1 <= int(day[:4]) <= int(last[:4]) + 1
            if surname and surname[0] in words(self.names[who]) and around:
                return who
        return None

    def known(self, mention: Mention, day: str) -> str | None:
        """The id of the president or secretary whom a mention without a foreign state means, or None."""
        if mention.state not in (None, "united-states") or mention.body or not mention.name:
            return None
        if re.search(r"Vice|Deputy", mention.titles):
            return None
        if re.match(r"(?:President|Former President)", mention.titles):
            return self.president_named(mention.name, day)
        if re.match(r"Secretary(?: of State)?$", mention.titles):
            return self.secretary_named(mention.name, day)
        return None

    def is_american(self, mention: Mention, day: str) -> bool:
        """Whether the mention is of an American, where the text gives no nationality."""
        if mention.state == "united-states" or self.known(mention, day):
            return True
        if mention.state or mention.body:
            return False
        surname = (words(mention.name)[-1:] or ("",))[0]
        if mention.titles == "Vice President":
            return surname in _VICE_PRESIDENTS
        if re.match(r"(?:General|Gen\.|Lt\. Gen\.|Admiral|Adm\.)$", mention.titles):
            return surname in _COMMANDERS
        if re.search(r"(?:Adviser|Advisor|Envoy|Representative|Coordinator|Mediator)", mention.titles):
            return surname in _ADVISERS
        return bool(_AMERICAN_TITLE.match(mention.titles))
