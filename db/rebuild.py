"""The proof that stored = derived: everything derived anew beside what is stored, compared, and mended on demand.

Whatever the record's projections are, they follow from affiliations, contacts, participants, accounts and
sources. Here they are worked out again into temporary tables, so that the service's own role can do it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from db.bulk import copy_mappings, copy_rows
from db.edges import COLUMNS, KEYS, SEARCHED, hold_ladder, state
from db.events import dossiers
from db.lifts import COLUMNS as LIFT_COLUMNS
from db.lifts import derive_lifts
from db.records import Author, draw_revision
from db.tie_months import KEY as MONTH_KEY
from db.tie_months import SUM_MONTHS
from db.ties import TIE_COLUMNS, TIE_SUMS
from models.status import HAPPENED

ROWS_AT_ONCE: Final = 1_000
"""Contacts, or actors, derived together: memory stays flat, and a chunk's few statements cost little."""
EXAMPLES: Final = 5
LADDER_WAIT: Final = "60s"
"""Longer than a request would wait: a rebuild is started by hand, on a service that is busy."""

Progress = Callable[[int, int], None]
"""Told after each chunk how many contacts are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Projected:
    """A table of derived rows: the key of a row, all its derived columns, and which key columns are ids of what."""

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    ids: dict[str, str]


CLEARANCES: Final = ("clear_from", "clear_until")
ENDS: Final = {"ego_id": "act", "alter_id": "act", "side_id": "act", "contact_id": "con"}
STATE_COLUMNS: Final = (
    *("contact_id", "status", "computed_status", "contested", "decided_by", "disputed_ids", "folded"),
    *("earliest", "latest", "match_earliest", "match_latest", "newest", "oldest"),
)
TIE_KEY: Final = ("ego_id", "alter_id", "level")
LIFTS: Final = Projected("lift", LIFT_COLUMNS[:4], LIFT_COLUMNS, {"actor_id": "act", "unit_id": "act"})
CONTACTS: Final = Projected("contact", ("contact_id",), (*STATE_COLUMNS, "search"), ENDS)
TIES: Final = Projected("tie", TIE_KEY, (*TIE_KEY, *TIE_COLUMNS, *CLEARANCES), ENDS)
MONTHS: Final = Projected("tie_month", MONTH_KEY, (*MONTH_KEY, "contacts", *CLEARANCES), ENDS)
PROJECTED: Final = (
    *(LIFTS, CONTACTS),
    *(Projected(table, KEYS[table], (*COLUMNS[table], *CLEARANCES), ENDS) for table in KEYS),
    *(TIES, MONTHS),
)


@dataclass(frozen=True, slots=True)
class Difference:
    """How a stored table differs from what the records demand.

    Attributes:
        name: of the table.
        rows: how many the records demand.
        missing: rows that should be stored as they are derived, and are not.
        surplus: rows that are stored and should not be, or not so.
        examples: keys of some of them, ids as the API writes them.
    """

    name: str
    rows: int
    missing: int
    surplus: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found, table by table."""

    tables: tuple[Difference, ...]

    @property
    def clean(self) -> bool:
        """Whether stored = derived, row for row."""
        return not any(table.missing or table.surplus for table in self.tables)


def check(session: Session, progress: Progress | None = None) -> Report:
    """Compares everything stored with everything derived, and changes nothing.

    Others may write meanwhile: a session of its own, without a transaction yet, reads one snapshot.

    Args:
        session: of a database without a statement timeout.
        progress: told after each chunk of contacts.

    Cost: the time to derive the whole record, some thousand contacts a second; memory flat.
    """
    if isinstance(session.get_bind(), Engine) and not session.in_transaction():
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    _derive(session, progress)
    report = Report(tuple(_compare(session, one) for one in PROJECTED))
    _clear(session)
    return report


def rebuild(session: Session, progress: Progress | None = None) -> Report:
    """Makes everything stored what the records demand; rows that are right keep their place and their age.

    Writers wait until the caller commits; readers do not.

    Returns:
        What differed before.

    Cost: that of a check, and the rows that differ.
    """
    session.execute(text(f"SET LOCAL lock_timeout = '{LADDER_WAIT}'"))
    hold_ladder(session, alone=True)
    _derive(session, progress)
    report = Report(tuple(_compare(session, one) for one in PROJECTED))
    for one in PROJECTED:
        _mend(session, one)
    _clear(session)
    if not report.clean:
        changes = sum(table.missing + table.surplus for table in report.tables)
        draw_revision(session, Author(reason="rebuilt from the records"), changes)
    session.expire_all()
    return report


def _derive(session: Session, progress: Progress | None) -> None:
    """Fills fresh tables with what the records demand."""
    for statement in _FRESH_TABLES:
        session.execute(text(statement))
    for actors in _chunks(session, _NEXT_ACTORS):
        copy_rows(session, "fresh_lift", LIFT_COLUMNS, derive_lifts(session, actors))
    session.execute(text("CREATE INDEX ON fresh_lift (actor_id)"))
    session.execute(text("ANALYZE fresh_lift"))
    total, done = int(session.execute(text(_COUNT)).scalar_one()), 0
    for contacts in _chunks(session, _NEXT_CONTACTS):
        _derive_contacts(session, contacts)
        done += len(contacts)
        if progress is not None:
            progress(done, total)
    session.execute(text(_SEARCH))
    session.execute(text(_SUM_TIES))
    session.execute(text(SUM_MONTHS.format(prefix="fresh_")))


