"""The contacts of the synthetic record, drawn in SQL: who, when, how known, by hashes of their numbers and the seed.

A number of a contact and a seed decide everything about it, so that a record can be made in parts, side by side.
"""

from typing import Final

from bench.record_actors import DAYS, HOLDERS, MEDIA, TENURE_DAYS
from bench.record_days import BOUND_COLUMNS, FORM_SHARES, PLACES, SUBJECTS, VERBS
from models.vocabulary import ROLES_WITHOUT_EDGES

KIND_SHARES: Final = {
    **{"call": 0.3, "meeting": 0.29, "conversation": 0.08, "visit": 0.09, "message": 0.06, "engagement": 0.06},
    **{"negotiation": 0.04, "mission": 0.02, "mediation": 0.02, "summons": 0.02, "gathering": 0.02},
}
PATTERN_SHARES: Final = {"reported": 0.45, "acknowledged": 0.3, "confirmed": 0.17, "disputed": 0.03, "planned": 0.05}
"""What the accounts come to: a paper, one government, both, one against the other, an announcement."""
EXTRA_SHARES: Final = (0.6, 0.2, 0.1, 0.06, 0.04)
"""Of contacts, those with 0, 1 … participants beyond two."""
ACTIVITY: Final = 2.5
"""An office's share falls as its rank to the power of 1/2.5 - 1 = -0.6: the busiest of 5,000 has 3 % of all ends."""
USUAL: Final = 20
"""Counterparts that an office meets again and again; six contacts in ten are with one of them."""


def draw_function(seed: int) -> str:
    """Returns the statement that makes the source of chance: a number in [0, 1) for a purpose and a row."""
    return f"""CREATE FUNCTION bench_draw(purpose int, number bigint) RETURNS double precision
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT (hashint8extended(number, {seed} * 1000::bigint + purpose) & 9007199254740991) / 9007199254740992.0
        $$"""


def choice(purpose: int, number: str, shares: dict[str, float]) -> str:
    """Returns SQL that draws one of these words by its share."""
    total, cases = 0.0, []
    for word, share in shares.items():
        total += share
        cases.append(f"WHEN bench_draw({purpose}, {number}) < {total:.6f} THEN '{word}'")
    return f"CASE {' '.join(cases)} ELSE '{next(iter(shares))}' END"


def _level(purpose: int, number: str, shares: tuple[float, ...]) -> str:
    return f"({choice(purpose, number, {str(n): share for n, share in enumerate(shares)})})::int"


_PICKED_EGO: Final = f"floor(m.offices * power(bench_draw(4, j), {ACTIVITY}))::int"
_PICKED_ALTER: Final = f"""CASE WHEN bench_draw(5, j) < 0.6
    THEN floor(m.offices * power(bench_draw(7, ego * {USUAL}::bigint
        + floor({USUAL} * power(bench_draw(6, j), 2))::bigint), {ACTIVITY}))::int
    ELSE floor(m.offices * power(bench_draw(8, j), {ACTIVITY}))::int END"""
PLAN: Final = f"""CREATE TEMP TABLE plan ON COMMIT DROP AS
WITH m AS (SELECT count(*)::int AS offices FROM bench_office),
numbered AS (SELECT i, mod(i, %(chunk)s) <> 1 AND ({choice(1, "(i - 1)", KIND_SHARES)}) = 'visit'
    AND bench_draw(20, i) < 0.3 AS follows FROM generate_series(%(first)s::bigint, %(last)s::bigint) i),
parts AS (SELECT i, follows AND NOT coalesce(lag(follows) OVER (ORDER BY i), false) AS is_part FROM numbered),
anchored AS (SELECT i, is_part, CASE WHEN is_part THEN i - 1 ELSE i END AS j FROM parts),
egos AS (SELECT a.*, m.offices, {_PICKED_EGO} AS ego FROM anchored a, m),
alters AS (SELECT m.*, {_PICKED_ALTER} AS picked FROM egos m),
ends AS (SELECT a.*, CASE WHEN picked = ego THEN mod(ego + 1, offices) ELSE picked END AS alter FROM alters a),
drawn AS (SELECT i AS contact_id, CASE WHEN is_part THEN i - 1 END AS part_of_id, ego, alter, e.state AS ego_state,
    a.state AS alter_state,
    CASE WHEN is_part THEN 'meeting' ELSE {choice(1, "i", KIND_SHARES)} END AS kind,
    floor({DAYS} * power(bench_draw(2, j), 0.7))::int AS day_number,
    {_level(3, "i", FORM_SHARES)} AS form, {_level(9, "i", EXTRA_SHARES)} AS extras,
    {choice(10, "i", PATTERN_SHARES)} AS pattern
    FROM ends d JOIN bench_office e ON e.number = d.ego JOIN bench_office a ON a.number = d.alter)
SELECT contact_id, part_of_id, ego, alter, ego_state, alter_state, kind, day_number, form, extras,
    CASE WHEN ego_state = alter_state AND pattern IN ('confirmed', 'disputed') THEN 'acknowledged' ELSE pattern END
        AS pattern FROM drawn"""
