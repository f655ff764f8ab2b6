"""Merges undone, from what history keeps of them.

Each record that the merge changed is made what it was before. What somebody changed since stays as he left it, and
what was recorded since stays with the record that stood.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.edges import hold_ladder
from db.engine import ids_of
from db.merged_states import CONTACT_KEYS, in_order, into_at, renamed
from db.mergers import Named, Rewriting, restate_actors, restate_all
from db.record_states import RECORDS, Number, State
from db.records import fetch
from db.references import AFFILIATION, CONTACT, NOUNS
from db.standing import check_named, check_takers
from models.erasure import ERASED
from models.errors import Conflict, NotFound, Retracted

Sides = tuple[State | None, State | None]
"""A record before and after the merge."""
_OF_THE_ROW: Final = frozenset({"version", "changed_at"})


def unmerge(session: Session, noun: str, merged_id: int) -> int:
    """Makes two records of one again; returns the id of the one that had stood for both.

    Raises:
        NotFound: there is no such record.
        Retracted: its content was erased.
        Conflict: it is not merged; or what stood for both is merged itself, or was erased in part; or one of them
            would be left without an account or with one participant, or would name what was retracted since.
    """
    hold_ladder(session, alone=True)
    row: Any = fetch(session, RECORDS[noun].table, merged_id, lock=True)
    if row.retraction_reason == ERASED:
        raise Retracted(ERASED)
    if row.merged_into_id is None:
        raise Conflict(f"This {noun} is not merged.")
    into_id = int(row.merged_into_id)
    entries = _entries(session, noun, merged_id)
    merge = entries[(noun, merged_id)][1]
    if merge is None or merge["merged_into_id"] != into_id:
        raise Conflict(f"The {noun} that it was merged into has been merged itself; undo that first.")
    work = Rewriting(session)
    for name in dict.fromkeys(name for name, _ in entries):
        sides = {number: pair for (other, number), pair in entries.items() if other == name}
        _undo(session, work, name, sides, (merged_id, into_id))
    work.store((noun, merged_id), "unmerge")
    if noun == "actor":
        for number, state in work.wanted.get(AFFILIATION.name, {}).items():
            if state is not None and "retracted_at" not in state:
                check_named(session, AFFILIATION, {"id": int(str(number))})
        restate_actors(session, work, [merged_id, into_id])
    else:
        check_takers(session, merged_id)
        check_named(session, CONTACT, {"id": merged_id})
        _check_accounts(session, [merged_id, into_id])
        restate_all(session, work.contacts())
    return into_id


def _entries(session: Session, noun: str, merged_id: int) -> dict[Named, Sides]:
    found = session.execute(text(_OF_THE_MERGE), {"noun": noun, "id": merged_id}).all()
    if not found:
        raise NotFound("History holds nothing of this merge.")
    if any(row.salt is None for row in found):
        raise Conflict("A record that this merge changed has been erased since; it cannot be undone.")
    return {
        (row.noun, (row.contact_id, row.record_id) if RECORDS[row.noun].of_contact else row.record_id): (
            row.before,
            row.after,
        )
        for row in found
    }


def _undo(session: Session, work: Rewriting, noun: str, sides: Mapping[Number, Sides], ends: tuple[int, int]) -> None:
    found = work.read(noun, sides)
    moved = _moved(session, noun, [n for n, (before, after) in sides.items() if before and after and n not in found])
    elsewhere = work.read(noun, moved.values())
    for number, (before, after) in sides.items():
        now = found.get(number)
        if before is not None and after is not None and now is not None:
            work.want(noun, number, undone(before, after, now))
        elif number in moved:
            work.want(noun, moved[number], undone(before or {}, after or {}, elsewhere[moved[number]]))
        elif before is not None and after is None:
            # It went to the contact that stood: it comes back as it is there now.
            there = into_at(noun, number, *ends)
            brought, was = found.get(there), sides.get(there, (None, None))[1]
            if brought is None or was is None:
                raise Conflict(
                    f"{_name(session, noun, there)} is not where the merge put it; undo later changes first."
                )
            back = renamed(brought, CONTACT_KEYS, ends[1], ends[0])
            work.want(noun, number, undone(before, renamed(was, CONTACT_KEYS, ends[1], ends[0]), back))
            work.want(noun, there, None)


def _moved(session: Session, noun: str, numbers: list[Number]) -> dict[Number, Number]:
    """Returns where accounts and commitments are by now whose contact was merged, or told apart, since."""
    own = {number[1]: number for number in numbers if isinstance(number, tuple)}
    if not own:
        return {}
    there = text(f"SELECT contact_id, {noun}_id AS number FROM {noun} WHERE {noun}_id = ANY(:ids)")
    return {own[row.number]: (row.contact_id, row.number) for row in session.execute(there, {"ids": list(own)})}


def undone(before: State, after: State, now: State) -> State:
    """Returns a record without what a merge did to it: each member that still is what the merge made of it is
    what it was before, and each that was changed since stays so."""
    found = dict(now)
    for name in (before.keys() | after.keys()) - _OF_THE_ROW:
        was, made, there = before.get(name), after.get(name), now.get(name)
        if was == made:
            continue
        value = was if there == made else there
        if name == "participants" and there != made:
            value = _participants(was or [], made or [], there or [])
        elif isinstance(was or made, list) and there != made:
            value = _lists(was or [], made or [], there or [])
        found[name] = value
    return {name: value for name, value in found.items() if value not in (None, [])}


def _lists(was: list[Any], made: list[Any], there: list[Any]) -> list[Any]:
    """Takes out what the merge added and puts back what it removed."""
    plain = [_plain(one) for one in made]
    old = [_plain(one) for one in was]
    kept = [one for one in there if _plain(one) not in plain or _plain(one) in old]
    back = [one for one in was if _plain(one) not in plain and _plain(one) not in [_plain(other) for other in there]]
    found = [*kept, *back]
    if found and isinstance(found[0], dict):
        return _numbered(found) if "ordinal" in found[0] else in_order(found)
    return sorted(found)


def _participants(was: list[Any], made: list[Any], there: list[Any]) -> list[Any]:
    """Gives each participant that still stands who he was, and puts back those whom the merge let go."""
    after = {one["ordinal"]: one for one in made}
    found = [dict(one) for one in there]
    for before in was:
        one = after.get(before["ordinal"])
        now = next((row for row in found if one is not None and row["actor_id"] == one["actor_id"]), None)
        if one is None and before["actor_id"] not in {row["actor_id"] for row in found}:
            found.append(dict(before))
        elif one is not None and now is not None:
            now |= {key: value for key, value in before.items() if value != one[key] and now[key] == one[key]}
    return _numbered(found)


def _plain(one: Any) -> Any:
    return {key: value for key, value in one.items() if key != "ordinal"} if isinstance(one, dict) else one


def _numbered(rows: list[Any]) -> list[Any]:
    """Keeps the numbers of rows where they differ, and numbers them anew where two have one."""
    if len({row["ordinal"] for row in rows}) < len(rows):
        rows = [{**row, "ordinal": n} for n, row in enumerate(sorted(rows, key=lambda row: row["ordinal"]))]
    return sorted(rows, key=lambda row: row["ordinal"])


def _check_accounts(session: Session, contact_ids: list[int]) -> None:
    for number in contact_ids:
        if not session.execute(text(_STANDING), {"id": number}).scalar():
            raise Conflict(f"{_name(session, 'contact', number)} would be left without an account that stands.")


def _name(session: Session, noun: str, number: Number) -> str:
    own = number[1] if isinstance(number, tuple) else number
    return f"The {noun} {ids_of(session).encode(NOUNS[noun].prefix, own)}"


_OF_THE_MERGE: Final = """
SELECT noun, record_id, contact_id, before, after, salt FROM history
WHERE log_id = (SELECT max(log_id) FROM history WHERE noun = :noun AND record_id = :id AND action = 'merge')
ORDER BY ordinal
"""
_STANDING: Final = "SELECT EXISTS (SELECT FROM account WHERE contact_id = :id AND withdrawn_at IS NULL)"
