"""Runs the migrations; called by ``readout migrate`` through db/migrate.py."""

from sqlalchemy import create_engine, pool, text

from alembic import context
from models.tables import METADATA

LOCK_TIMEOUT_MS = 2_000
"""A migration waits this long for readers, then fails and can be run again; waiting, it would halt all."""
ADVISORY_LOCK = 7_263_001
"""One migration at a time, whatever starts it."""

engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
with engine.connect() as connection:
    connection.execute(text(f"SET lock_timeout = {LOCK_TIMEOUT_MS}"))
    connection.execute(text(f"SELECT pg_advisory_lock({ADVISORY_LOCK})"))
    connection.commit()
    context.configure(connection=connection, target_metadata=METADATA, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.execute(text(f"SELECT pg_advisory_unlock({ADVISORY_LOCK})"))
    connection.commit()
engine.dispose()
