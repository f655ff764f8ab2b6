"""The first world with its answers worked out by hand from DOMAIN.md: tests, docs and demonstration share it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.engine import Database
from db.records import Author, commit
from db.seed import load_world, seed

FILE = Path(__file__).resolve().parents[1] / "examples" / "first-world.json"
TODAY = date(2021, 5, 20)
"""The day on which the silences below are measured."""
Pair = tuple[str, str]


@dataclass(frozen=True)
class Row:
    """One row of the table, and what has to follow from it.

    Attributes:
        number: of the row.
        kind: of the contact.
        status: by the decision table.
        earliest: first day of its bounds, None where unknown.
        latest: day after the last, None where unknown.
        participants: slug, role and the slug of capacity or of whoever he was sent by.
        actors: pairs at actor level.
        states: pairs at state level.
    """

    number: int
    kind: str
    status: str
    earliest: str | None
    latest: str | None
    participants: tuple[tuple[str, str, str | None], ...]
    actors: frozenset[Pair]
    states: frozenset[Pair]

    @property
    def identifier(self) -> str:
        """How the API addresses the contact."""
        return f"example:first-world/{self.number}"


US, ISRAEL, EGYPT, HAMAS, PALESTINE = "united-states", "israel", "egypt", "hamas", "palestine"
PRESIDENT, PRIME_MINISTER = "president-of-the-united-states", "prime-minister-of-israel"
SECRETARY = "secretary-of-state-of-the-united-states"
STAFF = "us-national-security-and-defence-staff"
ADMINISTRATION = "biden-administration"


def _two(number: int, kind: str, ends: Pair, states: Pair, *, status: str = "acknowledged") -> Row:
    """A contact of two principals, some time until 12 May 2021."""
    participants = tuple((end, "principal", None) for end in ends)
    return Row(number, kind, status, None, "2021-05-13", participants, frozenset([ends]), frozenset([states]))


def _talk(number: int, kind: str, status: str, who: tuple[str, str]) -> Row:
    """A contact of an American with the Prime Minister, on 12 May 2021."""
    participants = ((who[0], "principal", who[1]), ("benjamin-netanyahu", "principal", PRIME_MINISTER))
    pairs = frozenset([(who[0], "benjamin-netanyahu")]), frozenset([(US, ISRAEL)])
    return Row(number, kind, status, "2021-05-12", "2021-05-13", participants, *pairs)


def _dispatch(number: int, leaders: str, state: str) -> Row:
    """Hady Amr is sent: planned, at an unknown date; his pair at state level is that of whoever sent him."""
    participants = (("hady-amr", "envoy", ADMINISTRATION), (leaders, "host", None))
    pairs = frozenset([("hady-amr", leaders)]), frozenset([(US, state)])
    return Row(number, "mission", "planned", None, None, participants, *pairs)


def _mediation(number: int, mediator: str) -> Row:
    """The mediator deals with each party; that these met is not known. Hamas belongs to no state and stays."""
    participants = ((mediator, "mediator", None), (ISRAEL, "party", None), (HAMAS, "party", None))
    pairs = frozenset([(mediator, ISRAEL), (mediator, HAMAS)])
    return Row(number, "mediation", "reported", None, "2021-05-10", participants, pairs, pairs)


ROWS = (
    # Only American voices stand behind the call: one side. Of Blinken's only the press knows.
    _talk(1, "call", "acknowledged", ("joe-biden", PRESIDENT)),
    _talk(2, "conversation", "reported", ("antony-blinken", SECRETARY)),
    _two(3, "engagement", (STAFF, "israeli-national-security-and-defence-staff"), (US, ISRAEL)),
    _two(4, "engagement", (STAFF, "egyptian-national-security-and-defence-staff"), (US, EGYPT)),
    _two(5, "engagement", (STAFF, "saudi-national-security-and-defence-staff"), (US, "saudi-arabia")),
    _two(6, "engagement", (STAFF, "emirati-national-security-and-defence-staff"), (US, "united-arab-emirates")),
    _two(7, "engagement", (ADMINISTRATION, "palestinian-officials"), (US, PALESTINE)),
    _two(8, "engagement", (ADMINISTRATION, "jordan"), (US, "jordan")),
    _two(9, "engagement", (ADMINISTRATION, "qatar"), (US, "qatar")),
    # Offices are lifted to their states like persons.
    _two(10, "engagement", (SECRETARY, "foreign-minister-of-israel"), (US, ISRAEL)),
    _two(11, "engagement", ("secretary-of-defense-of-the-united-states", "defence-minister-of-israel"), (US, ISRAEL)),
    _two(
        12,
        "engagement",
        ("chairman-of-the-joint-chiefs-of-staff", "chief-of-the-general-staff-of-israel"),
        (US, ISRAEL),
    ),
    _two(
        13,
        "engagement",
        ("national-security-adviser-of-the-united-states", "national-security-adviser-of-israel"),
        (US, ISRAEL),
    ),
    _dispatch(14, "israeli-leaders", ISRAEL),
    _dispatch(15, "palestinian-leaders", PALESTINE),
    _mediation(16, EGYPT),
    _mediation(17, "jordan"),
    _mediation(18, "qatar"),
)

COUNTERPARTS_OF_THE_US = {
    # Rows 1, 2, 3 and 10–13; row 14 is planned and does not count.
    ISRAEL: 7,
    # Rows 4–9, one each; row 15 is planned.
    **dict.fromkeys((EGYPT, "saudi-arabia", "united-arab-emirates", PALESTINE, "jordan", "qatar"), 1),
}
KINDS_OF_US_AND_ISRAEL = {"call": 1, "conversation": 1, "engagement": 5}
MEDIATORS_OF_ISRAEL_AND_HAMAS = {EGYPT, "jordan", "qatar"}
ROWS_WITH_A_DESIGNATED_ORGANISATION = {16, 17, 18}


class Cluster(Protocol):
    """The server of the tests, as tests/conftest.py offers it."""

    def database(self, template: str): ...  # type: ignore[no-untyped-def]
    def url(self, database: str) -> str: ...


@contextmanager
def database_of_the_first_world(cluster: Cluster, template: str) -> Iterator[Database]:
    """Makes a database that holds the reference data and the first world, for tests that only read."""
    with cluster.database(template) as name:
        database = Database(cluster.url(name))
        with database.session() as session:
            load(session)
            commit(session, Author())
        yield database
        database.close()


def load(session: Session) -> None:
    """Loads the reference data and the first world."""
    seed(session)
    load_world(session, FILE)


def contact_id(session: Session, row: int) -> int:
    """Returns the id of the contact of a row."""
    found = text("SELECT contact_id FROM contact_identifier WHERE scheme = 'example' AND value = :value")
    return int(session.execute(found, {"value": f"first-world/{row}"}).scalar_one())


def slug_pairs(session: Session, contact: int, level: str) -> list[Pair]:
    """Returns the stored edges of a contact at a level, both ways, by slug."""
    statement = text("""SELECT a.slug AS ego, b.slug AS alter FROM edge e JOIN actor a ON a.actor_id = e.ego_id
        JOIN actor b ON b.actor_id = e.alter_id WHERE e.contact_id = :id AND e.level = :level""")
    return [(row.ego, row.alter) for row in session.execute(statement, {"id": contact, "level": level})]
