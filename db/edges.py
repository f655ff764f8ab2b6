"""The only place where contacts become incidences, edges and ties in Postgres.

Rows that have not changed are left alone, so correcting a tenure touches the edges it touches and no others.
"""

import json
import math
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from psycopg.errors import LockNotAvailable
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from db.bulk import copy_plain_rows, raw
from db.events import MOST_SEARCHED_CHARACTERS, Dossier, dossiers, family
from db.records import touch
from db.references import hold_names
from db.ties import count
from models.errors import Unavailable
from models.projection import Projection

LADDER_LOCK: Final = 7_263_003
"""Held shared by writers of contacts and alone by writers of affiliations: a contact written beside a
corrected tenure would otherwise keep the old lift."""
LOADS_LOCK: Final = 7_263_012
"""Held alone by a load: of two that hold the ladder shared, neither could come to hold it alone."""
LOAD_WAIT: Final = "1min"
"""Longest wait of a load for a row or a lock: whoever has it is soon done, and much work would be lost."""
LOOK_SECONDS: Final = 0.05
LOADED: Final = (
    "An import is being loaded, during which tenures, names, sources and merges stand still; send the request again "
    "when it has ended (`GET /v1/imports`)."
)
HELD_SHARED: Final = "Contacts are being written that rest on what this changes; send the request again shortly."
HELD_ALONE: Final = (
    "An import, a merge or a correction is changing what contacts rest on; send the request again shortly."
)
CONTACTS_AT_ONCE: Final = 2_000
"""Derived together: memory stays flat however many contacts a tenure touches."""
Key = tuple[Any, ...]
KEYS: Final[dict[str, tuple[str, ...]]] = {
    "incidence": ("ego_id", "level", "contact_id"),
    "edge": ("ego_id", "alter_id", "level", "contact_id"),
    "acknowledgement": ("contact_id", "side_id"),
}
BOUNDS: Final = ("earliest", "latest", "match_earliest", "match_latest", "newest", "oldest")
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "incidence": (*KEYS["incidence"], *BOUNDS, "kind", "status", "roles", "certain", "represented", "wide"),
    "edge": (
        *(*KEYS["edge"], *BOUNDS, "kind", "status", "ego_roles", "alter_roles"),
        *("initiated_by", "certain", "represented"),
    ),
    "acknowledgement": (*KEYS["acknowledgement"], "word", "published_earliest", "published_latest"),
}


def hold_ladder(session: Session, *, alone: bool) -> None:
    """Takes the ladder lock until the end of the transaction.

    Raises:
        Unavailable: others hold it for longer than this transaction waits for a lock.
    """
    if alone and session.execute(text(_ANOTHER_LOADS), {"lock": LOADS_LOCK}).scalar():
        _watch_for_ladder(session)
        return
    shared = "" if alone else "_shared"
    try:
        session.execute(text(f"SELECT pg_advisory_xact_lock{shared}(:lock)"), {"lock": LADDER_LOCK})
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        raise Unavailable(HELD_SHARED if alone else HELD_ALONE) from error


def hold_names_and_ladder(session: Session) -> None:
    """Waits until nobody is writing what names others, and lets nobody begin: who retracts what is named sees all.

    Raises:
        Unavailable: others write for longer than this transaction waits for a lock.
    """
    hold_names(session, alone=True)
    hold_ladder(session, alone=True)


def _watch_for_ladder(session: Session) -> None:
    """Takes the ladder alone as soon as a load lets go of it; whoever stood in line would keep all others waiting."""
    longest = session.execute(text(_LONGEST_WAIT)).scalar_one() / 1_000
    end = time.monotonic() + (longest or math.inf)
    while not session.execute(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LADDER_LOCK}).scalar():
        if time.monotonic() > end:
            raise Unavailable(LOADED)
        time.sleep(LOOK_SECONDS)


