"""States that are put together before records are stored are those that the tables hold afterwards."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.contacts import add_account, create_contacts
from db.engine import Database
from db.new_states import json_moment
from db.record_states import columns, read_states
from db.records import Author, commit
from db.replay import check_history
from db.seed import seed
from models.accounts import Account, AccountIn
from models.contacts import Contact, ContactIn
from models.sources import Source

REPORT: dict[str, Any] = {
    **{"kind": "press_report", "title": "Née “Ö’”\\t", "publisher_name": "The Daily", "url": "https://daily.example/1"},
    **{"archived_url": "https://archive.example/1", "language": "fr", "published": "0301-05-13T10:00:00Z"},
    **{"updated": "later", "retrieved": "2021-06", "sha256": "0" * 64, "reliability": "B", "note": "Two\nlines."},
    **{"publisher": "france"},
}
FULL: dict[str, Any] = {
    **{"kind": "call", "when": "0301-05-12T10:00:00+02:00", "date_basis": "inferred", "medium": "telephone"},
    **{"duration_minutes": 30, "place": "Großstadt", "summary": "They\nspoke.", "talks": "direct"},
    "participants": [
        {"actor": "japan", "initiator": False, "presence": "remote", "name_as_given": "Nippon", "side": "b"},
        {"actor": "united-nations", "on_behalf_of": "france", "initiator": True, "level": "minister"},
    ],
    "identifiers": [{"scheme": "set", "value": "z"}, {"scheme": "set", "value": "É"}, {"scheme": "book", "value": "1"}],
    "topics": ["trade", "security"],
    "related": [{"relation": "follows", "contact": "set:0"}],
    "follows": {"when": 0},
    "accounts": [
        {
            **{"source": REPORT, "speaker": "france", "speaker_unnamed": True, "kind": "meeting", "when": "0301-05"},
            **{"duration_minutes": 20, "paraphrase": "Yes.", "credibility": 2, "list_exhaustive": False},
            **{"parties_met": True, "original_code": "040", "original_row": "7", "initiator": "japan"},
            **{"participants": ["japan", "united-nations"], "topics": ["trade"]},
        },
        {"source": {"kind": "remarks", "title": "Remarks"}, "stance": "denies", "denies": ["japan"]},
    ],
    "commitments": [{"text": "To meet again.", "by": ["japan"], "due": "0302", "accounts": [0]}],
}
PLAIN: dict[str, Any] = {
    **{"kind": "meeting", "identifiers": [{"scheme": "set", "value": "0"}]},
    "participants": [{"actor": "japan"}, {"actor": "france"}],
    "accounts": [{"source": {"kind": "remarks", "title": "Nothing more"}}],
}


def write(session: Session) -> list[int]:
    seed(session)
    topics = session.execute(text("SELECT slug FROM topic ORDER BY slug LIMIT 2")).scalars().all()
    full = FULL | {"topics": topics}
    full["accounts"] = [full["accounts"][0] | {"topics": topics[:1]}, full["accounts"][1]]
    create_contacts(session, [ContactIn.model_validate(PLAIN)])
    return create_contacts(session, [ContactIn.model_validate(full)])


def test_states_at_hand_are_those_of_the_tables(session: Session) -> None:
    write(session)
    made = session.info["made"]
    assert [noun for noun, _ in made] == ["source", "contact", "account"] + ["source"] * 2 + ["contact"] + [
        "account"
    ] * 2
    for (noun, number), state in made.items():
        assert read_states(session, noun, [number]) == {number: state}
    said = set().union(*(state for (noun, _), state in made.items() if noun == "account"))
    never = {"quoted_from_id", "withdrawn_at", "withdrawal_reason"}
    assert {*columns(Account), "participant_ids", "denied_ids", "topic_ids"} - said == never
    said = set().union(*(state for (noun, _), state in made.items() if noun == "source"))
    assert set(columns(Source)) - said == {"slug", "supersedes_id", "retracted_at", "retraction_reason"}
    said = set().union(*(state for (noun, _), state in made.items() if noun == "contact"))
    assert {"topic_ids", "relations", "identifiers", "offset_minutes", "follows"} <= said
    assert said <= {*columns(Contact), "participants", "identifiers", "topic_ids", "relations"}


def test_what_changes_after_it_was_made_is_read_again(clone: Database) -> None:
    with clone.session() as session:
        number = write(session)[0]
        body = {"source": {"kind": "press_report", "title": "Another"}, "stance": "denies"}
        add_account(session, number, AccountIn.model_validate(body))
        assert ("contact", number) not in session.info["made"]
        commit(session, Author())
    with clone.session() as session:
        assert check_history(session).faults == []
        after = text("SELECT after ->> 'version' FROM history WHERE noun = 'contact' AND record_id = :id")
        assert session.execute(after, {"id": number}).scalars().all() == ["2"]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(1, 1, 1),
        datetime(301, 5, 12, 10, 30, 0, 500_000),
        datetime(2021, 5, 12, 0, 0, 0, 120, tzinfo=UTC),
        datetime(2021, 5, 12, 23, 59, 30, tzinfo=UTC),
    ],
)
def test_moments_are_written_as_the_database_does(session: Session, moment: datetime) -> None:
    kind = "timestamptz" if moment.tzinfo else "timestamp"
    assert json_moment(moment) == session.execute(text(f"SELECT to_jsonb(CAST(:m AS {kind}))"), {"m": moment}).scalar()
