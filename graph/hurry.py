"""A step of an answer that may fail for lack of time without taking the answer with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from psycopg.errors import QueryCanceled
from sqlalchemy.exc import OperationalError

from graph.questions import Asking
from models.errors import TimedOut


@contextmanager
def hurried(asking: Asking, share: float) -> Iterator[Asking]:
    """Gives a step a share of the time that is left, and a savepoint, so that what it found so far can be told.

    Args:
        asking: with what the whole is answered.
        share: of the seconds left, from 0 to 1.

    Raises:
        TimedOut: the step took longer; the transaction goes on as if it had not begun.
    """
    seconds = asking.budget.seconds - asking.seconds_left * (1 - share)
    try:
        with asking.session.begin_nested():
            yield replace(asking, budget=replace(asking.budget, seconds=seconds))
    except QueryCanceled as error:
        raise TimedOut from error
    except OperationalError as error:
        if isinstance(error.orig, QueryCanceled):
            raise TimedOut from error
        raise
    finally:
        # A step that went well leaves its own limit standing.
        asking.forget_limit()
