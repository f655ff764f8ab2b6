"""Dates as they are known: EDTF text in, half-open civil bounds out.

Readable are levels 0 and 1 of EDTF and ``[A..B]`` of level 2; docs/dates.md lists every shape.
Bounds are naive: the civil time the text itself states, never converted to UTC.

Source: ISO 8601-2:2019; Library of Congress, Extended Date/Time Format Specification (2019).
"""

import re
from dataclasses import dataclass
from datetime import MINYEAR, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal

EndKnowledge = Literal["known", "unknown", "open"]
Precision = Literal["instant", "day", "month", "year", "decade", "century", "interval"]

# The longest readable text, [2021-05-12%..2021-05-14%], has 26 characters; anything far beyond is not a date.
LONGEST_TEXT_CHARACTERS: Final = 64
FIRST_YEAR: Final = MINYEAR
# The exclusive end of 9999 is not a datetime, and cutting it short would make the bound a lie.
LAST_YEAR: Final = 9998
# Kiribati keeps +14:00, the widest civil offset in use.
WIDEST_OFFSET_MINUTES: Final = 14 * 60

_DATE = re.compile(r"([0-9]{4}|[0-9]{3}X|[0-9]{2}XX)(?:-([0-9]{2}|XX)(?:-([0-9]{2}|XX))?)?([~?%]?)")
_INSTANT = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?"
    r"(Z|([+-])([0-9]{2})(?::([0-9]{2}))?)?"
)
_YEARS_PER_DIGITS_LEFT_OUT: Final = (1, 10, 100)
_YEAR_PRECISIONS: Final[tuple[Precision, ...]] = ("year", "decade", "century")

_READABLE: Final = (
    "Write a date as 2021, 2021-05 or 2021-05-12, an instant as 2021-05-12T17:19+03:00, "
    "an interval as 2021-05-12/2021-05-14, or some time within as [2021-05-12..2021-05-14]."
)
_SEASONS: Final = "Seasons and quarters are not supported: write the months, as in [2021-03..2021-05]."
_YEARS_OUTSIDE: Final = f"Only the years {FIRST_YEAR:04} to {LAST_YEAR} are recorded, with four digits."

# What people write instead of what is readable, and what to tell them. The first match wins.
_HINTS: Final = tuple(
    (re.compile(pattern), sentence)
    for pattern, sentence in (
        (r"\Z", "The date is empty: leave it out, or write / for a date that is unknown."),
        (r"(?:19|20)[0-9]{4}(?:[0-9]{2})?\Z", "Put hyphens between year, month and day, as in 2021-05-12."),
        (r"[Y+-]|[0-9]{5}", _YEARS_OUTSIDE),
        (r"[0-9]{4}[ES]", "Exponents and significant digits are not supported: write [1950..1959]."),
        (r"P", "Durations are not supported: write both ends, as in 2021-05-12/2021-05-14."),
        (r"[0-9]{4}-?W", "Week dates are not supported: write both ends, as in 2021-05-10/2021-05-16."),
        (r"[0-9]{4}-[0-9]{3}\Z", "Days numbered within the year are not supported: write 2021-05-12."),
        (r"[\[{]?[0-9X-]*,|\{", "Lists of dates are not supported: write [A..B] for some time from A to B."),
        (r"\[\.\.\]\Z", "Brackets need a date on at least one side, as in [2021-05-12..]."),
        (r"\[", "Brackets hold two dates and two dots between them, as in [2021-05-12..2021-05-14]."),
        (r"[0-9X-]*\.\.", "Two dots belong in brackets or at an end: [2021..2022], 2021/.. or ../2021."),
        (r"[0-9-]+T[0-9:]+[.,]", "Fractions are not supported: write whole seconds or minutes."),
        (r"[0-9-]+T[0-9:Z+-]*[~?%]", "A qualifier (~, ? or %) belongs to a date without a time of day."),
        (r"[0-9-]+T", "Write a time of day in full, as in 2021-05-12T17:19, 2021-05-12T17:19:30Z or +03:00."),
        (r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ t]", "Put a capital T between date and time: 2021-05-12T17:19."),
        (r"[0-9X-]+[~?%]{2}", "Write one qualifier only: % means both uncertain and approximate."),
        (r"[0-9X-]*[~?%]", "A qualifier (~, ? or %) is supported only at the end of a date, as in 2021-05~."),
        (r"[0-9]+[ux]|[0-9]{4}-[ux0-9-]+[ux]", "Write unspecified digits with a capital X, as in 201X."),
        (r"[0-9-]*X", "X may stand only as in 201X, 20XX, 2021-XX, 2021-05-XX and 2021-XX-XX."),
        (r"[0-9]{4}-[0-9]{1,2}(?:-[0-9]{1,2})?\Z", "Write month and day with two digits: 2021-05-02."),
        (r"(?s:.)", _READABLE),
    )
)


