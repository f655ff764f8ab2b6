"""Erasure: content is gone from everywhere, counts stand, and history still proves that it is whole."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import String, text

from db.engine import Database
from db.erasure_mentions import FREE_TEXTS
from db.past import stand_at
from db.rebuild import check
from db.record_states import RECORDS
from db.replay import check_history
from db.tie_months import KEY, SUM_MONTHS
from db.ties import TIE_COLUMNS, TIE_SUMS
from models.status import HAPPENED
from models.tables import METADATA

CODED = {
    *(
        "kind",
        "stance",
        "when",
        "folded",
        "organisation_type",
        "scheme",
        "lang",
        "script",
        "relation",
        "since",
        "until",
    ),
    *("name_token", "due", "computed_status", "date_basis", "medium", "protocol", "ruling", "status", "talks", "track"),
    *("noun", "level", "presence", "role", "language", "published", "reliability", "retrieved", "sha256"),
}
"""Columns of text that hold codes, dates, or what follows from other columns."""
NAME, ALIAS = "Zebulon Quixworthy", "Zebediah Qx"
TEXT_COLUMNS = """SELECT table_schema, table_name, column_name FROM information_schema.columns
WHERE table_schema IN ('public', 'past') AND (data_type IN ('text', 'jsonb', 'ARRAY', 'bytea', 'tsvector'))"""
PAIR = [{"actor": "zebulon", "capacity": "president-of-the-united-states", "name_as_given": "Mr Quixworthy"}]


def send(world: Any, path: str, body: Any = None, **more: str) -> Any:
    """Sends a write of an administrator, which must succeed."""
    headers = {**world.keys["admin"], "If-Match": "*", "Readout-Reason": "asked for", **more}
    answer = world.client.post(path, headers=headers, **({} if body is None else {"json": body}))
    assert answer.status_code < 300, answer.text
    return answer.json()


@pytest.fixture
def recorded(world: Any) -> dict[str, Any]:
    """A person with an office and a contact, recorded, renamed and corrected, so that he has a past."""
    names = [{"name": ALIAS, "kind": "alias"}]
    actor = send(world, "/v1/actors", {"kind": "person", "name": NAME, "slug": "zebulon", "names": names})
    holds = {"relation": "belongs_to", "target": "iso3:USA", "since": "2021", "note": "secret note of Quixworthy"}
    send(world, "/v1/actors/zebulon/affiliations", holds)
    send(world, "/v1/actors/zebulon/designations", {"list": "Quixworthy list", "authority": "nobody"})
    body = {
        "kind": "meeting",
        "when": "2021-05-12",
        "summary": "With Quixworthy in Geneva",
        "participants": [*PAIR, {"actor": "benjamin-netanyahu"}],
        "accounts": [{"source": "press-report-2021-05-12", "paraphrase": "Somebody was seen"}],
    }
    contact = send(world, "/v1/contacts", body, **{"Idempotency-Key": "again"})
    headers = {**world.writer, "If-Match": "*"}
    for path, change in (("actors/zebulon", {"description": "Quixworthy's life"}), ("contacts/", {"place": "Geneva"})):
        path = path + contact["id"] if path.endswith("/") else path
        assert world.client.patch(f"/v1/{path}", json=change, headers=headers).status_code == 200
    return {"actor": actor["id"], "contact": contact["id"], "then": datetime.now(UTC).isoformat()}


def left_of(database: Database, words: tuple[str, ...]) -> set[tuple[str, str, str]]:
    """Returns every column of every table, past ones too, in which one of the words stands."""
    found = set()
    with database.session() as session:
        for schema, table, column in session.execute(text(TEXT_COLUMNS)).all():
            value = f"encode({column}, 'escape')" if (table, column) == ("idempotency", "body") else f'"{column}"::text'
            asked = text(f"SELECT EXISTS (SELECT FROM {schema}.{table} WHERE {value} ~* :words)")
            if session.execute(asked, {"words": "|".join(words)}).scalar():
                found.add((schema, table, column))
    return found


def proved(database: Database) -> int:
    """Proves history and projections, and returns how many entries are erased."""
    with database.session() as session:
        found = check_history(session)
        # The keys of these tests are made beside the verbs.
        assert [one for one in found.faults if not one.startswith("api_key")] == []
        session.rollback()
        assert check(session).clean
    return found.erased


def past_agrees(database: Database) -> int:
    """Proves of every revision that the sums as they stood follow from the edges as they stood; returns how many."""
    with database.session() as session:
        instants = session.execute(text("SELECT at FROM revision ORDER BY revision_id")).scalars().all()
    for at in instants:
        with database.session() as session:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            stand_at(session, at)
            happened = f"FROM edge WHERE status IN {HAPPENED} GROUP BY 1, 2, 3"
            derived = session.execute(text(f"SELECT ego_id, alter_id, level, {TIE_SUMS} {happened}")).all()
            stored = session.execute(text(f"SELECT ego_id, alter_id, level, {', '.join(TIE_COLUMNS)} FROM tie")).all()
            assert sorted(map(str, stored)) == sorted(map(str, derived)), at
            names = ", ".join((*KEY, "contacts"))
            months = session.execute(text(SUM_MONTHS.format(prefix="").partition(")")[2])).all()
            held = session.execute(text(f"SELECT {names} FROM tie_month")).all()
            assert sorted(map(str, held)) == sorted(map(str, months)), at
    return len(instants)


def counted(world: Any) -> Any:
    """Returns what the states of the pair have had to do with each other."""
    tie = world.client.get("/v1/ties/iso3:USA/iso3:ISR?level=state").json()
    return tie["contacts"], tie["first"], tie["last"]


def test_an_erased_person_is_unnamed_and_still_counted(world: Any, recorded: dict[str, Any]) -> None:
    owner = world.database
    listed = world.client.get(f"/v1/contacts?known_at={recorded['then'].replace('+', '%2B')}")
    exported = world.client.get(f"/v1/contacts.ndjson?known_at={recorded['then'].replace('+', '%2B')}")
    before = counted(world)
    told = send(world, f"/v1/actors/{recorded['actor']}/erase")
    assert {(one["noun"], one["field"]) for one in told["mentions"]} >= {("contact", "summary")}
    assert told["entries"] >= 5
    assert told["answers"] == 1
    assert left_of(owner, ("zebulon", "zebediah")) == set()
    assert left_of(owner, ("quixworthy",)) == {
        *(("public", "contact", "summary"), ("public", "contact", "folded"), ("public", "contact", "search")),
        *(("past", "contact", "summary"), ("past", "contact", "folded"), ("past", "contact", "search")),
        *(("public", "history", "before"), ("public", "history", "after")),
    }, "only in the free text that the answer lists"
    gone = world.client.get(f"/v1/actors/{recorded['actor']}")
    assert gone.status_code == 410
    assert "Erased" in gone.json()["detail"]
    contact = world.client.get(f"/v1/contacts/{recorded['contact']}").json()
    unnamed = contact["participants"][0]
    assert (unnamed["actor"]["name"], unnamed["actor"]["kind"]) == ("Erased person", "person")
    assert (unnamed["capacity"], unnamed["name_as_given"]) == (None, None)
    assert counted(world) == before
    assert proved(owner) == told["entries"]
    for former in (listed, exported):
        known = {"If-None-Match": former.headers["etag"]}
        again = world.client.get(former.request.url.raw_path.decode(), headers=known)
        assert again.status_code == 200, "a permalink that covered him has changed, and says so"
        assert NAME not in again.text
    history = world.client.get(f"/v1/actors/{recorded['actor']}/history").json()["items"]
    assert [(one["action"], one["erased"]) for one in history] == [("erase", False), ("change", True), ("create", True)]


def test_names_as_given_leave_the_words_of_former_and_retracted_contacts(world: Any, recorded: dict[str, Any]) -> None:
    pair = [{"actor": "zebulon", "name_as_given": "Sir Zeb"}, {"actor": "benjamin-netanyahu"}]
    body = {"kind": "call", "when": "2021-05-11", "participants": pair, "summary": "A talk of Sir Zebra"}
    made = send(world, "/v1/contacts", {**body, "accounts": [{"source": "press-report-2021-05-12"}]})["id"]
    headers = {**world.writer, "If-Match": "*", "Readout-Reason": "a hoax"}
    assert world.client.patch(f"/v1/contacts/{made}", json={"place": "Bern"}, headers=headers).is_success
    assert world.client.request("DELETE", f"/v1/contacts/{made}", headers=headers).is_success
    assert ("public", "contact", "folded") in left_of(world.database, ("sir zeb\\y",))
    send(world, f"/v1/actors/{recorded['actor']}/erase")
    assert left_of(world.database, ("sir zeb\\y",)) == set()
    assert ("public", "contact", "folded") in left_of(world.database, ("sir zebra",)), "nothing but the name"
    proved(world.database)


def test_free_text_that_names_the_person_is_listed_wherever_it_stands(world: Any, recorded: dict[str, Any]) -> None:
    topic = send(world, "/v1/topics", {"label": "The Quixworthy plan", "slug": "quixworthy-plan"})
    source = {"kind": "other", "title": "A list", "url": "https://example.org/quixworthy", "note": "by Quixworthy"}
    made = send(world, "/v1/sources", source)
    episode = send(world, "/v1/episodes", {"name": "Quixworthy talks", "since": "2021"})
    headers = {**world.writer, "If-Match": "*"}
    assert world.client.patch(f"/v1/episodes/{episode['id']}", json={"name": "Talks"}, headers=headers).is_success
    told = send(world, f"/v1/actors/{recorded['actor']}/erase")["mentions"]
    found = {(one["id"], one["field"]) for one in told}
    assert found >= {(topic["id"], "label"), (topic["id"], "slug"), (made["id"], "url"), (made["id"], "note")}
    assert {field for number, field in found if number == episode["id"]} <= {"slug", "history"}
    assert {number for number, _ in found} >= {episode["id"], recorded["contact"]}, "former words are found too"


def test_every_column_that_holds_words_is_searched() -> None:
    listed = {(table, field) for table, _, fields in FREE_TEXTS for field in fields}
    parts = ("participant", "contact_identifier", "actor_name", "actor_identifier")
    words = {
        (table, column.name)
        for table in (*RECORDS, *parts)
        for column in METADATA.tables[table].columns
        if isinstance(column.type, String) and column.computed is None
    }
    assert words - listed - {one for one in words if one[1] in CODED} == set()


def test_an_erased_contact_leaves_a_tombstone(world: Any, recorded: dict[str, Any]) -> None:
    before = counted(world)
    told = send(world, f"/v1/contacts/{recorded['contact']}/erase")
    assert left_of(world.database, ("in geneva", "somebody was seen")) == set()
    gone = world.client.get(f"/v1/contacts/{recorded['contact']}")
    assert gone.status_code == 410
    assert counted(world)[0] == before[0] - 1
    then = world.client.get("/v1/ties/iso3:USA/iso3:ISR", params={"level": "state", "known_at": recorded["then"]})
    assert then.json()["contacts"] == before[0] - 1, "the past counts it no more"
    assert past_agrees(world.database) > 4
    assert proved(world.database) == told["entries"] == 3
    history = world.client.get(f"/v1/contacts/{recorded['contact']}/history").json()["items"]
    assert [one["action"] for one in history] == ["erase", "erase", "change", "create", "create"]
    assert [one["before"] for one in history] == [None] * 5
    headers = {**world.keys["admin"], "If-Match": "*", "Readout-Reason": "twice"}
    assert world.client.post(f"/v1/contacts/{recorded['contact']}/erase", headers=headers).status_code == 410


def test_who_empties_an_entry_by_the_function_of_erasures_is_found(world: Any, recorded: dict[str, Any]) -> None:
    with world.database.session() as session:
        session.execute(
            text("""SELECT redact_history(jsonb_build_array(jsonb_build_object(
            'log_id', log_id, 'ordinal', ordinal))) FROM history ORDER BY log_id DESC LIMIT 1""")
        )
        session.commit()
        assert "was altered" in check_history(session).faults[0]


def test_only_administrators_erase_and_only_persons_and_contacts(world: Any, recorded: dict[str, Any]) -> None:
    path = f"/v1/contacts/{recorded['contact']}/erase"
    given = {"If-Match": "*", "Readout-Reason": "x"}
    assert world.client.post(path, headers={**world.writer, **given}).status_code == 403
    admin = world.keys["admin"]
    assert world.client.post(path, headers={**admin, "If-Match": "*"}).status_code == 400
    assert world.client.post(path, headers={**admin, "Readout-Reason": "x"}).status_code == 428
    assert world.client.post(path, headers={**admin, **given, "If-Match": '"1-5f3a91b2c4d6"'}).status_code == 412
    assert world.client.post("/v1/actors/hamas/erase", headers={**admin, **given}).status_code == 409