def _chunks(session: Session, statement: str) -> Iterator[list[int]]:
    after = 0
    while chunk := list(session.execute(text(statement), {"after": after, "most": ROWS_AT_ONCE}).scalars()):
        yield chunk
        after = chunk[-1]


def _derive_contacts(session: Session, contact_ids: Sequence[int]) -> None:
    parts = session.execute(text(_PARTS), {"ids": contact_ids}).scalars()
    found = dossiers(session, sorted({*contact_ids, *parts}), "fresh_lift")
    standing = [(key, found[key]) for key in contact_ids]
    copy_mappings(session, "fresh_contact", [{"contact_id": key, **state(dossier)} for key, dossier in standing])
    projections = [dossier.projection() for _, dossier in standing]
    for table, rows in (
        ("incidence", [row for one in projections for row in one.incidences]),
        ("edge", [row for one in projections for row in one.edges]),
        ("acknowledgement", [row for one in projections for row in one.acknowledgements]),
    ):
        columns = COLUMNS[table]
        copy_rows(session, f"fresh_{table}", columns, ([row[column] for column in columns] for row in rows))


def _compare(session: Session, one: Projected) -> Difference:
    columns = ", ".join(one.columns)
    stored = f"SELECT {columns} FROM {one.table}{' WHERE retracted_at IS NULL' if one is CONTACTS else ''}"
    fresh = f"SELECT {columns} FROM fresh_{one.table}"
    counts: list[int] = []
    examples: list[str] = []
    for side, wanted, other in (("missing", fresh, stored), ("surplus", stored, fresh)):
        found = f"{side}_{one.table}"
        session.execute(text(f"CREATE TEMP TABLE {found} ON COMMIT DROP AS ({wanted} EXCEPT ALL {other})"))
        counts.append(int(session.execute(text(f"SELECT count(*) FROM {found}")).scalar_one()))
        key = ", ".join(f"public_id('{one.ids[c]}', {c})" if c in one.ids else c for c in one.key)
        shown = f"SELECT concat_ws(' ', '{side}', {key}) FROM {found} ORDER BY {', '.join(one.key)} LIMIT {EXAMPLES}"
        examples += session.execute(text(shown)).scalars()
    rows = int(session.execute(text(f"SELECT count(*) FROM fresh_{one.table}")).scalar_one())
    return Difference(one.table, rows, counts[0], counts[1], tuple(examples))


def _mend(session: Session, one: Projected) -> None:
    columns, same = ", ".join(one.columns), " AND ".join(f"t.{column} = x.{column}" for column in one.key)
    if one is CONTACTS:
        values = ", ".join(f"x.{column}" for column in one.columns)
        session.execute(text(f"UPDATE contact t SET ({columns}) = ROW({values}) FROM missing_contact x WHERE {same}"))
        return
    session.execute(text(f"DELETE FROM {one.table} t USING surplus_{one.table} x WHERE {same}"))
    session.execute(text(f"INSERT INTO {one.table} ({columns}) SELECT {columns} FROM missing_{one.table}"))


def _clear(session: Session) -> None:
    names = ", ".join(f"{side}_{one.table}" for side in ("fresh", "missing", "surplus") for one in PROJECTED)
    session.execute(text(f"DROP TABLE {names}"))


_FRESH_TABLES: Final = tuple(
    f"CREATE TEMP TABLE fresh_contact ON COMMIT DROP AS SELECT {', '.join(one.columns)} FROM contact WHERE false"
    if one is CONTACTS
    else f"CREATE TEMP TABLE fresh_{one.table} (LIKE {one.table} INCLUDING DEFAULTS) ON COMMIT DROP"
    for one in PROJECTED
)
_NEXT_ACTORS: Final = "SELECT actor_id FROM actor WHERE actor_id > :after ORDER BY actor_id LIMIT :most"
_NEXT_CONTACTS: Final = """
SELECT contact_id FROM contact WHERE contact_id > :after AND retracted_at IS NULL ORDER BY contact_id LIMIT :most
"""
_COUNT: Final = "SELECT count(*) FROM contact WHERE retracted_at IS NULL"
_PARTS: Final = "SELECT contact_id FROM contact WHERE part_of_id = ANY(:ids) AND retracted_at IS NULL"
_SEARCH: Final = f"""
UPDATE fresh_contact f SET search = {SEARCHED.format(folded="f.folded", contact_id="f.contact_id")}
"""
_SUM_TIES: Final = f"""
INSERT INTO fresh_tie ({", ".join((*TIE_KEY, *TIE_COLUMNS))})
SELECT {", ".join(TIE_KEY)}, {TIE_SUMS} FROM fresh_edge
WHERE status IN ({", ".join(f"'{status}'" for status in HAPPENED)}) GROUP BY {", ".join(TIE_KEY)}
"""
