"""Many rows of event data, one contact: A with B and B with A, the visitor's row and the host's, story after story."""

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from importers.cameo import EventCode
from importers.event_parties import Party
from importers.records import (
    AccountRecord,
    ContactRecord,
    Outcome,
    ParticipantRecord,
    Record,
    Rule,
    SourceRecord,
)

DAYS_HELD: Final = 8
"""Days whose contacts are held at once: those of a file are together, or it keeps coming back to a few."""
ROWS_HELD_MAX: Final = 50_000
"""Beyond this the day that was not added to for the longest is handed over, whatever its number."""
ACCOUNTS_MAX: Final = 200
"""As many accounts as one body takes; further ones follow in a body that grows the contact."""
ROLES: Final = {"visit": ("visitor", "host"), "mediation": ("mediator", "party")}
RULES: Final = (
    Rule("mirror", "folded", "The same contact, told from the other side: B with A, or the host's row of a visit."),
    Rule("again", "folded", "The same contact again: a further story, or a further sentence."),
    Rule("known_contact", "folded", "A further story of a contact that the record held before this import."),
    Rule("same_row", "duplicate", "A row of the same number and date stands before."),
    Rule("no_second_actor", "left_out", "One of two actors is missing."),
    Rule("no_place", "left_out", "An actor is a mere type, such as police or a company, of no state: it names nobody."),
    Rule("same_actor", "left_out", "Both actors are one."),
    Rule("intent_to_meet", "left_out", "A stated intent to meet or negotiate (CAMEO 036); --intents loads it."),
    Rule("intent", "left_out", "Another stated intent (CAMEO 03)."),
    Rule("appeal", "left_out", "An appeal or a demand (CAMEO 02, 10)."),
    Rule("refusal", "left_out", "A refusal, or talks broken off (CAMEO 12, 134, 135, 164, 165)."),
    Rule("other", "left_out", "An event of another kind, which is no contact."),
)
SAYS: Final = {rule.name: rule.says for rule in RULES}


@dataclass(frozen=True, slots=True)
class Row:
    """Where a row stands, and what the data set calls it."""

    file: str
    line: int
    id: str

    def outcome(self, rule: str) -> Outcome:
        """The outcome of this row under a rule that does not load it."""
        outcome = next(one.outcome for one in RULES if one.name == rule)
        return Outcome(f"{self.file}:{self.line}", self.file, self.line, self.id, outcome, SAYS[rule], rule)


