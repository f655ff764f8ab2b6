"""Promise 15: clients that send or read slowly are cut off, and everybody else is answered meanwhile."""

import socket
import time

import pytest

from tests.api.test_promise_18 import address_of, get, others_waited, post
from tests.places import folder
from tests.serving import serving

pytestmark = [pytest.mark.door, pytest.mark.long]
CLIENTS = 800
SECONDS_MAX = 60
"""Far more than the ten seconds after which they are given up: the machine may be busy."""


def is_open(connection: socket.socket) -> bool:
    """Whether the other side keeps a connection, of which it is sent one byte more."""
    try:
        connection.send(b"x")
        return connection.recv(1 << 16) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


@pytest.mark.timeout(300)
def test_eight_hundred_slow_clients_are_cut_off() -> None:
    with folder() as place, serving(place / "data") as served:
        begun = (
            b"".join(get(fields=b"X-Slow: ")),
            b"".join(post(served.key.encode(), b"Content-Length: 1000", body=b"{")),
            b"",
        )
        opened = []
        for number in range(CLIENTS):
            opened.append(socket.create_connection(address_of(served.address), timeout=30))
            opened[-1].sendall(begun[number % len(begun)])
            opened[-1].setblocking(False)
        start, left = time.monotonic(), opened
        with others_waited(served.address) as waited:
            while left and time.monotonic() < start + SECONDS_MAX:
                time.sleep(1)
                left = [one for one in left if is_open(one)]
        print(f"all cut after {time.monotonic() - start:.0f} s; others waited {waited[0]:.0f} ms at most")
        for one in opened:
            one.close()
        assert left == []
