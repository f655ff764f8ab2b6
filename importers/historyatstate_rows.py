"""The files of HistoryAtState/visits and HistoryAtState/travels as rows, each with its file and line."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final
from xml.sax import SAXException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

import defusedxml.sax  # type: ignore[import-untyped]
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import parse as parse_xml  # type: ignore[import-untyped]

FOLDERS: Final = {"visits": "visit", "president-travels": "president", "secretary-travels": "secretary"}
PRESIDENTS: Final = "presidents.xml"
FILES: Final = (*(f"{folder}/*.xml" for folder in FOLDERS), PRESIDENTS)
LONGEST_TEXT_CHARACTERS: Final = 4_000
"""The longest of the 7,535 rows has 430; some of the patterns that read a row take time with its square."""
_ROW_ELEMENTS: Final = ("visit", "trip")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Row:
    """One visit or one trip stop as the file gives it, white space collapsed."""

    series: str
    file: str
    line: int
    id: str
    start: str
    end: str
    state_id: str
    state_text: str
    who: str
    name: str
    locale: str
    text: str

    @property
    def key(self) -> str:
        """`visit/751` or `trip/3324`: ids are unique within visits and within trips."""
        return f"{'visit' if self.series == 'visit' else 'trip'}/{self.id}"

    @property
    def fault(self) -> str | None:
        """Why the row cannot become a contact, or None."""
        if not self.id:
            return "the row has no id"
        for name, value in (("start-date", self.start), ("end-date", self.end)):
            if not _is_day(value):
                return f"{name} is not a day written as YYYY-MM-DD"
        if self.end < self.start:
            return "end-date is before start-date"
        if not self.state_id:
            return "the country has no id"
        if any(len(text) > LONGEST_TEXT_CHARACTERS for text in (self.text, self.name, self.locale, self.state_text)):
            return f"a text is longer than {LONGEST_TEXT_CHARACTERS:,} characters, which no visit needs"
        return None if self.name else "nobody is named as the visitor"


@dataclass(frozen=True, slots=True)
class Tenure:
    """A president's term as presidents.xml gives it; `until` is None while in office."""

    who: str
    name: str
    since: str
    until: str | None


@dataclass
class _RowHandler(ContentHandler):
    series: str
    file: str
    rows: list[Row] = field(default_factory=list)
    _fields: dict[str, str] = field(default_factory=dict)
    _attributes: dict[str, str] = field(default_factory=dict)
    _line: int = 0
    _element: str = ""

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the SAX interface's name
        if name in _ROW_ELEMENTS:
            self._fields, self._attributes = {}, {"who": attrs.get("who", "")}
            self._line = self._locator.getLineNumber()  # type: ignore[attr-defined]
        elif name in ("country", "from"):
            self._attributes["state_id"] = attrs.get("id", "")
        self._element = name

    def characters(self, content: str) -> None:
        self._fields[self._element] = self._fields.get(self._element, "") + content

    def endElement(self, name: str) -> None:  # noqa: N802 - the SAX interface's name
        if name in _ROW_ELEMENTS:
            self.rows.append(self._row())
        self._element = ""

    def _row(self) -> Row:
        visit = self.series == "visit"

        def value(name: str) -> str:
            return " ".join(self._fields.get(name, "").split())

        return Row(
            series=self.series,
            file=self.file,
            line=self._line,
            id=value("id"),
            start=value("start-date"),
            end=value("end-date"),
            state_id=self._attributes.get("state_id", ""),
            state_text=value("from" if visit else "country"),
            who=self._attributes.get("who", ""),
            name=value("visitor" if visit else "name"),
            locale=value("locale"),
            text=value("description" if visit else "remarks"),
        )


def data_files(path: Path) -> list[tuple[str, Path]]:
    """Every file that holds rows, with its series, in the order in which they are read.

    Raises:
        FileNotFoundError: none of the three folders is there.
    """
    found = [(series, file) for folder, series in FOLDERS.items() for file in sorted((path / folder).glob("*.xml"))]
    if not found:
        place = "It is a file, and the data set a folder with" if path.is_file() else "This folder holds none of"
        raise FileNotFoundError(
            f"{place} visits/, president-travels/ and secretary-travels/ with XML files "
            "in it; "
            "name the folder that holds them."
        )
    return found


def read_rows(path: Path) -> Iterator[Row]:
    """Every row of every file, in file order.

    Raises:
        FileNotFoundError: the folder holds no such files.
        xml.sax.SAXException: a file is not well-formed, or in an encoding that is not read; it names the file.
    """
    for series, file in data_files(path):
        handler = _RowHandler(series, file.relative_to(path).as_posix())
        with _in_known_encoding(handler.file):
            defusedxml.sax.parse(str(file), handler)
        yield from handler.rows


@contextmanager
def _in_known_encoding(file: str) -> Iterator[None]:
    """Says of a file what the parser says in a way of its own: that it cannot tell its characters."""
    try:
        yield
    except DefusedXmlException:
        raise
    except (LookupError, ValueError) as error:
        raise SAXException(f"{file} is in an encoding that is not read here; UTF-8 is.") from error


def read_tenures(path: Path) -> list[Tenure]:
    """The presidents' terms of office from presidents.xml; empty when that file is absent.

    Raises:
        xml.etree.ElementTree.ParseError: the file is not well-formed.
        xml.sax.SAXException: it is in an encoding that is not read.
    """
    file = path / PRESIDENTS
    if not file.is_file():
        return []
    tenures = []
    with _in_known_encoding(file.name):
        root = parse_xml(file).getroot()
    for element in root.iter("president"):
        values = {child.tag: " ".join((child.text or "").split()) for child in element}
        since, until = values.get("took-office-date", ""), values.get("left-office-date", "")
        if _is_day(since) and values.keys() >= {"id", "name"}:
            tenures.append(Tenure(values["id"], values["name"], since, until or None))
    return tenures


def count_rows(path: Path) -> int:
    """How many rows the files hold, counted without parsing them."""
    return sum(len(re.findall(rb"<(?:visit|trip)[\s>]", file.read_bytes())) for _, file in data_files(path))
