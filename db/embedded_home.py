"""Where the embedded database lives, and under which account it runs."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import pwd
import secrets
import socket
import stat
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.embedded_faults import ELSEWHERE, EmbeddedError, fault_of_system

SUPERUSER = "postgres"
OWNER = "readout_owner"
SERVICE = "readout_service"
DATABASE = "readout"
PORT = 5432
# A socket's address holds 107 bytes on Linux and 103 on macOS, its end included.
SOCKET_PATH_BYTES_MAX = 100
SYSTEM_STATE_DIR = Path("/var/lib/readout")


@dataclass(frozen=True)
class Account:
    """The user PostgreSQL runs as; `switched` when that is not the user we run as."""

    uid: int
    gid: int
    switched: bool

    def process_arguments(self) -> dict[str, Any]:
        """Keyword arguments that make a subprocess run as this account."""
        if not self.switched:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True)
class Home:
    """The folders of one embedded database.

    `folder` is `data_dir` itself, unless we run as root and PostgreSQL's account cannot reach that.
    """

    data_dir: Path
    folder: Path
    account: Account

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.folder / "postgres"

    @property
    def passwords_file(self) -> Path:
        """The passwords of the three roles, readable for the owner of the data folder alone."""
        return self.data_dir / "passwords.json"

    @property
    def start_log(self) -> Path:
        """What PostgreSQL says before its own log is open."""
        return self.folder / "start.log"

    def give_to_data_owner(self, descriptor: int) -> None:
        """Let a file that root made in somebody's folder belong to that somebody."""
        if self.account.switched:
            owner = self.data_dir.stat()
            os.fchown(descriptor, owner.st_uid, owner.st_gid)

    def give_to_account(self, descriptor: int) -> None:
        """Let a file that root made for PostgreSQL belong to PostgreSQL's account."""
        if self.account.switched:
            os.fchown(descriptor, self.account.uid, self.account.gid)


def find_home(data_dir: Path, state_dir: Path = SYSTEM_STATE_DIR) -> Home:
    """Find, or make, the folder that holds the embedded database of a data folder.

    Raises:
        EmbeddedError: the folder cannot be used, and what to do about it.
    """
    data_dir = Path(os.path.abspath(data_dir))
    try:
        data_dir = _made(data_dir).resolve()
        if os.geteuid() != 0:
            return _home_in(data_dir, state_dir)
        # Several workers that begin at once have to come to one answer about where the cluster goes.
        lock = os.open(data_dir / "home.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return _home_in(data_dir, state_dir)
        finally:
            os.close(lock)
    except OSError as error:
        raise fault_of_system(error, data_dir) from error


def _made(data_dir: Path) -> Path:
    if data_dir.exists() and not data_dir.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(data_dir))
    if not data_dir.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        # Root's own folder must let PostgreSQL's account through to the cluster inside it, and no further.
        data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return data_dir


def _home_in(data_dir: Path, state_dir: Path) -> Home:
    pointer = data_dir / "cluster-folder"
    if pointer.exists():
        folder = Path(pointer.read_text().strip())
        if not folder.is_dir():
            raise EmbeddedError(
                f"The database of {data_dir} was kept in {folder}, which is gone: put that folder back, "
                f"or delete {pointer} to begin with an empty database."
            )
        return Home(data_dir, folder, _account_for(folder / "postgres", data_dir))
    account = _account_for(data_dir / "postgres", data_dir)
    if not account.switched or _reaches(account, data_dir):
        return Home(data_dir, data_dir, account)
    folder = state_dir / hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    if (folder / "postgres").exists():
        raise EmbeddedError(
            f"{folder} still holds the database of an earlier folder {data_dir}: delete it to begin with an "
            f"empty database, or write its path into {pointer} to use it again."
        )
    state_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    folder.mkdir(mode=0o711, exist_ok=True)
    home = Home(data_dir, folder, account)
    write_private(pointer, f"{folder}\n", home.give_to_data_owner)
    return home


