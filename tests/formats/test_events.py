"""What becomes of a contact in feeds, calendars, event data and entities; and of its bounds in spells."""

import json
from datetime import UTC, date, datetime
from typing import Any

import feedparser
import icalendar
import pytest

from formats import cameo, followthemoney, plover
from formats.gexf import spells_of
from formats.registry import formats_of
from formats.shapes import About, Content, Options
from formats.tables import BY_NAME

CHANGED = datetime(2021, 5, 13, 9, tzinfo=UTC)
ABOUT = About("contacts", "http://host/v1/contacts.atom?kind=call", "http://host", "one", 3, CHANGED)


def person(slug: str, **more: Any) -> dict[str, Any]:
    link = {"id": f"act_{slug}", "slug": slug, "name": slug.title(), "kind": "person"}
    return {"actor": link, "capacity": None, "role": "principal", "initiator": None, **more}


def contact(**more: Any) -> dict[str, Any]:
    """Returns a call of two on a day."""
    return {
        "id": "con_1",
        "kind": "call",
        "status": "confirmed",
        "when": "2021-05-12",
        "earliest": "2021-05-12T00:00:00",
        "latest": "2021-05-13T00:00:00",
        "duration_minutes": None,
        "place": None,
        "summary": None,
        "participants": [person("ann"), person("bob")],
        "topics": [],
        "account_count": 1,
        "version": 2,
        "recorded_at": "2021-05-12T20:00:00+00:00",
        "changed_at": CHANGED.isoformat(),
        "links": {"self": "/v1/contacts/con_1"},
        **more,
    }


def written(suffix: str, *contacts: dict[str, Any]) -> str:
    texts = list(map(json.dumps, contacts))
    content = Content(BY_NAME["contacts"], lambda: texts, about=ABOUT)
    return b"".join(formats_of("contacts")[suffix].write(content, Options())).decode()


def test_a_feed_is_valid_and_its_ids_stay() -> None:
    nasty = contact(id="con_2", when=None, summary="<b>&\x01\r\n]]>", topics=[{"slug": "military"}])
    feed = feedparser.parse(written("atom", contact(), nasty))
    assert not feed.bozo
    assert feed.version == "atom10"
    assert feed.feed.updated == CHANGED.isoformat()
    assert feed.feed.links[0].rel == "self"
    first, second = feed.entries
    assert [link.href for link in first.links] == ["http://host/v1/contacts/con_1"]
    assert first.updated == CHANGED.isoformat()
    assert first.title == "Call, 2021-05-12: Ann, Bob"
    assert {tag.term for tag in second.tags} == {"call", "confirmed", "military"}
    again = feedparser.parse(written("atom", contact(status="disputed", version=3)))
    assert again.entries[0].id == first.id != second.id


def events(*contacts: dict[str, Any]) -> list[Any]:
    calendar = icalendar.Calendar.from_ical(written("ics", *contacts))
    return list(calendar.walk("VEVENT"))


def test_a_day_is_a_day_and_an_instant_an_instant() -> None:
    instant = {"when": "2021-05-12T17:19+03:00", "earliest": "2021-05-12T17:19:00", "latest": "2021-05-12T17:20:00"}
    (day,), (moment,) = events(contact(status="planned")), events(contact(**instant, duration_minutes=30))
    assert (day.decoded("dtstart"), day.decoded("dtend")) == (date(2021, 5, 12), date(2021, 5, 13))
    assert (str(day["status"]), str(day["summary"])) == ("TENTATIVE", "Call: Ann, Bob")
    assert moment.decoded("dtstart") == datetime(2021, 5, 12, 14, 19, tzinfo=UTC)
    assert moment.decoded("dtend") == datetime(2021, 5, 12, 14, 49, tzinfo=UTC)
    (floating,) = events(contact(**{**instant, "when": "2021-05-12T17:19"}))
    assert floating.decoded("dtstart") == datetime(2021, 5, 12, 17, 19)


@pytest.mark.parametrize("when", ["2021-05", "[2021-05-01..2021-05-31]", "2021-05~"])
def test_some_time_within_says_so_and_blocks_nothing(when: str) -> None:
    (event,) = events(contact(when=when, earliest="2021-05-01T00:00:00", latest="2021-06-01T00:00:00"))
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (date(2021, 5, 1), date(2021, 6, 1))
    assert str(event["summary"]).startswith("(some time within)")
    assert (str(event["transp"]), str(event["status"])) == ("TRANSPARENT", "TENTATIVE")


def test_no_calendar_without_two_ends_and_no_line_out_of_a_text() -> None:
    assert events(contact(when="/2021-05-12", earliest=None), contact(when=None, earliest=None, latest=None)) == []
    (event,) = events(contact(summary="x\r\nATTENDEE:mailto:a@example.org\nEND:VEVENT"))
    assert "attendee" not in event
    assert str(event["uid"]) == str(events(contact(status="planned"))[0]["uid"])


