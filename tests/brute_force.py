"""The domain read literally, in Python, contact by contact: what every filter and level must answer."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.events import Dossier, dossiers
from models.acknowledgement import governments, spoken_for
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.edtf import parse
from models.filters import ContactFilter
from models.names import fold
from models.projection import Event, PairFacts, incidences, is_wide, pairs_at
from models.status import HAPPENED
from models.vocabulary import STORED_LEVELS

DAY = timedelta(days=1)
Key = tuple[int, int, int]
"""Contact, near end, far end."""


@dataclass(frozen=True)
class Edge:
    """What is known of one pair in one contact, seen from its near end."""

    kind: str
    status: str
    roles: frozenset[str]
    other_roles: frozenset[str]
    initiated_by: str | None
    certain: bool
    represented: bool
    earliest: datetime
    latest: datetime


@dataclass(frozen=True)
class Tie:
    """What the edges of one pair add up to."""

    contacts: int
    by_kind: dict[str, int]
    initiated: tuple[int, int]
    uncertain: int
    first: tuple[datetime, datetime]
    last: tuple[datetime, datetime]


@dataclass
class Reading:
    """Everything recorded, read once."""

    session: Session
    events: dict[int, Event] = field(default_factory=dict)
    facts: dict[int, Any] = field(default_factory=dict)
    slugs: dict[str, int] = field(default_factory=dict)
    narrower: dict[str, set[str]] = field(default_factory=dict)
    designations: list[Any] = field(default_factory=list)
    stands_by: dict[int, dict[int, bool]] = field(default_factory=dict)
    """For each contact the governments that took part, and whether they stand by it."""

    def __post_init__(self) -> None:
        """Reads the records."""
        self.facts = {row.contact_id: row for row in self.session.execute(text(_FACTS))}
        found = dossiers(self.session, sorted(self.facts))
        self.events = {key: one.event for key, one in found.items()}
        self.stands_by = {key: _stands_by(one) for key, one in found.items()}
        self.slugs = {row.slug: row.actor_id for row in self.session.execute(text("SELECT slug, actor_id FROM actor"))}
        broader = {row.slug: row.broader for row in self.session.execute(text(_TOPICS))}
        for slug in broader:
            above: str | None = slug
            while above is not None:
                self.narrower.setdefault(above, set()).add(slug)
                above = broader[above]
        self.designations = list(self.session.execute(text("SELECT * FROM designation WHERE retracted_at IS NULL")))

    def contacts(self, asked: ContactFilter) -> list[int]:
        """Returns the contacts of a question."""
        return [
            key
            for key, row in self.facts.items()
            if row.status in _statuses(asked, row.status) and self._belongs(key, asked) and self._dealt(key, asked)
        ]

    def edges(self, asked: ContactFilter) -> dict[Key, Edge]:
        """Returns the edges of a question; with actors asked for these are the near end, else both ends are."""
        found: dict[Key, Edge] = {}
        actors, between = self._ids(asked.actor), self._ids(asked.between)
        for key in self.facts:
            if not self._belongs(key, asked) or not self._attended(key, asked, with_actor=bool(between)):
                continue
            for (ego, alter), edge in self.pairs(key, asked.level).items():
                near = (ego, alter) == tuple(between) if between else ego in actors if actors else True
                played = between or not asked.role or edge.roles & set(asked.role)
                if near and played and edge.status in _statuses(asked, edge.status):
                    found[(key, ego, alter)] = edge
        return found

    def ties(self, asked: ContactFilter) -> dict[tuple[int, int], Tie]:
        """Returns what the edges of a question add up to, pair by pair."""
        by_pair: dict[tuple[int, int], list[Edge]] = {}
        for (_, ego, alter), edge in self.edges(asked).items():
            by_pair.setdefault((ego, alter), []).append(edge)
        return {pair: _tie(edges) for pair, edges in by_pair.items()}

    def pairs(self, key: int, level: str) -> dict[tuple[int, int], Edge]:
        """Returns the edges of one contact, from both ends."""
        event = self.events[key]
        if is_wide(event, level if level in STORED_LEVELS else "actor"):
            return {}
        found = pairs_at(_left(event) if level not in STORED_LEVELS else event, level)
        for part in event.parts:
            # What is lifted on read is what the parts themselves have left.
            held = part if level in STORED_LEVELS else _left(self.events[part.contact_id])
            for pair in pairs_at(held, level):
                found.pop(pair, None)
        return {ends: edge for pair, facts in found.items() for ends, edge in _both(event, pair, facts)}

    def _ids(self, refs: Iterable[str]) -> list[int]:
        return [self.slugs[ref] for ref in refs]

    def _dealt(self, key: int, asked: ContactFilter) -> bool:
        between = tuple(self._ids(asked.between))
        return self._attended(key, asked) and (not between or between in self.pairs(key, asked.level))

    def _attended(self, key: int, asked: ContactFilter, *, with_actor: bool = True) -> bool:
        units = incidences(self.events[key], asked.level)
        if with_actor and asked.actor:
            roles = [set(units[one]["roles"]) for one in self._ids(asked.actor) if one in units]
            if not any(not asked.role or had & set(asked.role) for had in roles):
                return False
        return all(one in units for one in self._ids(asked.participants))

    def _acknowledged(self, key: int, asked: ContactFilter) -> bool:
        asked_of = ((asked.acknowledged_by, True), (asked.not_acknowledged_by, False))
        return all(
            not refs or any(self.stands_by[key].get(one) is wanted for one in self._ids(refs))
            for refs, wanted in asked_of
        )

    def _belongs(self, key: int, asked: ContactFilter) -> bool:
        row = self.facts[key]
        topics = set().union(*(self.narrower[topic] for topic in asked.topic))
        words = set(fold(" ".join(row.words)).split())
        return (
            (not asked.kind or row.kind in asked.kind)
            and self._acknowledged(key, asked)
            and _inside(row, asked)
            and (not asked.topic or bool(topics & set(row.topics)))
            and (not asked.episode or bool(set(asked.episode) & set(row.episodes)))
            and (not asked.publisher or bool(set(self._ids(asked.publisher)) & set(row.publishers)))
            and len(set(row.sources)) >= (asked.min_sources or 0)
            and (asked.part_of is None or self.session.info["ids"].decode(asked.part_of, "con") == row.part_of_id)
            and (asked.designated is None or self._designated(key, asked) == asked.designated)
            and (not asked.q or set(fold(asked.q).split()) <= words)
        )

    def _designated(self, key: int, asked: ContactFilter) -> bool:
        event = self.events[key]
        if asked.designated and asked.certain:
            return self._wholly_designated(event)
        actors = {number for taker in event.takers for number in (taker.actor_id, taker.standing_id)}
        actors |= {*incidences(event, "organisation"), *incidences(event, "state")}
        return any(
            one.actor_id in actors
            and one.start_earliest < event.bounds.latest
            and one.end_latest > event.bounds.earliest
            for one in self.designations
        )

    def _wholly_designated(self, event: Event) -> bool:
        first, last = event.bounds.earliest, event.bounds.latest
        actors = {number for taker in event.takers for number in (taker.actor_id, taker.standing_id)}
        for level in ("organisation", "state"):
            for taker in event.takers:
                segments = event.lifts.get((taker.standing_id, level), ())
                actors |= {s.unit_id for s in segments if s.certain and s.since <= first and s.until >= last}
        return any(
            one.actor_id in actors and one.start_latest <= first and one.end_earliest >= last
            for one in self.designations
        )


def _left(event: Event) -> Event:
    """Returns a visit as far as its actors' own pairs are left to it by its parts."""
    taken = {pair for part in event.parts for pair in pairs_at(part, "actor")}
    if not taken:
        return event

    class Left(Event):
        def facing_pairs(self) -> Any:
            for one, other in event.facing_pairs():
                if tuple(sorted((one.actor_id, other.actor_id))) not in taken:
                    yield one, other

    return Left(**{name: getattr(event, name) for name in Event.__dataclass_fields__ if not name.startswith("_")})


