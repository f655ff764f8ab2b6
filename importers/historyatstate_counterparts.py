"""From "met with" to counterparts: whose state each stands for, in which office, and who is left out."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from importers.historyatstate_americans import Americans
from importers.historyatstate_bodies import HOMES
from importers.historyatstate_mentions import NAME, Mention, find_mentions, places
from importers.historyatstate_names import words
from importers.historyatstate_people import MONARCHS, Register, Sighting
from importers.historyatstate_rows import Row
from importers.historyatstate_scope import Met, people_met, tidied
from importers.historyatstate_states import state_of_row
from importers.historyatstate_titles import TITLE_SEQUENCE, Office, compiled, offices_of_sequence, out_of_office

USA: Final = "united-states"
# How far from a known date a name met abroad, without nationality, may be taken for its only known bearer; how far
# a name counts as the place's own; how near another holder of the office at the place must be.
_ABROAD_YEARS: Final = 3
_AT_HOME_YEARS: Final = 12
_OTHER_HOLDER_YEARS: Final = 1
# Said so often of one state only, a name needs no other holder of the office at the place.
_WELL_KNOWN: Final = 5
_VISITOR: Final = (
    rf"^(?P<mods>(?:(?:[Ff]ormer|late|Acting|Interim|Regent) )*)(?P<titles>{TITLE_SEQUENCE})(?: of the "
    rf"[A-Z]\w+(?: of [A-Z]\w+)?)?,? (?P<name>{NAME}.*)$"
)
# Titles that only organisations give: without a nationality, of the one organisation that the text names.
_OF_A_BODY: Final = re.compile(r"^(?:Chairperson|Secretary[- ]General|Director[- ]General|High Representative)$")
_GROUPS: Final = re.compile(r"(?:officials|leaders|authorities|counterparts|negotiators|representatives)$")


@dataclass(frozen=True, slots=True)
class Counterpart:
    """Somebody met: `home` is a state's id, or `@` and an organisation's; so is `seat`, the office's "
    "owner."""

    kind: Literal["person", "office", "group"]
    home: str
    seat: str = ""
    office: Office | None = None
    sighting: Sighting | None = None
    american: str | None = None
    what: str = ""
    given: str = ""
    level: str = "other"
    day: tuple[int, int] | None = None
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What one row says: who travelled (visits only; trips name an American) and everybody met."""

    row: Row
    state: str
    visitors: tuple[Counterpart, ...]
    met: tuple[Met, ...]


def read_row(row: Row, homes: Mapping[tuple[str, ...], str] | None = None) -> Reading:
    """The row with its state, its visitors and everybody its text says was met.

    Args:
        row: the row.
        homes: the state of each full name that may stand without a title.
    """
    state = state_of_row(row.state_id, row.state_text, row.start)
    visit = row.series == "visit"
    met = tuple(people_met(row.text, row.start, visit, homes))
    return Reading(row, state, tuple(_visitors(row, state)) if visit else (), met)


def full_names(readings: Iterable[Reading]) -> dict[tuple[str, ...], str]:
    """The state of every full name that the rows give with a title; of namesakes, neither."""
    homes: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for reading in readings:
        for visitor in reading.visitors:
            if visitor.sighting:
                homes[words(visitor.sighting.name)].add(reading.state)
        for met in reading.met:
            if met.mention.kind == "person" and met.mention.state:
                homes[words(met.mention.name)].add(met.mention.state)
    return {name: next(iter(found)) for name, found in homes.items() if len(name) > 1 and len(found) == 1}


def _visitors(row: Row, state: str) -> list[Counterpart]:
    name = tidied(row.name)
    several = [mention for mention in find_mentions(name, row.start) if mention.kind == "person"]
    if len(several) > 1:
        return [_visitor(row, state, name[mention.start : mention.end]) for mention in several]
    return [_visitor(row, state, name)]


def _visitor(row: Row, state: str, name: str) -> Counterpart:
    match = compiled(_VISITOR).match(name)
    titles, bare = (match["titles"], match["name"]) if match else ("", name)
    offices = offices_of_sequence(titles)
    serving = not out_of_office(f"{match['mods']} {titles}" if match else "")
    sighting = Sighting(state, bare, frozenset(office.name for office in offices), row.start)
    office = offices[0] if offices and serving else None
    return Counterpart(
        kind="person",
        home=state,
        seat=state,
        office=office,
        sighting=sighting,
        given=name,
        level=office.level if office else "other",
    )


def first_sightings(readings: Iterable[Reading]) -> list[Sighting]:
    """The sightings whose state the source itself gives: visitors, and people met with their nationality."""
    found: list[Sighting] = []
    for reading in readings:
        found.extend(visitor.sighting for visitor in reading.visitors if visitor.sighting)
        for met in reading.met:
            mention = met.mention
            if mention.kind == "person" and (mention.state or mention.body) and mention.state != USA:
                found.append(_sighting(mention, _home(mention), reading.row.start))
    return found


def local_sightings(readings: Iterable[Reading]) -> list[Sighting]:
    """Those met on trips without a nationality, taken to be of the state visited."""
    return [
        _sighting(met.mention, reading.state, reading.row.start)
        for reading in readings
        if not reading.visitors
        for met in reading.met
        if met.mention.kind == "person" and not (met.mention.state or met.mention.body)
    ]


class Known:
    """What all rows together say, to place those whom one row names without a nationality."""

    def __init__(self, readings: list[Reading], americans: Americans) -> None:
        """Gather the sightings of all rows."""
        stated = first_sightings(readings)
        self.stated = Register(stated)
        self.local = Register([*stated, *local_sightings(readings)])
        self.americans = americans


def _home(mention: Mention) -> str:
    if mention.body:
        return HOMES.get(mention.body, f"@{mention.body}")
    return mention.state or ""


def _sighting(mention: Mention, home: str, day: str) -> Sighting:
    offices = frozenset(office.name for office in offices_of_sequence(mention.titles))
    return Sighting(home, mention.name, offices, day)


def counterparts(reading: Reading, known: Known) -> list[Counterpart]:
    """Those met by the traveller, each with his own state; Americans only where the visitor is a foreigner.

    Args:
        reading: the row.
        known: what all rows say, to place those named without nationality and to tell Americans.
    """
    found = []
    for met in reading.met:
        one = _counterpart(met, reading, known)
        if one and not any(_is_visitor(one, visitor) for visitor in reading.visitors):
            found.append(replace(one, day=met.day))
    return found


def _counterpart(met: Met, reading: Reading, known: Known) -> Counterpart | None:
    mention, day, americans = met.mention, reading.row.start, known.americans
    visit = bool(reading.visitors)
    if mention.kind == "group":
        return _group(mention, reading)
    if americans.is_american(mention, day):
        return _american(mention, day, americans) if visit else None
    if visit and mention.kind == "office" and not (mention.state or mention.body):
        return _american_office(mention, day, americans)
    offices = offices_of_sequence(mention.titles)
    if mention.kind == "office":
        return _office(mention, offices, reading)
    home, flags = _place(mention, offices, reading, known)
    if not home:
        return None
    office = offices[0] if offices and not mention.former else None
    return Counterpart(
        kind="person",
        home=home,
        seat=f"@{mention.body}" if mention.body else home,
        office=office,
        sighting=_sighting(mention, home, day),
        given=f"{mention.titles} {mention.name}".strip(),
        level=office.level if office else "other",
        flags=flags,
    )


def _place(
    mention: Mention, offices: tuple[Office, ...], reading: Reading, known: Known
) -> tuple[str, tuple[str, ...]]:
    """The state or organisation of somebody met: the text's, else his own if known elsewhere, else the "
    "place's."""
    if mention.state or mention.body:
        return _home(mention), ()
    names = frozenset(office.name for office in offices)
    if "Pope" in names:
        return "holy-see", ()
    day, place = reading.row.start, USA if reading.visitors else reading.state
    bodies = {body for _, body in places(reading.row.text, day) if body}
    if len(bodies) == 1 and _OF_A_BODY.search(mention.titles):
        return _home(replace(mention, body=bodies.pop())), ("state_from_other_words",)
    homes = known.stated.homes(mention.name, names, day, _ABROAD_YEARS)
    settled = "" if reading.visitors else place
    if len(homes) != 1 or place in known.stated.homes(mention.name, names, day, _AT_HOME_YEARS):
        return settled, ()
    [(home, times)] = homes.items()
    abroad = (
        bool(reading.visitors)
        or len(words(mention.name)) > 1
        or names & MONARCHS
        or times >= _WELL_KNOWN
        or known.local.held_by_another(_sighting(mention, place, day), _OTHER_HOLDER_YEARS)
    )
    return (home, ("state_from_other_rows",)) if abroad else (settled, ())


