"""The database cluster: made once, its settings written at every start, its roles kept as they should be."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from db.embedded_binaries import MAJOR_VERSION
from db.embedded_faults import ELSEWHERE, EmbeddedError, fault_of_log
from db.embedded_home import DATABASE, OWNER, PORT, SERVICE, SUPERUSER, Home, write_passwords, write_private
from db.embedded_postmaster import POLL_SECONDS, environment, is_gone, locked, running_postmaster

# A start may take this long without a sign of life in the log; recovery gives one every few seconds.
STALL_SECONDS_MAX = 60
# A new cluster takes about 60 MB, and a start needs room for the write-ahead log.
FREE_BYTES_MIN = 200_000_000
# Any number will do, in a database that only the supervisor writes to.
_ROLES_LOCK = 1

_SETTINGS = """\
# Written by Readout at every start. Settings of your own belong into local.conf in the folder above this one.
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 100
password_encryption = scram-sha-256
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 1GB
random_page_cost = 1.1
fsync = on
synchronous_commit = on
full_page_writes = on
log_startup_progress_interval = 5s
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_file_mode = 0600
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_line_prefix = '%m [%p] %q%u@%d '
log_timezone = 'UTC'
timezone = 'UTC'
datestyle = 'iso, ymd'
lc_messages = 'C'
default_text_search_config = 'pg_catalog.simple'
include_if_exists = '../local.conf'
"""

_ACCESS = """\
# Written by Readout at every start: every role shows its password, and there is no way in but the socket.
local all all scram-sha-256
"""


def check_cluster(home: Home) -> bool:
    """Whether the home holds a cluster, and one that we can run.

    Raises:
        EmbeddedError: it is of another major version of PostgreSQL.
    """
    if home.account.switched and home.cluster.is_symlink():
        raise EmbeddedError(
            f"{home.cluster} is a link, and root does not follow links here: set READOUT_DATA_DIR to the "
            "folder it leads to, or start Readout as an ordinary user."
        )
    try:
        version = (home.cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        if home.cluster.exists() and any(home.cluster.iterdir()):
            raise EmbeddedError(
                f"{home.cluster} holds files, but no PostgreSQL database: move them away, "
                "or set READOUT_DATA_DIR to another folder."
            ) from None
        return False
    if version != MAJOR_VERSION:
        raise EmbeddedError(
            f"{home.cluster} was made by PostgreSQL {version[:10]}, and this Readout runs {MAJOR_VERSION}: "
            "write a backup with the Readout that made it, restore it into an empty folder, and set "
            "READOUT_DATA_DIR to that."
        )
    return True


def create_cluster(home: Home, binaries: Path, superuser_password: str) -> None:
    """Make a new, empty cluster; it appears whole or not at all.

    Raises:
        EmbeddedError: there is no room, or PostgreSQL refuses.
    """
    if shutil.disk_usage(home.folder).free < FREE_BYTES_MIN:
        raise fault_of_log("No space left on device", home.folder)
    part = home.folder / "postgres.part"
    # The initdb of a service that was killed goes on without it, so it holds the same lock as a server.
    with locked(home, "postmaster.lock", seconds_max=STALL_SECONDS_MAX) as lock:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        if home.account.switched:
            os.chown(part, home.account.uid, home.account.gid, follow_symlinks=False)
        made = _run_initdb(home, binaries, superuser_password, lock)
        if made.returncode != 0:
            shutil.rmtree(part, ignore_errors=True)
            raise _fault_of_initdb(made.stderr, home)
        part.rename(home.cluster)


def _run_initdb(home: Home, binaries: Path, password: str, lock: int) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryFile() as secret:
        secret.write(password.encode())
        secret.seek(0)
        home.give_to_account(secret.fileno())
        return subprocess.run(
            [str(binaries / "initdb"), "-D", str(home.folder / "postgres.part"), "-U", SUPERUSER,
             "--auth=scram-sha-256", "--pwfile=/dev/stdin", "--encoding=UTF8", f"--locale={_c_locale()}",
             "--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST", "--data-checksums"],
            stdin=secret, capture_output=True, cwd="/", env=environment(home), check=False, pass_fds=(lock,),
            errors="replace", start_new_session=True, **home.account.process_arguments(),
        )  # fmt: skip


def _c_locale() -> str:
    # Only the classes of characters come from it; macOS has no such locale.
    return "C.UTF-8" if sys.platform == "linux" else "C"


def _fault_of_initdb(told: str, home: Home) -> EmbeddedError:
    if "could not look up effective user ID" in told:
        return EmbeddedError(
            f"The user number {home.account.uid} has no entry in /etc/passwd, and PostgreSQL does not run "
            f"for such a user: start Readout as a user that has one, {ELSEWHERE}."
        )
    return fault_of_log(told, home.folder)


def write_settings(home: Home) -> None:
    """Write PostgreSQL's settings and its rules of access, as this version of Readout wants them."""
    for name, text in (("postgresql.conf", _SETTINGS), ("pg_hba.conf", _ACCESS)):
        path = home.cluster / name
        if path.exists() and path.read_text() == text:
            continue
        write_private(path, text, home.give_to_account)


