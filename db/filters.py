"""From a question about contacts to SQL: where to drive from and what to keep."""

from dataclasses import dataclass, field
from typing import Any, Final

from db.references import ACTOR, CONTACT, EPISODE, TOPIC, Noun
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.edtf import parse
from models.filters import ContactFilter
from models.ids import IdKey
from models.names import fold
from models.status import HAPPENED
from models.vocabulary import STORED_LEVELS

_ROLE_COLUMN: Final = {"incidence": "roles", "edge": "ego_roles"}


@dataclass(slots=True)
class Question:
    """A filter on its way to SQL: references, conditions and parameters gather here."""

    asked: ContactFilter
    ids: IdKey
    params: dict[str, Any] = field(default_factory=dict)
    references: list[tuple[str, str, str]] = field(default_factory=list)
    expressions: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    living: bool = True
    """Whether a merged actor's references mean the actor he was merged into."""

    def bind(self, value: Any) -> str:
        """Returns a place for a value."""
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f":{name}"

    def refer(self, noun: Noun, ref: str, parameter: str) -> str:
        """Returns a scalar that holds the row a reference means, found inside the statement itself."""
        self.expressions.append(self._meant(noun, ref))
        self.references.append((noun.name, parameter, ref))
        return f"(SELECT r{len(self.expressions) - 1} FROM refs)"

    def refs_cte(self) -> str:
        """Returns the common table expression that resolves every reference once."""
        columns = ", ".join(f"{expression} AS r{i}" for i, expression in enumerate(self.expressions))
        return f"refs AS MATERIALIZED (SELECT {columns or '1 AS none'})"

    def _meant(self, noun: Noun, ref: str) -> str:
        living = "coalesce(t.merged_into_id, t.actor_id)" if noun is ACTOR and self.living else f"t.{noun.key}"
        table = noun.name
        number = self.ids.decode(ref, noun.prefix)
        if number is not None:
            return f"(SELECT {living} FROM {table} t WHERE t.{noun.key} = CAST({self.bind(number)} AS bigint))"
        if ":" in ref and noun.identifiers:
            scheme, value = (self.bind(part) for part in ref.split(":", 1))
            return (
                f"(SELECT {living} FROM {table}_identifier i JOIN {table} t USING ({noun.key}) "
                f"WHERE i.scheme = {scheme} AND i.value = {value})"
            )
        if noun.slugs:
            return f"(SELECT {living} FROM {table} t WHERE t.slug = {self.bind(ref)})"
        return "NULL::bigint"


def contact_source(question: Question, *, edges: bool = False) -> str:
    """Returns the FROM clause that drives a question, row alias ``d``, and adds its conditions.

    Args:
        question: to which conditions and parameters are added.
        edges: whether the rows wanted are edges rather than contacts.
    """
    asked = question.asked
    table = "edge" if edges or asked.between else "incidence" if asked.actor or asked.participants else "contact"
    if asked.level in STORED_LEVELS:
        _drive_stored(question, table)
    else:
        _drive_lifted(question)
        table = "contact"
    if table == "contact":
        question.conditions.append("d.retracted_at IS NULL")
    _window(question)
    _words(question, table)
    _belonging(question)
    return f"{table} d"


def _drive_stored(question: Question, table: str) -> None:
    asked = question.asked
    level = question.bind(asked.level)
    if table != "contact":
        question.conditions.append(f"d.level = {level}")
    ends = [question.refer(ACTOR, ref, "between") for ref in asked.between]
    if ends:
        question.conditions.append(f"d.ego_id = {ends[0]} AND d.alter_id = {ends[1]}")
    actors = [question.refer(ACTOR, ref, "actor") for ref in asked.actor]
    everybody = [question.refer(ACTOR, ref, "participants") for ref in asked.participants]
    if actors and not ends:
        question.conditions.append(_is_any("d.ego_id", actors))
        if asked.role:
            roles = question.bind(list(asked.role))
            column = _ROLE_COLUMN[table]
            question.conditions.append(f"string_to_array(d.{column}, ',') && CAST({roles} AS text[])")
    elif actors:
        everybody.append(f"ANY (ARRAY[{', '.join(actors)}])")
    elif everybody and table == "incidence":
        question.conditions.append(f"d.ego_id = {everybody.pop(0)}")
    for one in everybody:
        question.conditions.append(
            "EXISTS (SELECT FROM incidence x "
            f"WHERE x.contact_id = d.contact_id AND x.level = {level} AND x.ego_id = {one})"
        )


