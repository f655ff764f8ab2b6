"""From a question about contacts to SQL: where to drive from and what to keep."""

from dataclasses import dataclass, field
from typing import Any, Final

from db.lifted import lifted_edges, takes_part
from db.references import ACTOR, CONTACT, EPISODE, TOPIC, Noun
from models.base import FIRST_MOMENT, LAST_MOMENT
from models.filters import ContactFilter
from models.ids import IdKey
from models.names import word_query
from models.status import HAPPENED
from models.vocabulary import STORED_LEVELS

TOO_WIDE: Final = "contacts_of_too_many_participants"
"""Under which name an answer counts the contacts whose pairs are not stored."""
_ROLE_COLUMN: Final = {"incidence": "roles", "edge": "ego_roles"}


@dataclass(slots=True)
class Question:
    """A filter on its way to SQL: references, conditions and parameters gather here."""

    asked: ContactFilter
    ids: IdKey
    params: dict[str, Any] = field(default_factory=dict)
    references: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """By noun, parameter and reference, which of the expressions finds it."""
    expressions: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    living: bool = True
    """Whether a merged record's references mean the one it was merged into, and a retracted one's nobody."""

    def bind(self, value: Any) -> str:
        """Returns a place for a value."""
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f":{name}"

    def refer(self, noun: Noun, ref: str, parameter: str) -> str:
        """Returns a scalar that holds the row a reference means, found inside the statement itself."""
        number = next((n for (name, _, of), n in self.references.items() if (name, of) == (noun.name, ref)), None)
        if number is None:
            number = len(self.expressions)
            self.expressions.append(self._meant(noun, ref))
        self.references[noun.name, parameter, ref] = number
        return f"(SELECT r{number} FROM refs)"

    def refs_cte(self) -> str:
        """Returns the common table expression that resolves every reference once."""
        columns = ", ".join(f"{expression} AS r{i}" for i, expression in enumerate(self.expressions))
        return f"refs AS MATERIALIZED (SELECT {columns or '1 AS none'})"

    def _meant(self, noun: Noun, ref: str) -> str:
        to_living = noun.merges and self.living
        living = f"coalesce(t.merged_into_id, t.{noun.key})" if to_living else f"t.{noun.key}"
        stands = " AND (t.retracted_at IS NULL OR t.merged_into_id IS NOT NULL)" if to_living else ""
        table = noun.name
        number = self.ids.decode(ref, noun.prefix)
        if number is not None:
            return f"(SELECT {living} FROM {table} t WHERE t.{noun.key} = CAST({self.bind(number)} AS bigint){stands})"
        if ":" in ref and noun.identifiers:
            scheme, value = (self.bind(part) for part in ref.split(":", 1))
            return (
                f"(SELECT {living} FROM {table}_identifier i JOIN {table} t USING ({noun.key}) "
                f"WHERE i.scheme = {scheme} AND i.value = {value}{stands})"
            )
        if noun.slugs:
            return f"(SELECT {living} FROM {table} t WHERE t.slug = {self.bind(ref)}{stands})"
        return "NULL::bigint"


def contact_source(question: Question, *, edges: bool = False, incidences: bool = False) -> str:
    """Returns the FROM clause that drives a question, row alias ``d``, and adds its conditions.

    Args:
        question: to which conditions and parameters are added.
        edges: whether the rows wanted are edges rather than contacts.
        incidences: whether they are units that took part, at a level that is stored.
    """
    asked = question.asked
    attended = incidences or asked.actor or asked.participants
    table = "edge" if edges or asked.between else "incidence" if attended else "contact"
    if asked.level in STORED_LEVELS:
        _drive_stored(question, table)
    else:
        _drive_lifted(question)
        table = "contact"
    if table == "contact":
        question.conditions.append("d.retracted_at IS NULL")
    _window(question)
    _words(question, table, edges=edges)
    _belonging(question)
    return f"{table} d"


