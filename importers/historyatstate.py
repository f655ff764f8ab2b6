"""HistoryAtState: visits of foreign leaders to the United States, trips of presidents and secretaries of state.

Source: Office of the Historian, United States Department of State; the XML files of HistoryAtState/visits and
HistoryAtState/travels, in the public domain (CC0 1.0 outside the United States).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from importers.historyatstate_actors import Directory, publisher_records, source_records
from importers.historyatstate_americans import Americans
from importers.historyatstate_contacts import gathering_contact, visit_and_meetings
from importers.historyatstate_counterparts import (
    USA,
    Counterpart,
    Known,
    Reading,
    counterparts,
    full_names,
    read_row,
)
from importers.historyatstate_duplicates import find_duplicates
from importers.historyatstate_gatherings import Gathering, gather, gatherings_attended
from importers.historyatstate_people import Register, Sighting
from importers.historyatstate_rows import FILES, Row, count_rows, read_rows, read_tenures
from importers.records import Outcome, Record, Result

NAME: Final = "historyatstate"
__all__ = ["FILES", "NAME", "count_rows", "read"]


def read(path: Path) -> Iterator[Record]:
    """Every row of the folder as contacts, with the actors and sources they refer to before them.

    Args:
        path: the folder that holds `visits/`, `president-travels/`, `secretary-travels/` and `presidents.xml`.

    Returns:
        Records in an order in which each refers only to earlier ones, and one `Outcome` for each row, after the
        row's contacts. Keys are the same on every run.

    Raises:
        FileNotFoundError: the folder holds none of the three.
        xml.sax.SAXParseException: a file is not well-formed.

    Cost:
        About 4 s for the 7,535 rows; all rows are held in memory, since every row helps to name the people of all.
    """
    rows = list(read_rows(path))
    refused = _refusals(rows)
    sound = [row for row in rows if id(row) not in refused]
    repeated = find_duplicates(sound)
    americans = Americans(read_tenures(path), sound)
    readings = _readings([row for row in sound if row.key not in repeated])
    met = _everybody_met(list(readings.values()), americans)
    directory = Directory(Register(_sightings(readings, met)), americans)
    yield from publisher_records()
    yield from source_records()
    last_rows = _gatherings_by_last_row(readings)
    for row in rows:
        if id(row) in refused:
            yield _outcome(row, "refused", refused[id(row)], "refused")
        elif row.key in repeated:
            yield _outcome(row, "duplicate", f"repeats {repeated[row.key]}", "repeats")
        else:
            contacts = list(visit_and_meetings(readings[row.key], met[row.key], directory))
            contacts += [gathering_contact(each, readings, directory) for each in last_rows.get(row.key, [])]
            yield from directory.new_records()
            yield from contacts
            yield _outcome(row, "loaded")


def _readings(rows: list[Row]) -> dict[str, Reading]:
    """Every row read twice: the full names that the first reading finds with a title need none in the "
    "second."""
    names = full_names(read_row(row) for row in rows)
    return {row.key: read_row(row, names) for row in rows}


def _refusals(rows: list[Row]) -> dict[int, str]:
    found: dict[int, str] = {}
    seen: dict[str, Row] = {}
    for row in rows:
        if row.fault:
            found[id(row)] = row.fault
        elif row.key in seen:
            first = seen[row.key]
            found[id(row)] = f"the id is used before, in {first.file} line {first.line}"
        else:
            seen[row.key] = row
    return found


def _everybody_met(readings: list[Reading], americans: Americans) -> dict[str, list[Counterpart]]:
    known = Known(readings, americans)
    return {reading.row.key: counterparts(reading, known) for reading in readings}


def _sightings(readings: dict[str, Reading], met: dict[str, list[Counterpart]]) -> Iterator[Sighting]:
    for key, reading in readings.items():
        for one in (*reading.visitors, *met[key]):
            if one.sighting:
                yield one.sighting


def _gatherings_by_last_row(readings: dict[str, Reading]) -> dict[str, list[Gathering]]:
    """Each gathering under the row that comes last among its own in the input, so that all its actors are "
    "known."""
    order = {key: number for number, key in enumerate(readings)}
    attended = (
        (reading.row, USA if reading.visitors else reading.state, name)
        for reading in readings.values()
        for name in gatherings_attended(reading.row.text)
    )
    found: dict[str, list[Gathering]] = {}
    for gathering in gather(attended):
        last = max((row.key for row in gathering.rows), key=order.__getitem__)
        found.setdefault(last, []).append(gathering)
    return found


def _outcome(row: Row, outcome: Result, reason: str = "", rule: str = "") -> Outcome:
    return Outcome(row.key, row.file, row.line, row.id, outcome, reason, rule)