def _is_any(column: str, places: list[str]) -> str:
    return f"{column} = {places[0]}" if len(places) == 1 else f"{column} IN ({', '.join(places)})"


def _drive_lifted(question: Question) -> None:
    asked = question.asked
    level = question.bind(asked.level)
    ends = [question.refer(ACTOR, ref, "between") for ref in asked.between]
    if ends:
        one, other = (stands_for(alias, end, level) for alias, end in zip("pq", ends, strict=True))
        question.conditions.append(f"""EXISTS (SELECT FROM edge x
            JOIN participant p ON p.contact_id = x.contact_id AND p.actor_id = x.ego_id
            JOIN participant q ON q.contact_id = x.contact_id AND q.actor_id = x.alter_id
            WHERE x.contact_id = d.contact_id AND x.level = 'actor' AND {one} AND {other})""")
        question.conditions.append(_candidates(ends[0], level))
    actors = [question.refer(ACTOR, ref, "actor") for ref in asked.actor]
    roles = f" AND p.role = ANY({question.bind(list(asked.role))})" if asked.role else ""
    some = [f"({_candidates(one, level)} AND {_takes_part(one, level, roles)})" for one in actors]
    if some:
        question.conditions.append(f"({' OR '.join(some)})")
    for ref in asked.participants:
        one = question.refer(ACTOR, ref, "participants")
        question.conditions.append(f"{_candidates(one, level)} AND {_takes_part(one, level, '')}")


def _candidates(unit: str, level: str) -> str:
    return f"""d.contact_id IN (SELECT y.contact_id FROM participant y WHERE y.standing_id IN (
        SELECT l.actor_id FROM lift l WHERE l.unit_id = {unit} AND l.level = {level} UNION ALL SELECT {unit}))"""


def _takes_part(unit: str, level: str, roles: str) -> str:
    stands = stands_for("p", unit, level)
    return f"EXISTS (SELECT FROM participant p WHERE p.contact_id = d.contact_id{roles} AND {stands})"


def stands_for(alias: str, unit: str, level: str, bounds: str = "d") -> str:
    """Returns the condition that a participant stood, on the contact's date, for a unit at a level."""
    overlaps = (
        f"l.actor_id = {alias}.standing_id AND l.level = {level} "
        f"AND l.since < {bounds}.latest AND l.until > {bounds}.earliest"
    )
    return (
        f"(EXISTS (SELECT FROM lift l WHERE {overlaps} AND l.unit_id = {unit}) OR "
        f"({alias}.standing_id = {unit} AND NOT EXISTS (SELECT FROM lift l WHERE {overlaps})))"
    )


def _window(question: Question) -> None:
    """A window selects what may lie inside it; ``certain`` what must; ``to`` is inclusive."""
    asked = question.asked
    start = parse(asked.from_).earliest if asked.from_ else None
    end = parse(asked.to).latest if asked.to else None
    if asked.certain:
        if start:
            question.conditions.append(f"d.earliest >= {question.bind(start)}")
        if end:
            question.conditions.append(f"d.latest <= {question.bind(end)}")
    elif asked.open == "include":
        if start:
            question.conditions.append(f"d.latest > {question.bind(start)}")
        if end:
            question.conditions.append(f"d.earliest < {question.bind(end)}")
    elif start or end:
        question.conditions.append(f"d.match_earliest < {question.bind(end or LAST_MOMENT)}")
        question.conditions.append(f"d.match_latest > {question.bind(start or FIRST_MOMENT)}")


