"""Changes read: the history of one record, and the feed of all, in the order of revisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from db.engine import ids_of
from db.record_states import State
from db.references import DISMISSAL, KEY, NOUNS, Noun, resolve
from db.revisions import read_version
from models.changes import Change, ChangedBy, ChangeNote, Difference, FeedAsked
from models.errors import NotFound
from models.ids import IdKey

ALWAYS_DIFFERENT: Final = frozenset({"version", "changed_at"})
PREFIXES: Final = {
    **{noun.key: noun.prefix for noun in NOUNS.values()},
    **dict.fromkeys(("target_id", "capacity_id", "on_behalf_of_id", "publisher_id", "speaker_id"), "act"),
    **dict.fromkeys(("initiator_id", "participant_id", "denied_id", "by_id", "to_id"), "act"),
    **dict.fromkeys(("quoted_from_id", "supersedes_id"), "src"),
    **dict.fromkeys(("part_of_id", "follow_up_id", "other_id"), "con"),
    **{"broader_id": "top", "outcome_account_id": "acc", "ruled_by_id": "key", "decided_by_id": "key"},
}
"""What the numbers in a record's state are ids of; ``merged_into_id`` is of the record's own noun."""
Place = tuple[int, int]
"""Revision and ordinal."""


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of changes.

    Attributes:
        items: as models.changes has them.
        version: of the record that was read.
        last: place of the last item; None = there are none.
        more: whether more follow.
    """

    items: Sequence[ChangeNote]
    version: int
    last: Place | None
    more: bool


def history_of(session: Session, noun: Noun, ref: str, page: tuple[Place | None, int], *, names_keys: bool) -> Changes:
    """Returns a page of one record's changes, newest first; a contact's with those of its accounts and commitments.

    Args:
        session: to read with.
        noun: of the record.
        ref: names it; one that was taken out of the record by its id.
        page: the place after which it begins, and how many it has at most.
        names_keys: whether the reader may know whose key it was.

    Raises:
        NotFound: there is no such record, and never was.
    """
    before, limit = page
    number = ids_of(session).decode(ref, noun.prefix)
    if number is None:
        number = resolve(session, noun, [ref]).get(ref) if noun.slugs or noun.identifiers else None
    known = text(f"""SELECT EXISTS (SELECT FROM {noun.name} WHERE {noun.key} = :number)
        OR EXISTS (SELECT FROM history WHERE noun = '{noun.name}' AND record_id = :number)""")
    if number is None or not session.execute(known, {"number": number}).scalar():
        raise NotFound(f"There is no such {noun.name}.")
    asked = {"noun": noun.name, "number": number, "limit": limit + 1}
    asked |= dict(zip(("revision", "ordinal"), before or (2**62, 0), strict=True))
    rows = session.execute(text(_OF_CONTACT if noun.name == "contact" else _OF_RECORD), asked).all()
    items = [change_of(ids_of(session), row, names_keys=names_keys) for row in rows[:limit]]
    return _page(session, items, more=len(rows) > limit)


def feed(session: Session, asked: FeedAsked, *, after: Place, sees_keys: bool) -> Changes:
    """Returns a page of all changes, oldest first.

    Revisions become visible in their order, so whoever goes on from the last place misses nothing and gets nothing
    twice, however many write meanwhile.

    Args:
        session: to read with.
        asked: which.
        after: the place after which the page begins.
        sees_keys: whether changes of keys are part of it.
    """
    nouns = [noun for noun in (asked.noun or NOUNS) if sees_keys or noun != KEY.name]
    given = {"nouns": nouns, "revision": after[0], "ordinal": after[1], "limit": asked.limit + 1}
    rows = session.execute(text(_FEED), given).all()
    items = [note_of(ids_of(session), row, names_keys=sees_keys) for row in rows[: asked.limit]]
    return _page(session, items, more=len(rows) > asked.limit)


def _page(session: Session, items: Sequence[ChangeNote], *, more: bool) -> Changes:
    last = (items[-1].revision, items[-1].ordinal) if items else None
    return Changes(items, read_version(session), last, more)


