"""What stands around every request: ids, careful headers, HEAD, limits, and faults that tell nothing."""

import json
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from db.engine import Database
from models.settings import Settings

pytestmark = pytest.mark.door

Make = Callable[[Database, Settings], FastAPI]
NOTE = {"slug": "one", "label": "One"}


def raw(address: str, request: bytes) -> bytes:
    """Sends bytes as they are and returns what comes back until the other side closes or waits."""
    parts = urlsplit(address)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=5) as connection:
        connection.sendall(request)
        received = b""
        while chunk := connection.recv(65_536):
            received += chunk
            head, found, rest = received.partition(b"\r\n\r\n")
            length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b"")
            if found and length and len(rest) >= int(length.split(b":")[1]):
                break
        return received


@pytest.mark.parametrize("path", ["/v1/notes", "/v1/notes/one", "/v1/notes/none", "/livez", "/docs/errors", "/nowhere"])
def test_head_is_get_without_the_body(address: str, writer: dict[str, str], path: str) -> None:
    httpx.post(f"{address}/v1/notes", json=NOTE, headers=writer)
    get, head = httpx.get(address + path), httpx.head(address + path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    unlike = {"date", "x-request-id"}
    assert {n: v for n, v in head.headers.items() if n not in unlike} == {
        n: v for n, v in get.headers.items() if n not in unlike
    }
    assert int(head.headers["content-length"]) == len(get.content)


def test_head_where_there_is_no_get_is_405(small: TestClient) -> None:
    answer = small.head("/v1/keys/key_1/rotate")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_every_answer_carries_the_id_of_its_request(small: TestClient) -> None:
    for path in ("/v1/notes", "/nowhere", "/broken", "/docs/errors"):
        own = small.get(path)
        assert len(own.headers["x-request-id"]) == 16
        named = small.get(path, headers={"X-Request-ID": "trace-0123.abc"})
        assert named.headers["x-request-id"] == "trace-0123.abc"
    assert (
        small.get("/nowhere", headers={"X-Request-ID": "trace-0123.abc"}).json()["instance"].endswith("trace-0123.abc")
    )


@pytest.mark.parametrize("sent", ["short", "x" * 65, "white space", "<script>1234", "{json: 12}"])
def test_an_id_that_is_none_is_replaced(small: TestClient, sent: str) -> None:
    assert small.get("/livez", headers={"X-Request-ID": sent}).headers["x-request-id"] != sent


def test_every_answer_keeps_browsers_careful(small: TestClient) -> None:
    for path in ("/v1/notes", "/nowhere", "/broken", "/livez"):
        headers = small.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
        assert "access-control-allow-origin" not in headers


def test_a_fault_of_ours_tells_only_the_id(small: TestClient, capsys: pytest.CaptureFixture[str]) -> None:
    answer = small.get("/broken")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret of the house" not in answer.text
    assert answer.json()["instance"] == f"urn:request:{answer.headers['x-request-id']}"
    logged = capsys.readouterr().err
    assert answer.headers["x-request-id"] in logged
    assert "RuntimeError: secret of the house" in logged


@pytest.mark.parametrize("said", [b"Content-Length: 20000000", b"Content-Length: 99999999999999999999999"])
def test_a_body_that_says_it_is_too_large_is_refused_unread(address: str, writer: dict[str, str], said: bytes) -> None:
    key = writer["Authorization"].encode()
    answer = raw(
        address,
        b"POST /v1/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: "
        + (key + b"\r\n" + said + b"\r\n\r\n{"),
    )
    status = answer.split(b" ", 2)[1]
    assert status in (b"413", b"400")
    if status == b"413":
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["title"] == "Too large"
        assert b"connection: close" in answer.lower()


def test_a_body_that_comes_without_a_length_is_counted(
    service_role_clone: Database, make: Make, serve: Callable[[FastAPI], str], writer: dict[str, str]
) -> None:
    address = serve(make(service_role_clone, Settings(max_body_bytes=2_000)))
    headers = {**writer, "Content-Type": "application/json"}
    parts = [b'{"slug": "one", "label": "', *[b"x" * 500] * 10, b'"}']
    answer = httpx.post(f"{address}/v1/notes", content=iter(parts), headers=headers)
    assert (answer.status_code, answer.json()["title"]) == (413, "Too large")
    fits = httpx.post(f"{address}/v1/notes", content=iter([json.dumps(NOTE).encode()]), headers=headers)
    assert fits.status_code == 201


def test_a_body_that_is_shorter_than_it_says_leaves_nothing_behind(
    address: str, writer: dict[str, str], service_role_clone: Database
) -> None:
    parts = urlsplit(address)
    with socket.create_connection((str(parts.hostname), int(parts.port or 0)), timeout=5) as connection:
        connection.sendall(
            b"POST /v1/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n"
            b"Authorization: " + writer["Authorization"].encode() + b"\r\n\r\n{"
        )
        connection.shutdown(socket.SHUT_WR)
        connection.recv(65_536)
    assert httpx.get(f"{address}/v1/notes").json() == {"items": []}
    assert service_role_clone.engine.pool.checkedout() == 0


def test_a_body_a_hundred_thousand_deep_is_refused(address: str, writer: dict[str, str]) -> None:
    headers = {**writer, "Content-Type": "application/json"}
    for opened, closed in ((b"[", b"]"), (b'{"a":', b"}")):
        body = opened * 100_000 + b"1" + closed * 100_000
        answer = httpx.post(f"{address}/v1/notes", content=body, headers=headers)
        assert answer.status_code == 422
    assert httpx.get(f"{address}/livez").status_code == 200


def test_other_origins_may_read_only_when_named(
    service_role_clone: Database, make: Make, writer: dict[str, str]
) -> None:
    app = make(service_role_clone, Settings(cors_origins=["https://desk.example"]))
    with TestClient(app) as client:
        named = client.get("/v1/notes", headers={"Origin": "https://desk.example"})
        assert named.headers["access-control-allow-origin"] == "https://desk.example"
        assert "access-control-allow-credentials" not in named.headers
        assert named.headers["cross-origin-resource-policy"] == "cross-origin"
        other = client.get("/v1/notes", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in other.headers
        asked = {"Origin": "https://desk.example", "Access-Control-Request-Method": "PATCH"}
        preflight = client.options("/v1/notes/one", headers=asked)
        assert preflight.status_code == 200
        assert "PATCH" in preflight.headers["access-control-allow-methods"]
        assert preflight.headers["x-content-type-options"] == "nosniff"
