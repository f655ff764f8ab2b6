"""What the embedded PostgreSQL says when it cannot run: one sentence, with what to do."""

from __future__ import annotations

import errno
import re
from pathlib import Path

ELSEWHERE = "or set READOUT_DATABASE_URL to a PostgreSQL of your own"

_BY_NUMBER = {
    errno.EACCES: "{path} may not be written by this user: give the folder to the user that runs Readout, "
    "or set READOUT_DATA_DIR to a folder of that user",
    errno.EROFS: "{path} lies on a read-only file system: set READOUT_DATA_DIR to a folder that can be written",
    errno.ENOSPC: "the disk that holds {path} is full: free some space and start again, "
    "or set READOUT_DATA_DIR to a folder on another disk",
    errno.EDQUOT: "the disk quota for {path} is used up: free some space and start again, "
    "or set READOUT_DATA_DIR to a folder on another disk",
    errno.ELOOP: "{path} holds a link where a file of Readout belongs: remove that link",
    errno.ENOTDIR: "{path} is a file where a folder is needed: move it away, or set READOUT_DATA_DIR to a folder",
}
_BY_NUMBER[errno.EPERM] = _BY_NUMBER[errno.EACCES]

_IN_LOG = (
    (re.compile(r"No space left on device"), _BY_NUMBER[errno.ENOSPC]),
    (re.compile(r"Disk quota exceeded"), _BY_NUMBER[errno.EDQUOT]),
    (re.compile(r"Read-only file system"), _BY_NUMBER[errno.EROFS]),
    (
        re.compile(r"could not (?:map anonymous|create) shared memory|Cannot allocate memory"),
        "there is not enough memory to start PostgreSQL for {path}: free some, or lower shared_buffers in "
        "the file local.conf of that folder",
    ),
    (
        re.compile(r"configuration file .* contains errors"),
        "PostgreSQL refuses a setting in the file local.conf of {path}: mend or remove it",
    ),
    (
        re.compile(r"could not locate a valid checkpoint record|invalid checkpoint record|PANIC:"),
        "the database files in {path} are damaged: restore a backup into an empty folder and set "
        "READOUT_DATA_DIR to it; keep the damaged folder until that is done",
    ),
    (re.compile(r"Permission denied"), _BY_NUMBER[errno.EACCES]),
)


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot do what was asked; the message says what to do."""


def fault_of_system(error: OSError, path: Path) -> EmbeddedError:
    """Turn an error of the operating system at a path into a sentence."""
    reason = (error.strerror or "unknown error").lower()
    text = _BY_NUMBER.get(error.errno or 0, f"{{path}} cannot be used ({reason}): mend that, {ELSEWHERE}")
    return EmbeddedError(_as_sentence(text, path))


def fault_of_log(log: str, path: Path) -> EmbeddedError:
    """Turn the last lines PostgreSQL wrote before it gave up into a sentence."""
    for pattern, text in _IN_LOG:
        if pattern.search(log):
            return EmbeddedError(_as_sentence(text, path))
    told = [line for line in log.splitlines() if re.search(r"FATAL|PANIC|ERROR|error:", line)]
    last = re.sub(r"^.*?(?:FATAL|PANIC|ERROR|error): *", "", told[-1]) if told else "it gave no reason"
    text = f"PostgreSQL did not start for {{path}} ({last[:200]}): mend that, {ELSEWHERE}"
    return EmbeddedError(_as_sentence(text, path))


def _as_sentence(text: str, path: Path) -> str:
    filled = text.replace("{path}", str(path))
    return filled if filled.startswith(str(path)) else filled[0].upper() + filled[1:]
