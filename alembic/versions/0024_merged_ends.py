"""An affiliation between two actors that were merged: retracted, it may lead from the one to himself."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint("affiliation_not_to_itself", "affiliation", type_="check")
    op.create_check_constraint(
        "affiliation_not_to_itself", "affiliation", "actor_id <> target_id OR retracted_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_constraint("affiliation_not_to_itself", "affiliation", type_="check")
    op.create_check_constraint("affiliation_not_to_itself", "affiliation", "actor_id <> target_id")
