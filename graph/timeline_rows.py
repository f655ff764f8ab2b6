"""Where the contacts of a timeline lie: counted by PostgreSQL, span by span, before anything is placed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from db.engine import ids_of
from db.filters import TOO_WIDE, Question, contact_source, wide_contacts
from graph.neighbours import check
from graph.questions import Asking
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.timeline import TimelineQuestion
from models.vocabulary import OfficeLevel, words

NOT_STATED: Final = "not_stated"
PLACED_BYTES: Final = 300
"""About what one place takes to keep."""
SPAN: Final = ("earliest", "latest", "match_earliest", "match_latest")
"""In the order of the index of spans."""
_LEVELS: Final = ", ".join(f"'{level}'" for level in words(OfficeLevel))
_RANK: Final = f"min(array_position(ARRAY[{_LEVELS}], x.level)) AS rank FROM participant x"
_LEVEL: Final = f"coalesce((ARRAY[{_LEVELS}])[r.rank], '{NOT_STATED}')"
_STATUS: Final = "(SELECT x.status FROM contact x WHERE x.contact_id = d.contact_id)"
"""The pair's own status, which an edge has, may be another."""


class Placed(NamedTuple):
    """Contacts that lie at the same place of the line: in one bucket, over a span, or beside it."""

    place: str
    start: datetime | None
    end: datetime | None
    group: str
    contacts: int


class Source:
    """The contacts of a question, and where on the line each lies."""

    def __init__(self, asking: Asking, asked: TimelineQuestion) -> None:
        """Prepares the question.

        Raises:
            InvalidQuery: it refers to something that is not in the record.
        """
        self._asking, self._asked = asking, asked
        self._question = question = Question(asked, ids_of(asking.session))
        self._source = contact_source(question)
        self._where = " AND ".join(question.conditions) or "true"
        start, end = asked.window
        self._window = question.bind(start or FIRST_MOMENT), question.bind(end or LAST_MOMENT)
        self._wide = wide_contacts(question, asked)[TOO_WIDE] if asked.between else ""
        check(asking, question)

    def placed(self, group: str) -> list[Placed]:
        """Returns how many contacts lie where, group by group; kept until the record changes."""
        is_contact = self._source.startswith("contact ")
        keys = {"none": "''", "kind": "d.kind", "status": "d.status" if is_contact else _STATUS, "level": _LEVEL}
        # Together with the kind, statuses too come in the order of the index.
        more = ", d.kind" if group == "status" and is_contact else ""
        join = f" {self._ranks}" if group == "level" else ""
        rows = f"{self._source}{join} WHERE {self._where}"
        if len(self._asked.actor) > 1:
            # Of several actors one contact may have two.
            columns = ", ".join(f"d.{name}" for name in ("contact_id", "kind", *SPAN))
            rows = f"(SELECT DISTINCT {columns} FROM {self._source} WHERE {self._where}) d{join}"
        found = f"SELECT {_SPAN}, {keys[group]} AS key, count(*) AS contacts FROM {rows} GROUP BY {_SPAN}{more}, 5"
        if group == "none":
            found = f"SELECT {_SPAN}, '' AS key, count(*) AS contacts FROM {rows} GROUP BY {_SPAN}"
        statement = f"""WITH {self._question.refs_cte()}, found AS MATERIALIZED ({found})
            SELECT place, starts, ends, key, sum(contacts)::bigint FROM (
                SELECT f.key, f.contacts, {_place(self._asked, *self._window)} FROM found f) p GROUP BY 1, 2, 3, 4"""

        def make() -> list[Placed]:
            return [Placed._make(row) for row in self._asking.execute(statement, self._question.params)]

        key = ("timeline", self._asking.version, self._asked.model_dump_json(), group)
        return self._asking.memory.kept(key, make, lambda rows: PLACED_BYTES * len(rows))

    @property
    def _ranks(self) -> str:
        """SQL of the highest rank in each contact: looked up one by one where they are few, else all at once."""
        asked = self._asked
        if asked.actor or asked.participants or asked.between or asked.from_ or asked.to:
            return f"CROSS JOIN LATERAL (SELECT {_RANK} WHERE x.contact_id = d.contact_id) r"
        return f"LEFT JOIN (SELECT x.contact_id, {_RANK} GROUP BY x.contact_id) r ON r.contact_id = d.contact_id"

    def sides(self) -> tuple[dict[int, int], list[Placed]]:
        """Returns how many of the contacts each state, or organisation without one, took part in, most first, and
        where those of the first ``groups`` sides lie."""
        question = self._question
        seen = f"""SELECT s.ego_id, {_SPAN} FROM {self._source} JOIN incidence s ON s.contact_id = d.contact_id
            AND s.level = 'state' WHERE {self._where}"""
        if len(self._asked.actor) > 1:
            seen = f"SELECT DISTINCT s.contact_id, {seen.removeprefix('SELECT ')}"
        if not (self._asked.actor or self._asked.participants or self._asked.between):
            question = Question(self._asked.model_copy(update={"level": "state"}), ids_of(self._asking.session))
            source = contact_source(question, incidences=True)
            seen = f"SELECT d.ego_id, {_SPAN} FROM {source} WHERE {' AND '.join(question.conditions)}"
        start, end = self._asked.window
        window = question.bind(start or FIRST_MOMENT), question.bind(end or LAST_MOMENT)
        names = ", ".join(SPAN)
        statement = f"""WITH {question.refs_cte()},
            found AS MATERIALIZED (SELECT ego_id, {names}, count(*) AS contacts FROM ({seen}) d
                GROUP BY ego_id, {names}),
            sides AS MATERIALIZED (SELECT ego_id, sum(contacts)::bigint AS contacts FROM found GROUP BY ego_id),
            shown AS (SELECT ego_id FROM sides ORDER BY contacts DESC, ego_id LIMIT {question.bind(self._asked.groups)})
            SELECT NULL AS place, NULL AS starts, NULL AS ends, ego_id AS side, contacts FROM sides
            UNION ALL SELECT place, starts, ends, ego_id, sum(contacts)::bigint FROM (
                SELECT f.ego_id, f.contacts, {_place(self._asked, *window)} FROM found f
                WHERE f.ego_id IN (SELECT ego_id FROM shown)) p GROUP BY 1, 2, 3, 4"""

        def make() -> Sequence[Any]:
            return self._asking.execute(statement, question.params).all()

        key = ("sides", self._asking.version, self._asked.model_dump_json())
        rows = self._asking.memory.kept(key, make, lambda found: PLACED_BYTES * len(found))
        sums = [(row.side, row.contacts) for row in rows if row.place is None]
        placed = [Placed(row.place, row.starts, row.ends, str(row.side), row.contacts) for row in rows if row.place]
        return dict(sorted(sums, key=lambda one: (-one[1], one[0]))), placed

    def left_out(self) -> dict[str, int]:
        """Returns how many contacts of the pair have no pairs stored, because they are too wide."""
        if not self._wide:
            return {}
        statement = f"WITH {self._question.refs_cte()} SELECT {self._wide}"
        count = self._asking.execute(statement, self._question.params).scalar_one()
        return {TOO_WIDE: count} if count else {}


