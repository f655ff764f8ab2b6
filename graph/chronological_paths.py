"""The question of paths in time: contacts to hops, hops to the best path, the path to what a person can check."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np

from db.documents import contact_link
from db.engine import ids_of
from db.filters import TOO_WIDE, Question, wide_contacts
from graph.chronicle import EPOCH, Hops, hops_of, micros
from graph.chronicle_rows import STRENGTH
from graph.chronology_labels import best_path
from graph.ends import actor_links, contact_filter, span
from graph.hops import Allowance, CutShortError, Mode, Sought, World
from graph.questions import NODES, SECONDS, Asking, Found
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.chronology import ChronologicalPathQuestion
from models.graph import GraphQuestion

HOPS: Final = "hops"
STEPS_PER_NODE: Final = 250
"""Hops looked at for each actor of the budget."""
KEPT_BACK: Final = 0.2
"""Part of the time that is left for the answer when a search is cut short."""
DAY_MICROS: Final = 86_400_000_000
FIRST, LAST = micros(FIRST_MOMENT), micros(LAST_MOMENT)
ORDER_ONLY: Final = (
    "Certain and possible speak of the order of contacts only, not of whether word was passed on; "
    "how well each contact is founded says its status."
)
SPREADS: Final = "Above actor level a path assumes that word spreads inside each unit."
WALKS: Final = "With max_waiting_days the answer is about walks: the best way may pass an actor twice."
UNSETTLED: Final = "The search for the best {mode} path was cut short: there may be one."
_CONTACTS: Final = f"SELECT c.contact_id, {contact_link('c')} AS link FROM contact c WHERE c.contact_id = ANY(:ids)"


@dataclass(frozen=True, slots=True)
class Way:
    """The rows of a path, in its order, and what their dates allow."""

    mode: Mode
    rows: tuple[int, ...]
    lo: tuple[int, ...]
    hi: tuple[int, ...]

    @classmethod
    def of(cls, hops: Hops, mode: Mode, rows: Sequence[int]) -> "Way":
        """Returns the way over some rows."""
        lo, hi = (tuple(int(column[row]) for row in rows) for column in (hops.rows.lo, hops.rows.hi))
        return cls(mode, tuple(rows), lo, hi)

    @property
    def departure(self) -> dict[str, str | None]:
        """When the first contact was: not after any later one ended."""
        return span(moment(self.lo[0]), moment(min(self.hi)))

    @property
    def arrival(self) -> dict[str, str | None]:
        """When the last contact was: not before any earlier one began."""
        return span(moment(max(self.lo)), moment(self.hi[-1]))

    @property
    def duration(self) -> dict[str, float | None]:
        """From the first to the last."""
        return _days(max(self.lo) - min(self.hi), self.lo[0], self.hi[-1])

    def waiting(self, place: int) -> dict[str, float | None] | None:
        """From the contact before to the one at a place."""
        if place == 0:
            return None
        return _days(self.lo[place] - self.hi[place - 1], self.lo[place - 1], self.hi[place])


def find_chronological_paths(asking: Asking, asked: ChronologicalPathQuestion) -> Found:
    """Returns the best certain and possible path as models.chronology.ChronologicalPathAnswer.

    Cost: see graph.chronicle for the hops, graph.chronology_labels for the search.
    """
    ends = asking.two_actors([asked.source, asked.target], "source")
    hops = hops_of(asking, asked)
    modes: list[Mode] = ["certain", "possible"] if asked.mode == "both" else [asked.mode]
    ways: list[Way] = []
    left_out = too_wide(asking, asked)
    notes = notes_of(asked)
    limits: dict[str, int] = {}
    for mode in modes:
        world = window_of(asking, asked, hops, mode)
        try:
            rows, cut = _best_rows(asking, asked, world, mode, ends)
        except CutShortError:
            limits |= budget_of(asking)
            notes.append(UNSETTLED.format(mode=mode))
            continue
        limits |= cut
        ways += [Way.of(hops, mode, rows)] if rows else []
    if asked.max_waiting_days is not None:
        notes.append(WALKS)
    items = _items(asking, hops, ways)
    return Found({"items": items}, "hops", limits=limits, left_out=left_out, notes=notes)


def _best_rows(
    asking: Asking, asked: ChronologicalPathQuestion, world: World, mode: Mode, ends: tuple[int, int]
) -> tuple[list[int] | None, dict[str, int]]:
    """Returns the rows of the best path, and the limit on hops if the operator's made a difference."""
    wait = None if asked.max_waiting_days is None else asked.max_waiting_days * DAY_MICROS
    most = asking.budget.hops

    def search(max_hops: int | None) -> list[int] | None:
        return best_path(world, Sought(mode, *ends, asked.objective, wait, max_hops), allowance_of(asking))

    rows = search(asked.max_hops)
    if rows is None or len(rows) <= most:
        return rows, {}
    # Nobody was asked for so few hops, so it has to be said that a better path is longer.
    return search(most), {HOPS: most}


