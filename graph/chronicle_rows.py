"""Edges as arrays: read column by column, and the relayed hops that they imply."""

from dataclasses import dataclass, fields
from typing import Any, Final, get_args

import numpy as np
from numpy.typing import NDArray

from db.arrays import read_arrays
from graph.hops import Flags, Ints, World
from graph.questions import Asking
from models.edges import OF_NO_YEAR
from models.vocabulary import HUB_ROLES, ContactKind, Status

KINDS: Final[tuple[ContactKind, ...]] = get_args(ContactKind)
STRENGTH: Final[tuple[Status, ...]] = (
    *("confirmed", "acknowledged", "reported", "disputed", "planned", "requested"),
    *("postponed", "unsettled", "declined", "cancelled", "denied", "did_not_happen"),
)
"""Statuses from the best founded to what did not take place: the weakest on a way is the last of them."""
FORWARD, BACKWARD, HUB_EGO, HUB_ALTER, NO_YEAR = 1, 2, 4, 8, 16
_FIELDS: Final = (
    *(("ego", "i8"), ("alter", "i8"), ("lo", "i8"), ("hi", "i8"), ("match_lo", "i8"), ("match_hi", "i8")),
    *(("contact", "i8"), ("kind", "i2"), ("status", "i2"), ("ways", "i2")),
)
_NARROW: Final = {name for name, kind in _FIELDS if kind == "i2"}
EPOCH: Final = np.datetime64("2000-01-01", "us")
FIRST_MONTH: Final = 1970 * 12
"""numpy counts months from 1970."""
REST: Final = -1
"""The month of edges that belong to no year."""
_ROLES: Final = "string_to_array(d.{end}_roles, ',')"
_HUBS: Final = f"ARRAY[{', '.join(repr(role) for role in sorted(HUB_ROLES))}]"


def _words(words: tuple[str, ...], column: str) -> str:
    return f"(array_position(ARRAY[{', '.join(repr(word) for word in words)}], {column}) - 1)::int2"


def _has(end: str, roles: str, bit: int) -> str:
    return f"CASE WHEN {_ROLES.format(end=end)} && {roles} THEN {bit} ELSE 0 END"


def _sends(sender: str, recipient: str, bit: int) -> str:
    said = f"'sender' = ANY({_ROLES.format(end=sender)}) AND 'recipient' = ANY({_ROLES.format(end=recipient)})"
    return f"CASE WHEN {said} THEN {bit} ELSE 0 END"


SELECTED: Final = f"""d.ego_id::bigint, d.alter_id::bigint, d.earliest, d.latest, d.match_earliest, d.match_latest,
    d.contact_id::bigint, {_words(KINDS, "d.kind")}, {_words(STRENGTH, "d.status")},
    (CASE WHEN d.kind = 'message' THEN {_sends("ego", "alter", FORWARD)} + {_sends("alter", "ego", BACKWARD)}
    WHEN d.kind IN ('mission', 'mediation') OR d.kind = 'negotiation'
        AND (SELECT x.talks = 'proximity' FROM contact x WHERE x.contact_id = d.contact_id)
    THEN {FORWARD + BACKWARD} + {_has("ego", _HUBS, HUB_EGO)} + {_has("alter", _HUBS, HUB_ALTER)}
    ELSE {FORWARD + BACKWARD} END + {{no_year}})::int2"""
"""What of an edge ``d`` is read, each column of a fixed width and never null. Edges are to come from one end only."""
_NO_YEAR: Final = f"CASE WHEN {OF_NO_YEAR} THEN {NO_YEAR} ELSE 0 END"


@dataclass(frozen=True)
class Rows:
    """Edges, each once, and relayed hops.

    Attributes:
        ego: one end.
        alter: the other.
        lo: bounds in µs from 2000, as PostgreSQL counts; inclusive.
        hi: exclusive.
        match_lo: the span that windows look at.
        match_hi: exclusive.
        contact: to which it belongs.
        kind: place in KINDS.
        status: place in STRENGTH.
        ways: FORWARD from ego to alter, BACKWARD, or both; who is a hub; NO_YEAR.
        via: the mediator of a relayed hop, else 0.
    """

    ego: Ints
    alter: Ints
    lo: Ints
    hi: Ints
    match_lo: Ints
    match_hi: Ints
    contact: Ints
    kind: NDArray[np.int8]
    status: NDArray[np.int8]
    ways: NDArray[np.int8]
    via: Ints

    def __len__(self) -> int:
        """How many."""
        return len(self.ego)

    @property
    def month(self) -> Ints:
        """The month in which the span of each ends, counted from the year 0; REST for those of no year."""
        last = (EPOCH + (self.match_hi - 1).astype("timedelta64[us]")).astype("datetime64[M]").astype(np.int64)
        return np.where(self.ways & NO_YEAR, REST, last + FIRST_MONTH)

    @property
    def bytes(self) -> int:
        """What they take."""
        return sum(getattr(self, one.name).nbytes for one in fields(self))

    def kept(self, keep: Flags | Ints) -> "Rows":
        """Returns only these rows."""
        return Rows(*(getattr(self, one.name)[keep] for one in fields(self)))

    def both_ways(self) -> "Rows":
        """Returns a row for each way that word may take, from ego to alter."""
        there, back = self.kept((self.ways & FORWARD) > 0), self.kept((self.ways & BACKWARD) > 0)
        names = [one.name for one in fields(self)]
        turned = {"ego": "alter", "alter": "ego"}
        joined = (np.concatenate((getattr(there, name), getattr(back, turned.get(name, name)))) for name in names)
        return Rows(*joined)

    def world(self) -> World:
        """Returns the hops of rows that go one way each."""
        return World.of(self.ego, self.alter, self.lo, self.hi, self.contact)


