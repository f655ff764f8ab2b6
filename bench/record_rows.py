"""The rows of the synthetic record, in SQL: from what was drawn to every table, projections included.

The projections follow the rules of models.projection for the cases that are drawn here: nobody has a side by label,
everybody stands for one state, no account denies a single participant. `readout check` derives them by these rules
themselves, and a test holds both against each other.
"""

from typing import Final

from bench.record_days import BOUND_COLUMNS
from db.edges import COLUMNS
from db.tie_months import SUM_MONTHS
from db.ties import TIE_COLUMNS, TIE_SUMS
from models.status import HAPPENED
from models.vocabulary import ROLES_WITHOUT_EDGES

_SILENT: Final = ", ".join(f"'{role}'" for role in sorted(ROLES_WITHOUT_EDGES))
_HAPPENED: Final = ", ".join(f"'{status}'" for status in HAPPENED)
_BOUNDS: Final = ", ".join(f"s.{column}" for column in BOUND_COLUMNS)
_DECIDED: Final = """CASE WHEN s.pattern IN ('confirmed', 'disputed')
    THEN jsonb_build_array(2 * s.contact_id - 1, 2 * s.contact_id)
    ELSE jsonb_build_array(2 * s.contact_id - 1) END"""
CONTACTS: Final = f"""INSERT INTO contact (contact_id, kind, "when", date_basis, medium, protocol, talks,
    duration_minutes, place, summary, status, computed_status, contested, decided_by, follows, part_of_id, folded,
    search, {", ".join(BOUND_COLUMNS)})
WITH present AS (SELECT contact_id, ordinal, actor_id FROM taker
    UNION ALL SELECT contact_id, ordinal, coalesce(on_behalf_of_id, capacity_id) FROM taker),
named AS (SELECT contact_id, string_agg(' ' || a.folded, '' ORDER BY t.ordinal, actor_id, a.ordinal) AS names
    FROM present t JOIN actor_name a USING (actor_id) GROUP BY contact_id)
SELECT contact_id, kind, "when", CASE WHEN form = 0 AND bench_draw(70, contact_id) < 0.1 THEN 'inferred' ELSE 'stated'
    END, CASE WHEN kind = 'call' AND bench_draw(71, contact_id) < 0.3 THEN 'telephone' END,
    CASE WHEN kind = 'visit' THEN 'official' END, CASE WHEN kind = 'negotiation' THEN 'direct' END,
    CASE WHEN bench_draw(72, contact_id) < 0.3 THEN 5 + floor(90 * bench_draw(73, contact_id))::int END,
    l.words, f.words, pattern, pattern, false, {_DECIDED}, '{{}}', part_of_id, w.folded,
    to_tsvector('simple', w.folded || names), {_BOUNDS}
FROM settled s JOIN named n USING (contact_id) JOIN bench_phrase f ON f.number = s.phrase
LEFT JOIN bench_place l ON l.number = s.place JOIN bench_phrase g ON g.number = s.told,
LATERAL (SELECT concat_ws(' ', f.folded, l.folded, g.folded) AS folded) w ORDER BY contact_id"""
PARTICIPANTS: Final = """INSERT INTO participant (contact_id, ordinal, actor_id, capacity_id, on_behalf_of_id, role,
    initiator, presence, level)
SELECT contact_id, ordinal, actor_id, capacity_id, on_behalf_of_id, role, initiator,
    CASE kind WHEN 'call' THEN 'remote' WHEN 'meeting' THEN 'in_person' END,
    CASE WHEN ordinal < 2 THEN 'minister' ELSE 'senior_official' END FROM taker ORDER BY contact_id, ordinal"""
