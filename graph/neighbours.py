"""Whom actors dealt with under a question, many actors at a time: how paths and circles are walked.

Without filters, at a stored level, these are ranges of the stored ties; with filters of the stored edges. At
office and organisation level the pairs of the question are lifted once, and kept for as long as the record
stays as it is.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any, Final, NamedTuple

from numpy.typing import NDArray

from db.arrays import read_arrays
from db.engine import ids_of
from db.filters import TOO_WIDE, Question, wide_contacts
from db.pages import check_references
from graph.edges import edge_source
from graph.ends import contact_filter
from graph.questions import Asking
from graph.ties import UNFILTERED
from models.graph import GraphQuestion
from models.vocabulary import STORED_LEVELS

LINK_BYTES: Final = 250
"""About what a kept link takes."""
LIFTED_LINKS_MAX: Final = 400_000
"""Most pairs lifted for one question."""


class Link(NamedTuple):
    """One pair under the question, from one end: its distinct contacts, and the latest that the last may have been."""

    ego: int
    alter: int
    contacts: int
    last: datetime


class Facts(NamedTuple):
    """What is known of one pair under the question."""

    contacts: int
    first_earliest: datetime
    first_latest: datetime
    last_earliest: datetime
    last_latest: datetime


class Neighbours:
    """The pairs of a question, asked for by one end or by both."""

    def __init__(self, asking: Asking, asked: GraphQuestion) -> None:
        """Prepares the question.

        Raises:
            InvalidQuery: it refers to something that is not in the record.
        """
        self._asking = asking
        wanted = contact_filter(asked)
        self._question = Question(wanted, ids_of(asking.session))
        self._stored = asked.level in STORED_LEVELS
        fields = type(wanted).model_fields.items()
        given = {name for name, info in fields if getattr(wanted, name) != info.get_default(call_default_factory=True)}
        self._from_ties = self._stored and given <= UNFILTERED
        if self._from_ties:
            self._question.conditions.append(f"d.level = {self._question.bind(asked.level)}")
            self._source = "tie d"
        else:
            self._source = edge_source(self._question, wanted)
        self._wide = wide_contacts(self._question, wanted)[TOO_WIDE]
        check(asking, self._question)
        self._lifted = None if self._stored else self._lift(wanted.model_dump_json())

    @property
    def cut(self) -> bool:
        """Whether not all pairs of the level were lifted."""
        return self._lifted is not None and sum(map(len, self._lifted.values())) >= LIFTED_LINKS_MAX

    def left_out(self) -> dict[str, int]:
        """Returns how many contacts of the question have no pairs here, because they are too wide to store them."""
        statement = f"WITH {self._question.refs_cte()} SELECT {self._wide}"
        count = self._asking.execute(statement, self._question.params).scalar_one()
        return {TOO_WIDE: count} if count else {}

    def of(self, egos: Collection[int], *, most: int | None = None) -> list[Link]:
        """Returns the links of some actors, strongest first for each.

        Args:
            egos: the near ends.
            most: links of each at most; None = all.

        Cost: one statement; a range of an index for each ego.
        """
        if self._lifted is not None:
            return [link for ego in egos for link in self._lifted.get(ego, ())[:most]]
        each = (
            f"SELECT * FROM ({self._pairs('d.ego_id = e.ego')}) found ORDER BY contacts DESC, alter_id DESC LIMIT :most"
        )
        return self._links(f"SELECT x.* FROM unnest(CAST(:egos AS bigint[])) e(ego), LATERAL ({each}) x", egos, most)

    def between(self, egos: Collection[int], alters: Collection[int]) -> list[Link]:
        """Returns the links that lead from one set of actors to another."""
        if self._lifted is not None:
            there = set(alters)
            return [link for ego in egos for link in self._lifted.get(ego, ()) if link.alter in there]
        pairs = self._pairs("d.ego_id = ANY(:egos) AND d.alter_id = ANY(:alters)")
        return self._links(pairs, egos, None, alters)

    def all_pairs(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Returns every pair of the question once: both ends and the number of distinct contacts, as arrays.

        Cost: some million pairs a second from stored ties.
        """
        pairs = self._pairs("d.ego_id < d.alter_id")
        select = f"""WITH {self._question.refs_cte()}
            SELECT x.ego_id, x.alter_id, x.contacts FROM ({pairs}) x ORDER BY 1, 2"""
        columns = {"ego_id": "i8", "alter_id": "i8", "contacts": "i8"}
        self._asking.limit_time()
        found = read_arrays(self._asking.session, select, self._question.params, columns)
        return found["ego_id"], found["alter_id"], found["contacts"]

    def facts(self, pairs: Collection[tuple[int, int]]) -> dict[tuple[int, int], Facts]:
        """Returns what is known of some pairs.

        Cost: one statement.
        """
        joined = [*self._question.conditions, "d.ego_id = w.ego AND d.alter_id = w.alter"]
        values = "d.contacts, d.first_earliest, d.first_latest, d.last_earliest, d.last_latest"
        summed = "count(*), min(d.earliest), min(d.latest), max(d.earliest), max(d.latest)"
        statement = f"""WITH {self._question.refs_cte()}
            SELECT d.ego_id, d.alter_id, {values if self._from_ties else summed} FROM {self._source},
            unnest(CAST(:egos AS bigint[]), CAST(:alters AS bigint[])) w(ego, alter)
            WHERE {" AND ".join(joined)} {"" if self._from_ties else "GROUP BY d.ego_id, d.alter_id"}"""
        wanted = sorted(pairs)
        ends = {"egos": [ego for ego, _ in wanted], "alters": [alter for _, alter in wanted]}
        rows = self._asking.execute(statement, {**self._question.params, **ends})
        return {(row.ego_id, row.alter_id): Facts._make(tuple(row)[2:]) for row in rows}

    def _pairs(self, condition: str) -> str:
        where = " AND ".join([*self._question.conditions, condition])
        if self._from_ties:
            return f"SELECT d.ego_id, d.alter_id, d.contacts, d.last_latest FROM {self._source} WHERE {where}"
        return f"""SELECT d.ego_id, d.alter_id, count(*) AS contacts, max(d.latest) FROM {self._source}
            WHERE {where} GROUP BY d.ego_id, d.alter_id"""

    def _links(self, pairs: str, egos: Iterable[int], most: int | None, alters: Iterable[int] = ()) -> list[Link]:
        statement = f"WITH {self._question.refs_cte()} {pairs}"
        more = {"egos": list(egos), "alters": list(alters), "most": most}
        used = {name: value for name, value in more.items() if f":{name}" in statement}
        return [Link._make(row) for row in self._asking.execute(statement, {**self._question.params, **used})]

    def _lift(self, key: str) -> dict[int, list[Link]]:
        def make() -> dict[int, list[Link]]:
            found = defaultdict(list)
            pairs = f"{self._pairs('true')} LIMIT {LIFTED_LINKS_MAX}"
            for link in self._links(pairs, (), None):
                found[link.ego].append(link)
            for links in found.values():
                links.sort(key=lambda link: (-link.contacts, -link.alter))
            return dict(found)

        def size(kept: dict[int, list[Link]]) -> int:
            return LINK_BYTES * sum(map(len, kept.values()))

        return self._asking.memory.kept(("lifted", self._asking.version, key), make, size)


def check(asking: Asking, question: Question) -> None:
    """Refuses a question that refers to something that is not in the record.

    Raises:
        InvalidQuery: it names the reference, and the nearest actors.
    """
    if question.references:
        statement = f"WITH {question.refs_cte()} SELECT row_to_json(refs) FROM refs"
        resolved = asking.execute(statement, question.params).scalar_one()
        check_references(asking.session, question, resolved)