@dataclass(frozen=True, slots=True)
class Telling:
    """What one row tells: on a day, somebody dealt with somebody.

    `first` is the visitor of a visit, the mediator of a mediation, else whom the row names first; that is `told_first`.
    `second` is empty where the first face each other.
    """

    row: Row
    day: str
    code: EventCode
    original_code: str
    told_first: str
    first: tuple[Party, ...]
    second: tuple[Party, ...]
    source: SourceRecord
    place: str | None = None
    topics: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of contact it tells of."""
        return self.code.kind

    @property
    def plan(self) -> bool:
        """Whether it tells of an intent only."""
        return self.code.treatment == "meet"

    def key(self) -> str:
        """The contact it tells of: day and kind, and who; for a visit and a mediation also who is which."""
        sides = [sorted(party.ref for party in side) for side in (self.first, self.second)]
        if self.kind not in ROLES:
            sides.sort()
        said = "\n".join([self.kind, str(self.plan), *("\t".join(side) for side in sides)])
        kind = f"plan-{self.kind}" if self.plan else self.kind
        return f"{self.day}/{kind}/{hashlib.sha256(said.encode('utf-8', 'surrogatepass')).hexdigest()[:20]}"


@dataclass(slots=True)
class Day:
    """The contacts of one day that are being gathered, and the rows that told of them."""

    contacts: dict[str, list[Telling]] = field(default_factory=dict)
    ids: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Folding:
    """Gathers what rows tell, by day, and hands contacts over with their accounts when their day is let go.

    A day that comes back later is handed over again, under the same keys: whoever loads it adds the accounts.
    """

    scheme: str
    title: str
    _days: OrderedDict[str, Day] = field(default_factory=OrderedDict)
    _handed: set[str] = field(default_factory=set)
    _rows: int = 0

    def take(self, telling: Telling) -> Iterator[Record]:
        """Takes a row; yields the records of a day that is let go for it, or its own outcome as a duplicate."""
        day = self._days.setdefault(telling.day, Day())
        self._days.move_to_end(telling.day)
        if telling.row.id in day.ids:
            yield telling.row.outcome("same_row")
            return
        day.ids.add(telling.row.id)
        day.contacts.setdefault(telling.key(), []).append(telling)
        self._rows += 1
        while len(self._days) > DAYS_HELD or (self._rows > ROWS_HELD_MAX and len(self._days) > 1):
            yield from self._let_go()
        if self._rows > ROWS_HELD_MAX:
            yield from self._let_go()

    def close(self) -> Iterator[Record]:
        """Yields the records of all days that are held."""
        while self._days:
            yield from self._let_go()

    def _let_go(self) -> Iterator[Record]:
        _, day = self._days.popitem(last=False)
        for key, tellings in day.contacts.items():
            self._rows -= len(tellings)
            yield from self._contact(key, tellings)

    def _contact(self, key: str, tellings: Sequence[Telling]) -> Iterator[Record]:
        first = tellings[0]
        for telling in tellings:
            for party in (*telling.first, *telling.second):
                yield from self._new(party)
        yield from (one.source for one in {one.source.key: one for one in tellings}.values())
        accounts = list(_accounts(tellings))
        for start in range(0, len(accounts), ACCOUNTS_MAX):
            yield ContactRecord(
                key=f"{self.scheme}:{key}",
                kind=first.kind,
                when=None if first.plan else first.day,
                participants=_participants(first),
                accounts=tuple(accounts[start : start + ACCOUNTS_MAX]),
                title=f"Coded by machine from news ({self.title})",
                medium="telephone" if first.code.code == "041" else None,
                place=next((one.place for one in tellings if one.place), None),
                topics=tuple(dict.fromkeys(topic for one in tellings for topic in one.topics)),
                flags=_flags(first),
                grows=True,
            )
        yield from _outcomes(tellings)

    def _new(self, party: Party) -> Iterator[Record]:
        for record in party.records:
            mark = repr(record)
            if mark not in self._handed:
                self._handed.add(mark)
                yield record


def _participants(one: Telling) -> tuple[ParticipantRecord, ...]:
    roles = ROLES.get(one.kind, ("principal", "principal"))
    compound = (len(one.first) > 1 and bool(one.second)) or len(one.second) > 1
    return tuple(
        ParticipantRecord(party.ref, role, name_as_given=party.given[:500], side=side if compound else None)
        for side, role, parties in (("source", roles[0], one.first), ("target", roles[1], one.second))
        for party in parties
    )


def _flags(one: Telling) -> tuple[str, ...]:
    if one.plan:
        return (f"A stated intent of {one.day}; whether it came to a contact is not known",)
    said = {
        "044": "It took place on the soil of a third",
        "045": "Whom else the mediator dealt with is not told",
    }
    return (said[one.code.code],) if one.code.code in said else ()


def _accounts(tellings: Sequence[Telling]) -> Iterator[AccountRecord]:
    """One account for each story, with the numbers and codes of all its rows."""
    stories: dict[str, list[Telling]] = {}
    for telling in tellings:
        stories.setdefault(telling.source.key, []).append(telling)
    for key, told in stories.items():
        labels = dict.fromkeys(one.code.label for one in told)
        yield AccountRecord(
            source_key=key,
            paraphrase=f"Coded by machine: {'; '.join(labels)}.",
            original_row="\n".join(one.row.id for one in told),
            stance="announces" if told[0].plan else "affirms",
            credibility=6,
            original_code="; ".join(dict.fromkeys(one.original_code for one in told))[:500],
        )


def _outcomes(tellings: Sequence[Telling]) -> Iterator[Outcome]:
    first, *rest = tellings
    row = first.row
    yield Outcome(f"{row.file}:{row.line}", row.file, row.line, row.id, "loaded")
    for one in rest:
        yield one.row.outcome("again" if one.told_first == first.told_first else "mirror")
