"""Imports as jobs: the file until it is loaded, what became of its rows, and the queue's own tables."""

import re
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from procrastinate.schema import SchemaManager
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

LAST_OF_QUEUE: Final = "03.04.00_50_post_add_retry_failed_job_procedure.sql"
"""The queue's own migrations are replayed up to here, whatever version of it is installed; later ones need a
migration of their own."""

ADDED_VALUE: Final = re.compile(r"^ALTER TYPE (\w+) ADD VALUE '(\w+)'[^;]*;", re.MULTILINE)


def upgrade() -> None:
    op.execute("CREATE SEQUENCE import_id_seq AS bigint")
    op.create_table(
        "import",
        sa.Column(
            "import_id",
            sa.BigInteger(),
            server_default=sa.text("nextval('import_id_seq')"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("skip_refused", sa.Boolean(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("file_bytes", sa.BigInteger(), nullable=False),
        sa.Column("key_id", sa.BigInteger(), nullable=False),
        sa.Column("idempotency_key", sa.Text(collation="C"), nullable=True),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("bytes_read", "rows_read", "loaded", "folded", "left_out", "duplicate", "refused")
        ),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("stored", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="import_state"),
        sa.CheckConstraint(
            "rows_read = loaded + folded + left_out + duplicate + refused OR state IN ('queued', 'running')",
            name="import_accounts_for_rows",
        ),
        sa.PrimaryKeyConstraint("import_id"),
        sa.UniqueConstraint("key_id", "idempotency_key", name="import_idempotency_key"),
    )
    op.create_index(
        "import_open_idx",
        "import",
        ["import_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_table(
        "import_chunk",
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "ordinal"),
    )
    # Compressing pieces that are read once and thrown away costs more than it saves.
    op.execute("ALTER TABLE import_chunk ALTER COLUMN data SET STORAGE EXTERNAL")
    op.create_table(
        "import_refusal",
        sa.Column("import_id", sa.BigInteger(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "ordinal"),
    )
    for table in ("import_chunk", "import_refusal"):
        op.create_foreign_key(f"{table}_import_fkey", table, "import", ["import_id"], ["import_id"])
    _make_queue()


def _make_queue() -> None:
    scripts = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    texts = [one.read_text(encoding="utf-8") for one in scripts if one.name <= LAST_OF_QUEUE]
    # Up to PostgreSQL 16 a value that an enum was given later cannot be used before COMMIT: each enum has all at once.
    added = [match.groups() for one in texts for match in ADDED_VALUE.finditer(one)]
    for one in texts:
        whole = ADDED_VALUE.sub("", one)
        for enum, value in added:
            whole = whole.replace(f"CREATE TYPE {enum} AS ENUM (", f"CREATE TYPE {enum} AS ENUM ('{value}', ")
        if whole.strip():
            # The driver's own cursor: percent signs and colons in there are nobody's parameters.
            op.get_bind().exec_driver_sql(whole.replace("%", "%%"))


def downgrade() -> None:
    for table in ("import_refusal", "import_chunk", "import"):
        op.drop_table(table)
    op.execute("DROP SEQUENCE import_id_seq")
    op.execute(DROP_QUEUE)


DROP_QUEUE: Final = """
DO $$
DECLARE
    one record;
BEGIN
    FOR one IN SELECT oid::regclass AS name FROM pg_class
        WHERE relname LIKE 'procrastinate%' AND relkind = 'r' AND relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('DROP TABLE IF EXISTS %s CASCADE', one.name);
    END LOOP;
    FOR one IN SELECT oid::regprocedure AS name FROM pg_proc
        WHERE proname LIKE 'procrastinate%' AND pronamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('DROP FUNCTION IF EXISTS %s CASCADE', one.name);
    END LOOP;
    FOR one IN SELECT oid::regtype AS name FROM pg_type
        WHERE typname LIKE 'procrastinate%' AND typtype IN ('e', 'c') AND typnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('DROP TYPE IF EXISTS %s CASCADE', one.name);
    END LOOP;
END $$
"""
