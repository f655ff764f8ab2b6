"""Which governments stand by a contact; of contacts recorded before, `readout rebuild` works it out."""

import sqlalchemy as sa

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

STANCES = ("affirms", "denies", "announces", "requests", "declines", "postpones", "cancels")


def upgrade() -> None:
    op.create_table(
        "acknowledgement",
        sa.Column("clear_from", sa.SmallInteger(), server_default="0", autoincrement=False, nullable=False),
        sa.Column("clear_until", sa.SmallInteger(), server_default="32767", nullable=False),
        sa.Column("known_from", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("contact_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("side_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("word", sa.Text(), nullable=True),
        sa.Column("published_earliest", sa.DateTime(), nullable=True),
        sa.Column("published_latest", sa.DateTime(), nullable=True),
        sa.CheckConstraint(f"word IN {STANCES}", name="acknowledgement_word"),
        sa.PrimaryKeyConstraint("contact_id", "side_id", "clear_from"),
    )
    op.create_index("acknowledgement_side_idx", "acknowledgement", ["side_id", "word", "contact_id"])


def downgrade() -> None:
    op.drop_table("acknowledgement")
