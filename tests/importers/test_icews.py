"""ICEWS: what is a contact, what is folded, who the actors are."""

import pytest

from importers.event_folding import ACCOUNTS_MAX, DAYS_HELD
from importers.icews import EXAMPLE, party_of, read
from importers.records import ActorRecord, AffiliationRecord, Outcome, SourceRecord
from tests.importers.events import became, contacts, icews, records

MIRROR = {"Source Name": "Japan", "Source Country": "Japan", "Target Name": "France", "Target Country": "France"}


def test_the_example_loads_one_contact() -> None:
    found = records(read, EXAMPLE.encode())
    assert became(found) == [(2, "loaded", "")]
    [contact] = contacts(found)
    assert (contact.kind, contact.when, contact.place) == ("conversation", "2001-02-03", "Tokyo, Japan")


def test_a_contact_stands_twice_and_becomes_one() -> None:
    found = records(read, icews({}, MIRROR, {"Story ID": "10"}, {"CAMEO Code": "046"}))
    assert became(found) == [(2, "loaded", ""), (3, "folded", "mirror"), (4, "folded", "again"), (5, "loaded", "")]
    talk, negotiation = contacts(found)
    assert [(one.original_row, one.original_code, one.credibility) for one in talk.accounts] == [
        ("1\n2", "040", 6),
        ("3", "040", 6),
    ]
    assert negotiation.kind == "negotiation"
    sources = [one for one in found if isinstance(one, SourceRecord)]
    assert {(one.publisher_name, one.reliability) for one in sources} == {("Daily", "F")}


def test_the_visitors_row_and_the_hosts_are_one_visit() -> None:
    found = records(read, icews({"CAMEO Code": "043"}, {**MIRROR, "CAMEO Code": "042"}, {"CAMEO Code": "042"}))
    assert became(found) == [(2, "loaded", ""), (3, "folded", "mirror"), (4, "loaded", "")]
    there, back = contacts(found)
    assert [(one.actor_key, one.role) for one in there.participants] == [("japan", "visitor"), ("france", "host")]
    assert [(one.actor_key, one.role) for one in back.participants] == [("france", "visitor"), ("japan", "host")]
    assert there.accounts[0].original_code == "043; 042"


@pytest.mark.parametrize(
    ("code", "kind", "roles"),
    [
        ("040", "conversation", ["principal", "principal"]),
        ("04", "conversation", ["principal", "principal"]),
        ("041", "call", ["principal", "principal"]),
        ("044", "meeting", ["principal", "principal"]),
        ("045", "mediation", ["mediator", "party"]),
        ("046", "negotiation", ["principal", "principal"]),
    ],
)
def test_codes_say_the_kind(code: str, kind: str, roles: list[str]) -> None:
    [contact] = contacts(records(read, icews({"CAMEO Code": code})))
    assert (contact.kind, [one.role for one in contact.participants]) == (kind, roles)
    assert (contact.medium == "telephone") == (code == "041")


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ({"CAMEO Code": "036"}, "intent_to_meet"),
        ({"CAMEO Code": "0312"}, "intent"),
        ({"CAMEO Code": "026"}, "appeal"),
        ({"CAMEO Code": "125"}, "refusal"),
        ({"CAMEO Code": "1246"}, "refusal"),
        ({"CAMEO Code": "134"}, "refusal"),
        ({"CAMEO Code": "190"}, "other"),
        ({"Target Name": "NA"}, "no_second_actor"),
        ({"Target Name": "Citizen (International)", "Target Country": "NA"}, "no_place"),
        ({"Target Name": "France", "Target Country": "France"}, "same_actor"),
    ],
)
def test_what_is_no_contact_is_left_out_by_its_rule(row: dict[str, str], rule: str) -> None:
    found = records(read, icews(row))
    assert (became(found), contacts(found)) == ([(2, "left_out", rule)], [])


def test_an_intent_can_be_loaded_as_planned() -> None:
    [plan] = contacts(records(read, icews({"CAMEO Code": "036"}), intents=True))
    assert (plan.kind, plan.when, plan.accounts[0].stance) == ("engagement", None, "announces")
    assert plan.flags == ("A stated intent of 2001-02-03; whether it came to a contact is not known",)


