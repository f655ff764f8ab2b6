"""The rows of a brief: for each pair of ends, at its level, the contacts and commitments under each heading."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import product
from typing import Any, Final, get_args

from db.documents import commitment_actors
from db.engine import ids_of
from db.filters import Question
from db.lifted import is_ambiguous, stands_for
from graph.citations import Ends
from graph.edges import edge_source
from graph.ends import contact_filter
from graph.questions import Asking
from models.bounds import DAY
from models.brief import BriefQuestion
from models.status import HAPPENED
from models.vocabulary import Level

LEVELS: Final[tuple[Level, ...]] = get_args(Level)
MOST_PAIRS: Final = 4
"""Of one level: somebody with two offices facing somebody with two makes four."""
AHEAD: Final = ("planned", "requested", "postponed")
AGAINST: Final = ("disputed", "denied")
_UNITS: Final = """
SELECT DISTINCT actor_id, level, unit_id FROM lift
WHERE actor_id = ANY(:ends) AND since < :until AND until > :since ORDER BY actor_id, level, unit_id
"""


@dataclass(slots=True)
class PairRows:
    """What was found of one pair of ends at a level, by heading."""

    level: Level
    ends: Ends
    rows: dict[str, list[Any]] = field(default_factory=dict)


def units_of(asking: Asking, level: Level, ends: Ends, as_of: date) -> tuple[list[tuple[Level, Ends]], dict[str, int]]:
    """Returns the pairs of units for which two actors stand on a day, from their own level up, and what is left out.

    Above their own level an actor without a lift stays himself; a level at which neither has one says nothing new,
    except that of states, which counts the contacts of all who belong to them.
    """
    since = datetime.combine(as_of, time.min)
    found: dict[tuple[int, str], list[int]] = {}
    for row in asking.execute(_UNITS, {"ends": list(ends), "since": since, "until": since + DAY}):
        found.setdefault((row.actor_id, row.level), []).append(row.unit_id)
    pairs: list[tuple[Level, Ends]] = [(level, ends)]
    left_out = 0
    for above in LEVELS[LEVELS.index(level) + 1 :]:
        if above != "state" and not any((end, above) in found for end in ends):
            continue
        units = [found.get((end, above), [end]) for end in ends]
        both = [(near, far) for near, far in product(*units) if near != far]
        pairs += [(above, pair) for pair in both[:MOST_PAIRS]]
        left_out += len(both[MOST_PAIRS:])
    return pairs, {"pairs_of_units": left_out} if left_out else {}


def rows_of(asking: Asking, asked: BriefQuestion, level: Level, ends: Ends, as_of: date) -> PairRows:
    """Returns what a brief has of one pair of ends at a level.

    Cost: one statement over the edges of the pair; below state and above actor level they are lifted while reading.
    """
    ids = ids_of(asking.session)
    plain = contact_filter(asked, between=[ids.encode("act", end) for end in ends])
    everything = plain.model_copy(update={"level": level, "status": ["any"]})
    question = Question(everything, ids)
    source = edge_source(question, everything)
    where = " AND ".join(question.conditions)
    unsure = is_ambiguous("e", f"'{level}'", [f"CAST({question.bind(end)} AS bigint)" for end in ends])
    headings = _headings(question, asked, as_of, unsure)
    headings["commitments"] = _commitments(question, asked, level, ends, unsure)
    selects = " UNION ALL ".join(f"({sql})" for sql in headings.values())
    statement = f"""WITH {question.refs_cte()}, e AS MATERIALIZED (SELECT d.contact_id, d.status, d.earliest, d.latest,
        d.newest, d.certain FROM {source} WHERE {where}) {selects}"""
    found = PairRows(level, ends)
    for row in asking.execute(statement, question.params):
        found.rows.setdefault(row.heading, []).append(row)
    return found


def _headings(question: Question, asked: BriefQuestion, as_of: date, unsure: str) -> dict[str, str]:
    """Returns a SELECT for each heading of contacts, from the edges ``e``; ``place`` sorts them across levels.

    Of contacts that end alike the one that began last goes first: a call on a day before what was some time until it.
    """
    statuses = list(asked.status) or list(HAPPENED)
    counted = "true" if "any" in statuses else f"e.status = ANY({question.bind(statuses)})"
    today = question.bind(datetime.combine(as_of, time.min))
    most = question.bind(asked.limit + 1)
    nothing = "NULL::bigint AS commitment_id, NULL::json AS commitment"
    columns = f"e.contact_id, e.status, e.earliest, e.latest, {nothing}, {unsure} AS ambiguous"
    newest = "extract(epoch FROM e.newest)::bigint"
    # Years before our era have negative epochs, the sentinel of an unknown start among them: it comes last.
    soonest = "CASE WHEN e.earliest > timestamp '0001-01-01' THEN extract(epoch FROM e.earliest)::bigint END"
    ahead = f"e.status = ANY({question.bind(list(AHEAD))})"

    def select(heading: str, place: str, condition: str, rest: str) -> str:
        return f"""SELECT '{heading}' AS heading, coalesce({place}, {2**62}) AS place, {columns} FROM e
            WHERE {condition} ORDER BY 2, e.earliest DESC, e.contact_id DESC {rest}"""

    return {
        "last": select("last", f"-{newest}", counted, "LIMIT 1"),
        "upcoming": select("upcoming", soonest, f"{ahead} AND e.latest > {today}", f"LIMIT {most}"),
        "overdue": select("overdue", soonest, f"{ahead} AND e.latest <= {today}", ""),
        "disputes": select(
            "disputes", f"-{newest}", f"e.status = ANY({question.bind(list(AGAINST))})", f"LIMIT {most}"
        ),
    }


def _commitments(question: Question, asked: BriefQuestion, level: Level, ends: Sequence[int], unsure: str) -> str:
    """Returns the SELECT of open commitments by one end, to the other or to nobody named."""
    near, far = (question.bind(end) for end in ends)
    by = {end: _named("by", f"CAST({end} AS bigint)", level) for end in (near, far)}
    to = {end: _named("to", f"CAST({end} AS bigint)", level) for end in (near, far)}
    to_nobody = """NOT EXISTS (SELECT FROM commitment_actor x WHERE x.contact_id = m.contact_id
        AND x.commitment_id = m.commitment_id AND x.aspect = 'to')"""
    between = " OR ".join(
        f"{by[one]} AND ({to[other]} OR {by[other]} OR {to_nobody})" for one, other in ((near, far), (far, near))
    )
    happened = f"e.status = ANY({question.bind(list(HAPPENED))})"
    due = 'row_number() OVER (ORDER BY m.due COLLATE "C" NULLS LAST, m.contact_id DESC, m.commitment_id)'
    return f"""SELECT 'commitments', {due}, m.contact_id, e.status, e.earliest, e.latest, m.commitment_id,
        json_build_object('id', public_id('com', m.commitment_id), 'text', m.text, 'due', m.due,
            'outcome', m.outcome, 'by', {commitment_actors("by")}, 'to', {commitment_actors("to")},
            'accounts', (SELECT coalesce(json_agg(public_id('acc', x.account_id) ORDER BY x.account_id), '[]')
                FROM commitment_account x WHERE x.contact_id = m.contact_id AND x.commitment_id = m.commitment_id)),
        {unsure}
        FROM commitment m JOIN e ON e.contact_id = m.contact_id
        WHERE m.retracted_at IS NULL AND coalesce(m.outcome, 0) = 0 AND {happened} AND ({between})
        ORDER BY 2 LIMIT {question.bind(asked.limit + 1)}"""


def _named(aspect: str, unit: str, level: Level) -> str:
    """Returns the condition that a commitment ``m`` names somebody who counts as a unit on the contact's date."""
    lifted = f"""EXISTS (SELECT FROM lift l WHERE l.actor_id = x.actor_id AND l.level = '{level}'
        AND l.unit_id = {unit} AND l.since < e.latest AND l.until > e.earliest)"""
    took_part = f"""EXISTS (SELECT FROM participant p WHERE p.contact_id = x.contact_id
        AND p.actor_id = x.actor_id AND {stands_for("p", unit, level, "e")})"""
    return f"""EXISTS (SELECT FROM commitment_actor x WHERE x.contact_id = m.contact_id
        AND x.commitment_id = m.commitment_id AND x.aspect = '{aspect}'
        AND (x.actor_id = {unit} OR {lifted} OR {took_part}))"""
