"""Where the databases of tests live: in memory when there is room, since making one makes hundreds of files."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")
FREE_BYTES_MIN = 4 << 30
"""A server keeps a gigabyte of its log, and there may be one for each worker."""


def root() -> str:
    """Returns the folder below which a test's data folder is made: a short path, as a socket's name is limited."""
    # A database is made and dropped in a tenth of the time that it takes on a disk (ext4, fsync off).
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= FREE_BYTES_MIN
    return str(MEMORY) if roomy else "/tmp"


@contextmanager
def folder() -> Iterator[Path]:
    """A folder that PostgreSQL's account can reach even when the tests run as root."""
    with tempfile.TemporaryDirectory(prefix="readout-test-", dir=root()) as name:
        Path(name).chmod(0o755)
        yield Path(name)
