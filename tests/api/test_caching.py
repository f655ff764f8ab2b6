"""What answers say of their age and their kind: Last-Modified, entity tags of pages, and who takes no JSON."""

from email.utils import parsedate_to_datetime
from typing import Any

import pytest

LISTS = ("/v1/contacts?limit=2", "/v1/edges?limit=2", "/v1/ties?limit=2", "/v1/actors/search?q=biden")
GRAPH = ("/v1/matrix?level=state", "/v1/timeline?actor=joe-biden")
ONES = ("/v1/contacts/example:first-world%2F1", "/v1/actors/joe-biden", "/v1/sources/press-report-2021-05-12")


@pytest.mark.parametrize("path", [*LISTS, *GRAPH, *ONES])
def test_answers_say_since_when_they_are_so(shared_world: Any, path: str) -> None:
    got = shared_world.client.get(path)
    assert got.status_code == 200, got.text
    changed_at = parsedate_to_datetime(got.headers["last-modified"])
    held = got.json().get("changed_at")
    if held is not None:
        assert held[:19] == f"{changed_at:%Y-%m-%dT%H:%M:%S}"
    head = shared_world.client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["last-modified"] == got.headers["last-modified"]
    again = shared_world.client.get(path, headers={"If-None-Match": got.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["last-modified"] == got.headers["last-modified"]


@pytest.mark.parametrize("path", ["/docs", "/docs/errors", "/openapi.json"])
def test_pages_of_the_build_are_not_sent_twice(shared_world: Any, path: str) -> None:
    got = shared_world.client.get(path)
    head = shared_world.client.head(path)
    assert (head.status_code, head.headers["etag"]) == (200, got.headers["etag"])
    assert head.headers["content-length"] == str(len(got.content))
    again = shared_world.client.get(path, headers={"If-None-Match": got.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert shared_world.client.get(path, headers={"If-None-Match": '"other"'}).content == got.content


def test_a_search_by_name_is_a_list_like_any_other(shared_world: Any) -> None:
    found = shared_world.client.get("/v1/actors/search?q=minister&limit=1").json()
    assert len(found["items"]) == 1
    assert found["links"]["self"].endswith("/v1/actors/search?q=minister&limit=1")
    assert found["meta"] == {
        "graph_version": shared_world.client.get("/v1/status").json()["graph_version"],
        "unit": "actors",
        "limits": {"limit": 1},
        "truncated": True,
    }
    for nobody in ("zzyzx", "%E2%80%A6"):
        whole = shared_world.client.get(f"/v1/actors/search?q={nobody}").json()
        assert (whole["items"], "truncated" in whole["meta"]) == ([], False)


ACCEPTED = {
    None: 200,
    "": 200,
    "*/*": 200,
    "application/json": 200,
    "application/JSON; charset=utf-8": 200,
    "application/*;q=0.1": 200,
    "text/html, */*;q=0.1": 200,
    "application/json;q=0, */*": 406,
    "*/*;q=0": 406,
    "application/xml": 406,
    "text/csv, application/problem+json": 406,
}


@pytest.mark.parametrize(("accept", "status"), ACCEPTED.items())
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_takes_no_json_is_told_so(shared_world: Any, method: str, accept: str | None, status: int) -> None:
    headers = {} if accept is None else {"Accept": accept}
    answer = shared_world.client.request(method, "/v1/topics?limit=1", headers=headers)
    assert answer.status_code == status
    if status == 406:
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_scraper_and_a_browser_get_what_they_take(shared_world: Any) -> None:
    assert shared_world.client.get("/metrics", headers={"Accept": "text/plain;version=0.0.4"}).status_code == 200
    assert shared_world.client.get("/docs", headers={"Accept": "text/html"}).status_code == 200
