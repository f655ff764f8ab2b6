"""Work of a load that met another writer in a circle: done again from a savepoint, so that the load is not lost."""

import random
import time
from collections.abc import Callable
from typing import Final, TypeVar

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.faults import is_worth_repeating

ATTEMPTS: Final = 10
"""PostgreSQL looks for a circle after a second, and whoever else stands in it gives up after three."""
PAUSE_SECONDS: Final = 0.1
T = TypeVar("T")


def under_savepoint(session: Session, work: Callable[[], T], forget: Callable[[], None] | None = None) -> T:
    """Does work under a savepoint, and again when PostgreSQL has ended it to let another transaction go on.

    What the transaction did before the savepoint stands, and so do the locks that it took for it.

    Args:
        session: in a transaction.
        work: what to do; each time it begins from what the session has stored.
        forget: takes back what the work has noted beside the database.

    Raises:
        DBAPIError, psycopg.Error: it is ended each time, or for another reason.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with session.begin_nested():
                return work()
        except (DBAPIError, psycopg.Error) as error:
            if forget is not None:
                forget()
            if attempt == ATTEMPTS or not is_worth_repeating(error):
                raise
        time.sleep(random.uniform(0, PAUSE_SECONDS))
    raise AssertionError("the last attempt returns or raises")
