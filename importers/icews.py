"""ICEWS Coded Event Data in its original layout: twenty columns, tab-separated, a header, `NA` for what is missing.

Source: Boschee, Lautenschlager, O'Brien, Shellman, Starz and Ward, ICEWS Coded Event Data, Harvard Dataverse,
doi:10.7910/DVN/28075. Nothing of it is in this repository.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from importers.choices import Choices
from importers.documents import Document
from importers.event_folding import RULES as EVENT_RULES
from importers.event_folding import Folding, Row, Telling
from importers.event_lines import Head, Reading, Skipped, checked_head, read_lines, skipped
from importers.event_parties import (
    Party,
    named_party,
    organisation_slugs,
    state_slugs,
    type_party,
)
from importers.records import Fault, Record, Rule, SourceRecord
from models.names import fold

NAME: Final = "icews"
HEADER: Final = (
    *("Event ID", "Event Date", "Source Name", "Source Sectors", "Source Country", "Event Text", "CAMEO Code"),
    *("Intensity", "Target Name", "Target Sectors", "Target Country", "Story ID", "Sentence Number", "Publisher"),
    *("City", "District", "Province", "Country", "Latitude", "Longitude"),
)
EXAMPLE: Final = "\n".join(
    [
        "\t".join(HEADER),
        "1\t2001-02-03\tAna Alva\tGovernment\tFrance\tConsult\t040\t1\tForeign Affairs (Japan)\tGovernment\tJapan\t9"
        "\t1\tDaily Example\tTokyo\tNA\tNA\tJapan\t35.7\t139.7",
        "",
    ]
)
RULES: Final = (*EVENT_RULES, Rule("blank", "left_out", "The line is blank."))
MISSING: Final = "NA"
TYPE: Final = re.compile(r"(?P<what>.+) \((?P<whose>[^()]+(?:\([^()]*\))?)\)")
NO_HOME: Final = frozenset({"international"})
COUNTRIES: Final = {
    "moldova republic of": "moldova",
    "the former yugoslav republic of macedonia": "north-macedonia",
    "democratic republic of congo": "congo-democratic-republic",
    "palestinian territory occupied": "palestine",
    "occupied palestinian territory": "palestine",
}
"""Countries that the data set calls by names that no other source here uses, folded."""
ORGANISATION_SECTORS: Final = frozenset(
    {
        "Television News",
        "Print News",
        "News",
        "State Media",
        "Unicameral",
        "Nongovernmental Organization (International)",
    }
)
ORGANISATION_WORDS: Final = re.compile(
    r"\b(?:Office|Congress|Parliament|Assembly|Party|Committee|Council|Commission|Union|Ministry|Department|Agency|Bank|"
    r"Organi[sz]ation|Association|Army|Forces?|Front|Movement|University|Company|Corporation|Court|Fund|Authority|"
    r"Alliance|League|Federation|Europol|Interpol|Hamas|Jazeera|Sabor|Knesset|Duma|Press|News|Times|Television)\b"
)


def read(documents: Iterable[Document], choices: Choices) -> Iterator[Record]:
    """Every row that tells of a contact, folded with the rows that tell of the same.

    Cost:
        Memory for the rows of eight days that tell of contacts; a file is in the order of its dates.
    """
    yield from read_lines(Folding(NAME, "ICEWS"), documents, _row, choices, HEADER)


def _row(row: Row, cells: list[str], choices: Choices) -> Reading:
    if len(cells) != len(HEADER):
        return (Fault("", f"The row has {len(cells)} cells; the layout has {len(HEADER)}."),)
    one = dict(zip(HEADER, cells, strict=True))
    head = checked_head(one["Event Date"], one["CAMEO Code"], ("Event Date", "CAMEO Code"))
    faults = tuple(
        Fault(column, "This must be a number of digits only.")
        for column in ("Event ID", "Story ID")
        if not (one[column].isascii() and one[column].isdigit() and len(one[column]) <= 20)
    )
    if faults or not isinstance(head, Head):
        return (*faults, *(() if isinstance(head, Head) else head))
    if rule := skipped(head.code, choices):
        return rule
    if MISSING in (one["Source Name"], one["Target Name"]) or not (one["Source Name"] and one["Target Name"]):
        return Skipped("no_second_actor")
    return _telling(Row(row.file, row.line, one["Event ID"]), one, head)


def _telling(row: Row, one: dict[str, str], head: Head) -> Reading:
    ends = (party_of(one[f"{end} Name"], one[f"{end} Country"], one[f"{end} Sectors"]) for end in ("Source", "Target"))
    first, second = ends
    if first is None or second is None:
        return Skipped("no_place")
    if first.ref == second.ref:
        return Skipped("same_actor")
    place = [one[part] for part in ("City", "Province", "Country") if one[part] not in (MISSING, "")]
    return Telling(
        row=row,
        day=head.day,
        code=head.code,
        original_code=one["CAMEO Code"],
        told_first=first.ref,
        first=(second if head.code.code == "043" else first,),
        second=(first if head.code.code == "043" else second,),
        source=_story(one),
        place=", ".join(dict.fromkeys(place))[:500] or None,
    )


def _story(one: dict[str, str]) -> SourceRecord:
    publisher = one["Publisher"] if one["Publisher"] not in (MISSING, "") else None
    return SourceRecord(
        key=f"{NAME}:story/{one['Story ID']}",
        kind="press_report",
        publisher_key=None,
        title=f"Story {one['Story ID']} of {publisher or 'an unnamed publisher'}"[:500],
        language=None,
        publisher_name=publisher[:500] if publisher else None,
        reliability="F",
        note="Known only as ICEWS Coded Event Data coded it, by machine (doi:10.7910/DVN/28075).",
    )


def home_of(country: str) -> str | None:
    """The slug of the state that a country of the data set means; None for none."""
    folded = fold(country)
    return COUNTRIES.get(folded) or state_slugs().get(folded)


def party_of(name: str, country: str, sectors: str) -> Party | None:
    """Who an actor is: a state, a known organisation, a type of a state's people, an organisation, else a person.

    Returns:
        None for a type of no state, which names nobody ("Citizen (International)").
    """
    home, itself = home_of(country), home_of(name)
    if itself is not None and home in (None, itself):
        return Party(itself, name)
    known = organisation_slugs().get(fold(name))
    if known is not None:
        return Party(known, name)
    if typed := TYPE.fullmatch(name):
        whose = home_of(typed["whose"]) or organisation_slugs().get(fold(typed["whose"])) or home
        return type_party(NAME, name, whose) if whose and fold(typed["whose"]) not in NO_HOME else None
    listed = tuple(part for one in sectors.split(",") if (part := one.strip()) and part != MISSING)
    if not listed and (home is None or " " not in name):
        return type_party(NAME, name, home)
    organised = ORGANISATION_WORDS.search(name) or (ORGANISATION_SECTORS & set(listed) and " " not in name)
    return named_party(NAME, name, "organisation" if organised else "person", home, listed)
