"""Keys: random, checked for typing errors before anybody looks them up, and shy in print."""

import re

from hypothesis import given
from hypothesis import strategies as st

from models.key_text import ALPHABET, SHAPE, make_key_text, parse_key_text


def test_a_key_reads_back_and_two_are_never_the_same() -> None:
    keys = [make_key_text() for _ in range(50)]
    assert len({key.secret for key in keys}) == len({key.token for key in keys}) == 50
    for key in keys:
        assert SHAPE.fullmatch(key.text)
        assert parse_key_text(key.text) == key
        assert len(key.digest) == 32


@given(st.data())
def test_one_wrong_character_is_a_typing_error(data: st.DataObject) -> None:
    text = make_key_text().text
    places = [place for place in range(3, len(text)) if text[place] != "_"]
    place = data.draw(st.sampled_from(places))
    other = data.draw(st.sampled_from([character for character in ALPHABET if character != text[place]]))
    assert parse_key_text(text[:place] + other + text[place + 1 :]) is None


@given(st.text(max_size=80))
def test_other_texts_are_no_keys(text: str) -> None:
    assert parse_key_text(text) is None
    assert parse_key_text("ro_" + text) is None


def test_two_characters_changing_places_are_a_typing_error() -> None:
    text = make_key_text().text
    swaps = [
        text[:i] + text[i + 1] + text[i] + text[i + 2 :] for i in range(16, len(text) - 1) if text[i] != text[i + 1]
    ]
    assert [parse_key_text(swapped) for swapped in swaps] == [None] * len(swaps)


def test_printing_a_key_hides_its_secret() -> None:
    key = make_key_text()
    assert key.secret not in repr(key)
    assert key.token in repr(key)
    assert re.fullmatch(r"KeyText\(token='\w{12}'\)", repr(key))
