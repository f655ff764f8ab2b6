"""Whom a text says was met: one case for each rule, in sentences of our own."""

import pytest

from importers.historyatstate_contacts import with_remark
from importers.historyatstate_gatherings import gatherings_attended
from importers.historyatstate_scope import people_met

Seen = list[tuple[str, str, str | None]]


def seen(text: str, date: str = "1985-06-01", *, visit: bool = False) -> Seen:
    """Titles, name or group, and state or organisation of everybody met."""
    met = [each.mention for each in people_met(text, date, visit)]
    return [(m.titles, m.name or m.group, m.state or m.body) for m in met]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Met with President Alva and Foreign Minister Bruun.",
            [("President", "Alva", None), ("Foreign Minister", "Bruun", None)],
        ),
        (
            "Met with French Foreign Minister Bruun in Berlin; discussed trade with Prime Minister Cole of Canada.",
            [("Foreign Minister", "Bruun", "france"), ("Prime Minister", "Cole", "canada")],
        ),
        (
            "Met with Presidents Alva of Peru, Bruun of Chile and Cole of Bolivia.",
            [("President", "Alva", "peru"), ("President", "Bruun", "chile"), ("President", "Cole", "bolivia")],
        ),
        (
            "Met with the Foreign Ministers of Egypt and Jordan.",
            [("Foreign Minister", "", "egypt"), ("Foreign Minister", "", "jordan")],
        ),
        (
            "Conferred with the Belgian and Dutch Foreign Ministers.",
            [("Foreign Minister", "", "belgium"), ("Foreign Minister", "", "netherlands")],
        ),
        ("Met with President and Mrs. Alva.", [("President", "Alva", None)]),
        ("Met with King Alva and Queen Bea.", [("King", "Alva", None), ("Queen", "Bea", None)]),
        ("Met with Chancellor and Foreign Minister Dahl.", [("Chancellor and Foreign Minister", "Dahl", None)]),
        (
            "Met with the President and Foreign Minister Dahl.",
            [("President", "", None), ("Foreign Minister", "Dahl", None)],
        ),
        ("Met with Emir Sheikh Ali bin Omar al-Wali.", [("Emir Sheikh", "Ali bin Omar al-Wali", None)]),
        ("Met with NATO Secretary General Dahl.", [("Secretary General", "Dahl", "nato")]),
        ("Met with Prime Minister Major.", [("Prime Minister", "Major", None)]),
        ("Audience with Pope Alva II.", [("Pope", "Alva II", None)]),
        (
            "Met with President Alva and senior Kenyan officials.",
            [("President", "Alva", None), ("", "officials", "kenya")],
        ),
        ("Met with President Alva to discuss the talks with King Bo.", [("President", "Alva", None)]),
        ("Briefed Prime Minister Cole on his meetings with President Bo.", [("Prime Minister", "Cole", None)]),
        ("Attended a conference, hosted by Prime Minister Cole.", []),
    ],
)
def test_names_titles_and_states_of_those_met(text: str, expected: Seen) -> None:
    assert seen(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Accompanied President Ford to a meeting with President Alva.",
        "Joined President Ford for talks with King Bo.",
        "Attended the funeral of President Alva.",
        "Attended the inauguration of President Alva.",
        "Laid a wreath at the tomb of King Bo and visited the family of Prime Minister Cole.",
        "Was to meet with President Alva.",
        "A meeting with President Alva was cancelled.",
        "Planned to meet with Prime Minister Cole.",
        "Delivered an invitation to meet with President Alva at Camp David.",
        "Met with business leaders.",
        "Vacation.",
    ],
)
def test_mentions_that_are_no_contact(text: str) -> None:
    assert seen(text) == []


def test_contact_in_a_sentence_after_company_counts() -> None:
    assert seen("Accompanied President Ford. Also met with Foreign Minister Dahl.") == [
        ("Foreign Minister", "Dahl", None)
    ]


def test_adjectives_mean_the_state_of_their_day() -> None:
    assert seen("Met with Russian Foreign Minister Dahl.", "1975-01-01")[0][2] == "soviet-union"
    assert seen("Met with Russian Foreign Minister Dahl.", "1995-01-01")[0][2] == "russia"
    assert seen("Met with Vietnamese officials.", "1970-01-01")[0][2] == "south-vietnam"


def test_day_of_one_meeting_is_kept() -> None:
    assert [met.day for met in people_met("Met with President Alva May 7 during a private visit.", "2002-05-06")] == [
        (5, 7)
    ]


def test_subject_of_a_visit_account_is_met_by_the_visitor() -> None:
    text = "President Ford met with the Emperor at the airport."
    assert seen(text, visit=True) == [("President", "Ford", None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Attended the G7 Summit. Met with President Alva.", ["G7 Summit"]),
        ("Accompanied President Ford to the NATO Summit Meeting.", ["NATO Summit Meeting"]),
        ("Attended the funeral of President Alva.", []),
        ("Attended a summit meeting with President Alva.", []),
    ],
)
def test_gatherings_attended(text: str, expected: list[str]) -> None:
    assert gatherings_attended(text) == expected


def test_an_account_keeps_the_remark_of_its_source() -> None:
    kept = with_remark("King Kalakaua in the United States.", "Accompanied by his governor. Attended a funeral.")
    assert kept == "King Kalakaua in the United States. “Accompanied by his governor. Attended a funeral.”"
    assert with_remark("Met.", "") == "Met."
    long = with_remark("Met.", "a " * 400)
    assert len(long) <= 500
    assert long.endswith("a…”")
