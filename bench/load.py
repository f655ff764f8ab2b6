"""Load: a few clients, each sending its next request as soon as it has the answer to its last one."""

import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from statistics import median, quantiles
from typing import Final

CLIENTS: Final = 4
TIMEOUT_SECONDS: Final = 120.0
"""Of one answer: the peers may be slow, and are waited for."""
PATIENCE_SECONDS: Final = 60.0
"""For how long a request that is refused for the moment is sent again."""
PAUSE_SECONDS: Final = 0.05
RECEIVED_AT_ONCE: Final = 1 << 18


class UnexpectedAnswerError(Exception):
    """A service answered something else than 2xx: there is nothing to be timed."""


class RefusedError(UnexpectedAnswerError):
    """A service answered 503: it cannot answer at the moment."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a service did under load."""

    per_second: float
    median_ms: float
    p99_ms: float


def get(path: str) -> bytes:
    """Returns a GET request as it goes over the wire."""
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()


def post(path: str, body: bytes, *headers: str) -> bytes:
    """Returns a POST request with a JSON body as it goes over the wire."""
    lines = [f"POST {path} HTTP/1.1", "Host: bench", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


class Client:
    """One connection that stays open.

    Attributes:
        refused: how often requests were refused for the moment, of all clients.
    """

    refused = 0

    def __init__(self, port: int) -> None:
        """Connects to a port of this machine."""
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> bytes:
        """Returns the body of the answer; a request that is refused for the moment is sent again.

        A service that begins reads what it keeps, and says so with 503: whoever waits for it pays with time, which
        the figure counts, and not with an error.

        Raises:
            UnexpectedAnswerError: the status is not one of 2xx, or 503 for too long.
        """
        ends = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self._ask(request)
            except RefusedError:
                Client.refused += 1
                if time.monotonic() > ends:
                    raise
                time.sleep(PAUSE_SECONDS)

    def _ask(self, request: bytes) -> bytes:
        self._socket.sendall(request)
        received = bytearray()
        while (head := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        start, fields = head + 4, bytes(received[:head]).lower()
        length = int(fields.partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(received) < start + length:
            received += self._more()
        body = bytes(received[start : start + length])
        if not fields.startswith(b"http/1.1 2"):
            said = bytes(received[:head]).decode("latin-1").splitlines()[0]
            kind = RefusedError if " 503 " in said else UnexpectedAnswerError
            raise kind(f"{said} to {request[:200]!r}: {body[:400]!r}")
        return body

    def _more(self) -> bytes:
        found = self._socket.recv(RECEIVED_AT_ONCE)
        if not found:
            raise UnexpectedAnswerError("the service closed the connection")
        return found

    def close(self) -> None:
        """Ends the connection."""
        self._socket.close()


def put_under_load(port: int, requests: Sequence[bytes], seconds: float, clients: int = CLIENTS) -> Load:
    """Returns what a service on this machine does for some clients.

    Args:
        port: where it listens.
        requests: in turn, each client beginning elsewhere in the list.
        seconds: how long.
        clients: how many at once.

    Raises:
        UnexpectedAnswerError: an answer is not one of 2xx.
    """
    taken: list[list[float]] = [[] for _ in range(clients)]
    faults: list[Exception] = []
    connections = [Client(port) for _ in range(clients)]
    ends = time.perf_counter() + seconds

    def one(number: int) -> None:
        start = number * len(requests) // clients
        try:
            for request in islice(cycle(requests), start, None):
                begun = time.perf_counter()
                if begun >= ends:
                    return
                connections[number].ask(request)
                taken[number].append(time.perf_counter() - begun)
        except (UnexpectedAnswerError, OSError) as fault:
            faults.append(fault)

    begun = time.perf_counter()
    threads = [threading.Thread(target=one, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - begun
    for connection in connections:
        connection.close()
    if faults:
        raise faults[0]
    return _summed([one for client in taken for one in client], elapsed)


def _summed(every: Sequence[float], elapsed: float) -> Load:
    slow = quantiles(every, n=100, method="inclusive")[-1] if len(every) > 1 else every[0]
    return Load(len(every) / elapsed, median(every) * 1000, slow * 1000)
