"""The only place where contacts become incidences, edges and ties in Postgres.

Rows that have not changed are left alone, so correcting a tenure touches the edges it touches and no others.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, Final

import psycopg
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.bulk import copy_rows, given_rows, raw, rows_as_json
from db.events import MOST_SEARCHED_CHARACTERS, Dossier, dossiers, family
from db.records import touch
from db.tie_months import mend_months
from models.projection import Projection
from models.status import HAPPENED
from models.vocabulary import COUNTED_KINDS

LADDER_LOCK: Final = 7_263_003
"""Held shared by writers of contacts and alone by writers of affiliations: a contact written beside a
corrected tenure would otherwise keep the old lift."""
CONTACTS_AT_ONCE: Final = 2_000
"""Derived together: memory stays flat however many contacts a tenure touches."""
Key = tuple[Any, ...]
Pair = tuple[int, int, str]
"""Both ends of a tie and its level."""
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
TIE_COLUMNS: Final = (
    *("contacts", "by_kind", "initiated_by_ego", "initiated_by_alter", "uncertain"),
    *("first_earliest", "first_latest", "last_earliest", "last_latest"),
)


def hold_ladder(session: Session, *, alone: bool) -> None:
    """Takes the ladder lock until the end of the transaction."""
    shared = "" if alone else "_shared"
    session.execute(text(f"SELECT pg_advisory_xact_lock{shared}(:lock)"), {"lock": LADDER_LOCK})


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
    wanted = {
        "incidence": [row for projection in projections for row in projection.incidences],
        "edge": [row for projection in projections for row in projection.edges],
        "acknowledgement": [row for projection in projections for row in projection.acknowledgements],
    }
    removed: dict[str, list[dict[str, Any]]] = {}
    added: dict[str, list[dict[str, Any]]] = {}
    for table, rows in wanted.items():
        old = _stored(session, table, contact_ids) if contact_ids else {}
        new = {tuple(row[key] for key in KEYS[table]): row for row in rows}
        same = {key for key, row in old.items() if _values(table, row) == _values(table, new.get(key))}
        gone = [row for key, row in old.items() if key not in same]
        fresh = [new[key] for key in sorted(new.keys() - same)]
        touch(session, {row["contact_id"] for row in (*gone, *fresh)})
        _delete(session, table, gone)
        copy_rows(session, table, COLUMNS[table], map(itemgetter(*COLUMNS[table]), fresh))
        removed[table], added[table] = gone, fresh
    mend_ties(session, removed["edge"], added["edge"])
    mend_months(session, *(chain(rows["incidence"], rows["edge"]) for rows in (removed, added)))


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


def mend_ties(session: Session, removed: Sequence[Mapping[str, Any]], added: Sequence[Mapping[str, Any]]) -> None:
    """Brings the ties of changed edges up to date.

    Added edges are counted in. A pair that lost an edge is counted anew from its edges, after its tie is
    locked: a writer that is counting itself in meanwhile is waited for, and seen. Everybody locks in the same
    order. Where there is no tie to lock, two who begin one at once meet at its key, and one of them tries again.
    """
    recount = {_pair(row) for row in removed}
    deltas = tie_deltas(row for row in added if _pair(row) not in recount and row["status"] in HAPPENED)
    with raw(session).cursor() as cursor:
        there = _lock_ties(cursor, sorted({*recount, *deltas})) if recount else set()
        if deltas:
            cursor.execute(_COUNT_IN, {"given": rows_as_json([deltas[key] for key in sorted(deltas)])})
        for statements, pairs in (((_RECOUNT, _DROP_EMPTY), recount & there), ((_BEGIN,), recount - there)):
            for statement in statements if pairs else ():
                cursor.executemany(statement, [_ends(pair) for pair in sorted(pairs)])


def _lock_ties(cursor: psycopg.Cursor[Any], pairs: Sequence[Pair]) -> set[Pair]:
    """Locks the ties of these pairs in their order, and returns the pairs that have one."""
    cursor.executemany(_LOCK_TIE, [_ends(pair) for pair in pairs], returning=True)
    found: set[Pair] = set()
    for pair in pairs:
        if cursor.fetchone() is not None:
            found.add(pair)
        cursor.nextset()
    return found


def _ends(pair: Pair) -> dict[str, Any]:
    return dict(zip(("ego_id", "alter_id", "level"), pair, strict=True))


def _pair(row: Mapping[str, Any]) -> Pair:
    return row["ego_id"], row["alter_id"], row["level"]


def tie_deltas(edges: Iterable[Mapping[str, Any]]) -> dict[Pair, dict[str, Any]]:
    """Returns what these edges add up to, pair by pair; the statuses are taken to count."""
    found: dict[Pair, dict[str, Any]] = {}
    for edge in edges:
        span = {"first_earliest": edge["earliest"], "first_latest": edge["latest"]}
        span |= {"last_earliest": edge["earliest"], "last_latest": edge["latest"]}
        counts = {"contacts": 0, "initiated_by_ego": 0, "initiated_by_alter": 0, "uncertain": 0}
        ends = {"ego_id": edge["ego_id"], "alter_id": edge["alter_id"], "level": edge["level"]}
        row = found.setdefault(_pair(edge), {**ends, **counts, **span, "by_kind": [0] * len(COUNTED_KINDS)})
        row["contacts"] += 1
        row["uncertain"] += not edge["certain"]
        row["by_kind"][COUNTED_KINDS.index(edge["kind"])] += 1
        for end in ("ego", "alter"):
            row[f"initiated_by_{end}"] += edge["initiated_by"] in (end, "both")
        for name, pick in (("first", min), ("last", max)):
            for side in ("earliest", "latest"):
                row[f"{name}_{side}"] = pick(row[f"{name}_{side}"], edge[side])
    return found


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
_TIE_KEY: Final = "ego_id = %(ego_id)s AND alter_id = %(alter_id)s AND level = %(level)s"
_LOCK_TIE: Final = f"SELECT 1 FROM tie WHERE {_TIE_KEY} FOR UPDATE".encode()
_SUMMED_KINDS: Final = ", ".join(f"tie.by_kind[{n}] + excluded.by_kind[{n}]" for n in range(1, len(COUNTED_KINDS) + 1))
_ALL_COLUMNS: Final = ", ".join(("ego_id", "alter_id", "level", *TIE_COLUMNS))
_TIE_TYPES: Final = {
    **{"ego_id": "bigint", "alter_id": "bigint", "level": "text", "contacts": "bigint", "by_kind": "bigint[]"},
    **dict.fromkeys(("initiated_by_ego", "initiated_by_alter", "uncertain"), "bigint"),
    **dict.fromkeys(("first_earliest", "first_latest", "last_earliest", "last_latest"), "timestamp"),
}
_COUNT_IN: Final = f"""
INSERT INTO tie ({_ALL_COLUMNS}) SELECT {_ALL_COLUMNS} FROM {given_rows(_TIE_TYPES)}
ON CONFLICT (ego_id, alter_id, level, clear_from) DO UPDATE SET
    contacts = tie.contacts + excluded.contacts, by_kind = ARRAY[{_SUMMED_KINDS}],
    initiated_by_ego = tie.initiated_by_ego + excluded.initiated_by_ego,
    initiated_by_alter = tie.initiated_by_alter + excluded.initiated_by_alter,
    uncertain = tie.uncertain + excluded.uncertain,
    first_earliest = least(tie.first_earliest, excluded.first_earliest),
    first_latest = least(tie.first_latest, excluded.first_latest),
    last_earliest = greatest(tie.last_earliest, excluded.last_earliest),
    last_latest = greatest(tie.last_latest, excluded.last_latest)