_EMPTY: Final[dict[str, Any]] = {
    one.name: np.zeros(0, dtype=np.int8 if one.name in _NARROW else np.int64) for one in fields(Rows)
}
NO_ROWS: Final = Rows(**_EMPTY)


def joined(parts: list[Rows]) -> Rows:
    """Returns all rows of some."""
    return Rows(*(np.concatenate([getattr(part, one.name) for part in parts]) for one in fields(Rows)))


def read_rows(asking: Asking, source: str, parameters: dict[str, Any], *, no_year: bool | None = None) -> Rows:
    """Returns the edges that a statement selects, with the relayed hops that they imply.

    Args:
        asking: whose snapshot is read, and whose budget of time holds.
        source: the statement from FROM on, perhaps with a WITH before; ``{selected}`` stands for the columns.
        parameters: of the statement.
        no_year: whether all of them, or none, belong to no year; None = PostgreSQL finds out.

    Cost: some million edges a second.
    """
    asking.limit_time()
    selected = SELECTED.replace("{no_year}", _NO_YEAR if no_year is None else str(NO_YEAR * no_year))
    found = read_arrays(asking.session, source.replace("{selected}", selected), parameters, dict(_FIELDS))
    columns: dict[str, Any] = {name: found[name].astype(np.int8) if name in _NARROW else found[name] for name in found}
    rows = Rows(**columns, via=np.zeros(len(columns["ego"]), dtype=np.int64))
    return joined([rows, relayed(rows)])


def relayed(rows: Rows) -> Rows:
    """Returns the hops from party to party over a mediator or envoy inside one contact, where no edge joins them.

    Of several who could relay the one of the lowest id is named. The status is the weaker of the two edges'.
    """
    talks = rows.kept((rows.ways & (HUB_EGO | HUB_ALTER)) > 0)
    spokes = joined([talks.kept((talks.ways & HUB_EGO) > 0), _turned(talks.kept((talks.ways & HUB_ALTER) > 0))])
    if not len(spokes):
        return spokes
    spokes = spokes.kept(np.lexsort((spokes.ego, spokes.contact)))
    changes = (np.diff(spokes.contact) != 0) | (np.diff(spokes.ego) != 0)
    begins = np.concatenate(([0], np.flatnonzero(changes) + 1, [len(spokes)]))
    size = np.repeat(np.diff(begins), np.diff(begins))
    begin = np.repeat(begins[:-1], np.diff(begins))
    one = np.repeat(np.arange(len(spokes)), size)
    other = np.arange(len(one)) + np.repeat(begin - np.concatenate(([0], np.cumsum(size)[:-1])), size)
    parties = spokes.alter[one] < spokes.alter[other]
    one, other = one[parties], other[parties]
    rows = rows.kept(np.isin(rows.contact, spokes.contact))
    direct = _keys(rows, np.concatenate((spokes.contact[one], rows.contact)), one, other, spokes)
    fresh = np.flatnonzero(~np.isin(direct[: len(one)], direct[len(one) :]))
    _, first = np.unique(direct[fresh], return_index=True)
    one, other = one[fresh[first]], other[fresh[first]]
    hop = spokes.kept(one)
    status = np.maximum(hop.status, spokes.status[other])
    bounds = (hop.lo, hop.hi, hop.match_lo, hop.match_hi)
    ways = (hop.ways & NO_YEAR) | np.int8(FORWARD + BACKWARD)
    return Rows(hop.alter, spokes.alter[other], *bounds, hop.contact, hop.kind, status, ways, hop.ego)


def _turned(rows: Rows) -> Rows:
    """The same rows seen from the other end."""
    columns = {one.name: getattr(rows, one.name) for one in fields(rows)}
    return Rows(**columns | {"ego": rows.alter, "alter": rows.ego})


def _keys(rows: Rows, contacts: Ints, one: Ints, other: Ints, spokes: Rows) -> Ints:
    """Returns one number for each pair in each contact: those of the parties, then those that an edge joins."""
    low = np.concatenate((spokes.alter[one], np.minimum(rows.ego, rows.alter)))
    high = np.concatenate((spokes.alter[other], np.maximum(rows.ego, rows.alter)))
    _, pair = np.unique(low * (2**31) + high, return_inverse=True)
    keys: Ints = pair * (contacts.max(initial=0) + 1) + contacts
    return keys