def wide_contacts(question: Question, asked: ContactFilter) -> dict[str, str]:
    """Returns SQL that counts the contacts of a question whose pairs are not stored; of between both attended.

    A contact of more than LARGEST_STORED_CONTACT units would make a pair of everybody with everybody; what it
    would add is not in any edge or tie, so every answer that leaves it out says how many such contacts there are.
    """
    kept, question.conditions, known = question.conditions, [], {*question.references}
    question.asked = asked.model_copy(update={"between": [], "participants": [*asked.between, *asked.participants]})
    source = contact_source(question)
    question.asked = asked
    for noun, parameter, ref in [*question.references]:
        if parameter == "participants" and ref in asked.between and (noun, parameter, ref) not in known:
            question.references[noun, "between", ref] = question.references.pop((noun, parameter, ref))
    level = question.bind(asked.level if asked.level in STORED_LEVELS else "actor")
    wide = f"SELECT x.contact_id FROM incidence x WHERE x.wide AND x.level = {level}"
    question.conditions.append("d.wide" if source.startswith("incidence") else f"d.contact_id IN ({wide})")
    contact = getattr(asked, "contact", None)
    if contact is not None:
        question.conditions.append(f"d.contact_id = {question.refer(CONTACT, contact, 'contact')}")
    where, question.conditions = " AND ".join(question.conditions), kept
    return {TOO_WIDE: f"(SELECT count(DISTINCT d.contact_id) FROM {source} WHERE {where})"}


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
        question.conditions.append(_is_any("d.ego_id", actors) + _had_role(question, f"d.{_ROLE_COLUMN[table]}"))
    elif actors:
        question.conditions.append(_attends(_is_any("x.ego_id", actors), level))
    elif everybody and table == "incidence":
        question.conditions.append(f"d.ego_id = {everybody.pop(0)}")
    for one in everybody:
        question.conditions.append(_attends(f"x.ego_id = {one}", level))


def _attends(who: str, level: str) -> str:
    return f"EXISTS (SELECT FROM incidence x WHERE x.contact_id = d.contact_id AND x.level = {level} AND {who})"


def _had_role(question: Question, column: str) -> str:
    if not question.asked.role:
        return ""
    return f" AND string_to_array({column}, ',') && CAST({question.bind(list(question.asked.role))} AS text[])"


def _is_any(column: str, places: list[str]) -> str:
    return f"{column} = {places[0]}" if len(places) == 1 else f"{column} IN ({', '.join(places)})"


def _drive_lifted(question: Question) -> None:
    asked = question.asked
    level = question.bind(asked.level)
    ends = [question.refer(ACTOR, ref, "between") for ref in asked.between]
    if ends:
        source = lifted_edges(level, ends[:1], ends[1:])
        question.conditions.append(f"""d.contact_id IN (SELECT x.contact_id FROM {source} x
            WHERE x.ego_id = {ends[0]} AND x.alter_id = {ends[1]})""")
    question.conditions += lifted_participants(question, level)


def lifted_participants(question: Question, level: str) -> list[str]:
    """Returns the conditions that actors and participants of a question took part, at a level that is not stored."""
    asked = question.asked
    actors = [question.refer(ACTOR, ref, "actor") for ref in asked.actor]
    roles = f"CAST({question.bind(list(asked.role))} AS text[])" if asked.role else ""
    some = [f"({takes_part(one, level, roles)})" for one in actors]
    everybody = [takes_part(question.refer(ACTOR, ref, "participants"), level) for ref in asked.participants]
    return [f"({' OR '.join(some)})", *everybody] if some else everybody


def _window(question: Question) -> None:
    """A window selects what may lie inside it; ``certain`` what must; ``to`` is inclusive. It is made of civil days.

    Lists of contacts can ask besides for what lies ``within`` it, or ``begins`` in it, as a timeline counts.
    """
    asked = question.asked
    start, end = asked.window
    dated = getattr(asked, "dated", "may")
    if dated == "begins" and (start or end):
        question.conditions.append(f"d.match_earliest >= {question.bind(start or FIRST_MOMENT)}")
        question.conditions.append(f"d.match_earliest < {question.bind(end or LAST_MOMENT)}")
    if asked.certain or dated == "within":
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