SOURCES: Final = """INSERT INTO source (source_id, kind, title, publisher_id, published, published_earliest,
    published_latest, language)
SELECT account_id, CASE WHEN publisher_id >= %(first_medium)s THEN 'press_report' ELSE 'readout' END,
    'Report ' || account_id, publisher_id, published, published_earliest, published_latest, 'en' FROM said
ORDER BY account_id"""
ACCOUNTS: Final = """INSERT INTO account (contact_id, account_id, source_id, stance, speaker_unnamed, parties_met,
    paraphrase, credibility)
SELECT contact_id, account_id, account_id, stance, false, parties_met, CASE WHEN n = 0 THEN g.words END, 2
FROM said JOIN settled s USING (contact_id) JOIN bench_phrase g ON g.number = s.told ORDER BY account_id"""
TOPICS: Final = """INSERT INTO contact_topic (contact_id, topic_id)
SELECT DISTINCT contact_id, topics.ids[1 + floor(cardinality(topics.ids)
    * power(bench_draw(80 + n, contact_id), 2))::int]
FROM plan, (SELECT array_agg(topic_id ORDER BY topic_id) AS ids FROM topic) topics,
    generate_series(0, CASE WHEN bench_draw(82, contact_id) < 0.4 THEN 1 ELSE 0 END) n
WHERE bench_draw(83, contact_id) < 0.8"""
UNITS: Final = """CREATE TEMP TABLE unit ON COMMIT DROP AS
WITH standing AS (SELECT t.contact_id, t.ordinal, on_behalf_of_id IS NOT NULL AS represented, s.earliest, s.latest,
    coalesce(on_behalf_of_id, capacity_id, actor_id) AS standing_id FROM taker t JOIN settled s USING (contact_id)),
lifted AS (SELECT contact_id, ordinal, standing_id, represented, l.unit_id,
    coalesce(l.certain AND l.since <= earliest AND l.until >= latest, true) AS certain
    FROM standing LEFT JOIN lift l ON l.actor_id = standing_id AND l.level = 'state'
        AND l.since < latest AND l.until > earliest)
SELECT contact_id, ordinal, coalesce(unit_id, standing_id) AS unit_id, bool_or(certain) AS certain, represented
FROM lifted GROUP BY contact_id, ordinal, coalesce(unit_id, standing_id), represented"""
PAIRS: Final = f"""CREATE TEMP TABLE pair ON COMMIT DROP AS
SELECT contact_id, p.ordinal AS near, q.ordinal AS far, p.actor_id AS near_id, q.actor_id AS far_id,
    p.role AS near_role, q.role AS far_role, p.initiator AS near_began, q.initiator AS far_began
FROM taker p JOIN taker q USING (contact_id) JOIN settled s USING (contact_id)
LEFT JOIN (SELECT DISTINCT contact_id FROM said WHERE parties_met AND stance <> 'denies') met USING (contact_id)
WHERE p.ordinal < q.ordinal AND p.role NOT IN ({_SILENT}) AND q.role NOT IN ({_SILENT}) AND s.kind <> 'gathering'
AND CASE
    WHEN s.kind = 'message' THEN (p.role = 'sender') <> (q.role = 'sender')
    WHEN sides > 1 AND p.state_id = q.state_id THEN false
    WHEN s.kind NOT IN ('mission', 'mediation') THEN true
    WHEN met.contact_id IS NOT NULL AND p.role NOT IN ('mediator', 'envoy') AND q.role NOT IN ('mediator', 'envoy')
        THEN true
    ELSE (p.role IN ('mediator', 'envoy')) <> (q.role IN ('mediator', 'envoy')) END"""
