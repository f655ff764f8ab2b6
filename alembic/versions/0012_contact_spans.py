"""An index that holds the spans of contacts alone, each span once: timelines of the whole record are read from it."""

import sqlalchemy as sa

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "contact_span_idx",
        "contact",
        ["earliest", "latest", "match_earliest", "match_latest", "kind", "status"],
        unique=False,
        postgresql_where=sa.text("retracted_at IS NULL"),
    )
    op.execute("SELECT keep_past('contact')")


def downgrade() -> None:
    op.execute("DROP INDEX past.contact_span_idx")
    op.drop_index("contact_span_idx", table_name="contact")
