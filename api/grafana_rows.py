"""Flat rows for Grafana, found by the graph questions and lists that answer the same already: no SQL of their own."""

import json
from collections.abc import Callable, Iterable
from typing import Any, Final

from db.contact_pages import list_contacts
from db.pages import Answer, Asked
from db.resources import EPISODES, TOPICS, list_resources
from formats import grafana, grafana_contacts
from graph.centrality import find_centrality
from graph.circle import find_circle
from graph.edges import list_edges
from graph.ends import contact_filter
from graph.lapsed import find_lapsed
from graph.matrix import find_matrix
from graph.questions import Asking, Found, Json
from graph.ties import list_ties, silent_until
from graph.timeline import find_timeline
from models.centrality import CentralityQuestion
from models.errors import Detail, InvalidQuery
from models.filters import LARGEST_PAGE, ContactConditions, ContactFilter, ContactList, EdgeList, TieList
from models.grafana import (
    AnnotationQuestion,
    ContactRowsQuestion,
    EdgeQuestion,
    LastContactQuestion,
    MatrixRowsQuestion,
    NodeQuestion,
    SilenceQuestion,
    TimeseriesQuestion,
    VariableQuestion,
)
from models.resource_filters import EpisodeFilter, TopicFilter
from models.restating import given
from models.vocabulary import ContactKind, Level, Status, words

UNDATED: Final = "undated_contacts"


def plain(found: Found) -> dict[str, Any]:
    """Returns what a question found as JSON values."""
    return {name: json.loads(one) if isinstance(one, Json) else one for name, one in found.members.items()}


def flat(found: Found, rows: list[grafana.Row]) -> Found:
    """Returns rows with all that was said about the answer they come from."""
    return Found({"items": rows}, found.unit, found.limits, found.left_out, found.notes)


def listed(answer: Answer, limit: int) -> tuple[list[Any], dict[str, int], dict[str, int]]:
    """Returns the items of a page, what cut it, and what it leaves out."""
    return json.loads(answer.items or "[]"), {"limit": limit} if answer.next_key else {}, dict(answer.left_out or {})


def find_nodes(asking: Asking, asked: NodeQuestion) -> Found:
    """Returns models.grafana_rows.GrafanaNode of a circle."""
    found = find_circle(asking, asked)
    return flat(found, grafana.node_rows(plain(found)))


def find_edges(asking: Asking, asked: EdgeQuestion) -> Found:
    """Returns models.grafana_rows.GrafanaEdge of the same circle."""
    found = find_circle(asking, asked)
    return flat(found, grafana.edge_rows(plain(found), silent_until(contact_filter(asked), asking.today)))


def find_timeseries(asking: Asking, asked: TimeseriesQuestion) -> Found:
    """Returns models.grafana_rows.GrafanaPoint or GrafanaMoment of a timeline."""
    found = find_timeline(asking, asked)
    members = plain(found)
    beside = {UNDATED: members["undated"]["contacts"], "uncertain_contacts": members["uncertain"]["contacts"]}
    found.left_out |= {name: int(count) for name, count in beside.items() if count}
    outside = members["outside"]["contacts"]
    found.notes += [f"{outside:g} of {members['contacts']} contacts lie outside of these buckets."] if outside else []
    rows = grafana.point_rows if asked.shape == "long" else grafana.moment_rows
    return flat(found, rows(members))


def find_matrix_rows(asking: Asking, asked: MatrixRowsQuestion) -> Found:
    """Returns models.grafana_rows.GrafanaCell or GrafanaMatrixRow of a matrix."""
    found = find_matrix(asking, asked)
    rows = grafana.cell_rows if asked.shape == "long" else grafana.matrix_rows
    return flat(found, rows(plain(found)))


def find_contacts(asking: Asking, asked: ContactRowsQuestion) -> Found:
    """Returns models.grafana_rows.GrafanaContact of a list of contacts."""
    contacts, limits, left_out = contacts_of(asking, asked)
    return Found({"items": grafana_contacts.contact_rows(contacts)}, "contacts", limits, left_out)


def find_annotations(asking: Asking, asked: AnnotationQuestion) -> Found:
    """Returns models.grafana_rows.GrafanaAnnotation of a list of contacts."""
    contacts, limits, left_out = contacts_of(asking, asked)
    rows = grafana_contacts.annotation_rows(contacts)
    left_out |= {UNDATED: len(contacts) - len(rows)} if len(rows) < len(contacts) else {}
    return Found({"items": rows}, "contacts", limits, left_out)


def contacts_of(
    asking: Asking, asked: ContactRowsQuestion
) -> tuple[list[dict[str, Any]], dict[str, int], dict[str, int]]:
    """Returns the contacts of a question as models.contacts.ContactOut, what cut them, and what they leave out."""
    asking.limit_time()
    ends: dict[str, Any] = {name: getattr(asked, name) for name in ContactFilter.model_fields}
    question = ContactList.model_construct(**ends, sort=asked.sort, limit=asked.limit)
    return listed(list_contacts(asking.session, question, Asked(asked.limit)), asked.limit)