def hold_loads(session: Session) -> None:
    """Lets no other load begin until the end of the transaction, which is patient from here on."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOADS_LOCK})
    session.execute(text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": LOAD_WAIT})


def restate(session: Session, contact_ids: Collection[int]) -> dict[int, Dossier]:
    """Works out status, bounds, incidences, edges and ties of these contacts anew and stores what differs.

    Args:
        contact_ids: contacts written in this transaction, retracted ones included. New ones come in by
            ``db.new_contacts``, which works out what follows from them before it stores them.

    Returns:
        The standing contacts, as worked out; among them the visits that these are part of.
    """
    affected, _ = family(session, contact_ids)
    lock_contacts(session, affected)
    affected, needed = family(session, contact_ids)
    found = dossiers(session, needed)
    standing = {key: found[key] for key in affected if key in found}
    store_states(session, standing)
    projections = [dossier.projection() for dossier in standing.values()]
    store(session, affected, projections)
    return standing


def lock_contacts(session: Session, contact_ids: Collection[int]) -> None:
    """Locks contacts in their order, until COMMIT."""
    session.execute(text(_LOCK_CONTACTS), {"ids": list(contact_ids)})


def restate_found(session: Session, statement: str, parameters: dict[str, Any]) -> None:
    """Derives anew the contacts that a statement finds, some thousands at a time."""
    contacts = sorted(session.execute(text(statement), parameters).scalars())
    for start in range(0, len(contacts), CONTACTS_AT_ONCE):
        restate(session, contacts[start : start + CONTACTS_AT_ONCE])


def store_states(session: Session, standing: Mapping[int, Dossier]) -> None:
    """Stores status and bounds on the contacts themselves, and the words by which they are found."""
    rows = [{"contact_id": key, **state(dossier)} for key, dossier in standing.items()]
    if not rows:
        return
    with raw(session).cursor() as cursor:
        cursor.executemany(_STATE, rows)
    session.expire_all()


def state(dossier: Dossier) -> dict[str, Any]:
    """Returns the derived columns of a contact."""
    return {
        "status": dossier.status,
        "computed_status": dossier.verdict.status,
        "contested": dossier.verdict.contested,
        "decided_by": json.dumps(list(dossier.verdict.decided_by)),
        "disputed_ids": sorted(dossier.verdict.disputed_participants),
        "folded": dossier.folded,
        **dossier.bounds.columns(),
    }


def store(session: Session, contact_ids: Sequence[int], projections: Iterable[Projection]) -> None:
    """Makes what is stored of contacts that of their projections, and mends the ties and the month rollup.

    Args:
        session: to write with.
        contact_ids: contacts of which something may be stored already; the projections of new ones are all there is.
        projections: of these contacts and of new ones.
    """
    projections = list(projections)
    removed: dict[str, list[Mapping[str, Any]]] = {}
    added: dict[str, list[Mapping[str, Any]]] = {}
    for table, rows in _wanted(projections).items():
        old = _stored(session, table, contact_ids) if contact_ids else {}
        removed[table], added[table] = _differing(table, old, rows)
        touch(session, {row["contact_id"] for row in (*removed[table], *added[table])})
        _delete(session, table, removed[table])
        copy_plain_rows(session, table, COLUMNS[table], added[table])
    count(session, removed, added)


def _wanted(projections: Sequence[Projection]) -> dict[str, list[Mapping[str, Any]]]:
    return {
        "incidence": [row for projection in projections for row in projection.incidences],
        "edge": [row for projection in projections for row in projection.edges],
        "acknowledgement": [row for projection in projections for row in projection.acknowledgements],
    }


def _differing(
    table: str, old: Mapping[Key, Mapping[str, Any]], rows: Sequence[Mapping[str, Any]]
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Returns the rows that are stored and no longer wanted, and those wanted and not stored, by key."""
    key_of = itemgetter(*KEYS[table])
    if not old:
        return [], sorted(rows, key=key_of)
    new = {key_of(row): row for row in rows}
    same = {key for key, row in old.items() if _values(table, row) == _values(table, new.get(key))}
    return [row for key, row in old.items() if key not in same], [new[key] for key in sorted(new.keys() - same)]


def _values(table: str, row: Mapping[str, Any] | None) -> Key | None:
    return None if row is None else tuple(row[column] for column in COLUMNS[table])


def _stored(session: Session, table: str, contact_ids: Sequence[int]) -> dict[Key, dict[str, Any]]:
    columns = ", ".join(COLUMNS[table])
    rows = session.execute(
        text(f"SELECT {columns} FROM {table} WHERE contact_id = ANY(:ids)"), {"ids": list(contact_ids)}
    )
    return {tuple(row[key] for key in KEYS[table]): dict(row) for row in rows.mappings()}


def _delete(session: Session, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        keys = KEYS[table]
        condition = " AND ".join(f"{key} = %({key})s" for key in keys)
        with raw(session).cursor() as cursor:
            cursor.executemany(
                f"DELETE FROM {table} WHERE {condition}".encode(), [{key: row[key] for key in keys} for row in rows]
            )


SEARCHED: Final = f"""to_tsvector('simple', left({{folded}} || coalesce((
    SELECT string_agg(' ' || n.folded, '' ORDER BY p.ordinal, n.actor_id, n.ordinal) FROM participant p
    JOIN actor_name n ON n.actor_id IN (p.actor_id, p.standing_id)
    WHERE p.contact_id = {{contact_id}}), ''), {MOST_SEARCHED_CHARACTERS}))"""
"""SQL of the words by which a contact is found: its own, and all names of who took part and stood behind them."""
_STATE: Final = f"""
UPDATE contact SET status = %(status)s, computed_status = %(computed_status)s, contested = %(contested)s,
    decided_by = %(decided_by)s::jsonb, disputed_ids = %(disputed_ids)s::bigint[],
    earliest = %(earliest)s, latest = %(latest)s,
    match_earliest = %(match_earliest)s, match_latest = %(match_latest)s, newest = %(newest)s, oldest = %(oldest)s,
    folded = %(folded)s, search = {SEARCHED.format(folded="%(folded)s::text", contact_id="%(contact_id)s")}
WHERE contact_id = %(contact_id)s
""".encode()
_LOCK_CONTACTS: Final = """
SELECT FROM contact WHERE contact_id = ANY(:ids) ORDER BY contact_id FOR NO KEY UPDATE
"""
_ANOTHER_LOADS: Final = """
SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.classid = 0 AND l.objsubid = 1
    AND l.objid = CAST(CAST(:lock AS integer) AS oid) AND l.granted AND l.pid <> pg_backend_pid())
"""
_LONGEST_WAIT: Final = "SELECT CAST(setting AS integer) FROM pg_settings WHERE name = 'lock_timeout'"