_SLOT: Final = f"((p.day_number - o.first_change + {TENURE_DAYS}) / {TENURE_DAYS})"
_ROLE: Final = """CASE
    WHEN kind = 'message' THEN CASE ordinal WHEN 0 THEN 'sender' ELSE 'recipient' END
    WHEN kind = 'visit' THEN CASE WHEN ordinal = 0 THEN 'visitor' WHEN ordinal = 1 THEN 'host' ELSE 'delegate' END
    WHEN kind = 'mission' AND ordinal = 0 THEN 'envoy'
    WHEN kind = 'mediation' THEN CASE ordinal WHEN 0 THEN 'mediator' ELSE 'party' END
    WHEN ordinal < 2 THEN 'principal'
    WHEN bench_draw(42, contact_id * 8 + ordinal) < 0.15 THEN 'note_taker' ELSE 'delegate' END"""
TAKERS: Final = f"""CREATE TEMP TABLE taker ON COMMIT DROP AS
WITH extra AS (SELECT p.*, n, bench_draw(30, contact_id * 8 + n) AS u, bench_draw(31, contact_id * 8 + n) AS v
    FROM plan p, generate_series(2, 1 + p.extras) n),
placed AS (SELECT *, CASE WHEN u < 0.45 THEN ego_state WHEN u < 0.9 THEN alter_state
    ELSE floor(power(v, 3) * (SELECT count(*) FROM bench_state))::int END AS state FROM extra),
seats AS (SELECT contact_id, 0 AS n, ego AS office FROM plan UNION ALL SELECT contact_id, 1, alter FROM plan
    UNION ALL SELECT contact_id, n, o.number FROM placed x JOIN bench_state s ON s.number = x.state
        JOIN bench_office o ON o.state = x.state AND o.nth = floor(s.offices * bench_draw(32, contact_id * 8 + n))),
once AS (SELECT contact_id, office, min(n) AS n FROM seats GROUP BY contact_id, office),
seated AS (SELECT contact_id, office, (row_number() OVER (PARTITION BY contact_id ORDER BY n) - 1)::int AS ordinal
    FROM once)
SELECT contact_id, ordinal, p.kind, s.state_id, o.first_holder + least({_SLOT}, {HOLDERS - 1}) AS actor_id,
    CASE WHEN bench_draw(40, contact_id * 8 + ordinal) < 0.8 THEN o.actor_id END AS capacity_id,
    CASE WHEN p.kind = 'mission' AND ordinal = 0 THEN s.state_id END AS on_behalf_of_id,
    {_ROLE} AS role,
    CASE WHEN ordinal < 2 AND bench_draw(41, contact_id * 8 + ordinal) < 0.4 - 0.3 * ordinal THEN true END AS initiator
FROM seated JOIN plan p USING (contact_id) JOIN bench_office o ON o.number = office
JOIN bench_state s ON s.number = o.state"""
_SILENT: Final = ", ".join(f"'{role}'" for role in sorted(ROLES_WITHOUT_EDGES))
SETTLED: Final = f"""CREATE TEMP TABLE settled ON COMMIT DROP AS
WITH said AS (SELECT p.contact_id, part_of_id, kind, day_number, form, ego_state, alter_state, sides,
    -- On one side alone nobody speaks for a side: what is known is what the press says.
    CASE WHEN sides > 1 THEN pattern ELSE 'reported' END AS pattern
    FROM plan p JOIN (SELECT contact_id, count(DISTINCT state_id) FILTER (WHERE role NOT IN ({_SILENT})) AS sides
        FROM taker GROUP BY contact_id) t USING (contact_id))
SELECT s.*, d."when", d.published, d.published_earliest, d.published_latest,
    {", ".join(f"d.{column}" for column in BOUND_COLUMNS)},
    floor({len(VERBS) * len(SUBJECTS)} * bench_draw(50, contact_id))::int AS phrase,
    floor({len(VERBS) * len(SUBJECTS)} * bench_draw(51, contact_id))::int AS told,
    pattern = 'acknowledged' AND bench_draw(63, contact_id) < 0.3 AS quoted,
    CASE WHEN bench_draw(52, contact_id) < 0.5 THEN floor({len(PLACES)} * bench_draw(53, contact_id))::int END AS place
FROM said s JOIN bench_day d ON d.day_number = s.day_number AND d.form = s.form
    AND d.affirmed = (s.pattern <> 'planned')"""
ACCOUNTS: Final = f"""CREATE TEMP TABLE said ON COMMIT DROP AS
SELECT s.contact_id, 2 * s.contact_id + n - 1 AS account_id, n, s.published, s.published_earliest, s.published_latest,
    CASE WHEN pattern = 'reported' OR pattern = 'acknowledged' AND n = 1
        THEN %(first_medium)s + floor({MEDIA} * power(bench_draw(60 + n, contact_id), 2))::int
        WHEN n = 0 THEN e.government_id ELSE a.government_id END AS publisher_id,
    CASE WHEN pattern = 'planned' THEN 'announces' WHEN pattern = 'disputed' AND n = 1 THEN 'denies'
        ELSE 'affirms' END AS stance,
    CASE WHEN kind = 'mediation' AND n = 0 AND bench_draw(62, contact_id) < 0.3 THEN true END AS parties_met
FROM settled s JOIN bench_state e ON e.number = s.ego_state JOIN bench_state a ON a.number = s.alter_state,
    generate_series(0, CASE WHEN pattern IN ('confirmed', 'disputed') OR quoted THEN 1 ELSE 0 END) n"""
STEPS: Final = (PLAN, TAKERS, SETTLED, ACCOUNTS, "ANALYZE plan, taker, settled, said")
