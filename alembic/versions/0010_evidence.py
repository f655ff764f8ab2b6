"""The windows in which a publisher was monitored; who ruled on a contact and when; commitments by when they are due.

The bounds of the commitments that are there are worked out here: they follow from their own text alone.
"""

import sqlalchemy as sa

from alembic import op
from models.edtf import parse

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SEQUENCE coverage_id_seq AS bigint")
    op.create_table(
        "coverage",
        sa.Column("known_from", sa.BigInteger(), server_default=sa.text("current_write()"), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retraction_reason", sa.Text(), nullable=True),
        sa.Column("start_earliest", sa.DateTime(), nullable=False),
        sa.Column("start_latest", sa.DateTime(), nullable=False),
        sa.Column("end_earliest", sa.DateTime(), nullable=False),
        sa.Column("end_latest", sa.DateTime(), nullable=False),
        sa.Column("since", sa.Text(), nullable=True),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column(
            "coverage_id",
            sa.BigInteger(),
            server_default=sa.text("nextval('coverage_id_seq')"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("publisher_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("start_earliest < end_latest", name="coverage_starts_before_it_ends"),
        sa.PrimaryKeyConstraint("coverage_id"),
    )
    op.create_index("coverage_publisher_idx", "coverage", ["publisher_id"])
    op.create_foreign_key("coverage_publisher_fkey", "coverage", "actor", ["publisher_id"], ["actor_id"])
    op.add_column("contact", sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("contact", sa.Column("ruled_by_id", sa.BigInteger(), nullable=True))
    op.add_column("commitment", sa.Column("due_earliest", sa.DateTime(), nullable=True))
    op.add_column("commitment", sa.Column("due_latest", sa.DateTime(), nullable=True))
    op.add_column("commitment", sa.Column("outcome_account_id", sa.BigInteger(), nullable=True))
    op.create_index("commitment_due_idx", "commitment", ["due_latest"])
    for noun in ("coverage", "contact", "commitment"):
        op.execute(f"SELECT keep_past('{noun}')")
    _work_out_due()


def _work_out_due() -> None:
    bind = op.get_bind()
    wanted = "SELECT DISTINCT due FROM commitment WHERE due IS NOT NULL"
    bounds = sa.text("UPDATE commitment SET due_earliest = :earliest, due_latest = :latest WHERE due = :due")
    for due in bind.execute(sa.text(wanted)).scalars().all():
        date = parse(due)
        bind.execute(bounds, {"due": due, "earliest": date.earliest, "latest": date.latest})


def downgrade() -> None:
    op.execute("DROP VIEW as_of.contact")
    op.execute("DROP VIEW as_of.commitment")
    for table in ("past.contact", "contact"):
        op.execute(f"ALTER TABLE {table} DROP COLUMN ruled_at, DROP COLUMN ruled_by_id")
    for table in ("past.commitment", "commitment"):
        for column in ("due_earliest", "due_latest", "outcome_account_id"):
            op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    for noun in ("contact", "commitment"):
        op.execute(f"SELECT keep_past('{noun}')")
    op.execute("DROP VIEW as_of.coverage")
    op.drop_table("coverage")
    op.execute("DROP TABLE past.coverage")
    op.execute("DROP FUNCTION past.keep_coverage()")
    op.execute("DROP SEQUENCE coverage_id_seq")