def replace_passwords(home: Home, binaries: Path, passwords: dict[str, str]) -> None:
    """Give the roles of a stopped cluster new passwords, and keep those: for a password file that was lost.

    Raises:
        EmbeddedError: PostgreSQL refuses.
    """
    changes = "".join(
        f"DO $$ BEGIN IF EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') "
        f"THEN ALTER ROLE {role} PASSWORD '{password}'; END IF; END $$\n"
        for role, password in passwords.items()
    )
    with locked(home, "postmaster.lock", seconds_max=STALL_SECONDS_MAX) as lock:
        done = subprocess.run(
            [str(binaries / "postgres"), "--single", "-D", str(home.cluster), "-c", "logging_collector=off",
             "-c", "exit_on_error=on", "-c", "log_min_error_statement=panic", SUPERUSER],
            input=changes, capture_output=True, cwd="/", env=environment(home), check=False,
            pass_fds=(lock,), text=True, errors="replace", **home.account.process_arguments(),
        )  # fmt: skip
    if done.returncode != 0:
        raise fault_of_log(done.stderr, home.folder)
    write_passwords(home, passwords)


def connect_when_ready(
    home: Home, socket_folder: Path, password: str, given_up: Callable[[], bool]
) -> psycopg.Connection:
    """Connect as superuser as soon as the server accepts; wait as long as its recovery makes progress.

    Raises:
        EmbeddedError: it died, it stands still for a minute, it refuses the password, or `given_up` says so.
    """
    deadline, seen = time.monotonic() + STALL_SECONDS_MAX, -1
    while not given_up():
        try:
            connection = psycopg.connect(
                host=str(socket_folder), port=PORT, user=SUPERUSER, password=password,
                dbname="postgres", autocommit=True, connect_timeout=5, application_name="readout supervisor",
            )  # fmt: skip
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise EmbeddedError(
                    f"{home.passwords_file} does not hold the passwords of the database in {home.cluster}: "
                    "put the right one back, or delete it, stop every Readout on this folder and start again."
                ) from None
        else:
            return _checked(connection, home)
        if running_postmaster(home) is None and is_gone(home):
            raise fault_of_log(last_words(home), home.folder)
        if (told := _log_bytes(home)) != seen:
            deadline, seen = time.monotonic() + STALL_SECONDS_MAX, told
        if time.monotonic() > deadline:
            raise EmbeddedError(
                f"PostgreSQL in {home.cluster} has given no sign of life for {STALL_SECONDS_MAX} seconds: "
                f"look at {home.cluster / 'log'}, stop its process and start again."
            )
        time.sleep(POLL_SECONDS)
    raise EmbeddedError("Readout was stopped while the database was starting: start it again.")


def _checked(connection: psycopg.Connection, home: Home) -> psycopg.Connection:
    shown = connection.execute("SHOW data_directory").fetchone()
    if shown is None or not home.cluster.samefile(shown[0]):
        connection.close()
        raise EmbeddedError(
            f"Another PostgreSQL answers at the socket of {home.folder}: stop it and start Readout again."
        )
    return connection


def _log_bytes(home: Home) -> int:
    logs = (home.start_log, *(home.cluster / "log").glob("*"))
    return sum(path.stat().st_size for path in logs if path.exists())


def last_words(home: Home) -> str:
    """The end of what PostgreSQL wrote, newest log last."""
    logs = sorted((home.cluster / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)[-1:]
    words = []
    for path in (*logs, home.start_log):
        if path.exists():
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - 4000))
                words.append(file.read().decode(errors="replace"))
    return "\n".join(words)


def keep_roles(connection: psycopg.Connection, passwords: dict[str, str]) -> None:
    """Make the two roles and the database where they are missing: a first start may have been cut short."""
    # The session of a start that was killed goes on to the end of its statement; wait for that end.
    connection.execute("SELECT pg_advisory_lock(%s)", [_ROLES_LOCK])
    for role, rights in ((OWNER, "CREATEDB"), (SERVICE, "NOCREATEDB")):
        if not _finds(connection, "SELECT FROM pg_roles WHERE rolname = %s", role):
            _create_role(connection, role, passwords[role], rights)
    if not _finds(connection, "SELECT FROM pg_database WHERE datname = %s", DATABASE):
        connection.execute(f"CREATE DATABASE {DATABASE} OWNER {OWNER} TEMPLATE template0")
    closed = "SELECT FROM pg_database WHERE datname = %s AND array_to_string(datacl, ',') ~ %s"
    if not _finds(connection, closed, DATABASE, rf"(^|,){SERVICE}=c/"):
        with connection.transaction():
            for database in ("postgres", "template1", DATABASE):
                connection.execute(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
            connection.execute(f"GRANT CONNECT ON DATABASE postgres TO {OWNER}")
            connection.execute(f"GRANT CONNECT ON DATABASE {DATABASE} TO {SERVICE}")


def _finds(connection: psycopg.Connection, query: LiteralString, *values: str) -> bool:
    return connection.execute(query, values).fetchone() is not None


def _create_role(connection: psycopg.Connection, role: str, password: str, rights: LiteralString) -> None:
    # The server is told a verifier rather than the password, so that no log can hold it.
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    statement = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOREPLICATION {} PASSWORD {}")
    connection.execute(statement.format(sql.Identifier(role), sql.SQL(rights), sql.Literal(verifier.decode())))
