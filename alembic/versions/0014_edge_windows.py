"""An index of when the match windows of edges end: a question from some day on reads the edges since, and no others."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("edge_until_idx", "edge", ["level", "match_latest"], unique=False)
    op.execute("SELECT keep_past('edge')")


def downgrade() -> None:
    op.execute("DROP INDEX past.edge_until_idx")
    op.drop_index("edge_until_idx", table_name="edge")
