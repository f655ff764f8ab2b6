"""What an instant of `known_at` may look like, and what it means."""

from datetime import UTC, datetime

import pytest

from models.known_at import moment_known


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2021-05-13T00:00:00Z", datetime(2021, 5, 13, tzinfo=UTC)),
        ("2021-05-13t00:00z", datetime(2021, 5, 13, tzinfo=UTC)),
        ("2021-05-12T17:19:00.5-04:00", datetime(2021, 5, 12, 21, 19, 0, 500_000, tzinfo=UTC)),
        ("2021-05-13T00:00:00.123456789Z", datetime(2021, 5, 13, 0, 0, 0, 123_456, tzinfo=UTC)),
        ("2021-05-12", datetime(2021, 5, 12, 23, 59, 59, 999_999, tzinfo=UTC)),
        ("9999-12-31", datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_an_instant_is_read_in_utc_and_a_day_means_its_end(text: str, moment: datetime) -> None:
    assert moment_known(text) == moment


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "2021", "2021-05", "2021-02-30", "2021-05-13T00:00:00", "2021-05-13 00:00:00Z", "20210513"),
        *("2021-05-13T24:01:00Z", "2021-05-13T00:00:00 02:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:00-14:00"),
        *("٢٠٢١-٠٥-١٣", "2021-05-13T00:00:00.1234567891Z", "2021-05-13\n"),
        *("2016-12-31T23:59:60Z", "2021-05-13T00:00:00+24:00", "2021-05-13T00:00:00.Z", "-2021-05-13", "2021-W19-4"),
    ],
)
def test_what_is_no_instant_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match="give an instant with its offset"):
        moment_known(text)
