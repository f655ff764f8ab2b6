"""Names and titles that would deceive or disturb their readers are refused."""

import pytest
from pydantic import ValidationError

from models.accounts import AccountIn
from models.actors import ActorIn


@pytest.mark.parametrize("name", ["Anna\x1b[31m", "bell\x07", "two\nlines", "abc\u202ecba", "\u200b", "\u0301"])
def test_names_that_cannot_be_read_are_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        ActorIn(kind="person", name=name)


@pytest.mark.parametrize("name", ["نتنیاهو", "می\u200cخواهم", "習近平", "O’Neill", "G7", "K'uu"])
def test_names_of_any_script_are_taken(name: str) -> None:
    assert ActorIn(kind="person", name=name).name == name


@pytest.mark.parametrize("minutes", [True, "15", 15.5])
def test_minutes_are_whole_numbers_and_nothing_like_them(minutes: object) -> None:
    with pytest.raises(ValidationError):
        AccountIn.model_validate({"source": "a", "duration_minutes": minutes})


def test_only_a_denial_names_whom_it_denies() -> None:
    with pytest.raises(ValidationError, match="goes with the stance"):
        AccountIn.model_validate({"source": "a", "stance": "affirms", "denies": ["b"]})
    assert AccountIn.model_validate({"source": "a", "stance": "denies", "denies": ["b"]}).denies == ["b"]
