"""Tables: cells into bodies by a mapping, every fault at its line and column, a mapping drafted from a sample."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importers.choices import Choices
from importers.csv_contacts import EXAMPLE, EXAMPLE_MAPPING, edtf_of, read
from importers.csv_mapping import mapping_of
from importers.csv_rows import ROW_LINES_MAX, table_rows
from importers.csv_suggest import suggest
from importers.documents import Document
from importers.records import ActorRecord, AffiliationRecord, GivenContact, Outcome, Record
from models.contacts import ContactIn
from models.errors import InvalidRecord
from tests.importers.tables import FAULTS, GOOD, MAPPING, faulty, mapping, planted, table


def records(text: str | bytes, by: str = MAPPING) -> list[Record]:
    data = text.encode() if isinstance(text, str) else text
    return list(read([Document("t.csv", [data])], Choices(mapping=mapping(by))))


def bodies(found: list[Record]) -> list[ContactIn]:
    return [one.body for one in found if isinstance(one, GivenContact)]


def outcomes(found: list[Record]) -> list[tuple[int, str]]:
    return [(one.line, one.outcome) for one in found if isinstance(one, Outcome)]


def faults(found: list[Record]) -> list[tuple[int, str, str]]:
    return [(o.line, f.column, f.reason) for o in found if isinstance(o, Outcome) for f in o.faults]


def test_the_example_is_a_contact_of_two() -> None:
    [body] = bodies(records(EXAMPLE, EXAMPLE_MAPPING))
    assert (body.kind, body.when, [one.actor for one in body.participants]) == (
        "call", "2021-05-12", ["joe-biden", "benjamin-netanyahu"],
    )  # fmt: skip


def test_a_row_becomes_a_body_with_the_actors_it_names() -> None:
    found = records(table({"Theirs": "Ana Alva; Bo Brand"}, {"Theirs": "Ana Alva"}))
    first, second = bodies(found)
    assert first.model_dump(include={"kind", "when", "place", "duration_minutes", "topics"}) == {
        "kind": "meeting", "when": "2021-05-12", "place": "Paris", "duration_minutes": 30,
        "topics": ["economic", "military"],
    }  # fmt: skip
    assert [(one.actor, one.side, one.name_as_given) for one in first.participants] == [
        ("iso3:FRA", "ours", None),
        ("desk:actor/person-ana-alva@japan", None, "Ana Alva"),
        ("desk:actor/person-bo-brand@japan", None, "Bo Brand"),
    ]
    assert [(one.scheme, one.value) for one in (*first.identifiers, *second.identifiers)] == [
        ("desk", "1"),
        ("desk", "2"),
    ]
    account = first.accounts[0]
    assert (account.stance, account.credibility) == ("affirms", 2)
    assert account.source.published == "2021-05-13"  # type: ignore[union-attr]
    actors = [one for one in found if isinstance(one, ActorRecord)]
    assert [(one.name, one.state, one.provisional) for one in actors] == [
        ("Ana Alva", "japan", True), ("Bo Brand", "japan", True),
    ]  # fmt: skip
    assert [one.target_key for one in found if isinstance(one, AffiliationRecord)] == ["japan", "japan"]


def test_each_planted_fault_is_named_with_line_column_and_reason() -> None:
    found = records(faulty())
    told = faults(found)
    assert [(line, column) for line, column, _ in told] == planted()[:-2]
    for (_, _, reason), (_, _, words) in zip(told, FAULTS, strict=False):
        assert words.lower() in reason.lower()
    assert len(bodies(found)) == len(FAULTS) + 2


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a,b\n1,2\n", [(1, ("a", "b")), (2, ("1", "2"))]),
        ("\ufeffa,b\r\n\r\n1,2", [(1, ("a", "b")), (2, ()), (3, ("1", "2"))]),
        ('a,b\n"x\n""y"",",2\n3,4', [(1, ("a", "b")), (2, ('x\n"y",', "2")), (4, ("3", "4"))]),
    ],
)
def test_rows_begin_on_their_lines(text: str, wanted: list[tuple[int, tuple[str, ...]]]) -> None:
    rows = table_rows(Document("t", [text.encode()]), "utf-8", ",")
    assert [(row.line, row.cells) for row in rows] == wanted


def test_a_quote_that_is_never_closed_costs_one_row() -> None:
    text = "a,b\n1,2\n" + '"3,4\n' + "5,6\n" * (ROW_LINES_MAX + 5)
    rows = list(table_rows(Document("t", [text.encode()]), "utf-8", ","))
    assert [(row.line, bool(row.faults)) for row in rows] == [(n, n == 3) for n in range(1, ROW_LINES_MAX + 9)]
    short = list(table_rows(Document("t", [b'a,b\n"1,2\n3,4\n"5" x,6\n7,8\n']), "utf-8", ","))
    assert [(row.line, bool(row.faults)) for row in short] == [(1, False), (2, True), (3, False), (4, True), (5, False)]


def test_other_encodings_are_read_when_they_are_said() -> None:
    latin = table({"Place": "Zürich"}).encode("latin-1")
    [(line, column, reason)] = faults(records(latin))
    assert (line, column) == (2, "")
    assert "is no character in utf-8" in reason
    [body] = bodies(records(latin, MAPPING.replace('name = "desk"', 'name = "desk"\nencoding = "latin-1"')))
    assert body.place == "Zürich"


def test_a_header_that_does_not_fit_is_refused_once() -> None:
    header = ",".join(name for name in GOOD if name != "Place").replace("Kind", "Kind,Kind")
    found = records(f"{header}\n1,2,3\n")
    assert outcomes(found) == [(1, "refused")]
    assert [column for _, column, _ in faults(found)] == ["Kind", "Place"]


def test_rows_of_another_width_and_blank_ones() -> None:
    text = table({}) + "1,2\r\n" + "," * (len(GOOD) - 1) + "\r\n" + "\r\n"
    assert outcomes(records(text)) == [(2, "loaded"), (3, "refused"), (4, "left_out"), (5, "left_out")]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "desk"', "", "/name: This is needed and missing."),
        ('{ column = "Place" }', "{ }", "/fields/place: Give a column, a constant, or both."),
        ("kind = { column", "sort = { column", "/fields/sort"),
        ('name = "desk"', 'name = "desk"\nencoding = "utf-16"', "/encoding"),
        ('name = "desk"', 'name = "desk"\ndelimiter = ";;"', "/delimiter"),
        ('given_as = "name", ', "", "only names have a state beside them"),
        ("[[accounts]]", "[[accounts", "neither TOML nor JSON"),
        ('side = "ours"', 'role = "cook"', "/participants/0/role"),
    ],
)
def test_a_mapping_is_checked_before_the_first_row(old: str, new: str, words: str) -> None:
    with pytest.raises(InvalidRecord) as caught:
        mapping(MAPPING.replace(old, new))
    assert words.lower() in caught.value.detail.lower()


def test_a_mapping_may_be_json() -> None:
    assert mapping_of(mapping().model_dump_json(exclude_defaults=True).encode()) == mapping()


def test_a_draft_reads_the_table_it_was_made_of() -> None:
    text = (
        "Nr;Datum;Type;Attendees;Country;Place;Notes;Publisher;Headline\n"
        '1;12/05/2021;Phone call;Ana Alva | Bo Brand;France;Paris;"a ""b""\nc";Daily;A talk\n'
        "2;31/05/2021;Meeting;Cy Cole | Di Dahl;France;;;Daily;\n"
    )
    drafted = suggest(Document("Visits 2021.csv", [text.encode()]))
    found = list(read([Document("t", [text.encode()])], Choices(mapping=mapping_of(drafted.encode()))))
    assert outcomes(found) == [(2, "loaded"), (4, "loaded")]
    first, second = bodies(found)
    assert (first.kind, first.when, first.place, first.summary) == ("call", "2021-05-12", "Paris", 'a "b"\nc')
    assert [one.name_as_given for one in second.participants] == ["Cy Cole", "Di Dahl"]
    assert [one.accounts[0].source.title for one in (first, second)] == ["A talk", "Visits 2021.csv"]  # type: ignore[union-attr]
    assert [one.identifiers[0].value for one in (first, second)] == ["1", "2"]


def test_a_draft_says_what_it_doubts() -> None:
    drafted = suggest(Document("x.csv", ["Who,When,Colour\nÄnne,01/02/2021,red\n".encode("latin-1")]))
    assert 'encoding = "cp1252"  # not UTF-8; make sure' in drafted
    assert 'formats = ["%d/%m/%Y", "%m/%d/%Y"] }  # day or month first? keep one' in drafted
    assert '# Columns that this draft does not read: "Colour"' in drafted
    mapping_of(drafted.encode())


def test_a_draft_takes_slugs_for_references_and_no_count_for_a_participant() -> None:
    drafted = suggest(Document("x.csv", [b"when,participant_slugs,participant_count\n2021,joe-biden; iso3:ISR;,2\n"]))
    (column,) = mapping_of(drafted.encode()).participants
    assert (column.column, column.separator, column.given_as) == ("participant_slugs", ";", "reference")
    assert '# Columns that this draft does not read: "participant_count"' in drafted


CELLS = st.text(alphabet=st.sampled_from('ab,;"\n\r\x00é\u202e1./-:'), max_size=12)


@settings(max_examples=60)
@given(st.lists(st.lists(CELLS, max_size=5), max_size=5))
def test_hostile_tables_are_refused_never_more(rows: list[list[str]]) -> None:
    text = EXAMPLE + "\n".join(",".join(row) for row in rows)
    found = records(text.encode("utf-8", "replace"), EXAMPLE_MAPPING)
    assert {outcome for _, outcome in outcomes(found)} <= {"loaded", "left_out", "refused"}


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_a_draft_of_hostile_bytes_is_a_mapping_or_none(data: bytes) -> None:
    try:
        drafted = suggest(Document("x", [data]))
    except ValueError:
        return
    mapping_of(drafted.encode())


@pytest.mark.parametrize(
    ("cell", "form", "date"),
    [("March 0999", "%B %Y", "0999-03"), ("0999", "%Y", "0999"), ("1.3.0999", "%d.%m.%Y", "0999-03-01")],
)
def test_an_early_year_keeps_its_four_digits(cell: str, form: str, date: str) -> None:
    assert edtf_of(cell, form) == date
