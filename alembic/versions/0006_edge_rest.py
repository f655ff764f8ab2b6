"""The few edges that belong to no calendar year are found by an index, so that years can be kept apart."""

import sqlalchemy as sa

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OF_NO_YEAR = """(newest <> match_latest OR extract(year FROM match_earliest)
    <> extract(year FROM match_latest - interval '1 microsecond'))"""


def upgrade() -> None:
    op.create_index(
        "edge_rest_idx",
        "edge",
        ["level", "contact_id"],
        unique=False,
        postgresql_where=sa.text(f"ego_id < alter_id AND {OF_NO_YEAR}"),
    )


def downgrade() -> None:
    op.drop_index("edge_rest_idx", table_name="edge")
