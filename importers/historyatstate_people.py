"""Who the people are: full names gather the surnames, and what remains is a provisional actor.

A surname is taken to be a person known by full name when exactly one fits in state, surname, office and era.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from importers.historyatstate_names import PATRONYMIC, names_fit, ordinal, words
from importers.historyatstate_states import folded

# Years between two mentions of a name beyond which they are taken for two people, and the years on either side of a
# person's known dates in which a surname may still be his: terms of office rarely leave a longer gap.
_SAME_ERA_YEARS: Final = 12
_SURNAME_ERA_YEARS: Final = 4
_PROVISIONAL_GAP_YEARS: Final = 8
MONARCHS: Final = frozenset(("King", "Queen", "Emperor", "Shah", "Sultan", "Amir", "Grand Duke"))
_TURNLESS: Final = frozenset(("President", "Prime Minister", "Chancellor", "Foreign Minister"))
_SURNAME_FIRST: Final = frozenset(
    re.findall(r"\S+", "china taiwan japan korea-south korea-north vietnam south-vietnam cambodia hungary")
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A name as one row gives it, with the state or organisation, the offices and the day."""

    home: str
    name: str
    offices: frozenset[str]
    day: str

    @property
    def year(self) -> float:
        """The day as a year with its fraction."""
        return date.fromisoformat(self.day).timetuple().tm_yday / 366 + int(self.day[:4])


@dataclass(slots=True)
class Person:
    """One person made of sightings. `key` is what tells him apart: a name, or office, surname and era."""

    home: str
    key: str
    names: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    offices: set[str] = field(default_factory=set)
    first: float = 9999.0
    last: float = 0.0
    provisional: bool = False

    def add(self, sighting: Sighting) -> None:
        """Count the sighting among the person's."""
        self.names[sighting.name] += 1
        self.offices |= sighting.offices
        self.first, self.last = min(self.first, sighting.year), max(self.last, sighting.year)

    @property
    def name(self) -> str:
        """The name given most often, the longer of equals."""
        return max(self.names, key=lambda name: (len(words(name)) > 1, self.names[name], len(name), name))


def standing_words(sighting: Sighting) -> frozenset[str]:
    """The words of a name that may stand alone for it: a monarch's first, else the last ones.

    Where the surname leads, the first may stand alone too; in a name with a patronymic only the last may.
    """
    known = words(sighting.name)
    if sighting.offices & MONARCHS:
        return frozenset(known[:1])
    if PATRONYMIC.search(sighting.name):
        return frozenset(known[-1:])
    return frozenset(known[-1:] + known[1:][-2:] + (known[:1] if sighting.home in _SURNAME_FIRST else ()))


