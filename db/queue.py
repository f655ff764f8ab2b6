"""The queue of jobs: procrastinate, on the record's own PostgreSQL.

A job is put into the queue by the transaction that makes what it is about, and one worker of however many there
are takes it. What is true of an import stands in its own row: a job that is lost is put into the queue again.
"""

from collections.abc import Callable
from typing import Any, Final

from procrastinate import App, PsycopgConnector, RetryStrategy, SyncPsycopgConnector
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.bulk import raw
from db.upkeep import libpq_url

TASK: Final = "import"
"""Name of the task, of its queue and of its lock: one import at a time, since a second would only wait for what the
first holds."""
ATTENDED: Final = 7_263_007
"""First half of the advisory lock of the import that somebody is at; its id is the second."""
TRIES_MAX: Final = 5
"""In a row, of an import that fails for no fault of its file: the database away, the disk full."""
FIRST_PAUSE_SECONDS: Final = 2
CONNECTIONS: Final = 3
"""Of a worker's side of the queue: it listens, beats and fetches."""
SILENT_SECONDS: Final = 30.0
"""A worker that has given no sign of life for so long is taken for dead."""


def enqueue(session: Session, import_id: int) -> None:
    """Puts an import into the queue; it is there once the session commits."""
    job = Job(
        id=None,
        queue=TASK,
        lock=TASK,
        queueing_lock=f"{TASK} {import_id}",
        task_name=TASK,
        task_kwargs={"import_id": import_id},
    )
    JobManager(SyncPsycopgConnector()).defer_job(job, connection=raw(session))


def withdraw(session: Session, import_id: int) -> None:
    """Takes an import out of the queue that nobody has begun."""
    session.execute(text(_CANCEL), {"lock": f"{TASK} {import_id}"})


def queue_of(url: str, work: Callable[..., Any], *, passing: type[Exception]) -> App:
    """Returns the queue as one worker sees it.

    Args:
        url: of the service's role.
        work: carries out the import whose id is given as ``import_id``; it is called in a thread.
        passing: what ``work`` raises when it is to be called again after a while.
    """
    app = App(connector=PsycopgConnector(conninfo=libpq_url(url), min_size=1, max_size=CONNECTIONS))
    again = RetryStrategy(max_attempts=TRIES_MAX, exponential_wait=FIRST_PAUSE_SECONDS, retry_exceptions={passing})
    app.task(name=TASK, queue=TASK, retry=again)(work)
    return app


def revive(session: Session) -> int:
    """Puts imports into the queue again that nobody is at any more, and returns how many.

    The lock of an import that runs is held by whoever is at it, and let go of by PostgreSQL when he dies: such a
    one is dead at once. One that was fetched and never begun is dead when its worker has been silent for long.
    """
    params = {"task": TASK, "class": ATTENDED, "silent": SILENT_SECONDS}
    jobs = session.execute(text(_DEAD), params).scalars().all()
    for number in jobs:
        session.execute(text(_RETRY), {"id": number})
    lost = session.execute(text(_LOST), params).scalars().all()
    for number in lost:
        enqueue(session, number)
    return len(jobs) + len(lost)


# The lock is tried on these rows and no others: whoever begins one of the rest would find it taken.
_DEAD: Final = """
WITH stale AS MATERIALIZED (
    SELECT j.id, i.import_id FROM procrastinate_jobs j
    JOIN import i ON i.import_id = CAST(j.args->>'import_id' AS bigint)
    LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
    WHERE j.status = 'doing' AND j.task_name = :task
    AND (i.state = 'running' OR w.id IS NULL OR w.last_heartbeat < now() - make_interval(secs => :silent)))
SELECT id FROM stale WHERE pg_try_advisory_xact_lock(CAST(:class AS integer), CAST(import_id AS integer))
"""
_LOST: Final = """
WITH stray AS MATERIALIZED (
    SELECT import_id FROM import i WHERE i.state IN ('queued', 'running') AND NOT EXISTS (
        SELECT FROM procrastinate_jobs j WHERE j.task_name = :task AND j.status IN ('todo', 'doing')
        AND CAST(j.args->>'import_id' AS bigint) = i.import_id))
SELECT import_id FROM stray WHERE pg_try_advisory_xact_lock(CAST(:class AS integer), CAST(import_id AS integer))
ORDER BY import_id
"""
_RETRY: Final = "SELECT procrastinate_retry_job_v2(:id, now(), NULL, NULL, NULL)"
_CANCEL: Final = """
SELECT procrastinate_cancel_job_v1(id, false, false) FROM procrastinate_jobs
WHERE queueing_lock = :lock AND status = 'todo'
"""
