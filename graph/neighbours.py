"""Whom actors dealt with under a question, many actors at a time: how paths and circles are walked.

Without filters, at a stored level, these are ranges of the stored ties; else of the edges, which office and
organisation level lift while they are read.
"""

from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from db.arrays import read_arrays
from db.engine import ids_of
from db.filters import TOO_WIDE, Question, wide_contacts
from db.pages import check_references
from db.statements import fetch_all
from graph.edges import edge_source
from graph.ends import actor_link, contact_filter
from graph.kept_ties import kept_ties
from graph.questions import Asking
from graph.tie_arrays import Places, Ties
from graph.ties import UNFILTERED
from models.graph import GraphQuestion
from models.restating import given
from models.vocabulary import STORED_LEVELS

KEPT_BYTES: Final = 100
EGOS: Final = "CAST(:egos AS bigint[])"
PROBES_MAX: Final = 200
"""Pairs up to which each is looked up by its key; beyond, the ranges of one side are read."""


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs under the question, each from one end.

    Attributes:
        ego: the near ends.
        alter: the far ends.
        contacts: distinct contacts.
        last: the end of the last one's bounds in µs from 2000, if dated; else 0.
    """

    ego: Places
    alter: Places
    contacts: Places
    last: Places

    @property
    def turned(self) -> "Links":
        """The same from the other end."""
        return Links(self.alter, self.ego, self.contacts, self.last)

    def kept(self, keep: NDArray[Any]) -> "Links":
        """Returns some of them."""
        return Links(self.ego[keep], self.alter[keep], self.contacts[keep], self.last[keep])


class Facts(NamedTuple):
    """What is known of one pair under the question."""

    contacts: int
    first_earliest: datetime
    first_latest: datetime
    last_earliest: datetime
    last_latest: datetime


class Neighbours:
    """The pairs of a question, asked for by one end or by both."""

    def __init__(self, asking: Asking, asked: GraphQuestion, *, dated: bool = False, fetched: bool = False) -> None:
        """Prepares the question.

        Args:
            asking: the snapshot.
            asked: the question, with all its filters.
            dated: whether links say when the last contact was; it costs a look at the rows behind the index.
            fetched: whether links are fetched from PostgreSQL, whatever the process keeps.

        Raises:
            InvalidQuery: it refers to something that is not in the record.
        """
        self._asking = asking
        self._wanted = contact_filter(asked)
        self._from_ties = asked.level in STORED_LEVELS and given(self._wanted) <= UNFILTERED
        self._dated, self._fetched = dated, fetched
        self._question, self._source = self._prepared(EGOS)
        self._wide = wide_contacts(self._question, self._wanted)[TOO_WIDE]
        check(asking, self._question)

    def left_out(self) -> dict[str, int]:
        """Returns how many contacts of the question have no pairs here, because they are too wide to store them."""

        def count() -> int:
            statement = f"WITH {self._question.refs_cte()} SELECT {self._wide}"
            found: int = self._asking.execute(statement, self._question.params).scalar_one()
            return found

        key = ("wide", self._asking.version, self._wanted.model_dump_json())
        wide = self._asking.memory.kept(key, count, lambda _: KEPT_BYTES)
        return {TOO_WIDE: wide} if wide else {}

    @cached_property
    def kept(self) -> Ties | None:
        """All ties of the level as arrays, where the question has no filters and the process has them."""
        wanted = self._from_ties and not self._dated and not self._fetched
        return kept_ties(self._asking, self._wanted.level) if wanted else None

    def of(self, egos: Collection[int], *, most: int | None = None) -> Links:
        """Returns the links of some actors.

        Args:
            egos: the near ends.
            most: links of each at most, the strongest; None = all.

        Cost: nothing where ties are kept; else one statement, a range of an index for each ego.
        """
        if self.kept is not None:
            ego, alter, contacts = self.kept.of(self.kept.known(egos), most)
            return Links(ego, alter.astype(np.int64), contacts.astype(np.int64), np.zeros_like(ego))
        if most is None:
            return self._links(self._pairs(f"d.ego_id = ANY({EGOS})"), {"egos": list(egos)})
        each = f"""SELECT * FROM ({self._pairs("d.ego_id = e.ego")}) found
            ORDER BY contacts DESC, alter_id DESC LIMIT :most"""
        pairs = f"SELECT x.* FROM unnest({EGOS}) e(ego), LATERAL ({each}) x"
        return self._links(pairs, {"egos": list(egos), "most": most})

    def between(self, egos: Collection[int], alters: Collection[int]) -> Links:
        """Returns the links that lead from one set of actors to another.

        Cost: one statement: a look-up for each pair while they are few, else the ranges of the smaller side.
        """
        if len(egos) > len(alters):
            return self.between(alters, egos).turned
        # Without the sum the planner would probe an index for every pair of the two sets.
        far = "d.alter_id" if len(egos) * len(alters) <= PROBES_MAX else "(d.alter_id + 0)"
        pairs = self._pairs(f"d.ego_id = ANY({EGOS}) AND {far} = ANY(CAST(:alters AS bigint[]))")
        return self._links(pairs, {"egos": list(egos), "alters": list(alters)})

    def among(self, actors: Collection[int], most: int) -> dict[tuple[int, int], Facts]:
        """Returns what is known of the pairs among some actors, each pair once, strongest first.

        Args:
            actors: both ends.
            most: pairs.

        Cost: one statement.
        """
        where = " AND ".join(
            [
                *self._question.conditions,
                f"d.ego_id = ANY({EGOS}) AND (d.alter_id + 0) = ANY({EGOS}) AND d.ego_id < d.alter_id",
            ]
        )
        grouped = "" if self._from_ties else "GROUP BY d.ego_id, d.alter_id"
        statement = f"""WITH {self._question.refs_cte()} SELECT d.ego_id, d.alter_id, {self._facts} FROM {self._source}
            WHERE {where} {grouped} ORDER BY contacts DESC, d.ego_id, d.alter_id LIMIT :most"""
        wanted = {"egos": list(actors), "most": most}
        rows = self._asking.execute(statement, {**self._question.params, **wanted})
        return {(row.ego_id, row.alter_id): Facts._make(tuple(row)[2:]) for row in rows}

    def all_pairs(self) -> tuple[Places, Places, Places]:
        """Returns every pair of the question once: both ends and the number of distinct contacts, as arrays.

        Cost: some million pairs a second, where ties are not kept.
        """
        if self.kept is not None:
            ego, alter, count = self.kept.of(np.flatnonzero(self.kept.counts))
            once = ego < alter
            return ego[once], alter[once].astype(np.int64), count[once].astype(np.int64)
        question, source = self._prepared("")
        where = " AND ".join([*question.conditions, "d.ego_id < d.alter_id"])
        contacts, grouped = ("d.contacts", "") if self._from_ties else ("count(*)", "GROUP BY d.ego_id, d.alter_id")
        select = f"""WITH {question.refs_cte()}
            SELECT d.ego_id, d.alter_id, {contacts} FROM {source} WHERE {where} {grouped}"""
        columns = {"ego_id": "i8", "alter_id": "i8", "contacts": "i8"}
        self._asking.limit_time()
        found = read_arrays(self._asking.session, select, question.params, columns)
        return found["ego_id"], found["alter_id"], found["contacts"]

    def described(
        self, pairs: Collection[tuple[int, int]]
    ) -> tuple[dict[tuple[int, int], Facts], dict[int, dict[str, Any]]]:
        """Returns what is known of some pairs, and models.base.ActorLink of their ends.

        Cost: one statement.
        """
        joined = [*self._question.conditions, "d.ego_id = w.ego AND d.alter_id = w.alter"]
        known = f"""SELECT d.ego_id, d.alter_id, {self._facts} FROM {self._source},
            unnest({EGOS}, CAST(:alters AS bigint[])) w(ego, alter)
            WHERE {" AND ".join(joined)} {"" if self._from_ties else "GROUP BY d.ego_id, d.alter_id"}"""
        statement = f"""WITH {self._question.refs_cte()} SELECT k.*, e.slug, e.name, e.kind, a.slug AS alter_slug,
            a.name AS alter_name, a.kind AS alter_kind
            FROM ({known}) k JOIN actor e ON e.actor_id = k.ego_id JOIN actor a ON a.actor_id = k.alter_id"""
        wanted = sorted(pairs)
        ends = {"egos": [ego for ego, _ in wanted], "alters": [alter for _, alter in wanted]}
        self._asking.limit_time()
        rows = fetch_all(self._asking.session, statement, {**self._question.params, **ends})
        ids = ids_of(self._asking.session)
        links = {
            one: actor_link(ids, one, *row[at : at + 3]) for row in rows for one, at in ((row[0], 7), (row[1], 10))
        }
        return {(row[0], row[1]): Facts(*row[2:7]) for row in rows}, links

    @property
    def _facts(self) -> str:
        dates = ("first_earliest", "first_latest", "last_earliest", "last_latest")
        if self._from_ties:
            return f"d.contacts AS contacts, {', '.join(f'd.{one}' for one in dates)}"
        sums = ("min(d.earliest)", "min(d.latest)", "max(d.earliest)", "max(d.latest)")
        return f"count(*) AS contacts, {', '.join(f'{one} AS {name}' for one, name in zip(sums, dates, strict=True))}"

    def _prepared(self, egos: str) -> tuple[Question, str]:
        question = Question(self._wanted, ids_of(self._asking.session))
        if not self._from_ties:
            return question, edge_source(question, self._wanted, egos)
        question.conditions.append(f"d.level = {question.bind(self._wanted.level)}")
        return question, "tie d"

    def _pairs(self, condition: str) -> str:
        where = " AND ".join([*self._question.conditions, condition])
        if self._from_ties:
            last = "d.last_latest" if self._dated else "0::bigint"
            return f"SELECT d.ego_id, d.alter_id, d.contacts, {last} FROM {self._source} WHERE {where}"
        last = "max(d.latest)" if self._dated else "0::bigint"
        return f"""SELECT d.ego_id, d.alter_id, count(*) AS contacts, {last} FROM {self._source}
            WHERE {where} GROUP BY d.ego_id, d.alter_id"""

    def _links(self, pairs: str, wanted: Mapping[str, Any]) -> Links:
        self._asking.limit_time()
        statement = f"WITH {self._question.refs_cte()} {pairs}"
        columns = {"ego": "i8", "alter": "i8", "contacts": "i8", "last": "i8"}
        found = read_arrays(self._asking.session, statement, {**self._question.params, **wanted}, columns)
        return Links(found["ego"], found["alter"], found["contacts"], found["last"])

    def by(self, step: Asking) -> "Neighbours":
        """Returns the same pairs, asked for as a step of the question."""
        other = copy(self)
        other._asking = step
        return other


def check(asking: Asking, question: Question) -> None:
    """Refuses a question that refers to something that is not in the record.

    Raises:
        InvalidQuery: it names the reference, and the nearest actors.
    """
    if question.references:
        statement = f"WITH {question.refs_cte()} SELECT row_to_json(refs) FROM refs"
        resolved = asking.execute(statement, question.params).scalar_one()
        check_references(asking.session, question, resolved)
