"""Configurations that would lose or open the record: refused, or warned of where somebody may have meant it."""

import difflib
import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import URL, make_url, text

from db.engine import Database
from models.settings import LOOPBACK_NAMES, Settings

PREFIX: Final = "READOUT_"
NOT_SETTINGS: Final = frozenset({"READOUT_TEST_DATABASE_URL", "READOUT_SHARED_DATA"})
"""Read by the tests only."""
SERVER_OLDEST, SERVER_NEWEST = 15, 18
COMMON_PASSWORDS: Final = frozenset({"", "postgres", "password", "admin", "changeme", "secret", "readout", "root"})
SAFE_TLS: Final = frozenset({"require", "verify-ca", "verify-full"})


class UnsafeError(Exception):
    """The service does not start in this configuration; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One unsafe configuration."""

    refused: bool
    sentence: str


RULES: Final[Mapping[str, Rule]] = {
    "unknown_variable": Rule(True, "An environment variable begins with READOUT_ but is no setting."),
    "common_password": Rule(
        True,
        "A database beyond this machine is reached with no password or one that anybody would try first: "
        "give its role a password of its own.",
    ),
    "superuser": Rule(
        True,
        "The service would connect as a superuser, whom no rule of the database binds: let READOUT_DATABASE_URL name "
        "an ordinary role, and READOUT_OWNER_DATABASE_URL the owner of the schema.",
    ),
    "bypasses_row_security": Rule(
        True, "The service's role has BYPASSRLS, so rules on rows would not bind it: ALTER ROLE … NOBYPASSRLS."
    ),
    "fsync_off": Rule(True, "The server runs with fsync = off: a crash would destroy the record. Switch it on."),
    "full_page_writes_off": Rule(
        True, "The server runs with full_page_writes = off: a crash could tear pages of the record. Switch it on."
    ),
    "synchronous_commit_off": Rule(
        True,
        "synchronous_commit is off for the service: writes it has acknowledged would be lost in a crash. Switch it on.",
    ),
    "damaged_pages_zeroed": Rule(
        True, "The server runs with zero_damaged_pages = on: damage would become silent loss. Switch it off."
    ),
    "server_too_old": Rule(True, f"The server is older than PostgreSQL {SERVER_OLDEST}: use {SERVER_OLDEST} or newer."),
    "encoding_not_utf8": Rule(
        True, "The database is not encoded in UTF8 and cannot hold every name: CREATE DATABASE … ENCODING 'UTF8'."
    ),
    "server_too_new": Rule(
        False, f"The server is newer than PostgreSQL {SERVER_NEWEST}, with which this build has been tested."
    ),
    "no_tls_to_database": Rule(
        False,
        "The database is reached over a network without enforced TLS: add ?sslmode=verify-full (or require) to "
        "READOUT_DATABASE_URL.",
    ),
    "owner_is_service": Rule(
        False,
        "The service's role may rewrite history: let it connect as a role that does not own the schema, and migrate "
        "with READOUT_OWNER_DATABASE_URL.",
    ),
    "one_role_for_both": Rule(
        False, "READOUT_OWNER_DATABASE_URL and READOUT_DATABASE_URL name the same role: give the service its own."
    ),
    "public_reads_beyond_loopback": Rule(
        False, "READOUT_PUBLIC_READ lets everybody who reaches this address read the whole record without a key."
    ),
    "plain_http_beyond_loopback": Rule(
        False,
        "READOUT_HOST is reachable from other machines and speaks plain HTTP: keys would travel unencrypted unless a "
        "proxy in front of it speaks TLS.",
    ),
    "standby": Rule(False, "The server is a standby: reads work, every write will be answered 503."),
}
"""What is looked for at every start; docs/settings.md lists the same."""


