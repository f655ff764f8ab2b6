"""Dates: the tables of docs/dates.md, properties of bounds, hostile texts, and a second implementation."""

import re
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import edtf as peer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import edtf
from models.edtf import Edtf, EdtfError, match_window, parse

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


def known_bounds(text: str) -> tuple[datetime, datetime]:
    read = parse(text)
    assert read.earliest is not None
    assert read.latest is not None
    return read.earliest, read.latest


def reading(text: str) -> Edtf | str:
    """What parse makes of a text, or the sentence with which it refuses."""
    try:
        return parse(text)
    except EdtfError as refused:
        return str(refused)


days = st.dates(date(1, 1, 1), date(9998, 12, 31))


@st.composite
def plain_dates(draw: st.DrawFn) -> str:
    """A date without a time of day, of any shape, that is readable unless its digits reach year 0 or 9999."""
    day = draw(days)
    year, month = f"{day.year:04}", f"{day.month:02}"
    shapes = (
        day.isoformat(),
        f"{year}-{month}",
        year,
        f"{year}-{month}-XX",
        f"{year}-XX",
        f"{year}-XX-XX",
        f"{max(day.year, 10):04}"[:3] + "X" if day.year < 9990 else year,
        f"{max(day.year, 100):04}"[:2] + "XX" if day.year < 9900 else year,
    )
    return draw(st.sampled_from(shapes)) + draw(st.sampled_from(("", "~", "?", "%")))


@given(days)
def test_a_day_spans_itself(day: date) -> None:
    midnight = datetime(day.year, day.month, day.day)
    read = parse(day.isoformat())
    assert (read.earliest, read.latest) == (midnight, midnight + timedelta(days=1))


@given(days)
def test_coarser_shapes_contain_finer_ones(day: date) -> None:
    texts = (day.isoformat(), day.isoformat()[:7], day.isoformat()[:4])
    for (begins, ends), (coarser_begins, coarser_ends) in pairwise(known_bounds(text) for text in texts):
        assert coarser_begins <= begins < ends <= coarser_ends


@given(st.datetimes(datetime(1, 1, 1), datetime(9998, 12, 31, 23, 59)), st.booleans())
def test_an_instant_spans_its_stated_precision(instant: datetime, with_seconds: bool) -> None:
    text = instant.isoformat(timespec="seconds" if with_seconds else "minutes")
    begins, ends = known_bounds(text)
    assert begins <= instant < ends
    assert ends - begins == timedelta(seconds=1 if with_seconds else 60)


@given(plain_dates(), plain_dates())
def test_an_interval_joins_its_ends_or_is_reversed(first: str, second: str) -> None:
    begins, ends = known_bounds(first)[0], known_bounds(second)[1]
    for text in (f"{first}/{second}", f"[{first}..{second}]"):
        if begins >= ends:
            assert reading(text) == "The interval ends before it begins: put the earlier date first."
        else:
            assert known_bounds(text) == (begins, ends)
            assert match_window(parse(text)) == (begins, ends)
            assert parse(text).throughout is ("/" in text)


@given(plain_dates(), st.sampled_from(("/{}", "{}/", "../{}", "{}/..", "[..{}]", "[{}..]")))
def test_a_half_known_interval_matches_as_its_known_end(text: str, shape: str) -> None:
    assert match_window(parse(shape.format(text))) == match_window(parse(text))


@given(st.text(alphabet="0123456789-X/.[]~?%TZ:+ YS{},", max_size=30) | st.text(max_size=80))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    read = reading(text)
    if isinstance(read, str):
        assert read[0].isupper()
        return
    assert parse(read.text) == read
    assert (read.earliest is None) == (read.start != "known")
    assert (read.latest is None) == (read.end != "known")
    if read.earliest and read.latest:
        assert read.earliest < read.latest
    assert (match_window(read) is None) == (read.start != "known" and read.end != "known")


# The PyPI package `edtf` 5.0.2 is a second reading of the standard; its strict bounds are inclusive days.
# It is compared where it is right. Where it is wrong, its faults are pinned, so that a cure is noticed.


def peer_day(moment: tuple[int, ...]) -> datetime:
    year, month, day = moment[:3]
    return datetime(year, month, day)


@given(plain_dates())
def test_the_peer_agrees_on_plain_dates(text: str) -> None:
    read, other = parse(text), peer.parse_edtf(text)
    assert read.earliest == peer_day(other.lower_strict())
    assert read.latest == peer_day(other.upper_strict()) + timedelta(days=1)


# The peer crashes (AttributeError) on 2021-XX as an end and refuses 2021-05-XX~ there: ends without X only.
fully_specified_dates = plain_dates().filter(lambda text: "X" not in text)


@given(fully_specified_dates, fully_specified_dates)
def test_the_peer_agrees_on_intervals_with_known_ends(first: str, second: str) -> None:
    read = reading(f"{first}/{second}")
    if isinstance(read, str):
        return
    other = peer.parse_edtf(f"{first}/{second}")
    assert read.earliest == peer_day(other.lower_strict())
    assert read.latest == peer_day(other.upper_strict()) + timedelta(days=1)


@pytest.mark.parametrize(
    "text",
    [
        "0000",  # year 0 is valid EDTF but lies outside what Readout and Python's datetime can hold
        "2021-21",  # seasons are valid level 1; the peer makes them northern, we refuse
        "2022/2021",  # reversed: the peer returns bounds whose start lies after their end
        "2021-05-12T24:00:00",  # the peer drops the time of day and so takes 24:00 for the 12th
    ],
)
def test_the_peer_reads_what_we_refuse(text: str) -> None:
    peer.parse_edtf(text)
    with pytest.raises(EdtfError):
        parse(text)


def test_where_the_peer_is_wrong() -> None:
    # An unknown start has no lower bound; the peer invents one ten years before the end.
    assert peer_day(peer.parse_edtf("/2021-05-12").lower_strict()) == datetime(2011, 5, 12)
    assert parse("/2021-05-12").earliest is None
    # The peer drops the time of day: both bounds are midnight.
    assert peer.parse_edtf("2021-05-12T17:19:00Z").lower_strict()[3:5] == (0, 0)
    assert parse("2021-05-12T17:19:00Z").earliest == datetime(2021, 5, 12, 17, 19)
    # Reduced precision of a time is ISO 8601; the peer refuses it.
    with pytest.raises(peer.parser.edtf_exceptions.EDTFParseException):
        peer.parse_edtf("2021-05-12T17:19")
    assert parse("2021-05-12T17:19").precision == "instant"