_BEGAN: Final = "CASE WHEN {near} AND {far} THEN 'both' WHEN {near} THEN 'ego' WHEN {far} THEN 'alter' END"
JOINED: Final = f"""CREATE TEMP TABLE joined ON COMMIT DROP AS
WITH both_ways AS (SELECT contact_id, near, far, near_id, far_id, near_role, far_role, near_began, far_began FROM pair
    UNION ALL SELECT contact_id, far, near, far_id, near_id, far_role, near_role, far_began, near_began FROM pair)
SELECT near_id AS ego_id, far_id AS alter_id, 'actor' COLLATE "C" AS level, contact_id, near_role AS ego_roles,
    far_role AS alter_roles, {_BEGAN.format(near="near_began", far="far_began")} AS initiated_by, true AS certain,
    false AS represented
FROM both_ways
UNION ALL
SELECT u.unit_id, v.unit_id, 'state', contact_id, string_agg(DISTINCT near_role, ',' ORDER BY near_role),
    string_agg(DISTINCT far_role, ',' ORDER BY far_role),
    {_BEGAN.format(near="bool_or(near_began)", far="bool_or(far_began)")}, bool_or(u.certain AND v.certain),
    bool_or(u.represented OR v.represented)
FROM both_ways b JOIN unit u USING (contact_id) JOIN unit v USING (contact_id)
WHERE u.ordinal = near AND v.ordinal = far AND u.unit_id <> v.unit_id GROUP BY u.unit_id, v.unit_id, contact_id"""
WITHOUT_PARTS: Final = f"""DELETE FROM joined e USING settled k, settled w, joined x
WHERE k.part_of_id = e.contact_id AND w.contact_id = e.contact_id AND x.contact_id = k.contact_id
AND (k.pattern IN ({_HAPPENED}) OR w.pattern NOT IN ({_HAPPENED}))
AND x.ego_id = e.ego_id AND x.alter_id = e.alter_id AND x.level = e.level"""
EDGES: Final = f"""INSERT INTO edge ({", ".join(COLUMNS["edge"])})
SELECT ego_id, alter_id, level, contact_id, {_BOUNDS}, kind, pattern, ego_roles, alter_roles, initiated_by, certain,
    represented
FROM joined JOIN settled s USING (contact_id)"""
INCIDENCES: Final = f"""INSERT INTO incidence ({", ".join(COLUMNS["incidence"])})
WITH roles AS (SELECT u.unit_id, contact_id, role, min(ordinal) AS first, bool_or(u.certain) AS certain,
    bool_or(u.represented) AS represented
    FROM unit u JOIN taker t USING (contact_id, ordinal) GROUP BY u.unit_id, contact_id, role),
units AS (SELECT unit_id, contact_id, string_agg(role, ',' ORDER BY first) AS roles, bool_or(certain) AS certain,
    bool_or(represented) AS represented FROM roles GROUP BY unit_id, contact_id)
SELECT actor_id, 'actor', contact_id, {_BOUNDS}, s.kind, pattern, role, true, false, false
FROM taker JOIN settled s USING (contact_id)
UNION ALL SELECT unit_id, 'state', contact_id, {_BOUNDS}, kind, pattern, roles, certain, represented, false
FROM units JOIN settled s USING (contact_id)"""
ACKNOWLEDGEMENTS: Final = f"""INSERT INTO acknowledgement ({", ".join(COLUMNS["acknowledgement"])})
WITH present AS (SELECT DISTINCT contact_id, unit_id FROM unit JOIN taker USING (contact_id, ordinal)
    WHERE role NOT IN ({_SILENT}))
SELECT p.contact_id, p.unit_id, a.stance, a.published_earliest, a.published_latest
FROM present p JOIN settled s USING (contact_id) LEFT JOIN bench_state b ON b.state_id = p.unit_id
LEFT JOIN said a ON a.contact_id = p.contact_id AND a.publisher_id = b.government_id AND s.sides > 1"""
STEPS: Final = (
    *(SOURCES, CONTACTS, PARTICIPANTS, ACCOUNTS, TOPICS, UNITS, PAIRS, "ANALYZE unit, pair", JOINED),
    *("CREATE INDEX ON joined (contact_id)", "ANALYZE joined", WITHOUT_PARTS, EDGES, INCIDENCES, ACKNOWLEDGEMENTS),
)
TIES: Final = f"""INSERT INTO tie (ego_id, alter_id, level, {", ".join(TIE_COLUMNS)})
SELECT ego_id, alter_id, level, {TIE_SUMS} FROM edge WHERE status IN ({_HAPPENED}) GROUP BY ego_id, alter_id, level"""
MONTHS: Final = SUM_MONTHS.format(prefix="")
