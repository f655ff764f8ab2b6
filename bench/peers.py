"""What SQL alone answers, as one would write it without Readout's projections, its search or its rollup."""

from typing import Any, Final

import psycopg

from models.status import HAPPENED

_HAPPENED: Final = ", ".join(f"'{status}'" for status in HAPPENED)
DEPTH: Final = 3
SHORTEST: Final = f"""WITH RECURSIVE reached (actor_id, hops) AS (
    SELECT %(source)s::bigint, 0
    UNION
    SELECT t.alter_id, r.hops + 1 FROM reached r JOIN tie t ON t.ego_id = r.actor_id AND t.level = 'actor'
    WHERE r.hops < {DEPTH})
SELECT min(hops) FROM reached WHERE actor_id = %(target)s"""
"""UNION removes duplicates, so that nobody is expanded twice from one depth."""
MONTH_RAW: Final = f"""WITH unit AS (
    SELECT DISTINCT c.contact_id, coalesce(l.unit_id, p.standing_id) AS unit_id
    FROM contact c JOIN participant p USING (contact_id)
    LEFT JOIN lift l ON l.actor_id = p.standing_id AND l.level = 'state' AND l.since < c.latest AND l.until > c.earliest
    WHERE c.match_earliest < %(end)s AND c.match_latest > %(start)s AND c.status IN ({_HAPPENED})
    AND c.retracted_at IS NULL AND c.kind <> 'gathering'
    AND p.role NOT IN ('venue', 'interpreter', 'note_taker', 'observer'))
SELECT u.unit_id, v.unit_id, count(*) FROM unit u JOIN unit v USING (contact_id) WHERE u.unit_id <> v.unit_id
GROUP BY u.unit_id, v.unit_id"""
"""Contacts, participants and lifts, paired state by state; without the finer rules of pairing."""
MONTH_EDGES: Final = f"""SELECT ego_id, alter_id, count(DISTINCT contact_id) FROM edge
WHERE level = 'state' AND match_earliest < %(end)s AND match_latest > %(start)s AND status IN ({_HAPPENED})
GROUP BY ego_id, alter_id"""
_WINDOW: Final = {
    "certain": "earliest >= %(start)s AND latest <= %(end)s",
    "possible": "match_earliest < %(end)s AND match_latest > %(start)s",
}
_HOP: Final = {
    # Word is there when the hop has surely ended; the next one must not have begun before.
    "certain": ("h.earliest >= a.at", "h.latest"),
    # Word may be there after the latest beginning of all hops so far; each hop must end after that.
    "possible": ("h.latest > a.at", "greatest(a.at, h.earliest)"),
}
_ROUND: Final = """INSERT INTO arrival (actor_id, at, round)
SELECT h.alter_id, min({arrives}), %(round)s + 1 FROM arrival a JOIN hop h ON h.ego_id = a.actor_id AND {follows}
WHERE a.round = %(round)s GROUP BY h.alter_id
ON CONFLICT (actor_id) DO UPDATE SET at = excluded.at, round = excluded.round WHERE excluded.at < arrival.at"""


def earliest_arrival(connection: psycopg.Connection[Any], mode: str, question: dict[str, Any]) -> Any:
    """Returns when word from one actor reaches another inside a window, by rounds in SQL until nothing improves.

    The hops of the window are laid out first; a round is then one hash join. Exact for walks over date bounds.

    Args:
        connection: in autocommit.
        mode: certain or possible.
        question: source, target, start and end.
    """
    follows, arrives = _HOP[mode]
    with connection.transaction():
        connection.execute(
            f"""CREATE TEMP TABLE hop ON COMMIT DROP AS SELECT ego_id, alter_id, earliest, latest FROM edge
            WHERE level = 'actor' AND {_WINDOW[mode]} AND status IN ({_HAPPENED})
            AND (kind <> 'message' OR ego_roles = 'sender')""".encode(),
            question,
        )
        connection.execute("ANALYZE hop")
        connection.execute(
            "CREATE TEMP TABLE arrival (actor_id bigint PRIMARY KEY, at timestamp, round int) ON COMMIT DROP"
        )
        connection.execute("INSERT INTO arrival VALUES (%(source)s, %(start)s, 0)", question)
        number = 0
        statement = _ROUND.format(arrives=arrives, follows=follows).encode()
        while connection.execute(statement, {"round": number}).rowcount:
            number += 1
        row = connection.execute("SELECT at FROM arrival WHERE actor_id = %(target)s", question).fetchone()
    return row[0] if row else None
