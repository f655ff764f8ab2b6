"""The embedded PostgreSQL: started with the service, adopted after a crash, restarted when it dies."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import psycopg

from db.embedded_binaries import runnable_binaries
from db.embedded_cluster import (
    check_cluster,
    connect_when_ready,
    create_cluster,
    keep_roles,
    replace_passwords,
    write_settings,
)
from db.embedded_faults import EmbeddedError, fault_of_log, fault_of_system
from db.embedded_home import (
    DATABASE,
    OWNER,
    PORT,
    SERVICE,
    SUPERUSER,
    SYSTEM_STATE_DIR,
    Home,
    drop_socket_folder,
    find_home,
    new_passwords,
    read_passwords,
    socket_folder,
    write_passwords,
)
from db.embedded_postmaster import (
    clear_remains,
    launch,
    locked,
    open_lock,
    running_postmaster,
    shut_down,
    wait_for_lock,
)

__all__ = ["Embedded", "EmbeddedError", "EmbeddedFacts", "EmbeddedUrls"]

# Recovery after a crash may be long, and everybody else waits for the one who watches over it.
START_SECONDS_MAX = 900
LET_GO_SECONDS_MAX = 5
WATCH_SECONDS = 0.5
BACK_OFF_SECONDS_MAX = 30.0
# A server that lived this long did not die of the way it was started.
SETTLED_SECONDS = 60.0

_log = logging.getLogger("readout.embedded")


@dataclass(frozen=True)
class EmbeddedUrls:
    """How SQLAlchemy reaches the database: as owner for migrations, as service for everything else.

    As superuser only to make a role.
    """

    owner: str
    service: str
    superuser: str


@dataclass(frozen=True)
class EmbeddedFacts:
    """Where the embedded database is, for `readout status`."""

    data_dir: Path
    cluster: Path
    log_folder: Path
    account_uid: int
    postmaster_pid: int | None
    moved_because_root: bool


class Embedded:
    """One user of the embedded PostgreSQL of a data folder; any number of processes may be users at once.

    The first one starts it, the last one stops it. Who dies without stopping leaves it running, and the next
    start adopts it.
    """

    def __init__(self, data_dir: Path, *, state_dir: Path = SYSTEM_STATE_DIR) -> None:
        """Name the data folder; nothing happens before `start`.

        Args:
            data_dir: the folder for everything; made when missing.
            state_dir: where the cluster goes when root's `data_dir` is closed to PostgreSQL's account.
        """
        self._data_dir = data_dir
        self._state_dir = state_dir
        self._mutex = threading.RLock()
        self._ending = threading.Event()
        self._watcher: threading.Thread | None = None
        self._home: Home | None = None
        self._user_lock: int | None = None

    def __enter__(self) -> Embedded:
        """Start."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    def start(self) -> EmbeddedUrls:
        """Have the database running and accepting, whatever was left behind; a second call changes nothing.

        Raises:
            EmbeddedError: it cannot run here, and what to do about it.
        """
        with self._mutex:
            self._ending.clear()
            return self._bring_up()

    def ensure(self) -> bool:
        """Start the postmaster again if it died while we were using it; True when that was needed.

        Raises:
            EmbeddedError: it does not come back, and what to do about it.
        """
        with self._mutex:
            if self._home is None or self._user_lock is None or self._ending.is_set():
                return False
            if running_postmaster(self._home) is not None:
                return False
            self._bring_up()
            return True

    def watch(self) -> None:
        """Call `ensure` from a thread of its own until `stop`; wait longer after each failure, up to 30 s."""
        with self._mutex:
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="embedded-watch", daemon=True)
                self._watcher.start()

    def stop(self) -> None:
        """Let go of the database, and shut it down if nobody else uses it.

        Raises:
            EmbeddedError: it does not stop.
        """
        self._ending.set()
        watcher, self._watcher = self._watcher, None
        if watcher is not None and watcher is not threading.current_thread():
            watcher.join()
        with self._mutex:
            if self._home is None or self._user_lock is None:
                return
            try:
                start = open_lock(self._home, "start.lock")
                try:
                    # Whoever is starting it now is a user too, and the one to stop it.
                    alone = wait_for_lock(start, seconds_max=LET_GO_SECONDS_MAX)
                    self._let_go(self._home, may_stop=alone)
                finally:
                    os.close(start)
            except OSError as error:
                raise fault_of_system(error, self._home.folder) from error

    def facts(self) -> EmbeddedFacts:
        """Where the database is and whether it runs, without starting it."""
        home = self._home or find_home(self._data_dir, self._state_dir)
        found = running_postmaster(home)
        return EmbeddedFacts(
            data_dir=home.data_dir,
            cluster=home.cluster,
            log_folder=home.cluster / "log",
            account_uid=home.account.uid,
            postmaster_pid=found.pid if found else None,
            moved_because_root=home.folder != home.data_dir,
        )

    def _bring_up(self) -> EmbeddedUrls:
        self._home = home = find_home(self._data_dir, self._state_dir)
        try:
            with locked(home, "start.lock", seconds_max=START_SECONDS_MAX):
                first = self._user_lock is None
                if first:
                    self._user_lock = open_lock(home, "users.lock")
                    fcntl.flock(self._user_lock, fcntl.LOCK_SH)
                try:
                    return _serve(home, self._ending.is_set)
                except BaseException:
                    if first:
                        self._let_go(home, may_stop=True)
                    raise
        except OSError as error:
            raise fault_of_system(error, home.folder) from error

    def _let_go(self, home: Home, *, may_stop: bool) -> None:
        assert self._user_lock is not None
        # Closed rather than unlocked: a forked copy of us keeps its share of the lock.
        os.close(self._user_lock)
        self._user_lock = None
        users = open_lock(home, "users.lock")
        try:
            if may_stop and wait_for_lock(users, seconds_max=0):
                shut_down(home)
                drop_socket_folder(home)
        finally:
            os.close(users)

    def _watch(self) -> None:
        delay, restarted_at = WATCH_SECONDS, time.monotonic()
        while not self._ending.wait(delay):
            try:
                died = self.ensure()
            except EmbeddedError as error:
                if self._ending.is_set():
                    return
                died = True
                _log.error("The embedded database does not come back: %s", error)
            if died:
                delay, restarted_at = min(delay * 2, BACK_OFF_SECONDS_MAX), time.monotonic()
            elif time.monotonic() - restarted_at > SETTLED_SECONDS:
                delay = WATCH_SECONDS


