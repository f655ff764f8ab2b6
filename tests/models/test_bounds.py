"""What dates mean: bounds cut at publication, spans that windows look at, tenures of four instants."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base import FIRST_MOMENT, LAST_MOMENT
from models.bounds import UNDATED, TooLateError, contact_bounds, tenure
from models.edtf import parse


def day(text: str) -> datetime:
    return datetime.fromisoformat(text)


PUBLISHED = day("2021-05-13")
"""The end of 12 May 2021, the day of publication."""


def test_unknown_date_has_no_bounds_and_no_window() -> None:
    assert contact_bounds(None) == UNDATED
    assert (UNDATED.earliest, UNDATED.latest) == (FIRST_MOMENT, LAST_MOMENT)
    assert UNDATED.match_earliest >= UNDATED.match_latest, "no window contains it"
    assert (UNDATED.newest, UNDATED.oldest) == (FIRST_MOMENT, LAST_MOMENT), "last in both orders"


# when, published until, earliest, latest, what windows look at
CASES = [
    ("2021-05-12", None, "2021-05-12", "2021-05-13", "2021-05-12", "2021-05-13"),
    ("2021-05", None, "2021-05-01", "2021-06-01", "2021-05-01", "2021-06-01"),
    ("2021-05-12T17:19", None, "2021-05-12T17:19", "2021-05-12T17:20", "2021-05-12T17:19", "2021-05-12T17:20"),
    ("2021-05-10/2021-05-14", None, "2021-05-10", "2021-05-15", "2021-05-10", "2021-05-15"),
    # A known end stands for the whole; the other end is unknown or open.
    ("/2021-05-12", None, None, "2021-05-13", "2021-05-12", "2021-05-13"),
    ("2021-05-12/", None, "2021-05-12", None, "2021-05-12", "2021-05-13"),
    ("2021-05-12/..", None, "2021-05-12", None, "2021-05-12", "2021-05-13"),
    # What took place ended no later than the publication of an account that affirms it.
    ("2021-05", PUBLISHED, "2021-05-01", "2021-05-13", "2021-05-01", "2021-05-13"),
    ("/2021-06", PUBLISHED, None, "2021-05-13", "2021-05-12", "2021-05-13"),
    ("2021-05-01/", PUBLISHED, "2021-05-01", "2021-05-13", "2021-05-01", "2021-05-02"),
    (None, PUBLISHED, None, "2021-05-13", None, None),
    ("[2021-05-10..2021-05-14]", PUBLISHED, "2021-05-10", "2021-05-13", "2021-05-10", "2021-05-13"),
    # A visit of five days, read out on the third, lasts five days.
    ("2021-05-10/2021-05-14", PUBLISHED, "2021-05-10", "2021-05-15", "2021-05-10", "2021-05-15"),
    ("2021-05/2021-07-03", PUBLISHED, "2021-05-01", "2021-07-04", "2021-05-01", "2021-07-04"),
    # A civil day stays whole, the day after publication too: it may be that day in the other capital.
    ("2021-05-12", day("2021-05-12T17:20"), "2021-05-12", "2021-05-13", "2021-05-12", "2021-05-13"),
    ("2021-05-13", PUBLISHED, "2021-05-13", "2021-05-14", "2021-05-13", "2021-05-14"),
    ("2021-05-13/2021-05-20", PUBLISHED, "2021-05-13", "2021-05-21", "2021-05-13", "2021-05-21"),
    ("[2021-05-13..2021-05-20]", PUBLISHED, "2021-05-13", "2021-05-14", "2021-05-13", "2021-05-14"),
    # A publication before the first day there is cuts nothing to less than nothing.
    ("/0001-01-01", day("0001-01-01T00:01"), None, "0001-01-01T00:01", "0001-01-01", "0001-01-01T00:01"),
]


@pytest.mark.parametrize(("when", "published", "earliest", "latest", "match_earliest", "match_latest"), CASES)
def test_bounds(
    when: str | None,
    published: datetime | None,
    earliest: str | None,
    latest: str | None,
    match_earliest: str | None,
    match_latest: str | None,
) -> None:
    bounds = contact_bounds(when, published)
    assert bounds.earliest == (day(earliest) if earliest else FIRST_MOMENT)
    assert bounds.latest == (day(latest) if latest else LAST_MOMENT)
    assert bounds.match_earliest == (day(match_earliest) if match_earliest else LAST_MOMENT)
    assert bounds.match_latest == (day(match_latest) if match_latest else FIRST_MOMENT)
    stated = parse(when).latest if when else None
    assert bounds.newest == (bounds.latest if stated else FIRST_MOMENT), "no stated end: last, newest first"
    assert bounds.oldest == (bounds.earliest if earliest else LAST_MOMENT), "no known start: last, oldest first"


@pytest.mark.parametrize("when", ["2021-05-14", "2021-05-14/2021-05-20", "2021-06", "[2021-05-14..]"])
def test_a_contact_cannot_begin_two_days_after_an_account_that_affirms_it(when: str) -> None:
    with pytest.raises(TooLateError):
        contact_bounds(when, PUBLISHED)


days = st.dates(min_value=day("2021-01-01").date(), max_value=day("2021-12-31").date())


@given(start=days, length=st.integers(0, 60), published=st.none() | days)
def test_a_cut_date_is_never_empty_and_never_wider(start, length, published) -> None:  # type: ignore[no-untyped-def]
    when = f"[{start}..{start + timedelta(days=length)}]"
    end = None if published is None else datetime.combine(published, datetime.min.time()) + timedelta(days=1)
    whole = contact_bounds(when)
    try:
        bounds = contact_bounds(when, end)
    except TooLateError:
        assert published is not None
        assert start > published + timedelta(days=1)
        return
    assert whole.earliest == bounds.earliest < bounds.latest <= whole.latest
    assert end is None or bounds.latest <= end or bounds.latest - bounds.earliest <= timedelta(days=1)


# since, until, start_earliest, start_latest, end_earliest, end_latest; None is an end of time
TENURES = [
    ("2021-01-20", "2025-01-20", "2021-01-20", "2021-01-20", "2025-01-21", "2025-01-21"),
    ("2021-01-20", "2021-01-20", "2021-01-20", "2021-01-20", "2021-01-21", "2021-01-21"),
    ("2007-06", "2021", "2007-06-01", "2007-06-30", "2021-01-02", "2022-01-01"),
    ("..", "..", "FIRST", "FIRST", "LAST", "LAST"),
    ("2021-01-20", "..", "2021-01-20", "2021-01-20", "LAST", "LAST"),
    # An unknown end is not «still»: nothing is certain.
    ("2021-01-20", None, "2021-01-20", "2021-01-20", "2021-01-20", "LAST"),
    (None, "2021-01-20", "FIRST", "LAST", "2021-01-21", "2021-01-21"),
    (None, None, "FIRST", "LAST", "LAST", "LAST"),
    ("..", None, "FIRST", "FIRST", "FIRST", "LAST"),
    ("0001-01-01T00:00", "..", "0001-01-01", "0001-01-01", "LAST", "LAST"),
]


@pytest.mark.parametrize(("since", "until", "start_earliest", "start_latest", "end_earliest", "end_latest"), TENURES)
def test_tenure(
    since: str | None, until: str | None, start_earliest: str, start_latest: str, end_earliest: str, end_latest: str
) -> None:
    ends = {"FIRST": FIRST_MOMENT, "LAST": LAST_MOMENT}
    wanted = [ends.get(text) or day(text) for text in (start_earliest, start_latest, end_earliest, end_latest)]
    assert list(tenure(since, until).columns().values()) == wanted


@pytest.mark.parametrize(("since", "until"), [("2021-05-13", "2021-05-12"), ("2022", "2021")])
def test_reversed_tenures_are_refused(since: str, until: str) -> None:
    with pytest.raises(ValueError, match="before"):
        tenure(since, until)
