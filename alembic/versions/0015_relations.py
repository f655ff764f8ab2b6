"""Contacts that are related to each other; pairs that look like one record and were judged to be two."""

import sqlalchemy as sa

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

NEW = ("contact_relation", "dismissal")


def known_from() -> "sa.Column[int]":
    """Returns the column of the write since which a row is as it is."""
    return sa.Column("known_from", sa.BigInteger(), server_default=sa.text("current_write()"), nullable=False)


def upgrade() -> None:
    op.create_table(
        "contact_relation",
        known_from(),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("relation", sa.Text(collation="C"), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("relation IN ('prepared_by', 'follows', 'same_round')", name="contact_relation_relation"),
        sa.CheckConstraint("contact_id <> other_id", name="contact_relation_not_to_itself"),
        sa.PrimaryKeyConstraint("contact_id", "relation", "other_id"),
    )
    op.create_index("contact_relation_other_idx", "contact_relation", ["other_id"])
    for name, column in (("contact", "contact_id"), ("other", "other_id")):
        op.create_foreign_key(f"contact_relation_{name}_fkey", "contact_relation", "contact", [column], ["contact_id"])
    _make_dismissals()
    for noun in NEW:
        op.execute(f"SELECT keep_past('{noun}')")


def _make_dismissals() -> None:
    op.execute("CREATE SEQUENCE dismissal_id_seq AS bigint")
    op.create_table(
        "dismissal",
        known_from(),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retraction_reason", sa.Text(), nullable=True),
        sa.Column(
            "dismissal_id",
            sa.BigInteger(),
            server_default=sa.text("nextval('dismissal_id_seq')"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("noun", sa.Text(collation="C"), nullable=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("second_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("noun IN ('actor', 'contact')", name="dismissal_noun"),
        sa.CheckConstraint("first_id < second_id", name="dismissal_in_order"),
        sa.PrimaryKeyConstraint("dismissal_id"),
    )
    stands = sa.text("retracted_at IS NULL")
    op.create_index(
        "dismissal_pair_idx", "dismissal", ["noun", "first_id", "second_id"], unique=True, postgresql_where=stands
    )


def downgrade() -> None:
    for noun in NEW:
        op.execute(f"DROP VIEW as_of.{noun}")
        op.drop_table(noun)
        op.execute(f"DROP TABLE past.{noun}")
        op.execute(f"DROP FUNCTION past.keep_{noun}()")
    op.execute("DROP SEQUENCE dismissal_id_seq")