def _place(asked: TimelineQuestion, start: str, end: str) -> str:
    """Returns SQL of the place of contacts of one span; what lies at the same place has the same start and end."""
    if asked.uncertain == "first":
        place = f"""CASE WHEN f.match_earliest = {_NEVER} THEN 'undated'
            WHEN f.match_earliest < {start} OR f.match_earliest >= {end} THEN 'outside' ELSE 'inside' END"""
        begins = f"greatest(date_trunc('{asked.by}', f.match_earliest), {start})"
        return f"{place} AS place, CASE {place} WHEN 'inside' THEN {begins} END AS starts, NULL::timestamp AS ends"
    first, last = (f"date_trunc('{asked.by}', {moment})" for moment in ("f.earliest", _LAST_INSTANT))
    place = f"""CASE WHEN f.earliest = {_UNKNOWN} OR f.latest = {_NEVER} THEN 'undated'
        WHEN {first} = {last} AND f.earliest >= {start} AND f.latest <= {end} THEN 'inside' ELSE 'uncertain' END"""
    begins = f"CASE {place} WHEN 'inside' THEN greatest({first}, {start})"
    if asked.uncertain == "apart":
        return f"{place} AS place, {begins} END AS starts, NULL::timestamp AS ends"
    return f"""{place} AS place, {begins} WHEN 'uncertain' THEN f.earliest END AS starts,
        CASE {place} WHEN 'uncertain' THEN f.latest END AS ends"""


_SPAN: Final = ", ".join(f"d.{name}" for name in SPAN)
_UNKNOWN: Final = "timestamp '0001-01-01'"
_NEVER: Final = "timestamp '9999-12-31'"
_LAST_INSTANT: Final = "greatest(f.latest - interval '1 microsecond', f.earliest)"
