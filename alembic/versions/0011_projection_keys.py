"""The keys of incidences, edges and ties begin with the unit, so that every look-up by it can use them."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

KEYS = {
    "incidence": ["ego_id", "level", "contact_id", "clear_from"],
    "edge": ["ego_id", "level", "alter_id", "contact_id", "clear_from"],
    "tie": ["ego_id", "level", "alter_id", "clear_from"],
}
OLDER = {
    "incidence": ["clear_from", "ego_id", "level", "contact_id"],
    "edge": ["clear_from", "ego_id", "alter_id", "level", "contact_id"],
    "tie": ["clear_from", "ego_id", "alter_id", "level"],
}


def upgrade() -> None:
    _key(KEYS)


def downgrade() -> None:
    _key(OLDER)


def _key(keys: dict[str, list[str]]) -> None:
    for table, columns in keys.items():
        key = f"{table}_pkey"
        op.create_index("fresh_key", table, columns, unique=True)
        # PostgreSQL gives the index the name of the constraint.
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {key}, ADD CONSTRAINT {key} PRIMARY KEY USING INDEX fresh_key")
        op.execute(f"DROP INDEX past.{key}")
        op.execute(f"SELECT keep_past('{table}')")