""".encode()
_KIND_COUNTS: Final = ", ".join(f"count(*) FILTER (WHERE kind = '{kind}')" for kind in COUNTED_KINDS)
TIE_SUMS: Final = f"""
count(*), ARRAY[{_KIND_COUNTS}], count(*) FILTER (WHERE initiated_by IN ('ego', 'both')),
count(*) FILTER (WHERE initiated_by IN ('alter', 'both')), count(*) FILTER (WHERE NOT certain),
min(earliest), min(latest), max(earliest), max(latest)
"""
_HAPPENED: Final = ", ".join(f"'{status}'" for status in HAPPENED)
_COUNTED: Final = f"FROM edge WHERE {_TIE_KEY} AND status IN ({_HAPPENED})"
_BEGIN: Final = f"""
INSERT INTO tie ({_ALL_COLUMNS}) SELECT ego_id, alter_id, level, {TIE_SUMS} {_COUNTED} GROUP BY ego_id, alter_id, level
""".encode()
_RECOUNT: Final = f"""
UPDATE tie SET ({", ".join(TIE_COLUMNS)}) = (SELECT {TIE_SUMS} {_COUNTED})
WHERE {_TIE_KEY} AND EXISTS (SELECT {_COUNTED})
""".encode()
_DROP_EMPTY: Final = f"DELETE FROM tie WHERE {_TIE_KEY} AND NOT EXISTS (SELECT {_COUNTED})".encode()
