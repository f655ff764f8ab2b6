"""Imports over HTTP: all or nothing, judged row by row, cancelled, redacted, and begun again after a death."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from procrastinate.schema import SchemaManager
from sqlalchemy import text

from api.worker import work_off
from db.imports import Attendance, Cancelled, attended, is_left_to_do
from db.loading import Loading
from db.migrate import SCRIPTS
from tests.api.importing import NDJSON, Importing, lines, send


def number_of(jobs: Importing, shown: Any) -> int:
    """The id inside of an import as it is shown."""
    number = jobs.database.ids.decode(shown["id"], "imp")
    assert number is not None
    return number


def test_a_file_is_loaded_and_a_second_time_changes_nothing(jobs: Importing) -> None:
    before, body = jobs.contacts(), lines(*range(30))
    sent = send(jobs, body)
    assert sent.headers["Location"] == sent.json()["links"]["self"]
    done = jobs.ended(sent)
    assert (done["state"], done["rows"]["loaded"], done["stored"]) == ("succeeded", 30, {"contacts": 30})
    assert jobs.contacts() == before + 30
    again = jobs.ended(send(jobs, body))
    assert (again["state"], again["rows"]["duplicate"], again["stored"]) == ("succeeded", 30, {})
    with jobs.database.session() as session:
        assert session.scalar(text("SELECT count(*) FROM import_chunk")) == 0, "a file is kept while it is needed"
        assert not is_left_to_do(session)


def test_one_refused_row_refuses_all_unless_the_good_ones_are_asked_for(jobs: Importing) -> None:
    before, body = jobs.contacts(), lines(*range(100, 110), wrong=(103, 107))
    failed = jobs.ended(send(jobs, body))
    assert (failed["state"], failed["rows"]["refused"], failed["stored"]) == ("failed", 2, {})
    assert "2 rows were refused" in failed["fault"]
    assert [row[:2] for row in jobs.errors(failed)] == [["4", "/participants/0/actor"], ["8", "/participants/0/actor"]]
    tried = jobs.ended(send(jobs, body, f"{NDJSON}&skip_refused=true&dry_run=true"))
    assert (tried["state"], tried["rows"]["loaded"], jobs.contacts()) == ("succeeded", 8, before)
    assert tried["stored"] == {"contacts": 8}, "what would be stored"
    jobs.ended(send(jobs, body, f"{NDJSON}&skip_refused=true"))
    assert jobs.contacts() == before + 8


@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00\x01\n\x80", b"[" * 200_000, b'{"kind": "call"}', b"\x1f\x8b\x08\x00" * 9]
)
def test_a_broken_file_fails_with_a_sentence_and_stores_nothing(jobs: Importing, body: bytes) -> None:
    before, done = jobs.contacts(), jobs.ended(send(jobs, body))
    assert (done["state"], done["stored"], jobs.contacts()) == ("failed", {}, before)
    assert done["fault"].endswith("to store the others.")
    assert jobs.errors(done)[0][0] == "1"


def test_a_cancelled_import_leaves_nothing_and_is_never_begun(jobs: Importing) -> None:
    before, sent = jobs.contacts(), send(jobs, lines(200))
    address = f"{sent.headers['Location']}/cancel"
    assert jobs.client.post(address, headers=jobs.writer).json()["state"] == "cancelled"
    assert jobs.ended(sent)["attempts"] == 0
    assert jobs.client.post(address, headers=jobs.writer).status_code == 409
    assert jobs.contacts() == before


def test_an_import_that_is_cancelled_while_it_runs_stops_where_it_is(jobs: Importing) -> None:
    before, sent = jobs.contacts(), send(jobs, lines(210))
    with attended(jobs.database, number_of(jobs, sent.json())) as job:
        assert job is not None
        job.tell({})
        told = jobs.client.post(f"{sent.headers['Location']}/cancel", headers=jobs.writer).json()
        assert told["state"] == "running"
        with pytest.raises(Cancelled):
            job.tell({})
        with jobs.database.session() as session, pytest.raises(Cancelled):
            job.end(session, "succeeded", {})
    assert (jobs.ended(sent)["state"], jobs.contacts()) == ("cancelled", before)


def interrupted(jobs: Importing, sent: Any) -> Attendance:
    """An import whose worker told how far it was, and died."""
    number = number_of(jobs, sent.json())
    with jobs.database.session() as session:
        session.execute(
            text("UPDATE procrastinate_jobs SET status = 'doing' WHERE CAST(args->>'import_id' AS bigint) = :id"),
            {"id": number},
        )
        session.commit()
    with attended(jobs.database, number) as job:
        assert job is not None
        # As long as somebody is at it, nobody else begins it.
        with attended(jobs.database, number) as second, jobs.database.session() as session:
            assert second is None
            assert not is_left_to_do(session)
        job.tell({"rows_read": 7, "refused": 7, "rules": {"known": 7}, "stored": {"actors": 7}}, [(1, "", "Bad.")] * 7)
    return job


def test_an_import_whose_worker_died_is_begun_again_from_nothing(jobs: Importing) -> None:
    sent = send(jobs, lines(220, 221))
    interrupted(jobs, sent)
    with jobs.database.session() as session:
        assert is_left_to_do(session)
    done = jobs.ended(sent)
    assert (done["state"], done["attempts"], done["rules"], done["stored"]) == ("succeeded", 2, {}, {"contacts": 2})
    assert (done["rows"]["read"], done["rows"]["loaded"], jobs.errors(done)) == (2, 2, [])


def test_who_changes_a_tenure_while_an_import_is_loaded_is_told_what_to_do(jobs: Importing) -> None:
    path, tenure = "/v1/actors/joe-biden/affiliations", {"target": "hamas", "relation": "member_of", "since": "2022"}
    with jobs.database.session() as session:
        Loading(session).begin()
        refused = jobs.client.post(path, json=tenure, headers=jobs.writer)
    assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (503, True)
    assert "An import is being loaded" in refused.json()["detail"]
    assert jobs.client.post(path, json=tenure, headers=jobs.writer).status_code == 201


def test_an_import_that_the_queue_lost_is_put_in_again(jobs: Importing) -> None:
    sent = send(jobs, lines(230))
    with jobs.database.session() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
        session.commit()
    assert jobs.ended(sent)["state"] == "succeeded"


def test_what_was_sent_under_a_key_that_is_revoked_is_not_loaded(jobs: Importing) -> None:
    made = jobs.client.post("/v1/keys", json={"name": "lost", "scopes": ["write"]}, headers=jobs.admin).json()
    sent = jobs.client.post(NDJSON, content=lines(240), headers={"Authorization": f"Bearer {made['key']}"})
    headers = {**jobs.admin, "If-Match": "*", "Readout-Reason": "lost"}
    assert jobs.client.delete(f"/v1/keys/{made['id']}", headers=headers).status_code < 300
    done = jobs.ended(sent)
    assert (done["state"], done["attempts"], done["stored"]) == ("failed", 0, {})
    assert "revoked" in done["fault"]


def events_in(stream: str) -> list[dict[str, str]]:
    """The events of a stream that has ended."""
    parts = (dict(line.split(": ", 1) for line in event.splitlines()) for event in stream.split("\n\n"))
    return [part for part in parts if "data" in part]


def test_whoever_listens_hears_the_beginning_and_the_end(jobs: Importing) -> None:
    sent = send(jobs, lines(250))
    asking = {**jobs.writer, "Accept": "text/event-stream"}

    async def meanwhile() -> str:
        heard = asyncio.to_thread(jobs.client.get, sent.json()["links"]["events"], headers=asking)
        listening = asyncio.ensure_future(heard)
        await asyncio.sleep(0.2)
        await work_off(jobs.database)
        return (await listening).text

    heard = events_in(asyncio.run(meanwhile()))
    assert [one["event"] for one in heard][-1] == "succeeded"
    assert {one["event"] for one in heard[:-1]} <= {"progress"}
    assert json.loads(heard[-1]["data"])["rows"]["loaded"] == 1
    again = jobs.client.get(sent.json()["links"]["events"], headers=asking | {"Last-Event-ID": heard[-1]["id"]})
    assert again.status_code == 204, "a browser that has heard the end does not come a third time"
    assert jobs.client.get("/v1/imports/imp_0/events", headers=jobs.writer).status_code == 404


def test_a_cell_that_would_be_a_formula_is_none(jobs: Importing) -> None:
    done = jobs.ended(send(jobs, b"no json"))
    with jobs.database.session() as session:
        own = {"id": number_of(jobs, done)}
        session.execute(text("UPDATE import_refusal SET place = '=1+1', reason = '@x' WHERE import_id = :id"), own)
        session.commit()
    assert jobs.errors(done) == [["1", "'=1+1", "'@x"]]


def test_an_erasure_names_what_imports_say_and_an_administrator_takes_it_away(jobs: Importing) -> None:
    body = {"kind": "person", "name": "Ottoline Quixworthy"}
    actor = jobs.client.post("/v1/actors", json=body, headers=jobs.writer).json()
    reason = {"Readout-Reason": "as Quixworthy wished"}
    over = jobs.ended(send(jobs, b"no json", f"{NDJSON}&file_name=quixworthy.ndjson", **reason))
    with jobs.database.session() as session:
        # No sentence of ours repeats what was sent, but the columns of a table are named by whoever made it.
        own = {"id": number_of(jobs, over)}
        session.execute(text("UPDATE import_refusal SET place = 'Notes of Quixworthy' WHERE import_id = :id"), own)
        session.commit()
    waiting = send(jobs, b" " * ((1 << 18) - 5) + b"Ottoline Quixworthy").json()
    headers = {**jobs.admin, "If-Match": "*", "Readout-Reason": "as asked"}
    told = jobs.client.post(f"/v1/actors/{actor['id']}/erase", headers=headers).json()["mentions"]
    found = {(one["id"], one["field"]) for one in told if one["noun"] == "import"}
    assert found == {(over["id"], "file_name"), (over["id"], "reason"), (over["id"], "errors"), (waiting["id"], "file")}
    assert jobs.client.post(f"/v1/imports/{waiting['id']}/redact", headers=headers).status_code == 409
    erased = jobs.client.post(f"/v1/imports/{over['id']}/redact", headers=headers).json()
    assert (erased["file_name"], erased["reason"], erased["fault"], erased["rows"]) == (None, None, None, over["rows"])
    assert jobs.errors(over) == []
    jobs.client.post(f"/v1/imports/{waiting['id']}/cancel", headers=jobs.writer)


def test_the_queue_has_the_schema_that_its_library_expects() -> None:
    """A newer library brings further migrations: they need a migration here, and then its name below."""
    newest = max(path.name for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    replayed = (SCRIPTS / "versions" / "0023_imports.py").read_text(encoding="utf-8")
    assert f'LAST_OF_QUEUE: Final = "{newest}"' in replayed
