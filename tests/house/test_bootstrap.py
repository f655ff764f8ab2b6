"""What a person is told when the machine is not ready: a sentence, not a trace."""

import os
import runpy
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The modules first: nobody may be unable to read the interpreter's folder, below a closed home.
BECOME_NOBODY = (
    "import ensurepip, hashlib, os, pkgutil, shutil, subprocess, tempfile, venv; "
    "os.setgroups([]); os.setgid(65534); os.setuid(65534)"
)


@pytest.fixture
def checkout() -> Iterator[Path]:
    """The files that the bootstrap reads, in a folder that any user can look into."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for file in ("bootstrap.py", "pyproject.toml", "requirements.lock"):
            shutil.copy(ROOT / file, folder)
        yield folder


def bootstrap(checkout: Path, before: str = "", part: str = "run", user: int | None = None) -> tuple[int, str]:
    """Runs the bootstrap as a person would, after some lines that spoil the machine for it."""
    lines = f"import sys, runpy; sys.argv = ['bootstrap.py', {part!r}]; {before}"
    code = f"{lines}\nrunpy.run_path({str(checkout / 'bootstrap.py')!r}, run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr + done.stdout


def test_old_python_is_told_which_is_needed(checkout: Path) -> None:
    code, words = bootstrap(checkout, "sys.version_info = (3, 9, 18)")
    assert code == 1
    assert "needs Python 3.11 or newer, and this is 3.9" in words


def test_missing_venv_module_names_the_package_to_install(checkout: Path) -> None:
    code, words = bootstrap(checkout, "sys.modules['ensurepip'] = None")
    assert code == 1
    assert "apt install python3-venv" in words


def test_folder_of_another_owner_is_named(checkout: Path) -> None:
    checkout.chmod(0o555)
    # Permissions do not bind root, so root becomes nobody first.
    code, words = bootstrap(checkout, BECOME_NOBODY if os.geteuid() == 0 else "")
    assert code == 1
    assert f"The folder {checkout} cannot be written to" in words


def test_unknown_word_gets_the_known_ones(checkout: Path) -> None:
    code, words = bootstrap(checkout, part="sreve")
    assert code == 1
    assert "run, develop, lock, upgrade" in words


def test_missing_lock_asks_for_a_whole_checkout(checkout: Path) -> None:
    (checkout / "requirements.lock").unlink()
    code, words = bootstrap(checkout)
    assert code == 1
    assert "requirements.lock is missing" in words


@pytest.mark.parametrize(("installed", "wanted"), [("run", "run"), ("develop", "run"), ("develop", "develop")])
def test_second_start_installs_nothing(checkout: Path, installed: str, wanted: str) -> None:
    state = runpy.run_path(str(checkout / "bootstrap.py"))["wanted_state"]()
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/bin/python").touch()
    (checkout / ".venv/installed").write_text(f"{installed} {state}")
    assert bootstrap(checkout, part=wanted) == (0, "")


def test_changed_lock_is_noticed(checkout: Path) -> None:
    state = runpy.run_path(str(checkout / "bootstrap.py"))["wanted_state"]()
    with (checkout / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    assert runpy.run_path(str(checkout / "bootstrap.py"))["wanted_state"]() != state


def test_serving_needs_no_test_tools() -> None:
    parts = runpy.run_path(str(ROOT / "bootstrap.py"))
    serving = parts["locked_entries"](parts["locked_requirements"]("run"))
    everything = parts["locked_entries"](parts["locked_requirements"]("develop"))
    assert {"fastapi", "hatchling", "psycopg"} <= set(serving)
    assert {"pytest", "mypy", "uv"} <= set(everything) - set(serving)


def test_a_package_with_a_version_for_each_python_keeps_them_all() -> None:
    parts = runpy.run_path(str(ROOT / "bootstrap.py"))
    forks = "grid==1.0 ; python_full_version < '3.12' \\\n    --hash=a\ngrid==2.0 ; python_full_version >= '3.12'\n"
    assert parts["locked_entries"](forks) == {"grid": forks}
