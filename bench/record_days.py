"""What the contacts of the synthetic record are drawn from: days in every form of date, words, places, offices."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.record_actors import DAYS, FIRST_DAY, Cast
from db.bulk import copy_rows
from models.bounds import contact_bounds
from models.edtf import parse
from models.names import fold

DAY: Final = timedelta(days=1)
SUBJECTS: Final = ("trade", "security", "water", "the border", "energy", "migration", "a cease-fire", "grain", "debt")
VERBS: Final = ("They spoke about", "Views were exchanged on", "The two sides discussed", "A call on", "Talks on")
PLACES: Final = ("Geneva", "Vienna", "New York", "Doha", "Oslo", "Cairo", "Singapore", "Nairobi")
BOUND_COLUMNS: Final = ("earliest", "latest", "match_earliest", "match_latest", "newest", "oldest")
DAY_COLUMNS: Final = (
    *("day_number", "form", "affirmed", "when", "published", "published_earliest", "published_latest"),
    *BOUND_COLUMNS,
)
TABLES: Final = (
    """bench_day (day_number int, form int, affirmed boolean, "when" text, published text,
        published_earliest timestamp, published_latest timestamp, earliest timestamp, latest timestamp,
        match_earliest timestamp, match_latest timestamp, newest timestamp, oldest timestamp)""",
    "bench_phrase (number int PRIMARY KEY, words text, folded text)",
    "bench_place (number int PRIMARY KEY, words text, folded text)",
    """bench_office (number int PRIMARY KEY, actor_id bigint, state int, nth int, first_change int,
        first_holder bigint)""",
    "bench_state (number int PRIMARY KEY, state_id bigint, government_id bigint, offices int)",
)
STAGED: Final = tuple(table.split(" ", 1)[0] for table in TABLES)


def date_forms(day: date) -> Iterator[str | None]:
    """Yields one day in every form of date a contact may have, from the exact to the unknown."""
    yield day.isoformat()
    yield f"{day:%Y-%m}"
    yield f"[{day - 3 * DAY}..{day + 4 * DAY}]"
    yield f"{day - DAY}/{day + DAY}"
    yield f"/{day}"
    yield f"{day}~"
    yield f"{day:%Y}"
    yield f"{day}/.."
    yield None


FORM_SHARES: Final = (0.85, 0.04, 0.03, 0.02, 0.02, 0.01, 0.01, 0.01, 0.01)
"""Of contacts, by the form of their date in the order of ``date_forms``: 15 % are not a plain day."""


def stage(session: Session, cast: Cast, seed: int) -> None:
    """Fills the tables from which contacts are drawn; they are dropped again when the record is complete."""
    for table in TABLES:
        session.execute(text(f"CREATE UNLOGGED TABLE {table}"))
    copy_rows(session, "bench_day", DAY_COLUMNS, _days(random.Random(seed)))
    phrases = [f"{verb} {subject}" for verb in VERBS for subject in SUBJECTS]
    for table, texts in (("bench_phrase", phrases), ("bench_place", PLACES)):
        columns = ("number", "words", "folded")
        copy_rows(session, table, columns, ((n, words, fold(words)) for n, words in enumerate(texts)))
    offices = ((o.number, o.actor_id, o.state, o.nth_of_state, o.first_change, o.first_holder) for o in cast.offices)
    copy_rows(session, "bench_office", ("number", "actor_id", "state", "nth", "first_change", "first_holder"), offices)
    counts = [0] * len(cast.state_ids)
    for office in cast.offices:
        counts[office.state] += 1
    states = ((n, i, cast.first_government + n, counts[n]) for n, i in enumerate(cast.state_ids))
    copy_rows(session, "bench_state", ("number", "state_id", "government_id", "offices"), states)
    for table in STAGED:
        session.execute(text(f"ANALYZE {table}"))


def _days(rng: random.Random) -> Iterator[tuple[Any, ...]]:
    for number in range(DAYS):
        day = FIRST_DAY + number * DAY
        for form, when in enumerate(date_forms(day)):
            lag = rng.choice((0, 1, 1, 1, 2, 5, 30))
            published = parse((day + lag * DAY).isoformat())
            for affirmed in (True, False):
                bounds = contact_bounds(when, published.latest if affirmed else None).columns()
                row = (number, form, affirmed, when, published.text, published.earliest, published.latest)
                yield (*row, *(bounds[column] for column in BOUND_COLUMNS))
