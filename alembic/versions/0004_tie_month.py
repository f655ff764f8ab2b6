"""How many contacts fall on which months, at state level: matrices of months are read from it."""

import sqlalchemy as sa

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# What is stored already is counted where it stands; deriving it anew is what `readout check` is for.
BACKFILL = """
INSERT INTO tie_month (ego_id, level, alter_id, since_month, until_month, kind, contacts)
SELECT ego_id, level, alter_id, date_trunc('month', match_earliest)::date,
    date_trunc('month', greatest(match_latest - interval '1 microsecond', timestamp '0001-01-01'))::date,
    kind, count(*)
FROM (
    SELECT ego_id, level, alter_id, match_earliest, match_latest, kind, status FROM edge
    UNION ALL
    SELECT ego_id, level, ego_id, match_earliest, match_latest, kind, status FROM incidence) counted
WHERE level = 'state' AND status IN ('disputed', 'confirmed', 'acknowledged', 'reported')
GROUP BY 1, 2, 3, 4, 5, 6
"""


def upgrade() -> None:
    op.create_table(
        "tie_month",
        sa.Column("clear_from", sa.SmallInteger(), server_default=sa.text("0"), autoincrement=False, nullable=False),
        sa.Column("clear_until", sa.SmallInteger(), server_default=sa.text("32767"), nullable=False),
        sa.Column("known_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ego_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Text(collation="C"), nullable=False),
        sa.Column("alter_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since_month", sa.Date(), nullable=False),
        sa.Column("until_month", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(collation="C"), nullable=False),
        sa.Column("contacts", sa.Integer(), nullable=False),
        sa.CheckConstraint("level = 'state'", name="tie_month_level"),
        sa.PrimaryKeyConstraint("ego_id", "level", "alter_id", "since_month", "until_month", "kind", "clear_from"),
    )
    op.execute(BACKFILL)
    # After the rows: an index filled at once is smaller, and faster made.
    op.create_index(
        "tie_month_until_idx",
        "tie_month",
        ["level", "until_month", "ego_id", "alter_id"],
        unique=False,
        postgresql_include=["since_month", "kind", "contacts"],
    )
    op.create_index(
        "tie_month_span_idx",
        "tie_month",
        ["level", "until_month", "since_month"],
        unique=False,
        postgresql_where=sa.text("since_month < until_month"),
    )


def downgrade() -> None:
    op.drop_table("tie_month")
