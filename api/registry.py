"""The registry of the plain nouns: for each how it is read, added, changed and taken out over HTTP."""

from typing import Any, Final

from sqlalchemy.orm import Session

from api.resources import Change, Create, Links, Retract, Routes, Shapes
from db import actors as actor_verbs
from db import affiliations as affiliation_verbs
from db import resources, sources
from db.references import ACTOR, SOURCE, TOPIC
from db.resources import Resource
from models.actors import ActorIn, ActorOut, ActorPage, ActorPatch
from models.affiliations import AffiliationIn, AffiliationOut, AffiliationPage, AffiliationPatch
from models.coverage import CoverageIn, CoverageOut, CoveragePage, CoveragePatch
from models.designations import DesignationIn, DesignationOut, DesignationPage, DesignationPatch
from models.episodes import EpisodeIn, EpisodeOut, EpisodePage, EpisodePatch
from models.resource_filters import (
    ActorFilter,
    AffiliationFilter,
    CoverageFilter,
    DesignationFilter,
    EpisodeFilter,
    SourceFilter,
    TopicFilter,
)
from models.sources import SourceIn, SourceOut, SourcePage, SourcePatch
from models.topics import TopicIn, TopicOut, TopicPage, TopicPatch


def _plain(resource: Resource) -> tuple[Create, Change, Retract]:
    def create(session: Session, body: Any, links: Links) -> int:
        row = resources.create(session, resource, body, links)
        return int(getattr(row, resource.noun.key))

    def change(session: Session, number: int, body: Any, links: Links, expected: int | None) -> None:
        resources.patch(session, resource, number, (body, links), expected)

    def retract(session: Session, number: int, reason: str, expected: int | None) -> None:
        resources.take_out(session, resource, number, reason, expected)

    return create, change, retract


def _change_affiliation(session: Session, number: int, body: Any, links: Links, expected: int | None) -> None:
    affiliation_verbs.patch_affiliation(session, number, links["target_id"], body, expected)


def _change_source(session: Session, number: int, body: Any, links: Links, expected: int | None) -> None:
    sources.patch_source(session, number, {"body": body, **links}, expected)


def _create_source(session: Session, body: Any, links: Links) -> int:
    return sources.create_source(session, body, links["publisher_id"], links["supersedes_id"]).source_id or 0


_TOPICS: Final = _plain(resources.TOPICS)
_EPISODES: Final = _plain(resources.EPISODES)
_DESIGNATIONS: Final = _plain(resources.DESIGNATIONS)
_COVERAGE: Final = _plain(resources.COVERAGES)

REGISTRY: Final[tuple[Routes, ...]] = (
    Routes(
        "actors",
        resources.ACTORS,
        Shapes(ActorIn, ActorPatch, ActorOut, ActorPage, ActorFilter),
        "Persons, offices, organisations, states and groups, in the order of their names.",
        create=lambda session, body, _links: actor_verbs.create_actor(session, body).actor_id or 0,
        change=lambda session, number, body, _links, seen: actor_verbs.patch_actor(session, number, body, seen),
        retract=actor_verbs.retract_actor,
        example="iso3:ISR",
    ),
    Routes(
        "sources",
        resources.SOURCES,
        Shapes(SourceIn, SourcePatch, SourceOut, SourcePage, SourceFilter),
        "Documents on which the record rests.",
        create=_create_source,
        change=_change_source,
        retract=sources.retract_source,
        links={"publisher": ACTOR, "supersedes": SOURCE},
        example="white-house-readout-2021-05-12",
    ),
    Routes(
        "topics",
        resources.TOPICS,
        Shapes(TopicIn, TopicPatch, TopicOut, TopicPage, TopicFilter),
        "What contacts are about: a controlled list.",
        create=_TOPICS[0],
        change=_TOPICS[1],
        retract=_TOPICS[2],
        links={"broader": TOPIC},
        example="military",
    ),
    Routes(
        "episodes",
        resources.EPISODES,
        Shapes(EpisodeIn, EpisodePatch, EpisodeOut, EpisodePage, EpisodeFilter),
        "Crises, talks and seasons that several contacts belong to.",
        create=_EPISODES[0],
        change=_EPISODES[1],
        retract=_EPISODES[2],
        example="gaza-may-2021",
    ),
    Routes(
        "affiliations",
        resources.AFFILIATIONS,
        Shapes(AffiliationIn, AffiliationPatch, AffiliationOut, AffiliationPage, AffiliationFilter),
        "Who holds, belongs to, is part of, is a member of or controls what, and when. Added below an actor.",
        change=_change_affiliation,
        retract=affiliation_verbs.retract_affiliation,
        links={"target": ACTOR},
        example="aff_5f3a91b2",
    ),
    Routes(
        "designations",
        resources.DESIGNATIONS,
        Shapes(DesignationIn, DesignationPatch, DesignationOut, DesignationPage, DesignationFilter),
        "Lists that actors are on. Added below an actor.",
        change=_DESIGNATIONS[1],
        retract=_DESIGNATIONS[2],
        example="dsg_5f3a91b2",
    ),
    Routes(
        "coverage",
        resources.COVERAGES,
        Shapes(CoverageIn, CoveragePatch, CoverageOut, CoveragePage, CoverageFilter),
        "Windows in which a publisher was monitored: they tell silence that was observed from not looking.",
        create=_COVERAGE[0],
        change=_COVERAGE[1],
        retract=_COVERAGE[2],
        links={"publisher": ACTOR},
        example="cov_5f3a91b2",
    ),
)