def _serve(home: Home, given_up: Callable[[], bool]) -> EmbeddedUrls:
    binaries = runnable_binaries(home)
    exists = check_cluster(home)
    found = running_postmaster(home) if exists else None
    passwords = read_passwords(home)
    folder = (found.socket_folder if found else None) or socket_folder(home)
    if found is None:
        if exists:
            clear_remains(home, folder)
        passwords = _prepare(home, binaries, passwords, exists=exists)
        launch(home, binaries, folder)
    if passwords is None:
        raise EmbeddedError(
            f"{home.passwords_file} is missing or damaged while the database runs: stop every Readout on "
            "this folder and start again, and new passwords are made."
        )
    try:
        with connect_when_ready(home, folder, passwords[SUPERUSER], given_up) as connection:
            keep_roles(connection, passwords)
    except psycopg.Error as error:
        raise fault_of_log(f"ERROR: {error}", home.folder) from error
    return EmbeddedUrls(*(_url(role, passwords, folder) for role in (OWNER, SERVICE, SUPERUSER)))


def _prepare(home: Home, binaries: Path, passwords: dict[str, str] | None, *, exists: bool) -> dict[str, str]:
    if exists:
        write_settings(home)
        if passwords is None:
            passwords = new_passwords()
            replace_passwords(home, binaries, passwords)
        return passwords
    passwords = new_passwords()
    write_passwords(home, passwords)
    create_cluster(home, binaries, passwords[SUPERUSER])
    write_settings(home)
    return passwords


def _url(role: str, passwords: dict[str, str], folder: Path) -> str:
    place = quote(str(folder), safe="/")
    return f"postgresql+psycopg://{role}:{quote(passwords[role])}@/{DATABASE}?host={place}&port={PORT}"
