"""Pairs that may be one, ranked by their score and cut into pages."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from db.pages import Answer, bad_cursor, decode_cursor, filter_digest
from models.duplicates import PairQuestion

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Ranked:
    """Pairs with their features and scores.

    Attributes:
        features: of each pair.
        scores: of each pair, 0 to 100.
        method: by which they were found.
        dismissals: public ids of standing dismissals, by pair.
        limits: that cut the search, by name.
        after: the place from which the page is wanted; None = the beginning.
    """

    features: Mapping[Pair, Mapping[str, float | None]]
    scores: Mapping[Pair, float]
    method: str
    dismissals: Mapping[Pair, str] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)
    after: tuple[int, ...] | None = None


def place_of(asked: PairQuestion, member: str) -> tuple[int, ...] | None:
    """Returns the place that a question's cursor tells, before anything is looked for; None = the beginning.

    Raises:
        InvalidQuery: the cursor belongs to another question.
    """
    if asked.cursor is None:
        return None
    key = decode_cursor(asked.cursor, filter_digest(asked, member), 3)
    if not all(isinstance(part, int) for part in key):
        raise bad_cursor()
    return tuple(key)


def page_of(ranked: Ranked, asked: PairQuestion, row: Any, member: str, link: Callable[[int], Any]) -> Answer:
    """Returns a page of pairs, the likeliest first, from the place that is wanted.

    Args:
        ranked: all pairs found.
        asked: how alike they must be, how many are wanted, from where.
        row: the state of the record in which they were found: ``number`` and ``at``.
        member: under which name an item holds the two.
        link: an actor or a contact as an item shows it.
    """
    keys = sorted((-round(10 * score), *pair) for pair, score in ranked.scores.items() if score >= asked.min_score)
    if ranked.after is not None:
        keys = [key for key in keys if key > ranked.after]
    page = keys[: asked.limit]
    items = [
        {
            member: [link(number) for number in key[1:]],
            "score": -key[0] / 10,
            "features": {n: v if v is None else round(v, 2) for n, v in ranked.features[key[1], key[2]].items()},
            "method": ranked.method,
            "dismissal": ranked.dismissals.get((key[1], key[2])),
        }
        for key in page
    ]
    more = list(page[-1]) if len(keys) > len(page) else None
    return Answer(row.number, json.dumps(items), row.at, next_key=more, limits=ranked.limits or None)
