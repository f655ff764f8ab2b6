"""What an erasure must change beyond the reach of the service's role: the tables of the past, and entries of history."""

import sqlalchemy as sa

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OF_CONTACT = (
    *("contact", "contact_episode", "contact_identifier", "contact_topic", "contact_relation", "participant"),
    *("account", "account_actor"),
    *("account_topic", "commitment", "commitment_account", "commitment_actor", "incidence", "edge", "acknowledgement"),
)
OF_ACTOR = ("actor_name", "actor_identifier", "affiliation", "designation")
# What it changes is a fault to `readout check --history` unless the chain holds an erasure that lists it.
REDACT = """
CREATE FUNCTION redact_history(entries jsonb) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
UPDATE public.history h SET before = nullif(e.before, 'null'), after = nullif(e.after, 'null'),
    salt = decode(e.salt, 'hex')
FROM jsonb_to_recordset(entries) AS e(log_id bigint, ordinal int, before jsonb, after jsonb, salt text)
WHERE h.log_id = e.log_id AND h.ordinal = e.ordinal
$$
"""
ERASE_CONTACT = f"""
CREATE FUNCTION erase_past_contact(erased bigint) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
{"".join(f"DELETE FROM past.{table} WHERE contact_id = erased;" for table in OF_CONTACT)}
UPDATE public.instance SET erasures = erasures + 1;
$$
"""
ERASE_ACTOR = f"""
CREATE FUNCTION erase_past_actor(erased bigint) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$
{"".join(f"DELETE FROM past.{table} WHERE actor_id = erased;" for table in OF_ACTOR)}
DELETE FROM past.lift WHERE actor_id = erased AND level <> 'state';
UPDATE past.actor p SET name = a.name, slug = a.slug, folded = a.folded, keys = a.keys, description = NULL,
    retraction_reason = NULL, organisation_type = NULL
FROM public.actor a WHERE p.actor_id = erased AND a.actor_id = erased;
UPDATE past.contact c SET search = to_tsvector('simple', c.folded || coalesce((
    SELECT string_agg(' ' || n.folded, '' ORDER BY p.ordinal, n.actor_id, n.ordinal) FROM public.participant p
    JOIN public.actor_name n ON n.actor_id IN (p.actor_id, p.standing_id) WHERE p.contact_id = c.contact_id), ''))
WHERE c.contact_id IN (SELECT contact_id FROM past.participant WHERE actor_id = erased
    UNION SELECT contact_id FROM public.participant WHERE actor_id = erased);
UPDATE past.participant SET capacity_id = NULL, name_as_given = NULL, level = NULL,
    standing_id = coalesce(on_behalf_of_id, actor_id) WHERE actor_id = erased;
UPDATE public.instance SET erasures = erasures + 1;
$$
"""
FUNCTIONS = ("redact_history(jsonb)", "erase_past_contact(bigint)", "erase_past_actor(bigint)")


def upgrade() -> None:
    op.add_column("instance", sa.Column("erasures", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    for statement in (REDACT, ERASE_CONTACT, ERASE_ACTOR):
        op.execute(statement)
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")


def downgrade() -> None:
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.drop_column("instance", "erasures")