def _both(event: Event, pair: tuple[int, int], facts: PairFacts) -> list[tuple[tuple[int, int], Edge]]:
    status = "disputed" if facts.disputed and event.status in HAPPENED else event.status
    bounds = event.bounds.earliest, event.bounds.latest
    found = []
    for ends, near, far, own, others in ((pair, 0, 1, "ego", "alter"), (pair[::-1], 1, 0, "alter", "ego")):
        named = [name for name, who in (("source", own), ("target", others)) if who in facts.initiated]
        began = "both" if len(named) == 2 else named[0] if named else None
        roles = frozenset(facts.roles[near]), frozenset(facts.roles[far])
        edge = Edge(event.kind, status, *roles, began, facts.certain, facts.represented, *bounds)
        found.append(((ends[0], ends[1]), edge))
    return found


def _tie(edges: list[Edge]) -> Tie:
    earliest, latest = [edge.earliest for edge in edges], [edge.latest for edge in edges]
    began = [sum(edge.initiated_by in (end, "both") for edge in edges) for end in ("source", "target")]
    return Tie(
        contacts=len(edges),
        by_kind=dict(Counter(edge.kind for edge in edges)),
        initiated=(began[0], began[1]),
        uncertain=sum(not edge.certain for edge in edges),
        first=(min(earliest), min(latest)),
        last=(max(earliest), max(latest)),
    )


