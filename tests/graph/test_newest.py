"""A question that takes too long is answered from its newest contacts, and its answer is that of the same question
with that ``from``."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from graph import newest
from graph.memory import Memory
from graph.newest import in_time
from graph.questions import SECONDS, Asking, Budget, Found
from graph.workshop import UnderWay
from models.errors import TimedOut
from models.graph import GraphQuestion
from tests.brute_force import Reading
from tests.world import TODAY

DAYS = [datetime(2010, 1, 1) + timedelta(days=n) for n in range(5_120)]


class Slow:
    """A question that has time for contacts of so many days only."""

    def __init__(self, days: int, error: type[TimedOut] = TimedOut) -> None:
        self.days, self.error, self.tried = days, error, []  # type: ignore[var-annotated]

    def __call__(self, asking: Asking, asked: GraphQuestion) -> Found:
        start = asked.window[0] or DAYS[0]
        days = (DAYS[-1] - start).days + 1
        self.tried.append(days)
        if days > self.days:
            asking.execute("SELECT 1")
            raise self.error
        return Found({"days": days, "from": asked.from_}, "days", limits={SECONDS: 1}, notes=["a note"])

    __name__ = "slow"


@pytest.fixture(autouse=True)
def days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newest, "_days", lambda asking, start, end: [day for day in DAYS if not start or day > start])


def asking(reading: Reading, memory: Memory) -> Asking:
    return Asking(reading.session, 1, TODAY, Budget(seconds=60), memory)


def test_what_is_quick_enough_is_answered_whole(reading: Reading) -> None:
    found = in_time(Slow(10_000))(asking(reading, Memory()), GraphQuestion())
    assert found.members == {"days": 5_120, "from": None}
    assert (found.limits, found.notes) == ({SECONDS: 60}, ["a note"])


def test_what_is_not_is_answered_from_its_newest_contacts_and_says_so(reading: Reading) -> None:
    slow = Slow(120)
    memory = Memory()
    found = in_time(slow)(asking(reading, memory), GraphQuestion())
    assert slow.tried == [5_120, 99]
    assert found.members == {"days": 99, "from": "2023-10-01"}
    assert found.limits == {SECONDS: 60}
    assert "only those from 2023-10-01 on" in found.notes[-1]
    # Whoever asks again soon begins where there is hope, and more is tried before less.
    in_time(slow)(asking(reading, memory), GraphQuestion())
    assert slow.tried[2:] == [647, 99]
    in_time(slow)(asking(reading, memory), GraphQuestion())
    assert slow.tried[4:] == [99]
    # Another question has its own experience.
    in_time(slow)(asking(reading, memory), GraphQuestion.model_validate({"kind": ["call"]}))
    assert slow.tried[5:] == [5_120, 99]


def test_a_window_is_narrowed_inside_of_it(reading: Reading) -> None:
    slow = Slow(60)
    found = in_time(slow)(asking(reading, Memory()), GraphQuestion.model_validate({"from": "2021-06-01"}))
    assert slow.tried == [951, 38]
    assert found.members["from"] > "2021-06-01"


def test_what_has_time_for_nothing_is_refused(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TimedOut):
        in_time(Slow(0))(asking(reading, Memory()), GraphQuestion())
    monkeypatch.setattr(newest, "_days", lambda *_: [])
    slow, memory = Slow(20), Memory()
    for _ in range(2):
        with pytest.raises(TimedOut):
            in_time(slow)(asking(reading, memory), GraphQuestion())
    # Where nothing can be narrowed it is tried as a whole every time.
    assert slow.tried == [5_120, 5_120]


def test_while_the_whole_is_measured_the_answer_says_that_it_will_come(reading: Reading) -> None:
    slow, memory = Slow(120, UnderWay), Memory()
    found = in_time(slow)(asking(reading, memory), GraphQuestion())
    assert "ask again in a few seconds" in found.notes[-1]
    in_time(slow)(asking(reading, memory), GraphQuestion())
    assert slow.tried == [5_120, 99, 5_120, 99]


@pytest.mark.parametrize("asked", [{}, {"from": "2021-03"}, {"to": "2021-04-30"}])
def test_the_sample_is_of_the_window(reading: Reading, monkeypatch: pytest.MonkeyPatch, asked: Any) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(newest, "_BEGAN", newest._BEGAN.replace(f"({newest.SAMPLED_PERCENT})", "(100)"))
    monkeypatch.setattr(newest, "SAMPLED_MIN", 1)
    start, end = GraphQuestion.model_validate(asked).window
    days = newest._days(asking(reading, Memory()), start, end)
    every = reading.session.execute(text("SELECT earliest FROM contact ORDER BY earliest")).scalars()
    known = datetime(1, 1, 1)
    assert days == [day for day in every if day > (start or known) and day < (end or datetime(9999, 1, 1))]
