"""Actors, affiliations and sources of the data set, each with a key that a second run repeats."""

from collections.abc import Iterator
from typing import Final

from importers.historyatstate_americans import Americans
from importers.historyatstate_bodies import BODY_NAMES
from importers.historyatstate_counterparts import USA, Counterpart
from importers.historyatstate_people import Person, Register
from importers.historyatstate_states import folded, state_name
from importers.historyatstate_titles import Office
from importers.records import ActorRecord, AffiliationRecord, SourceRecord
from models.reference import historyatstate_slugs

PREFIX: Final = "historyatstate:"
HISTORIAN: Final = f"{PREFIX}organisation/office-of-the-historian"
DEPARTMENT: Final = f"{PREFIX}organisation/us-department-of-state"
SOURCE_KEYS: Final = {
    "visit": f"{PREFIX}source/visits",
    "president": f"{PREFIX}source/president-travels",
    "secretary": f"{PREFIX}source/secretary-travels",
}
_TITLES: Final = {
    "visit": ("Visits by Foreign Leaders", "visits"),
    "president": ("Presidents Travels Abroad", "travels/president"),
    "secretary": ("Secretaries of State Travels Abroad", "travels/secretary"),
}
PRESIDENT: Final = Office("President", "head_of_state", 1)
SECRETARY: Final = Office("Secretary of State", "minister", 3)


def publisher_records() -> Iterator[ActorRecord | AffiliationRecord]:
    """The publisher and the department it is part of."""
    yield ActorRecord(
        DEPARTMENT, "organisation", "United States Department of State", slug="us-department-of-state",
        aliases=("U.S. Department of State", "Department of State"),
    )  # fmt: skip
    yield AffiliationRecord(DEPARTMENT, "part_of", state_ref(USA), None, "..")
    yield ActorRecord(HISTORIAN, "organisation", "Office of the Historian", slug="office-of-the-historian")
    yield AffiliationRecord(HISTORIAN, "part_of", DEPARTMENT, None, "..")


def source_records() -> Iterator[SourceRecord]:
    """One source for each of the three series."""
    for series, (title, folder) in _TITLES.items():
        url = f"https://history.state.gov/departmenthistory/{folder}"
        yield SourceRecord(SOURCE_KEYS[series], "dataset", HISTORIAN, title, url)


def state_ref(home: str) -> str:
    """The slug under which Readout knows a state of the data set (`turkiye` → `turkey`)."""
    return historyatstate_slugs().get(home, home)


def home_name(home: str) -> str:
    """The name of a state, or of the organisation that an `@` marks."""
    return BODY_NAMES[home[1:]] if home.startswith("@") else state_name(home)


def label(one: Counterpart) -> str:
    """What to call somebody met in a title: a person as the source does, others with their state."""
    if one.kind == "person":
        return one.given
    return f"{one.office.name if one.office else one.what} of {home_name(one.home)}"


class Directory:
    """The actors met so far; each is handed over once, before the first record that refers to it."""

    def __init__(self, people: Register, americans: Americans) -> None:
        """Name people by the register and Americans by the data set's ids."""
        self.people = people
        self.americans = americans
        self.doubtful = people.doubtful()
        self._pending: list[ActorRecord | AffiliationRecord] = []
        self._known: set[str] = set()

    def new_records(self) -> list[ActorRecord | AffiliationRecord]:
        """The actors and affiliations that have not been handed over yet."""
        pending, self._pending = self._pending, []
        return pending

    def counterpart(self, one: Counterpart) -> str:
        """The key of somebody met."""
        if one.kind == "group":
            return self.group(one.home, one.what)
        if one.kind == "office" or (one.office is not None and one.sighting is None and one.american is None):
            return self.office(one.seat, one.office or PRESIDENT)
        if one.american:
            return self.american(one.american)
        assert one.sighting is not None
        return self._person(self.people.person(one.sighting), one)

    def capacity(self, one: Counterpart) -> str | None:
        """The office in which somebody was met; None when he held none or the source errs about it."""
        if one.kind != "person" or one.office is None or (one.sighting and one.sighting in self.doubtful):
            return None
        return self.office(one.seat, one.office)

    def american(self, who: str) -> str:
        """The key of a president or secretary of state, with the terms in which he was President."""
        key = f"{PREFIX}person/{USA}/{who}"
        if self._is_new(key):
            ids = (("historyatstate", who),)
            self._pending.append(ActorRecord(key, "person", self.americans.names[who], identifiers=ids))
            self._pending.append(AffiliationRecord(key, "belongs_to", state_ref(USA)))
            for tenure in self.americans.tenures:
                if tenure.who == who:
                    office = self.office(USA, PRESIDENT)
                    until = tenure.until or ".."
                    self._pending.append(AffiliationRecord(key, "holds", office, tenure.since, until))
        return key

    def office(self, seat: str, office: Office) -> str:
        """The key of an office of a state or organisation."""
        key = f"{PREFIX}office/{seat.lstrip('@')}/{folded(office.name)}"
        if self._is_new(key):
            owner = self._owner(seat)
            name = f"{office.name} of {home_name(seat)}"
            self._pending.append(ActorRecord(key, "office", name, slug=folded(name)))
            self._pending.append(AffiliationRecord(key, "belongs_to", owner, "..", ".."))
        return key

    def group(self, home: str, what: str) -> str:
        """The key of people not named one by one ("officials") of a state or organisation."""
        key = f"{PREFIX}group/{home.lstrip('@')}/{folded(what)}"
        if self._is_new(key):
            owner = self._owner(home)
            name = f"{what.capitalize()} of {home_name(home)}"
            self._pending.append(ActorRecord(key, "group", name))
            self._pending.append(AffiliationRecord(key, "belongs_to", owner, "..", ".."))
        return key

    def _person(self, person: Person, one: Counterpart) -> str:
        key = f"{PREFIX}person/{person.home.lstrip('@')}/{person.key}"
        if self._is_new(key):
            name = person.name
            if person.provisional and person.offices:
                name = f"{min(person.offices)} {name}"
            aliases = tuple(sorted(set(person.names) - {name}))
            self._pending.append(ActorRecord(key, "person", name, aliases=aliases, provisional=person.provisional))
        if self.capacity(one) is None and self._is_new(f"{key} belongs"):
            relation_target = self._owner(person.home)
            self._pending.append(AffiliationRecord(key, "belongs_to", relation_target))
        return key

    def _owner(self, home: str) -> str:
        """A state's slug, or the key of an organisation."""
        if not home.startswith("@"):
            return state_ref(home)
        key = f"{PREFIX}organisation/{home[1:]}"
        if self._is_new(key):
            name = BODY_NAMES[home[1:]]
            self._pending.append(ActorRecord(key, "organisation", name, slug=home[1:]))
        return key

    def _is_new(self, key: str) -> bool:
        if key in self._known:
            return False
        self._known.add(key)
        return True
