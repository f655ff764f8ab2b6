"""The first world: whole, well formed, and giving the statuses that its documents bear out."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.actors import ActorIn
from models.affiliations import ALLOWED_ENDS, AffiliationIn
from models.contacts import ContactIn
from models.designations import DesignationIn
from models.edtf import parse
from models.episodes import EpisodeIn
from models.reference import organisations, states, topics
from models.sources import SourceIn
from models.status import Word, verdict

FILE = Path(__file__).resolve().parents[2] / "examples" / "first-world.json"
WORLD: dict[str, list[dict[str, Any]]] = json.loads(FILE.read_text(encoding="utf-8"))
CONTACTS = WORLD["contacts"]
ROWS = range(1, 19)
UPWARD = {"holds", "belongs_to", "part_of"}


def kinds_by_slug() -> dict[str, str]:
    given = {state.slug: "state" for state in states()}
    given.update({organisation.slug: organisation.kind for organisation in organisations()})
    return {**given, **{actor["slug"]: actor["kind"] for actor in WORLD["actors"]}}


def mentioned_actors() -> Iterator[str]:
    for record in (*WORLD["affiliations"], *WORLD["designations"]):
        yield from (record[field] for field in ("actor", "target") if field in record)
    yield from (source["publisher"] for source in WORLD["sources"] if source["publisher"])
    for contact in CONTACTS:
        for part in contact["participants"]:
            yield from (part[field] for field in ("actor", "capacity", "on_behalf_of") if field in part)
        yield from (account["speaker"] for account in contact["accounts"] if "speaker" in account)
        for commitment in contact.get("commitments", ()):
            yield from (*commitment["by"], *commitment["to"])


def side_of(speaker: str | None) -> str | None:
    """Returns the state at the top of a speaker's affiliations; those walked here hold on 12 May 2021."""
    if speaker is None or kinds_by_slug()[speaker] == "state":
        return speaker
    above = (a["target"] for a in WORLD["affiliations"] if a["actor"] == speaker and a["relation"] in UPWARD)
    return side_of(next(above, None))


def status_of(contact: dict[str, Any]) -> str:
    words = [
        Word(i, account.get("speaker"), side_of(account.get("speaker")), account["stance"], i)
        for i, account in enumerate(contact["accounts"])
    ]
    return verdict(words).status


def test_it_has_eighteen_contacts_numbered_in_order() -> None:
    assert [c["identifiers"] for c in CONTACTS] == [
        [{"scheme": "example", "value": f"first-world/{row}"}] for row in ROWS
    ]


def test_kinds_are_those_of_the_table() -> None:
    counted = Counter(contact["kind"] for contact in CONTACTS)
    assert counted == {"call": 1, "conversation": 1, "engagement": 11, "mission": 2, "mediation": 3}


def test_dates_are_those_of_the_table() -> None:
    spans = {(1, 3): "2021-05-12", (3, 14): "/2021-05-12", (14, 16): None, (16, 19): "/2021-05-09"}
    for (first, last), when in spans.items():
        assert {CONTACTS[row - 1]["when"] for row in range(first, last)} == {when}


@pytest.mark.parametrize("row", ROWS)
def test_status_is_what_the_accounts_bear_out(row: int) -> None:
    wanted = {1: "acknowledged", 2: "reported", 14: "planned", 15: "planned", 16: "reported"}
    wanted |= {17: "reported", 18: "reported"}
    assert status_of(CONTACTS[row - 1]) == wanted.get(row, "acknowledged")


@pytest.mark.parametrize("row", ROWS)
def test_every_contact_is_a_valid_body(row: int) -> None:
    body = ContactIn.model_validate(CONTACTS[row - 1])
    assert all(account.paraphrase for account in body.accounts)


def test_the_other_sections_are_valid_bodies() -> None:
    for actor in WORLD["actors"]:
        ActorIn.model_validate(actor)
    for source in WORLD["sources"]:
        SourceIn.model_validate(source)
    for episode in WORLD["episodes"]:
        EpisodeIn.model_validate(episode)
    for shape, section in ((AffiliationIn, "affiliations"), (DesignationIn, "designations")):
        for record in WORLD[section]:
            shape.model_validate({key: value for key, value in record.items() if key != "actor"})


def test_every_actor_mentioned_is_defined_once() -> None:
    given = {record.slug for record in (*states(), *organisations())}
    own = [actor["slug"] for actor in WORLD["actors"]]
    assert len(own) == len(set(own))
    assert given.isdisjoint(own)
    assert set(mentioned_actors()) - given - set(own) == set()


def test_every_own_actor_is_mentioned() -> None:
    assert {actor["slug"] for actor in WORLD["actors"]} - set(mentioned_actors()) == set()


def test_topics_sources_and_episodes_mentioned_are_defined() -> None:
    accounts = [account for contact in CONTACTS for account in contact["accounts"]]
    sources = {account[f] for account in accounts for f in ("source", "quoted_from") if f in account}
    named = {topic for record in (*CONTACTS, *accounts) for topic in record.get("topics", ())}
    assert sources == {source["slug"] for source in WORLD["sources"]}
    assert named <= {topic.slug for topic in topics()} | {topic["slug"] for topic in WORLD["topics"]}
    assert {e for c in CONTACTS for e in c["episodes"]} == {e["slug"] for e in WORLD["episodes"]}


def test_affiliations_join_kinds_that_may_be_joined_and_do_not_end_before_they_begin() -> None:
    kinds = kinds_by_slug()
    for record in WORLD["affiliations"]:
        below, above = ALLOWED_ENDS[record["relation"]]
        assert kinds[record["actor"]] in below, record
        assert kinds[record["target"]] in above, record
        since, until = record["since"], record["until"]
        if since not in (None, "..") and until not in (None, ".."):
            assert parse(since).earliest < parse(until).latest


def test_the_white_house_speaks_through_the_report_in_rows_7_to_13() -> None:
    for row in range(7, 14):
        account = CONTACTS[row - 1]["accounts"][0]
        assert account["speaker"] == "white-house"
        assert account["quoted_from"] == "white-house-readout-2021-05-12"


def test_open_lists_are_marked_where_the_documents_leave_them_open() -> None:
    marked = {row for row in ROWS if any(a.get("list_exhaustive") is False for a in CONTACTS[row - 1]["accounts"])}
    assert marked == {3, 4, 5, 6, 8, 9}


def test_what_biden_told_the_press_is_not_a_topic_of_the_call() -> None:
    call = CONTACTS[0]
    assert set(call["topics"]).isdisjoint(call["accounts"][0]["topics"])
    assert call["topics"] == call["accounts"][call["follows"]["topics"]]["topics"]
    assert len(call["commitments"]) == 2
