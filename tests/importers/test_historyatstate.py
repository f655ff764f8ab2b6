"""From files to records: what each kind of row becomes, and what is refused."""

from pathlib import Path
from xml.sax import SAXParseException

import pytest

from importers.historyatstate import count_rows, read
from importers.records import ActorRecord, AffiliationRecord, ContactRecord, Outcome, ParticipantRecord, Record

VISIT = """<visit><id>{id}</id><start-date>{start}</start-date><end-date>{end}</end-date>
<visitor>{who}</visitor><from id="{state}">x</from><description>{text}</description></visit>"""
TRIP = """<trip role="{role}" who="{who}"><id>{id}</id><role>{role}</role><name>{name}</name>
<start-date>{start}</start-date><end-date>{end}</end-date><country id="{state}">{shown}</country>
<locale>Town</locale><remarks>{text}</remarks></trip>"""
PRESIDENTS = """<presidents><president n="1"><id>alva-ana</id><name>Ana Alva</name>
<took-office-date>1970-01-20</took-office-date><left-office-date>1974-01-20</left-office-date></president></presidents>"""


def visit(**fields: str) -> str:
    default = {"id": "1", "start": "1971-05-01", "end": "1971-05-03", "who": "King Bo", "state": "jordan", "text": ""}
    return VISIT.format(**(default | fields))


def trip(**fields: str) -> str:
    default = {"id": "1", "start": "1971-06-01", "end": "1971-06-02", "state": "france", "shown": "France", "text": ""}
    who = {"role": "secretary", "who": "cole-carl", "name": "Carl Cole"}
    return TRIP.format(**(default | who | fields))


@pytest.fixture
def loaded(tmp_path: Path):
    """Reads a folder made of the given visits and trips."""

    def load(visits: str = "", trips: str = "") -> list[Record]:
        for folder, element, rows in (("visits", "visits", visits), ("secretary-travels", "trips", trips)):
            (tmp_path / folder).mkdir(exist_ok=True)
            (tmp_path / folder / "a.xml").write_text(f"<{element}>\n{rows}\n</{element}>", encoding="utf-8")
        (tmp_path / "presidents.xml").write_text(PRESIDENTS, encoding="utf-8")
        return list(read(tmp_path))

    return load


def contacts(records: list[Record], kind: str) -> list[ContactRecord]:
    return [record for record in records if isinstance(record, ContactRecord) and record.kind == kind]


def outcomes(records: list[Record]) -> list[tuple[str, str]]:
    return [(record.row, record.outcome) for record in records if isinstance(record, Outcome)]


def roles(contact: ContactRecord) -> list[tuple[str, str]]:
    return [(each.actor_key.removeprefix("historyatstate:"), each.role) for each in contact.participants]


def test_visit_with_a_meeting_has_host_and_the_president_of_the_day(loaded) -> None:
    records = loaded(visit(text="Official working visit. Met with the President May 2."))
    [stay] = contacts(records, "visit")
    assert (stay.when, stay.protocol, stay.place) == ("1971-05-01/1971-05-03", "official_working", "United States")
    assert roles(stay) == [("person/jordan/king/bo/1971", "visitor"), ("united-states", "host")]
    [meeting] = contacts(records, "meeting")
    assert (meeting.when, meeting.part_of) == ("1971-05-02", stay.key)
    assert meeting.participants[1] == ParticipantRecord(
        "historyatstate:person/united-states/alva-ana",
        "principal",
        "historyatstate:office/united-states/president",
        None,
        "head_of_state",
        "the President",
    )


def test_president_holds_the_office_by_the_dates_of_the_file(loaded) -> None:
    records = loaded(visit(text="Met with President Alva."))
    holds = [record for record in records if isinstance(record, AffiliationRecord) and record.relation == "holds"]
    assert [(each.since, each.until) for each in holds] == [("1970-01-20", "1974-01-20")]


def test_private_visit_is_to_a_place(loaded) -> None:
    records = loaded(visit(text="Private visit."))
    [stay] = contacts(records, "visit")
    assert (stay.protocol, stay.participants[1].role) == ("private", "venue")
    assert contacts(records, "meeting") == []


def test_two_visitors_travel_together(loaded) -> None:
    [stay] = contacts(loaded(visit(who="King Bo and Crown Prince Dan", text="Working visit.")), "visit")
    assert [each.role for each in stay.participants] == ["visitor", "visitor", "host"]


