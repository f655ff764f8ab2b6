"""What a merge makes of the states of records: pure rewriting, which db.mergers stores."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from db.record_states import Number, State

ACTOR_KEYS: Final = frozenset(
    {
        *("actor_id", "target_id", "capacity_id", "on_behalf_of_id", "merged_into_id"),
        *("speaker_id", "initiator_id", "publisher_id"),
        *("participant_ids", "denied_ids", "by_ids", "to_ids"),
    }
)
"""Members of states that name an actor."""
CONTACT_KEYS: Final = frozenset({"contact_id", "part_of_id", "follow_up_id", "merged_into_id", "other_id"})
"""Members of states that name a contact."""
_ORDERS: Final = ("scheme", "value", "relation", "other_id")
_LISTS: Final = ("participant_ids", "denied_ids", "by_ids", "to_ids")


def into_at(noun: str, number: Number, merged_id: int, into_id: int) -> Number:
    """Returns the number of a record that belongs to a contact after that contact was merged."""
    if isinstance(number, tuple) and number[0] == merged_id:
        return (into_id, number[1])
    return number


def renamed(value: Any, keys: frozenset[str], old: int, new: int, key: str = "") -> Any:
    """Returns a state in which every member among keys that named one record names the other."""
    if isinstance(value, dict):
        return {name: renamed(one, keys, old, new, name) for name, one in value.items()}
    if isinstance(value, list):
        return [renamed(one, keys, old, new, key) for one in value]
    return new if key in keys and value == old and not isinstance(value, bool) else value


def gone(state: State, into_id: int, reason: str, *without: str) -> State:
    """Returns a record that stands no longer: it leads to another, and keeps no members that pass to that."""
    left = {name: value for name, value in state.items() if name not in without}
    now = datetime.now(UTC).isoformat()
    return {**left, "merged_into_id": into_id, "retracted_at": now, "retraction_reason": reason}


def once_each(state: State) -> State:
    """Lets each actor stand once in each list of a record."""
    return {**state, **{name: sorted(set(state[name])) for name in _LISTS if state.get(name)}}


def joined_actor(into: State, merged: State) -> State:
    """Returns an actor with the names and identifiers of another."""
    known = {name["name"] for name in into["names"]}
    more = [name for name in merged["names"] if name["name"] not in known]
    first = max(name["ordinal"] for name in into["names"]) + 1
    aliases = [
        {**name, "ordinal": first + n, "kind": "alias" if name["kind"] == "primary" else name["kind"]}
        for n, name in enumerate(more)
    ]
    identifiers = [*into.get("identifiers", []), *merged.get("identifiers", [])]
    found = {**into, "names": [*into["names"], *aliases]}
    return {**found, "identifiers": in_order(identifiers)} if identifiers else found


def with_lists(into: State, merged: State) -> State:
    """Returns a contact with the identifiers, relations, topics and episodes of another."""
    found = dict(into)
    for name in ("topic_ids", "episode_ids"):
        together = {*into.get(name, []), *merged.get(name, [])}
        found |= {name: sorted(together)} if together else {}
    for name in ("identifiers", "relations"):
        rows = [*into.get(name, []), *merged.get(name, [])]
        found |= {name: in_order(rows)} if rows else {}
    return found


def related_once(state: State, number: Number) -> State:
    """Lets a contact state each relation once, and none to itself."""
    rows = {(one["relation"], one["other_id"]): one for one in state.get("relations", []) if one["other_id"] != number}
    found = {name: value for name, value in state.items() if name != "relations"}
    return {**found, "relations": in_order(rows.values())} if rows else found


def in_order(rows: Iterable[Any]) -> list[Any]:
    """Returns rows that belong to a record in the order in which its state lists them."""
    return sorted(rows, key=lambda one: tuple(one[name] for name in _ORDERS if name in one))