def check_settings(environ: Mapping[str, str]) -> list[str]:
    """Returns warnings about the settings in an environment.

    Raises:
        UnsafeError: they are not safe to start with.
    """
    given = {name.upper(): value for name, value in environ.items() if name.upper().startswith(PREFIX)}
    _refuse_unknown(given)
    values = {n.removeprefix(PREFIX).lower(): value for n, value in given.items() if value and n not in NOT_SETTINGS}
    settings = Settings.model_validate(values)
    service, owner = (
        make_url(url.get_secret_value()) if url is not None else None
        for url in (settings.database_url, settings.owner_database_url)
    )
    found = [name for url in (service, owner) if url is not None for name in _url_faults(url, environ)]
    if service is not None and owner is not None and service.username == owner.username:
        found.append("one_role_for_both")
    if not settings.bound_to_loopback:
        found.append("plain_http_beyond_loopback")
        if settings.reads_are_public:
            found.append("public_reads_beyond_loopback")
    return _judged(found)


def check_server(database: Database) -> list[str]:
    """Returns warnings about the server behind the service.

    Raises:
        UnsafeError: it would not keep the record, or not keep it from the service itself.

    Cost: one statement.
    """
    with database.engine.connect() as connection:
        facts = connection.execute(text(_FACTS)).mappings().one()
    major = facts["version"] // 10_000
    found = [name for name in RULES if facts.get(name)]
    if major < SERVER_OLDEST:
        found.append("server_too_old")
    if major > SERVER_NEWEST:
        found.append("server_too_new")
    return _judged(found)


_FACTS: Final = """
SELECT current_setting('server_version_num')::int AS version,
    r.rolsuper AS superuser,
    r.rolbypassrls AND NOT r.rolsuper AS bypasses_row_security,
    NOT current_setting('fsync')::boolean AS fsync_off,
    NOT current_setting('full_page_writes')::boolean AS full_page_writes_off,
    current_setting('synchronous_commit') = 'off' AS synchronous_commit_off,
    current_setting('zero_damaged_pages')::boolean AS damaged_pages_zeroed,
    pg_encoding_to_char(d.encoding) <> 'UTF8' AS encoding_not_utf8,
    NOT r.rolsuper AND coalesce(
        has_table_privilege(to_regclass('public.history'), 'UPDATE, DELETE, TRUNCATE'), false
    ) AS owner_is_service,
    pg_is_in_recovery() AS standby
FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()
"""


def _refuse_unknown(given: Iterable[str]) -> None:
    known = {name.upper() for name in Settings.model_fields}
    unknown = sorted({name.removeprefix(PREFIX) for name in set(given) - NOT_SETTINGS} - known)
    if not unknown:
        return
    near = difflib.get_close_matches(unknown[0], sorted(known), n=1, cutoff=0.6)
    hint = f"Did you mean {PREFIX}{near[0]}?" if near else "docs/settings.md lists them all."
    # The name is the operator's own, never a caller's, so it may be repeated in full.
    raise UnsafeError(f"{PREFIX}{unknown[0]} is not a setting of Readout. {hint}")


def _url_faults(url: URL, environ: Mapping[str, str]) -> list[str]:
    hosts = (
        [url.host] if url.host else [part for host in _listed(url.query.get("host", "")) for part in host.split(",")]
    )
    if all(_is_here(host) for host in hosts):
        return []
    tls = url.query.get("sslmode", environ.get("PGSSLMODE", ""))
    found = [] if tls in SAFE_TLS else ["no_tls_to_database"]
    password = str(url.password or "")
    by_certificate = "sslcert" in url.query or "passfile" in url.query or "PGPASSFILE" in environ
    if not by_certificate and (password.lower() in COMMON_PASSWORDS or password == url.username):
        found.append("common_password")
    return found


def _listed(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,)


def _is_here(host: str) -> bool:
    if host == "" or host.startswith(("/", "@")) or host in LOOPBACK_NAMES:
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _judged(found: Iterable[str]) -> list[str]:
    rules = [RULES[name] for name in dict.fromkeys(found)]
    refused = [rule.sentence for rule in rules if rule.refused]
    if refused:
        raise UnsafeError("\n".join(refused))
    return [rule.sentence for rule in rules]