class EdtfError(ValueError):
    """A text is not a date Readout can read; the message says what to write instead."""


@dataclass(frozen=True, slots=True)
class Edtf:
    """A date as given, with what follows from it.

    Attributes:
        text: The text as given, without surrounding blanks.
        earliest: Start of the bounds, inclusive; None if the start is unknown or open.
        latest: End of the bounds, exclusive; None if the end is unknown or open.
        start: Whether the start is known, unknown (left empty) or open (two dots).
        end: The same of the end.
        throughout: True for A/B with both ends known; False means some time within.
        approximate: The date, or either end, is marked ~ or %.
        uncertain: The date, or either end, is marked ? or %.
        precision: What was stated; interval for A/B and [A..B].
        offset_minutes: Offset of an instant from UTC, if stated.
        coarser_than_day: The text does not say which day or days: the bounds of a "some time within" are
            wider than a day, an end is not known, or an end of A/B is coarser than a day. Three days
            *throughout* are three known days and therefore not coarser. Qualifiers change nothing.
    """

    text: str
    earliest: datetime | None
    latest: datetime | None
    start: EndKnowledge
    end: EndKnowledge
    throughout: bool
    approximate: bool
    uncertain: bool
    precision: Precision
    offset_minutes: int | None
    coarser_than_day: bool


PARSED_KEPT: Final = 4_096
"""Dates kept as read: a contact asks for its own several times, and those of a data set lie close together."""


@lru_cache(PARSED_KEPT)
def parse(text: str) -> Edtf:
    """Read an EDTF text and derive its bounds.

    Returns:
        The date with half-open civil bounds, earliest < latest wherever both are known.

    Raises:
        EdtfError: The text is not readable; the message is a sentence and repeats nothing but digits of it.

    Cost: A few microseconds; texts beyond LONGEST_TEXT_CHARACTERS are refused unread.

    Source: ISO 8601-2:2019, levels 0 and 1, and the one-of-a-set range of level 2.
    """
    if len(text) > LONGEST_TEXT_CHARACTERS:
        raise EdtfError(f"A date has at most {LONGEST_TEXT_CHARACTERS} characters. {_READABLE}")
    text = text.strip(" \t\r\n")
    if "/" in text:
        return _interval(text)
    if text.startswith("["):
        return _some_time_within(text)
    return _instant(text) if "T" in text else _date(text)


def match_window(date: Edtf) -> tuple[datetime, datetime] | None:
    """Name the span that a window must touch, or contain, for this date to count by default.

    Returns:
        The bounds; if one end is open or unknown, the span of the known end alone; None if neither is known.
    """
    if date.earliest is not None and date.latest is not None:
        return date.earliest, date.latest
    known_end = date.text.strip("[]/.")
    return match_window(_date(known_end)) if known_end else None


def _date(text: str) -> Edtf:
    shape = _DATE.fullmatch(text)
    if shape is None:
        raise _refusal(text)
    year_text, month_text, day_text, qualifier = shape.groups()
    digits_left_out = year_text.count("X")
    if (digits_left_out and month_text) or (month_text == "XX" and day_text not in (None, "XX")):
        raise _refusal(text)
    precision: Precision
    if month_text is None or month_text == "XX":
        earliest, latest = _years(year_text, digits_left_out)
        precision = _YEAR_PRECISIONS[digits_left_out]
    elif day_text is None or day_text == "XX":
        earliest, latest = _month(int(year_text), int(month_text))
        precision = "month"
    else:
        earliest = _day(int(year_text), int(month_text), int(day_text))
        latest = earliest + timedelta(days=1)
        precision = "day"
    return Edtf(
        text=text,
        earliest=earliest,
        latest=latest,
        start="known",
        end="known",
        throughout=False,
        approximate=qualifier in ("~", "%"),
        uncertain=qualifier in ("?", "%"),
        precision=precision,
        offset_minutes=None,
        coarser_than_day=precision != "day",
    )


def _years(year_text: str, digits_left_out: int) -> tuple[datetime, datetime]:
    first = int(year_text.replace("X", "0"))
    after_last = first + _YEARS_PER_DIGITS_LEFT_OUT[digits_left_out]
    if first < FIRST_YEAR or after_last > LAST_YEAR + 1:
        raise EdtfError(_YEARS_OUTSIDE)
    return datetime(first, 1, 1), datetime(after_last, 1, 1)


