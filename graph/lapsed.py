"""Lapsed ties: found among the stored ties by when the last contact was, and proved by the edges behind each."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final

from db.engine import ids_of
from db.filters import Question, wide_contacts
from graph.ends import contact_filter
from graph.hurry import hurried
from graph.neighbours import check
from graph.questions import NODES, SECONDS, Asking, Found, Json
from graph.rhythm import IS_COUNTED, most_silent, rhythm_ctes, rhythm_json, spoken_edges
from graph.ties import STORED, narrowing, silent_until, tie_item, tie_source
from models.bounds import DAY
from models.errors import TimedOut
from models.filters import ContactFilter
from models.lapsed import LapsedQuestion
from models.status import HAPPENED
from models.vocabulary import COUNTED_KINDS, STORED_LEVELS

OCCASIONS_OF_A_RHYTHM: Final = 3
BATCH: Final = 500
BATCH_CONTACTS: Final = 20_000
"""Pairs, and contacts of them, whose rhythm is worked out together: few enough to stop in time, and when enough are
found."""
FIRST_LOOK: Final = 2_000
"""Most answers are found among so many pairs; only then are more of them listed."""
_ORDERS: Final = {
    "-silence": "d.last_latest, d.ego_id, d.alter_id",
    "-contacts": "d.contacts DESC, d.ego_id DESC, d.alter_id DESC",
}
_ENGAGEMENTS: Final = f"d.by_kind[{COUNTED_KINDS.index('engagement') + 1}]"
_NOTES: Final = (
    "A silence is counted from the last contact that is dated to the day and more than an engagement.",
    "Pairs of fewer than three occasions have no usual gap and are not among these.",
)
Pair = tuple[int, int]


@dataclass(slots=True)
class Search:
    """One search on its way.

    Attributes:
        asking: with what it is answered.
        asked: the question.
        contacts: its contacts, as a filter.
        found: pairs that have lapsed, in their order, each as its tie and its rhythm.
        seen: candidates looked at.
    """

    asking: Asking
    asked: LapsedQuestion
    contacts: ContactFilter
    found: list[tuple[str, str]] = field(default_factory=list)
    seen: int = 0

    def question(self) -> Question:
        """Returns the filter on its way to SQL; each statement needs its own."""
        return Question(self.contacts, ids_of(self.asking.session))

    def as_of(self, question: Question) -> str:
        """Returns SQL of the civil day at which silences are measured."""
        return f"CAST({question.bind(silent_until(self.contacts, self.asking.today))} AS date)"

    @property
    def heard_since(self) -> datetime:
        """Whoever had a contact that ended after this has not lapsed: a usual gap is a day or more."""
        days = max(self.asked.days or 0, int(self.asked.times or 0))
        as_of = datetime.combine(silent_until(self.contacts, self.asking.today), time.min)
        return as_of - timedelta(days=min(days, as_of.toordinal() - 1))

    @property
    def is_full(self) -> bool:
        """Whether more has been found than is wanted."""
        return len(self.found) > self.asked.limit


def find_lapsed(asking: Asking, asked: LapsedQuestion) -> Found:
    """Returns the pairs that have fallen silent, as models.lapsed.LapsedTie.

    Candidates are listed from the ties in the order asked, and their rhythms worked out until enough have lapsed.

    Raises:
        InvalidQuery: it refers to something that is not in the record.

    Cost: one look at the ties, or those of the actors; then the edges of the candidates, of at most as many pairs
    as the budget has nodes. Office and organisation level are lifted while reading, all at once.
    """
    search = Search(asking, asked, contact_filter(asked, actor=asked.actor))
    question = search.question()
    tie_source(question, search.contacts)
    check(asking, question)
    most = asking.budget.nodes
    limits: dict[str, int] = {}
    left_out: dict[str, int] = {}
    try:
        with hurried(asking, 0.75) as search.asking:
            for batch in _batches(search, most):
                _look_at(search, batch)
                if search.is_full:
                    limits["limit"] = asked.limit
                    break
    except TimedOut:
        if not search.seen:
            raise
        limits[SECONDS] = int(asking.budget.seconds)
    search.asking = asking
    if not search.is_full and (limits or search.seen >= most):
        limits |= {} if limits else {NODES: most}
        with suppress(TimedOut), hurried(asking, 0.5) as search.asking:
            left_out["pairs_not_looked_at"] = _count(search) - search.seen
        search.asking = asking
    left_out |= _wide(search)
    items = ",".join(f'{tie[:-1]}, "rhythm": {rhythm}}}' for tie, rhythm in search.found[: asked.limit])
    notes = list(_NOTES[: 2 if asked.times is not None else 1])
    return Found({"ties": Json(f"[{items}]")}, "pairs", limits, {k: n for k, n in left_out.items() if n > 0}, notes)


def _batches(search: Search, most: int) -> Iterator[Sequence[Any]]:
    """Yields candidates in their order, at most so many."""
    start = 0
    for end in (min(FIRST_LOOK, most), most):
        rows = _candidates(search, end - start, start) if end > start else []
        # Lifting costs the same for one pair as for all.
        lifted = search.asked.level not in STORED_LEVELS
        yield from [rows] * bool(rows) if lifted else _portions(rows)
        if len(rows) < end - start:
            return
        start = end


def _portions(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    first = contacts = 0
    for n, row in enumerate(rows):
        if n - first == BATCH or (n > first and contacts + row.contacts > BATCH_CONTACTS):
            yield rows[first:n]
            first, contacts = n, 0
        contacts += row.contacts
    if rows[first:]:
        yield rows[first:]


def _pool(search: Search, question: Question) -> tuple[str, str, str]:
    """Returns FROM clause, columns and conditions of the ties that may have lapsed.

    A tie tells the last contact of all. Where none of them is an engagement and the last bounds span a day, that
    is the last contact counted; elsewhere the edges must be asked. The day added makes room for bounds that
    publication cuts at an hour.
    """
    source, columns, _ = tie_source(question, search.contacts)
    needed = OCCASIONS_OF_A_RHYTHM if search.asked.times is not None else 1
    conditions = [
        *question.conditions,
        f"d.contacts - {_ENGAGEMENTS} >= {question.bind(needed)}",
        f"(d.last_latest <= {question.bind(search.heard_since + DAY)} OR {_ENGAGEMENTS} > 0 "
        "OR d.last_latest - d.last_earliest > interval '1 day')",
    ]
    return source, columns, " AND ".join(conditions)


def _candidates(search: Search, count: int, start: int) -> Sequence[Any]:
    question = search.question()
    source, columns, where = _pool(search, question)
    rows = f"""SELECT {columns}, d.alter_id FROM {source} WHERE {where} ORDER BY {_ORDERS[search.asked.sort]}
        LIMIT {question.bind(count)} OFFSET {question.bind(start)}"""
    statement = f"""WITH {question.refs_cte()}
        SELECT t.ego_id, t.alter_id, t.contacts, row_to_json(t)::text AS tie FROM ({rows}) t"""
    return search.asking.execute(statement, question.params).all()


def _count(search: Search) -> int:
    question = search.question()
    source, _, where = _pool(search, question)
    statement = f"WITH {question.refs_cte()} SELECT count(*) FROM {source} WHERE {where}"
    return int(search.asking.execute(statement, question.params).scalar_one())


def _look_at(search: Search, candidates: Sequence[Any]) -> None:
    """Works out the rhythms of some candidates and adds those that have lapsed to what is found."""
    question = search.question()
    as_of = search.as_of(question)
    egos, alters = ([getattr(row, end) for row in candidates] for end in ("ego_id", "alter_id"))
    batch = f"""batch AS MATERIALIZED (SELECT * FROM unnest(CAST({question.bind(egos)} AS bigint[]),
        CAST({question.bind(alters)} AS bigint[]), CAST({question.bind([row.tie for row in candidates])} AS text[]))
        WITH ORDINALITY AS b(ego_id, alter_id, tie, n) WHERE {_unheard(search, question)})"""
    more = "(d.ego_id, d.alter_id) IN (SELECT b.ego_id, b.alter_id FROM batch b)"
    rhythms = rhythm_ctes(spoken_edges(question, search.contacts, more))
    narrowed = f"CAST({question.bind(narrowing(search.contacts))} AS text)"
    lapsed = _lapsed(search.asked, question, as_of)
    statement = f"""WITH {question.refs_cte()}, {batch}, {rhythms}
    SELECT {tie_item(as_of, narrowed)}::text AS tie, {rhythm_json(as_of)}::text AS rhythm
    FROM batch b JOIN rhythm r USING (ego_id, alter_id) LEFT JOIN aside o USING (ego_id, alter_id)
    CROSS JOIN LATERAL json_populate_record(NULL::tie, b.tie::json) page
    JOIN actor ea ON ea.actor_id = page.ego_id JOIN actor eb ON eb.actor_id = page.alter_id
    WHERE {lapsed} ORDER BY b.n LIMIT {question.bind(search.asked.limit + 1 - len(search.found))}"""
    rows = search.asking.execute(statement, question.params)
    search.found += [(row.tie, row.rhythm) for row in rows]
    search.seen += len(candidates)


def _unheard(search: Search, question: Question) -> str:
    """Returns the condition that pair ``b`` has no contact that shows at a glance that it has not lapsed.

    Only where the ties are the stored ones: under a filter another contact may count.
    """
    if tie_source(search.question(), search.contacts)[0] != STORED:
        return "true"
    level, since = question.bind(search.asked.level), question.bind(search.heard_since)
    return f"""NOT EXISTS (SELECT FROM edge d WHERE d.ego_id = b.ego_id AND d.level = {level}
        AND d.alter_id = b.alter_id AND d.newest > {since} AND d.status = ANY({question.bind(list(HAPPENED))})
        AND {IS_COUNTED})"""


def _lapsed(asked: LapsedQuestion, question: Question, as_of: str) -> str:
    """Returns the condition that a pair with the rhythm ``r`` has lapsed."""
    silence = most_silent(as_of)
    conditions = []
    if asked.days is not None:
        conditions.append(f"{silence} > {question.bind(asked.days)}")
    if asked.times is not None:
        usual = f"r.occasions >= {OCCASIONS_OF_A_RHYTHM} AND {silence} > r.median"
        conditions.append(f"{usual} * CAST({question.bind(asked.times)} AS double precision)")
    return " AND ".join(conditions)


def _wide(search: Search) -> dict[str, int]:
    question = search.question()
    ((name, counted),) = wide_contacts(question, search.contacts).items()
    statement = f"WITH {question.refs_cte()} SELECT {counted}"
    return {name: int(search.asking.execute(statement, question.params).scalar_one())}