class Register:
    """Every person seen, found again by home, name, office and day. Build it once from all sightings."""

    def __init__(self, sightings: Iterable[Sighting]) -> None:
        """Tell the people in the sightings apart."""
        self._person: dict[Sighting, Person] = {}
        self._by_word: dict[str, list[Sighting]] = defaultdict(list)
        self._by_office: dict[tuple[str, str], list[Sighting]] = defaultdict(list)
        by_home: dict[str, list[Sighting]] = defaultdict(list)
        for sighting in sorted(set(sightings), key=lambda s: (s.day, s.name, sorted(s.offices))):
            by_home[sighting.home].append(sighting)
            for word in words(sighting.name):
                self._by_word[word].append(sighting)
            for office in sighting.offices:
                self._by_office[sighting.home, office].append(sighting)
        for home in sorted(by_home):
            self._tell_apart(home, by_home[home])

    def person(self, sighting: Sighting) -> Person:
        """The person whom the sighting is of."""
        return self._person[sighting]

    def homes(self, name: str, offices: frozenset[str], day: str, years: float) -> dict[str, int]:
        """Where somebody of that name held one of the offices within so many years, with how often it is "
        "said."""
        wanted, found = words(name), defaultdict[str, int](int)
        for sighting in self._by_word.get(wanted[-1] if wanted else "", []):
            known = words(sighting.name)
            near = abs(sighting.year - Sighting("", name, offices, day).year) <= years
            alone = len(wanted) > 1 or wanted[-1] in standing_words(sighting)
            if near and sighting.offices & offices and set(wanted) <= set(known) and alone:
                found[sighting.home] += 1
        return found

    def held_by_another(self, sighting: Sighting, years: float) -> bool:
        """Whether somebody of another name held one of the offices at that home within so many years."""
        return any(
            abs(other.year - sighting.year) <= years and not set(words(other.name)) & set(words(sighting.name))
            for office in sighting.offices
            for other in self._by_office.get((sighting.home, office), [])
        )

    def doubtful(self) -> set[Sighting]:
        """Sightings in an office that the source gets wrong: just before and just after the same person held another.

        Only offices that nobody holds by turns within a year count. A surname alone is taken for the same person
        where the others are that surname alone too.
        """
        return {sighting for sighting in self._person if self._misnamed(sighting)}

    def _misnamed(self, sighting: Sighting) -> bool:
        if not sighting.offices or not sighting.offices <= _TURNLESS or sighting.home in _SURNAME_FIRST:
            return False
        own = [s for s in self._bearers(sighting) if s.offices and s.offices <= _TURNLESS]
        elsewhere = [s for s in own if not s.offices & sighting.offices]
        near = [s.year - sighting.year for s in elsewhere if abs(s.year - sighting.year) < 1]
        around = any(years < 0 for years in near) and any(years > 0 for years in near)
        here = [s for s in own if s.offices & sighting.offices]
        steady = any(s is not sighting and abs(s.year - sighting.year) < 1 for s in here)
        return around and not steady and len(here) < len(elsewhere)

    def _bearers(self, sighting: Sighting) -> list[Sighting]:
        """The sightings of the same person, or of the same surname where both stand alone."""
        person = self._person[sighting]
        return [
            other
            for word in words(sighting.name)[-1:]
            for other in self._by_word[word]
            if other.home == sighting.home
            and (self._person[other] is person or words(other.name) == words(sighting.name))
        ]

    def _tell_apart(self, home: str, sightings: list[Sighting]) -> None:
        full: list[Person] = []
        short: list[Sighting] = []
        for sighting in sightings:
            if len(words(sighting.name)) < 2 and not ordinal(sighting.name):
                short.append(sighting)
                continue
            self._join(home, full, sighting)
        self._merge(full)
        surnames: list[Person] = []
        for sighting in short:
            fits = [person for person in full if _fits(sighting, person)]
            if len(fits) == 1:
                fits[0].names[sighting.name] += 0
                self._person[sighting] = fits[0]
            else:
                self._join_surname(home, surnames, sighting)
        self._settle_misnamed(surnames, short)
        _settle_keys(full)

    def _settle_misnamed(self, people: list[Person], sightings: list[Sighting]) -> None:
        """Give a surname in a wrong office back to the person who held the right one around that day."""
        of_person: dict[int, list[Sighting]] = defaultdict(list)
        for sighting in sightings:
            of_person[id(self._person[sighting])].append(sighting)
        for person in list(people):
            [first, *more] = of_person[id(person)]
            others = {} if more else {id(p): p for s in self._bearers(first) if (p := self._person[s]) is not person}
            if len(others) == 1 and self._misnamed(first):
                people.remove(person)
                self._person[first] = next(iter(others.values()))

    def _join(self, home: str, people: list[Person], sighting: Sighting) -> None:
        for person in people:
            near = person.first - _SAME_ERA_YEARS <= sighting.year <= person.last + _SAME_ERA_YEARS
            same_office = bool(person.offices & sighting.offices)
            if near and names_fit((sighting.name,), person.names, same_office):
                break
        else:
            person = Person(home, folded(sighting.name))
            people.append(person)
        person.add(sighting)
        self._person[sighting] = person

    def _merge(self, people: list[Person]) -> None:
        """Join those whom a later spelling shows to be one."""
        index = 0
        while index < len(people):
            person = people[index]
            twin = next((other for other in people[:index] if _one_person(person, other)), None)
            if twin is None:
                index += 1
                continue
            for sighting, found in self._person.items():
                if found is person:
                    twin.add(sighting)
                    self._person[sighting] = twin
            del people[index]
            index = 0

    def _join_surname(self, home: str, people: list[Person], sighting: Sighting) -> None:
        surname = folded(sighting.name)
        for person in people:
            near = sighting.year - person.last <= _PROVISIONAL_GAP_YEARS
            if near and person.offices & (sighting.offices or person.offices) and surname in map(folded, person.names):
                break
        else:
            office = folded(min(sighting.offices, default="unstated"))
            person = Person(home, f"{office}/{surname}/{sighting.day[:4]}", provisional=True)
            people.append(person)
        person.add(sighting)
        self._person[sighting] = person


def _one_person(one: Person, two: Person) -> bool:
    near = one.first - _SAME_ERA_YEARS <= two.last and two.first - _SAME_ERA_YEARS <= one.last
    same_office = bool(one.offices & two.offices)
    return near and names_fit(one.names, two.names, same_office)


def _fits(sighting: Sighting, person: Person) -> bool:
    near = person.first - _SURNAME_ERA_YEARS <= sighting.year <= person.last + _SURNAME_ERA_YEARS
    return (
        near
        and bool(person.offices & sighting.offices)
        and bool(words(sighting.name))
        and any(
            set(words(sighting.name)) <= standing_words(Sighting(person.home, known, sighting.offices, sighting.day))
            for known in person.names
        )
    )


def _settle_keys(people: list[Person]) -> None:
    """Make the keys of one state's people their names, with the year added for a later namesake."""
    taken: set[str] = set()
    for person in sorted(people, key=lambda p: (p.first, p.key)):
        key = folded(person.name)
        person.key = key if key not in taken else f"{key}/{int(person.first)}"
        taken.add(person.key)
