"""The load's client: what a service refuses for the moment is asked again, what it refuses for good is a fault."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.load import Client, UnexpectedAnswerError, get


@contextmanager
def answering(*statuses: str) -> Iterator[int]:
    """Gives the port of a service that answers one request after the other with these, on one connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                for status in statuses:
                    connection.recv(4096)
                    connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\n{status[:2]}".encode())

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


@pytest.fixture
def refused_before() -> int:
    return Client.refused


def test_a_request_that_is_refused_for_the_moment_is_sent_again_and_counted(refused_before: int) -> None:
    with answering("503 Service Unavailable", "503 Service Unavailable", "200 OK") as port:
        client = Client(port)
        assert client.ask(get("/v1/paths")) == b"20"
        client.close()
    assert Client.refused - refused_before == 2


def test_a_request_that_is_refused_for_good_is_a_fault(refused_before: int) -> None:
    with answering("404 Not Found") as port:
        client = Client(port)
        with pytest.raises(UnexpectedAnswerError, match="404"):
            client.ask(get("/v1/paths"))
        client.close()
    assert Client.refused == refused_before
