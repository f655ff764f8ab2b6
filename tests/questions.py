"""Random questions, and a random world in which they have answers."""

import random
from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.resources import DESIGNATIONS, EPISODES, TOPICS, create
from models.designations import DesignationIn
from models.episodes import EpisodeIn
from models.topics import Topic, TopicIn
from models.vocabulary import ContactKind, words
from tests.brute_force import Reading
from tests.generated import ACTORS, ORGANISATIONS, PERSONS, STATES, World

SEED: Final = 5
CONTACTS: Final = 70
NARROWER: Final = {"trade": None, "grain": "trade", "wheat": "grain", "war": None}


def fill(session: Session) -> None:
    """Fills an empty record: contacts, then changes to them, then topics, an episode and designations."""
    rng = random.Random(SEED)
    world = World(session, rng)
    while len(world.ids("contact", "retracted_at IS NULL")) < CONTACTS:
        world.take(world.add_contact)
    for change in [world.add_account, world.correct_affiliation, world.patch_contact, world.move_part] * 8:
        world.take(change)
    topics: dict[str, int] = {}
    for slug, broader in NARROWER.items():
        row = create(session, TOPICS, TopicIn(slug=slug, label=slug), {"broader_id": topics.get(broader or "")})
        assert isinstance(row, Topic)
        topics[slug] = row.topic_id or 0
    create(session, EPISODES, EpisodeIn(slug="spring", name="Spring", since="2021-05", until="2021-05"), {})
    listed = {"rebels": ("2021-05-11", ".."), "league": ("..", "2020"), "ministry": ("2021-05-05", "2021-05-11")}
    for slug, (since, until) in listed.items():
        body = DesignationIn(list="Pirates", authority="Graustark", since=since, until=until)
        create(session, DESIGNATIONS, body, {"actor_id": world.actors[slug]})
    for number in world.ids("contact", "true"):
        for topic in rng.sample(sorted(topics.values()), rng.choice([0, 0, 1, 2])):
            session.execute(text(f"INSERT INTO contact_topic (contact_id, topic_id) VALUES ({number}, {topic})"))
        if rng.random() < 0.3:
            episode = "SELECT :id, episode_id FROM episode"
            session.execute(text(f"INSERT INTO contact_episode (contact_id, episode_id) {episode}"), {"id": number})


Draw = Callable[[random.Random, Reading], dict[str, Any]]
COMMON = (*STATES, *PERSONS, *ORGANISATIONS)
WINDOWS = ("2021-05-10", "2021-05-12", "2021-05", "2021-05-12T12:00", "2021-04", "2021-05-20", "2021", "2020", None)
ONE_DAY = ("2021-05-12T18:00", "2021-05-12T09:00")
"""Two instants, the later one first: together they are their civil day."""


def window(rng: random.Random, _: Reading) -> dict[str, Any]:
    start, end = rng.choice(WINDOWS), rng.choice(WINDOWS)
    more: dict[str, Any] = rng.choice([{}, {}, {"certain": True}, {"open": "include"}])
    if start and end and (start, end) not in ((start, start), ("2020", end)):
        start, end = rng.choice([(None, end), ONE_DAY])
    return {"from": start, "to": end, **more}


def part_of(rng: random.Random, reading: Reading) -> dict[str, Any]:
    wholes = sorted({row.part_of_id for row in reading.facts.values() if row.part_of_id})
    return {"part_of": reading.session.info["ids"].encode("con", rng.choice(wholes))}


DRAWS: dict[str, Draw] = {
    "actor": lambda rng, _: {"actor": [rng.choice(COMMON)]},
    "actors": lambda rng, _: {"actor": rng.sample(ACTORS, 3)},
    "role": lambda rng, _: {
        "actor": rng.sample(COMMON, 2),
        "role": rng.sample(["principal", "visitor", "host", "party", "mediator", "delegate"], 3),
    },
    "participants": lambda rng, _: {"participants": rng.sample(STATES, rng.randint(1, 2))},
    "between": lambda rng, _: {"between": rng.sample(STATES, 2) if rng.random() < 0.6 else rng.sample(ACTORS, 2)},
    "kind": lambda rng, _: {"kind": rng.sample(words(ContactKind), 4)},
    "window": window,
    "status": lambda rng, _: {
        "status": rng.choice(
            [["any"], ["disputed"], ["planned", "reported"], ["confirmed", "acknowledged"], ["denied"]]
        )
    },
    "topic": lambda rng, _: {"topic": rng.sample(sorted(NARROWER), rng.randint(1, 2))},
    "episode": lambda rng, _: {"episode": ["spring"]},
    "publisher": lambda rng, _: {"publisher": rng.sample([*STATES, *ORGANISATIONS], 3)},
    "acknowledged_by": lambda rng, _: {"acknowledged_by": rng.sample(STATES, rng.randint(1, 2))},
    "not_acknowledged_by": lambda rng, _: {
        "acknowledged_by": rng.sample(STATES, rng.randint(0, 1)),
        "not_acknowledged_by": rng.sample([*STATES, "league", "rebels"], rng.randint(1, 2)),
    },
    "designated": lambda rng, _: {"designated": rng.choice([True, False])},
    "min_sources": lambda rng, _: {"min_sources": rng.randint(1, 3)},
    "part_of": part_of,
    "q": lambda rng, _: {"q": rng.choice(["grain", "Señor visit", "wheat", "Atlantis spa", "SPA", "nothing", "ada"])},
}


def questions(reading: Reading, name: str, level: str, count: int) -> Iterator[dict[str, Any]]:
    """Yields questions that use one filter, every second of them beside another filter."""
    rng = random.Random(f"{SEED} {name} {level}")
    for n in range(count):
        beside = DRAWS[rng.choice(sorted(DRAWS))](rng, reading) if n % 2 else {}
        question = {**beside, **DRAWS[name](rng, reading), "level": level}
        if "role" in question:
            question.pop("between", None)
        yield question