def _account_for(cluster: Path, data_dir: Path) -> Account:
    uid = os.geteuid()
    if uid != 0:
        return Account(_checked_owner(cluster, data_dir, uid), os.getegid(), switched=False)
    for folder in (cluster, data_dir):
        if folder.exists() and folder.stat().st_uid != 0:
            with suppress(KeyError):
                found = pwd.getpwuid(folder.stat().st_uid)
                return Account(found.pw_uid, found.pw_gid, switched=True)
    for name in ("readout", "nobody"):
        with suppress(KeyError):
            found = pwd.getpwnam(name)
            return Account(found.pw_uid, found.pw_gid, switched=True)
    raise EmbeddedError(
        "PostgreSQL does not run as root, and this machine has neither a user 'readout' nor 'nobody': "
        f"add one (useradd --system readout), start Readout as an ordinary user, {ELSEWHERE}."
    )


def _checked_owner(cluster: Path, data_dir: Path, uid: int) -> int:
    for folder in (cluster, data_dir):
        if folder.exists() and folder.stat().st_uid != uid:
            raise EmbeddedError(
                f"{folder} belongs to another user (number {folder.stat().st_uid}): start Readout as that "
                "user, or set READOUT_DATA_DIR to a folder of your own."
            )
    return uid


def _reaches(account: Account, folder: Path) -> bool:
    # Asked of the system rather than worked out from mode bits: access lists count too.
    try:
        tried = subprocess.run(
            ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)],
            capture_output=True, cwd="/", check=False, **account.process_arguments(),
        )  # fmt: skip
    except OSError as error:
        raise EmbeddedError(
            "PostgreSQL does not run as root, and root may not change to another user here: "
            f"start Readout as an ordinary user, {ELSEWHERE}."
        ) from error
    return tried.returncode == 0


def write_private(path: Path, text: str, give: Callable[[int], None]) -> None:
    """Write a file that only its owner reads, whole or not at all; `give` hands it to that owner.

    Root may be writing into a folder of somebody else here: a link laid out there is never followed.
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            give(descriptor)
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def read_passwords(home: Home) -> dict[str, str] | None:
    """The passwords by role; None when the file is absent or not what we wrote."""
    try:
        found = json.loads(home.passwords_file.read_text())
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(found, dict) or set(found) != {SUPERUSER, OWNER, SERVICE}:
        return None
    return {str(role): str(password) for role, password in found.items()}


def write_passwords(home: Home, passwords: dict[str, str]) -> None:
    """Keep the passwords beside the data, readable for its owner alone."""
    write_private(home.passwords_file, json.dumps(passwords, indent=1) + "\n", home.give_to_data_owner)


def new_passwords() -> dict[str, str]:
    """A fresh random password for each role."""
    return {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER, SERVICE)}


def socket_folder(home: Home) -> Path:
    """A private folder for the socket: in the home when its path is short enough, else in /tmp.

    The choice is kept in a file, so that a restart listens where the others already connect.
    """
    inside = home.folder / "run"
    if len(os.fsencode(inside / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_BYTES_MAX:
        _own(inside, home.account)
        if _takes_socket(inside):
            return inside
    record = home.folder / "socket-folder"
    if record.exists() and _kept(Path(record.read_text().strip()), home.account):
        return Path(record.read_text().strip())
    folder = Path(tempfile.mkdtemp(prefix="readout-", dir="/tmp"))
    _own(folder, home.account)
    write_private(record, f"{folder}\n", home.give_to_data_owner)
    return folder


def drop_socket_folder(home: Home) -> None:
    """Leave nothing in /tmp after a stop; the next start makes the folder again, under the same name."""
    record = home.folder / "socket-folder"
    if record.exists():
        with suppress(OSError):
            Path(record.read_text().strip()).rmdir()


def _kept(folder: Path, account: Account) -> bool:
    try:
        _own(folder, account, take=False)
    except (OSError, EmbeddedError):
        return False
    return True


def _own(folder: Path, account: Account, *, take: bool = True) -> None:
    made = False
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        made = True
    if account.switched and (made or take):
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
        raise EmbeddedError(f"{folder} is not a folder of PostgreSQL's user: remove it and start again.")
    if found.st_mode & 0o077:
        folder.chmod(0o700)


def _takes_socket(folder: Path) -> bool:
    # Some mounted folders (shared into a virtual machine, for one) hold files but no sockets.
    probe = folder / f".probe.{secrets.token_hex(3)}"
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(probe))
    except OSError:
        return False
    finally:
        probe.unlink(missing_ok=True)
    return True
