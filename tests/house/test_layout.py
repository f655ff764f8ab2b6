"""The house keeps its own rules: sizes, names, direction of imports, docstrings, lock, make targets."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("api", "models", "db", "graph", "formats", "importers")
DOCUMENTED = ("db", "graph", "formats", "importers")
FUNCTION_LINES = 40
MODULE_LINES = 300
PARAMETERS = 5
# A route declares each query parameter that it takes, and its dependencies besides.
ROUTE_PARAMETERS = 6
VAGUE_NAMES = {"utils", "helpers", "common", "core", "manager", "service", "base"}
# Written in pieces, so that this file does not find itself.
STRAY = re.compile(
    "|".join(
        [
            r"\b(TO" + r"DO|FIX" + r"ME)\b",
            r"(?<![\w.~-])/(work|root|farm)" + r"/\w",
            r"/home/" + r"\w",
            r"pypi\.org/" + r"simple|python" + r"hosted\.org|registry\.npm" + r"js",
            r"/etc/" + r"pip\.conf|PIP_FIND_" + r"LINKS",
        ]
    )
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def functions(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, Function):
            yield node


def place(path: Path, node: Function) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def tracked_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this copy is not a git checkout, so nobody knows which files belong to it")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_functions_are_short() -> None:
    long = [
        f"{place(path, node)}: {lines} lines"
        for path in [*modules(*PACKAGES, "tests"), ROOT / "bootstrap.py"]
        for node in functions(path)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    ]
    assert not long, "\n".join(long)


def test_modules_are_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}: {lines} lines"
        for path in [*modules(*PACKAGES, "tests"), ROOT / "bootstrap.py"]
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MODULE_LINES
    ]
    assert not long, "\n".join(long)


def test_functions_take_few_parameters() -> None:
    greedy = []
    for path in [*modules(*PACKAGES), ROOT / "bootstrap.py"]:
        most = ROUTE_PARAMETERS if path.is_relative_to(ROOT / "api") else PARAMETERS
        for node in functions(path):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            count = len([argument for argument in arguments if argument.arg not in ("self", "cls")])
            if count > most:
                greedy.append(f"{place(path, node)}: {count} parameters")
    assert not greedy, "\n".join(greedy)


def test_names_say_what_is_inside() -> None:
    vague = [
        str(name)
        for path in modules(*PACKAGES)
        if (name := path.relative_to(ROOT)) != Path("models/base.py")
        and VAGUE_NAMES.intersection([*name.parts[:-1], name.stem])
    ]
    assert not vague, "\n".join(vague)


def test_alembic_folder_does_not_shadow_the_library() -> None:
    assert (ROOT / "alembic" / "env.py").exists()
    assert list((ROOT / "alembic").rglob("__init__.py")) == []


def test_public_functions_promise_something() -> None:
    silent = []
    for path in modules(*DOCUMENTED):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        # A class with a base overrides what its base has already promised.
        plain = [node for node in body if isinstance(node, ast.ClassDef) and not node.bases]
        methods = [node for kind in plain for node in kind.body]
        for node in [*body, *methods]:
            if isinstance(node, Function) and not node.name.startswith("_") and not ast.get_docstring(node):
                silent.append(place(path, node))
    assert not silent, "\n".join(silent)


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)


def test_imports_go_down() -> None:
    linted = lint_imports(ROOT)
    assert linted.returncode == 0, linted.stdout


def test_every_contract_about_imports_can_break(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    wrong = {
        "models": ["db", "fastapi"],
        "db": ["graph", "starlette"],
        "graph": ["formats"],
        "formats": ["db", "sqlalchemy"],
        "importers": ["db", "psycopg"],
    }
    for package, imports in wrong.items():
        (tmp_path / package / "planted.py").write_text("".join(f"import {name}\n" for name in imports))
    linted = lint_imports(tmp_path)
    for package, imports in wrong.items():
        for name in imports:
            assert f"{package} is not allowed to import {name}" in linted.stdout
    assert "KEPT" not in linted.stdout


def test_no_file_carries_strays() -> None:
    """Neither a machine's paths, nor the address of a registry, nor a note to do something later."""
    found = []
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        lines = enumerate(text.splitlines(), start=1)
        found += [f"{path.relative_to(ROOT)}:{number}" for number, line in lines if STRAY.search(line)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("line", ["# TO" + "DO: later", "cd /wo" + "rk/main", "--index-url pypi.org/" + "simple"])
def test_strays_would_be_found(line: str) -> None:
    assert STRAY.search(line)


def locked() -> list[tuple[str, list[str]]]:
    """The lines of each locked package, with its canonical name; one may be locked once for each Python."""
    entries: list[tuple[str, list[str]]] = []
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", " ")):
            entries.append((canonicalize_name(line.partition("==")[0]), []))
        if line and not line.startswith("#"):
            entries[-1][1].append(line)
    return entries


def wanted() -> list[Requirement]:
    """Every requirement of pyproject.toml: to serve, of each extra, and to build."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"].values()
    lists = [project["project"]["dependencies"], project["build-system"]["requires"], *extras]
    return [Requirement(text) for names in lists for text in names]


def test_lock_covers_what_the_project_asks_for() -> None:
    entries = locked()
    missing = []
    for requirement in wanted():
        named = [lines[0] for name, lines in entries if name == canonicalize_name(requirement.name)]
        versions = [line.partition("==")[2].split(" ")[0] for line in named]
        if not versions or not all(requirement.specifier.contains(one, prereleases=True) for one in versions):
            missing.append(f"{requirement} (locked: {', '.join(versions) or 'not at all'}); run: make lock")
    assert not missing, "\n".join(missing)


def test_lock_pins_by_hash_and_holds_no_address() -> None:
    for name, lines in locked():
        assert re.fullmatch(r"[\w.-]+==[\w.!+]+( ;.*)? \\", lines[0]), name
        assert len(lines) > 1, name
        assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in lines[1:]), name
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not re.search(r"://| @ |--(extra-)?index|--find-links|^-", text, re.MULTILINE)


def test_make_help_explains_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    explained = {match[1] for match in re.finditer(r"^  ([a-z-]+) +\w+ \w+", shown, re.MULTILINE)}
    assert {"serve", "test", "test-full", "check"} <= targets
    assert targets == explained
    assert set(re.findall(r"[a-z-]+", makefile.partition(".PHONY:")[2].splitlines()[0])) == targets
