"""Promise 26: no pattern can be made to backtrack; 100,000 characters are decided like ten."""

import ast
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from importers.historyatstate_rows import LONGEST_TEXT_CHARACTERS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("models", "api", "db", "graph", "importers")
METHODS = ("match", "fullmatch", "search", "sub", "split", "findall", "finditer")
LENGTH = 100_000
"""Of a text that a client sends; what an importer reads is refused above a length of its own."""
UNITS = (
    *("a", "A", "0", "Aa", "aA0", "-", "a-", "A-0-", "_", " ", "\t", "\n", "a ", "Ab ", "/", ".", ",", ":", '"', "\\"),
    *('W/"', "[", "(", "%", "~", "X", "2021-", "..", "https://", "ro_", "act_", "é", "\u2069", "⟦1⟧", "⟦1⟧, ", "(a)="),
)
ENDS = ("!", "\x00", " ", "-", "\n", "⟧")
FRAGMENT = re.compile(r"[\w⟦⟧' ]{2,}")


@dataclass(frozen=True)
class Used:
    """A pattern as the code uses it."""

    pattern: str
    flags: int
    method: str
    where: str


def constant(node: ast.expr) -> str | None:
    """Returns the text of a literal."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def uses(tree: ast.AST) -> Iterator[tuple[str, str | None, str | None]]:
    """Returns each use of a pattern: the method, and either the name it is kept under or the literal itself."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS):
            continue
        of = node.func.value
        if isinstance(of, ast.Name) and of.id == "re" and node.args:
            yield node.func.attr, None, constant(node.args[0])
        elif isinstance(of, ast.Name):
            yield node.func.attr, of.id, None


def kept(value: Any) -> Iterator[re.Pattern[str]]:
    """Returns the patterns inside a value of a module, in tuples and tables too."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from kept(inner)


def patterns_of(path: Path) -> Iterator[Used]:
    """Returns every pattern of a module with each method it is used by."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    module, found = importlib.import_module(name), list(uses(ast.parse(path.read_text("utf-8"))))
    # What stands in a table is used under the name of a loop.
    through_a_loop = {method for method, of, _ in found if of is not None and not hasattr(module, of)} - {"split"}
    for method, _, literal in found:
        if literal is not None:
            yield Used(literal, 0, method, name)
    for variable, value in vars(module).items():
        methods = {method for method, of, _ in found if of == variable} or through_a_loop
        for pattern in kept(value):
            for method in sorted(methods):
                yield Used(pattern.pattern, pattern.flags, method, f"{name}.{variable}")


def patterns_of_the_code() -> list[Used]:
    """Returns every pattern of every package, once."""
    found: dict[tuple[str, int, str], Used] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if path.name != "__main__.py" and "re." in path.read_text("utf-8"):
                for one in patterns_of(path):
                    found.setdefault((one.pattern, one.flags, one.method), one)
    return list(found.values())


def patterns_of_the_contract(value: Any) -> set[str]:
    """Returns every pattern that the contract tells."""
    if isinstance(value, dict):
        own = {value["pattern"]} if isinstance(value.get("pattern"), str) else set()
        return own.union(*map(patterns_of_the_contract, value.values()))
    return set[str]().union(*map(patterns_of_the_contract, value)) if isinstance(value, list) else set()


def provoking(pattern: str, length: int) -> Iterator[str]:
    """Returns long texts that a pattern almost matches: its own words and common units, repeated, then spoilt."""
    own = tuple(dict.fromkeys(FRAGMENT.findall(pattern)))[:8]
    for number, unit in enumerate((*UNITS, *own)):
        body = unit * (length // len(unit))
        yield body
        yield body + ENDS[number % len(ENDS)]
    for beginning in own[:2]:
        yield beginning + "a" * length + "!"


def apply(used: Used) -> None:
    """Puts every provoking text through a pattern as the code does."""
    pattern = re.compile(used.pattern, used.flags)
    length = LONGEST_TEXT_CHARACTERS if used.where.startswith("importers.") else LENGTH
    for text in provoking(used.pattern, length):
        if used.method == "sub":
            pattern.sub("", text)
        elif used.method == "finditer":
            list(pattern.finditer(text))
        else:
            getattr(pattern, used.method)(text)


CODE = patterns_of_the_code()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("used", CODE, ids=[f"{one.where}.{one.method}" for one in CODE])
def test_no_pattern_of_the_code_backtracks(used: Used) -> None:
    """Decided within the time; a pattern that tries every way would take hours."""
    apply(used)


@pytest.mark.timeout(120)
def test_no_pattern_of_the_contract_backtracks(contract: dict[str, Any]) -> None:
    """A client may check with an engine that backtracks, as this one does."""
    found = patterns_of_the_contract(contract)
    assert len(found) >= 8
    for pattern in sorted(found):
        apply(Used(pattern, 0, "search", "contract"))
