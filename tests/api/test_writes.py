"""A write is answered after COMMIT, tried again when it lost to another, and refused on a stale version."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from db.engine import Database

NOTE = {"slug": "one", "label": "One"}
FAIL_AT_COMMIT = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'refused' USING ERRCODE = 'check_violation'; END $$;
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE OR DELETE ON topic
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse();
"""
LOSE_TWICE = """
CREATE SEQUENCE attempts; GRANT ALL ON SEQUENCE attempts TO PUBLIC;
CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF nextval('attempts') <= {times} THEN RAISE EXCEPTION 'lost' USING ERRCODE = '{state}'; END IF;
    RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER lose AFTER INSERT ON topic
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION lose();
"""


@pytest.fixture
def spoil(service_role_clone: Database, cluster: object) -> object:
    """Runs a statement as the owner of the database."""
    owner = Database(cluster.url(service_role_clone.engine.url.database))

    def run(statement: str) -> None:
        with owner.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    yield run
    owner.close()


def topics(database: Database) -> int:
    with database.session() as session:
        return int(session.scalar(text("SELECT count(*) FROM topic")) or 0)


def test_a_failure_at_commit_is_no_success(small, writer, service_role_clone, spoil) -> None:
    made = small.post("/v1/notes", json=NOTE, headers=writer)
    assert made.status_code == 201
    spoil(FAIL_AT_COMMIT)
    headers = {**writer, "Idempotency-Key": "k", "Readout-Reason": "test"}
    tag = {"If-Match": made.headers["etag"]}
    refused = [
        small.post("/v1/notes", json={"slug": "two", "label": "Two"}, headers=headers),
        small.patch("/v1/notes/one", json={**NOTE, "label": "Other"}, headers=headers | tag),
        small.delete("/v1/notes/one", headers=headers),
    ]
    assert [answer.status_code for answer in refused] == [422, 422, 422]
    assert topics(service_role_clone) == 1
    with service_role_clone.session() as session:
        assert session.scalar(text("SELECT count(*) FROM idempotency")) == 0
        assert session.scalar(text("SELECT count(*) FROM revision")) == 1


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_what_lost_to_another_is_done_again(small, writer, service_role_clone, spoil, state) -> None:
    spoil(LOSE_TWICE.format(times=2, state=state))
    answer = small.post("/v1/notes", json=NOTE, headers={**writer, "Idempotency-Key": "k"})
    assert answer.status_code == 201
    assert "idempotency-replayed" not in answer.headers
    assert topics(service_role_clone) == 1
    assert service_role_clone.engine.pool.checkedout() == 0


def test_what_loses_for_ever_is_unavailable(small, writer, service_role_clone, spoil) -> None:
    spoil(LOSE_TWICE.format(times=100, state="40001"))
    answer = small.post("/v1/notes", json=NOTE, headers=writer)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert topics(service_role_clone) == 0
    with service_role_clone.session() as session:
        assert session.scalar(text("SELECT last_value FROM attempts")) == 3


def test_a_race_on_a_key_makes_one_record_and_names_it(
    address: str, writer: dict[str, str], service_role_clone: Database
) -> None:
    start = threading.Barrier(12)
    with httpx.Client(base_url=address, timeout=60) as client, ThreadPoolExecutor(12) as pool:

        def create(_number: int) -> httpx.Response:
            start.wait(timeout=30)
            return client.post("/v1/notes", json=NOTE, headers=writer)

        answers = list(pool.map(create, range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    assert {a.json()["existing"] for a in answers if a.status_code == 409} == {"/v1/topics/one"}
    assert topics(service_role_clone) == 1


def test_no_update_is_lost(address: str, writer: dict[str, str], small: TestClient) -> None:
    small.post("/v1/notes", json={"slug": "one", "label": "0"}, headers=writer)

    def add(_number: int) -> int:
        with httpx.Client(base_url=address, timeout=60) as client:
            for attempt in range(500):
                read = client.get("/v1/notes/one")
                changed = {"slug": "one", "label": str(int(read.json()["label"]) + 1)}
                tag = {"If-Match": read.headers["etag"]}
                answer = client.patch("/v1/notes/one", json=changed, headers=writer | tag)
                if answer.status_code == 200:
                    return attempt
                assert answer.status_code == 412, answer.text
        raise AssertionError("never got through")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(24)))
    assert small.get("/v1/notes/one").json()["label"] == "24"


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        (None, 428),
        ('"1-000000000000"', 200),
        ('"2-000000000000"', 412),
        ("*", 200),
        ('W/"1-000000000000"', 412),
        ('"somebody-elses"', 412),
        ("1", 400),
        ('"1-000000000000", "2-000000000000"', 400),
        ('"99999999999999999999-000000000000"', 412),
    ],
)
def test_if_match(small: TestClient, writer: dict[str, str], tag: str | None, status: int) -> None:
    small.post("/v1/notes", json=NOTE, headers=writer)
    sent = writer | ({"If-Match": tag} if tag else {})
    answer = small.patch("/v1/notes/one", json={**NOTE, "label": "Uno"}, headers=sent)
    assert answer.status_code == status, answer.text
    assert small.get("/v1/notes/one").json()["label"] == ("Uno" if status == 200 else "One")


def test_a_known_record_is_not_sent_again(small: TestClient, writer: dict[str, str]) -> None:
    made = small.post("/v1/notes", json=NOTE, headers=writer)
    read = small.get("/v1/notes/one")
    assert read.headers["etag"] == made.headers["etag"]
    for sent in (read.headers["etag"], f'"other", W/{read.headers["etag"]}', "*"):
        again = small.get("/v1/notes/one", headers={"If-None-Match": sent})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", read.headers["etag"])
    assert small.get("/v1/notes/one", headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize("reason", [b"", b"x" * 501, "caf\xe9".encode("latin-1")])
def test_a_retraction_needs_a_reason_that_can_be_kept(address: str, writer: dict[str, str], reason: bytes) -> None:
    headers = [(name, value.encode()) for name, value in writer.items()] + [(b"Readout-Reason", reason)]
    answer = httpx.request("DELETE", f"{address}/v1/notes/one", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "Readout-Reason"


def test_the_author_of_a_change_is_remembered(
    small: TestClient, writer: dict[str, str], service_role_clone: Database
) -> None:
    headers = {**writer, "Readout-Reason": "Première note".encode(), "X-Request-ID": "request-0001"}
    small.post("/v1/notes", json=NOTE, headers=headers)
    with service_role_clone.session() as session:
        row = session.execute(text("SELECT request_id, reason, key_id IS NOT NULL FROM revision")).one()
    assert tuple(row) == ("request-0001", "Première note", True)


def test_a_body_of_another_kind_is_415(small: TestClient, writer: dict[str, str]) -> None:
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/json", "Content-Encoding": "gzip"}):
        answer = small.post("/v1/notes", content=b'{"slug": "one", "label": "A"}', headers=writer | headers)
        assert answer.status_code == 415


def test_an_unknown_parameter_is_refused_with_the_nearest_name(small: TestClient) -> None:
    answer = small.get("/v1/notes?limt=3")
    assert answer.status_code == 400
    assert "Nearest: limit." in answer.json()["detail"]
    assert small.get("/v1/notes/one?x=1").json()["detail"] == "This address takes no parameters."


def test_a_reader_cannot_change_anything(service_role_clone: Database) -> None:
    with service_role_clone.reading_session() as session, pytest.raises(Exception, match="read-only"):
        session.execute(text("DELETE FROM topic"))
    with service_role_clone.session() as session:
        session.execute(text("DELETE FROM topic"))
