"""The role that dashboards read as: it sees the views of the schema ``bi`` and nothing else, for a short time each."""

from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import sql

from db.upkeep import libpq_url

OURS: Final = "Reads the views of Readout in the schema bi; made by readout bi."
"""The comment by which a role is known as one that may be changed here."""
CONNECTIONS: Final = 20
"""A dashboard opens one for each panel; more than this would take the service's own."""
STATEMENT_TIMEOUT: Final = "30s"
_SETTINGS: Final = {
    "default_transaction_read_only": "on",
    "statement_timeout": STATEMENT_TIMEOUT,
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "60s",
    "search_path": "bi",
}
"""Defaults that whoever connects may change; what he may read does not rest on them."""
_RIGHTS: Final = (
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "GRANT USAGE ON SCHEMA bi TO {role}",
    "GRANT SELECT ON ALL TABLES IN SCHEMA bi TO {role}",
    # A migration that makes the views anew would otherwise take the right away.
    "ALTER DEFAULT PRIVILEGES IN SCHEMA bi GRANT SELECT ON TABLES TO {role}",
)


class NotOursError(Exception):
    """A role of that name exists already and was not made for this; choose another name."""


class MayNotMakeRolesError(Exception):
    """The owner of the schema may not make roles: let an administrator do it once, then grant."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, and with what password; the password is known to nobody else."""

    role: str
    password: str


def make_reader(administrator_url: str, owner_url: str, reader: Reader) -> None:
    """Makes the role, or gives the one made before a new password, and lets it read the views.

    Args:
        administrator_url: of a role that may make roles.
        owner_url: of the role that owns the schema.
        reader: the role and its password.

    Raises:
        NotOursError: the name is somebody else's.
        MayNotMakeRolesError: the administrator is none.
    """
    try:
        with psycopg.connect(libpq_url(administrator_url)) as connection:
            _make_role(connection, reader)
    except psycopg.errors.InsufficientPrivilege as error:
        raise MayNotMakeRolesError(str(error.diag.message_primary)) from error
    grant_reader(owner_url, reader.role)


def grant_reader(owner_url: str, role: str) -> None:
    """Lets a role that exists read the views of the schema ``bi``, those made later too.

    Args:
        owner_url: of the role that owns the schema.
        role: who is to read.
    """
    with psycopg.connect(libpq_url(owner_url)) as connection:
        names = {"role": sql.Identifier(role), "database": sql.Identifier(connection.info.dbname)}
        for statement in _RIGHTS:
            connection.execute(sql.SQL(statement).format(**names))


def statements(role: str) -> list[str]:
    """Returns the SQL by which an administrator makes the role himself; the password is set apart from it."""
    limits = f"LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS CONNECTION LIMIT {CONNECTIONS}"
    name = sql.Identifier(role).as_string()
    return [
        f"CREATE ROLE {name} {limits};",
        *(f"ALTER ROLE {name} SET {setting} = '{value}';" for setting, value in _SETTINGS.items()),
        f"COMMENT ON ROLE {name} IS '{OURS}';",
    ]


def _make_role(connection: psycopg.Connection, reader: Reader) -> None:
    found = connection.execute(
        "SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = %s", [reader.role]
    ).fetchone()
    if found is not None and found[0] != OURS:
        raise NotOursError
    if found is None:
        for statement in statements(reader.role):
            connection.execute(statement.encode())
    # The server is told a verifier rather than the password, so that no log can hold it.
    verifier = connection.pgconn.encrypt_password(reader.password.encode(), reader.role.encode(), b"scram-sha-256")
    change = sql.SQL("ALTER ROLE {} PASSWORD {}")
    connection.execute(change.format(sql.Identifier(reader.role), sql.Literal(verifier.decode())))