def _office(mention: Mention, offices: tuple[Office, ...], reading: Reading) -> Counterpart | None:
    if not offices or mention.former or (offices[0].rank > 4 and not mention.body) or mention.group:
        return None
    home = f"@{mention.body}" if mention.body else mention.state or reading.state
    if mention.body and re.search(r"Minister|Head", mention.titles):
        what = "foreign ministers" if "Foreign" in mention.titles else "ministers"
        return Counterpart("group", home, what=what, given=mention.titles, level="minister")
    return Counterpart("office", home, home, offices[0], given=mention.titles, level=offices[0].level)


def _group(mention: Mention, reading: Reading) -> Counterpart | None:
    if not _GROUPS.search(mention.group) and not (mention.american and reading.visitors):
        return None
    if mention.american and not reading.visitors:
        return None
    place = USA if reading.visitors else reading.state
    home = f"@{mention.body}" if mention.body else mention.state or place
    what = re.sub(r"^and ", "", mention.group) or "officials"
    level = "senior_official" if what.endswith(("officials", "authorities")) else "other"
    return Counterpart("group", home, what=what, given=what, level=level)


def _american(mention: Mention, day: str, americans: Americans) -> Counterpart | None:
    who = americans.known(mention, day)
    offices = offices_of_sequence(mention.titles)
    if mention.kind == "office" or not mention.name:
        return _office_of_usa(offices)
    serving = not mention.former and (
        who is None or not mention.titles.startswith("President") or americans.is_president(who, day)
    )
    office = offices[0] if offices and serving else None
    return Counterpart(
        kind="person",
        home=USA,
        seat=USA,
        office=office,
        sighting=None if who else _sighting(mention, USA, day),
        american=who,
        given=f"{mention.titles} {mention.name}".strip(),
        level=office.level if office else "other",
    )


def _american_office(mention: Mention, day: str, americans: Americans) -> Counterpart | None:
    """ "the President" in the account of a visit is the one in office on that day."""
    offices = offices_of_sequence(mention.titles)
    who = americans.president_on(day)
    if mention.titles == "President" and who:
        return Counterpart("person", USA, USA, offices[0], american=who, given="the President", level="head_of_state")
    if mention.titles in ("Vice President", "Secretary of State"):
        return _office_of_usa(offices)
    return None


def _office_of_usa(offices: tuple[Office, ...]) -> Counterpart | None:
    if not offices:
        return None
    return Counterpart("office", USA, USA, offices[0], given=offices[0].name, level=offices[0].level)


def _is_visitor(one: Counterpart, visitor: Counterpart) -> bool:
    if visitor.sighting is None or one.home != visitor.home:
        return False
    if one.kind == "office":
        return one.office == visitor.office
    return one.sighting is not None and set(words(one.sighting.name)) <= set(words(visitor.sighting.name))