def note_of(ids: IdKey, row: Row[Any], *, names_keys: bool) -> ChangeNote:
    """Returns a row of history as a note of what changed."""
    by = None
    if row.key_id is not None:
        by = ChangedBy(id=ids.encode(KEY.prefix, row.key_id), name=row.key_name if names_keys else None)
    return ChangeNote(
        revision=row.revision_id,
        ordinal=row.ordinal,
        at=row.at,
        action=row.action,
        noun=row.noun,
        id=ids.encode(NOUNS[row.noun].prefix, row.record_id),
        contact=None if row.contact_id is None else ids.encode("con", row.contact_id),
        by=by,
        reason=row.reason,
        request_id=row.request_id,
    )


def change_of(ids: IdKey, row: Row[Any], *, names_keys: bool) -> Change:
    """Returns a row of history with the record before and after, and what differs."""
    before, after = (public_state(ids, row.noun, state) for state in (row.before, row.after))
    names = {*(before or {}), *(after or {})} - ALWAYS_DIFFERENT
    sides = {name: ((before or {}).get(name), (after or {}).get(name)) for name in sorted(names)}
    return Change(
        **note_of(ids, row, names_keys=names_keys).model_dump(),
        erased=row.salt is None and row.digest is not None,
        before=before,
        after=after,
        changed={name: Difference(before=was, after=now) for name, (was, now) in sides.items() if was != now},
    )


def public_state(ids: IdKey, noun: str, state: State | None) -> State | None:
    """Returns a record's state with public ids for its numbers; a number of which nothing is known is left out."""
    if state is None:
        return None
    own = NOUNS[noun]
    found = {name: value for name, value in state.items() if name != own.key}
    prefixes = PREFIXES | {"merged_into_id": own.prefix}
    if noun == DISMISSAL.name:
        prefixes |= dict.fromkeys(("first_id", "second_id"), NOUNS[state["noun"]].prefix)
    return dict(_public(ids, prefixes, found))


def _public(ids: IdKey, prefixes: dict[str, str], state: State) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in state.items():
        plain = name.removesuffix("_ids").removesuffix("_id")
        if plain != name:
            prefix = prefixes.get(f"{plain}_id")
            if prefix is not None:
                many = [ids.encode(prefix, one) for one in value] if isinstance(value, list) else None
                found[plain if many is None else name.removesuffix("_ids") + "s"] = many or ids.encode(prefix, value)
        elif name == "follows":
            found[name] = {field: ids.encode("acc", number) for field, number in value.items()}
        elif isinstance(value, list):
            found[name] = [_public(ids, prefixes, one) if isinstance(one, dict) else one for one in value]
        else:
            found[name] = value
    return found


_COLUMNS: Final = """r.revision_id, r.at, r.key_id, r.reason, r.request_id, k.name AS key_name,
    h.ordinal, h.noun, h.record_id, h.contact_id, h.action"""
_JOINED: Final = "FROM history h JOIN revision r USING (log_id) LEFT JOIN api_key k ON k.key_id = r.key_id"
_RECORD: Final = f"""SELECT {_COLUMNS}, h.before, h.after, h.salt, h.digest {_JOINED}
WHERE {{whose}} AND (r.revision_id, h.ordinal) < (:revision, :ordinal)
ORDER BY r.revision_id DESC, h.ordinal DESC LIMIT :limit"""
_OF_RECORD: Final = _RECORD.format(whose="h.noun = :noun AND h.record_id = :number")
_OF_CONTACT: Final = _RECORD.format(whose="(h.noun = :noun AND h.record_id = :number OR h.contact_id = :number)")
_FEED: Final = f"""SELECT {_COLUMNS} {_JOINED}
WHERE r.revision_id >= :revision AND (r.revision_id, h.ordinal) > (:revision, :ordinal) AND h.noun = ANY(:nouns)
ORDER BY r.revision_id, h.ordinal LIMIT :limit"""
