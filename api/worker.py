"""The process beside the service that works imports off: `python -m api.worker`.

Its input tells where the database is. It ends when it has had nothing to do for a while, and when its input does:
with the service, however that ended. What it was at then is taken back by PostgreSQL and begun again by the next.
"""

import asyncio
import os
import sys
import threading
from contextlib import suppress
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from api.import_jobs import Passing, carry_out
from api.logs import configure_logs
from db.engine import Database
from db.imports import is_left_to_do
from db.queue import TASK, queue_of, revive
from models.settings import Settings

IDLE_SECONDS: Final = 60
"""A next import need not wait until Python has started once more; and memory is not kept for ever."""
NICENESS: Final = 5
"""Answers come before imports where both want the processor."""
REVIVE_SECONDS: Final = 5.0
BEAT_SECONDS: Final = 5.0
POOL_SIZE: Final = 4
"""Connections of one import: it is attended, loaded, read and told of."""
log = structlog.get_logger("readout.worker")


def main() -> None:
    """Works imports off until the service that started it is gone."""
    url = sys.stdin.readline().strip()
    threading.Thread(target=_end_with_the_service, daemon=True).start()
    os.nice(NICENESS)
    configure_logs(Settings().log_format)
    database = Database(url, pool_size=POOL_SIZE, statement_timeout_ms=0)
    asyncio.run(work_off(database, idle_seconds=IDLE_SECONDS))


def _end_with_the_service() -> None:
    while sys.stdin.read(1):
        pass
    os._exit(0)


async def work_off(database: Database, *, idle_seconds: int = 0) -> None:
    """Carries out the imports in the queue, one at a time.

    Args:
        database: without limits on time.
        idle_seconds: how long to look for more when the queue is empty.
    """

    def work(import_id: int) -> None:
        carry_out(database, import_id)

    queue = queue_of(database.url, work, passing=Passing)
    async with queue.open_async():
        await asyncio.to_thread(_revive, database)
        reviving = asyncio.create_task(_revive_from_time_to_time(database))
        while True:
            await queue.run_worker_async(
                queues=[TASK],
                wait=False,
                delete_jobs="always",
                install_signal_handlers=False,
                update_heartbeat_interval=BEAT_SECONDS,
            )
            if not await _more_came(database, idle_seconds):
                break
        reviving.cancel()


async def _more_came(database: Database, seconds: int) -> bool:
    for _ in range(seconds):
        await asyncio.sleep(1)
        # A database that is away comes back.
        with suppress(SQLAlchemyError):
            if await asyncio.to_thread(_is_left, database):
                return True
    return False


def _is_left(database: Database) -> bool:
    with database.session() as session:
        return is_left_to_do(session)


async def _revive_from_time_to_time(database: Database) -> None:
    while True:
        await asyncio.sleep(REVIVE_SECONDS)
        # A database that is away comes back; until then there is nothing to revive.
        with suppress(SQLAlchemyError):
            await asyncio.to_thread(_revive, database)


def _revive(database: Database) -> None:
    with database.session() as session:
        found = revive(session)
        session.commit()
    if found:
        log.warning("imports_revived", count=found)


if __name__ == "__main__":
    main()
