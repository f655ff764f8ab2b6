"""Promise 18: big, bent and slow requests are refused, for little memory and without holding up anybody.

How long each took is printed and decides nothing.
"""

import gzip
import json
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import Response

from tests.api.importing import NDJSON
from tests.places import folder
from tests.serving import Served, serving

pytestmark = pytest.mark.door
MIB = 1 << 20
PIECE = b"x" * (64 << 10)
ADDED_MIB_MAX = 32
IMPORT_BYTES, IMPORT_ADDED_MIB_MAX = 100 * MIB, 96
SUMMARY = "They spoke of grain, of the strait and of the next round of talks. " * 90
SLOWER_SECONDS = 0.3
LARGE_BYTES = 32 * MIB
"""More than the system holds for a client that reads nothing."""
Pieces = Iterator[bytes]


def post(key: bytes, *fields: bytes, path: bytes = b"/v1/topics", body: bytes = b"") -> Pieces:
    """A request with a key and JSON as its body."""
    own = (b"Host: x", b"Authorization: Bearer " + key, b"Content-Type: application/json")
    yield b"POST " + path + b" HTTP/1.1\r\n" + b"\r\n".join((*own, *fields, b"", b"")) + body


def whole(key: bytes, body: bytes, *fields: bytes, path: bytes = b"/v1/topics") -> Pieces:
    """The same, which says how long its body is."""
    return post(key, b"Content-Length: %d" % len(body), *fields, path=path, body=body)


def endless(head: Pieces, piece: bytes, pieces: int, end: bytes = b"") -> Pieces:
    """A beginning, after which one piece comes over and over."""
    yield from head
    for _ in range(pieces):
        yield piece
    yield end


def get(target: bytes = b"/v1/topics", fields: bytes = b"") -> Pieces:
    """A request without a body, and the beginning of more headers."""
    yield b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n" + fields


def cases(key: bytes, pieces: int) -> dict[str, tuple[Pieces, set[int]]]:
    """Requests by what is wrong with them, and how they may be answered."""
    chunked, chunk = b"Transfer-Encoding: chunked", b"10000\r\n" + PIECE + b"\r\n"
    bomb, packed = gzip.compress(b" " * (pieces << 16)), b"Content-Encoding: gzip"
    deep = b"[" * 100_000 + b"]" * 100_000
    nested = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    many = b"".join(b"X-%d: y\r\n" % number for number in range(10_000))
    two = post(key, b"Content-Length: 5", b"Content-Length: 6", body=b"{}{}{}")
    both = post(key, b"Content-Length: 5", chunked, body=b"0\r\n\r\n")
    ended = b"2\r\n{}\r\n0\r\n"
    return {
        "longer than allowed": (endless(post(key, b"Content-Length: 50000000"), PIECE, pieces), {413}),
        "a length of 22 digits": (post(key, b"Content-Length: 9999999999999999999999"), {400, 413}),
        "a length below zero": (post(key, b"Content-Length: -5", body=b"{}"), {400}),
        "two lengths": (two, {400}),
        "a length and chunks": (both, {400}),
        "longer than it said": (post(key, b"Content-Length: 2", body=b'{}{"slug": "a"}'), {400, 422}),
        "chunks without end": (endless(post(key, chunked), chunk, pieces), {413}),
        "a chunk whose length is none": (post(key, chunked, body=b"zz\r\n{}\r\n0\r\n\r\n"), {400}),
        "a chunk with a long remark": (endless(post(key, chunked, body=b"2;a="), PIECE, pieces), {431}),
        "a bomb": (whole(key, bomb, packed), {415}),
        "a bomb as a file": (whole(key, bomb, packed, path=NDJSON.encode()), {401, 404, 415}),
        "arrays a hundred thousand deep": (whole(key, deep), {422}),
        "objects a hundred thousand deep": (whole(key, nested), {422}),
        "ten thousand headers": (endless(get(fields=many), b"", 0, b"\r\n"), {431}),
        "headers without end": (endless(get(), b"X: y\r\n" * 10_000, pieces), {431}),
        "a header without end": (endless(get(fields=b"X: "), PIECE, pieces), {431}),
        "the name of a header without end": (endless(get(), PIECE, pieces), {431}),
        "an address without end": (endless(iter((b"GET /v1/topics?q=",)), PIECE, pieces), {414}),
        "trailers without end": (endless(post(key, chunked, body=ended), b"X: " + PIECE + b"\r\n", pieces), {422, 431}),
        "a trailer without end": (endless(post(key, chunked, body=ended + b"X: "), PIECE, pieces), {422, 431}),
        "no HTTP at all": (iter((b"\x16\x03\x01 hello\r\n\r\n",)), {400}),
    }


