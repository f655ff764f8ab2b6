"""Reading the record as it stood at an instant: the same SQL, over views of the same names.

A row carries the number of the write that made it, and what it was before stands in the schema ``past`` with the
number of the write that ended it. A revision says, in the order of COMMIT, which writes are known from when. The
views in the schema ``as_of`` show the rows of the writes that were known at the instant asked for.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from db.records import REVISION_LOCK
from models.errors import Detail, InvalidQuery

COMMIT_WAIT: Final = "1s"
"""How long a reader who asks for the newest past waits for a writer that is about to commit: most need some ms."""
_TICK: Final = timedelta(microseconds=1)


def stand_at(session: Session, instant: datetime) -> int:
    """Lets every statement that follows in this transaction see the record as it stood at an instant.

    Args:
        session: at REPEATABLE READ, without a transaction yet; all its reads see one state.
        instant: with its offset.

    Returns:
        How often content was erased: only by that does the past change.

    Raises:
        InvalidQuery: the instant lies ahead, a write that may count from before it is being committed, or the
            record kept no past yet.

    Cost: two short statements; some more, and the wait for whoever is committing, when nothing was written since.
    """
    newest, since, erasures = session.execute(text(_KEPT)).one()
    if newest is None or instant >= newest:
        session.commit()
        settled = _settled(session, newest)
        if instant >= settled:
            raise _refusal(f"The record can be asked as it stood up to {_name(settled - _TICK)}; later is not settled.")
    if since is not None and instant < since:
        raise _refusal(f"The record keeps its past since {_name(since)}; ask for that instant or a later one.")
    session.execute(text(_STAND_AT), {"instant": instant})
    return int(erasures)


def _settled(session: Session, newest: datetime | None) -> datetime:
    """Returns an instant before which nothing more can come to be known.

    A revision takes its instant under the revision lock and lets go of the lock when it is visible. Whoever gets
    the lock, shared, has seen all that count from before.
    """
    try:
        session.execute(text(f"SET LOCAL lock_timeout = '{COMMIT_WAIT}'"))
        session.execute(text("SELECT pg_advisory_xact_lock_shared(:lock)"), {"lock": REVISION_LOCK})
        settled: datetime = session.execute(text("SELECT clock_timestamp()")).scalar_one()
        # Not rolled back: at a ROLLBACK the driver forgets what it has prepared.
        session.commit()
    except OperationalError as error:
        session.rollback()
        if getattr(error.orig, "sqlstate", None) != "55P03":
            raise
        if newest is None:
            raise _refusal("The first write is being committed; ask again in a moment.") from error
        return newest
    return settled


def _name(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _refusal(said: str) -> InvalidQuery:
    return InvalidQuery(said, errors=[Detail("not_known_then", said, parameter="known_at")])


_KEPT: Final = "SELECT (SELECT max(at) FROM revision) AS newest, past_since, erasures FROM instance"
_STAND_AT: Final = """
WITH known AS (SELECT revision_id, latest_write FROM public.revision WHERE at <= :instant ORDER BY at DESC LIMIT 1)
SELECT set_config('readout.known_revision', coalesce(max(revision_id), 0)::text, true),
    set_config('readout.last_write', coalesce(max(latest_write), 0)::text, true),
    set_config('readout.late_writes', coalesce((
        SELECT array_agg(r.write_id) FROM public.revision r JOIN known k
        ON r.revision_id > k.revision_id AND r.write_id < k.latest_write
        WHERE r.write_id < r.latest_write), '{}')::text, true),
    set_config('search_path', 'as_of, public', true)
FROM known
"""
