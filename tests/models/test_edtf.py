"""Dates: the tables of docs/dates.md, properties of bounds, hostile texts, and a second implementation."""

import re
from datetime import datetime
from pathlib import Path

import pytest

from models import edtf
from models.edtf import EdtfError, match_window, parse

DATES_DOC = Path(__file__).resolve().parents[2] / "docs" / "dates.md"


def doc_rows(heading: str) -> list[list[str]]:
    """The body rows of the one table under a heading of docs/dates.md."""
    section = DATES_DOC.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]


def bound(cell: str) -> datetime | None:
    return None if cell == "–" else datetime.fromisoformat(cell)


READABLE_ROWS = doc_rows("What you can write")
WINDOW_ROWS = doc_rows("What a window matches")
REFUSED_ROWS = doc_rows("What is refused, and what to write instead")


def test_the_tables_of_the_page_are_found() -> None:
    assert (len(READABLE_ROWS), len(WINDOW_ROWS), len(REFUSED_ROWS)) == (25, 5, 15)


@pytest.mark.parametrize("row", READABLE_ROWS, ids=lambda row: row[0])
def test_documented_dates_have_the_documented_bounds(row: list[str]) -> None:
    text, _, earliest, latest, to_the_day = row
    read = parse(text)
    assert (read.text, read.earliest, read.latest) == (text, bound(earliest), bound(latest))
    assert read.coarser_than_day is (to_the_day == "no")


@pytest.mark.parametrize("row", WINDOW_ROWS, ids=lambda row: row[0])
def test_documented_dates_match_the_documented_windows(row: list[str]) -> None:
    text, begins, ends = row
    assert (match_window(parse(text)) or (None, None)) == (bound(begins), bound(ends))


@pytest.mark.parametrize("row", REFUSED_ROWS, ids=lambda row: row[0])
def test_documented_refusals_are_refused_and_their_advice_is_readable(row: list[str]) -> None:
    refused, _, instead = row
    with pytest.raises(EdtfError, match=r"^[A-Z].*[.\]]$"):
        parse(refused)
    parse(instead)


@pytest.mark.parametrize(
    ("text", "approximate", "uncertain"),
    [
        ("2021-05-12", False, False),
        ("2021-05-12~", True, False),
        ("2021-05-12?", False, True),
        ("2021-05-12%", True, True),
        ("2021~/2022?", True, True),
        ("[..2022?]", False, True),
        ("201X~", True, False),
    ],
)
def test_qualifiers_set_flags_and_do_not_widen(text: str, approximate: bool, uncertain: bool) -> None:
    read, bare = parse(text), parse(re.sub("[~?%]", "", text))
    assert (read.approximate, read.uncertain) == (approximate, uncertain)
    assert (read.earliest, read.latest) == (bare.earliest, bare.latest)


@pytest.mark.parametrize(
    ("text", "start", "end", "throughout"),
    [
        ("2021-05-12/2021-05-14", "known", "known", True),
        ("[2021-05-12..2021-05-14]", "known", "known", False),
        ("/2021-05-12", "unknown", "known", False),
        ("2021-05-12/", "known", "unknown", False),
        ("../2021-05-12", "open", "known", False),
        ("2021-05-12/..", "known", "open", False),
        ("[..2021-05-12]", "open", "known", False),
        ("[2021-05-12..]", "known", "open", False),
        ("/..", "unknown", "open", False),
        ("/", "unknown", "unknown", False),
    ],
)
def test_unknown_and_open_ends_are_told_apart(text: str, start: str, end: str, throughout: bool) -> None:
    read = parse(text)
    assert (read.start, read.end, read.throughout, read.precision) == (start, end, throughout, "interval")


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        ("2021-05-12T17:19", "instant"),
        ("2021-05-12", "day"),
        ("2021-05-XX", "month"),
        ("2021-05", "month"),
        ("2021-XX-XX", "year"),
        ("2021", "year"),
        ("201X", "decade"),
        ("20XX", "century"),
    ],
)
def test_the_stated_precision_is_named(text: str, precision: str) -> None:
    assert parse(text).precision == precision