def _words(question: Question, table: str) -> None:
    asked = question.asked
    statuses = list(asked.status) or list(HAPPENED)
    if "any" not in statuses:
        question.conditions.append(f"d.status = ANY({question.bind(statuses)})")
    if asked.kind:
        question.conditions.append(f"d.kind = ANY({question.bind(list(asked.kind))})")
    if asked.q:
        words = f"plainto_tsquery('simple', {question.bind(fold(asked.q))})"
        if table == "contact":
            question.conditions.append(f"d.search @@ {words}")
        else:
            question.conditions.append(
                f"EXISTS (SELECT FROM contact x WHERE x.contact_id = d.contact_id AND x.search @@ {words})"
            )


def _belonging(question: Question) -> None:
    asked = question.asked
    if asked.topic:
        topics = ", ".join(question.refer(TOPIC, ref, "topic") for ref in asked.topic)
        question.conditions.append(f"""EXISTS (SELECT FROM contact_topic x WHERE x.contact_id = d.contact_id
            AND x.topic_id IN (WITH RECURSIVE narrower(topic_id) AS (
                SELECT unnest(ARRAY[{topics}]) UNION
                SELECT t.topic_id FROM topic t JOIN narrower n ON t.broader_id = n.topic_id)
                SELECT topic_id FROM narrower))""")
    if asked.episode:
        episodes = ", ".join(question.refer(EPISODE, ref, "episode") for ref in asked.episode)
        question.conditions.append(
            f"EXISTS (SELECT FROM contact_episode x WHERE x.contact_id = d.contact_id AND x.episode_id IN ({episodes}))"
        )
    if asked.publisher:
        publishers = ", ".join(question.refer(ACTOR, ref, "publisher") for ref in asked.publisher)
        question.conditions.append(f"""EXISTS (SELECT FROM account x JOIN source s USING (source_id)
            WHERE x.contact_id = d.contact_id AND x.withdrawn_at IS NULL AND s.publisher_id IN ({publishers}))""")
    if asked.min_sources is not None:
        question.conditions.append(f"""(SELECT count(DISTINCT x.source_id) FROM account x
            WHERE x.contact_id = d.contact_id AND x.withdrawn_at IS NULL) >= {question.bind(asked.min_sources)}""")
    if asked.part_of:
        whole = question.refer(CONTACT, asked.part_of, "part_of")
        question.conditions.append(f"d.contact_id IN (SELECT x.contact_id FROM contact x WHERE x.part_of_id = {whole})")
    if asked.designated is not None:
        question.conditions.append(f"d.contact_id {'' if asked.designated else 'NOT '}IN {_DESIGNATED}")


_DESIGNATED: Final = """(
    SELECT x.contact_id FROM designation g JOIN participant x ON x.actor_id = g.actor_id
    JOIN contact k ON k.contact_id = x.contact_id
    WHERE g.retracted_at IS NULL AND g.start_earliest < k.latest AND g.end_latest > k.earliest
    UNION ALL
    SELECT x.contact_id FROM designation g JOIN participant x ON x.standing_id = g.actor_id
    JOIN contact k ON k.contact_id = x.contact_id
    WHERE g.retracted_at IS NULL AND g.start_earliest < k.latest AND g.end_latest > k.earliest
    UNION ALL
    SELECT x.contact_id FROM designation g
    JOIN lift l ON l.unit_id = g.actor_id AND l.level IN ('organisation', 'state')
    JOIN participant x ON x.standing_id = l.actor_id JOIN contact k ON k.contact_id = x.contact_id
    WHERE g.retracted_at IS NULL AND g.start_earliest < k.latest AND g.end_latest > k.earliest
    AND l.since < k.latest AND l.until > k.earliest)"""
"""Contacts of designated actors, found from the few designations rather than by looking at every contact."""
