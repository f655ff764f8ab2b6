"""Whether anybody would have noticed: a silence is observed where a publisher that may speak for a side was monitored.

As for one contact (db.acknowledgement), one window of one publisher must cover all of it, and media do not count.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from graph.questions import Asking
from models.authority import VOICELESS_TYPES
from models.vocabulary import Watched

OBSERVED: Final[Watched] = "observed"
NOT_LOOKED_AT: Final[Watched] = "not_looked_at"
_FIRST: Final = "timestamp '0001-01-01'"
_LAST: Final = "timestamp '9999-12-31'"
_VOICELESS: Final = ", ".join(f"'{one}'" for one in sorted(VOICELESS_TYPES))
_SPEAKING: Final = f"""coverage v JOIN actor w ON w.actor_id = v.publisher_id
        AND (w.organisation_type IS NULL OR w.organisation_type NOT IN ({_VOICELESS}))
    CROSS JOIN LATERAL (SELECT l.unit_id, l.since, l.until FROM lift l WHERE l.actor_id = v.publisher_id
        AND l.level = 'state' UNION ALL SELECT v.publisher_id, {_FIRST}, {_LAST}) s"""
"""SQL of every window of coverage, with the units for which its publisher may speak, and when."""
Silent = tuple[Sequence[int], datetime, datetime]
"""Both ends of a pair, and the bounds of its last contact."""


def _windows(as_of: str) -> str:
    """Returns SQL of one JSON object: since when each unit has been watched until a day. It is worked out once."""
    return f"""(SELECT coalesce(jsonb_object_agg(u.unit_id, u.since), '{{}}') FROM (
        SELECT s.unit_id, min(v.start_latest) AS since FROM {_SPEAKING}
        WHERE v.retracted_at IS NULL AND v.end_earliest >= {as_of} AND s.since <= {as_of} AND s.until >= {as_of}
        GROUP BY s.unit_id) u)"""


def _watched(end: str, last: tuple[str, str]) -> str:
    """Returns SQL of models.vocabulary.Watched of one end, under the windows ``m.since_when``."""
    earliest, latest = last
    units = f"""SELECT {end} AS unit_id UNION ALL SELECT l.unit_id FROM lift l WHERE l.actor_id = {end}
        AND l.level = 'state' AND l.since < {latest} AND l.until > {earliest}"""
    # Where nobody was watched at all, no row is looked at.
    return f"""CASE WHEN {latest} < {_LAST} AND m.since_when <> '{{}}' AND EXISTS (SELECT FROM ({units}) x
        WHERE CAST(m.since_when ->> CAST(x.unit_id AS text) AS timestamp) <= {latest})
        THEN '{OBSERVED}' ELSE '{NOT_LOOKED_AT}' END"""


def watched_ends(ego: str, alter: str, last: tuple[str, str], as_of: str) -> str:
    """Returns SQL of models.edges.WatchedEnds: whether a pair's silence since its last contact was observed.

    Args:
        ego: SQL of one actor or unit.
        alter: SQL of the other.
        last: SQL of the bounds of the last contact.
        as_of: SQL of the civil day to which the silence lasts.
    """
    return f"""(SELECT json_build_object('ego', {_watched(ego, last)}, 'alter', {_watched(alter, last)})
        FROM (SELECT {_windows(as_of)} AS since_when OFFSET 0) m)"""


def watched_pairs(asking: Asking, silent: Iterable[Silent], as_of: date) -> list[dict[str, Watched]]:
    """Returns models.edges.WatchedEnds of several pairs, in their order.

    Cost: one statement.
    """
    rows = list(silent)
    given = {
        "egos": [ends[0] for ends, _, _ in rows],
        "alters": [ends[1] for ends, _, _ in rows],
        "earliest": [earliest for _, earliest, _ in rows],
        "latest": [latest for _, _, latest in rows],
        "as_of": as_of,
    }
    return list(asking.execute(_OF_PAIRS, given).scalars())


def watched_throughout(start: str, as_of: str) -> str:
    """Returns SQL of whether actor ``x.actor_id`` was watched from a moment to a day.

    Args:
        start: SQL of the moment; the first there is asks for a window without beginning.
        as_of: SQL of the day.
    """
    windows = _windows(as_of)
    units = f"""SELECT x.actor_id AS unit_id UNION ALL SELECT l.unit_id FROM lift l WHERE l.actor_id = x.actor_id
        AND l.level = 'state' AND l.since <= {as_of} AND l.until > {start}"""
    return f"""({windows} <> '{{}}' AND EXISTS (SELECT FROM ({units}) n
        WHERE CAST({windows} ->> CAST(n.unit_id AS text) AS timestamp) <= {start}))"""


def windows_of(asking: Asking, actor_ids: Sequence[int]) -> list[tuple[datetime, datetime]]:
    """Returns the times in which a publisher that may speak for one of some actors was monitored.

    Cost: one statement.
    """
    rows = asking.execute(_OF_ACTORS, {"ids": list(actor_ids)})
    return [(row.since, row.until) for row in rows]


def is_watched(windows: Sequence[tuple[datetime, datetime]], start: datetime, end: datetime) -> Watched:
    """Returns whether one window holds a whole time."""
    return OBSERVED if any(since <= start and end <= until for since, until in windows) else NOT_LOOKED_AT


_OF_PAIRS: Final = f"""
SELECT {watched_ends("r.ego", "r.alter", ("r.earliest", "r.latest"), "CAST(:as_of AS date)")}
FROM unnest(CAST(:egos AS bigint[]), CAST(:alters AS bigint[]), CAST(:earliest AS timestamp[]),
    CAST(:latest AS timestamp[])) WITH ORDINALITY AS r(ego, alter, earliest, latest, n) ORDER BY r.n
"""
_OF_ACTORS: Final = f"""
SELECT DISTINCT greatest(v.start_latest, s.since) AS since, least(v.end_earliest, s.until) AS until FROM {_SPEAKING}
WHERE v.retracted_at IS NULL AND greatest(v.start_latest, s.since) < least(v.end_earliest, s.until)
AND s.unit_id IN (SELECT unnest(CAST(:ids AS bigint[]))
    UNION SELECT unit_id FROM lift WHERE actor_id = ANY(CAST(:ids AS bigint[])) AND level = 'state')
"""