def _stands_by(one: Dossier) -> dict[int, bool]:
    """Returns which governments took part, and whether a speaker committed to each has affirmed it last."""
    of_side = governments(one.event)
    found = {unit: False for units in of_side.values() for unit in units}
    in_order = sorted(one.words, key=lambda word: (word.order, word.account))
    last = {word.speaker: word for word in in_order if not word.denies}
    for word in last.values():
        if word.stance == "affirms":
            found |= dict.fromkeys(spoken_for(word, one.event, of_side), True)
    return found


def _statuses(asked: ContactFilter, own: str) -> set[str]:
    return {own} if "any" in asked.status else {str(status) for status in asked.status or HAPPENED}


def _inside(row: Any, asked: ContactFilter) -> bool:
    """A window of whole civil days selects what may lie inside; certain what must; ``to`` is inclusive."""
    start = datetime.combine(_first_day(asked.from_), datetime.min.time()) if asked.from_ else FIRST_MOMENT
    end = datetime.combine(last_day(asked.to), datetime.min.time()) + DAY if asked.to else LAST_MOMENT
    if not asked.from_ and not asked.to:
        return True
    if asked.certain:
        return (not asked.from_ or row.earliest >= start) and (not asked.to or row.latest <= end)
    when = parse(row.when) if row.when else None
    whole = when is not None and when.earliest is not None and when.latest is not None
    if asked.open == "include" or whole:
        return bool(row.earliest < end and row.latest > start)
    if when is None:
        return False
    known = parse(when.text.strip("[]/."))
    assert known.earliest is not None
    assert known.latest is not None
    return min(known.earliest, row.latest - DAY) < end and min(known.latest, row.latest) > start


def _first_day(when: str) -> date:
    earliest = parse(when).earliest
    assert earliest is not None
    return earliest.date()


def last_day(when: str) -> date:
    """Returns the last civil day of a date whose end is known."""
    latest = parse(when).latest
    assert latest is not None
    return (latest - timedelta(seconds=1)).date()


_TOPICS = "SELECT t.slug, b.slug AS broader FROM topic t LEFT JOIN topic b ON b.topic_id = t.broader_id"
_FACTS = """
SELECT contact_id, kind, "when", status, earliest, latest, part_of_id,
    ARRAY(SELECT slug FROM contact_topic x JOIN topic USING (topic_id) WHERE x.contact_id = c.contact_id) AS topics,
    ARRAY(SELECT slug FROM contact_episode x JOIN episode USING (episode_id)
        WHERE x.contact_id = c.contact_id) AS episodes,
    ARRAY(SELECT s.publisher_id FROM account a JOIN source s USING (source_id)
        WHERE a.contact_id = c.contact_id AND a.withdrawn_at IS NULL) AS publishers,
    ARRAY(SELECT source_id FROM account a WHERE a.contact_id = c.contact_id AND a.withdrawn_at IS NULL) AS sources,
    ARRAY(SELECT coalesce(summary, '') UNION ALL SELECT coalesce(place, '')
        UNION ALL SELECT paraphrase FROM account a
            WHERE a.contact_id = c.contact_id AND a.withdrawn_at IS NULL AND paraphrase IS NOT NULL
        UNION ALL SELECT name FROM participant p JOIN actor n ON n.actor_id IN (p.actor_id, p.standing_id)
            WHERE p.contact_id = c.contact_id) AS words
FROM contact c WHERE retracted_at IS NULL
"""
