"""Whose part in a contact is disputed; of contacts recorded before, `readout rebuild` works it out."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    column = sa.Column("disputed_ids", postgresql.ARRAY(sa.BigInteger()), server_default="{}", nullable=False)
    op.add_column("contact", column)


def downgrade() -> None:
    op.drop_column("contact", "disputed_ids")