def address_of(address: str) -> tuple[str, int]:
    """A service's address as a socket takes it."""
    parts = urlsplit(address)
    return str(parts.hostname), int(parts.port or 0)


def parts_of(answer: bytes) -> tuple[int, bytes, bytes] | None:
    """The status, the headers and the body of the first answer; None while it is not whole."""
    head, found, rest = answer.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    length = int(fields.get(b"content-length", b"0"))
    return (int(head.split()[1]), head, rest[:length]) if found and len(rest) >= length else None


def asked(address: str, pieces: Pieces) -> bytes:
    """Sends pieces until they are answered or nobody takes them, and returns the answer."""
    received, over = bytearray(), threading.Event()
    with socket.create_connection(address_of(address), timeout=30) as connection:

        def read() -> None:
            with suppress(OSError):
                while parts_of(bytes(received)) is None and (found := connection.recv(1 << 16)):
                    received.extend(found)
            over.set()

        reader = threading.Thread(target=read)
        reader.start()
        with suppress(OSError):
            for piece in takewhile(lambda _: not over.is_set(), pieces):
                connection.sendall(piece)
        reader.join()
    return bytes(received)


def status_of(answer: bytes) -> int:
    """The status of an answer, which is a problem."""
    parts = parts_of(answer)
    assert parts is not None, answer
    status, head, body = parts
    problem = json.loads(body)
    assert (problem["status"], problem["type"][:13]) == (status, "/docs/errors#")
    assert b"nosniff" in head
    return status


def test_big_and_bent_requests_are_refused(address: str, writer: dict[str, str]) -> None:
    key = writer["Authorization"].removeprefix("Bearer ").encode()
    found = {
        name: (status_of(asked(address, (piece.replace(b"/v1/topics", b"/v1/notes") for piece in pieces))), wanted)
        for name, (pieces, wanted) in cases(key, pieces=100).items()
    }
    assert {name: status for name, (status, wanted) in found.items() if status not in wanted} == {}
    assert httpx.get(f"{address}/livez").status_code == 200


