"""Data that a record starts with: states, organisations and topics; and worlds read from files."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.actors import create_actor
from db.affiliations import create_affiliation, insert_affiliations
from db.contacts import create_contacts
from db.lifts import restate_lifts
from db.mergers import merge_actors
from db.records import Author, commit
from db.references import ACTOR, SOURCE, Mention, resolve, resolve_mentions
from db.resources import COVERAGES, DESIGNATIONS, EPISODES, TOPICS, create
from db.sources import create_source
from db.unmerging import unmerge
from models.actors import ActorIn
from models.affiliations import AffiliationIn
from models.bounds import tenure
from models.contacts import ContactIn
from models.coverage import CoverageIn
from models.designations import DesignationIn
from models.episodes import EpisodeIn
from models.reference import ReferenceOrganisation, State, organisations, states, topics
from models.sources import SourceIn
from models.topics import Topic, TopicIn

HERE: Final = Path(__file__).resolve().parent
FIRST_WORLD: Final = next(
    (p for p in (HERE.parent / "examples" / "first-world.json", HERE / "examples" / "first-world.json") if p.exists()),
    HERE.parent / "examples" / "first-world.json",
)
"""The record of 12 May 2021: data that tests, docs and the demonstration share."""


def is_empty(session: Session) -> bool:
    """Whether the record holds no contact yet."""
    return not session.execute(text("SELECT EXISTS (SELECT FROM contact)")).scalar()


def seed(session: Session) -> int:
    """Adds the reference actors and topics that are not there yet; returns how many it added."""
    known = set(session.execute(text("SELECT slug FROM actor")).scalars())
    wanted: list[State | ReferenceOrganisation] = [
        *(one for one in states() if one.slug not in known),
        *(one for one in organisations() if one.slug not in known),
    ]
    ids = {one.slug: create_actor(session, _actor(one)).actor_id or 0 for one in wanted}
    numbers = resolve(session, ACTOR, [*(one.slug for one in wanted), *_wholes(wanted)])
    rows = [row for one in wanted for row in _memberships(one, numbers)]
    if rows:
        insert_affiliations(session, rows)
        restate_lifts(session, sorted(ids.values()))
    return len(wanted) + _seed_topics(session)


def _seed_topics(session: Session) -> int:
    known = {row.slug: row.topic_id for row in session.execute(text("SELECT slug, topic_id FROM topic"))}
    added = 0
    for topic in topics():
        if topic.slug not in known:
            body = TopicIn(slug=topic.slug, label=topic.label, description=topic.description)
            row = create(session, TOPICS, body, {"broader_id": known.get(topic.broader or "")})
            known[topic.slug] = row.topic_id if isinstance(row, Topic) and row.topic_id else 0
            added += 1
    return added


def _actor(one: State | ReferenceOrganisation) -> ActorIn:
    state = isinstance(one, State)
    aliases = [{"name": alias, "lang": "en"} for alias in one.aliases]
    official = [{"name": one.official, "lang": "en"}] if isinstance(one, State) and one.official else []
    return ActorIn.model_validate(
        {
            "slug": one.slug,
            "name": one.name,
            "kind": "state" if isinstance(one, State) else one.kind,
            "organisation_type": None if state else getattr(one, "organisation_type", None),
            "names": [*official, *aliases],
            "identifiers": [{"scheme": scheme, "value": value} for scheme, value in one.identifiers],
        }
    )


def _wholes(wanted: list[State | ReferenceOrganisation]) -> list[str]:
    wholes = [one.part_of for one in wanted if one.part_of]
    return wholes + [m.state for one in wanted if isinstance(one, ReferenceOrganisation) for m in one.members]


def _memberships(one: State | ReferenceOrganisation, numbers: dict[str, int]) -> list[dict[str, Any]]:
    """Returns the affiliations of a reference actor. They are tables of facts without a circle: no check needed."""
    rows: list[tuple[int, str, int, str, str]] = []
    if one.part_of:
        rows.append((numbers[one.slug], "part_of", numbers[one.part_of], "..", ".."))
    if isinstance(one, ReferenceOrganisation):
        rows += [(numbers[m.state], "member_of", numbers[one.slug], m.since, m.until) for m in one.members]
    return [
        {
            **{"actor_id": actor, "relation": relation, "target_id": target, "since": since, "until": until},
            **tenure(since, until).columns(),
        }
        for actor, relation, target, since, until in rows
    ]


def load_world(session: Session, path: Path = FIRST_WORLD) -> int:
    """Loads a world from a file with the sections of the first world; returns how many contacts it held."""
    world = json.loads(path.read_text(encoding="utf-8"))
    for section, add in SECTIONS:
        for item in world.get(section, ()):
            add(session, item)
    return len(create_contacts(session, [ContactIn.model_validate(item) for item in world["contacts"]]))


def merge_and_undo(session: Session, path: Path) -> None:
    """Merges the actors whom a world's file says were once taken for one, and undoes it; each is a revision.

    Call it once the world is committed: it commits.
    """
    for item in json.loads(path.read_text(encoding="utf-8")).get("merges", ()):
        merged, into = (_actor_id(session, item[end]) for end in ("merged", "into"))
        merge_actors(session, merged, into, item["reason"], None)
        commit(session, Author(reason=item["reason"]))
        unmerge(session, ACTOR.name, merged)
        commit(session, Author(reason=item["undone"]))


def _add_actor(session: Session, item: dict[str, Any]) -> None:
    create_actor(session, ActorIn.model_validate(item))


def _add_affiliation(session: Session, item: dict[str, Any]) -> None:
    ends = {name: _actor_id(session, item[name]) for name in ("actor", "target")}
    body = AffiliationIn.model_validate({name: item[name] for name in item if name != "actor"})
    create_affiliation(session, ends["actor"], ends["target"], body)


def _add_designation(session: Session, item: dict[str, Any]) -> None:
    body = DesignationIn.model_validate({name: item[name] for name in item if name != "actor"})
    create(session, DESIGNATIONS, body, {"actor_id": _actor_id(session, item["actor"])})


def _add_coverage(session: Session, item: dict[str, Any]) -> None:
    body = CoverageIn.model_validate(item)
    create(session, COVERAGES, body, {"publisher_id": _actor_id(session, body.publisher)})


def _add_source(session: Session, item: dict[str, Any]) -> None:
    body = SourceIn.model_validate(item)
    publisher = _actor_id(session, body.publisher) if body.publisher else None
    older = resolve(session, SOURCE, [body.supersedes])[body.supersedes] if body.supersedes else None
    create_source(session, body, publisher, older)


def _add_topic(session: Session, item: dict[str, Any]) -> None:
    create(session, TOPICS, TopicIn.model_validate(item), {"broader_id": None})


def _add_episode(session: Session, item: dict[str, Any]) -> None:
    create(session, EPISODES, EpisodeIn.model_validate(item), {})


def _actor_id(session: Session, ref: str) -> int:
    return resolve_mentions(session, [Mention(ACTOR, ref, "/actor")])[(ACTOR.name, ref)]


SECTIONS: Final[tuple[tuple[str, Callable[[Session, dict[str, Any]], None]], ...]] = (
    ("actors", _add_actor),
    ("affiliations", _add_affiliation),
    ("designations", _add_designation),
    ("coverage", _add_coverage),
    ("sources", _add_source),
    ("topics", _add_topic),
    ("episodes", _add_episode),
)
