"""Contacts can be merged, as actors can."""

import sqlalchemy as sa

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key("contact_merged_into_fkey", "contact", "contact", ["merged_into_id"], ["contact_id"])
    for noun in ("actor", "contact"):
        merged = sa.text("merged_into_id IS NOT NULL")
        op.create_index(f"{noun}_merged_idx", noun, ["merged_into_id"], postgresql_where=merged)
        op.execute(f"SELECT keep_past('{noun}')")


def downgrade() -> None:
    for noun in ("actor", "contact"):
        op.execute(f"DROP INDEX past.{noun}_merged_idx")
        op.drop_index(f"{noun}_merged_idx", table_name=noun)
    op.execute("DROP VIEW as_of.contact")
    for table in ("past.contact", "contact"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN merged_into_id")
    op.execute("SELECT keep_past('contact')")