def test_types_become_groups_of_their_state_and_names_people_with_sectors() -> None:
    citizen = party_of("Citizen (Vietnam)", "Vietnam", "Social")
    assert citizen is not None
    group, home = citizen.records
    assert isinstance(group, ActorRecord)
    assert (group.kind, group.state) == ("group", "vietnam")
    assert home == AffiliationRecord(group.key, "belongs_to", "vietnam", "..", "..")
    person = party_of("Ana Alva", "France", "Government,Regional")
    assert person is not None
    actor = person.records[0]
    assert isinstance(actor, ActorRecord)
    assert (actor.kind, actor.provisional, actor.state) == ("person", True, "france")
    own = [one for one in person.records if isinstance(one, AffiliationRecord) and one.subject_key == actor.key]
    assert [(one.target_key, one.since) for one in own] == [
        ("france", None), ("icews:actor/government-france@france", None), ("icews:actor/regional@", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "country", "sectors", "kind"),
    [
        ("Vietnam", "Vietnam", "NA", "vietnam"),
        ("Palestinian Territory, Occupied", "Occupied Palestinian Territory", "NA", "palestine"),
        ("European Union", "NA", "International Government Organization", "european-union"),
        ("Executive Office of the President", "United States", "Government", "organisation"),
        ("Al Jazeera", "Qatar", "News,Media", "organisation"),
        ("Sabor", "Croatia", "Unicameral", "organisation"),
        ("Catalonia", "Spain", "NA", "group"),
        ("Southeast Asia", "NA", "NA", "group"),
        ("Rex Tillerson", "United States", "NA", "person"),
        ("Georgia O'Keeffe", "Georgia", "Social", "person"),
    ],
)
def test_who_an_actor_is(name: str, country: str, sectors: str, kind: str) -> None:
    party = party_of(name, country, sectors)
    assert party is not None
    actor = party.records[0] if party.records else None
    assert (actor.kind if isinstance(actor, ActorRecord) else party.ref) == kind


@pytest.mark.parametrize(
    ("row", "places"),
    [
        ({"Event Date": "2001-02-30"}, ["Event Date"]),
        ({"CAMEO Code": "40"}, ["CAMEO Code"]),
        ({"Event ID": "x", "Story ID": "", "Event Date": "soon"}, ["Event ID", "Story ID", "Event Date"]),
        ({"City": "a\x00b"}, ["column 15"]),
        ({"City": "x" * 5_001}, ["column 15"]),
        ({"Longitude": "1\t2"}, [""]),
    ],
)
def test_a_bent_row_is_refused_at_its_columns(row: dict[str, str], places: list[str]) -> None:
    [outcome] = [one for one in records(read, icews(row)) if isinstance(one, Outcome)]
    assert (outcome.outcome, outcome.line, [one.column for one in outcome.faults]) == ("refused", 2, places)


def test_another_header_is_another_layout() -> None:
    assert became(records(read, b"a\tb\n")) == [(1, "refused", "refused")]


def test_a_row_given_twice_is_a_duplicate() -> None:
    found = records(read, icews({"Event ID": "7"}, {"Event ID": "7"}, {"Event ID": "7", "Event Date": "2001-02-04"}))
    assert became(found) == [(2, "loaded", ""), (3, "duplicate", "same_row"), (4, "loaded", "")]


def test_days_that_come_back_are_handed_over_under_the_same_key() -> None:
    days = [f"2001-02-{day:02}" for day in range(1, DAYS_HELD + 2)]
    rows = [{"Event Date": day} for day in (*days, days[0])]
    found = contacts(records(read, icews(*rows)))
    assert [one.when for one in found] == [*days[:2], *days[2:], days[0]]
    assert found[0].key == found[-1].key
    assert all(one.grows for one in found)


def test_more_accounts_than_a_body_takes_follow_in_another() -> None:
    found = contacts(records(read, icews(*({"Story ID": str(n)} for n in range(1, ACCOUNTS_MAX + 3)))))
    assert [len(one.accounts) for one in found] == [ACCOUNTS_MAX, 2]
    assert found[0].key == found[1].key
