"""The brief on a pair: last contacts, what is upcoming, promised and disputed, and facts, each with how it is known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from db.engine import ids_of
from db.filters import Question
from graph.brief_rows import PairRows, rows_of, units_of
from graph.citations import Citations, Ends, read_citations
from graph.ends import actor_links, contact_filter
from graph.facts import facts_in_words, rhythm_and_facts
from graph.hurry import hurried
from graph.neighbours import check
from graph.questions import SECONDS, Asking, Found
from graph.ties import silent_until
from graph.watches import watched_pairs
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.brief import BriefQuestion
from models.errors import Detail, InvalidQuery, TimedOut
from models.vocabulary import STORED_LEVELS, Level

HEADINGS: Final = ("upcoming", "disputes", "commitments")
_SAME: Final = "A brief is about two different actors; nobody deals with himself."


@dataclass(slots=True)
class Reading:
    """A brief on its way.

    Attributes:
        asking: with what it is answered.
        asked: the question.
        as_of: the civil day of the brief.
        pairs: what was found of each pair of ends, the lowest level first.
        facts: of the pair itself, in words.
    """

    asking: Asking
    asked: BriefQuestion
    as_of: date
    pairs: list[PairRows]
    facts: list[dict[str, Any]] = field(default_factory=list)

    def rows(self, heading: str) -> list[tuple[PairRows, Any]]:
        """Returns what stands under a heading, a contact or commitment once, at the lowest level that has it."""
        found: dict[tuple[int, int], tuple[PairRows, Any]] = {}
        for pair in self.pairs:
            for row in pair.rows.get(heading, ()):
                found.setdefault((row.contact_id, row.commitment_id), (pair, row))
        return sorted(found.values(), key=lambda one: (_due(one[1]), one[1].place))


def _due(row: Any) -> str:
    """Returns by when a commitment is due; without a date it comes last."""
    return str(row.commitment["due"] or "~") if row.commitment else ""


def find_brief(asking: Asking, asked: BriefQuestion) -> Found:
    """Returns the brief on the two actors in the address.

    Raises:
        InvalidQuery: it refers to something that is not in the record, or both ends are one.

    Cost: one statement for each pair of ends, three or four of them; eleven more for facts and sources.
    """
    ego, alter = (asking.actors([asking.address[end]], end)[0] for end in ("ego", "alter"))
    if ego == alter:
        raise InvalidQuery(_SAME, errors=[Detail("same_actor", _SAME, parameter="ego")])
    as_of = silent_until(contact_filter(asked), asking.today)
    levels, left_out = units_of(asking, asked.level, (ego, alter), as_of)
    facts = _facts(asking, asked, (ego, alter), as_of)
    pairs, unread = _pairs(asking, asked, levels, as_of)
    reading = Reading(asking, asked, as_of, pairs, facts)
    shown = {heading: reading.rows(heading)[: asked.limit] for heading in HEADINGS}
    found = _written(reading, shown)
    names = actor_links(asking, [ego, alter])
    found |= {"ego": names[ego], "alter": names[alter]}
    cut = [name for name in HEADINGS if len(reading.rows(name)) > asked.limit]
    limits = {"limit": asked.limit} if cut else {}
    limits |= {SECONDS: int(asking.budget.seconds)} if unread else {}
    notes = [f"There is more under {name} than is shown." for name in cut]
    notes += [f"The {level} level took too long and is left out." for level in unread]
    overdue = {row.contact_id for pair in pairs for row in pair.rows.get("overdue", ())}
    left_out |= {"overdue_plans": len(overdue)} if overdue else {}
    return Found(found, "contacts", limits, left_out, notes)


def _pairs(
    asking: Asking, asked: BriefQuestion, levels: Sequence[tuple[Level, Ends]], as_of: date
) -> tuple[list[PairRows], list[Level]]:
    """Returns what was found of each pair of ends, the lowest level first, and the levels that took too long.

    The stored levels and the level asked come first. A level that is lifted while reading may use half of the time
    that is left, so that whatever it costs the brief gets done.
    """
    found: dict[int, PairRows] = {}
    unread: list[Level] = []
    for n, (level, ends) in sorted(enumerate(levels), key=lambda one: one[0] > 0 and one[1][0] not in STORED_LEVELS):
        if n == 0 or level in STORED_LEVELS:
            found[n] = rows_of(asking, asked, level, ends, as_of)
            continue
        try:
            with hurried(asking, 0.5) as limited:
                found[n] = rows_of(limited, asked, level, ends, as_of)
        except TimedOut:
            unread.append(level)
    return [found[n] for n in sorted(found)], list(dict.fromkeys(unread))


def _facts(asking: Asking, asked: BriefQuestion, ends: Ends, as_of: date) -> list[dict[str, Any]]:
    ids = ids_of(asking.session)
    contacts = contact_filter(asked, between=[ids.encode("act", end) for end in ends])
    question = Question(contacts, ids)
    ctes, columns = rhythm_and_facts(question, contacts, f"CAST({question.bind(as_of)} AS date)")
    check(asking, question)
    row = asking.execute(f"WITH {question.refs_cte()}{ctes} SELECT {columns}", question.params).one()
    return facts_in_words(row.facts, row.rhythm)


def _written(reading: Reading, shown: Mapping[str, Sequence[tuple[PairRows, Any]]]) -> dict[str, Any]:
    """Returns every heading of the brief, with the sources of each contact."""
    decode = ids_of(reading.asking.session).decode
    behind = [[decode(one["id"], "con") for one in fact["contacts"]] for fact in reading.facts]
    last = [(pair, row) for pair in reading.pairs for row in pair.rows.get("last", ())]
    rows = [*last, *(one for rows in shown.values() for one in rows)]
    contacts = {row.contact_id for _, row in rows} | {number for numbers in behind for number in numbers if number}
    citations = read_citations(reading.asking, contacts)
    names = actor_links(reading.asking, {end for pair in reading.pairs for end in pair.ends})
    watched = watched_pairs(
        reading.asking, ((pair.ends, row.earliest, row.latest) for pair, row in last), reading.as_of
    )
    own = reading.pairs[0]

    def sources(numbers: Iterable[int | None]) -> list[dict[str, Any]]:
        return [one for number in numbers if number for one in citations.sources(number, own.ends, own.level)]

    return {
        "last": [
            _last(pair, names, _cited(citations, pair, row), _silence(row, reading.as_of, ends))
            for (pair, row), ends in zip(last, watched, strict=True)
        ],
        "commitments": [
            {**row.commitment, "contact": _cited(citations, pair, row)} for pair, row in shown["commitments"]
        ],
        **{name: [_cited(citations, pair, row) for pair, row in shown[name]] for name in ("upcoming", "disputes")},
        "facts": [{**fact, "sources": sources(numbers)} for fact, numbers in zip(reading.facts, behind, strict=True)],
    }


def _cited(citations: Citations, pair: PairRows, row: Any) -> dict[str, Any]:
    return {**citations.cited(row.contact_id, pair.ends, pair.level, row.status), "ambiguous": row.ambiguous}


def _last(pair: PairRows, names: Mapping[int, Any], contact: dict[str, Any], silence: dict[str, Any]) -> dict[str, Any]:
    return {
        "level": pair.level,
        "ego": names[pair.ends[0]],
        "alter": names[pair.ends[1]],
        "silence": silence,
        "contact": contact,
    }


def _silence(row: Any, as_of: date, watched: Mapping[str, str]) -> dict[str, Any]:
    """Returns models.edges.Silence since one contact."""
    earliest, latest = row.earliest, row.latest
    ends = (latest - datetime.resolution).date() if latest < LAST_MOMENT else as_of
    return {
        "at_least": max(0, (as_of - ends).days),
        "at_most": max(0, (as_of - earliest.date()).days) if earliest > FIRST_MOMENT else None,
        "as_of": as_of.isoformat(),
        "watched": watched,
    }
