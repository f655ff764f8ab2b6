"""Questions read as objects: which civil days a window holds, and which questions contradict themselves."""

from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from models.filters import ContactFilter

DAY = (datetime(2021, 5, 12), datetime(2021, 5, 13))


def asked(**question: Any) -> ContactFilter:
    return ContactFilter.model_validate({name.rstrip("_"): value for name, value in question.items()})


@pytest.mark.parametrize(
    ("first", "last"),
    [
        *(("2021-05-12", "2021-05-12"), ("2021-05-12T09:00", "2021-05-12T18:00")),
        *(("2021-05-12T18:00", "2021-05-12T09:00"), ("2021-05-12T23:59:59-11:00", "2021-05-12T00:00+14:00")),
    ],
)
def test_a_window_is_made_of_civil_days(first: str, last: str) -> None:
    assert asked(from_=first, to=last).window == DAY


def test_a_window_without_an_end_is_open() -> None:
    assert asked().window == (None, None)
    assert asked(from_="2021-05-12T09:00").window == (DAY[0], None)
    assert asked(to="../2021-05-12").window == (None, DAY[1])
    assert asked(to="2021-05-12/..").window == (None, None)


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValidationError, match="from lies after to"):
        asked(from_="2021-05-13T00:00", to="2021-05-12T23:59")
