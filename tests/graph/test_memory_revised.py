"""Things that are mended are kept in one state, made from the one before, by one at a time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from graph.memory import Memory


def test_each_state_is_made_from_the_last() -> None:
    memory = Memory()
    states = [memory.revised("thing", lambda old, n=n: (*(old or ()), n), len) for n in range(3)]
    assert states == [(0,), (0, 1), (0, 1, 2)]
    assert memory.size == 3


def test_nobody_revises_beside_another() -> None:
    memory = Memory()
    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(memory.revised, "count", lambda old: (old or 0) + 1, lambda _: 8) for _ in range(200)]
        assert sorted(one.result() for one in done) == list(range(1, 201))


def test_what_could_not_be_revised_stays_as_it_was() -> None:
    memory = Memory()
    memory.revised("thing", lambda _: "kept", len)
    with pytest.raises(ZeroDivisionError):
        memory.revised("thing", lambda old: str(1 // 0), len)
    assert memory.revised("thing", lambda old: str(old), len) == "kept"


def test_what_grows_pushes_out_what_is_older() -> None:
    memory = Memory(bytes_max=10)
    memory.revised("old", lambda _: b"12345", len)
    memory.revised("new", lambda _: b"123456789", len)
    assert memory.size == 9
    assert memory.revised("old", lambda old: old or b"again", len) == b"again"
