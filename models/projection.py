"""How one contact becomes incidences and edges: the roll-up and pairing rules, as pure functions."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any, Protocol

from models.bounds import UNDATED, Bounds
from models.edges import LARGEST_STORED_CONTACT
from models.status import HAPPENED
from models.vocabulary import HUB_ROLES, ROLES_WITHOUT_EDGES, STORED_LEVELS

Pair = tuple[int, int]
Lifts = Mapping[tuple[int, str], Sequence[Any]]
"""Rows of lifts (models.edges.Lift) by actor and level."""


class Taker(Protocol):
    """A participant as the rules need him: the table's row will do."""

    @property
    def actor_id(self) -> Any: ...
    @property
    def standing_id(self) -> Any: ...
    @property
    def on_behalf_of_id(self) -> Any: ...
    @property
    def role(self) -> Any: ...
    @property
    def side(self) -> Any: ...
    @property
    def initiator(self) -> Any: ...


@dataclass(slots=True)
class Unit:
    """What a participant counts as at one level. Nobody changes it; frozen, it would take twice the time."""

    unit: int
    certain: bool
    represented: bool
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """One contact with all that its projection depends on."""

    contact_id: int
    kind: str
    talks: str | None
    status: str
    takers: Sequence[Taker]
    lifts: Lifts
    bounds: Bounds = UNDATED
    parties_met: bool = False
    disputed: frozenset[int] = frozenset()
    parts: Sequence["Event"] = ()
    _known: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Units and sides already worked out: every rule below asks for them again."""

    def units(self, taker: Taker, level: str) -> list[Unit]:
        """Returns what a participant counts as: himself at actor level, else where he stood on the date."""
        key = (taker.actor_id, level)
        if key not in self._known:
            self._known[key] = self._units(taker, level)
        found: list[Unit] = self._known[key]
        return found

    def _units(self, taker: Taker, level: str) -> list[Unit]:
        if level == "actor":
            return [Unit(taker.actor_id, certain=True, represented=False)]
        sent = taker.on_behalf_of_id is not None
        found: dict[int, Unit] = {}
        for row in self.lifts.get((taker.standing_id, level), ()):
            if row.since < self.bounds.latest and row.until > self.bounds.earliest:
                covers = row.since <= self.bounds.earliest and row.until >= self.bounds.latest
                sure = (row.certain and covers) or (row.unit_id in found and found[row.unit_id].certain)
                found[row.unit_id] = Unit(row.unit_id, sure, sent, row.ambiguous)
        return [found[unit] for unit in sorted(found)] or [Unit(taker.standing_id, True, sent)]

    def sides(self) -> dict[int, Hashable]:
        """Returns each participant's side, for those whose role makes a counterpart.

        Without a label a side is the state, else the top organisation. Who may have stood for one of several
        joins the one of them that is at the table; if there are more, or none, he is a side of his own kind.
        If all that leaves one side, everybody is a side by himself.
        """
        if "sides" not in self._known:
            self._known["sides"] = self._sides()
        found: dict[int, Hashable] = self._known["sides"]
        return found

    def _sides(self) -> dict[int, Hashable]:
        facing = [taker for taker in self.takers if taker.role not in ROLES_WITHOUT_EDGES]
        stood = {t.actor_id: [unit.unit for unit in self.units(t, "state")] for t in facing if t.side is None}
        present = {units[0] for units in stood.values() if len(units) == 1}
        sides: dict[int, Hashable] = {}
        for taker in facing:
            units = stood.get(taker.actor_id, [])
            met = [unit for unit in units if unit in present]
            label = ("units", *(met if len(met) == 1 else units))
            sides[taker.actor_id] = label if taker.side is None else ("label", taker.side)
        if len(set(sides.values())) < 2:
            return {actor: ("actor", actor) for actor in sides}
        return sides

    def facing_pairs(self) -> Sequence[tuple[Taker, Taker]]:
        """Returns every pair of participants that the kind of contact joins."""
        if "pairs" not in self._known:
            self._known["pairs"] = [] if self.kind == "gathering" else list(self._facing_pairs())
        found: Sequence[tuple[Taker, Taker]] = self._known["pairs"]
        return found

    def _facing_pairs(self) -> Iterator[tuple[Taker, Taker]]:
        sides = self.sides()
        facing = [taker for taker in self.takers if taker.actor_id in sides]
        for one, other in combinations(facing, 2):
            if self._joins(one, other, across=sides[one.actor_id] != sides[other.actor_id]):
                yield one, other

    def _joins(self, one: Taker, other: Taker, *, across: bool) -> bool:
        roles = {one.role, other.role}
        if self.kind == "message":
            return roles == {"sender", "recipient"}
        through_hub = self.kind in ("mission", "mediation") or self.talks == "proximity"
        if not through_hub or (self.parties_met and not roles & HUB_ROLES):
            return across
        return across and len([role for role in (one.role, other.role) if role in HUB_ROLES]) == 1


@dataclass(slots=True)
class PairFacts:
    """What is known of one pair in one contact, seen from its first member."""

    roles: tuple[set[str], set[str]] = field(default_factory=lambda: (set(), set()))
    initiated: set[str] = field(default_factory=set)
    certain: bool = False
    ambiguous: bool = False
    represented: bool = False
    disputed: bool = True


def pairs_at(event: Event, level: str) -> dict[Pair, PairFacts]:
    """Returns the pairs of one contact at a level, each once, the lower id first.

    A pair inside one unit disappears. A pair counts as certain, or undisputed, as soon as one of the pairs of
    participants behind it is.
    """
    pairs: dict[Pair, PairFacts] = {}
    for one, other in event.facing_pairs():
        for near in event.units(one, level):
            for far in event.units(other, level):
                if near.unit == far.unit:
                    continue
                forward = near.unit < far.unit
                key = (near.unit, far.unit) if forward else (far.unit, near.unit)
                facts = pairs.get(key)
                if facts is None:
                    facts = pairs[key] = PairFacts()
                _add(facts, one, other) if forward else _add(facts, other, one)
                facts.certain |= near.certain and far.certain
                facts.ambiguous |= near.ambiguous or far.ambiguous
                facts.represented |= near.represented or far.represented
                facts.disputed &= bool({one.actor_id, other.actor_id} & event.disputed)
    return pairs


def own_pairs(event: Event, level: str) -> dict[Pair, PairFacts]:
    """Returns the pairs of one contact at a level that its parts do not hold."""
    pairs = pairs_at(event, level)
    for part in event.parts:
        for pair in pairs_at(part, level):
            pairs.pop(pair, None)
    return pairs


def pair_status(event: Event, facts: PairFacts) -> str:
    """Returns the status of one pair; a ruling that nothing took place outlives a dispute over who was there."""
    return "disputed" if facts.disputed and event.status in HAPPENED else event.status


def _add(facts: PairFacts, ego: Taker, alter: Taker) -> None:
    facts.roles[0].add(ego.role)
    facts.roles[1].add(alter.role)
    if ego.initiator:
        facts.initiated.add("ego")
    if alter.initiator:
        facts.initiated.add("alter")


def incidences(event: Event, level: str) -> dict[int, dict[str, Any]]:
    """Returns the units that took part at a level, in whatever role, with their roles."""
    found: dict[int, dict[str, Any]] = {}
    for taker in event.takers:
        for unit in event.units(taker, level):
            row = found.setdefault(unit.unit, {"roles": [], "certain": False, "represented": False})
            if taker.role not in row["roles"]:
                row["roles"].append(taker.role)
            row["certain"] |= unit.certain
            row["represented"] |= unit.represented
    return found


@dataclass(frozen=True, slots=True)
class Projection:
    """The rows that one contact must have among incidences, edges and acknowledgements."""

    incidences: list[dict[str, Any]]
    edges: list[dict[str, Any]]
    acknowledgements: list[dict[str, Any]] = field(default_factory=list)


def project(event: Event) -> Projection:
    """Returns what one contact becomes: incidences and edges at the stored levels, the edges from both ends."""
    incidence_rows: list[dict[str, Any]] = []
    edge_rows: list[dict[str, Any]] = []
    for level in STORED_LEVELS:
        pairs = own_pairs(event, level)
        wide = is_wide(event, level)
        shared = {
            "level": level,
            "contact_id": event.contact_id,
            "kind": event.kind,
            **event.bounds.columns(),
        }
        for ego, row in incidences(event, level).items():
            more = {"ego_id": ego, "status": event.status, "wide": wide, "roles": ",".join(row["roles"])}
            incidence_rows.append({**shared, **row, **more})
        for pair, facts in () if wide else pairs.items():
            edge_rows.extend(_both_ways(event, shared, pair, facts))
    return Projection(incidence_rows, edge_rows)


def is_wide(event: Event, level: str) -> bool:
    """Whether a contact has so many units at a level that its pairs are not stored."""
    if event.kind == "gathering":
        return False
    facing = event.sides()
    units = {u.unit for t in event.takers if t.actor_id in facing for u in event.units(t, level)}
    return len(units) > LARGEST_STORED_CONTACT


def _both_ways(event: Event, shared: dict[str, Any], pair: Pair, facts: PairFacts) -> Iterator[dict[str, Any]]:
    more = {"status": pair_status(event, facts), "certain": facts.certain, "represented": facts.represented}
    turned = {"ego": "alter", "alter": "ego"}
    for (ego, alter), roles, names in (
        (pair, facts.roles, facts.initiated),
        (pair[::-1], facts.roles[::-1], {turned[name] for name in facts.initiated}),
    ):
        initiated_by = "both" if len(names) == 2 else next(iter(names), None)
        yield {
            **shared,
            **more,
            "ego_id": ego,
            "alter_id": alter,
            "ego_roles": ",".join(sorted(roles[0])),
            "alter_roles": ",".join(sorted(roles[1])),
            "initiated_by": initiated_by,
        }
