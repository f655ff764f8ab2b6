"""Erasure reaches what stood elsewhere: with a record that was merged for a time, and among the words of contacts."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# A row of the past that the other record had only while both were one.
MEANWHILE = "h.known_from >= from_write AND h.known_until <= until_write"
OF_ACCOUNT = ("account", "account_actor", "account_topic")
OF_COMMITMENT = ("commitment", "commitment_account", "commitment_actor")
LISTED = {
    "contact_identifier": ("scheme", "value"),
    "contact_topic": ("topic_id",),
    "contact_episode": ("episode_id",),
    "contact_relation": ("relation", "other_id"),
}


def _of_contact(noun: str, table: str) -> str:
    return f"""DELETE FROM past.{table} h WHERE h.contact_id = host AND {MEANWHILE}
        AND h.{noun}_id IN (SELECT {noun}_id FROM past.{noun} WHERE contact_id = erased);"""


def _listed(table: str, columns: tuple[str, ...]) -> str:
    same = " AND ".join(f"n.{column} = h.{column}" for column in columns)
    return f"""DELETE FROM past.{table} h WHERE h.contact_id = host AND {MEANWHILE}
        AND NOT EXISTS (SELECT FROM public.{table} n WHERE n.contact_id = host AND {same});"""


CONTACT_STAY = f"""
CREATE FUNCTION erase_past_contact_stay(erased bigint, host bigint, from_write bigint, until_write bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
{"".join(_of_contact("account", table) for table in OF_ACCOUNT)}
{"".join(_of_contact("commitment", table) for table in OF_COMMITMENT)}
{"".join(_listed(table, columns) for table, columns in LISTED.items())}
UPDATE past.contact h SET folded = c.folded, search = c.search FROM public.contact c
WHERE h.contact_id = host AND c.contact_id = host AND {MEANWHILE};
$$
"""
ACTOR_STAY = f"""
CREATE FUNCTION erase_past_actor_stay(erased bigint, host bigint, from_write bigint, until_write bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DELETE FROM past.actor_name h WHERE h.actor_id = host AND {MEANWHILE}
    AND NOT EXISTS (SELECT FROM public.actor_name n WHERE n.actor_id = host AND n.name = h.name);
DELETE FROM past.actor_identifier h WHERE h.actor_id = host AND {MEANWHILE} AND NOT EXISTS (
    SELECT FROM public.actor_identifier n WHERE n.actor_id = host AND n.scheme = h.scheme AND n.value = h.value);
DELETE FROM past.affiliation h WHERE h.actor_id = host AND {MEANWHILE}
    AND h.affiliation_id IN (SELECT affiliation_id FROM past.affiliation WHERE actor_id = erased);
DELETE FROM past.designation h WHERE h.actor_id = host AND {MEANWHILE}
    AND h.designation_id IN (SELECT designation_id FROM past.designation WHERE actor_id = erased);
DELETE FROM past.lift h WHERE h.actor_id = host AND h.level <> 'state' AND {MEANWHILE} AND NOT EXISTS (
    SELECT FROM public.lift n WHERE n.actor_id = host AND n.level = h.level AND n.unit_id = h.unit_id);
UPDATE past.actor h SET keys = a.keys FROM public.actor a
WHERE h.actor_id = host AND a.actor_id = host AND {MEANWHILE};
UPDATE past.participant h SET capacity_id = NULL, name_as_given = NULL, level = NULL,
    standing_id = coalesce(on_behalf_of_id, actor_id)
WHERE h.actor_id = host AND {MEANWHILE} AND h.contact_id IN (
    SELECT contact_id FROM past.participant WHERE actor_id = erased
    UNION SELECT contact_id FROM public.participant WHERE actor_id = erased);
$$
"""
# Folded words are separated by single spaces, so whole names can be taken out of them. What stands is derived anew;
# retracted contacts are not.
WORDS = """
CREATE FUNCTION erase_contact_words(erased bigint[], names text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    word text;
    named bigint[] := ARRAY(SELECT contact_id FROM public.participant WHERE actor_id = ANY(erased)
        UNION SELECT contact_id FROM past.participant WHERE actor_id = ANY(erased));
BEGIN
    FOREACH word IN ARRAY names LOOP
        UPDATE public.contact SET folded = btrim(replace(' ' || folded || ' ', ' ' || word || ' ', ' '))
        WHERE contact_id = ANY(named) AND retracted_at IS NOT NULL
            AND position(' ' || word || ' ' IN ' ' || folded || ' ') > 0;
        UPDATE past.contact SET folded = btrim(replace(' ' || folded || ' ', ' ' || word || ' ', ' '))
        WHERE contact_id = ANY(named) AND position(' ' || word || ' ' IN ' ' || folded || ' ') > 0;
    END LOOP;
    UPDATE public.contact c SET search = to_tsvector('simple', c.folded || coalesce((
        SELECT string_agg(' ' || n.folded, '' ORDER BY p.ordinal, n.actor_id, n.ordinal) FROM public.participant p
        JOIN public.actor_name n ON n.actor_id IN (p.actor_id, p.standing_id) WHERE p.contact_id = c.contact_id), ''))
    WHERE c.contact_id = ANY(named) AND retracted_at IS NOT NULL AND merged_into_id IS NULL AND search IS NOT NULL;
END $$
"""
FUNCTIONS = (
    "erase_past_contact_stay(bigint, bigint, bigint, bigint)",
    "erase_past_actor_stay(bigint, bigint, bigint, bigint)",
    "erase_contact_words(bigint[], text[])",
)


def upgrade() -> None:
    for statement in (CONTACT_STAY, ACTOR_STAY, WORDS):
        op.execute(statement)
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")


def downgrade() -> None:
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
