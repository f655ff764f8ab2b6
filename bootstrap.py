"""Makes the virtual environment in .venv, with nothing but the Python that runs this file.

    python3 bootstrap.py run        what the service needs
    python3 bootstrap.py develop    that, and what the tests and checks need
    python3 bootstrap.py lock       writes requirements.lock again, changing as little as possible
    python3 bootstrap.py upgrade    the same with the newest version of everything

A second start costs a few milliseconds: a stamp in .venv says what was installed. Whatever goes wrong is told
as a sentence. The file must parse on Python 3.6, or an old Python could not be told that it is too old.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(ROOT, ".venv")
BIN = os.path.join(VENV, "bin")
STAMP = os.path.join(VENV, "installed")
LOCK = os.path.join(ROOT, "requirements.lock")
PROJECT = os.path.join(ROOT, "pyproject.toml")
# Everything above this line in the lock serves; everything below only tests and checks.
DIVIDER = "# For tests and checks only, from here on."
LOCK_HEADER = (
    "# Exact versions with hashes, for Python 3.11 and newer, the build backend and all extras included.\n"
    "# Written by `make lock`; do not edit.\n"
)


class Refusal(Exception):
    """A sentence for the person at the terminal, about what to do next."""


def main(arguments: "list[str]") -> int:
    """Does one of the four things of this file's first lines. Returns the exit code."""
    try:
        require_python()
        if arguments in (["run"], ["develop"]):
            install(arguments[0])
        elif arguments in (["lock"], ["upgrade"]):
            write_lock(newest=arguments == ["upgrade"])
        else:
            raise Refusal("Say one of: run, develop, lock, upgrade. For example: python3 bootstrap.py run")
    except Refusal as refusal:
        print(f"\n{refusal}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\n{error.filename or ROOT}: {error.strerror}. Mend that, then run it again.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def require_python() -> None:
    """Refuses a Python that is too old, naming a newer one if this machine has it."""
    version = tuple(sys.version_info[:2])
    if version >= OLDEST:
        return
    newer = [name for name in ("python3.13", "python3.12", "python3.11") if shutil.which(name)]
    remedy = (
        f"{newer[0]} is here: add PYTHON={newer[0]} to the make command."
        if newer
        else ("Install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3.12 serve")
    )
    raise Refusal(f"Readout needs Python 3.11 or newer, and this is {version[0]}.{version[1]}. {remedy}")


def install(part: str) -> None:
    """Installs one part of the lock and the project itself, unless the stamp says that it is there."""
    state = wanted_state()
    if installed_state() in (f"{part} {state}", f"develop {state}"):
        return
    make_venv()
    requirements = locked_requirements(part)
    count = len(locked_entries(requirements))
    print(f"Installing {count} packages into .venv. The first time, this takes a minute.", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "requirements.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write(requirements)
        pip("--require-hashes", "--requirement", path)
    # The backend came with the lock, so nothing is fetched here that has no hash.
    pip("--no-deps", "--no-build-isolation", "--editable", ROOT)
    with open(STAMP, "w", encoding="utf-8") as file:
        file.write(f"{part} {state}")


def wanted_state() -> str:
    """What an installation depends on: lock, project file, this folder and this Python."""
    digest = hashlib.sha256(repr((ROOT, sys.version_info[:2])).encode())
    for path in (LOCK, PROJECT):
        digest.update(read(path).encode())
    return digest.hexdigest()


def installed_state() -> str:
    """The stamp's text; empty if there is none or its Python is gone."""
    if not (os.path.exists(STAMP) and os.path.exists(os.path.join(BIN, "python"))):
        return ""
    return read(STAMP)


def require_venv() -> None:
    """Refuses a Python that cannot make virtual environments, as Debian's bare one cannot."""
    try:
        import venv  # noqa: F401
        from ensurepip import version  # noqa: F401
    except ImportError:
        raise Refusal(
            "This Python cannot make virtual environments: its venv or ensurepip module is missing.\n"
            "On Debian and Ubuntu: sudo apt install python3-venv    Then run the same command again."
        ) from None


def make_venv() -> None:
    """Makes .venv, unless there is one with this Python that has pip."""
    require_venv()
    probe = f"import pip, sys; sys.exit(sys.version_info[:2] != {tuple(sys.version_info[:2])})"
    if os.path.exists(os.path.join(BIN, "python")) and run_quietly("-c", probe).returncode == 0:
        return
    try:
        os.makedirs(VENV, exist_ok=True)
        tempfile.TemporaryFile(dir=VENV).close()
    except OSError as error:
        raise Refusal(
            f"The folder {ROOT} cannot be written to ({error.strerror}).\n"
            "Copy the project to a folder of your own, or change who owns this one."
        ) from None
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if made.returncode:
        raise Refusal(f"{made.stdout.decode().strip()}\nThe virtual environment .venv could not be made.")


def pip(*options: str) -> None:
    """Runs `pip install`. What pip has to say is shown."""
    command = [os.path.join(BIN, "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    try:
        done = subprocess.run([*command, "install", "--quiet", *options])
    except OSError as error:
        raise Refusal(f"pip could not be started ({error.strerror}). Run: make clean, then try again.") from None
    if done.returncode:
        raise Refusal(
            "pip could not install what Readout needs; its reason is above.\n"
            "If the network was away, run the same command again. Where packages come from a mirror\n"
            "or through a proxy, tell pip so first (PIP_INDEX_URL, PIP_PROXY)."
        )


def run_quietly(*arguments: str) -> "subprocess.CompletedProcess[bytes]":
    """Runs the virtual environment's Python and keeps its words to itself."""
    command = [os.path.join(BIN, "python"), *arguments]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def locked_requirements(part: str) -> str:
    """The lines of the lock that one part needs."""
    text = read(LOCK)
    if DIVIDER not in text:
        raise Refusal("requirements.lock is damaged: its divider is missing. Run: git checkout requirements.lock")
    return text.partition(DIVIDER)[0] if part == "run" else text


def write_lock(newest: bool) -> None:
    """Resolves the dependencies for every supported Python and system, and writes requirements.lock."""
    install("develop")
    options = ["--upgrade"] if newest else []
    everything = locked_entries(resolve(*options, "--all-extras", present=read(LOCK)))
    serving = locked_entries(resolve(present="".join(everything.values())))
    first = "".join(entry for name, entry in everything.items() if name in serving)
    second = "".join(entry for name, entry in everything.items() if name not in serving)
    text = f"{LOCK_HEADER}{first}\n{DIVIDER}\n{second}"
    if "://" in text:
        raise Refusal("The new lock would carry an address, so it was not written. Look at uv's settings.")
    with open(LOCK, "w", encoding="utf-8") as file:
        file.write(text)
    print(f"requirements.lock: {len(everything)} packages, {len(serving)} of them to serve.")


def resolve(*options: str, present: str) -> str:
    """What uv resolves the project and its build backend to, keeping to the versions at present."""
    import tomllib  # newer than the oldest Python that has to read this file

    with open(PROJECT, "rb") as file:
        backend = tomllib.load(file)["build-system"]["requires"]
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "requirements.txt")
        with open(output, "w", encoding="utf-8") as target:
            target.write(present)
        command = [os.path.join(BIN, "uv"), "pip", "compile", PROJECT, "-", "--output-file", output]
        command += ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"]
        command += ["--no-header", "--no-annotate", "--quiet", *options]
        if subprocess.run(command, input="\n".join(backend), text=True, cwd=ROOT).returncode:
            raise Refusal("uv could not resolve the dependencies; its reason is above.")
        return read(output)


def locked_entries(text: str) -> "dict[str, str]":
    """Each package's lines in a resolved file, by name."""
    entries = {}  # type: dict[str, str]
    name = ""
    for line in text.splitlines(keepends=True):
        if "==" in line:
            name = line.partition("==")[0]
            entries.setdefault(name, "")  # one package may have a version for each Python
        if name and line.strip() and not line.startswith("#"):
            entries[name] += line
    return entries


def read(path: str) -> str:
    """A text file of the project."""
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        raise Refusal(f"{os.path.basename(path)} is missing from {ROOT}. Is this a whole checkout?") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
