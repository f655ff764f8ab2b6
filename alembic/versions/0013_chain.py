"""Every change leaves an entry with the whole record before and after, and revisions are chained by hash."""

import sqlalchemy as sa

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ACTIONS = ("create", "change", "retract", "restore", "merge", "unmerge", "erase")
# RFC 8785 by hand, for one object of known members: its keys stand in their order, to_json writes text as the RFC does.
SEAL_REVISION = """
CREATE FUNCTION seal_revision(log_id bigint, key_id bigint, request_id text, reason text, reason_salt bytea,
    changes bigint, touched bigint[], entries bytea) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    sealed public.revision;
    previous bytea;
BEGIN
    PERFORM pg_advisory_xact_lock(7263002);
    SELECT r.link INTO previous FROM public.revision r ORDER BY r.revision_id DESC LIMIT 1;
    sealed.revision_id := nextval('public.revision_id_seq');
    sealed.at := public.revision_moment();
    sealed.key_id := key_id;
    sealed.request_id := request_id;
    sealed.reason := reason;
    sealed.changes := changes;
    sealed.touched := touched;
    sealed.write_id := public.current_write();
    sealed.latest_write := public.latest_write();
    sealed.log_id := log_id;
    sealed.reason_salt := reason_salt;
    sealed.entries := entries;
    sealed.link := sha256(convert_to(concat(
        '{"at":"', to_char(sealed.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        '","changes":', changes, ',"entries":"', encode(entries, 'hex'),
        '","key_id":', coalesce(key_id::text, 'null'), ',"latest_write":', sealed.latest_write,
        ',"log_id":', log_id, ',"previous":', coalesce('"' || encode(previous, 'hex') || '"', 'null'),
        ',"reason":', coalesce('"' || encode(sha256(reason_salt || convert_to(reason, 'UTF8')), 'hex') || '"', 'null'),
        ',"request_id":', coalesce(to_json(request_id)::text, 'null'), ',"revision_id":', sealed.revision_id,
        ',"touched":', coalesce(to_json(touched)::text, 'null'), ',"write_id":', sealed.write_id, '}'), 'UTF8'));
    INSERT INTO public.revision SELECT sealed.*;
    RETURN sealed.revision_id;
END $$
"""
REVISION_VIEW = """
CREATE VIEW as_of.revision AS SELECT * FROM public.revision
WHERE revision_id <= (SELECT current_setting('readout.known_revision')::bigint)
"""


def upgrade() -> None:
    # Entries are written before their revision has a number, so that the lock which orders revisions is held briefly.
    op.execute("CREATE SEQUENCE log_id_seq AS bigint")
    op.execute("SELECT setval('log_id_seq', (SELECT coalesce(max(revision_id), 0) + 1 FROM revision), false)")
    op.alter_column("history", "revision_id", new_column_name="log_id")
    op.add_column("history", sa.Column("contact_id", sa.BigInteger(), nullable=True))
    for table, column in (("history", "salt"), ("history", "digest"), ("revision", "reason_salt")):
        op.add_column(table, sa.Column(column, sa.LargeBinary(), nullable=True))
    op.create_index(
        "history_contact_idx",
        "history",
        ["contact_id", "log_id"],
        unique=False,
        postgresql_where=sa.text("contact_id IS NOT NULL"),
    )
    op.drop_constraint("history_action", "history")
    op.create_check_constraint("history_action", "history", f"action IN {ACTIONS}")
    op.add_column("revision", sa.Column("log_id", sa.BigInteger(), nullable=True))
    op.execute("UPDATE revision SET log_id = revision_id")
    op.alter_column("revision", "log_id", nullable=False)
    op.create_index("revision_log_idx", "revision", ["log_id"], unique=True)
    for column in ("entries", "link"):
        op.add_column("revision", sa.Column(column, sa.LargeBinary(), nullable=True))
    op.execute(SEAL_REVISION)
    op.execute("DROP VIEW as_of.revision")
    op.execute(REVISION_VIEW)
    # What was written before left no complete entries: its rows have lower numbers.
    op.add_column("instance", sa.Column("logged_from", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.execute("UPDATE instance SET logged_from = nextval('write_id_seq') WHERE EXISTS (SELECT FROM revision)")


def downgrade() -> None:
    op.drop_column("instance", "logged_from")
    op.execute("DROP VIEW as_of.revision")
    op.execute("DROP FUNCTION seal_revision(bigint, bigint, text, text, bytea, bigint, bigint[], bytea)")
    # Older builds know an entry by its revision.
    op.execute("UPDATE history h SET log_id = -r.revision_id FROM revision r WHERE r.log_id = h.log_id")
    op.execute("UPDATE history SET log_id = -log_id")
    op.execute("UPDATE history SET action = 'change' WHERE action = 'unmerge'")
    op.drop_index("revision_log_idx", table_name="revision")
    for column in ("link", "entries", "log_id", "reason_salt"):
        op.drop_column("revision", column)
    op.drop_constraint("history_action", "history")
    op.create_check_constraint(
        "history_action", "history", f"action IN {tuple(action for action in ACTIONS if action != 'unmerge')}"
    )
    op.drop_index("history_contact_idx", table_name="history")
    for column in ("digest", "salt", "contact_id"):
        op.drop_column("history", column)
    op.alter_column("history", "log_id", new_column_name="revision_id")
    op.execute(REVISION_VIEW)
    op.execute("DROP SEQUENCE log_id_seq")