def _month(year: int, month: int) -> tuple[datetime, datetime]:
    earliest = _day(year, month, 1)
    return earliest, datetime(year + month // 12, month % 12 + 1, 1)


def _day(year: int, month: int, day: int) -> datetime:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise EdtfError(_YEARS_OUTSIDE)
    if not 1 <= month <= 12:
        raise EdtfError(_SEASONS if 21 <= month <= 41 else "Months run from 01 to 12.")
    try:
        return datetime(year, month, day)
    except ValueError:
        raise EdtfError(f"There is no day {day:02} in the month {year:04}-{month:02}.") from None


def _instant(text: str) -> Edtf:
    shape = _INSTANT.fullmatch(text)
    if shape is None:
        raise _refusal(text)
    year, month, day, hour, minute = map(int, shape.group(1, 2, 3, 4, 5))
    second_text, offset_text, sign, offset_hours, offset_rest = shape.group(6, 7, 8, 9, 10)
    second = int(second_text or 0)
    if hour > 23:
        raise EdtfError("Hours run from 00 to 23: midnight at the end of a day is 00:00 of the next day.")
    if minute > 59 or second > 59:
        raise EdtfError("Minutes and seconds run from 00 to 59; write a leap second as 59.")
    earliest = _day(year, month, day).replace(hour=hour, minute=minute, second=second)
    return Edtf(
        text=text,
        earliest=earliest,
        latest=earliest + (timedelta(seconds=1) if second_text else timedelta(minutes=1)),
        start="known",
        end="known",
        throughout=False,
        approximate=False,
        uncertain=False,
        precision="instant",
        offset_minutes=_offset_minutes(sign, offset_hours, offset_rest) if offset_text else None,
        coarser_than_day=False,
    )


def _offset_minutes(sign: str | None, hours_text: str | None, rest_text: str | None) -> int:
    minutes_past_hour = int(rest_text or 0)
    distance_minutes = int(hours_text or 0) * 60 + minutes_past_hour
    if minutes_past_hour > 59 or distance_minutes > WIDEST_OFFSET_MINUTES:
        raise EdtfError("An offset from UTC lies between -14:00 and +14:00.")
    if sign == "-" and distance_minutes == 0:
        raise EdtfError("Write an offset of zero as Z or +00:00, and leave an unknown offset out.")
    return -distance_minutes if sign == "-" else distance_minutes


def _interval(text: str) -> Edtf:
    ends = text.split("/")
    if len(ends) != 2 or "[" in text:
        raise EdtfError(f"A slash stands between the two ends of an interval and nowhere else. {_READABLE}")
    return _between(text, _end(ends[0]), _end(ends[1]), throughout=True)


def _some_time_within(text: str) -> Edtf:
    start_text, dots, end_text = text[1:-1].partition("..")
    if not text.endswith("]") or not dots or not (start_text or end_text):
        raise _refusal(text)
    return _between(text, _end(start_text or ".."), _end(end_text or ".."), throughout=False)


def _end(text: str) -> Edtf | EndKnowledge:
    if text == "":
        return "unknown"
    if text == "..":
        return "open"
    if "T" in text:
        raise EdtfError("The ends of an interval carry no time of day: give the start and a duration.")
    return _date(text)


def _between(text: str, start: Edtf | EndKnowledge, end: Edtf | EndKnowledge, *, throughout: bool) -> Edtf:
    known = [date for date in (start, end) if isinstance(date, Edtf)]
    earliest = start.earliest if isinstance(start, Edtf) else None
    latest = end.latest if isinstance(end, Edtf) else None
    if earliest and latest and earliest >= latest:
        raise EdtfError("The interval ends before it begins: put the earlier date first.")
    if earliest is None or latest is None:
        coarser_than_day = True
    elif throughout:
        coarser_than_day = any(date.coarser_than_day for date in known)
    else:
        coarser_than_day = latest - earliest > timedelta(days=1)
    return Edtf(
        text=text,
        earliest=earliest,
        latest=latest,
        start="known" if isinstance(start, Edtf) else start,
        end="known" if isinstance(end, Edtf) else end,
        throughout=throughout and len(known) == 2,
        approximate=any(date.approximate for date in known),
        uncertain=any(date.uncertain for date in known),
        precision="interval",
        offset_minutes=None,
        coarser_than_day=coarser_than_day,
    )


def _refusal(text: str) -> EdtfError:
    if not text.isascii():
        return EdtfError(f"Only the digits 0 to 9 and plain ASCII signs are read. {_READABLE}")
    return EdtfError(next(sentence for pattern, sentence in _HINTS if pattern.match(text)))
