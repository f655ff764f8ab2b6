"""Indexes from which matrices are read: the strongest ties of a level, ties of states, and months that span."""

import sqlalchemy as sa

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SPANS = sa.text("since_month < until_month")


def upgrade() -> None:
    op.create_index(
        "tie_strongest_idx",
        "tie",
        ["level", "contacts", "ego_id", "alter_id"],
        unique=False,
        postgresql_where=sa.text("ego_id < alter_id"),
    )
    op.create_index(
        "tie_state_idx",
        "tie",
        ["ego_id", "alter_id"],
        unique=False,
        postgresql_include=["contacts", "by_kind"],
        postgresql_where=sa.text("level = 'state'"),
    )
    op.drop_index("tie_month_span_idx", table_name="tie_month")
    op.create_index(
        "tie_month_span_idx",
        "tie_month",
        ["level", "until_month", "since_month"],
        unique=False,
        postgresql_include=["ego_id", "alter_id", "kind", "contacts"],
        postgresql_where=SPANS,
    )


def downgrade() -> None:
    op.drop_index("tie_month_span_idx", table_name="tie_month")
    op.create_index(
        "tie_month_span_idx",
        "tie_month",
        ["level", "until_month", "since_month"],
        unique=False,
        postgresql_where=SPANS,
    )
    op.drop_index("tie_state_idx", table_name="tie")
    op.drop_index("tie_strongest_idx", table_name="tie")
