"""What every graph question is: a query object, an answer, a description, an example; asked within a budget."""

import inspect
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import CursorResult, text
from sqlalchemy.orm import Session

from db.names import nearest_actors
from db.references import ACTOR, resolve, retractions
from db.revisions import VERSION
from db.statements import fetch_one
from graph.memory import Memory
from models.errors import Detail, InvalidQuery, TimedOut
from models.graph import GraphAnswer, GraphQuestion

SECONDS: Final = "seconds"
NODES: Final = "nodes"
RENEWED_BELOW: Final = 0.7
"""The server is told a new limit when what is left has shrunk to this share of what it was told last."""

WORK_MEM: Final = "32MB"
"""For each sort or hash of a graph question, of which few run at once: in PostgreSQL's 4 MB sums over many contacts
go to disk."""
_SET: Final = f"""set_config('statement_timeout', :ms, true) AS told_ms,
    set_config('work_mem', '{WORK_MEM}', true) AS told_memory"""
_LIMITS: Final = text(f"SELECT {_SET}")
_BEGIN: Final = f"WITH {VERSION} SELECT number, at, {_SET} FROM version"


class Json(str):
    """JSON text as PostgreSQL built it: goes out as it came."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What one question may cost; an operator sets it.

    Attributes:
        seconds: of a whole answer. Questions that go step by step stop in time and say so; a single SQL
            statement that takes longer is ended.
        nodes: actors looked at.
        hops: longest path or widest circle.
    """

    seconds: float = 2.0
    nodes: int = 20_000
    hops: int = 6


@dataclass(slots=True)
class Asking:
    """With what a question is answered: one snapshot of the record, the day, what it may cost.

    Attributes:
        session: a read-only transaction, REPEATABLE READ, so that all statements see one state.
        version: the graph version of that state.
        today: the civil day, UTC, at which silences are measured.
        budget: what the question may cost.
        memory: what this process keeps between questions.
        address: references that stand in the path, by their name there.
        in_a_hurry: whether this is a second try, with little time: an estimate may be a coarser one.
    """

    session: Session
    version: int
    today: date
    budget: Budget
    memory: Memory
    address: Mapping[str, str] = field(default_factory=dict)
    in_a_hurry: bool = False
    started: float = field(default_factory=time.monotonic)
    _told_ms: int | None = None

    @classmethod
    def begin(cls, session: Session, today: date, budget: Budget, memory: Memory) -> "tuple[Asking, datetime | None]":
        """Returns with what a question is answered, and when the state that it is about came to be.

        Cost: one statement, which tells the server the limit of those that follow too.
        """
        told_ms = int(budget.seconds * 1000)
        row = fetch_one(session, _BEGIN, {"ms": str(told_ms)})
        return cls(session, row.number, today, budget, memory, _told_ms=told_ms), row.at

    @property
    def seconds_left(self) -> float:
        """What remains of the budget; negative when it is used up."""
        return self.budget.seconds - (time.monotonic() - self.started)

    def execute(self, statement: str, parameters: Mapping[str, Any] | None = None) -> CursorResult[Any]:
        """Runs one statement, which is ended when the budget is used up.

        Raises:
            TimedOut: it is used up already.
        """
        self.limit_time()
        found = self.session.execute(text(statement), dict(parameters or {}))
        assert isinstance(found, CursorResult)
        return found

    def limit_time(self) -> None:
        """Lets the server end the statements that follow when the budget is used up.

        Raises:
            TimedOut: it is used up already.
        """
        left_ms = int(self.seconds_left * 1000)
        if left_ms <= 0:
            raise TimedOut
        # One more round trip for each statement would cost as much as many a statement itself.
        if self._told_ms is not None and left_ms > self._told_ms * RENEWED_BELOW:
            return
        self._told_ms = left_ms
        self.session.execute(_LIMITS, {"ms": str(left_ms)})

    def forget_limit(self) -> None:
        """Has the server told the limit before the next statement: another may stand now."""
        self._told_ms = None

    def actors(self, refs: Sequence[str], parameter: str) -> list[int]:
        """Returns the rows that references mean, in their order.

        Args:
            refs: ids, slugs or ``scheme:value``.
            parameter: in which they stand, for the sentence when one means nothing.

        Raises:
            InvalidQuery: one means nothing, or a retracted actor.
        """
        self.limit_time()
        found = resolve(self.session, ACTOR, refs)
        missing = [ref for ref in refs if ref not in found]
        if missing:
            gone = retractions(self.session, ACTOR, missing)
            errors = [self._unknown(ref, parameter, retracted=ref in gone) for ref in missing]
            raise InvalidQuery(errors[0].message, errors=errors)
        return [found[ref] for ref in refs]

    def two_actors(self, refs: Sequence[str], parameter: str) -> tuple[int, int]:
        """Returns the rows of two references.

        Raises:
            InvalidQuery: one means nothing, or both the same actor.
        """
        first, second = self.actors(refs, parameter)
        if first == second:
            said = "These are the same actor; name two."
            raise InvalidQuery(said, errors=[Detail("same_actor", said, parameter=parameter)])
        return first, second

    def _unknown(self, ref: str, parameter: str, *, retracted: bool) -> Detail:
        if retracted:
            return Detail("retracted_actor", "This actor has been retracted.", parameter=parameter)
        near = nearest_actors(self.session, ref)
        hint = f" Nearest: {', '.join(f'{a.slug} ({a.name})' for a in near)}." if near else ""
        return Detail("unknown_actor", f"There is no such actor.{hint}", parameter=parameter)


@dataclass(slots=True)
class Found:
    """What a question found.

    Attributes:
        members: of the answer beside links and meta, as JSON values; ``Json`` goes out as it is.
        unit: what the numbers count.
        limits: those that cut the answer, with their size.
        left_out: what the numbers do not include, counted.
        notes: assumptions without which the numbers mislead.
    """

    members: Mapping[str, Any]
    unit: str
    limits: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Question:
    """One graph question: its route, its docs and its common tests are made from this.

    Attributes:
        name: unique, a verb and a noun; the operationId.
        path: below /v1; names in braces are actors.
        summary: a few words.
        asked: its query object; its docstring says what the question is, and how it counts.
        answer: what comes back; its docstring says what is in it.
        find: answers it.
        example: an address on the first world, with a query, that has an answer worth showing.
    """

    name: str
    path: str
    summary: str
    asked: type[GraphQuestion]
    answer: type[GraphAnswer]
    find: Callable[[Asking, Any], Found]
    example: str

    @property
    def description(self) -> str:
        """What the question is, for the docs."""
        return inspect.getdoc(self.asked) or ""

    @property
    def ends(self) -> tuple[str, ...]:
        """The names of the actors in its path."""
        parts: Iterable[str] = self.path.split("/")
        return tuple(part[1:-1] for part in parts if part.startswith("{"))
