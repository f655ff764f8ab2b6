"""Our own lines: what becomes a contact, and what is refused with its line, its pointer and the reason."""

import json
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importers.choices import Choices
from importers.documents import LINE_BYTES_MAX, Document, lines
from importers.ndjson import EXAMPLE, read
from importers.records import GivenContact, Outcome, Record

CALL = {
    "kind": "call",
    "when": "2021-05-12",
    "participants": [{"actor": "joe-biden"}, {"actor": "iso3:ISR"}],
    "accounts": [{"source": {"kind": "press_report", "title": "A call"}}],
}


def records(*pieces: bytes) -> list[Record]:
    return list(read([Document("file", pieces)], Choices()))


def outcomes(*pieces: bytes) -> list[Outcome]:
    return [one for one in records(*pieces) if isinstance(one, Outcome)]


def refused(line: object) -> tuple[tuple[str, str], ...]:
    [outcome] = outcomes(line if isinstance(line, bytes) else json.dumps(line).encode())
    assert outcome.outcome == "refused"
    return tuple((fault.column, fault.reason) for fault in outcome.faults)


def test_the_example_is_a_contact() -> None:
    contact, outcome = records(EXAMPLE.encode())
    assert isinstance(contact, GivenContact)
    assert isinstance(outcome, Outcome)
    assert (contact.body.kind, outcome.outcome, outcome.line) == ("call", "loaded", 1)


def test_a_contact_without_identifier_gets_one_of_what_it_says() -> None:
    shuffled = dict(reversed(CALL.items()))
    first, _, second, _ = records(json.dumps(CALL).encode() + b"\n" + json.dumps(shuffled).encode())
    other, _ = records(json.dumps({**CALL, "kind": "meeting"}).encode())
    assert isinstance(first, GivenContact)
    assert isinstance(second, GivenContact)
    assert isinstance(other, GivenContact)
    assert first.body.identifiers == second.body.identifiers != other.body.identifiers
    assert first.body.identifiers[0].scheme == "import"


def test_an_identifier_of_its_own_is_kept() -> None:
    own = {"scheme": "desk", "value": "7"}
    contact, outcome = records(json.dumps({**CALL, "identifiers": [own]}).encode())
    assert isinstance(contact, GivenContact)
    assert isinstance(outcome, Outcome)
    assert [one.model_dump() for one in contact.body.identifiers] == [own]
    assert outcome.id == "desk:7"


def test_lines_are_counted_with_blank_and_broken_ones() -> None:
    good = json.dumps(CALL).encode()
    found = outcomes(b"\xef\xbb\xbf" + good + b"\r\n", b"\r\n{\n", good[:20], good[20:])
    assert [(one.line, one.outcome) for one in found] == [(1, "loaded"), (2, "left_out"), (3, "refused"), (4, "loaded")]


@pytest.mark.parametrize(
    ("line", "place", "word"),
    [
        ({**CALL, "kind": "chat"}, "/kind", "must be one of"),
        ({**CALL, "participants": [{"actor": "a", "role": "cook"}, {"actor": "b"}]}, "/participants/0/role", "one of"),
        ({**CALL, "when": "2021-13"}, "/when", ""),
        ({**CALL, "place": "a\x00b"}, "/place", "NUL"),
        ({**CALL, "place": "x" * 501}, "/place", "at most 500"),
        ({key: CALL[key] for key in CALL if key != "accounts"}, "/accounts", "needed and missing"),
        ({**CALL, "wenn": "2021"}, "/wenn", "no such field"),
        ([CALL], "", "JSON object"),
        (b'{"kind": NaN}', "", "NaN"),
        (b'{"kind": "call", "kind": "call"}', "", "two members of one name"),
        (b"\xff\xfe{}", "", "UTF-8"),
        (b"[" * 100_000, "", "deeper"),
        (b'{"kind": ' + b"9" * 5_000 + b"}", "", "digits"),
        (b'{"kind": "call"', "", "goes wrong at character 16"),
    ],
)
def test_each_fault_has_its_place_and_reason(line: object, place: str, word: str) -> None:
    [(column, reason), *_] = refused(line)
    assert column == place
    assert word in reason
    assert reason.endswith(".")


def test_all_faults_of_a_line_are_named() -> None:
    places = [column for column, _ in refused({**CALL, "kind": "chat", "when": "soon", "place": ""})]
    assert sorted(places) == ["/kind", "/place", "/when"]


def test_a_line_longer_than_any_contact_is_refused_and_not_held() -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x" * (LINE_BYTES_MAX // 8)
        yield b"\n" + json.dumps(CALL).encode()

    found = [one for one in read([Document("file", endless())], Choices()) if isinstance(one, Outcome)]
    assert [(one.line, one.outcome) for one in found] == [(1, "refused"), (2, "loaded")]


@given(st.binary(max_size=300), st.integers(1, 50))
def test_lines_are_those_of_the_bytes_however_they_are_cut(data: bytes, step: int) -> None:
    cut = [data[at : at + step] for at in range(0, len(data), step)]
    wanted = data.split(b"\n")[: None if data and not data.endswith(b"\n") else -1]
    assert [line.data for line in lines(Document("file", cut))] == [line.removesuffix(b"\r") for line in wanted]


def one_each(found: Iterable[Record], data: bytes) -> None:
    told = [one.line for one in found if isinstance(one, Outcome)]
    assert told == list(range(1, len([*lines(Document("file", [data]))]) + 1))


@given(st.binary(max_size=200))
def test_hostile_bytes_are_refused_never_more(data: bytes) -> None:
    one_each(records(data), data)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*CALL, "topics", "x"]), inner),
    max_leaves=12,
)


@given(JSON, st.sampled_from([None, *CALL]))
def test_hostile_documents_are_refused_never_more(document: object, field: str | None) -> None:
    data = json.dumps(document if field is None else {**CALL, field: document}).encode()
    one_each(records(data), data)
