"""The reason of a revision can be erased, where it names somebody; the chain keeps its digest."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

FIELDS = (
    *("actor", "affiliation", "designation", "source", "coverage", "dismissal", "episode", "topic", "contact"),
    "commitment",
)
PAST = "".join(
    f"""
UPDATE past.{noun} p SET {field} = said FROM public.revision r JOIN public.history h USING (log_id)
WHERE r.revision_id = erased AND h.noun = '{noun}' AND h.record_id = p.{noun}_id AND p.{field} = r.reason;"""
    for noun, field in (*((noun, "retraction_reason") for noun in FIELDS), ("account", "withdrawal_reason"))
)
# Without an entry that tells of it, `readout check --history` finds the revision altered.
REDACT = f"""
CREATE FUNCTION redact_reason(erased bigint, said text) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public AS $$ {PAST}
UPDATE public.revision SET reason = NULL, reason_salt = NULL WHERE revision_id = erased;
UPDATE public.instance SET erasures = erasures + 1;
$$
"""


def upgrade() -> None:
    op.execute(REDACT)
    op.execute("REVOKE ALL ON FUNCTION redact_reason(bigint, text) FROM PUBLIC")


def downgrade() -> None:
    op.execute("DROP FUNCTION redact_reason(bigint, text)")
