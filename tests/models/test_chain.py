"""The digests of history: canonical JSON as RFC 8785 has it, and digests that tell nothing of what they cover."""

from typing import Any

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from models.chain import canonical, entry_digest

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = st.text(st.characters(max_codepoint=127))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_history_holds_is_written_as_rfc_8785_demands(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


def test_control_characters_quotes_and_other_scripts_are_written_as_rfc_8785_demands() -> None:
    value = {"a": "".join(map(chr, range(0x80))), "_": "Лавров  €\U0001f600"}
    assert canonical(value) == rfc8785.dumps(value)


def test_a_digest_depends_on_everything_and_on_the_salt() -> None:
    entry = {"log_id": 1, "ordinal": 0, "noun": "topic", "record_id": 3, "contact_id": None, "action": "change"}
    entry |= {"before": {"label": "a"}, "after": {"label": "b"}}
    digests = {entry_digest(b"salt", entry), entry_digest(b"tlas", entry)}
    for name, value in {
        "ordinal": 1,
        "record_id": 4,
        "action": "merge",
        "before": None,
        "after": {"label": "c"},
    }.items():
        digests.add(entry_digest(b"salt", entry | {name: value}))
    assert len(digests) == 7