def _words(question: Question, table: str, *, edges: bool) -> None:
    asked = question.asked
    statuses = list(asked.status) or list(HAPPENED)
    if "any" not in statuses:
        is_one = f".status = ANY({question.bind(statuses)})"
        # A pair may be disputed in a contact that is not; a list of contacts goes by the contact's own status.
        own = f"EXISTS (SELECT FROM contact x WHERE x.contact_id = d.contact_id AND x{is_one})"
        question.conditions.append(own if table == "edge" and asked.status and not edges else f"d{is_one}")
    if asked.kind:
        question.conditions.append(f"d.kind = ANY({question.bind(list(asked.kind))})")
    if asked.q:
        words = f"to_tsquery('simple', {question.bind(word_query(asked.q))})"
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
    for name, stands_by_it in (("acknowledged_by", "="), ("not_acknowledged_by", "IS DISTINCT FROM")):
        if refs := getattr(asked, name):
            sides = _is_any("x.side_id", [question.refer(ACTOR, ref, name) for ref in refs])
            question.conditions.append(f"""EXISTS (SELECT FROM acknowledgement x WHERE x.contact_id = d.contact_id
                AND {sides} AND x.word {stands_by_it} 'affirms')""")
    if asked.min_sources is not None:
        question.conditions.append(f"""(SELECT count(DISTINCT {_COUNTED_AS})
            FROM account x JOIN source s USING (source_id)
            WHERE x.contact_id = d.contact_id AND x.withdrawn_at IS NULL) >= {question.bind(asked.min_sources)}""")
    if asked.part_of:
        whole = question.refer(CONTACT, asked.part_of, "part_of")
        question.conditions.append(f"d.contact_id IN (SELECT x.contact_id FROM contact x WHERE x.part_of_id = {whole})")
    if asked.related_to:
        other = question.refer(CONTACT, asked.related_to, "related_to")
        question.conditions.append(f"""d.contact_id IN (
            SELECT x.contact_id FROM contact_relation x WHERE x.other_id = {other}
            UNION SELECT x.other_id FROM contact_relation x WHERE x.contact_id = {other})""")
    if asked.designated is not None:
        question.conditions.append(f"d.contact_id {'' if asked.designated else 'NOT '}IN {_designated(asked)}")


def _designated(asked: ContactFilter) -> str:
    """Returns the contacts of designated actors: those that lie wholly in such times, or those that may touch them."""
    if asked.designated and asked.certain:
        return _DESIGNATED.format(
            listed="g.start_latest <= k.earliest AND g.end_earliest >= k.latest",
            lifted="l.certain AND l.since <= k.earliest AND l.until >= k.latest",
        )
    return _DESIGNATED.format(
        listed="g.start_earliest < k.latest AND g.end_latest > k.earliest",
        lifted="l.since < k.latest AND l.until > k.earliest",
    )


_DESIGNATED: Final = """(
    SELECT x.contact_id FROM designation g JOIN participant x ON x.actor_id = g.actor_id
    JOIN contact k ON k.contact_id = x.contact_id
    WHERE g.retracted_at IS NULL AND {listed}
    UNION ALL
    SELECT x.contact_id FROM designation g JOIN participant x ON x.standing_id = g.actor_id
    JOIN contact k ON k.contact_id = x.contact_id
    WHERE g.retracted_at IS NULL AND {listed}
    UNION ALL
    SELECT x.contact_id FROM designation g
    JOIN lift l ON l.unit_id = g.actor_id AND l.level IN ('organisation', 'state')
    JOIN participant x ON x.standing_id = l.actor_id JOIN contact k ON k.contact_id = x.contact_id
    WHERE g.retracted_at IS NULL AND {listed}
    AND {lifted})"""
"""Contacts of designated actors, found from the few designations rather than by looking at every contact."""
_COUNTED_AS: Final = """CASE WHEN x.credibility = 6 AND s.reliability = 'F' AND s.publisher_name IS NOT NULL
    THEN 'publisher ' || s.publisher_name ELSE s.source_id::text END"""
"""What counts as one source: the stories that a machine coded count by their publisher, however many he printed."""
