"""Migrations, and what the service's role may do."""

from pathlib import Path

import psycopg
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql
from sqlalchemy import create_engine

from alembic import command
from models.settings import driver_url

HERE = Path(__file__).resolve().parent
SCRIPTS = next(
    (place for place in (HERE.parent / "alembic", HERE / "migrations") if (place / "env.py").exists()),
    HERE.parent / "alembic",
)
"""In a checkout ``alembic/`` stands at the top; a wheel carries it as ``db/migrations``."""
APPEND_ONLY = ("revision", "history")
OWNER_ONLY = ("instance", "alembic_version")


def alembic_config(url: str) -> Config:
    """Returns alembic's configuration for one database; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["url"] = driver_url(url)
    return config


def migrate(owner_url: str, *, service_role: str | None = None, revision: str = "head") -> None:
    """Brings the schema to a revision, then grants the service's role what it needs and no more.

    Args:
        owner_url: of the role that owns the schema.
        service_role: the role the service connects as; None = the owner itself.
        revision: where to go; a lower one goes down.
    """
    config = alembic_config(owner_url)
    newest_first = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    place = {name: number for number, name in enumerate([*newest_first, "base"])}
    current = current_revision(owner_url) or "base"
    if place.get(revision, 0) > place.get(current, 0):
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)
    if service_role is not None and revision == "head":
        grant(owner_url, service_role)


def head_revision() -> str:
    """Returns the revision that this build needs."""
    head = ScriptDirectory(str(SCRIPTS)).get_current_head()
    return head or "base"


def current_revision(url: str) -> str | None:
    """Returns the revision a database is at, or None when it holds no schema."""
    engine = create_engine(driver_url(url))
    with engine.connect() as connection:
        revision: str | None = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    return revision


def grant(owner_url: str, service_role: str) -> None:
    """Grants the service's role its work: all records, but of history only reading and adding."""
    plain = owner_url.replace("postgresql+psycopg://", "postgresql://", 1)
    role = sql.Identifier(service_role)
    with psycopg.connect(plain) as connection:
        database = sql.Identifier(connection.info.dbname)
        for statement in (
            "GRANT USAGE ON SCHEMA public TO {role}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}",
            "GRANT USAGE ON SCHEMA past, as_of TO {role}",
            "GRANT SELECT ON ALL TABLES IN SCHEMA past, as_of TO {role}",
            # A check derives everything anew into temporary tables.
            "GRANT TEMPORARY ON DATABASE {database} TO {role}",
            # An erasure leaves in the chain what these took out; without that `readout check --history` finds it.
            "GRANT EXECUTE ON FUNCTION redact_history, erase_past_contact, erase_past_actor TO {role}",
            "GRANT EXECUTE ON FUNCTION erase_past_contact_stay, erase_past_actor_stay, erase_contact_words TO {role}",
            "GRANT EXECUTE ON FUNCTION erase_past_sums, redact_reason TO {role}",
        ):
            connection.execute(sql.SQL(statement).format(role=role, database=database))
        for table in (*APPEND_ONLY, *OWNER_ONLY):
            verbs = "UPDATE, DELETE" if table in APPEND_ONLY else "INSERT, UPDATE, DELETE"
            connection.execute(
                sql.SQL(f"REVOKE {verbs} ON {{table}} FROM {{role}}").format(table=sql.Identifier(table), role=role)
            )