@pytest.mark.parametrize(
    ("kind", "roles", "status", "rows"),
    [
        ("call", ("principal", "principal"), "confirmed", [("041", "a")]),
        ("visit", ("host", "visitor"), "confirmed", [("042", "b"), ("043", "a")]),
        ("mission", ("envoy", "host"), "reported", [("042", "a"), ("043", "b")]),
        ("mediation", ("party", "mediator"), "reported", [("045", "b")]),
        ("negotiation", ("principal", "principal"), "disputed", [("046", "a")]),
        ("meeting", ("principal", "principal"), "planned", [("036", "a")]),
        ("message", ("sender", "recipient"), "confirmed", []),
        ("call", ("principal", "principal"), "denied", []),
    ],
)
def test_cameo_codes(kind: str, roles: tuple[str, str], status: str, rows: list[tuple[str, str]]) -> None:
    edge = {"contact_kind": kind, "contact_status": status, "initiated_by": None}
    edge |= {"source_roles": roles[0], "target_roles": roles[1]}
    assert [(code, "b" if turned else "a") for code, turned in cameo.events_of(edge)] == rows
    if kind == "call" and rows:
        assert list(cameo.events_of({**edge, "initiated_by": "target"})) == [("041", True)]


def test_plover_has_lists_and_knows_what_is_no_consultation() -> None:
    visit = contact(
        kind="visit",
        participants=[person("host", role="host"), person("ann", role="visitor"), person("eve", role="interpreter")],
        topics=[{"slug": "human-rights"}, {"slug": "of-our-own"}],
    )
    event = plover.event_of(visit)
    assert event is not None
    assert [one["slug"] for one in event["actors"]] == ["ann"]
    assert [one["slug"] for one in event["recipients"]] == ["host"]
    assert (event["event_type"], event["event_mode"], event["contexts"]) == ("CONSULT", "visit", ["human_rights"])
    assert (event["date"], event["date_end"]) == ("2021-05-12", "2021-05-12")
    planned = plover.event_of(contact(status="planned"))
    assert planned is not None
    assert (planned["event_type"], planned["contexts"]) == ("AGREE", ["diplomatic"])
    assert plover.event_of(contact(kind="message")) is None
    assert plover.event_of(contact(status="cancelled")) is None
    called = plover.event_of(contact(participants=[person("ann"), person("bob", initiator=True)]))
    assert called is not None
    assert [one["slug"] for one in called["actors"]] == ["bob"]


@pytest.mark.parametrize(
    ("when", "dates"),
    [
        ("2021-05-12", {"date": "2021-05-12"}),
        ("2021-05~", {"date": "2021-05"}),
        ("2021-05-12T17:19+03:00", {"date": "2021-05-12"}),
        ("2021-05-12/2021-05-14", {"startDate": "2021-05-12", "endDate": "2021-05-14"}),
        ("[2021-05-12..2021-05-14]", {}),
        ("/2021-05-12", {}),
        (None, {}),
    ],
)
def test_followthemoney_has_only_dates_it_can_hold(when: str | None, dates: dict[str, str]) -> None:
    assert followthemoney.dates_of(when) == dates


def test_entities_are_valid_followthemoney() -> None:
    ftm = pytest.importorskip("followthemoney", reason="followthemoney needs ICU, and is not installed here")
    link = {"id": "act_ann", "slug": "ann", "name": "Ann", "kind": "person", "identifiers": []}
    state = {
        "id": "act_bob",
        "slug": "bob",
        "name": "Bob",
        "kind": "state",
        "identifiers": [{"scheme": "iso2", "value": "IL"}],
    }
    for entity in [
        *map(followthemoney.actor_entity, (link, state, {**link, "kind": "office"})),
        followthemoney.event_entity(contact(place="Geneva", topics=[{"label": "War"}]), "http://example.org"),
    ]:
        proxy = ftm.model.get_proxy(entity, cleaned=False)
        assert set(proxy.properties) == set(entity["properties"])
        ftm.model.get(entity["schema"]).validate(entity)


@pytest.mark.parametrize(
    ("bounds", "spells"),
    [
        (
            ("2021-05-12T00:00:00", "2021-05-13T00:00:00"),
            '<spell start="2021-05-12T00:00:00" end="2021-05-12T23:59:59"/>',
        ),
        ((None, "2021-05-13T00:00:00"), '<spell end="2021-05-12T23:59:59"/>'),
        (("2021-05-12T00:00:00", None), '<spell start="2021-05-12T00:00:00"/>'),
        ((None, None), ""),
    ],
)
def test_half_open_bounds_become_spells(bounds: tuple[str | None, str | None], spells: str) -> None:
    assert spells_of([bounds]) == (f"<spells>{spells}</spells>" if spells else "")
