"""Changes read: the history of one record, and the feed of all, in the order of revisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from db.engine import Database, ids_of
from db.record_states import State
from db.references import DISMISSAL, KEY, NOUNS, Noun, resolve, resolve_retracted
from db.revisions import read_version
from models.changes import Change, ChangedBy, ChangeNote, Difference
from models.errors import Detail, InvalidQuery, NotFound
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
MARK_BYTES: Final = 6
"""Of a revision's link, in a mark."""
LAST_ORDINAL: Final = 2**31 - 1


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
        ref: names it, whether it stands or was taken out of the record.
        page: the place after which it begins, and how many it has at most.
        names_keys: whether the reader may know whose key it was.

    Raises:
        NotFound: there is no such record, and never was.
    """
    before, limit = page
    number = ids_of(session).decode(ref, noun.prefix)
    if number is None:
        number = (resolve(session, noun, [ref]) or resolve_retracted(session, noun, [ref])).get(ref)
    known = text(f"""SELECT EXISTS (SELECT FROM {noun.name} WHERE {noun.key} = :number)
        OR EXISTS (SELECT FROM history WHERE noun = '{noun.name}' AND record_id = :number)""")
    if number is None or not session.execute(known, {"number": number}).scalar():
        raise NotFound(f"There is no such {noun.name}.")
    asked = {"noun": noun.name, "number": number, "limit": limit + 1}
    asked |= dict(zip(("revision", "ordinal"), before or (2**62, 0), strict=True))
    rows = session.execute(text(_OF_CONTACT if noun.name == "contact" else _OF_RECORD), asked).all()
    items = [change_of(ids_of(session), row, names_keys=names_keys) for row in rows[:limit]]
    return _page(session, items, more=len(rows) > limit)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far somebody has followed the feed.

    Attributes:
        place: of the last change that he has, or from where there was nothing for him.
        link: beginning of that revision's link, in hex: a record that was restored to a former state has the
            same numbers for other changes.
    """

    place: Place = (0, LAST_ORDINAL)
    link: str = ""


@dataclass(frozen=True, slots=True)
class Fed:
    """A part of the feed.

    Attributes:
        items: changes, each with the mark behind it.
        version: of the record that was read.
        mark: behind all that was looked at.
        more: whether more follow.
    """

    items: Sequence[tuple[ChangeNote, Mark]]
    version: int
    mark: Mark
    more: bool


def feed(session: Session, nouns: Sequence[str], after: Mark, limit: int, *, sees_keys: bool) -> Fed:
    """Returns a part of all changes, oldest first.

    Revisions become visible in their order, so whoever goes on from the last mark misses nothing and gets nothing
    twice, however many write meanwhile.

    Args:
        session: to read with.
        nouns: which records; empty = all.
        after: the mark after which it begins.
        limit: most changes.
        sees_keys: whether changes of keys are part of it.

    Raises:
        InvalidQuery: the mark is of a record that this one is not, or not any more.
    """
    newest = session.execute(text(_NEWEST), {"revision": after.place[0]}).one()
    version, link = newest.revision_id or 0, _link(newest.link)
    if after.place[0] > version or after.link != _link(newest.since_link):
        said = (
            "This cursor is of a state that this record never had, or has no more since it was restored: start again."
        )
        raise InvalidQuery(said, errors=[Detail("foreign_cursor", said, parameter="since")])
    wanted = [noun for noun in (nouns or NOUNS) if sees_keys or noun != KEY.name]
    given = {"nouns": wanted, "revision": after.place[0], "ordinal": after.place[1], "newest": version}
    rows = session.execute(text(_FEED), {**given, "limit": limit + 1}).all()
    more = len(rows) > limit
    ids = ids_of(session)
    items = [
        (note_of(ids, row, names_keys=sees_keys), Mark((row.revision_id, row.ordinal), _link(row.link)))
        for row in rows[:limit]
    ]
    return Fed(items, version, items[-1][1] if more else Mark((version, LAST_ORDINAL), link), more)


def newest_version(database: Database) -> int:
    """Returns the graph version of the record as it is now, with a session of its own."""
    with database.reading_session() as session:
        return read_version(session)


def newest_mark(session: Session) -> Mark:
    """Returns the mark behind all that there is."""
    newest = session.execute(text(_NEWEST), {"revision": 0}).one()
    return Mark((newest.revision_id or 0, LAST_ORDINAL), _link(newest.link))


def _link(link: bytes | None) -> str:
    return "" if link is None else bytes(link[:MARK_BYTES]).hex()


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
_FEED: Final = f"""SELECT {_COLUMNS}, r.link {_JOINED}
WHERE r.revision_id >= :revision AND (r.revision_id, h.ordinal) > (:revision, :ordinal)
    AND r.revision_id <= :newest AND h.noun = ANY(:nouns)
ORDER BY r.revision_id, h.ordinal LIMIT :limit"""
_NEWEST: Final = """SELECT max(revision_id) AS revision_id,
    (SELECT link FROM revision ORDER BY revision_id DESC LIMIT 1) AS link,
    (SELECT link FROM revision WHERE revision_id = :revision) AS since_link FROM revision"""