def test_meeting_abroad_without_the_hosts_leaves_the_place_a_venue(loaded) -> None:
    records = loaded(trips=trip(text="Met with King Bo of Jordan."))
    [stay] = contacts(records, "visit")
    [meeting] = contacts(records, "meeting")
    assert stay.participants[1] == ParticipantRecord("france", "venue")
    assert meeting.when == "[1971-06-01..1971-06-02]"
    assert meeting.participants[1].capacity_key == "historyatstate:office/jordan/king"


def test_former_and_elect_have_a_state_but_no_office(loaded) -> None:
    records = loaded(trips=trip(text="Met with former President Dan and President-elect Eve."))
    assert [meeting.participants[1].capacity_key for meeting in contacts(records, "meeting")] == [None, None]
    states = [r.target_key for r in records if isinstance(r, AffiliationRecord) and r.relation == "belongs_to"]
    assert states.count("france") == 2


def test_own_countrymen_are_no_counterparts_abroad(loaded) -> None:
    records = loaded(trips=trip(text="Met with President Alva, Ambassador Fox and President Dan."))
    assert [each.participants[1].name_as_given for each in contacts(records, "meeting")] == ["President Dan"]


def test_rows_of_one_summit_share_the_gathering(loaded) -> None:
    rows = trip(text="Attended NATO Summit Meeting.") + trip(
        id="2", who="dahl-d", name="D. Dahl", start="1971-06-02", text="Accompanied President Alva to the NATO Summit."
    )
    [gathering] = contacts(loaded(trips=rows), "gathering")
    assert gathering.when == "[1971-06-01..1971-06-02]"
    assert len(gathering.participants) == 2
    assert gathering.accounts[0].original_row.splitlines() == [
        "secretary-travels/a.xml:2 trip/1",
        "secretary-travels/a.xml:4 trip/2",
    ]


def test_repeated_rows_name_the_row_they_repeat(loaded) -> None:
    rows = trip(text="Met with President Dan.") + trip(id="2", text="Met with President Dan")
    records = loaded(trips=rows)
    assert outcomes(records) == [("trip/1", "loaded"), ("trip/2", "duplicate")]
    assert [r.reason for r in records if isinstance(r, Outcome)][1] == "repeats trip/1"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"start": "1971"}, "start-date is not a day written as YYYY-MM-DD"),
        ({"start": "1971-02-30"}, "start-date is not a day written as YYYY-MM-DD"),
        ({"end": "1971-04-30"}, "end-date is before start-date"),
        ({"who": ""}, "nobody is named as the visitor"),
        ({"state": ""}, "the country has no id"),
        ({"id": ""}, "the row has no id"),
        ({"text": "and " * 1_001}, "a text is longer than 4,000 characters, which no visit needs"),
    ],
)
def test_unsound_rows_are_refused_with_line_and_reason(loaded, fields: dict[str, str], reason: str) -> None:
    records = loaded(visit(id="7") + "\n" + visit(**fields))
    last = [record for record in records if isinstance(record, Outcome)][-1]
    assert (last.outcome, last.reason, last.file, last.line) == ("refused", reason, "visits/a.xml", 4)
    assert len(contacts(records, "visit")) == 1


def test_an_id_used_twice_is_refused_once(loaded) -> None:
    records = loaded(visit() + visit(who="King Dan"))
    assert [outcome for _, outcome in outcomes(records)] == ["loaded", "refused"]


def test_surname_only_people_are_provisional(loaded) -> None:
    records = loaded(trips=trip(text="Met with President Dan and Foreign Minister Eva Fox."))
    people = {r.name: r.provisional for r in records if isinstance(r, ActorRecord) and r.kind == "person"}
    assert people == {"Carl Cole": False, "President Dan": True, "Eva Fox": False}


def test_rows_are_counted_without_reading_them(loaded, tmp_path: Path) -> None:
    records = loaded(visit() + visit(id="2", who="King Dan"), trip())
    assert count_rows(tmp_path) == len(outcomes(records)) == 3


def test_a_folder_without_the_files_and_a_broken_file_say_so(tmp_path: Path, loaded) -> None:
    with pytest.raises(FileNotFoundError, match="name the folder that holds them"):
        list(read(tmp_path))
    with pytest.raises(SAXParseException, match=r"a\.xml"):
        loaded("<visit>")
