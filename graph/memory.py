"""What a process keeps between graph questions: bounded in bytes, each thing made once."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar, cast

from graph.workshop import Workshop
from models.errors import TimedOut

HINTS_MAX: Final = 1_000
BYTES_MAX: Final = 256 * 1024 * 1024
Kept = TypeVar("Kept")


@dataclass(slots=True)
class _Slot:
    """One thing and its size; the lock is held while it is made, so that nobody makes it a second time."""

    lock: threading.Lock
    value: object = None
    size: int = -1


class Memory:
    """The things asked for last, up to a number of bytes.

    Keys hold the graph version wherever the thing depends on the record: a write is then visible in every
    answer that starts after it, and what is out of date falls out by age.
    """

    def __init__(self, bytes_max: int = BYTES_MAX) -> None:
        """Begins empty.

        Args:
            bytes_max: kept at most; the thing asked for last is kept in any case.
        """
        self.workshop, self.small_workshop = Workshop(), Workshop()
        self.bytes_max = bytes_max
        self._slots: OrderedDict[Hashable, _Slot] = OrderedDict()
        self._hints: OrderedDict[Hashable, tuple[int, float]] = OrderedDict()
        self._mutex = threading.Lock()

    def kept(
        self, key: Hashable, make: Callable[[], Kept], size: Callable[[Kept], int], *, patience_seconds: float = -1
    ) -> Kept:
        """Returns the thing under a key, made now if it is not there.

        Args:
            key: everything the thing depends on.
            make: makes it; whoever asks for the same meanwhile waits for it.
            size: its bytes.
            patience_seconds: longest such wait; below zero = as long as it takes.

        Raises:
            TimedOut: somebody else was at it for longer.
        """
        with self._mutex:
            slot = self._slots.setdefault(key, _Slot(threading.Lock()))
            self._slots.move_to_end(key)
        with _held(slot.lock, patience_seconds):
            if slot.size < 0:
                value = make()
                slot.value, slot.size = value, size(value)
        self._shrink()
        return cast("Kept", slot.value)

    def revised(
        self,
        key: Hashable,
        revise: Callable[[Kept | None], Kept],
        size: Callable[[Kept], int],
        *,
        patience_seconds: float = -1,
    ) -> Kept:
        """Returns the thing under a key as it is now, made from what it was, for things that are mended.

        Args:
            key: of the thing in all its states.
            revise: makes the present state of the last one, or of nothing; whoever asks meanwhile waits for it.
            size: its bytes.
            patience_seconds: longest such wait; below zero = as long as it takes.

        Raises:
            TimedOut: somebody else was at it for longer.
        """
        with self._mutex:
            slot = self._slots.setdefault(key, _Slot(threading.Lock()))
            self._slots.move_to_end(key)
        with _held(slot.lock, patience_seconds):
            value = revise(cast("Kept", slot.value) if slot.size >= 0 else None)
            slot.value, slot.size = value, size(value)
        self._shrink()
        return value

    def remember(self, key: Hashable, number: int) -> None:
        """Keeps a number that helps and on which no answer depends."""
        with self._mutex:
            self._hints[key] = (number, time.monotonic())
            self._hints.move_to_end(key)
            while len(self._hints) > HINTS_MAX:
                self._hints.popitem(last=False)

    def remembered(self, key: Hashable, seconds: float) -> int | None:
        """Returns the number under a key, unless it is older than so long."""
        with self._mutex:
            number, since = self._hints.get(key, (None, 0.0))
        return number if time.monotonic() - since <= seconds else None

    @property
    def size(self) -> int:
        """Bytes kept."""
        with self._mutex:
            return sum(max(slot.size, 0) for slot in self._slots.values())

    def clear(self) -> None:
        """Forgets everything: what was erased must not be answered from here."""
        with self._mutex:
            self._slots.clear()

    def close(self) -> None:
        """Ends the work that is under way beside the service."""
        self.workshop.close()
        self.small_workshop.close()

    def _shrink(self) -> None:
        with self._mutex:
            size = sum(max(slot.size, 0) for slot in self._slots.values())
            for key in list(self._slots)[:-1]:
                if size <= self.bytes_max:
                    return
                size -= max(self._slots.pop(key).size, 0)


@contextmanager
def _held(lock: threading.Lock, seconds: float) -> Iterator[None]:
    if not lock.acquire(timeout=seconds):
        raise TimedOut
    try:
        yield
    finally:
        lock.release()
