"""Tables with a mapping: a good row, and thirty faults planted among good ones."""

from importers.csv_mapping import CsvMapping, mapping_of

MAPPING = """
name = "desk"
id = { column = "No" }
participants = [
    { column = "Ours", separator = ";", side = "ours" },
    { column = "Theirs", separator = ";", given_as = "name", state = { column = "State" } },
]
[fields]
kind = { column = "Kind", values = { Anruf = "call", Treffen = "meeting", Gipfel = "gathering", Besuch = "visit" } }
when = { column = "Date", formats = ["%d.%m.%Y", "edtf"] }
place = { column = "Place" }
medium = { column = "Medium" }
duration_minutes = { column = "Minutes" }
topics = { column = "Topics", separator = "," }
[[accounts]]
[accounts.source]
kind = { constant = "internal_note" }
title = { column = "Source" }
url = { column = "Link" }
published = { column = "Read out", formats = ["%d.%m.%Y"] }
[accounts.fields]
credibility = { column = "Credibility" }
stance = { column = "Stance", constant = "affirms" }
"""
GOOD = {
    "No": "1", "Kind": "Treffen", "Date": "12.05.2021", "Ours": "iso3:FRA", "Theirs": "Ana Alva", "State": "Japan",
    "Place": "Paris", "Medium": "", "Minutes": "30", "Topics": "economic, military", "Source": "List of the desk",
    "Link": "https://desk.example/1", "Read out": "13.05.2021", "Credibility": "2", "Stance": "",
}  # fmt: skip
FAULTS: tuple[tuple[str, str, str], ...] = (
    ("Kind", "Plausch", "does not say what this value means"),
    ("Kind", "", "needed and missing"),
    ("Date", "31.02.2021", "no date of the form %d.%m.%Y or edtf"),
    ("Date", "yesterday", "no date of the form"),
    ("Date", "99999-01-01", "no date of the form"),
    ("Ours", "", "two or more participants"),
    ("Ours", "x" * 301, "at most 300"),
    ("Ours", "iso3:FRA;iso3:FRA", "an actor takes part in a contact once"),
    ("State", "Ruritania", "no state of this name"),
    ("Theirs", "Ana\x07Alva", "control character"),
    ("Theirs", "A" * 301, "at most 300 characters"),
    ("Theirs", "\u00ad", "no letter, digit or sign"),
    ("Place", "Pa\x00ris", "NUL"),
    ("Place", "P" * 501, "at most 500"),
    ("Place", "Pa\u202eris", "control character"),
    ("Medium", "telephone", "only a call or a conversation has a medium"),
    ("Medium", "pigeon", "must be one of"),
    ("Minutes", "an hour", "whole number"),
    ("Minutes", "-5", "whole number"),
    ("Minutes", "9999999", "at most 527040"),
    ("Source", "", "needed and missing"),
    ("Source", "S" * 501, "at most 500"),
    ("Link", "ftp://desk.example", "http or https address"),
    ("Read out", "2021-05-13", "no date of the form %d.%m.%Y"),
    ("Credibility", "7", "at most 6"),
    ("Stance", "maybe", "must be one of"),
    ("No", "", "The row has no number"),
    ("No", "9" * 201, "at most 200 characters"),
    ("Ours", "nobody-of-that-name", "no such actor"),
    ("Topics", "no-such-topic", "no such topic"),
)
"""Column, cell, and words of the reason; of the last two only the record can tell."""
TOGETHER = ("two or more participants", "an actor takes part in a contact once")
"""Reasons that concern all columns of participants together."""


def planted() -> list[tuple[int, str]]:
    """Line and column of each fault."""
    columns = ("Ours, Theirs" if words in TOGETHER else column for column, _, words in FAULTS)
    return [(4 + 3 * number, column) for number, column in enumerate(columns)]


def mapping(text: str = MAPPING) -> CsvMapping:
    """The mapping of these tables."""
    return mapping_of(text.encode())


def table(*rows: dict[str, str]) -> str:
    """A table of rows that say what differs from the good one."""
    given = [GOOD | {"No": str(number)} | row for number, row in enumerate(rows, start=1)]
    cells = [list(GOOD), *([row[name] for name in GOOD] for row in given)]
    return "".join(",".join(f'"{cell.replace(chr(34), 2 * chr(34))}"' for cell in row) + "\r\n" for row in cells)


def faulty() -> str:
    """A good row before each planted fault, with a cell of two lines so that lines and rows differ."""
    rows: list[dict[str, str]] = []
    for column, cell, _ in FAULTS:
        rows += [{"Place": "Paris,\nHôtel"}, {column: cell}]
    return table(*rows)
