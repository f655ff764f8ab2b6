"""Sums of pairs as they stood in the past count no contact that was erased since."""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

HAPPENED = "('disputed', 'confirmed', 'acknowledged', 'reported')"
KINDS = (
    *("call", "conversation", "meeting", "visit", "mission", "negotiation"),
    *("mediation", "message", "summons", "engagement"),
)
# In the order of COMMIT: numbers of writes are drawn earlier. What this transaction writes comes after everything.
PLACES = """places AS MATERIALIZED (SELECT write_id, revision_id FROM public.revision WHERE write_id > 0
    UNION ALL SELECT 0, 0)"""
KINDS_COUNTED = ", ".join(f"count(e.level) FILTER (WHERE e.kind = '{kind}')" for kind in KINDS)
SUMS = f"""count(e.level), ARRAY[{KINDS_COUNTED}], count(e.level) FILTER (WHERE e.initiated_by IN ('ego', 'both')),
    count(e.level) FILTER (WHERE e.initiated_by IN ('alter', 'both')), count(e.level) FILTER (WHERE NOT e.certain),
    min(e.earliest), min(e.latest), max(e.earliest), max(e.latest)"""
SUMMED = "contacts, by_kind, by_ego, by_alter, uncertain, first_earliest, first_latest, last_earliest, last_latest"
EDGE = "ego_id, alter_id, level, contact_id, kind, status, initiated_by, certain, earliest, latest, known_from"
SAME = "t.ego_id = {0}.ego_id AND t.alter_id = {0}.alter_id AND t.level = {0}.level"
SINCE_MONTH = "date_trunc('month', r.match_earliest)::date"
UNTIL_MONTH = "date_trunc('month', greatest(r.match_latest - interval '1 microsecond', timestamp '0001-01-01'))::date"
TIES = f"""
WITH {PLACES},
pairs AS MATERIALIZED (SELECT DISTINCT ego_id, alter_id, level FROM past.edge
    WHERE contact_id = ANY(erased) AND status IN {HAPPENED}),
edges AS MATERIALIZED (SELECT e.*, coalesce(f.revision_id, 9223372036854775807) AS since, u.revision_id AS until
    FROM pairs JOIN (SELECT {EDGE}, NULL::bigint AS known_until FROM public.edge
        UNION ALL SELECT {EDGE}, known_until FROM past.edge) e USING (ego_id, alter_id, level)
    LEFT JOIN places f ON f.write_id = e.known_from LEFT JOIN places u ON u.write_id = e.known_until
    WHERE e.status IN {HAPPENED}),
rows AS MATERIALIZED (SELECT t.ego_id, t.alter_id, t.level, t.known_from, t.known_until, p.revision_id AS place
    FROM pairs JOIN past.tie t USING (ego_id, alter_id, level) JOIN places p ON p.write_id = t.known_from),
summed ({SUMMED}, ego_id, alter_id, level, known_from, known_until) AS (
    SELECT {SUMS}, t.ego_id, t.alter_id, t.level, t.known_from, t.known_until
    FROM rows t LEFT JOIN edges e ON {SAME.format("e")} AND e.since <= t.place
        AND (e.until IS NULL OR e.until > t.place) AND e.contact_id <> ALL(erased)
    WHERE EXISTS (SELECT FROM edges x WHERE {SAME.format("x")} AND x.contact_id = ANY(erased)
        AND x.since <= t.place AND (x.until IS NULL OR x.until > t.place))
    GROUP BY t.ego_id, t.alter_id, t.level, t.known_from, t.known_until),
gone AS (DELETE FROM past.tie t USING summed s WHERE s.contacts = 0 AND {SAME.format("s")}
    AND t.known_from = s.known_from AND t.known_until = s.known_until)
UPDATE past.tie t SET contacts = s.contacts, by_kind = s.by_kind, initiated_by_ego = s.by_ego,
    initiated_by_alter = s.by_alter, uncertain = s.uncertain, first_earliest = s.first_earliest,
    first_latest = s.first_latest, last_earliest = s.last_earliest, last_latest = s.last_latest
FROM summed s WHERE s.contacts > 0 AND {SAME.format("s")}
    AND t.known_from = s.known_from AND t.known_until = s.known_until;
"""
MONTHS = f"""
WITH {PLACES},
mine AS MATERIALIZED (SELECT r.ego_id, r.alter_id, r.level, r.kind, {SINCE_MONTH} AS since_month,
        {UNTIL_MONTH} AS until_month, f.revision_id AS since, u.revision_id AS until
    FROM (SELECT ego_id, alter_id, level, kind, match_earliest, match_latest, status, contact_id, known_from, known_until
            FROM past.edge
        UNION ALL SELECT ego_id, ego_id, level, kind, match_earliest, match_latest, status, contact_id, known_from,
            known_until FROM past.incidence) r
    JOIN places f ON f.write_id = r.known_from LEFT JOIN places u ON u.write_id = r.known_until
    WHERE r.contact_id = ANY(erased) AND r.level = 'state' AND r.status IN {HAPPENED}),
lost AS (SELECT t.ego_id, t.alter_id, t.level, t.kind, t.since_month, t.until_month, t.known_from, t.known_until,
        count(*) AS contacts
    FROM mine m JOIN past.tie_month t ON {SAME.format("m")} AND t.kind = m.kind AND t.since_month = m.since_month
        AND t.until_month = m.until_month
    JOIN places p ON p.write_id = t.known_from AND m.since <= p.revision_id
        AND (m.until IS NULL OR m.until > p.revision_id)
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8)
UPDATE past.tie_month t SET contacts = t.contacts - l.contacts FROM lost l
WHERE {SAME.format("l")} AND t.kind = l.kind AND t.since_month = l.since_month AND t.until_month = l.until_month
    AND t.known_from = l.known_from AND t.known_until = l.known_until;
DELETE FROM past.tie_month t WHERE t.contacts <= 0;
"""
ERASE_SUMS = f"""
CREATE FUNCTION erase_past_sums(erased bigint[]) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$ {TIES} {MONTHS} $$
"""


def upgrade() -> None:
    op.execute(ERASE_SUMS)
    op.execute("REVOKE ALL ON FUNCTION erase_past_sums(bigint[]) FROM PUBLIC")


def downgrade() -> None:
    op.execute("DROP FUNCTION erase_past_sums(bigint[])")
