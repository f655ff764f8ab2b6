"""New contacts stored with all that follows from them, each row once: what it says is worked out before.

What is stored is what ``db.edges.restate`` would make of the rows; a test compares them table by table.
"""

from collections.abc import Collection
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.bulk import copy_mappings
from db.contact_rows import Rows
from db.edges import lock_contacts, state, store, store_states
from db.events import MOST_SEARCHED_CHARACTERS, Dossier, dossiers, family, material_of, worked_out
from db.ties import left_for_later


def store_new(session: Session, rows: Rows) -> None:
    """Stores new contacts with status, bounds, incidences, edges and ties; visits that they are part of follow suit.

    Args:
        session: to write with, under the ladder.
        rows: all rows of the contacts, whose derived columns are not filled in yet.

    Cost: the statements are as many for one contact as for a thousand.
    """
    contacts = {row["contact_id"]: row for row in rows.tables["contact"]}
    wholes = {row["part_of_id"] for row in contacts.values()} - {None, *contacts}
    if wholes:
        lock_contacts(session, wholes)
    found = worked_out(material_of(session, rows.tables))
    _fill_in(session, rows, found)
    for table, some in rows.in_order():
        copy_mappings(session, table, some)
    older = _wholes(session, wholes) if wholes else {}
    later = left_for_later(session)
    if later is not None:
        later.adds(contacts)
    projections = [dossier.projection() for dossier in (*found.values(), *older.values())]
    store(session, sorted(wholes), projections)


def _wholes(session: Session, wholes: Collection[int]) -> dict[int, Dossier]:
    affected = sorted(wholes)
    _, needed = family(session, affected)
    found = dossiers(session, needed)
    older = {key: found[key] for key in affected if key in found}
    store_states(session, older)
    return older


def _fill_in(session: Session, rows: Rows, found: dict[int, Dossier]) -> None:
    """Fills in the derived columns of contacts, and the words by which they are found."""
    names = _names(session, rows)
    said: dict[int, list[str]] = {key: [dossier.folded] for key, dossier in found.items()}
    for row in rows.tables["participant"]:
        standing = row["on_behalf_of_id"] or row["capacity_id"] or row["actor_id"]
        for actor in sorted({row["actor_id"], standing}):
            said[row["contact_id"]] += names.get(actor, ())
    words = [" ".join(said[row["contact_id"]])[:MOST_SEARCHED_CHARACTERS] for row in rows.tables["contact"]]
    vectors = session.execute(text(_VECTORS), {"words": words}).scalars()
    for row, vector in zip(rows.tables["contact"], vectors, strict=True):
        row |= {**state(found[row["contact_id"]]), "search": vector}


def _names(session: Session, rows: Rows) -> dict[int, list[str]]:
    columns = ("actor_id", "capacity_id", "on_behalf_of_id")
    actors = sorted({row[one] for row in rows.tables["participant"] for one in columns if row[one] is not None})
    names: dict[int, list[str]] = {}
    for row in session.execute(text(_NAMES), {"actors": actors}):
        names.setdefault(row.actor_id, []).append(row.folded)
    return names


_NAMES: Final = "SELECT actor_id, folded FROM actor_name WHERE actor_id = ANY(:actors) ORDER BY actor_id, ordinal"
_VECTORS: Final = """
SELECT to_tsvector('simple', words)::text FROM unnest(CAST(:words AS text[])) WITH ORDINALITY AS w(words, n) ORDER BY n
"""
