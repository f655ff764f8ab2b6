"""Edges and ties as a whole, for the formats that leave the service."""

from dataclasses import replace
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from db.engine import ids_of
from db.exporting import Export
from db.filters import Question
from db.pages import Order
from graph.edges import edge_listing, with_any_status
from graph.ties import tie_listing
from models.filters import CounterpartList, EdgeList, TieList

BY_PAIR: Final = Order(("d.ego_id", "d.alter_id", "d.newest", "d.contact_id"))
"""So that the edges of one pair follow each other: a format may draw them as one."""
_BOTH: Final = "VALUES (page.{0}), (page.{1})"


def edge_export(session: Session, asked: EdgeList, limit: int | None, *, network: bool) -> Export:
    """Returns the edges of a question, newest first, or pair by pair for a network.

    Args:
        session: to read with.
        asked: the question.
        limit: most edges; None = all.
        network: whether the actors are wanted too.
    """
    asked = with_any_status(asked)
    question = Question(asked, ids_of(session))
    listing = edge_listing(question, asked)
    if not network:
        return Export(question, listing, limit=limit)
    return Export(question, replace(listing, order=BY_PAIR), _BOTH.format("ego_id", "alter_id"), limit)


def tie_export(
    session: Session, asked: TieList | CounterpartList, limit: int | None, today: date, *, network: bool
) -> Export:
    """Returns the ties of a question in the order asked.

    Args:
        session: to read with.
        asked: the question.
        limit: most ties; None = all.
        today: the civil day at which silences are measured, unless the question ends before.
        network: whether the actors are wanted too.
    """
    question = Question(asked, ids_of(session))
    listing = tie_listing(question, asked, today)
    return Export(question, listing, _BOTH.format("ego_id", "k2") if network else "", limit)
