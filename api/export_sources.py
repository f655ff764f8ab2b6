"""The lists that leave in other formats: where each is asked for, with which question, and what makes it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from db.contact_pages import contact_export
from db.exporting import Export
from graph.exports import edge_export, tie_export
from graph.questions import Found, Question
from graph.registry import QUESTIONS
from models.base import Shape
from models.exports import ContactExport, CounterpartExport, EdgeExport, FormatOptions, ParticipantExport, TieExport
from models.filters import ContactList, CounterpartList, EdgeList, TieList
from models.restating import restated


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client wants of a list.

    Attributes:
        asked: the question.
        address: references that stand in the path, by their name there.
        today: the civil day at which silences are measured.
        network: whether the actors are wanted by themselves too.
    """

    asked: Any
    today: date
    network: bool
    address: Mapping[str, str] = field(default_factory=dict)


Make = Callable[[Session, Wanted], Export]
Rows = tuple[list[dict[str, Any]], list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class ListSource:
    """A list that is read through a cursor.

    Attributes:
        table: its name among the formats' tables.
        path: below /v1; names in braces are actors.
        asked: its question.
        make: what is read for it.
        about: a sentence for the contract.
    """

    table: str
    path: str
    asked: type[Shape]
    make: Make
    about: str

    @property
    def ends(self) -> tuple[str, ...]:
        """The names of the actors in its path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))


@dataclass(frozen=True, slots=True)
class QuestionSource:
    """A graph question, whose answer is limited and made at once.

    Attributes:
        table: its name among the formats' tables.
        question: how it is answered.
        asked: the same question with options of formats.
        rows: the rows and the actors of an answer.
        about: a sentence for the contract.
    """

    table: str
    question: Question
    asked: type[Shape]
    rows: Callable[[Found], Rows]
    about: str

    @property
    def path(self) -> str:
        """Below /v1."""
        return self.question.path


def _contacts(session: Session, wanted: Wanted) -> Export:
    asked = restated(ContactList, wanted.asked, sort=wanted.asked.sort or "-latest")
    return contact_export(session, asked, wanted.asked.limit, network=wanted.network)


def _edges(session: Session, wanted: Wanted) -> Export:
    return edge_export(session, restated(EdgeList, wanted.asked), wanted.asked.limit, network=wanted.network)


def _ties(session: Session, wanted: Wanted) -> Export:
    asked = restated(TieList, wanted.asked)
    return tie_export(session, asked, wanted.asked.limit, wanted.today, network=wanted.network)


def _counterparts(session: Session, wanted: Wanted) -> Export:
    asked = restated(CounterpartList, wanted.asked, actor=[wanted.address["actor"]])
    return tie_export(session, asked, wanted.asked.limit, wanted.today, network=wanted.network)


def matrix_rows(found: Found) -> Rows:
    """Returns the cells of a matrix with both their ends, and the actors."""
    rows, columns, cells = (json.loads(found.members[name]) for name in ("rows", "columns", "cells"))
    near, far = ({end["actor"]["slug"]: end for end in ends} for ends in (rows, columns))
    flat = [
        {
            "row": near[cell["row"]]["actor"],
            "column": far[cell["column"]]["actor"],
            "count": found.members["count"],
            "value": cell["value"],
            "row_contacts": near[cell["row"]]["contacts"],
            "column_contacts": far[cell["column"]]["contacts"],
            "both_ways": cell["row"] in far and cell["column"] in near,
            "link": cell["link"],
        }
        for cell in cells
    ]
    return flat, [end["actor"] for end in {**near, **far}.values()]


def timeline_rows(found: Found) -> Rows:
    """Returns the buckets of a time line, each with every group, or as a whole where there are none."""
    names = {group["key"]: (group.get("actor") or {"name": group["key"]})["name"] for group in found.members["groups"]}
    flat = []
    for bucket in found.members["buckets"]:
        shared = {name: bucket[name] for name in ("bucket", "from", "to", "link")}
        counts = {key: bucket["groups"].get(key, 0) for key in names} or {None: bucket["contacts"]}
        flat += [
            {**shared, "group": key, "group_name": names.get(key) if key else None, "contacts": count}
            for key, count in counts.items()
        ]
    return flat, []


def circle_rows(found: Found) -> Rows:
    """Returns the ties of a circle with both their ends, and the actors."""
    nodes = {node["id"]: node for node in found.members["nodes"]}
    links = {number: {name: node[name] for name in ("id", "slug", "name", "kind")} for number, node in nodes.items()}
    shown = ("contacts", "first", "last", "links")
    flat = [
        {"source": links[tie["source"]], "target": links[tie["target"]], **{name: tie[name] for name in shown}}
        for tie in found.members["edges"]
    ]
    return flat, list(nodes.values())


def _question(table: str, rows: Callable[[Found], Rows], about: str) -> QuestionSource:
    question = next(one for one in QUESTIONS if one.path == f"/{table}")
    asked = type(f"{question.asked.__name__.removesuffix('Question')}Export", (question.asked, FormatOptions), {})
    return QuestionSource(table, question, asked, rows, about)


LISTS: Final[tuple[ListSource, ...]] = (
    ListSource("contacts", "/contacts", ContactExport, _contacts, "Contacts by any filter, all of them."),
    ListSource(
        "participants",
        "/participants",
        ParticipantExport,
        _contacts,
        "Who took part in the contacts of any filter, a row for each: what joins contacts with actors.",
    ),
    ListSource("edges", "/edges", EdgeExport, _edges, "Edges by any filter, all of them."),
    ListSource("ties", "/ties", TieExport, _ties, "Ties of some actors or of the whole record, all of them."),
    ListSource(
        "counterparts",
        "/actors/{actor}/counterparts",
        CounterpartExport,
        _counterparts,
        "With whom an actor dealt, all of them.",
    ),
)
ANSWERS: Final[tuple[QuestionSource, ...]] = (
    _question("matrix", matrix_rows, "Who dealt with whom, a row for each cell that is not empty."),
    _question("timeline", timeline_rows, "Contacts over time, a row for each bucket, or for each group in it."),
    _question("graph", circle_rows, "The graph around actors, a row for each tie."),
)
SOURCES: Final[tuple[ListSource | QuestionSource, ...]] = (*LISTS, *ANSWERS)
