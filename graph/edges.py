"""The edge set: every graph question starts here, so that all agree on what joins two actors.

Actor and state level are stored. Office and organisation level are lifted on read from the stored edges of
actors, through the participants behind each.
"""

from dataclasses import replace
from typing import Final

from sqlalchemy.orm import Session

from db.documents import moment
from db.engine import ids_of
from db.filters import TOO_WIDE, Question, contact_source, lifted_participants, wide_contacts
from db.lifted import is_ambiguous, lifted_by_contact, lifted_edges
from db.pages import Answer, Asked, Listing, Order, filter_digest, read_page
from db.references import ACTOR, CONTACT
from graph.wide import expand_edges
from models.filters import ContactFilter, EdgeList
from models.vocabulary import STORED_LEVELS

ORDER: Final = Order(("d.newest", "d.contact_id", "d.ego_id", "d.alter_id"), descending=True)
BY_CONTACT: Final = replace(ORDER, led=2)
"""The order of time leads from contact to contact, whose edges come together."""
CASTS: Final = ("timestamp", "bigint", "bigint", "bigint")
COLUMNS: Final = (
    *("d.level", "d.contact_id", "d.ego_id", "d.alter_id", "d.kind", "d.status", "d.earliest", "d.latest"),
    *("d.newest", "d.match_earliest", "d.match_latest", "d.ego_roles", "d.alter_roles"),
    *("d.initiated_by", "d.certain", "d.represented"),
)
ITEM: Final = f"""json_build_object('contact_id', public_id('con', page.contact_id), 'contact_kind', page.kind,
    'contact_status', page.status, 'when', c."when", 'earliest', {moment("page.earliest")},
    'latest', {moment("page.latest")}, 'level', page.level,
    'source_id', public_id('act', ea.actor_id), 'source_slug', ea.slug, 'source_name', ea.name,
    'source_kind', ea.kind, 'source_roles', page.ego_roles,
    'target_id', public_id('act', eb.actor_id), 'target_slug', eb.slug, 'target_name', eb.name,
    'target_kind', eb.kind, 'target_roles', page.alter_roles,
    'initiated_by', CASE page.initiated_by WHEN 'ego' THEN 'source' WHEN 'alter' THEN 'target'
        ELSE page.initiated_by END,
    'certain', page.certain, 'ambiguous', {is_ambiguous("page", "page.level", ("page.ego_id", "page.alter_id"))},
    'represented', page.represented,
    'contact', '/v1/contacts/' || public_id('con', page.contact_id))"""
JOIN: Final = """JOIN contact c ON c.contact_id = page.contact_id JOIN actor ea ON ea.actor_id = page.ego_id
    JOIN actor eb ON eb.actor_id = page.alter_id"""


def edge_source(question: Question, asked: ContactFilter, egos: str = "") -> str:
    """Returns the FROM clause of the edge set of a question, row alias ``d``, and adds its conditions.

    With actor= in the question that actor is always the near end (ego).

    Args:
        question: to which conditions and parameters are added.
        asked: its filter.
        egos: SQL of an array of actors whose edges alone are wanted; the caller adds that condition. At a level that
            is lifted on read these are then found by index.
    """
    if asked.level in STORED_LEVELS:
        return contact_source(question, edges=True)
    plain = asked.model_copy(update={"level": "actor", "actor": [], "between": [], "participants": [], "role": []})
    question.asked = plain
    contact_source(question, edges=True)
    question.asked = asked
    question.conditions.pop(0)
    level = question.bind(asked.level)
    ends = [question.refer(ACTOR, ref, "between") for ref in asked.between]
    near = ends[:1] or [question.refer(ACTOR, ref, "actor") for ref in asked.actor]
    if ends:
        question.conditions += [f"d.ego_id = {ends[0]}", f"d.alter_id = {ends[1]}"]
    elif near:
        question.conditions.append(f"d.ego_id IN ({', '.join(near)})")
        if asked.role:
            roles = f"CAST({question.bind(list(asked.role))} AS text[])"
            question.conditions.append(f"string_to_array(d.ego_roles, ',') && {roles}")
        question.asked = asked.model_copy(update={"actor": [], "role": []})
    question.conditions += lifted_participants(question, level)
    question.asked = asked
    return f"{lifted_edges(level, egos or near, ends[1:])} d"


def each_pair_once(question: Question, asked: ContactFilter) -> list[str]:
    """Returns the conditions by which a pair comes once where both its ends are asked for, or neither is."""
    if asked.between or len(asked.actor) == 1:
        return []
    near = [question.refer(ACTOR, ref, "actor") for ref in asked.actor]
    both = f"d.alter_id NOT IN ({', '.join(near)}) OR " if near else ""
    if asked.role:
        # Seen from its other end the pair is not in the answer when that end had none of the roles.
        both += f"NOT string_to_array(d.alter_roles, ',') && CAST({question.bind(list(asked.role))} AS text[]) OR "
    return [f"({both}d.ego_id < d.alter_id)"]


def list_edges(session: Session, asked: EdgeList, page: Asked) -> Answer:
    """Returns a page of edges as models.edges.EdgeOut: one flat row per pair and contact, both ends named.

    Without actor or between each pair comes once, its ends in no particular order.

    Cost: one statement. By actor or pair a range of a covering index; office and organisation level are lifted
    while reading, which costs two index look-ups per edge: of all edges of an actor, else of as many contacts, from the
    newest on, as the page needs.
    """
    digest = filter_digest(asked, "edges")
    asked = with_any_status(asked)
    question = Question(asked, ids_of(session))
    listing = in_pages(question, asked, edge_listing(question, asked))
    answer = read_page(session, question, listing, page, digest)
    if asked.contact is None or answer.items is None or TOO_WIDE not in (answer.left_out or {}):
        return answer
    items, count = expand_edges(session, asked, page.limit)
    cut = {"pairs_beyond_the_limit": count - page.limit} if count > page.limit else {}
    return replace(answer, items=items, left_out=cut)


def with_any_status(asked: EdgeList) -> EdgeList:
    """Returns the question; of one contact it asks for all edges, whatever became of it."""
    return asked.model_copy(update={"status": ["any"]}) if asked.contact is not None and not asked.status else asked


def edge_listing(question: Question, asked: EdgeList) -> Listing:
    """Returns what drives a list of edges, and adds its conditions to the question."""
    source = edge_source(question, asked)
    if asked.contact is not None:
        question.conditions.append(f"d.contact_id = {question.refer(CONTACT, asked.contact, 'contact')}")
    question.conditions += each_pair_once(question, asked)
    return Listing(
        source=source,
        order=ORDER,
        join=JOIN,
        item=ITEM,
        casts=CASTS,
        columns=", ".join(COLUMNS),
        unit="edges",
        left_out=wide_contacts(question, asked),
    )


def in_pages(question: Question, asked: EdgeList, listing: Listing) -> Listing:
    """Returns the list as it is read by the page: what is lifted on read, contact by contact, from the newest on.

    Of all edges that takes twice as long as lifting them at once, so whoever wants them all, or counts them, does not.
    """
    if asked.level in STORED_LEVELS or asked.actor or asked.between:
        return listing
    source = f"{lifted_by_contact(question.bind(asked.level))} d"
    return replace(listing, source=source, order=BY_CONTACT, counted=listing.source)
