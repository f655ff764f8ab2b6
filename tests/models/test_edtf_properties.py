"""Dates by their properties, and against another reading of the standard."""

from datetime import date, datetime, timedelta
from itertools import pairwise

import edtf as peer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.edtf import Edtf, EdtfError, match_window, parse


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