def find_last_contacts(asking: Asking, asked: LastContactQuestion) -> Found:
    """Returns models.grafana_rows.GrafanaLastContact of a list of ties, and of the newest edges behind them."""
    ties, limits, left_out = ties_of(asking, asked)
    edges = EdgeList.model_construct(**conditions(asked), actor=asked.actor, limit=LARGEST_PAGE)
    asking.limit_time()
    newest, *_ = listed(list_edges(asking.session, edges, Asked(LARGEST_PAGE)), LARGEST_PAGE)
    return Found({"items": grafana_contacts.last_contact_rows(ties, newest)}, "pairs", limits, left_out)


def ties_of(
    asking: Asking, asked: LastContactQuestion | VariableQuestion
) -> tuple[list[dict[str, Any]], dict[str, int], dict[str, int]]:
    """Returns the ties of a question as models.edges.TieOut, what cut them, and what they leave out."""
    asking.limit_time()
    sort = asked.sort if isinstance(asked, LastContactQuestion) else "-contacts"
    question = TieList.model_construct(**conditions(asked), actor=asked.actor, sort=sort, limit=asked.limit)
    return listed(list_ties(asking.session, question, Asked(asked.limit), asking.today), asked.limit)


def conditions(asked: ContactConditions) -> dict[str, Any]:
    """Returns the shared filter of a question by field."""
    return {name: getattr(asked, name) for name in ContactConditions.model_fields}


def find_silences(asking: Asking, asked: SilenceQuestion) -> Found:
    """Returns models.grafana_rows.GrafanaSilence of lapsed ties."""
    found = find_lapsed(asking, asked)
    return flat(found, grafana_contacts.silence_rows(plain(found)["ties"]))


def find_variables(asking: Asking, asked: VariableQuestion) -> Found:
    """Returns models.grafana_rows.GrafanaVariable of the list that the address names.

    Raises:
        InvalidQuery: a filter is given with a list that none narrows.
    """
    named = asking.address["variable"]
    if named not in NARROWED:
        refuse_filters(asked, named)
    return VARIABLES[named](asking, asked)


def refuse_filters(asked: VariableQuestion, named: str) -> None:
    """Refuses to leave out silently what a question asks for.

    Raises:
        InvalidQuery: a filter is given other than the times, which Grafana adds to every query.
    """
    narrowing = given(asked) & {*ContactConditions.model_fields, "actor"} - {"from_", "to"}
    errors = [
        Detail("broken_rule", f"The list of {named} is whole and takes no filter.", parameter=name)
        for name in type(asked).model_fields
        if name in narrowing
    ]
    if errors:
        raise InvalidQuery(errors[0].message, errors=errors)


def strongest_actors(asking: Asking, asked: VariableQuestion) -> Found:
    """Returns the actors with most contacts of all ties."""
    question = CentralityQuestion.model_construct(**conditions(asked), measure="strength", limit=asked.limit)
    found = find_centrality(asking, question)
    actors = (one["actor"] for one in plain(found)["items"])
    return flat(found, grafana.variable_rows((actor["name"], actor["slug"]) for actor in actors))


def counterparts(asking: Asking, asked: VariableQuestion) -> Found:
    """Returns the counterparts of some actors, those with most contacts first.

    Raises:
        InvalidQuery: no actor is named.
    """
    if not asked.actor:
        said = "Counterparts are somebody's: name the actor, as in actor=iso3:USA."
        raise InvalidQuery(said, errors=[Detail("missing", said, parameter="actor")])
    ties, limits, left_out = ties_of(asking, asked)
    named = {tie["alter"]["slug"]: tie["alter"]["name"] for tie in ties}
    rows = grafana.variable_rows((name, slug) for slug, name in named.items())
    return Found({"items": rows}, "actors", limits, left_out)


def words_of(vocabulary: object) -> Callable[[Asking, VariableQuestion], Found]:
    """Returns what lists a vocabulary."""
    named = [(word.replace("_", " "), word) for word in words(vocabulary)]
    return lambda _asking, _asked: Found({"items": grafana.variable_rows(named)}, "values")


def topics(asking: Asking, asked: VariableQuestion) -> Found:
    """Returns the topics by slug."""
    asking.limit_time()
    page = list_resources(asking.session, TOPICS, TopicFilter(limit=asked.limit), Asked(asked.limit))
    return named_of(*listed(page, asked.limit)[:2], name="label")


def episodes(asking: Asking, asked: VariableQuestion) -> Found:
    """Returns the episodes by slug."""
    asking.limit_time()
    page = list_resources(asking.session, EPISODES, EpisodeFilter(limit=asked.limit), Asked(asked.limit))
    return named_of(*listed(page, asked.limit)[:2], name="name")


def named_of(items: Iterable[dict[str, Any]], limits: dict[str, int], *, name: str) -> Found:
    """Returns records that have slugs as values of a variable."""
    return Found({"items": grafana.variable_rows((one[name], one["slug"]) for one in items)}, "records", limits)


NARROWED: Final = ("actors", "counterparts")
VARIABLES: Final[dict[str, Callable[[Asking, VariableQuestion], Found]]] = {
    "actors": strongest_actors,
    "counterparts": counterparts,
    "kinds": words_of(ContactKind),
    "statuses": words_of(Status),
    "levels": words_of(Level),
    "topics": topics,
    "episodes": episodes,
}
