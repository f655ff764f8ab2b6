"""The running PostgreSQL: is it there, is it ours, start it, stop it.

Whether any process of the cluster lives is told by the kernel: the postmaster is born holding a lock on
`postmaster.lock`, its children inherit it, and it is gone when the last of them is. A process id proves
nothing, since the next process may be given the same one.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from db.embedded_faults import EmbeddedError
from db.embedded_home import PORT, Home

STOP_SECONDS_MAX = 60
STRAY_SECONDS_MAX = 2
POLL_SECONDS = 0.05
_PROC = Path("/proc")


@dataclass(frozen=True)
class Running:
    """A postmaster that lives: its process id and, once it has told, the folder of its socket."""

    pid: int
    socket_folder: Path | None


@contextmanager
def locked(home: Home, name: str, *, seconds_max: float) -> Iterator[int]:
    """Hold the exclusive lock `name` of the home; wait for it up to `seconds_max`.

    Raises:
        EmbeddedError: another process held it for all that time.
    """
    descriptor = open_lock(home, name)
    try:
        if not wait_for_lock(descriptor, seconds_max=seconds_max):
            raise EmbeddedError(
                f"Another process has been starting or stopping the database in {home.folder} for "
                f"{seconds_max:.0f} seconds: look at {home.cluster / 'log'}, end that process and try again."
            )
        yield descriptor
    finally:
        os.close(descriptor)


def open_lock(home: Home, name: str) -> int:
    """Open a lock file of the home; the lock itself is taken with `flock`."""
    descriptor = os.open(home.folder / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    home.give_to_data_owner(descriptor)
    return descriptor


def wait_for_lock(descriptor: int, *, seconds_max: float) -> bool:
    """Take the exclusive lock on an open lock file; False when it was not free in time."""
    deadline = time.monotonic() + seconds_max
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_SECONDS)
        else:
            return True


def running_postmaster(home: Home) -> Running | None:
    """The live postmaster of this very cluster, or None; a recycled process id does not pass."""
    try:
        lines = (home.cluster / "postmaster.pid").read_text(errors="replace").splitlines()
        pid = int(lines[0])
    except (OSError, ValueError, IndexError):
        return None
    if pid <= 1 or not _is_of_cluster(pid, home):
        return None
    told = lines[4].strip() if len(lines) > 4 else ""
    return Running(pid, Path(told) if told else None)


def _is_of_cluster(pid: int, home: Home) -> bool:
    process = _PROC / str(pid)
    if not _PROC.joinpath("self").exists():
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, 0)
            return _lock_is_held(home)
        return False
    try:
        # The name stands in brackets and may hold anything; the state letter follows it.
        state = (process / "stat").read_text(errors="replace").rpartition(")")[2].split()[0]
        program = os.path.basename(os.readlink(process / "exe")).removesuffix(" (deleted)")
        # A postmaster and its children work inside their data directory for as long as they live.
        return state not in "ZX" and program == "postgres" and (process / "cwd").samefile(home.cluster)
    except (OSError, IndexError):
        return False


def _lock_is_held(home: Home) -> bool:
    descriptor = open_lock(home, "postmaster.lock")
    try:
        return not wait_for_lock(descriptor, seconds_max=0)
    finally:
        os.close(descriptor)


def _strays(home: Home) -> list[int]:
    if not _PROC.joinpath("self").exists():
        return []
    return [
        int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit() and _is_of_cluster(int(entry.name), home)
    ]


def clear_remains(home: Home, socket_folder: Path) -> None:
    """Make the way free after a postmaster that is gone: its stray children, pid file and socket.

    Children of a killed postmaster leave by themselves, unless they are busy; what stays is ended here.
    Nothing is lost by that: the write-ahead log is replayed at the start that follows.

    Raises:
        EmbeddedError: a process that cannot be seen from here still uses the cluster.
    """
    descriptor = open_lock(home, "postmaster.lock")
    try:
        free = wait_for_lock(descriptor, seconds_max=STRAY_SECONDS_MAX)
        for ending in (signal.SIGQUIT, signal.SIGKILL):
            for pid in _strays(home):
                with suppress(ProcessLookupError):
                    os.kill(pid, ending)
            free = _wait_until_gone(home, descriptor)
            if free:
                break
    finally:
        os.close(descriptor)
    if not free:
        raise EmbeddedError(
            f"A PostgreSQL that cannot be seen from here (in another container, perhaps) uses {home.cluster}"
            ": stop it, or set READOUT_DATA_DIR to another folder."
        )
    (home.cluster / "postmaster.pid").unlink(missing_ok=True)
    for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
        (socket_folder / name).unlink(missing_ok=True)


def _wait_until_gone(home: Home, descriptor: int) -> bool:
    deadline = time.monotonic() + STRAY_SECONDS_MAX
    while time.monotonic() < deadline:
        if wait_for_lock(descriptor, seconds_max=0) and not _strays(home):
            return True
        time.sleep(POLL_SECONDS)
    return False


def launch(home: Home, binaries: Path, socket_folder: Path) -> None:
    """Start the postmaster, as nobody's child: it outlives us, and the next start adopts it."""
    log = os.open(home.start_log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with locked(home, "postmaster.lock", seconds_max=STRAY_SECONDS_MAX) as descriptor, os.fdopen(log):
        home.give_to_data_owner(log)
        subprocess.run(
            ["/bin/sh", "-c", '"$@" &', "sh", str(binaries / "postgres"), "-D", str(home.cluster),
             "-k", str(socket_folder), "-p", str(PORT)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/", env=environment(home), check=True,
            pass_fds=(descriptor,), start_new_session=True, **home.account.process_arguments(),
        )  # fmt: skip


def environment(home: Home) -> dict[str, str]:
    """The environment of PostgreSQL's programs: nothing of ours leaks in, and messages are in English."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": str(home.folder)}


def is_gone(home: Home) -> bool:
    """Whether no process of the cluster lives any more."""
    return not _lock_is_held(home) and running_postmaster(home) is None


def shut_down(home: Home) -> None:
    """Stop the postmaster: open transactions roll back, everything committed is on disk.

    Raises:
        EmbeddedError: it is still there after a minute and an immediate shutdown.
    """
    for ending, seconds_max in ((signal.SIGINT, STOP_SECONDS_MAX), (signal.SIGQUIT, STRAY_SECONDS_MAX * 5)):
        found = running_postmaster(home)
        if found is not None:
            with suppress(ProcessLookupError):
                os.kill(found.pid, ending)
        deadline = time.monotonic() + seconds_max
        while time.monotonic() < deadline:
            if is_gone(home):
                return
            time.sleep(POLL_SECONDS)
    raise EmbeddedError(f"PostgreSQL in {home.cluster} does not stop: look at {home.cluster / 'log'}.")