def test_slow_requests_are_given_up(address: str, writer: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.connections.HEAD_SECONDS", SLOWER_SECONDS)
    monkeypatch.setattr("api.middleware.BODY_SECONDS", SLOWER_SECONDS)
    key = writer["Authorization"].removeprefix("Bearer ").encode()

    def trickle(begun: Pieces) -> Pieces:
        for piece in begun:
            yield piece.replace(b"/v1/topics", b"/v1/notes")
        for _ in range(100):
            time.sleep(0.02)
            yield b"x"

    assert status_of(asked(address, trickle(get(fields=b"X: ")))) == 408
    assert status_of(asked(address, trickle(post(key, b"Content-Length: 999", body=b"{")))) == 408
    with socket.create_connection(address_of(address), timeout=30) as opened:
        assert opened.recv(1) == b"", "who says nothing is told nothing"


def test_an_answer_that_nobody_takes_is_let_go_of(
    small_app: FastAPI, serve: Callable[[FastAPI], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.connections.UNREAD_SECONDS", SLOWER_SECONDS)
    small_app.add_api_route("/large", lambda: Response(bytes(LARGE_BYTES)))
    address = serve(small_app)
    taken = 0
    with socket.create_connection(address_of(address), timeout=30) as connection, suppress(ConnectionResetError):
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(3 * SLOWER_SECONDS)
        while found := connection.recv(1 << 20):
            taken += len(found)
    assert 0 < taken < LARGE_BYTES
    with httpx.stream("GET", f"{address}/large") as steady:
        for number, _ in enumerate(steady.iter_raw(1 << 20)):
            time.sleep(SLOWER_SECONDS / 10 if number < 10 else 0)
        assert steady.num_bytes_downloaded == LARGE_BYTES


def memory_of(process: int, name: str = "VmRSS") -> float:
    """How much memory a process takes, or took at most since it was asked to forget, in MiB."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


def added_by(processes: list[int], act: Callable[[], None]) -> float:
    """How much more memory processes took while something was done than before it, in MiB."""
    before = [memory_of(process) for process in processes]
    for process in processes:
        Path(f"/proc/{process}/clear_refs").write_text("5")
    act()
    return sum(memory_of(process, "VmHWM") for process in processes) - sum(before)


@contextmanager
def others_waited(address: str) -> Iterator[list[float]]:
    """Asks for something small all the time, and tells the longest time it took, in milliseconds."""
    over, waited = threading.Event(), [0.0]

    def look(client: httpx.Client) -> None:
        while True:
            begun = time.monotonic()
            client.get(f"{address}/livez")
            waited[0] = max(waited[0], (time.monotonic() - begun) * 1000)
            if over.wait(0.01):
                return

    with httpx.Client() as client:
        looking = threading.Thread(target=look, args=(client,))
        looking.start()
        try:
            yield waited
        finally:
            over.set()
            looking.join()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_they_cost_little_memory() -> None:
    with folder() as place, serving(place / "data") as served:
        for name, (pieces, wanted) in cases(served.key.encode(), pieces=1_000).items():
            answers: list[bytes] = []

            def ask(pieces: Pieces = pieces, answers: list[bytes] = answers) -> None:
                answers.append(asked(served.address, pieces))

            with others_waited(served.address) as waited:
                begun = time.monotonic()
                added = added_by([served.process.pid], ask)
                took = (time.monotonic() - begun) * 1000
            status = status_of(answers[0])
            print(f"{name}: {status} in {took:.0f} ms, {added:+.1f} MiB; others waited {waited[0]:.0f} ms at most")
            assert (status in wanted, added <= ADDED_MIB_MAX) == (True, True), name


def large_file() -> bytes:
    """A hundred MiB of contacts."""
    draw, found, number = random.Random(1), bytearray(), 0
    while len(found) < IMPORT_BYTES:
        body = {
            "kind": "call",
            "when": f"2020-{draw.randrange(1, 13):02}",
            "participants": [{"actor": one} for one in draw.sample(("france", "japan", "kenya", "brazil"), 2)],
            "identifiers": [{"scheme": "large", "value": str(number)}],
            "accounts": [{"source": {"kind": "press_report", "title": f"Report {number}"}}],
            "summary": SUMMARY,
        }
        found += json.dumps(body).encode() + b"\n"
        number += 1
    return bytes(found)


def ended(served: Served, file: bytes) -> None:
    """Sends a file and waits until all of it is loaded."""
    headers = {"Authorization": f"Bearer {served.key}"}
    sent = httpx.post(served.address + NDJSON, content=file, headers=headers, timeout=60)
    address = served.address + sent.headers["Location"]
    while not (state := httpx.get(address, headers=headers, timeout=60).json())["ended_at"]:
        time.sleep(0.1)
    assert state["state"] == "succeeded", state


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_a_large_import_costs_little_memory() -> None:
    with folder() as place, serving(place / "data") as served:
        file = large_file()
        ended(served, file[: file.index(b"\n")])
        threads = Path(f"/proc/{served.process.pid}/task").glob("*/children")
        children = [child for thread in threads for child in thread.read_text(encoding="utf-8").split()]
        ours = [int(one) for one in children if b"api.worker" in Path(f"/proc/{one}/cmdline").read_bytes()]
        assert len(ours) == 1
        added = added_by([served.process.pid, *ours], lambda: ended(served, file))
        print(f"{len(file) / MIB:.0f} MiB add {added:.1f} MiB")
        assert added <= IMPORT_ADDED_MIB_MAX