@pytest.mark.parametrize(
    ("suffix", "offset_minutes"),
    [("", None), ("Z", 0), ("+00:00", 0), ("+03", 180), ("-04:30", -270), ("+14:00", 840), ("-14:00", -840)],
)
def test_an_offset_is_kept_and_leaves_the_civil_bounds_alone(suffix: str, offset_minutes: int | None) -> None:
    read = parse(f"2021-05-12T01:00{suffix}")
    assert read.offset_minutes == offset_minutes
    assert read.earliest == datetime(2021, 5, 12, 1)


@pytest.mark.parametrize(
    ("text", "coarser"),
    [
        ("2021-05-12/2021-05-12", False),
        ("[2021-05-12..2021-05-12]", False),
        ("[2021-05-12..2021-05-13]", True),
        ("2021-05-12/2021-06", True),
        ("2021-05-12T17:19Z", False),
    ],
)
def test_only_texts_that_leave_the_day_open_are_coarser(text: str, coarser: bool) -> None:
    assert parse(text).coarser_than_day is coarser


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "leave it out"),
        ("2021-33", "Seasons"),
        ("2021-13", "01 to 12"),
        ("2021-00", "01 to 12"),
        ("2100-02-29", "no day 29"),
        ("20210512", "hyphens"),
        ("2021-5-2", "two digits"),
        ("0000", "0001 to 9998"),
        ("-0044", "0001 to 9998"),
        ("9999-12-31T23:59", "0001 to 9998"),
        ("999X", "0001 to 9998"),
        ("00XX", "0001 to 9998"),
        ("99XX", "0001 to 9998"),
        ("Y-170000002", "0001 to 9998"),
        ("170000", "0001 to 9998"),
        ("1950S2", "significant digits"),
        ("2021-W19", "Week"),
        ("2021-132", "within the year"),
        ("2021..2022", "Two dots"),
        ("[..]", "at least one side"),
        ("[2021]", "two dots between"),
        ("[2021..2022", "two dots between"),
        ("[2021..2022]~", "two dots between"),
        ("[2022..2021]", "ends before it begins"),
        ("2021-06/2021-05-31", "ends before it begins"),
        ("[2021,2022]", "Lists"),
        ("2021/2022/2023", "slash"),
        ("[2021/2022]", "slash"),
        ("2021-05-12T17", "time of day in full"),
        ("2021-05-12T17:19:30+0300", "time of day in full"),
        ("2021-05-12T17:19~", "without a time of day"),
        ("2021-05-12T17:60", "00 to 59"),
        ("2021-05-12T17:19+14:01", r"-14:00 and \+14:00"),
        ("2021-05-12T17:19+03:60", r"-14:00 and \+14:00"),
        ("2021-05-12t17:19", "capital T"),
        ("2021-05-12 17:19", "capital T"),
        ("201x", "capital X"),
        ("2XXX", "X may stand only"),
        ("XXXX", "X may stand only"),
        ("201X-05", "X may stand only"),
        ("?2021", "at the end"),
        ("2021-05-12 and then some", "Put|Write"),
        ("2021-05-12\x00", "Write a date"),
        ("２０２１", "digits 0 to 9"),
        ("\ud800", "digits 0 to 9"),
        ("12 May 2021", "Write a date"),
        ("2021-05-12" * 10_000, "at most 64"),
    ],
)
def test_a_refusal_says_what_to_write(text: str, advice: str) -> None:
    with pytest.raises(EdtfError, match=advice) as refused:
        parse(text)
    assert len(str(refused.value)) < 300


def test_surrounding_blanks_are_dropped_and_inner_ones_refused() -> None:
    assert parse(" 2021-05-12\n").text == "2021-05-12"
    with pytest.raises(EdtfError):
        parse("2021-05-12 / 2021-05-14")


def test_the_first_and_last_day_have_bounds() -> None:
    assert parse("0001-01-01").earliest == datetime.min
    assert parse("9998-12-31").latest == datetime(9999, 1, 1)


@pytest.mark.parametrize("filler", ["0", "X", "2021-", "9:", "T", ",", "[", "~", "u", "+", " ", "2021-05-12T0"])
def test_no_pattern_blows_up_on_a_long_text(filler: str) -> None:
    long_text = (filler * 100_000)[:100_000] + "\x00"
    assert edtf._DATE.fullmatch(long_text) is None
    assert edtf._INSTANT.fullmatch(long_text) is None
    assert any(pattern.match(long_text) for pattern, _ in edtf._HINTS)