def window_of(asking: Asking, asked: GraphQuestion, hops: Hops, mode: Mode) -> World:
    """Returns the hops that may lie in a question's window, or that must; kept for as long as the record stays."""
    start, end = asked.window

    def make() -> World:
        world = hops.world.within(micros(start) if start else None, micros(end) if end else None, mode)
        _ = world.starts
        return world

    key = ("window", asking.version, contact_filter(asked).model_dump_json(), mode)
    return asking.memory.kept(key, make, lambda world: len(world.tail) * 48 + world.actors * 8)


def allowance_of(asking: Asking) -> Allowance:
    """Returns how much a search may do within the budget; what it found must still be looked up."""
    kept_back = asking.budget.seconds * KEPT_BACK
    return Allowance(asking.budget.nodes * STEPS_PER_NODE, lambda: asking.seconds_left > kept_back)


def budget_of(asking: Asking) -> dict[str, int]:
    """Returns which part of the budget is used up."""
    if asking.seconds_left <= asking.budget.seconds * KEPT_BACK:
        return {SECONDS: int(asking.budget.seconds)}
    return {NODES: asking.budget.nodes}


def notes_of(asked: GraphQuestion) -> list[str]:
    """Returns what every answer about order has to say."""
    return [ORDER_ONLY, *([SPREADS] if asked.level != "actor" else [])]


def too_wide(asking: Asking, asked: GraphQuestion) -> dict[str, int]:
    """Returns how many contacts have no hops, because they are too wide to store their pairs."""
    question = Question(contact_filter(asked), ids_of(asking.session))
    count = wide_contacts(question, question.asked)[TOO_WIDE]
    found = asking.execute(f"WITH {question.refs_cte()} SELECT {count}", question.params).scalar_one()
    return {TOO_WIDE: found} if found else {}


def moment(micros_: int) -> datetime:
    """Returns civil time, as the arrays count it, for people."""
    return EPOCH + timedelta(microseconds=micros_)


def _days(at_least: int, start: int, end: int) -> dict[str, float | None]:
    known = start > FIRST and end < LAST
    at_most = round((end - start) / DAY_MICROS, 4) if known else None
    return {"at_least_days": round(max(0, at_least) / DAY_MICROS, 4), "at_most_days": at_most}


def _items(asking: Asking, hops: Hops, ways: Sequence[Way]) -> list[dict[str, Any]]:
    rows = np.array([row for way in ways for row in way.rows], dtype=np.int64)
    if not len(rows):
        return []
    ends = np.concatenate((hops.rows.ego[rows], hops.rows.alter[rows], hops.rows.via[rows]))
    actors = actor_links(asking, (int(end) for end in ends if end))
    contacts = asking.execute(_CONTACTS, {"ids": [int(contact) for contact in hops.rows.contact[rows]]})
    links = {row.contact_id: row.link for row in contacts}
    return [
        {
            "mode": way.mode,
            "hops": len(way.rows),
            "departure": way.departure,
            "arrival": way.arrival,
            "duration": way.duration,
            "weakest_status": STRENGTH[max(int(hops.rows.status[row]) for row in way.rows)],
            "steps": [_step(hops, way, place, actors, links) for place in range(len(way.rows))],
        }
        for way in ways
    ]


def _step(hops: Hops, way: Way, place: int, actors: Mapping[int, Any], contacts: Mapping[int, Any]) -> dict[str, Any]:
    row = way.rows[place]
    contact = contacts[int(hops.rows.contact[row])]
    return {
        "source": actors[int(hops.rows.ego[row])],
        "target": actors[int(hops.rows.alter[row])],
        "via": actors.get(int(hops.rows.via[row])),
        "contact": contact,
        "status": STRENGTH[int(hops.rows.status[row])],
        "bounds": span(moment(way.lo[place]), moment(way.hi[place])),
        "waiting": way.waiting(place),
        "links": {"contact": f"/v1/contacts/{contact['id']}"},
    }
